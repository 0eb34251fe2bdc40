// The doorbell: asks a `tg watch` running in this project, before anything else is loaded, and prints its answer. If none
// answers at once, the first door (quick.ts) does the work. Knows no state, no graph, no flags.
import * as fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { markOf } from "./cli/project/mark.ts";
import { findConfig } from "./config/find.ts";
import { stateDirIn } from "./config/state-dir.ts";
import { normalizeText, type AbsolutePath } from "./model/path.ts";
import { ASK_FOLDER, ASKED_ENV, encodeAsk, MAX_ASK_BYTES, OFFER_FILE, parseHead, parseOffer, READY_MODE, RESTING_MODE, TIME_MARK, type Answer, type Offer, type Refusal } from "./model/resident.ts";
import { durationText } from "./report/format.ts";
import { isTerminal, openOutput } from "./report/output.ts";
import { notAskedLine } from "./report/no-op.ts";
import { namespaceMark, processNow, programMark, userOf } from "./watch/bearings.ts";

declare const __dirname: string;

const EXIT_PIPE_CLOSED = 141;
const EXIT_NOT_ANSWERED = 3;

/** An idle watch answers within 1 ms; on a busy machine it takes longer. */
const PATIENCE_MS = 40;
/** After this long, checking on the watch's process is worth its cost. */
const DOUBT_MS = 2;
/** Used with TG_RESIDENT=only. */
const LONG_PATIENCE_MS = 10_000;
const PAUSES_MS: readonly [number, number] = [0.1, 1];
const HEAD_ROOM = 4_096;
/** Reading a longer config for one word takes longer than looking at a small project. */
const MOST_CONFIG_BYTES = 256 * 1024;
/** Refusals that may go away with time. */
const PASSING: ReadonlySet<Refusal> = new Set(["no watch", "busy", "late", "not answered"]);
const VERBS: ReadonlySet<string> = new Set(["build", "status", "why"]);

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR } = fs.constants;
const clock = new Int32Array(new SharedArrayBuffer(4));

/** Prints the answer of a watch and returns the exit code; null if there is no answer, or it cannot be written, which the front door reports. */
export function ask(): number | null {
  const began = Date.now();
  const only = process.env["TG_RESIDENT"] === "only";
  const args = process.argv.slice(2);
  const verb = args.find((word) => !word.startsWith("-"));
  if (verb !== undefined && !VERBS.has(verb)) return null;
  const { GITHUB_ACTIONS, GITHUB_STEP_SUMMARY } = process.env;
  if (GITHUB_ACTIONS === "true" || (GITHUB_STEP_SUMMARY ?? "") !== "") return null;
  for (;;) {
    const said = answered(args);
    if (typeof said !== "string") return print(said, began);
    if (!only) return null;
    if (!PASSING.has(said) || Date.now() - began > LONG_PATIENCE_MS) return tellWhy(said);
    pause(50);
  }
}

function tellWhy(refusal: Refusal): number {
  openOutput(2).write(notAskedLine(refusal) + "\n");
  return EXIT_NOT_ANSWERED;
}

function print({ exit, text }: Answer, began: number): number | null {
  let failed = false;
  const out = openOutput(1, { onFailed: () => void (failed = true) });
  out.write(text.replace(TIME_MARK, durationText(Date.now() - began)));
  return failed ? null : out.closed ? EXIT_PIPE_CLOSED : exit;
}

function answered(args: readonly string[]): Answer | Refusal {
  try {
    const cwd = process.cwd();
    const found = findConfig(cwd as AbsolutePath, null);
    if (!found.ok) return "no watch";
    const { root, file } = found.value;
    const { stateDir, offer } = offerIn(root, file);
    if (typeof offer === "string") return offer;
    return exchange({ file: `${stateDir}/${ASK_FOLDER}/${offer.nonce}.${process.pid}`, question: askText(args, cwd), offer, object: () => refusalOf(offer, root, file) });
  } catch {
    // The folder is not writable, or the watch is just ending: the scan that follows finds out what is wrong.
    return "no watch";
  }
}

/** Few projects move the state folder, so the config is read for its name only if the usual folder holds no offer. */
function offerIn(root: string, config: string): { readonly stateDir: string; readonly offer: Offer | Refusal } {
  const base = root === "/" ? "" : root;
  const usual = { stateDir: `${base}/.tg`, offer: readOffer(`${base}/.tg/${OFFER_FILE}`) };
  const named = usual.offer === "no watch" ? stateDirIn(config, MOST_CONFIG_BYTES) : null;
  if (named === null) return usual;
  const stateDir = normalizeText(`${base}/${named}`);
  return { stateDir, offer: readOffer(`${stateDir}/${OFFER_FILE}`) };
}

