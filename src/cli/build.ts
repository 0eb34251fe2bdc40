// tg build: judges, runs what is not fresh, records it, returns an exit code. A build with nothing to run takes no lock.
import type { Counts, Emit } from "../model/event.ts";
import { DiskError, type Tracer } from "../model/ports.ts";
import type { FilePath } from "../model/path.ts";
import { bad, type Notice, type Problem, type Result } from "../model/problem.ts";
import { openDigest } from "../staleness/digest.ts";
import { clearLeftovers, relabel } from "../schedule/files/leftovers.ts";
import { deniedFor } from "../schedule/survey/unwritten.ts";
import type { RunEnd } from "../schedule/run/run.ts";
import { waitedFor } from "../graph/graph.ts";
import { readersOfTemps, Temps } from "../schedule/run/temps.ts";
import { asidePath } from "./names.ts";
import { replayNotices, replayOthers, replayProblems, type Replay } from "./past/replay.ts";
import { isService } from "../graph/services.ts";
import { RunLog } from "./past/runs.ts";
import { asidesOf } from "./asides.ts";
import { believing, type Doors, type HeldLock } from "./doors.ts";
import { openGrower, type Grower } from "./grow.ts";
import { durationMs, shareOf } from "./planned.ts";
import { graphsOf, openProject, type OpenOptions, type OpenProject } from "./project/project.ts";
import { lockForSaving, save, worthSaving } from "./saving.ts";
import { makeReady } from "./ready.ts";
import { needsLockFirst, setStage, type Stage } from "./stage.ts";
import { Tended } from "./services.ts";
import { unsettledBy } from "./unsettled.ts";
import { engineFor, runTasks, type EndSignal, type Interrupts } from "./tasks.ts";
import type { Wants } from "./words/wants.ts";
import { ownProblem, refusalCode } from "./trouble.ts";

export interface BuildOptions extends Wants {
  readonly cwd: string;
  readonly config: string | null;
  readonly jobs: number | null;
  readonly load: number | null;
  readonly keepGoing: boolean;
  readonly maxFailures: number | null;
  readonly noWait: boolean;
  /** Do not use the store of results. */
  readonly noCache: boolean;
  /** Keep intermediates of `temp` tasks. */
  readonly keepTemp: boolean;
  /** The earlier run to repeat. */
  readonly repeats?: Replay;
  readonly shuffle: number | null;
  /** Time from the first signal to SIGKILL, in ms. */
  readonly graceMs: number;
  /** Emit an event for each task that was fresh before anything ran. Default: true. */
  readonly tellFresh?: boolean;
  /** A project already opened, and looked at since the last change, to start from (tg watch). `stage`: already judged as well. */
  readonly resume?: { readonly project: OpenProject; readonly stage: Stage | null };
  /** Do not retry tasks that failed and have not changed since (tg watch). */
  readonly leaveFailed?: boolean;
  /** Receives a function to call with each hint that a file has changed while tasks run (tg watch). */
  readonly onRun?: (hint: (path: FilePath, read: boolean) => void) => void;
  /** What earlier rounds have learnt about tasks (tg watch). */
  readonly habits?: Set<string>;
  /** The config cannot be loaded: build what it last said (tg watch). */
  readonly kept?: OpenOptions["kept"];
  readonly trace?: Tracer | undefined;
  /** How the lock names this process to other commands, e.g. `tg build app`. */
  readonly commandLine: string;
}

export interface BuildEnd {
  readonly exitCode: number;
  readonly signal: EndSignal | null;
}

const NONE: Counts = { ran: 0, fresh: 0, restored: 0, failed: 0, blocked: 0, skipped: 0, cancelled: 0 };
export const SIGNAL_NUMBERS: Readonly<Record<EndSignal, number>> = { SIGHUP: 1, SIGINT: 2, SIGPIPE: 13, SIGTERM: 15 };

/** Reports through `emit` anything that can go wrong before a task starts; returns the exit code. */
function give(problems: readonly Problem[], emit: Emit): BuildEnd {
  for (const problem of problems) emit({ event: "problem", problem });
  return { exitCode: refusalCode(problems), signal: null };
}

export function build(doors: Doors, options: BuildOptions, emit: Emit, interrupts: Interrupts): Promise<BuildEnd> {
  return believing(doors, (trusting, anew) => {
    const { resume, ...rest } = options;
    return buildOnce(trusting, anew || resume === undefined ? rest : options, emit, interrupts);
  });
}

