// The built command as a subject: real processes, mix.sh, `build --json` and `status --json`.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { hookArgs } from "./config.ts";
import { workOf } from "./works.ts";
import { tooSoon, type Told } from "./paces.ts";
import { CONFIG_RATES } from "./project.ts";
import { tagsWith } from "./subject.ts";
import type { BuildEvent, Built, BuildWish, Standing, Subject } from "./subject.ts";
import type { Scene } from "./scene.ts";
import { pathWith } from "./tools.ts";

export interface CommandOptions {
  /** Program and first arguments that start tg. */
  readonly tg: readonly string[];
  /** A folder outside the project for hooks and mix's log. */
  readonly control: string;
  /** Version control knows the files: it is asked what changes since a commit affect. */
  readonly commits: boolean;
}

const delay = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

const paramArgs = ({ params }: Pick<BuildWish, "params">): string[] => Object.entries(params).flatMap(([name, text]) => ["--param", `${name}=${text}`]);

export function buildArgs(wish: BuildWish): string[] {
  const args = ["build", "--json", "-j", String(wish.jobs)];
  if (wish.keepGoing) args.push("-k");
  if (wish.force) args.push("--force");
  if (wish.shuffle) args.push("--shuffle");
  if (wish.keepTemp) args.push("--keep-temp");
  return [...args, ...paramArgs(wish), ...(wish.targets ?? [])];
}

function environment(scene: Scene, options: CommandOptions, env: Readonly<Record<string, string>>): Record<string, string> {
  const kept: Record<string, string> = { PATH: pathWith(scene.project, scene.root, process.env["PATH"] ?? ""), HOME: process.env["HOME"] ?? "", TMPDIR: process.env["TMPDIR"] ?? "/tmp" };
  return { ...kept, ...env, MIX_ROOT: scene.root, MIX_CTL: options.control };
}

interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(scene: Scene, options: CommandOptions, args: readonly string[], wish: Pick<BuildWish, "env"> & { readonly killAfterMs?: number }): Promise<Ended> {
  const [program = "tg", ...first] = options.tg;
  return new Promise((done, fail) => {
    const child = spawn(program, [...first, ...args], { cwd: scene.root, env: environment(scene, options, wish.env), stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (bytes: Buffer) => (stdout += bytes.toString("latin1")));
    child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString("latin1")));
    const timer = setTimeout(() => child.kill("SIGKILL"), wish.killAfterMs ?? 60_000);
    child.on("error", fail);
    child.on("close", (exit) => {
      clearTimeout(timer);
      done({ exit, stdout, stderr });
    });
  });
}

/** A chain starts with its first member and ends with its last; who has a hook before it starts with that. */
function logOf({ project }: Scene, options: CommandOptions): { ran: number[]; ended: number[]; isDone: boolean } {
  const lines = readFileSync(`${options.control}/log`, "latin1").split("\n");
  const words = (word: string, kind: string): string[] => lines.filter((line) => line.startsWith(`${word} ${kind}`)).map((line) => line.slice(word.length + 2));
  const hooked = new Set(project.tasks.filter((spec) => hookArgs(spec, "before") !== null).map(({ tag }) => String(tag)));
  const started = [...words("start", "T").filter((word) => !hooked.has(String(parseInt(word, 10)))), ...words("start", "B").filter((word) => hooked.has(word))];
  const ended = words("end", "T");
  const count = (word: string): number => lines.filter((line) => line.startsWith(word)).length;
  const isLast = (word: string): boolean => word.endsWith("b") || !project.tasks.some((spec) => spec.chained && word === String(spec.tag));
  return { ran: started.filter((word) => !word.endsWith("b")).map(Number), ended: ended.filter(isLast).map((word) => parseInt(word, 10)), isDone: count("start ") === count("end ") };
}

/** Whole lines: the last one of what was killed may be half. */
function parseEvents(stdout: string): BuildEvent[] {
  return stdout.split("\n").slice(0, -1).filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as BuildEvent);
}

function pacesOf(events: readonly BuildEvent[]): Told[] {
  return events.map((event) => ({ ...event, atMs: event.end ?? event.start ?? event.time ?? -Infinity }));
}

/** Children of a killed tg come to their end by themselves: mix is short. */
async function drain(scene: Scene, options: CommandOptions): Promise<void> {
  for (let i = 0; i < 50; i++) {
    await delay(20);
    if (i > 1 && logOf(scene, options).isDone) return;
  }
}

export function commandSubject(scene: Scene, options: CommandOptions): Subject {
  rmSync(options.control, { recursive: true, force: true });
  mkdirSync(options.control, { recursive: true });
  const build = async (wish: BuildWish): Promise<Built> => {
    writeFileSync(`${options.control}/log`, "");
    for (const [tag, hook] of wish.hooks ?? []) writeFileSync(`${options.control}/hook.T${tag}`, `printf '%s' '${hook.text}' >'${hook.path}'\n`);
    const { exit, stdout, stderr } = await start(scene, options, buildArgs(wish), wish);
    if (exit === null) await drain(scene, options);
    const events = parseEvents(stdout);
    const restored = tagsWith(scene.project, events, "restored");
    const { ran, ended } = logOf(scene, options);
    const works = new Map(scene.project.tasks.flatMap((spec) => (workOf(scene.project, spec) === null ? [] : [[spec.name, spec] as const])));
    const told = (event: string): number[] => events.flatMap((one) => (one.event === event && works.has(one.task ?? "") ? [works.get(one.task!)!] : []).filter((spec) => event !== "task-started" || hookArgs(spec, "before") === null).map(({ tag }) => tag));
    return { exit, ran: [...ran, ...told("task-started"), ...restored], restored, ended: [...ended, ...told("task-ended")], events, stderr, broken: tooSoon({ project: scene.project, rates: CONFIG_RATES }, pacesOf(events)) };
  };
  return {
    isProcess: true,
    watches: false,
    hasHooks: true,
    build,
    status: async (wish) => {
      const { exit, stdout } = await start(scene, options, ["status", "--json", "--all", ...paramArgs(wish)], wish);
      if (exit !== 0) return null;
      return new Map(Object.entries((JSON.parse(stdout) as { tasks: Record<string, Standing> }).tasks));
    },
    ...(options.commits ? {
      commit: () => commitAll(scene),
      affected: async (_, wish) => {
        const { exit, stdout } = await start(scene, options, ["status", "--json", "@since:HEAD", ...paramArgs(wish)], wish);
        return exit === 0 ? new Set(Object.keys((JSON.parse(stdout) as { tasks: object }).tasks)) : null;
      },
    } : {}),
    close: async () => {},
  };
}

/** All files as they are, without those of tg itself. */
function commitAll({ root }: Scene): void {
  const git = (...args: string[]): Buffer => execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "gc.auto=0", "-c", "core.fsync=none", ...args], { cwd: root });
  if (!existsSync(`${root}/.git`)) {
    git("init", "-q");
    writeFileSync(`${root}/.git/info/exclude`, "/.tg\n");
  }
  git("add", "-A");
  git("commit", "-q", "--allow-empty", "--no-verify", "-m", "all is fresh");
}

/** Is there a `sh` with cksum here? Everything POSIX has. */
export function hasShell(): boolean {
  try {
    execFileSync("sh", ["-c", "printf x | cksum"]);
    return true;
  } catch {
    return false;
  }
}
