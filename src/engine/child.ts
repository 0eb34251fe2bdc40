// The main module of a child runtime: takes calls, imports what they name, answers. One call at a time. Knows no engine.
import * as fs from "node:fs";
import { Socket, type SocketConstructorOpts } from "node:net";
import process from "node:process";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { findFunction } from "../model/found.ts";
import type { FunctionContext } from "../model/ports.ts";
import { ANSWER_FD, CALL_FD, lineReader, TOGETHER } from "./calls.ts";
import type { Question, Reply } from "../model/question.ts";
import type { Answer, Asking, Call, Ended, Ready, Told } from "./calls.ts";
import { openEnvironment } from "./environment.ts";
import { makeOwnFolder } from "./folder.ts";
import { notesIn } from "./notes.ts";
import { parse, stringify, toJson } from "./value.ts";

/** Belongs to the running call; created when the function asks for it. */
let abort: AbortController | null = null;
/** Ends the running call with an uncaught error; null between calls. */
let fail: ((error: unknown) => void) | null = null;

/** Whether the running call asked to have its outputs left alone. */
let ignored = false;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const versions = process.versions as Record<string, string | undefined>;
const onNode = versions["bun"] === undefined && versions["deno"] === undefined;
const setEnvironment = openEnvironment(onNode);

/** Errors that make another attempt pointless. */
const final = new WeakSet<object>();

/** Questions waiting for a reply. */
const asked = new Map<number, (reply: Reply) => void>();
let questions = 0;

function start(): void {
  ownStream("stdout", { fd: 1, to: 1 });
  // If there is no pipe for both, at least what functions write is in order.
  ownStream("stderr", { fd: 2, to: process.argv[2] === TOGETHER ? 1 : 2 });
  for (const name of SIGNALS) process.on(name, () => interrupted(name));
  for (const event of ["uncaughtException", "unhandledRejection"] as const) process.on(event, (error: unknown) => stray(event, error));
  process.on("beforeExit", drained);
  writeAll(ANSWER_FD, Buffer.from(stringify({ kind: "ready" } satisfies Ready) + "\n"));
  // Calls arrive one at a time: the next is sent after the answer to the last.
  readCalls(lineReader((line) => {
    const said = parse(line) as Call | Told;
    if ("told" in said) asked.get(said.told)?.(said.reply);
    else void answer(said);
  }));
}

/** Runtimes differ in when, and with which code, such an error ends the process. A function with its own handler is left alone. */
function stray(event: "uncaughtException" | "unhandledRejection", error: unknown): void {
  if (process.listenerCount(event) > 1) return;
  if (fail === null) process.exit(1);
  fail(error);
}

/** Keeps this process running between calls; other runtimes cannot unref theirs. */
let channel: Pick<Socket, "ref" | "unref"> | null = null;
/** A function was called and has not settled: only what it started keeps the process running. */
let running = false;

/** Nothing is left that could settle the function's promise, except a signal it listens for. Node would exit with code 13. */
function drained(): void {
  channel?.ref();
  if (!running || abort !== null || SIGNALS.some((name) => process.listenerCount(name) > 1)) return;
  fail?.(Object.assign(new Error("its promise never settles: it waits, and nothing is left running that could end that"), { stack: "" }));
}

/** A function that listens may finish by itself; any other dies by the signal, as a program does. */
function interrupted(name: NodeJS.Signals): void {
  if (abort !== null) return abort.abort(Object.assign(new Error(`interrupted by ${name}`), { name: "AbortError" }));
  process.removeAllListeners(name);
  process.kill(process.pid, name);
}

/**
 * Node's own stream on a pipe is asynchronous: what it has buffered is lost when the process ends, and arrives after the
 * mark. console.log of Bun and Deno bypasses this stream and writes at once.
 */
function ownStream(name: "stdout" | "stderr", { fd, to }: { readonly fd: number; readonly to: number }): void {
  const stream = new Writable({
    decodeStrings: true,
    write: (bytes: Buffer, _encoding, done) => {
      writeAll(to, bytes);
      done();
    },
  });
  Object.defineProperty(stream, "fd", { value: fd });
  Object.defineProperty(process, name, { value: stream, configurable: true, writable: true });
}

const napping = new Int32Array(new SharedArrayBuffer(4));

/** A process that inherited the pipe may have made it non-blocking; its reader may be gone. */
function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += fs.writeSync(fd, bytes, at);
    } catch (error) {
      const errno = (error as { code?: string }).code;
      if (errno === "EPIPE" || errno === "EBADF") return;
      if (errno !== "EAGAIN") throw error;
      Atomics.wait(napping, 0, 0, 1);
    }
  }
}

