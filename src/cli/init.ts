// tg init: a first config from the scripts of package.json. Writes new files only; package.json changes on request.
import fs from "node:fs";
import path from "node:path";
import { CONFIG_NAMES } from "../model/path.ts";
import { bad, good, type Problem, type Result } from "../model/problem.ts";
import { editorTasks, starterConfig, type InitTold, type Starter, type StarterScript } from "../report/starter.ts";
import type { InitCommand } from "./commands.ts";

const EDITOR = ".vscode/tasks.json";

/** npm runs these by itself, at its own moments. */
const NPM_HOOKS = new Set(["install", "prepare", "publish", "pack", "version", "uninstall", "restart", "shrinkwrap", "dependencies"]);
/** They never end. */
const ENDLESS = /^(dev|start|stop|serve|server|watch|preview|storybook)(:|$)|(:|-)(dev|watch|serve)$/;

interface PackageJson {
  readonly text: string;
  readonly value: Record<string, unknown>;
}

export function init(command: InitCommand): Result<InitTold> {
  const at = (file: string): string => path.join(command.cwd, file);
  const taken = [...CONFIG_NAMES, ...(command.vscode ? [EDITOR] : [])].filter((file) => fs.existsSync(at(file)));
  if (taken.length > 0) return bad(taken.map((file): Problem => ({ code: "file-exists", file })));
  const read = readPackage(at("package.json"));
  if (!read.ok) return read;
  const starter = planStarter(scriptsOf(read.value));
  const names = starter.scripts.map(({ name }) => name);
  const files: [string, string][] = [["tasks.config.ts", starterConfig(starter)]];
  if (command.vscode) files.push([EDITOR, editorTasks(names)]);
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
    notInstalled: !isInstalled(read.value),
  });
}

/** null: there is none. */
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

/** Names called by a script that does nothing else: `npm run a && npm run b`; null when it does more. */
export function calledScripts(command: string): string[] | null {
  const names: string[] = [];
  for (const part of command.split("&&")) {
    const match = /^\s*(?:(?:npm|pnpm|yarn|bun)\s+run|pnpm|yarn)\s+([\w:.@/-]+)\s*$/.exec(part);
    if (match === null) return null;
    names.push(match[1]!);
  }
  return names;
}

export function planStarter(all: readonly StarterScript[]): Starter {
  const names = new Set(all.map(({ name }) => name));
  const isHook = (name: string): boolean => NPM_HOOKS.has(name.replace(/^(pre|post)/, "")) || NPM_HOOKS.has(name) || (name.startsWith("post") && names.has(name.slice(4)));
  const callsTg = ({ command }: StarterScript): boolean => /^(npx\s+)?tg(\s|$)/.test(command.trim());
  const scripts = all.filter((script) => !isHook(script.name) && !ENDLESS.test(script.name) && !callsTg(script));
  const kept = new Set(scripts.map(({ name }) => name));
  const deps = new Map<string, string[]>();
  const barriers = new Set<string>();
  for (const { name, command } of scripts) {
    const called = calledScripts(command);
    const isBarrier = called !== null && called.every((one) => one !== name && kept.has(one));
    if (isBarrier) barriers.add(name);
    const needs = [...(kept.has("pre" + name) ? ["pre" + name] : []), ...(isBarrier ? called : [])].filter((need) => !reaches(deps, need, name));
    if (needs.length > 0) deps.set(name, needs);
  }
  inOrder(scripts, deps, barriers);
  return { scripts, deps, barriers, leftOut: all.filter(({ name }) => !kept.has(name)).map(({ name }) => name) };
}

/** `npm run a && npm run b` means a before b. Nothing is known of their files yet, so the order is kept as a dep. */
function inOrder(scripts: readonly StarterScript[], deps: Map<string, string[]>, barriers: ReadonlySet<string>): void {
  for (const { name, command } of scripts) {
    if (!barriers.has(name)) continue;
    const called = calledScripts(command)!;
    called.forEach((later, i) => {
      const before = called[i - 1];
      if (before === undefined || reaches(deps, before, later)) return;
      deps.set(later, [...new Set([...(deps.get(later) ?? []), before])]);
    });
  }
}

/** Does `from` need `to` already, directly or not? */
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

/** package.json with `tg` in the place of each script that is a task now. `pre` scripts that are deps would run twice. */
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
    // What stands in the way of a folder is no folder, whatever mkdir calls it.
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

/** Beside it and renamed: a full disk leaves the old file whole. */
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