async function buildOnce(doors: Doors, options: BuildOptions, emit: Emit, interrupts: Interrupts): Promise<BuildEnd> {
  const start = doors.system.now();
  let lock: HeldLock | null = null;
  let signal: BuildEnd["signal"] = null;
  let project: OpenProject | null = options.resume?.project ?? null;
  const deaf: (() => void)[] = [];
  const hear = (): unknown => deaf.length > 0 || deaf.push(interrupts.on((one) => (signal ??= one)));
  try {
    let stage: Stage | null = options.resume?.stage ?? null;
    for (;;) {
      if (project === null) {
        stage = null;
        options.trace?.phase("load");
        const opened = await openProject(doors, { ...options, readonly: false });
        if (!opened.ok) return give(opened.problems, emit);
        project = opened.value;
      }
      if (stage?.survey.open.length === 0) break;
      if (stage === null && (lock !== null || !clearsFirst(project))) {
        options.trace?.phase("judge");
        const judged = await spared(doors, project, () => judgeCleared(doors, project!, options, { isLocked: lock !== null, emit }));
        if (!judged.ok) return give(judged.problems, emit);
        stage = judged.value;
        project = stage.project;
        if (lock !== null || stage.survey.open.length === 0) break;
      }
      hear(); // not earlier: a config in an endless loop, or a large file being hashed, lets no handler run, and must die of a signal like any program
      options.trace?.phase("wait");
      const got = await waitForLock(doors, project, options, emit);
      if (!got.ok) {
        stage = stage === null && got.problems.some(({ code }) => code === "locked-above") ? await freshBelow(doors, project, options) : null;
        if (stage === null) return give(got.problems, emit);
        break;
      }
      lock = got.value;
      if (lock.tookOver != null) emit({ event: "notice", notice: { code: "took-over-lock", pid: lock.tookOver } });
      if (signal !== null) break;
      const isPast = lock.waited === true || !project.store.isCurrent();
      if (stage !== null && !isPast) break;
      if (isPast) project = stage = null;
    }
    if (stage === null || signal !== null) return { exitCode: signal === null ? 0 : 128 + SIGNAL_NUMBERS[signal], signal };
    for (const end of deaf.splice(0)) end();
    return await perform(doors, { stage, lock, start }, options, { emit, interrupts, deaf });
  } catch (error) {
    if (error instanceof DiskError) return give([{ ...ownProblem(error, "write"), ...(project === null ? {} : deniedFor(project.disk, error.path, error.errno)) }], emit);
    throw error;
  } finally {
    await doors.forgetEngine?.();
    for (const end of deaf.splice(0)) end();
    lock?.release();
  }
}

/** Judges every wanted task; fails on anything wrong at load. Under the lock, leftovers of earlier definitions are cleared first. */
async function judgeCleared(doors: Doors, project: OpenProject, options: BuildOptions, { isLocked, emit }: { isLocked: boolean; emit: Emit }): Promise<Result<Stage>> {
  let cleared = project;
  if (isLocked && clearsFirst(project)) {
    await project.store.endStrays();
    const ahead = await setStage(doors, project, options, { readonly: true });
    if (!ahead.ok) return ahead;
    if (ahead.value.survey.problems.length > 0) return bad(ahead.value.survey.problems);
    cleared = await beforeJudging(doors, project, options, emit);
  }
  const set = await setStage(doors, cleared, options, { readonly: false, suspends: true });
  if (!set.ok) return set;
  const problems = [...set.value.survey.problems, ...(await replayFaults(set.value, options))];
  return problems.length > 0 ? bad(problems) : set;
}

/** If the graph is not the stored one, every task is judged, twice if something may have to be cleared, and recorded. */
async function spared<T>(doors: Doors, project: OpenProject, work: () => Promise<T>): Promise<T> {
  if (project.stored || doors.spare === undefined) return work();
  // A separate bundle, loaded first: no bundle loads while code is compiled differently.
  await openDigest();
  return doors.spare(project.graph.count, work);
}

async function replayFaults({ situation, survey }: Stage, { repeats }: BuildOptions): Promise<Problem[]> {
  if (repeats === undefined || survey.problems.length > 0) return [];
  await openDigest();
  return replayProblems(situation, repeats);
}

