// One task from its start to its record: prepare, run, verify, record. Knows neither the plan nor other tasks' turns.
import type { Notice, TaskProblem } from "../../model/problem.ts";
import { DiskError, type Job, type JobResult, type StopSignal } from "../../model/ports.ts";
import type { FilePath } from "../../model/path.ts";
import type { Asked, Question, Reply } from "../../model/question.ts";
import type { Task } from "../../model/task.ts";
import { ABSENT, EMPTY_RECORD, usualMs, type Identity, type Reason, type Seen, type TaskRecord } from "../../model/state.ts";
import { performAttempt } from "./attempt.ts";
import { lateProblem, resultProblem, type Timed } from "./result-problem.ts";
import { askWhen, outputSink, takeInHand, type Hands } from "./hooks.ts";
import { problemText } from "./failed.ts";
import { cannotWrite } from "../survey/unwritten.ts";
import { commandText } from "./job.ts";
import { openLimit } from "./limit.ts";
import { foldersOf, halvesOf, prepare, type Prepared } from "./prepare.ts";
import { inputsSeen, type InputsSeen, type SeenBy } from "./inputs-seen.ts";
import { inTurns } from "./in-turns.ts";
import { removeTouched } from "./left-behind.ts";
import { forgetInout, forgetOutputs, outputsMade, type Checked, type Made } from "./verify.ts";
import { recordOf, type Attempted, type Concluded } from "./record.ts";
import { refusedWith } from "./tried.ts";
import { keepRun, restoreRun, resultOf, storedKey } from "./stored.ts";
import { dropScratch, openScratch } from "./scratch.ts";
import { recordedAs } from "../survey/recorded.ts";
import { partsDigest } from "../../staleness/parts.ts";
import type { Moment } from "../../staleness/rewrites.ts";
import type { Workshop } from "./workshop.ts";

export type StepEnd =
  | { readonly kind: "ran"; readonly result: JobResult; /** Outputs differ from the record although the key is the same. */ readonly nondeterministic: FilePath | null; /** Nothing was started: an earlier result was restored. */ readonly restored: boolean }
  | { readonly kind: "failed"; readonly result: JobResult | null; readonly problem: TaskProblem }
  /** It failed, and another attempt follows. */
  | { readonly kind: "retry"; readonly result: JobResult; readonly problem: TaskProblem; readonly changedInputs: readonly FilePath[] }
  /** `renewed`: it was stopped because of the change. */
  | { readonly kind: "tainted"; readonly result: JobResult; readonly path: FilePath; readonly renewed?: true; /** An output that something removed. */ readonly taken?: true }
  | { readonly kind: "interrupted"; readonly result: JobResult | null }
  /** Nothing is recorded; dependents go on with the files as they are. */
  | { readonly kind: "skipped"; readonly result: JobResult | null; readonly why: "when" | "ignored" };

export interface Step {
  readonly done: Promise<StepEnd>;
  signal(name: StopSignal | "SIGKILL"): void;
}

export interface StepOptions extends Attempted {
  /** Whether another attempt may follow a failed one. */
  readonly mayRetry: boolean;
  /** `ctx.changed` of the first attempt; undefined in that attempt itself. */
  readonly changed: readonly FilePath[] | undefined;
  /** Time left until its deadline, in ms; `Infinity` without one. */
  readonly leftMs: number;
  readonly graceMs: number;
  /** Its `when` is not asked. */
  readonly anyway?: true;
  /** Called after the command ended: whether the build was being stopped meanwhile. */
  stopped(): boolean;
  claimed(path: FilePath): string | null;
  /** Answers the function's questions; absent: they are not answered. */
  ask?(question: Question, note: (asked: Asked) => void): Promise<Reply>;
}

/** The first and only attempt. */
export const ONE_ATTEMPT: Pick<StepOptions, "attempt" | "tainted" | "mayRetry" | "changed" | "leftMs" | "graceMs"> = { attempt: 1, tainted: false, mayRetry: false, changed: undefined, leftMs: Infinity, graceMs: 3000 };

export function startStep(w: Workshop, o: StepOptions): Step {
  const hands: Hands = { running: null, asked: null, limit: null };
  const signal: Step["signal"] = (name) => {
    hands.asked = name;
    hands.running?.signal(name);
  };
  return { done: perform(w, o, hands, signal), signal };
}