/** When calls end, the process ends: the process that started it is gone or does not need it any more. */
function readCalls(take: (bytes: Uint8Array) => void): void {
  const memory = Buffer.alloc(64 * 1024);
  if (onNode) {
    // A new buffer for each short call would be most of the garbage here.
    const onread = { buffer: memory, callback: (got: number) => (take(memory.subarray(0, got)), true) };
    const socket = new Socket({ fd: CALL_FD, readable: true, writable: false, onread } as SocketConstructorOpts);
    channel = socket.on("error", () => process.exit(0)).on("close", () => process.exit(0)).resume();
    return;
  }
  // Neither has sockets on descriptors. (Node would hang in process.exit while a read is blocked.)
  const next = (): void => {
    fs.read(CALL_FD, memory, 0, memory.length, null, (error, got) => {
      if (error !== null || got === 0) process.exit(0);
      take(memory.subarray(0, got));
      next();
    });
  };
  next();
}

async function answer(call: Call): Promise<void> {
  const began = performance.now();
  let lost: Ended | null = null;
  const performed = await new Promise<Ended>((resolve) => {
    fail = (error) => resolve((lost ??= thrown(error)));
    void perform(call).then(resolve);
  });
  running = false;
  channel?.ref();
  const busy = await turn();
  fail = null;
  abort = null;
  asked.clear();
  for (const fd of call.mark?.on ?? []) writeAll(fd, Buffer.from(call.mark!.text));
  // An uncaught error may have left anything in any state, and what still runs would throw during the next call.
  const last = lost !== null || busy;
  const ended = lost ?? performed;
  const tookMs = performance.now() - began;
  const rssKb = heldKb(tookMs);
  // Written out: V8 takes ten times as long to copy an object and add a field.
  const told: Answer = ended.kind === "returned" && ended.ignored === undefined ? { kind: "returned", value: ended.value, rssKb, last, bare: tookMs < BARE_MS } : { ...ended, rssKb, last, bare: tookMs < BARE_MS };
  writeAll(ANSWER_FD, Buffer.from(stringify(told) + "\n"));
  if (last) process.exit(1);
}

/** How many timers, sockets and the like kept this process running before the function was called. */
let quiet = Infinity;

/** Without files being closed: those of the module are while its first function is called already. */
function activeNow(): number {
  return onNode ? process.getActiveResourcesInfo().filter((kind) => kind !== "CloseReq").length : -1;
}

/**
 * An unawaited promise may fail in this turn, and a timer without delay in the next: they belong to this call. Returns whether
 * more of it still runs.
 */
async function turn(): Promise<boolean> {
  const isAlone = onNode && activeNow() <= quiet;
  await new Promise<void>((done) => void (isAlone ? setImmediate(done) : setTimeout(done, 0)));
  return onNode && !isAlone && activeNow() > quiet;
}

/** No runtime starts a program and hears of its end in this time: the fastest takes several times as long. */
const BARE_MS = 0.1;

let held = { peakKb: 0, kb: 0 };
/** Reading the resident set takes longer than a call this short. */
const SHORT_MS = 5;
/** A call this short cannot make a peak that counts either: the kernel hands out some 10 MB in that time. */
const TINY_MS = 1;

/** A short call that made no new peak uses about as much as the last one. */
function heldKb(tookMs: number): number {
  if (tookMs < TINY_MS && held.kb > 0) return held.kb;
  const peakKb = onNode ? process.resourceUsage().maxRSS : Infinity;
  if (tookMs > SHORT_MS || peakKb > held.peakKb) held = { peakKb: onNode ? peakKb : 0, kb: Math.round(process.memoryUsage.rss() / 1024) };
  return held.kb;
}

async function perform(call: Call): Promise<Ended> {
  ignored = false;
  setEnvironment(call.env);
  try {
    const stood = goTo(call.from);
    const known = modules.get(call.module);
    const run = functionOf(known ?? (await moduleAt(call.module)), call);
    // Code of the config may have changed the working directory before the function is reached.
    const errno = known !== undefined && call.instance === undefined && call.from === call.cwd ? stood : goTo(call.cwd);
    if (errno !== null) return { kind: "bad-cwd", errno };
    quiet = activeNow();
    channel?.unref();
    running = true;
    const made = toJson(await run(contextOf(call)));
    if ("bytes" in made) return { kind: "large-value", bytes: made.bytes };
    if ("fault" in made) return { kind: "bad-value", message: made.fault };
    return ignored ? { kind: "returned", value: made.json, ignored } : { kind: "returned", value: made.json };
  } catch (error) {
    return thrown(error);
  }
}

const modules = new Map<string, object>();

async function moduleAt(path: string): Promise<object> {
  const made = (await import(pathToFileURL(path).href)) as object;
  modules.set(path, made);
  return made;
}

/** Returns why the folder cannot be entered; null if it was. */
function goTo(folder: string): string | null {
  try {
    process.chdir(folder);
    return null;
  } catch (error) {
    return (error as { code?: string }).code ?? "EIO";
  }
}

/** The function bound to its owner, so that methods work. */
function functionOf(namespace: object, call: Call): (ctx: object) => unknown {
  const { owner, value } = findFunction(namespace, call);
  if (typeof value !== "function") throw new TypeError(`${call.path.join(".")} is not a function in ${call.module}`);
  return value.bind(owner) as (ctx: object) => unknown;
}

