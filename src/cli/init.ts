// tg init: a first config from the scripts of package.json. Writes new files only; changes package.json on request.
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { CONFIG_NAMES } from "../model/path.ts";
import { bad, good, type Problem, type Result } from "../model/problem.ts";
import { editorTasks, starterConfig, type InitTold, type Starter, type StarterRuntime, type StarterScript } from "../report/starter.ts";
import type { InitCommand } from "./words/commands.ts";

const EDITOR = ".vscode/tasks.json";

/** npm runs these by itself, at times of its own. */
const NPM_HOOKS = new Set(["install", "prepare", "publish", "pack", "version", "uninstall", "restart", "shrinkwrap", "dependencies"]);
/** They never end. */
const ENDLESS = /^(dev|start|stop|serve|server|watch|preview|storybook)(:|$)|(:|-)(dev|watch|serve)$/;

/** A bare build makes the first of these. */
const PRODUCTS = ["build", "compile", "bundle", "dist", "test", "check", "typecheck", "lint"];

interface PackageJson {
  readonly text: string;
  readonly value: Record<string, unknown>;
}

const versions = process.versions as Record<string, string | undefined>;
const RUNTIME: StarterRuntime = versions["bun"] !== undefined ? "bun" : versions["deno"] !== undefined ? "deno" : "node";

export function init(command: InitCommand, runtime: StarterRuntime = RUNTIME): Result<InitTold> {
  const at = (file: string): string => path.join(command.cwd, file);
  if (!isFolder(command.cwd)) return bad([{ code: "no-folder", path: command.cwd, ...(fs.existsSync(command.cwd) ? { taken: true as const } : {}) }]);
  const taken = [...CONFIG_NAMES, ...(command.vscode ? [EDITOR] : [])].filter((file) => fs.existsSync(at(file)));
  if (taken.length > 0) return bad(taken.map((file): Problem => ({ code: "file-exists", file })));
  const read = readPackage(at("package.json"));
  if (!read.ok) return read;
  const starter = planStarter(scriptsOf(read.value), command.npmHooks);
  const names = starter.scripts.map(({ name }) => name);
  const files: [string, string][] = [["tasks.config.ts", starterConfig(starter)]];
  if (command.vscode) files.push([EDITOR, editorTasks(names, runtime)]);
  const hooks = command.npmHooks && read.value !== null && names.length > 0 ? hookScripts(read.value, starter) : null;
  for (const [file, text] of files) {
    const problem = writeNew(at(file), file, text);
    if (problem !== null) return bad([problem]);
  }
  const problem = hooks === null ? null : writeOver(at("package.json"), hooks.text);
  if (problem !== null) return bad([problem]);
  return good({
    written: [...files.map(([file]) => file), ...(hooks === null ? [] : ["package.json"])],
    tasks: names,
    hooked: hooks?.hooked ?? [],
    dropped: hooks?.dropped ?? [],
    notInstalled: !isInstalled(read.value) && !isImported(at),
    runtime,
  });
}

function isFolder(dir: string): boolean {
  try {
    return fs.statSync(dir).isDirectory();
  } catch {
    return false;
  }
}

/** null: there is no such file. */
function readPackage(file: string): Result<PackageJson | null> {
  let text: string;
  try {
    text = fs.readFileSync(file, "utf8");
  } catch {
    return good(null);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return good({ text, value: value as Record<string, unknown> });
    return bad([{ code: "config-syntax", file: "package.json", line: 0, column: 0, message: "not an object" }]);
  } catch (error) {
    return bad([{ code: "config-syntax", file: "package.json", line: 0, column: 0, message: (error as Error).message }]);
  }
}

function scriptsOf(file: PackageJson | null): StarterScript[] {
  const scripts = file?.value["scripts"];
  if (typeof scripts !== "object" || scripts === null) return [];
  return Object.entries(scripts).flatMap(([name, command]) => (typeof command === "string" && name !== "" && command.trim() !== "" ? [{ name, command }] : []));
}

function isInstalled(file: PackageJson | null): boolean {
  return ["dependencies", "devDependencies"].some((field) => {
    const all = file?.value[field];
    return typeof all === "object" && all !== null && Object.hasOwn(all, "tg-build");
  });
}

/** Deno keeps its packages in a file of its own. */
function isImported(at: (file: string) => string): boolean {
  return ["deno.json", "deno.jsonc"].some((file) => {
    try {
      return /"npm:\/?tg-build\b/.test(fs.readFileSync(at(file), "utf8"));
    } catch {
      return false;
    }
  });
}

/** A plain call of a script at the beginning of a command. */
const CALL = /^\s*(?:(?:npm|pnpm|yarn|bun)\s+run(?:\s+(?:-s|--silent))?\s+|(?:pnpm|yarn)\s+|npm\s+(?=test\b))([\w:.@/-]+)\s*(?:&&|$)/;
/** A call of any script, anywhere. */
const CALLS = /\b(?:npm|pnpm|yarn|bun)\s+(?:run|run-script|test|t|start)\b|\b(?:npm-run-all2?|run-[sp])\b/;

