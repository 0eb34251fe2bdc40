// One child runtime: a process that makes calls for the engine, one at a time, until it is retired. Knows no jobs.
//
//   idle --run--> calling --answer and end marks--> idle
//   any  --exit-> dead (a call under way ends as `died`)
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync } from "node:fs";
import process from "node:process";
import type { Readable, Writable } from "node:stream";
import type { Ask } from "../model/ports.ts";
import { lineReader, markFilter, newMark, TOGETHER } from "./calls.ts";
import type { Answer, Asking, Call, Told } from "./calls.ts";
import { errnoOf } from "./errno.ts";
import { openGroup } from "./group.ts";
import type { Group, SignalName } from "./group.ts";
import type { Outlet, StreamName } from "./output.ts";
import type { Pipes } from "./pipes.ts";
import { writePromptly } from "./prompt.ts";

export type CallEnd = { readonly at: number; readonly left: readonly number[] } & (
  | { readonly kind: "answered"; readonly answer: Answer }
  | { readonly kind: "died"; readonly exit: number | null; readonly signal: string | null }
  | { readonly kind: "refused"; readonly errno: string }
);

export interface Runtime {
  run(call: Omit<Call, "mark">, ears: Ears): Promise<CallEnd>;
  /** Sends a signal to the whole group. A signalled runtime takes no further calls. */
  signal(name: SignalName): void;
  /** Resolves once the process takes calls; undefined if it does already. */
  begun(): Promise<void> | undefined;
  /** Whether it may take another call. */
  fit(): boolean;
  /** Ends an idle runtime; resolves when it is gone. */
  retire(): Promise<void>;
}

/** Receives what comes from a call while it runs. */
export interface Ears {
  readonly take: Outlet["take"];
  readonly ask: Ask;
}

export interface RuntimeOptions {
  readonly childModule: string;
  readonly pipes: Pipes;
  /** Whether stdout and stderr may arrive separately. If not, all arrives as stdout, in the order it was written. */
  readonly apart: boolean;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly graceMs: number;
}

const VERSIONS = process.versions as Record<string, string | undefined>;
/** Whatever a function leaks besides memory goes with the process; starting one costs as much as hundreds of calls. */
const MOST_CALLS = 2000;
const MOST_KB = 512 * 1024;
/** How long to wait for the output of an exited process, or for an end mark that something swallowed. */
const DRAIN_MS = 2000;
const RETIRE_MS = 500;

const FD: Readonly<Record<StreamName, number>> = { stdout: 1, stderr: 2 };

interface Current {
  /** Takes data of a stream; returns true at the end mark. */
  readonly hear: Readonly<Record<StreamName, (bytes: Uint8Array) => boolean>>;
  /** Streams whose end mark has not arrived. */
  readonly open: Set<StreamName>;
  readonly ask: Ask;
  answer: Answer | null;
  resolve(end: CallEnd): void;
}

type Streams = ReadonlyMap<StreamName, Readable>;

interface Life {
  readonly child: ChildProcess;
  readonly streams: Streams;
  readonly answers: Readable;
  readonly apart: boolean;
  readonly group: Group;
  /** Whether all that was written before an answer is read by the turn of the event loop after the answer's. If not, calls end with marks. */
  readonly prompt: boolean;
  /** Whether it has said that it takes calls. */
  ready: boolean;
  begun(): void;
  /** The environment of its last call. */
  env: Call["env"];
  current: Current | null;
  calls: number;
  worn: boolean;
  signalled: boolean;
  dead: { readonly exit: number | null; readonly signal: string | null; readonly at: number } | null;
  readonly gone: Promise<void>;
  /** Resolves when the process is gone and all its output has been read. */
  readonly silent: Promise<unknown>;
}