const need = (target: unknown): Promise<unknown> => ask({ kind: "need", target: String(target) });
const glob = (pattern: unknown): Promise<unknown> => ask({ kind: "glob", pattern: String(pattern) });
const absent = (path: unknown): Promise<unknown> => ask({ kind: "absent", path: String(path) });
const ignoreOutputs = (): void => void (ignored = true);
const log = (text: unknown): void => void process.stdout.write(`${String(text)}\n`);

function noRetry(error: unknown): never {
  const thrown = error instanceof Error ? error : new Error(String(error));
  final.add(thrown);
  throw thrown;
}

/** Written out, not copied: copying would be a fifth of a short call. */
function contextOf({ context }: Call): object {
  const { task, root, inputs, outputs, params, changed, attempt, run, failed } = context;
  const ctx: Record<Exclude<keyof FunctionContext, "notes" | "run" | "failed">, unknown> & Record<string, unknown> = {
    task, root, inputs, outputs, params, changed, attempt,
    report: notesIn(context.notes),
    deps: depsOf(task, context.deps),
    env: environment(context.env),
    need, glob, absent, ignoreOutputs, noRetry, log,
    get signal(): AbortSignal {
      return (abort ??= new AbortController()).signal;
    },
    get scratch(): string {
      makeOwnFolder(context.scratch);
      return context.scratch;
    },
  };
  if (run !== undefined) ctx["run"] = run;
  if (failed !== undefined) ctx["failed"] = failed;
  return ctx;
}

async function ask(question: Question): Promise<unknown> {
  const id = ++questions;
  const reply = new Promise<Reply>((resolve) => asked.set(id, resolve));
  channel?.ref();
  writeAll(ANSWER_FD, Buffer.from(stringify({ kind: "asks", id, question } satisfies Asking) + "\n"));
  const told = await reply;
  asked.delete(id);
  if (running && asked.size === 0) channel?.unref();
  if (!told.ok) throw new Error(told.message);
  return parse(told.value) as unknown;
}

/** The declared variables by name; called with a name, asks for a variable and makes it count. */
function environment(declared: Readonly<Record<string, string>>): unknown {
  const look = async (name: unknown): Promise<unknown> => (await ask({ kind: "env", name: String(name) })) ?? undefined;
  return new Proxy(look, {
    get: (_, name) => (typeof name === "string" ? declared[name] : undefined),
    has: (_, name) => Object.hasOwn(declared, name),
    ownKeys: () => Object.keys(declared),
    getOwnPropertyDescriptor: (_, name) => (Object.hasOwn(declared, name) ? { value: declared[name as string], enumerable: true, configurable: true } : undefined),
    set: () => false,
    deleteProperty: () => false,
  });
}

/** A missing value throws where it is read, instead of leaving a hole in the result. */
function depsOf(task: string, deps: Call["context"]["deps"]): object {
  const made: Record<string, object> = Object.fromEntries(
    Object.entries(deps).map(([name, dep]) => [name, "value" in dep ? dep : Object.defineProperty({}, "value", { get: () => refuse(`${stringify(name)} returned no value for ${stringify(task)}`) })]),
  );
  return new Proxy(made, {
    get: (_, name) => (typeof name === "symbol" || name in made || name === "toJSON" || name === "then" ? made[name as string] : refuse(`${stringify(name)} is not among the deps of ${stringify(task)}: ${Object.keys(made).join(", ") || "it has none"}`)),
  });
}

function refuse(message: string): never {
  throw new ReferenceError(message);
}

function thrown(error: unknown): Ended {
  const { name, message, stack } = Object(error) as { name?: unknown; message?: unknown; stack?: unknown };
  if (typeof message !== "string") return { kind: "threw", name: "", message: textOf(error), stack: [] };
  const lines = typeof stack === "string" ? stack.split("\n").filter((line) => /^\s*at |@/.test(line)) : [];
  return { kind: "threw", name: typeof name === "string" ? name : "Error", message: [message, ...causesOf(error)].join("\n"), stack: lines, ...(final.has(Object(error) as object) ? { final: true } : {}) };
}

const MOST_CAUSES = 8;
const MOST_CAUSE_CHARS = 500;

/** The causes of an error, one per line: "fetch failed" alone tells nobody what to do. */
function causesOf(error: unknown): string[] {
  const lines: string[] = [];
  const seen = new Set<unknown>([error]);
  const reach = (from: unknown): void => {
    const { cause, errors } = Object(from) as { cause?: unknown; errors?: unknown };
    for (const next of [cause, ...(Array.isArray(errors) ? errors as unknown[] : [])]) {
      if (next === undefined || seen.has(next) || seen.size > MOST_CAUSES) continue;
      seen.add(next);
      const { name, message, code } = Object(next) as { name?: unknown; message?: unknown; code?: unknown };
      const text = typeof message === "string" ? [String(name), message || code].filter(Boolean).join(": ") : textOf(next);
      lines.push(`caused by ${text.slice(0, MOST_CAUSE_CHARS)}`);
      reach(next);
    }
  };
  reach(error);
  return lines;
}

function textOf(value: unknown): string {
  try {
    return typeof value === "string" ? value : (stringify(value) ?? String(value));
  } catch {
    return Object.prototype.toString.call(value);
  }
}

start();