async function perform(w: Workshop, o: StepOptions, hands: Hands, signal: Step["signal"]): Promise<StepEnd> {
  const asked = o.attempt > 1 || o.anyway === true || w.situation.parts.graph.task(o.index).when === true ? true : await askWhen(w, o.index, hands);
  if (asked === false) return { kind: "skipped", result: null, why: "when" };
  if (asked !== true && o.stopped()) return { kind: "interrupted", result: null };
  const first = asked === true ? prepared(w, o) : asked;
  const p = first instanceof Promise ? await first : first;
  if (p === null) return { kind: "interrupted", result: null };
  if ("code" in p) return refuse(w, o, p);
  const { task } = p;
  clearSaid(w, o, task);
  const start = w.system.now();
  w.situation.hanging?.began(o.index);
  w.recorder.markStarted(task.name, start, halvesOf(task));
  const key = storedKey(w, p);
  const kept = key === null || o.attempt > 1 ? null : restoreRun(w, p, key, o.reasons);
  if (kept !== null) {
    const end = await finish(w, { ...o, mayRetry: false }, { prepared: p, result: resultOf(kept), startedMs: w.situation.parts.world.tick(), key, kept, passedAt: null, heldMs: 0, hookFault: null, cutShort: false, trace: [], askedAt: [] });
    if (end.kind !== "failed") return end;
  }
  w.emit({ event: "task-started", task: task.name, start, attempt: o.attempt, command: commandText(task.action!), console: task.console, reasons: o.reasons, expectedMs: usualMs(p.case.record) });
  openScratch(w, p, o.attempt);
  // Only files named in a depfile are compared with it.
  const startedMs = task.depfile === null ? w.situation.parts.world.clockMs : w.situation.parts.world.tick();
  w.renewals.began(o.index, { signal, folders: () => foldersOf(task) });
  const trace: Asked[] = [];
  const askedAt: Moment[] = [];
  const note = (asked: Asked): void => void (trace.push(asked), askedAt.push(w.situation.parts.world.rewrites.now));
  const limit = openLimit({ ms: task.timeoutMs || Infinity, atMostMs: o.leftMs, graceMs: o.graceMs, now: w.system.now, monotonicMs: w.system.monotonicMs, signal });
  hands.limit = limit;
  const begin = (job: Job): Promise<JobResult> => runJob(w, o, { job, hands, note });
  const done = await performAttempt(w, p, { index: o.index, attempt: o.attempt, limit, hands, start: begin, stopped: () => o.stopped() });
  limit.stop();
  // Written out, as the record is: V8 takes ten times as long to copy an object and add to it.
  return finish(w, o, { result: done.result, hookFault: done.hookFault, cutShort: done.cutShort, prepared: p, startedMs, key: trace.length > 0 ? null : key, kept: null, passedAt: limit.passedAt(), heldMs: limit.heldMs(), trace, askedAt });
}

/** Removes what earlier runs reported, so that it is not taken for this run's. A `when` hook has already run. */
function clearSaid(w: Workshop, o: StepOptions, task: Task): void {
  const { disk } = w.situation.parts.world;
  const [log, notes] = [w.logOf(task.name), w.notesOf(task.name)];
  const hooked = typeof task.when !== "boolean";
  // Applies to commands too: their hooks may be functions, and the task may have been one before.
  if (w.remains.claim(notes) || hooked) disk.removeTree(notes);
  const spoke = w.remains.claim(log) || hooked;
  if (o.attempt === 1) return void (spoke && disk.remove(log));
  if (task.retries.count > 0 || disk.lstat(log).kind === "file") disk.append(log, `--- attempt ${o.attempt}\n`);
  w.spoke.add(o.index);
}

interface Errand {
  readonly job: Job;
  readonly hands: Hands;
  /** Told what its function asks. */
  note(asked: Asked): void;
}

async function runJob(w: Workshop, o: StepOptions, { job, hands, note }: Errand): Promise<JobResult> {
  const { ask } = o;
  const running = w.engine.start(job, outputSink(w, o.index, job.task), ask === undefined ? undefined : (question) => ask(question, note));
  takeInHand(hands, running);
  if (running.group != null) w.recorder.markGroup(job.task, running.group);
  if (running.keeper !== undefined) w.recorder.markKeeper(running.keeper);
  const result = await running.done;
  hands.running = null;
  return result;
}

/** null: the build was stopped meanwhile. */
function prepared(w: Workshop, o: StepOptions): Prepared | TaskProblem | null | Promise<Prepared | TaskProblem | null> {
  return inTurns<Prepared | TaskProblem, Prepared | TaskProblem | null>(w.situation.parts.world, { look: () => tryPrepare(w, o), next: (found) => found, stopped: () => o.stopped(), stop: () => null });
}

function tryPrepare(w: Workshop, o: StepOptions): Prepared | TaskProblem {
  const { graph } = w.situation.parts;
  try {
    const p = tooLate(graph.task(o.index), o) ?? driftProblem(w, o) ?? prepare(w, o.index);
    return "code" in p || o.changed === undefined ? p : { ...p, changed: o.changed };
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    return cannotWrite(graph.task(o.index), error, w.situation.parts.world.disk);
  }
}

