// A temporary project and the built command to run in it, for end-to-end tests. Processes are awaited or held at a
// gate, never slept for. Knows nothing of tg's sources.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import process from "node:process";
import { after } from "node:test";
import { tempFolder } from "./folder.ts";

/** The repository, or what TG_PACKAGE names: an installed copy of the package (scripts/rows.mjs tests the packed one). */
export const repo: string = process.env["TG_REPO"] ?? process.cwd();
export const packageDir: string = process.env["TG_PACKAGE"] ?? repo;
/** The runtime that executes tg: this Node, or what TG_RUNTIME says (`bun`, `deno run -A`). */
const runtime: readonly string[] = process.env["TG_RUNTIME"]?.split(" ") ?? [process.execPath];

/** Another runtime than Node executes tg. */
export const isForeign: boolean = process.env["TG_RUNTIME"] !== undefined;

export const onDeno: boolean = /(^|\/)deno( |$)/.test(process.env["TG_RUNTIME"] ?? "");

/** What hangs is given up after so long: many times what the slowest story takes, for a busy machine is no failure. */
export const LIMIT_MS = 180_000;

export interface Finished {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Added to a plain environment; undefined takes a name away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** Folder below the workspace to stand in. */
  readonly cwd?: string;
  /** The process is killed and the test fails after this time. Default: LIMIT_MS. */
  readonly timeoutMs?: number;
}

export interface Background {
  readonly pid: number;
  readonly done: Promise<Finished>;
  /** Resolves when stdout plus stderr so far match, `times` times (default: 1); rejects when the process ends before. */
  until(pattern: RegExp, times?: number): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Stdout plus stderr so far. */
  said(): string;
}

/** Holds shell commands until the test lets them go. */
export interface Gate {
  /** Shell text: reports that it got here, then waits. */
  readonly command: string;
  /** Resolves with the pid of the next shell that arrives; rejects when none does within LIMIT_MS. */
  reached(): Promise<number>;
  /** Lets `count` waiting (or coming) commands go. */
  release(count?: number): void;
}

export interface Workspace {
  readonly dir: string;
  write(file: string, content: string | Uint8Array): void;
  read(file: string): string;
  remove(file: string): void;
  exists(file: string): boolean;
  /** Files below the workspace, sorted; `.tg` and `node_modules` left out. */
  list(): string[];
  /** Runs tg. Text is split at spaces; quotes group. */
  tg(args: string | readonly string[], options?: RunOptions): Promise<Finished>;
  start(args: string | readonly string[], options?: RunOptions): Background;
  /** Runs any shell text in the workspace, `tg` on its PATH. */
  sh(text: string, options?: RunOptions): Promise<Finished>;
  /** Names in ran.log, sorted and joined with commas; empties the log. */
  ran(): string;
  /** Names in ran.log in order of arrival; empties the log. */
  ranInOrder(): string;
  gate(name: string): Gate;
}