function waitForLock(doors: Doors, project: OpenProject, options: BuildOptions, emit: Emit): Promise<Result<HeldLock>> {
  return doors.acquireLock(project.stateDir, options.commandLine, {
    wait: !options.noWait,
    root: project.root,
    onWait: (holder) => emit({ event: "notice", notice: { code: "waiting-for-lock", ...holder } }),
  });
}

/** A command of a build calls tg, which cannot get the lock until that command ends. If everything is fresh it needs none; null otherwise. */
async function freshBelow(doors: Doors, project: OpenProject, options: BuildOptions): Promise<Stage | null> {
  const set = await setStage(doors, project, options, { readonly: true });
  return set.ok && set.value.survey.problems.length === 0 && set.value.survey.open.length === 0 ? set.value : null;
}

/** If nothing was ever recorded, there is nothing to clear and no need to judge twice. */
function clearsFirst(project: OpenProject): boolean {
  if (!needsLockFirst(project)) return false;
  const { store } = project;
  if (store.unfinished() || Object.keys(store.meta().orphans).length > 0) return true;
  for (const _ of store.names()) return true;
  return false;
}

/** Called only after everything was judged as if this were done: a fault at load deletes nothing. */
async function beforeJudging(doors: Doors, project: OpenProject, options: BuildOptions, emit: Emit): Promise<OpenProject> {
  await openDigest();
  project.world.unhide();
  project.globs.forgetAll();
  project.store.openForWriting();
  const set = await setStage(doors, project, { ...options, targets: [], skip: [], all: true, force: false, args: null }, { readonly: false, unjudged: true });
  if (!set.ok) return project;
  relabel(set.value.situation, project.store, emit);
  clearLeftovers(set.value.situation, { recorder: project.store, emit });
  project.store.close();
  // Needs that a renamed task recorded under its old name become needs of the new one.
  return { ...set.value.project, ...graphsOf(set.value.project.base, project.store) };
}

interface Ready {
  readonly stage: Stage;
  readonly lock: HeldLock | null;
  readonly start: number;
}

async function perform(doors: Doors, ready: Ready, options: BuildOptions, io: { emit: Emit; interrupts: Interrupts; deaf: (() => void)[] }): Promise<BuildEnd> {
  const { stage, start } = ready;
  const { trace } = options;
  trace?.phase("run");
  trace?.needs((task) => waitedFor(stage.situation.parts.graph, task));
  const share = shareOf(doors, stage, options);
  const interrupts = await makeReady(doors, stage, { share, isWatched: options.onRun !== undefined, ...io });
  const log = new RunLog(doors, stage.project, stage.situation.parts);
  const { project, survey } = stage;
  const emit: Emit = (event) => {
    log.take(event);
    io.emit(event);
  };
  tell(noticesBefore(doors, stage, options), emit);
  const { total } = survey;
  announce(stage, emit, { total, jobs: share.jobs, start });
  const lock = ready.lock ?? (await lockForSaving(doors, stage, options.commandLine));
  if (lock !== null) project.store.openForWriting();
  let signal: BuildEnd["signal"] = null;
  let end: RunEnd;
  let exitCode: number;
  let grower: Grower | null = null;
  let saved = false;
  /** While services are kept running, other commands may take the lock. */
  const keep = async (good: RunEnd): Promise<void> => {
    if (saved) return;
    saved = true;
    trace?.phase("save");
    if (lock === null || !worthSaving(stage, good)) return;
    await openDigest();
    await spared(doors, stage.project, () => save(doors, stage, { good: good.good, grown: grower?.grown() ?? null, wants: options, emit }));
  };
  try {
    if (survey.open.length === 0) {
      if (options.onRun === undefined) io.deaf.push(interrupts.on((one) => (signal ??= one)));
      if (lock !== null && !options.keepTemp) await clearTemps(stage, emit);
      end = nothingOpen(stage, options.tellFresh === false ? null : emit, { total, now: start });
    } else {
      await openDigest();
      const engine = await engineFor(doors, share, emit);
      grower = openGrower(doors, stage);
      const letGo = (): void => (project.store.close(), lock?.release());
      const tended = new Tended({ doors, stage, graceMs: options.graceMs, emit, save: (sofar) => keep(sofar).then(letGo) });
      end = await runTasks(doors, stage, options, { engine, grower, share, emit, tended, interrupts, onSignal: (one) => (signal ??= one) });
    }
    await keep(end);
    exitCode = exitCodeOf(end, signal);
    if (options.repeats !== undefined) tell(replayOthers(stage.situation, end.good, options.repeats), emit);
    if (exitCode === 0 && ready.lock !== null && options.onRun === undefined) tell(await unsettledBy(doors, grower?.grown() ?? project, options), emit);
    await log.save({ start, command: options.commandLine, targets: options.targets, params: stage.params, jobs: share.jobs, args: options.args, skip: options.skip, standsIn: options.standsIn }, { time: doors.system.now(), exitCode, signal, counts: end.counts });
  } finally {
    project.store.close();
    if (ready.lock === null) lock?.release();
  }
  emit({ event: "build-ended", counts: end.counts, start, end: doors.system.now(), exitCode, ...(signal === null ? {} : { signal }), failed: end.failed, blocked: end.blocked });
  return { exitCode, signal };
}