export function startRuntime(options: RuntimeOptions): Runtime {
  const heard = lineReader((line) => answered(life, line));
  const launched = launch(options, heard);
  if (!("child" in launched)) return refusing(launched.errno);
  const { child, pid, streams, answers } = launched;
  let begun: () => void = () => {};
  const beginning = new Promise<void>((resolve) => (begun = resolve));
  const life: Life = {
    child,
    streams,
    answers,
    apart: options.apart,
    group: openGroup(pid, { own: true, graceMs: options.graceMs }),
    prompt: process.platform === "linux" && VERSIONS["bun"] === undefined && VERSIONS["deno"] === undefined,
    ready: false,
    begun,
    env: undefined,
    current: null,
    calls: 0,
    worn: false,
    signalled: false,
    dead: null,
    gone: new Promise((resolve) => void child.once("exit", () => resolve())),
    silent: Promise.all([child, answers, ...streams.values()].map((one) => new Promise<void>((resolve) => void one.once("close", () => resolve())))),
  };
  listen(life);
  return {
    run: (call, ears) => run(life, call, ears),
    begun: () => (life.ready ? undefined : beginning),
    signal: (name) => {
      life.signalled = true;
      if (life.dead === null) life.group.signal(name);
    },
    fit: () => !life.worn && !life.signalled && life.dead === null && life.calls < MOST_CALLS,
    retire: () => retire(life),
  };
}

type Launched = { readonly child: ChildProcess; readonly pid: number; readonly streams: Streams; readonly answers: Readable } | { readonly errno: string | Promise<string> };

function launch({ childModule, pipes, apart, cwd, env }: RuntimeOptions, heard: (bytes: Uint8Array) => void): Launched {
  const pipe = apart ? null : pipes.open();
  const brief = pipes.open(heard);
  try {
    const args = [...(VERSIONS["deno"] !== undefined ? ["run", "-A"] : []), childModule, ...(apart ? [] : [TOGETHER])];
    const out = pipe?.inlet ?? "pipe";
    const child = spawn(process.execPath, args, { cwd, env, detached: true, stdio: ["ignore", out, out, brief?.inlet ?? "pipe", "pipe"] });
    if (child.pid !== undefined) {
      const streams: Streams = new Map(pipe !== null ? [["stdout", pipe.outlet]] : [["stdout", child.stdout!], ["stderr", child.stderr!]]);
      return { child, pid: child.pid, streams, answers: brief?.outlet ?? (child.stdio[3] as Readable).on("data", heard) };
    }
    for (const one of [pipe, brief]) one?.outlet.destroy();
    return { errno: new Promise((resolve) => void child.once("error", (error) => resolve(errnoOf(error)))) };
  } catch (error) {
    for (const one of [pipe, brief]) one?.outlet.destroy();
    return { errno: errnoOf(error) };
  } finally {
    for (const one of [pipe, brief]) if (one !== null) closeSync(one.inlet);
  }
}

function refusing(errno: string | Promise<string>): Runtime {
  return {
    run: async () => ({ kind: "refused", errno: await errno, at: Date.now(), left: [] }),
    signal: () => {},
    begun: () => undefined,
    fit: () => false,
    retire: () => Promise.resolve(),
  };
}

function listen(life: Life): void {
  const { child } = life;
  for (const [name, stream] of life.streams) {
    stream.on("error", () => {}).on("data", (bytes: Uint8Array) => {
      // Between two calls nobody takes what a forgotten timer prints.
      const { current } = life;
      if (current === null || !current.hear[name](bytes)) return;
      current.open.delete(name);
      step(life);
    });
  }
  life.answers.on("error", () => {});
  (child.stdio[4] as NodeJS.WritableStream).on("error", () => {});
  child.on("error", () => {});
  child.once("exit", (exit, signal) => void died(life, { exit, signal, at: Date.now() }));
}

