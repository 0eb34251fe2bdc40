// One task as POSIX shell text that does what an engine would: folders, owned trees, response files, environment,
// redirections, command. Runs in the root under `sh -e`. Pure; knows no other task.
import { parentOf, type FilePath } from "../model/path.ts";
import { staticPrefix } from "../model/pattern.ts";
import { pairsOf, partsToJoin } from "../model/file-work.ts";
import { quoted } from "../model/shell.ts";
import type { Action, FileWork, FunctionRef, Task, TaskName } from "../model/task.ts";

/** What a task needs to know when it runs. */
export interface Found {
  /** Declared inputs, as they are now. */
  readonly inputs: readonly FilePath[];
  /** Keyed by the entries of `deps`: the task that gives the value; for a family, the tasks of its instances by key. */
  readonly values: Readonly<Record<string, TaskName | Readonly<Record<string, TaskName>>>>;
}

/**
 * Commands that must all succeed, in order; none for a barrier or a task that is left out. A command may have line breaks
 * inside quotes.
 */
export function scriptOf(task: Task, found: Found): string[] {
  if (task.action === null || task.when === false) return [];
  const lines = [...folderLines(task), ...Object.entries(task.files).map(([path, text]) => `printf %s ${quoted(text)} > ${quoted(path)}`)];
  const redirects = (["stdin", "stdout", "stderr"] as const).flatMap((stream, fd) => (task[stream] === null ? [] : [` ${["<", ">", "2>"][fd]!}${quoted(task[stream]!)}`]));
  const inner = [...environment(task), ...commandLines(task.action, { ...found, task, wrap: task.wrap, role: "run" })];
  const alone = inner.length === 1 && redirects.length === 0 && (task.action.kind !== "shell" || !inner[0]!.startsWith("set "));
  const command = alone ? inner[0]! : `(${inner.join("; ")})${redirects.join("")}`;
  const commands = [...hookLines({ ...found, task, wrap: [], role: "before" }), command, ...hookLines({ ...found, task, wrap: [], role: "afterRun" })];
  if (task.allowFailure) lines.push(`{ ${commands.join(" && ")} || true; }`);
  else lines.push(...commands);
  return lines;
}

/** Hooks run like the task, but without its redirections. */
function hookLines(made: Made): string[] {
  const { task, role } = made;
  const action = role === "before" ? task.before : task.afterRun;
  if (action === null) return [];
  const told = [`export TG_TASK=${quoted(task.name)}`, ...(role === "before" ? [] : ["export TG_OUTCOME=ok TG_EXIT=0"])];
  return [`(${[...environment(task), ...told, ...commandLines(action, made)].join("; ")})`];
}

function folderLines(task: Task): string[] {
  const folders = new Set<string>();
  const trees = task.outputs.flatMap((output) => (output.kind === "tree" ? [output.path as string] : []));
  for (const output of task.outputs) folders.add(output.kind === "tree" ? output.path : output.kind === "file" ? parentOf(output.path) : staticPrefix(output.pattern));
  if (task.depfile !== null) folders.add(parentOf(task.depfile.path));
  for (const path of Object.keys(task.files)) folders.add(path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "");
  folders.delete("");
  const lines = trees.length > 0 && !task.incremental ? [`rm -rf ${trees.map(fileWord).join(" ")}`] : [];
  return folders.size === 0 ? lines : [...lines, `mkdir -p ${[...folders].map(fileWord).join(" ")}`];
}

function environment(task: Task): string[] {
  const lines = Object.entries(task.envValues).map(([name, value]) => `export ${name}=${quoted(value)}`);
  return task.cwd === "" ? lines : [...lines, `cd ${quoted(task.cwd)}`];
}

interface Made extends Found {
  readonly task: Task;
  readonly wrap: readonly string[];
  readonly role: "run" | "before" | "afterRun";
}