/** `drift: "error"`: the user has to decide about an edited output. What another task makes by now is not an output of this one. */
function driftProblem(w: Workshop, { index, reasons }: StepOptions): TaskProblem | null {
  const { graph } = w.situation.parts;
  const task = graph.task(index);
  if (task.drift !== "error") return null;
  const isOthers = (path: string): boolean => ![index, -1].includes(graph.producerOf(path));
  const isOwn = (path: FilePath, now: Identity): boolean => w.elsewhere.hasMade(path, now) || w.handed.hasMade(path, now);
  const isEdit = ({ subject, new: now }: Reason): boolean => !isOthers(subject!) && !isOwn(subject as FilePath, now as Identity);
  const edit = reasons.find((reason) => reason.code === "output-changed" && isEdit(reason));
  const path = (edit?.subject as FilePath | undefined) ?? editedBefore(w, index);
  if (path === undefined) return null;
  return { code: "output-drifted", task: task.name, path, ...(graph.producerOf(path) < 0 ? { odd: "undeclared" } : edit?.old === ABSENT ? { odd: "foreign" } : {}) };
}

/** A file that another task made and this one has no record of, if it was edited. */
function editedBefore({ situation: s, handed, elsewhere }: Workshop, index: number): FilePath | undefined {
  const record = s.record(index);
  return handed.of(index).find((path) => {
    if (record !== null && recordedAs(record, path) !== undefined) return false;
    s.parts.world.forget(path);
    const now = s.parts.world.output(path);
    return handed.isEdited(path, () => now) && !elsewhere.hasMade(path, now);
  });
}

/** The deadline passed while it waited for its turn or for its next attempt. */
function tooLate({ name, deadlineMs }: Task, { leftMs }: StepOptions): TaskProblem | null {
  return leftMs > 0 ? null : { code: "deadline", task: name, ms: deadlineMs, started: false };
}

/** It could not even start: the record loses its freshness and notes what there was to start with; outputs stay as they are. */
function refuse(w: Workshop, o: StepOptions, problem: TaskProblem): StepEnd {
  const { graph, world } = w.situation.parts;
  const now = w.system.now();
  const base: TaskRecord = w.situation.record(o.index) ?? { ...EMPTY_RECORD, start: now, end: now };
  w.recorder.put(graph.name(o.index), { ...base, ...refusedWith(w, o.index, base), status: "failed", reasons: o.reasons, error: problemText(graph, o.index, problem), exit: null, signal: null, attempts: o.attempt }, new Set(world.touched));
  world.touched.clear();
  return { kind: "failed", result: null, problem };
}

interface Ended extends Timed, SeenBy {
  /** Key in the result store; null: the result is not stored. */
  readonly key: string | null;
}

function finish(w: Workshop, o: StepOptions, ended: Ended): StepEnd | Promise<StepEnd> {
  const { prepared: p, result } = ended;
  if (result.left.length > 0) w.emit({ event: "notice", notice: { code: "processes-left", task: p.task.name, pids: result.left } satisfies Notice });
  try {
    w.endedAt.set(o.index, w.situation.parts.world.tick());
    w.situation.parts.world.moments.begin((w.done.askedMs = w.system.monotonicMs()));
    const renewedFor = w.renewals.ended(o.index);
    if (result.signal !== null || result.exit !== 0 || result.problem !== null) {
      if (o.stopped()) return conclude(w, o, ended, { kind: "interrupted", result });
      if (renewedFor !== null) return conclude(w, o, ended, { kind: "tainted", result, path: renewedFor, renewed: true });
    }
    const problem = lateProblem(o, ended) ?? ended.hookFault ?? resultProblem(w, p, result);
    if (problem !== null) return failedStep(w, o, ended, problem);
    if (result.ignored === true) return ignore(w, ended);
    const end = verify(w, o, ended);
    return end instanceof Promise ? end.catch((error: unknown) => unrecorded(w, o, ended, error)) : end;
  } catch (error) {
    return unrecorded(w, o, ended, error);
  }
}

function unrecorded(w: Workshop, o: StepOptions, ended: Ended, error: unknown): StepEnd {
  if (!(error instanceof DiskError)) throw error;
  return failedStep(w, o, ended, cannotWrite(ended.prepared.task, error, w.situation.parts.world.disk));
}