/** `npm run a && npm run b && tsc`: the scripts called first, and the rest. */
export function calledFirst(command: string, isTask: (name: string) => boolean): { called: string[]; rest: string } {
  const called: string[] = [];
  let rest = command;
  for (let call = CALL.exec(rest); call !== null && isTask(call[1]!); call = CALL.exec(rest)) {
    called.push(call[1]!);
    rest = rest.slice(call[0].length);
  }
  return { called, rest: called.length === 0 ? command : rest.trim() };
}

/** `hooked`: scripts will call tg, so one that calls another script cannot be a task: tg would wait for itself. */
export function planStarter(all: readonly StarterScript[], hooked = false): Starter {
  const names = new Set(all.map(({ name }) => name));
  const isHook = (name: string): boolean => NPM_HOOKS.has(name.replace(/^(pre|post)/, "")) || NPM_HOOKS.has(name) || (name.startsWith("post") && names.has(name.slice(4)));
  const callsTg = ({ command }: StarterScript): boolean => /^(npx\s+)?tg(\s|$)/.test(command.trim());
  let scripts = all.filter((script) => !isHook(script.name) && !ENDLESS.test(script.name) && !script.name.startsWith("-") && !callsTg(script));
  let kept: Set<string>;
  let cuts: { readonly name: string; readonly called: readonly string[]; readonly rest: string }[];
  for (let left = -1; left !== scripts.length; ) {
    left = scripts.length;
    const tasks = (kept = new Set(scripts.map(({ name }) => name)));
    cuts = scripts.map(({ name, command }) => ({ name, ...calledFirst(command, (one) => one !== name && tasks.has(one)) }));
    const caller = new Set(cuts.filter(({ rest }) => hooked && CALLS.test(rest)).map(({ name }) => name));
    scripts = scripts.filter(({ name }) => !caller.has(name));
  }
  const deps = new Map<string, string[]>();
  for (const { name, called } of cuts!) {
    const needs = [...(kept!.has("pre" + name) ? ["pre" + name] : []), ...called].filter((need) => !reaches(deps, need, name));
    if (needs.length > 0) deps.set(name, needs);
  }
  for (const { called } of cuts!) inOrder(called, deps);
  const barriers = new Set(cuts!.filter(({ rest }) => rest === "").map(({ name }) => name));
  return { scripts: cuts!.map(({ name, rest }) => ({ name, command: rest })), deps, barriers, wanted: PRODUCTS.filter((name) => kept!.has(name)).slice(0, 1), leftOut: all.filter(({ name }) => !kept!.has(name)).map(({ name }) => name) };
}

/** `npm run a && npm run b` means a before b. Their files are not known yet, so the order becomes a dep. */
function inOrder(called: readonly string[], deps: Map<string, string[]>): void {
  called.forEach((later, i) => {
    const before = called[i - 1];
    if (before === undefined || reaches(deps, before, later)) return;
    deps.set(later, [...new Set([...(deps.get(later) ?? []), before])]);
  });
}

/** Whether `from` needs `to` already, directly or not. */
function reaches(deps: ReadonlyMap<string, readonly string[]>, from: string, to: string): boolean {
  const stack = [from];
  const seen = new Set<string>();
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (at === to) return true;
    if (seen.has(at)) continue;
    seen.add(at);
    stack.push(...(deps.get(at) ?? []));
  }
  return false;
}

/** package.json with `tg` in place of each script that is a task now. `pre` scripts that are deps would run twice. */
function hookScripts(file: PackageJson, starter: Starter): { text: string; hooked: string[]; dropped: string[] } {
  const dropped = starter.scripts.map(({ name }) => name).filter((name) => name.startsWith("pre") && starter.deps.get(name.slice(3))?.includes(name) === true);
  const hooked = starter.scripts.map(({ name }) => name).filter((name) => !dropped.includes(name));
  const scripts = Object.entries(file.value["scripts"] as Record<string, unknown>).filter(([name]) => !dropped.includes(name));
  const changed = Object.fromEntries(scripts.map(([name, command]) => [name, hooked.includes(name) ? "tg" : command]));
  const indent = /^\{\r?\n([ \t]+)/.exec(file.text)?.[1] ?? "  ";
  return { text: JSON.stringify({ ...file.value, scripts: changed }, null, indent) + (file.text.endsWith("\n") ? "\n" : ""), hooked, dropped };
}

function writeNew(file: string, name: string, text: string): Problem | null {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code ?? "EIO";
    // A file in the place of a folder is reported as such, whatever mkdir calls it.
    return { code: "init-unwritable", file: path.dirname(name), errno: errno === "EEXIST" ? "ENOTDIR" : errno };
  }
  try {
    fs.writeFileSync(file, text, { flag: "wx" });
    return null;
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code ?? "EIO";
    return errno === "EEXIST" ? { code: "file-exists", file: name } : { code: "init-unwritable", file: name, errno };
  }
}

/** Written beside it and renamed: on a full disk the old file stays whole. */
function writeOver(file: string, text: string): Problem | null {
  const aside = `${file}.tg-new`;
  try {
    fs.writeFileSync(aside, text, { mode: fs.statSync(file).mode & 0o777 });
    fs.renameSync(aside, file);
    return null;
  } catch (error) {
    fs.rmSync(aside, { force: true });
    return { code: "init-unwritable", file: path.basename(file), errno: (error as NodeJS.ErrnoException).code ?? "EIO" };
  }
}