function tell(notices: readonly Notice[], emit: Emit): void {
  for (const notice of notices) emit({ event: "notice", notice });
}

/** Collected before anything else is emitted: should the state turn out to be damaged here, no notice is repeated. */
function noticesBefore(doors: Doors, stage: Stage, options: BuildOptions): Notice[] {
  const { project, situation } = stage;
  return [...project.notices, ...asidesOf(stage, options), ...(options.repeats === undefined ? [] : replayNotices(doors, situation, options.repeats))];
}

function announce(stage: Stage, emit: Emit, { total, jobs, start }: { total: number; jobs: number; start: number }): void {
  const { project, survey } = stage;
  const tasks = survey.open.filter((task) => !isService(project.graph, task));
  const maybe = tasks.filter((task) => survey.verdicts[task]!.kind === "maybe").length;
  const estimateMs = survey.open.reduce((sum, task) => sum + durationMs(stage, task), 0) / jobs;
  emit({ event: "build-started", total, toRun: tasks.length - maybe, maybe, jobs, time: start, estimateMs });
  for (const task of survey.open) {
    const verdict = survey.verdicts[task]!;
    // Reasons are computed only when read.
    if (verdict.kind !== "fresh") emit({ event: "task-judged", task: project.graph.name(task), state: verdict.kind, get reasons() { return verdict.reasons; } });
  }
}

function exitCodeOf(end: RunEnd, signal: BuildEnd["signal"]): number {
  return signal !== null ? 128 + SIGNAL_NUMBERS[signal] : end.bad ? 1 : 0;
}

const NOBODY: ReadonlySet<number> = new Set();

/** Removes what an earlier build kept or did not get to remove. */
async function clearTemps({ project, situation, survey }: Stage, emit: Emit): Promise<void> {
  if (readersOfTemps(situation.parts).size === 0) return;
  await openDigest();
  const { wanted, skipped } = situation.parts;
  const isGood = (task: number): boolean => wanted[task] === 1 && skipped[task] === 0 && survey.verdicts[task]?.kind === "fresh";
  new Temps({ situation, emit, asideDir: asidePath(project.graph.stateDir), isGood, askers: () => NOBODY, asked: () => NOBODY }).rest();
}

function nothingOpen(stage: Stage, emit: Emit | null, { total, now }: { total: number; now: number }): RunEnd {
  const { project, situation: s, survey } = stage;
  const good: number[] = [];
  let skipped = 0;
  const some = emit === null ? Array.from(survey.doubted) : Array.from({ length: project.graph.count }, (_, task) => task);
  for (const task of some) {
    if (s.parts.wanted[task] === 0 || project.graph.isBarrier(task)) continue;
    const isSkipped = s.parts.skipped[task] === 1;
    const service = isService(project.graph, task);
    if (isSkipped && !service) skipped++;
    else if (!isSkipped && stage.live === null) good.push(task);
    if (emit === null || service) continue;
    const verdict = survey.verdicts[task];
    emit({ event: "task-ended", task: project.graph.name(task), outcome: isSkipped ? "skipped" : "fresh", reasons: [], start: now, end: now, exit: null, attempts: 0, ...(verdict?.kind === "fresh" && verdict.virtual ? { virtual: true as const } : {}) });
  }
  return { counts: { ...NONE, fresh: total - skipped, skipped }, failed: [], blocked: [], good, bad: false };
}

