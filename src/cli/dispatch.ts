// From a parsed command to its verb and back to an exit code. Talks to people only through the reports it is given.
import { DiskError, type Tracer } from "../model/ports.ts";
import type { Emit } from "../model/event.ts";
import { good, type Problem, type Result } from "../model/problem.ts";
import type { BuildCommand, BuildWords, CleanCommand, Command, StatusCommand, TouchCommand, VerifyCommand, WatchCommand, WhyCommand } from "./words/commands.ts";
import { build, SIGNAL_NUMBERS, type BuildEnd, type BuildOptions } from "./build.ts";
import type { Interrupts } from "./tasks.ts";
import { clean, touch, type Cleaned, type Touched } from "./clean.ts";
import type { Doors } from "./doors.ts";
import { openReplay, replayProblems } from "./past/replay.ts";
import { verify, type VerifyAnswer } from "./verify.ts";
import { hasOpen, statusOf, type StatusAnswer, type Telling } from "./status.ts";
import { targetsOf, wantsOf } from "./words/wants.ts";
import { watch, type WatchTeller } from "./watch/watch.ts";
import { ownProblem, refusalCode, wasmProblem } from "./trouble.ts";

/** Records timings of a build; `end` writes them out. */
export interface Tracing extends Tracer {
  see: Emit;
  end(): Problem | null;
}

/** What the verbs pass to report/. Each call writes at once. */
export interface Reports {
  problems(problems: readonly Problem[]): void;
  /** Takes the events of a build; `end` is called once after the last. */
  build(command: BuildCommand): { emit: Emit; end(): void };
  /** Opens the file of `--trace`; null without one. */
  trace(command: BuildCommand): Result<Tracing | null>;
  /** Clears what a build shows on the terminal, if it is cut short. */
  breakOff(): void;
  watch(command: WatchCommand): WatchTeller;
  status(command: StatusCommand, answer: StatusAnswer): void;
  why(command: WhyCommand, answer: StatusAnswer): void;
  dryRun(command: BuildCommand, answer: StatusAnswer): void;
  clean(command: CleanCommand, cleaned: Cleaned): void;
  touch(command: TouchCommand, touched: Touched): void;
  verify(command: VerifyCommand, answer: VerifyAnswer): void;
  /** Runs every command that has no branch of its own here. */
  other(doors: Doors, command: Command): Promise<number>;
}

export interface Surroundings {
  readonly doors: Doors;
  readonly reports: Reports;
  readonly interrupts: Interrupts;
  /** The seed for `--shuffle` without a value. */
  readonly seed: number;
}

/** Default time from the first Ctrl-C to SIGKILL, in ms. */
const GRACE_MS = 3000;

export async function dispatch(command: Command, around: Surroundings): Promise<BuildEnd> {
  try {
    return await perform(command, around);
  } catch (error) {
    const problem = troubleOf(error);
    if (problem === null) throw error;
    return plain(failed([problem], around));
  }
}

/** Recognises an unreadable state, open-file and memory limits that hit tg anywhere, and a runtime that lacks something tg needs. */
function troubleOf(error: unknown): Problem | null {
  if (error instanceof DiskError) return ownProblem(error, "read");
  const wasm = wasmProblem(error);
  if (wasm !== null) return wasm;
  const { code, path } = error as { readonly code?: unknown; readonly path?: unknown };
  return code === "EMFILE" || code === "ENFILE" ? ownProblem({ path: typeof path === "string" ? path : ".", errno: code }, "read") : null;
}

async function perform(command: Command, around: Surroundings): Promise<BuildEnd> {
  switch (command.verb) {
    case "build":
      return traced(command, around, async (trace) => (command.dryRun ? plain(await dryRun(command, around, trace)) : runBuild(command, around, trace)));
    case "watch":
      return watch(around.doors, { ...buildOptions(command, around), debounceMs: command.debounceMs, poll: command.poll }, { interrupts: around.interrupts, teller: around.reports.watch(command) });
    case "status":
      return plain(await status(command, around));
    case "why":
      return plain(await why(command, around));
    case "clean":
      return plain(await runClean(command, around));
    case "verify":
      return runVerify(command, around);
    case "touch":
      return plain(await runTouch(command, around));
    default:
      return plain(await around.reports.other(around.doors, command));
  }
}