/** `ctx.ignoreOutputs()`: as if it had not run. */
function ignore(w: Workshop, { prepared: p, result }: Ended): StepEnd {
  forgetOutputs(w, p);
  const before = p.case.record;
  if (before === null) w.recorder.drop(p.task.name);
  else w.recorder.put(p.task.name, before, new Set(w.situation.parts.world.touched));
  w.situation.parts.world.touched.clear();
  dropScratch(w, p.task);
  return { kind: "skipped", result, why: "ignored" };
}

/** Problems that another attempt could not fix. */
const FINAL: ReadonlySet<TaskProblem["code"]> = new Set(["command-not-found", "bad-cwd", "command-too-long", "undeclared-order", "output-owned-by", "copy-clash", "deadline"] as const);

function failedStep(w: Workshop, o: StepOptions, ended: Ended, problem: TaskProblem): StepEnd {
  const taken = o.stopped() ? null : w.renewals.takenFrom(o.index, problem, { definition: ended.prepared.task.name + partsDigest(ended.prepared.case.parts), again: o.tainted });
  const again = o.mayRetry && !o.stopped() && !FINAL.has(problem.code) && !("final" in problem);
  return conclude(w, o, ended, taken !== null ? { kind: "tainted", result: ended.result, path: taken, taken: true } : again ? { kind: "retry", result: ended.result, problem, changedInputs: ended.prepared.changed } : { kind: "failed", result: ended.result, problem });
}

function verify(w: Workshop, o: StepOptions, ended: Ended): StepEnd | Promise<StepEnd> {
  const { prepared: p, result } = ended;
  const { world } = w.situation.parts;
  const halted = { stopped: () => o.stopped(), stop: (): StepEnd => conclude(w, o, ended, { kind: "interrupted", result }) };
  const look = (): Checked<Made> => outputsMade(w, p, { claimed: o.claimed, back: ended.kept?.back ?? [], alone: result.left.length === 0 });
  return inTurns(world, { ...halted, look, next: (made) => (made.ok ? inTurns(world, { ...halted, look: () => inputsSeen(w, o.index, ended), next: (seen) => verified(w, o, { ...ended, made: made.value }, seen) }) : failedStep(w, o, ended, made.problem)) });
}

function verified(w: Workshop, o: StepOptions, { made, ...ended }: Ended & { made: Made }, seen: InputsSeen): StepEnd {
  const { prepared: p, result } = ended;
  if ("code" in seen) return failedStep(w, o, ended, seen);
  if ("moved" in seen) return conclude(w, o, { prepared: p, result, trace: ended.trace, made, rewritten: seen.rewritten }, { kind: "tainted", result, path: seen.moved });
  const { discovered, rewritten } = seen;
  const nondeterministic = differingOutput(p, { discovered, trace: ended.trace }, made);
  if (ended.key !== null && ended.kept === null) keepRun(w, p, ended.key, { made, discovered: seen.named, result });
  return conclude(w, o, { prepared: p, result, trace: ended.trace, made, discovered, rewritten }, { kind: "ran", result, nondeterministic, restored: ended.kept !== null });
}

/** Returns an output that differs although the key and all discoveries are the same as last time. */
function differingOutput(p: Prepared, { discovered, trace }: { discovered: readonly Seen[]; trace: readonly Asked[] }, made: Made): FilePath | null {
  const { record } = p.case;
  if (record === null || record.status !== "ok" || record.key !== p.key) return null;
  if (!isSameSeen(record.discovered, discovered) || JSON.stringify(record.trace ?? []) !== JSON.stringify(trace)) return null;
  const before = new Map([...record.outputs, ...record.members]);
  for (const [path, identity] of [...made.members, ...made.outputs]) {
    const was = before.get(path);
    if (was !== undefined && was !== identity && identity !== ABSENT && !identity.startsWith("t")) return path;
  }
  return null;
}

function isSameSeen(a: readonly Seen[], b: readonly Seen[]): boolean {
  return a.length === b.length && a.every((one, at) => one === b[at] || (one[0] === b[at]![0] && one[1] === b[at]![1]));
}

/** Writes the record of an attempt and leaves the disk as its outcome requires. */
function conclude(w: Workshop, o: StepOptions, ended: Concluded, end: Exclude<StepEnd, { kind: "skipped" }>): StepEnd {
  const { prepared: p } = ended;
  if (end.kind === "ran") forgetInout(w, p);
  else if (end.kind !== "tainted" || o.tainted) removeTouched(w, p);
  else forgetOutputs(w, p);
  const good = end.kind === "ran";
  if (good) w.handed.settle(o.index);
  const { world } = w.situation.parts;
  w.recorder.put(p.task.name, recordOf(w, o, ended, end), world.touched);
  world.touched.clear();
  if (good) dropScratch(w, p.task);
  return end;
}