function commandLines(action: Action, made: Made): string[] {
  const { task, wrap } = made;
  switch (action.kind) {
    case "argv":
      return [[...wrap, ...action.argv].map(quoted).join(" ")];
    case "shell":
      return [wrap.length > 0 ? [...wrap, task.shell, "-c", action.text].map(quoted).join(" ") : shellText(action.text, task.shell)];
    case "file":
      return fileLines(action.work, made);
    case "function":
      return [`node --import tg-build/register --input-type=module -e ${quoted(callText(made, action.fn))}`];
    case "chain":
      return action.members.map((member) => {
        const env = Object.entries(member.env).map(([name, value]) => `export ${name}=${quoted(value)}`);
        const cd = member.cwd === task.cwd ? [] : [`cd ${quoted(rootFrom(task.cwd) + member.cwd)}`];
        return `(${[...env, ...cd, ...commandLines(member.action, { ...made, task: { ...task, cwd: member.cwd }, wrap: member.wrap })].join("; ")})`;
      });
    default:
      return action satisfies never;
  }
}

/** For `printf %b`. */
export function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\0", "\\0000");
}

/** A word that cannot be taken for a flag. */
function fileWord(path: string): string {
  return quoted(path.startsWith("-") ? "./" + path : path);
}

/** Removed first, as tg does: what is there may be a link, or write-protected. */
function fileLines(work: FileWork, { inputs, task }: Made): string[] {
  const at = (path: string): string => fileWord(rootFrom(task.cwd) + path);
  switch (work.op) {
    case "copy": {
      const pairs = pairsOf(work, inputs);
      const copies = pairs.map(([from, to]) => `cp ${at(from)} ${at(to)}`);
      const folders = [...new Set(pairs.map(([, to]) => parentOf(to)))];
      if (!work.folder) return [`rm -f ${at(work.to)}`, ...copies];
      return folders.length === 0 ? [":"] : [`mkdir -p ${folders.map(at).join(" ")}`, ...copies];
    }
    case "concat": {
      const parts = partsToJoin(work, inputs);
      return [`rm -f ${at(work.to)}`, `${parts.length === 0 ? ":" : `cat ${parts.map(at).join(" ")}`} > ${at(work.to)}`];
    }
    case "write":
      return [`rm -f ${at(work.to)}`, `printf ${work.text.includes("\0") ? "%b " + quoted(escaped(work.text)) : "%s " + quoted(work.text)} > ${at(work.to)}`];
    default:
      return work satisfies never;
  }
}

/** The path from a folder below the root up to it: `../` per level. */
function rootFrom(cwd: string): string {
  return cwd === "" ? "" : "../".repeat(cwd.split("/").length);
}