/** Does the process, or with a negative number any of the group, still run? A zombie has ended; init may take seconds to collect it. */
export function isRunning(pid: number): boolean {
  const stats = pid > 0 ? [String(pid)] : fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return stats.some((name) => {
    try {
      const fields = fs.readFileSync(`/proc/${name}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
      return fields[0] !== "Z" && fields[0] !== "X" && (pid > 0 || Number(fields[2]) === -pid);
    } catch {
      return false;
    }
  });
}

const alive = new Set<ReturnType<typeof spawn>>();
function killAll(): void {
  for (const child of alive) child.kill("SIGKILL");
}
after(killAll); // a failed test may leave its tg at a gate
process.on("exit", killAll);

export function splitWords(text: string): string[] {
  const words = text.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}

const LEFT_OUT = /^(CI|GITHUB_|FORCE_COLOR|NO_COLOR|MAKE|MFLAGS|npm_|INIT_CWD|NODE_|TG_|COLUMNS)/;

function environment(extra: RunOptions["env"], bin: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) if (!LEFT_OUT.test(name)) env[name] = value;
  env["PATH"] = `${bin}${path.delimiter}${env["PATH"] ?? ""}`;
  // What a tg leaves that was killed goes with the workspace.
  env["TMPDIR"] = path.join(bin, "../tmp");
  for (const [name, value] of Object.entries(extra ?? {})) {
    if (value === undefined) delete env[name];
    else env[name] = value;
  }
  return env;
}

function launch(argv: readonly string[], where: { cwd: string; bin: string }, options: RunOptions): Background {
  const child = spawn(argv[0]!, argv.slice(1), { cwd: where.cwd, env: environment(options.env, where.bin), stdio: ["pipe", "pipe", "pipe"] });
  alive.add(child);
  let stdout = "", stderr = "";
  const watchers = new Set<() => void>();
  const changed = (): void => { for (const watcher of [...watchers]) watcher(); };
  child.stdout!.setEncoding("utf8").on("data", (text: string) => { stdout += text; changed(); });
  child.stderr!.setEncoding("utf8").on("data", (text: string) => { stderr += text; changed(); });
  child.stdin!.on("error", () => {});
  child.stdin!.end(options.input ?? "");
  const shown = argv.slice(1).join(" ");
  const limit = options.timeoutMs ?? LIMIT_MS;
  let late = false;
  const timer = setTimeout(() => { late = true; child.kill("SIGKILL"); }, limit);
  let ended = false;
  const done = new Promise<Finished>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      alive.delete(child);
      ended = true;
      changed();
      if (late) reject(new Error(`"${shown}" did not end within ${limit} ms.\nstdout: ${stdout}\nstderr: ${stderr}`));
      else resolve({ code, signal, stdout, stderr });
    });
  });
  done.catch(() => {});
  return {
    pid: child.pid ?? -1,
    done,
    signal: (name) => { child.kill(name); },
    said: () => stdout + stderr,
    until: (pattern, times = 1) => new Promise((resolve, reject) => {
      const each = new RegExp(pattern, `${pattern.flags}g`);
      const check = (): void => {
        const met = [...(stdout + stderr).matchAll(each)].length >= times;
        if (!met && !ended) return;
        watchers.delete(check);
        if (met) resolve();
        else reject(new Error(`"${shown}" ended without printing ${String(pattern)}${times > 1 ? ` ${times} times` : ""}.\nstdout: ${stdout}\nstderr: ${stderr}`));
      };
      watchers.add(check);
      check();
    }),
  };
}

/** Two FIFOs outside the workspace. Opened read-write, so that neither side ever blocks in open(). */
function makeGate(base: string): Gate {
  const up = base + ".up", down = base + ".down";
  if (spawnSync("mkfifo", [up, down]).status !== 0) throw new Error(`mkfifo ${up} failed`);
  const arrivals: number[] = [];
  const waiting: ((pid: number) => void)[] = [];
  let partial = "";
  const reader = new net.Socket({ fd: fs.openSync(up, fs.constants.O_RDWR | fs.constants.O_NONBLOCK), readable: true, writable: false });
  reader.setEncoding("utf8").on("data", (text) => {
    const lines = (partial + String(text)).split("\n");
    partial = lines.pop() ?? "";
    for (const line of lines) {
      const next = waiting.shift();
      if (next !== undefined) next(Number(line));
      else arrivals.push(Number(line));
    }
  });
  reader.unref();
  const writer = fs.openSync(down, fs.constants.O_RDWR);
  return {
    command: `echo $$ > '${up}'; read line < '${down}'`,
    reached: () => new Promise((resolve, reject) => {
      // A timer that keeps the process alive while it waits: the reader itself must not hold up the end of the test.
      const limit = setTimeout(() => {
        waiting.splice(waiting.indexOf(take), 1);
        reject(new Error(`no command came to the gate ${path.basename(base)} within ${LIMIT_MS} ms`));
      }, LIMIT_MS);
      const take = (pid: number): void => { clearTimeout(limit); resolve(pid); };
      const first = arrivals.shift();
      if (first !== undefined) take(first);
      else waiting.push(take);
    }),
    release: (count = 1) => { fs.writeSync(writer, "go\n".repeat(count)); },
  };
}

function listFiles(dir: string, prefix = ""): string[] {
  const found: string[] = [];
  for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
    const name = prefix + entry.name;
    if (name === ".tg" || name === "node_modules") continue;
    if (entry.isDirectory()) found.push(...listFiles(path.join(dir, entry.name), name + "/"));
    else found.push(name);
  }
  return found.sort((a, b) => (a < b ? -1 : 1));
}

function takeLog(file: string): string[] {
  const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  fs.writeFileSync(file, "");
  return text.split("\n").filter((line) => line !== "");
}

/** A new project with `files`; `from` copies a folder first (a fixture or an example). Removed when the process ends. */
export async function workspace(files: Readonly<Record<string, string>> = {}, from?: string): Promise<Workspace> {
  const top = tempFolder("tg-test");
  const dir = path.join(top, "w"), bin = path.join(top, "bin");
  fs.mkdirSync(path.join(dir, "node_modules"), { recursive: true });
  fs.mkdirSync(bin);
  fs.mkdirSync(path.join(top, "tmp"));
  if (from !== undefined) fs.cpSync(from, dir, { recursive: true, filter: (source) => !/(^|\/)(\.tg|node_modules)$/.test(path.relative(from, source)) });
  fs.symlinkSync(packageDir, path.join(dir, "node_modules/tg-build"));
  const tgArgv = [...runtime, path.join(packageDir, "bin/tg.cjs")];
  fs.writeFileSync(path.join(bin, "tg"), `#!/bin/sh\nexec ${tgArgv.map((word) => `'${word}'`).join(" ")} "$@"\n`, { mode: 0o755 });
  const at = (file: string): string => path.join(dir, file);
  const run = (argv: readonly string[], options: RunOptions): Background => launch(argv, { cwd: at(options.cwd ?? ""), bin }, options);
  const words = (args: string | readonly string[]): readonly string[] => (typeof args === "string" ? splitWords(args) : args);
  const write = (file: string, content: string | Uint8Array): void => {
    fs.mkdirSync(path.dirname(at(file)), { recursive: true });
    fs.writeFileSync(at(file), content);
  };
  for (const [file, content] of Object.entries(files)) write(file, content);
  return {
    dir,
    write,
    read: (file) => fs.readFileSync(at(file), "utf8"),
    remove: (file) => fs.rmSync(at(file), { recursive: true, force: true }),
    exists: (file) => fs.existsSync(at(file)),
    list: () => listFiles(dir),
    tg: (args, options = {}) => run([...tgArgv, ...words(args)], options).done,
    start: (args, options = {}) => run([...tgArgv, ...words(args)], options),
    sh: (text, options = {}) => run(["sh", "-c", text], options).done,
    ran: () => takeLog(at("ran.log")).sort((a, b) => (a < b ? -1 : 1)).join(","),
    ranInOrder: () => takeLog(at("ran.log")).join(","),
    gate: (name) => makeGate(path.join(top, name)),
  };
}