function readOffer(file: string): Offer | Refusal {
  let fd: number;
  try {
    fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | fs.constants.O_NONBLOCK);
  } catch {
    return "no watch";
  }
  try {
    const stat = fs.fstatSync(fd);
    const mode = stat.mode & 0o777;
    if (stat.uid !== userOf() || (mode !== READY_MODE && mode !== RESTING_MODE)) return "other user";
    if (!stat.isFile() || stat.size > MAX_ASK_BYTES * 32) return "no watch";
    const bytes = Buffer.allocUnsafe(stat.size);
    const offer = parseOffer(bytes.toString("utf8", 0, fs.readSync(fd, bytes, 0, stat.size, 0)));
    if (offer === null || offer.ino !== stat.ino) return "other watch";
    return mode === READY_MODE ? offer : (fateOf(offer) ?? "busy");
  } finally {
    fs.closeSync(fd);
  }
}

/** Why this watch's answer would not be the one we would compute. */
function refusalOf(offer: Offer, root: string, config: string): Refusal | null {
  if (offer.root !== root || offer.config !== config) return "other watch";
  if (offer.namespace !== namespaceMark() || offer.program !== programMark(path.join(__dirname, "main.cjs"))) return "other program";
  for (const [name, mark] of offer.env) if (markOf(process.env[name]) !== mark) return "other environment";
  return isThere(offer.pid) ? null : "gone";
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Whether the watch can answer at all. Costs more than an answer. */
function fateOf(offer: Offer): Refusal | null {
  const now = processNow(offer.pid);
  if (now === null || now.start !== offer.start || now.state === "Z" || now.state === "X") return "gone";
  return now.state === "T" || now.state === "t" ? "stopped" : null;
}

function askText(args: readonly string[], cwd: string): string {
  const env: Record<string, string> = {};
  for (const name of ASKED_ENV) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return encodeAsk({ args, cwd, env, isTty: isTerminal(1) });
}

interface Exchange {
  readonly file: string;
  readonly question: string;
  readonly offer: Offer;
  object(): Refusal | null;
}

/**
 * Writes the question to a new file owned by this user; a watch that notices appends the answer and removes the file.
 * Meanwhile `object` returns any reason not to use the answer.
 */
function exchange({ file, question, offer, object }: Exchange): Answer | Refusal {
  const asked = Buffer.byteLength(question);
  if (asked > MAX_ASK_BYTES) return "not answered";
  const fd = fs.openSync(file, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  let heard = false;
  try {
    fs.writeSync(fd, question);
    const refusal = object();
    if (refusal !== null) return refusal;
    const said = read(fd, asked, offer);
    heard = typeof said !== "string" || said === "not answered";
    return said;
  } finally {
    fs.closeSync(fd);
    if (!heard) takeBack(file);
  }
}

/** Withdraws the question, unless it has just been answered. */
function takeBack(file: string): void {
  try {
    fs.unlinkSync(file);
  } catch {
    // Already removed.
  }
}

function read(fd: number, from: number, offer: Offer): Answer | Refusal {
  const began = Date.now();
  const first = Buffer.allocUnsafe(HEAD_ROOM);
  let doubted = false;
  for (let wait = PAUSES_MS[0]; ; wait = Math.min(wait * 1.1, PAUSES_MS[1])) {
    const got = fs.readSync(fd, first, 0, HEAD_ROOM, from);
    const head = got === 0 ? null : parseHead(first.toString("latin1", 0, got));
    if (head !== null) {
      if (head.exit === null) return "not answered";
      if (head.length + head.bytes <= got) return { exit: head.exit, text: first.toString("utf8", head.length, head.length + head.bytes) };
      if (fs.fstatSync(fd).size >= from + head.length + head.bytes) return { exit: head.exit, text: readRest(fd, from + head.length, head.bytes) };
    }
    const waited = Date.now() - began;
    if (waited > PATIENCE_MS) return "late";
    if (waited > DOUBT_MS && !doubted) {
      doubted = true;
      const fate = fateOf(offer);
      if (fate !== null) return fate;
    }
    pause(wait);
  }
}

function readRest(fd: number, from: number, length: number): string {
  const bytes = Buffer.allocUnsafe(length);
  let got = 0;
  for (let more = 1; got < length && more > 0; got += more) more = fs.readSync(fd, bytes, got, length - got, from + got);
  return bytes.toString("utf8", 0, got);
}

function pause(ms: number): void {
  Atomics.wait(clock, 0, 0, ms);
}
