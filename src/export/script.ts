// One task as POSIX shell text that does what an engine would: folders, owned trees, response files, environment,
// redirections, command. Runs in the root under `sh -e`. Pure; knows no other task.
import { parentOf, type FilePath } from "../model/path.ts";
import { staticPrefix } from "../model/pattern.ts";
import { quoted } from "../model/shell.ts";
import type { Action, Task } from "../model/task.ts";

/** Commands that must all succeed, in order; none for a barrier. A command may have line breaks within quotes. */
export function scriptOf(task: Task, inputs: readonly FilePath[]): string[] {
  if (task.action === null) return [];
  const lines = [...folderLines(task), ...Object.entries(task.files).map(([path, text]) => `printf %s ${quoted(text)} > ${quoted(path)}`)];
  const redirects = (["stdin", "stdout", "stderr"] as const).flatMap((stream, fd) => (task[stream] === null ? [] : [` ${["<", ">", "2>"][fd]!}${quoted(task[stream]!)}`]));
  const inner = [...environment(task), ...commandLines(task.action, { task, inputs })];
  const alone = inner.length === 1 && redirects.length === 0 && (task.action.kind !== "shell" || !inner[0]!.startsWith("set "));
  const command = alone ? inner[0]! : `(${inner.join("; ")})${redirects.join("")}`;
  lines.push(task.allowFailure ? `{ ${command} || true; }` : command);
  return lines;
}

function folderLines(task: Task): string[] {
  const folders = new Set<string>();
  const trees = task.outputs.flatMap((output) => (output.kind === "tree" ? [output.path as string] : []));
  for (const output of task.outputs) folders.add(output.kind === "tree" ? output.path : output.kind === "file" ? parentOf(output.path) : staticPrefix(output.pattern));
  if (task.depfile !== null) folders.add(parentOf(task.depfile.path));
  for (const path of Object.keys(task.files)) folders.add(path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "");
  folders.delete("");
  const lines = trees.length > 0 && !task.incremental ? [`rm -rf ${trees.map(quoted).join(" ")}`] : [];
  return folders.size === 0 ? lines : [...lines, `mkdir -p ${[...folders].map(quoted).join(" ")}`];
}

function environment(task: Task): string[] {
  const lines = Object.entries(task.envValues).map(([name, value]) => `export ${name}=${quoted(value)}`);
  return task.cwd === "" ? lines : [...lines, `cd ${quoted(task.cwd)}`];
}

interface Made {
  readonly task: Task;
  /** Declared ones, as they are now. */
  readonly inputs: readonly FilePath[];
}

function commandLines(action: Action, made: Made): string[] {
  const { task } = made;
  switch (action.kind) {
    case "argv":
      return [action.argv.map(quoted).join(" ")];
    case "shell":
      return [shellText(action.text, task.shell)];
    case "function":
      return [`node --import tg-build/register --input-type=module -e ${quoted(callText(made, action.fn.source, action.fn.path))}`];
    case "chain":
      return action.members.map((member) => {
        const env = Object.entries(member.env).map(([name, value]) => `export ${name}=${quoted(value)}`);
        const cd = member.cwd === task.cwd ? [] : [`cd ${quoted(rootFrom(task.cwd) + member.cwd)}`];
        return `(${[...env, ...cd, ...commandLines(member.action, { ...made, task: { ...task, cwd: member.cwd } })].join("; ")})`;
      });
    default:
      return action satisfies never;
  }
}

/** The way from a folder below the root up to it: `../` a level. */
function rootFrom(cwd: string): string {
  return cwd === "" ? "" : "../".repeat(cwd.split("/").length);
}

/** Words, paths and redirections only, behind the name of a program. */
const PLAIN = /^(?!(?:exit|exec|cd|set|export|return|trap|shift|unset|eval|read|umask|alias)\b)[\w./+-]+(?: +[\w@%+=:,./<>-]+)*$/;
/** One line that a `)` may follow. */
const ONE_LINE = /^(?!.*(?:#|<<|\\$))[^\n]*$/;

/** As it stands where that means the same; what relies on going on after a failed command gets that back. */
function shellText(text: string, shell: string): string {
  if (shell !== "/bin/sh") return `${quoted(shell)} -c ${quoted(text)}`;
  if (PLAIN.test(text)) return text;
  return ONE_LINE.test(text) ? `set +e; ${text}` : `sh -c ${quoted(text)}`;
}

const VALUES = ".tg/export";
/** The environment as the written function sees it. */
const ENV = "process.env";

/** Values go through files of their own, so that a function finds what another returned. */
function callText({ task, inputs }: Made, source: string, path: readonly string[]): string {
  const outputs = task.outputs.flatMap((output) => (output.kind === "glob" ? [] : [output.path]));
  const values = Object.fromEntries(task.deps.map(({ target }) => [target, valueFile(target)]));
  const up = rootFrom(task.cwd);
  return [
    'import fs from "node:fs"; import path from "node:path";',
    `import * as m from ${JSON.stringify("./" + up + source)};`,
    `const at = (file) => path.resolve(${JSON.stringify(up)}, file);`,
    `const deps = {}; for (const [name, file] of Object.entries(${JSON.stringify(values)})) if (fs.existsSync(at(file))) deps[name] = { value: JSON.parse(fs.readFileSync(at(file), "utf8")) };`,
    `const params = ${paramText(task)};`,
    `let run = m; for (const name of ${JSON.stringify(path)}) run = run[name];`,
    `const inputs = ${JSON.stringify(inputs)}.filter((file) => fs.existsSync(at(file)));`,
    `const scratch = () => { const dir = at(${JSON.stringify(`${VALUES}/scratch/${encodeURIComponent(task.name)}`)}); fs.mkdirSync(dir, { recursive: true }); return dir; };`,
    `const ctx = { task: ${JSON.stringify(task.name)}, inputs, outputs: ${JSON.stringify(outputs)}, params, env: ${ENV}, deps, changed: inputs, attempt: 1, get scratch() { return scratch(); }, signal: new AbortController().signal, log: (text) => console.log(text) };`,
    "const value = await run(ctx);",
    `if (value !== undefined) { fs.mkdirSync(at(${JSON.stringify(VALUES)}), { recursive: true }); fs.writeFileSync(at(${JSON.stringify(valueFile(task.name))}), JSON.stringify(value)); }`,
  ].join(" ");
}

function valueFile(name: string): string {
  return `${VALUES}/${encodeURIComponent(name)}.json`;
}

/** Typed again from the environment, where the script keeps them. */
function paramText(task: Task): string {
  const entries = Object.entries(task.params).map(([name, { type, list }]) => {
    const one = type === "number" ? "Number" : type === "boolean" ? '((v) => v === "true")' : "String";
    const text = `(${ENV}[${JSON.stringify(name)}] ?? "")`;
    return `${JSON.stringify(name)}: ${list ? `${text}.split(" ").filter(Boolean).map(${one})` : `${one}(${text})`}`;
  });
  return `{ ${entries.join(", ")} }`;
}