function plain(exitCode: number): BuildEnd {
  return { exitCode, signal: null };
}

function failed(problems: readonly Problem[], { reports }: Surroundings): number {
  reports.problems(problems);
  return refusalCode(problems);
}

/** A trace that cannot be written is a failure even after a good build. */
async function traced(command: BuildCommand, around: Surroundings, work: (tracing: Tracing | null) => Promise<BuildEnd>): Promise<BuildEnd> {
  const opened = around.reports.trace(command);
  if (!opened.ok) return plain(failed(opened.problems, around));
  const tracing = opened.value;
  let problem: Problem | null = null;
  let end: BuildEnd;
  try {
    end = await work(tracing);
  } finally {
    problem = tracing?.end() ?? null;
    if (problem !== null) around.reports.problems([problem]);
  }
  return problem !== null && end.exitCode === 0 ? plain(3) : end;
}

async function runBuild(command: BuildCommand, around: Surroundings, trace: Tracing | null): Promise<BuildEnd> {
  const asked = await replayed(command, around);
  if (!asked.ok) return plain(failed(asked.problems, around));
  const report = around.reports.build(command);
  try {
    const options: BuildOptions = { ...buildOptions(command, around), ...asked.value, trace: trace ?? undefined };
    const emit = seeded(command, scripted(command, report.emit));
    return await build(around.doors, options, trace === null ? emit : both(emit, trace.see), around.interrupts);
  } finally {
    report.end();
  }
}

/** Someone who typed `npm run lint` did not type the target that tg cannot find. */
function scripted({ npmEvent, targets }: BuildCommand, emit: Emit): Emit {
  if (npmEvent === null || targets.length > 0) return emit;
  return (event) => emit(event.event === "problem" && event.problem.code === "unknown-target" ? { ...event, problem: { ...event.problem, script: true } } : event);
}

/** After `--shuffle 42` the seed was taken for a target: the flag takes one only after `=`. */
function seeded({ shuffle }: BuildCommand, emit: Emit): Emit {
  if (shuffle !== "random") return emit;
  return (event) => emit(event.event === "problem" && event.problem.code === "unknown-target" && /^\d+$/.test(event.problem.target) ? { ...event, problem: { ...event.problem, suggestion: `--shuffle=${event.problem.target}` } } : event);
}

/** The options that --replay substitutes; none without it. */
async function replayed(command: BuildCommand, { doors }: Surroundings): Promise<Result<Partial<BuildOptions>>> {
  if (command.replay === null) return good({});
  const opened = await openReplay(doors, wantsOf(command), command.replay);
  if (!opened.ok) return opened;
  const { wants, replay } = opened.value;
  return good({ ...wants, force: command.force, repeats: replay, commandLine: `tg build --replay ${command.replay}` });
}

function buildOptions(command: BuildCommand | WatchCommand, around: Surroundings): BuildOptions {
  return {
    ...wantsOf(command, { ...command, targets: targetsOf(command), awaits: command.verb === "build", keepUp: true }),
    jobs: command.jobs, load: command.load, keepGoing: command.keepGoing, maxFailures: command.maxFailures, noWait: command.noWait, noCache: command.noCache, keepTemp: command.verb === "watch" || command.keepTemp,
    shuffle: seedOf(command, around),
    graceMs: GRACE_MS, tellFresh: command.json || command.verbose > 0 || command.explain || (command.verb === "build" && (command.summary !== null || command.trace !== null)), commandLine: [`tg ${command.verb}`, ...targetsOf(command)].join(" "),
  };
}

function seedOf({ shuffle }: BuildWords, { seed }: Surroundings): number | null {
  return shuffle === "random" ? seed : shuffle;
}