function run(life: Life, call: Omit<Call, "mark">, { take, ask }: Ears): Promise<CallEnd> {
  if (life.current !== null) throw new Error("a runtime makes one call at a time");
  const names = [...life.streams.keys()];
  const mark = life.prompt ? undefined : { text: newMark(randomBytes(8).toString("hex")), on: names.map((name) => FD[name]) };
  const heard = (name: StreamName): ((bytes: Uint8Array) => boolean) => {
    const as = life.apart ? name : "stdout";
    return mark !== undefined ? markFilter(mark.text, (bytes) => take(as, bytes)) : (bytes) => (take(as, bytes), false);
  };
  const { env } = call;
  // Fields that are undefined are not in the JSON line.
  const sent: Call = { module: call.module, from: call.from, path: call.path, instance: call.instance, context: call.context, cwd: call.cwd, env: env === life.env ? undefined : env, mark };
  life.calls++;
  life.env = env;
  return new Promise((resolve) => {
    life.current = { hear: { stdout: heard("stdout"), stderr: heard("stderr") }, open: new Set(mark === undefined ? [] : names), ask, answer: null, resolve };
    send(life, sent);
    if (life.dead !== null) void died(life, life.dead);
  });
}

function send(life: Life, line: Call | Told): void {
  writePromptly(life.child.stdio[4] as Writable, JSON.stringify(line) + "\n");
}

/** A reply to a call that has ended meanwhile is dropped. */
async function tell(life: Life, current: Current, { id, question }: Asking): Promise<void> {
  const reply = await current.ask(question);
  if (life.current === current && life.dead === null) send(life, { told: id, reply });
}

/**
 * What was printed before an answer is in its pipe when the answer is read. But the answer may have come after this turn of the
 * event loop was told what can be read, behind an earlier line, and the turn was not told of the output then. On Linux, the next
 * turn asks epoll again, which tells of all that can be read, and Node reads each stream to its end before it runs immediates.
 * The first belongs to this turn, the second to the next. (Reading the mostly empty streams here would cost an error a call,
 * which costs more.)
 */
function answered(life: Life, line: string): void {
  const { current } = life;
  if (!life.ready) {
    life.ready = true;
    return life.begun();
  }
  if (current === null) return;
  const said = JSON.parse(line) as Answer | Asking;
  if (said.kind === "asks") return void tell(life, current, said);
  current.answer = said;
  life.worn ||= current.answer.last || current.answer.rssKb > MOST_KB;
  if (life.prompt) return void setImmediate(() => void setImmediate(() => life.current === current && step(life)));
  step(life);
  if (life.current !== current) return;
  const timer = setTimeout(() => {
    if (life.current !== current) return;
    life.worn = true;
    current.open.clear();
    step(life);
  }, DRAIN_MS);
  timer.unref();
}

/** Ends the call when the answer has arrived and its output has been read up to the marks. */
function step(life: Life): void {
  const { current } = life;
  if (current === null || current.answer === null || current.open.size > 0) return;
  life.current = null;
  void conclude(life, current, current.answer);
}

async function conclude(life: Life, current: Current, answer: Answer): Promise<void> {
  const at = Date.now();
  // A signalled call must leave nothing behind, and a listener that ended well is still a process.
  if (life.signalled) await retire(life);
  const found = life.signalled ? life.group.settle() : life.group.others(answer);
  const left = "then" in found ? await found : found;
  if (left.length > 0) life.worn = true;
  current.resolve({ kind: "answered", answer, at, left });
}

async function died(life: Life, dead: NonNullable<Life["dead"]>): Promise<void> {
  life.dead = dead;
  const settled = life.group.settle();
  await silence(life);
  const left = life.group.still(await settled);
  life.group.close();
  const { current } = life;
  if (current === null) return;
  life.current = null;
  if (current.answer !== null) current.resolve({ kind: "answered", answer: current.answer, at: dead.at, left });
  else current.resolve({ kind: "died", ...dead, left });
}

/** Resolves when all output has been read, or another process has kept the pipes open for too long. */
async function silence({ streams, answers, silent }: Life): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      for (const stream of [answers, ...streams.values()]) stream.destroy();
      resolve();
    }, DRAIN_MS);
  });
  await Promise.race([silent, late]);
  clearTimeout(timer);
}

/** Closing the calls tells the child to exit; one that does not is killed. */
async function retire(life: Life): Promise<void> {
  if (life.dead !== null) return;
  life.worn = true;
  (life.child.stdio[4] as NodeJS.WritableStream).end();
  const timer = setTimeout(() => life.child.kill("SIGKILL"), RETIRE_MS);
  await life.gone;
  clearTimeout(timer);
}