/** Only words, paths and redirections after the name of a program. */
const PLAIN = /^(?!(?:exit|exec|cd|set|export|return|trap|shift|unset|eval|read|umask|alias)\b)[\w./+-]+(?: +[\w@%+=:,./<>-]+)*$/;
/** One line that a `)` may follow. */
const ONE_LINE = /^(?!.*(?:#|<<|\\$))[^\n]*$/;

/** Unchanged if it means the same there; text that relies on continuing after a failed command gets that back. */
function shellText(text: string, shell: string): string {
  if (shell !== "/bin/sh") return `${quoted(shell)} -c ${quoted(text)}`;
  if (PLAIN.test(text)) return text;
  return ONE_LINE.test(text) ? `set +e; ${text}` : `sh -c ${quoted(text)}`;
}

const VALUES = ".tg/export";
/** The environment as the exported function sees it. */
const ENV = "process.env";
/** The declared variables by name; as a function it takes a name, as tg's does. */
const CALLED_ENV = "((declared) => new Proxy(async (name) => process.env[name], { get: (_, name) => Object.hasOwn(declared, name) ? declared[name] : undefined, has: (_, name) => Object.hasOwn(declared, name), ownKeys: () => Object.keys(declared), getOwnPropertyDescriptor: (_, name) => Object.hasOwn(declared, name) ? { value: declared[name], enumerable: true, configurable: true } : undefined }))";
/** Nobody answers, retries or shows anything there; a function that reports still runs, one that needs an answer fails. */
const WITHOUT_TG = [
  "report: { md() {}, html() {}, image() {} }",
  "ignoreOutputs: () => {}",
  "noRetry: (error) => { throw error instanceof Error ? error : new Error(String(error)); }",
  ...["need", "glob", "absent"].map((name) => `${name}: () => { throw new Error("ctx.${name} asks tg, and this runs without it: declare what it needs in deps and inputs"); }`),
].join(", ");

/** Values go through files of their own, so that a function finds what another returned. */
function callText({ task, inputs, values, role }: Made, fn: FunctionRef): string {
  const outputs = task.outputs.flatMap((output) => (output.kind === "glob" ? [] : [output.path]));
  const up = rootFrom(task.cwd);
  const run = role === "afterRun" ? `, run: { outcome: "ok", exit: 0, value: valueAt(${JSON.stringify(valueFile(task.name))}) }` : "";
  return [
    'import fs from "node:fs"; import path from "node:path";',
    "const here = process.cwd(); process.chdir(path.resolve(" + JSON.stringify(up) + "));",
    `const at = (file) => path.resolve(here, ${JSON.stringify(up)}, file);`,
    "const valueAt = (file) => fs.existsSync(at(file)) ? JSON.parse(fs.readFileSync(at(file), \"utf8\")) : undefined;",
    `const deps = Object.fromEntries(${JSON.stringify(filesOf(values))}.flatMap(([name, from]) => { const value = typeof from === "string" ? valueAt(from) : Object.fromEntries(from.map(([key, file]) => [key, valueAt(file)]).filter(([, one]) => one !== undefined)); return value === undefined ? [] : [[name, { value }]]; }));`,
    `const params = ${paramText(task)};`,
    // The working directory is the root while the config is evaluated.
    "let owner; let run = await import (" + JSON.stringify("./" + up + fn.source) + ");",
    `for (const [i, name] of ${JSON.stringify(fn.path)}.entries()) { ${fn.instance === undefined ? "" : `if (i === ${fn.instance.at}) run = run.make(${literal(fn.instance.item)}); `}[owner, run] = [run, run[name]]; }`,
    "process.chdir(here);",
    `const inputs = ${JSON.stringify(inputs)}.filter((file) => fs.existsSync(at(file)));`,
    `const scratch = () => { const dir = at(${JSON.stringify(`${VALUES}/scratch/${encodeURIComponent(task.name)}`)}); fs.mkdirSync(dir, { recursive: true }); return dir; };`,
    `const ctx = { task: ${JSON.stringify(task.name)}, root: at("."), inputs, outputs: ${JSON.stringify(outputs)}, params, env: ${calledEnv(task)}, deps, changed: inputs, attempt: 1, get scratch() { return scratch(); }, signal: new AbortController().signal, log: (text) => console.log(text), ${WITHOUT_TG}${run} };`,
    "const value = await run.call(owner, ctx);",
    ...(role === "before" ? [] : [`if (value !== undefined) { fs.mkdirSync(at(${JSON.stringify(VALUES)}), { recursive: true }); fs.writeFileSync(at(${JSON.stringify(valueFile(task.name))}), JSON.stringify(value)); }`]),
  ].join(" ");
}

/** JSON as JavaScript that means the same: `"__proto__": …` would set the prototype. */
function literal(value: unknown): string {
  const text = JSON.stringify(value);
  return text.includes('"__proto__"') ? `JSON.parse(${JSON.stringify(text)})` : text;
}

function filesOf(values: Found["values"]): [string, string | [string, string][]][] {
  return Object.entries(values).map(([target, one]) => [target, typeof one === "string" ? valueFile(one) : Object.entries(one).map(([key, name]) => [key, valueFile(name)])]);
}

function valueFile(name: string): string {
  return `${VALUES}/${encodeURIComponent(name)}.json`;
}

function calledEnv({ envNames, envValues }: Task): string {
  const names = [...new Set([...Object.keys(envValues), ...envNames])];
  const declared = names.length === 0 ? "{}" : `Object.fromEntries(${JSON.stringify(names)}.flatMap((name) => Object.hasOwn(${ENV}, name) ? [[name, ${ENV}[name]]] : []))`;
  return `${CALLED_ENV}(${declared})`;
}

/** Parameters with their types, read from the environment, where the script keeps them. */
function paramText(task: Task): string {
  const entries = Object.entries(task.params).map(([name, { type, list }]) => {
    const one = type === "number" ? "Number" : type === "boolean" ? '((v) => v === "true")' : "String";
    const text = `(${ENV}[${JSON.stringify(name)}] ?? "")`;
    // Computed key: `"__proto__": …` would set the prototype.
    return `[${JSON.stringify(name)}]: ${list ? `${text}.split(" ").filter(Boolean).map(${one})` : `${one}(${text})`}`;
  });
  return `{ ${entries.join(", ")} }`;
}