function both(first: Emit, second: Emit): Emit {
  return (event) => {
    first(event);
    second(event);
  };
}

async function dryRun(command: BuildCommand, around: Surroundings, trace: Tracing | null): Promise<number> {
  trace?.phase("judge");
  const asked = await replayed(command, around);
  if (!asked.ok) return failed(asked.problems, around);
  const answer = await statusOf(around.doors, wantsOf(command, { ...command, targets: targetsOf(command), awaits: true, keepUp: true, ...asked.value }), tellingOf(command));
  if (!answer.ok) return failed(answer.problems, around);
  const { repeats } = asked.value;
  const others = repeats === undefined ? [] : replayProblems(answer.value.stage.situation, repeats);
  if (others.length > 0) return failed(others, around);
  around.reports.dryRun(command, answer.value);
  return 0;
}

function tellingOf(command: StatusCommand | BuildCommand): Telling {
  return command.json || command.verbose > 0 || (command.verb === "build" && command.explain) ? "all" : "open";
}

async function status(command: StatusCommand, around: Surroundings): Promise<number> {
  const answer = await statusOf(around.doors, wantsOf(command, command), tellingOf(command));
  if (!answer.ok) return failed(answer.problems, around);
  around.reports.status(command, answer.value);
  return command.check && hasOpen(answer.value) ? 1 : 0;
}

/** Judged on the whole graph, as `tg status` shows it: dependents are part of a task's reasons. */
async function why(command: WhyCommand, around: Surroundings): Promise<number> {
  const answer = await statusOf(around.doors, wantsOf(command, { ...command, targets: [], all: true }), "all", command.targets);
  if (!answer.ok) return failed(answer.problems, around);
  around.reports.why(command, answer.value);
  return 0;
}

async function runClean(command: CleanCommand, around: Surroundings): Promise<number> {
  const answer = await clean(around.doors, { ...wantsOf(command, { targets: command.targets, all: command.targets.length === 0 }), ...command, commandLine: "tg clean" }, noticesOf(command, around));
  if (!answer.ok) return failed(answer.problems, around);
  around.reports.clean(command, answer.value.cleaned);
  return answer.value.refused.length === 0 ? 0 : failed(answer.value.refused, around);
}

async function runTouch(command: TouchCommand, around: Surroundings): Promise<number> {
  return tell(await touch(around.doors, { ...wantsOf(command, command), commandLine: "tg touch" }, noticesOf(command, around)), around, (touched) => around.reports.touch(command, touched));
}

async function runVerify(command: VerifyCommand, around: Surroundings): Promise<BuildEnd> {
  const answer = await verify(around.doors, command, around.interrupts);
  if (!answer.ok) return plain(failed(answer.problems, around));
  const { results, signal } = answer.value;
  around.reports.verify(command, answer.value);
  if (signal !== null) return { exitCode: 128 + SIGNAL_NUMBERS[signal], signal };
  return plain(results.every((row) => row.kind === "same" || (row.kind === "left-out" && row.why !== "stale")) ? 0 : 1);
}

function tell<T>(result: Result<T>, around: Surroundings, say: (value: T) => void): number {
  if (!result.ok) return failed(result.problems, around);
  say(result.value);
  return 0;
}

function noticesOf(command: CleanCommand | TouchCommand, around: Surroundings): Emit {
  const report = around.reports.build(asBuild(command));
  return (event) => report.emit(event);
}

/** clean and touch emit notices, like a build that runs nothing. */
function asBuild(command: CleanCommand | TouchCommand): BuildCommand {
  return {
    ...command, verb: "build", params: [], paramsFile: null, npmEvent: null, jobs: null, load: null, keepGoing: false, maxFailures: null, dryRun: false,
    force: false, skip: [], noWait: false, noCache: false, keepTemp: false, replay: null, shuffle: null, explain: false, prefix: true, json: false, args: null, trace: null, summary: null,
  };
}
