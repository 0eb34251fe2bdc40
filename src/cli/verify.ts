// tg verify: runs each task again in a scratch copy that holds only what it declares, by the same step as a build, and compares
// the bytes. A difference means an undeclared read or a nondeterministic task. The project itself is only read.
import fs from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Graph } from "../model/graph.ts";
import { backoffMs } from "../model/limits.ts";
import { DiskError, type Engine, type Recorder } from "../model/ports.ts";
import type { FilePath } from "../model/path.ts";
import { bad, good, type Problem, type Result } from "../model/problem.ts";
import type { Seen, TaskRecord, Verdict } from "../model/state.ts";
import { ABSENT } from "../model/state.ts";
import type { Task, TaskName } from "../model/task.ts";
import { FileTable } from "../model/table.ts";
import { mayFail } from "../graph/family.ts";
import { serviceNeeds, servicesOf } from "../graph/services.ts";
import { openDigest } from "../staleness/digest.ts";
import { Globs } from "../staleness/globs.ts";
import { World } from "../staleness/world.ts";
import { ignoredInputs } from "../schedule/survey/gathering.ts";
import { Situation } from "../schedule/survey/situation.ts";
import { askWhen, type Hands } from "../schedule/step/hooks.ts";
import { climb } from "../schedule/run/ladder.ts";
import { ONE_ATTEMPT, startStep, type Step, type StepEnd } from "../schedule/step/step.ts";
import type { Verified } from "../report/verify.ts";
import type { VerifyCommand } from "./words/commands.ts";
import { passedOn, workshopOf, type EndSignal, type Interrupts } from "./tasks.ts";
import { wantsOf } from "./words/wants.ts";
import type { Doors } from "./doors.ts";
import { openProject } from "./project/project.ts";
import { setStage, type Stage } from "./stage.ts";
import { copyIn, filesBelow, newBase } from "./scratch.ts";
import { traced, undeclaredReads } from "./audit.ts";

export interface VerifyAnswer {
  readonly results: readonly Verified[];
  readonly audit: boolean;
  /** Function tasks, which no audit can trace. */
  readonly untraced: ReadonlySet<string>;
  readonly ms: number;
  /** The signal that stopped it before all tasks were verified. */
  readonly signal: EndSignal | null;
}

interface Attended<T> {
  readonly done: Promise<T>;
  signal: Step["signal"];
}

interface Bench {
  readonly doors: Doors;
  readonly stage: Stage;
  readonly engine: Engine;
  readonly audit: boolean;
  /** Tasks that need a running service. */
  readonly served: ReadonlyMap<number, unknown>;
  readonly running: Set<Attended<unknown>>;
  stopped: boolean;
  /** Why no copies can be made. */
  trouble: Problem | null;
}

export async function verify(doors: Doors, command: VerifyCommand, interrupts: Interrupts): Promise<Result<VerifyAnswer>> {
  const start = doors.system.now();
  if (command.audit && !hasStrace(doors)) return bad([{ code: "no-strace" }]);
  const opened = await openProject(doors, { ...command, readonly: true });
  if (!opened.ok) return opened;
  await openDigest();
  const set = await setStage(doors, opened.value, wantsOf(command, command), { readonly: true });
  if (!set.ok) return set;
  if (set.value.survey.problems.length > 0) return bad(set.value.survey.problems);
  const plain = await doors.openEngine(null);
  const bench: Bench = { doors, stage: set.value, engine: withModules(command.audit ? traced(plain) : plain, opened.value.root), audit: command.audit, served: servedIn(opened.value.graph), running: new Set(), stopped: false, trouble: null };
  let signal: VerifyAnswer["signal"] = null;
  const pass = (name: Parameters<Step["signal"]>[0]): void => {
    for (const step of bench.running) step.signal(name);
  };
  const off = interrupts.on((one) => {
    if (signal !== null) return pass("SIGKILL");
    signal = one;
    bench.stopped = true;
    pass(passedOn(one));
    void climb(passedOn(one), ONE_ATTEMPT.graceMs, pass);
  });
  try {
    const results = await verifyAll(bench, command.jobs ?? doors.system.parallelism);
    if (bench.trouble !== null) return bad([bench.trouble]);
    const untraced = new Set<string>(results.filter((row) => isFunction(opened.value.graph, row.task as TaskName)).map((row) => row.task));
    return good({ results, audit: command.audit, untraced, ms: doors.system.now() - start, signal });
  } finally {
    off();
    await plain.close();
  }
}

function isFunction(graph: Graph, task: TaskName): boolean {
  return graph.task(graph.indexOf(task)).action?.kind === "function";
}

/** Functions are imported from the project: their modules are not inputs, so a copy does not hold them. */
function withModules(engine: Engine, root: string): Engine {
  return {
    start: ({ action, ...job }, sink) => engine.start({ ...job, action: action.kind === "function" ? { ...action, fn: { ...action.fn, module: path.resolve(root, action.fn.module), from: root } } : action }, sink),
    close: () => engine.close(),
  };
}

function servedIn(graph: Graph): ReadonlyMap<number, unknown> {
  const services = servicesOf(graph);
  return services === null ? new Map() : serviceNeeds(graph, services);
}

function hasStrace({ system }: Doors): boolean {
  return (system.env["PATH"] ?? "").split(":").some((dir) => fs.existsSync(`${dir}/strace`));
}

async function verifyAll(bench: Bench, jobs: number): Promise<Verified[]> {
  const { graph, wanted } = bench.stage.situation.parts;
  const queue = [...graph.order].filter((task) => wanted[task] === 1 && !graph.isBarrier(task));
  const results = new Map<number, Verified>();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let task = queue[next++]; task !== undefined && !bench.stopped; task = queue[next++]) {
      const result = await verifyTask(bench, task).catch((error: unknown) => stopFor(bench, error));
      if (result !== null) results.set(task, result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, queue.length) }, worker));
  return queue.flatMap((task) => results.get(task) ?? []);
}

/** Stops further tasks; those already started finish. */
function stopFor(bench: Bench, error: unknown): null {
  if (!(error instanceof DiskError)) throw error;
  bench.stopped = true;
  bench.trouble ??= { code: "scratch-unwritable", path: error.path, errno: error.errno };
  return null;
}

/** Null if the build was stopped meanwhile. */
async function verifyTask(bench: Bench, index: number): Promise<Verified | null> {
  const s = bench.stage.situation;
  const task = s.parts.graph.task(index);
  const record = s.record(index);
  const leftOut = s.parts.skipped[index] === 1 ? ({ task: task.name, kind: "left-out", why: "skipped" } as const) : whyNot(bench, index, task, record);
  if (leftOut?.kind === "left-out" && leftOut.why === "stale" && typeof task.when !== "boolean" && (await leavesOut(bench, index))) return { task: task.name, kind: "left-out", why: "skipped" };
  if (leftOut !== null) return bench.stopped ? null : leftOut;
  const first = await runApart(bench, index, record!);
  if (first === null) return null;
  if (first.end.kind !== "ran") return failure(task, first);
  const paths = differing(record!, first.record!);
  const aside = { reads: first.reads, writes: first.writes };
  if (paths.length === 0) return { task: task.name, kind: "same", ...aside };
  const isLikeFirst = (other: Apart): boolean => other.end.kind === "ran" && differing(first.record!, other.record!).length === 0;
  const second = await runApart(bench, index, record!);
  if (second === null) return null;
  if (isLikeFirst(second)) return { task: task.name, kind: "differs", paths, always: false, ...aside };
  // In the same place as the first: the bytes contain that path.
  const third = await runApart(bench, index, record!, first.base);
  if (third === null) return null;
  return { task: task.name, kind: "differs", paths, always: true, ...(isLikeFirst(third) ? { place: true as const } : {}), ...aside };
}

function whyNot(bench: Bench, index: number, task: Task, record: TaskRecord | null): Verified | null {
  const verdict = bench.stage.survey.verdicts[index];
  if (task.service !== null) return { task: task.name, kind: "left-out", why: "service" };
  if (bench.served.has(index)) return { task: task.name, kind: "left-out", why: "needs-service" };
  const volatile = verdict?.kind === "stale" && verdict.reasons.every((reason) => reason.code === "always");
  const asFailed = verdict?.kind === "stale" && verdict.reasons.every(({ code }) => code === "failed-last-time" || code === "always" || code === "output-missing");
  if (record?.status === "failed" && asFailed && mayFail(bench.stage.project.graph, index)) return { task: task.name, kind: "left-out", why: "may-fail" };
  if (record === null || verdict === undefined || (verdict.kind !== "fresh" && !volatile)) return { task: task.name, kind: "left-out", why: "stale", ...otherParams(verdict) };
  if (task.inout.length > 0) return { task: task.name, kind: "left-out", why: "inout" };
  if (task.console) return { task: task.name, kind: "left-out", why: "console" };
  if (record.trace !== undefined && record.trace.length > 0) return { task: task.name, kind: "left-out", why: "asks" };
  const { disk } = bench.stage.project;
  const gone = inputsOf(record).find(([path, identity]) => identity !== ABSENT && disk.lstat(path).kind === "absent");
  return gone === undefined ? null : { task: task.name, kind: "left-out", why: "input-not-there", path: gone[0] };
}

/** What its `when` says now, asked in the project as a build asks it. One that fails leaves nothing out. */
async function leavesOut(bench: Bench, index: number): Promise<boolean> {
  const { doors, stage, engine } = bench;
  const { dir, forget } = newBase(doors, stage.project.stateDir);
  const apart = (name: string) => (): FilePath => path.join(dir, name) as FilePath;
  const workshop = workshopOf(doors, stage, { graceMs: ONE_ATTEMPT.graceMs, engine, results: null, emit: () => {} });
  const hands: Hands = { running: null, asked: null, limit: null };
  const signal: Step["signal"] = (name) => {
    hands.asked = name;
    hands.running?.signal(name);
  };
  try {
    const done = askWhen({ ...workshop, scratchOf: apart("scratch"), notesOf: apart("notes") }, index, hands);
    return (await attended(bench, { done, signal })) === false;
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
    forget();
  }
}

/** The parameters, if nothing else differs: then verify may be run with those of the build. */
function otherParams(verdict: Verdict | undefined): { params?: readonly string[] } {
  if (verdict?.kind !== "stale" || !verdict.reasons.every(({ code }) => code === "param-changed")) return {};
  return { params: verdict.reasons.flatMap(({ subject }) => subject ?? []) };
}

function inputsOf(record: TaskRecord): Seen[] {
  return [...record.inputs, ...record.discovered, ...record.upstream];
}

interface Apart {
  /** The folder it ran in. */
  readonly base: string;
  readonly end: StepEnd;
  /** The record it would get; null if it did not get that far. */
  readonly record: TaskRecord | null;
  readonly output: string;
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

/** One run in a new folder outside the project, removed afterwards. */
async function runApart(bench: Bench, index: number, known: TaskRecord, again?: string): Promise<Apart | null> {
  const { project } = bench.stage;
  const { dir: base, forget } = newBase(bench.doors, project.stateDir, again);
  const root = path.join(base, "w");
  try {
    const inputs = [...inputsOf(known).filter(([, identity]) => identity !== ABSENT).map(([input]) => input), ...ignoredInputs(bench.stage.situation, index)];
    copyIn(project.root, root, { paths: inputs, folders: foldersOf(project.graph.task(index)) });
    // Copying a link to a folder brings everything in that folder.
    const copied = new Set(filesBelow(root));
    const apart = await stepApart(bench, index, { root, base });
    if (bench.stopped) return null;
    const made = new Set<string>([...inputs, ...[known, apart.record].flatMap((one) => [...(one?.outputs ?? []), ...(one?.members ?? [])].map(([output]) => output))]);
    const task = project.graph.task(index);
    const own = new Set<string>([...Object.keys(task.files), ...(task.depfile === null ? [] : [task.depfile.path])]);
    const writes = filesBelow(root).filter((file) => !copied.has(file) && !made.has(file) && !own.has(file) && !inputs.some((input) => file.startsWith(input + "/")));
    const reads = bench.audit ? undeclaredReads(base, { root, real: project.root, declared: new Set<string>([...made, ...own]), asked: apart.end.kind === "failed" || apart.record === null || differing(known, apart.record).length > 0 }) : [];
    return { ...apart, base, reads, writes };
  } finally {
    fs.rmSync(base, { recursive: true, force: true });
    forget();
  }
}

/** Working directories of the task and its members. */
function foldersOf({ cwd, action }: Task): string[] {
  return [cwd, ...(action?.kind === "chain" ? action.members.map((member) => member.cwd) : [])];
}

/** A build's step over another root, without records of the task; its end is captured instead of recorded. */
async function stepApart(bench: Bench, index: number, where: { readonly root: string; readonly base: string }): Promise<Omit<Apart, "base" | "reads" | "writes">> {
  const { doors, stage } = bench;
  const { parts } = stage.situation;
  const name = parts.graph.name(index);
  const world = new World(doors.openDisk(where.root, `${where.root}/${parts.graph.stateDir}`, { readonly: false }), FileTable.empty());
  world.tick();
  const none = new Uint8Array(parts.graph.count);
  const records = { get: (one: TaskName) => (one === name ? null : parts.records.get(one)), names: () => parts.records.names() };
  const situation = new Situation({ ...parts, records, world, globs: new Globs(world), memo: null, skipped: none, forced: none });
  let caught: TaskRecord | null = null;
  let output = "";
  const recorder: Recorder = { markStarted: () => {}, markGroup: () => {}, markKeeper: () => {}, put: (_task, record) => (caught = record), drop: () => {} };
  const workshop = workshopOf(doors, { ...stage, situation }, {
    graceMs: ONE_ATTEMPT.graceMs,
    engine: bench.engine,
    results: null,
    emit: (event) => {
      if (event.event === "task-output" && output.length < 64 * 1024) output += event.text;
    },
  });
  const begin = (attempt: number, mayRetry: boolean): Step =>
    startStep({ ...workshop, recorder, logOf: () => "../log" as FilePath }, { ...ONE_ATTEMPT, anyway: true, attempt, mayRetry, index, reasons: [{ code: "forced" }], stopped: () => bench.stopped, claimed: () => null });
  const { retries } = parts.graph.task(index);
  for (let attempt = 1; ; attempt++) {
    output = "";
    const end = await attended(bench, begin(attempt, attempt <= retries.count));
    if (end.kind !== "retry" || bench.stopped) return { end, record: caught, output };
    await attended(bench, pause(backoffMs(retries, attempt + 1)));
    if (bench.stopped) return { end, record: caught, output };
  }
}

/** Registers `one`, to be signalled if everything is to stop. */
async function attended<T>(bench: Bench, one: Attended<T>): Promise<T> {
  bench.running.add(one);
  try {
    return await one.done;
  } finally {
    bench.running.delete(one);
  }
}

function pause(ms: number): Attended<void> {
  const waiting = new AbortController();
  const done = delay(ms, undefined, { signal: waiting.signal }).catch(() => {});
  return { done, signal: () => waiting.abort() };
}

/** Outputs and members that differ; owned trees are named by what differs in them. */
function differing(was: TaskRecord, is: TaskRecord): string[] {
  const before = new Map<string, string>([...was.outputs, ...was.members]);
  const now = new Map<string, string>([...is.outputs, ...is.members]);
  const paths = [...new Set([...before.keys(), ...now.keys()])].filter((one) => (before.get(one) ?? ABSENT) !== (now.get(one) ?? ABSENT));
  const trees = paths.filter((one) => before.get(one)?.startsWith("t") === true && now.get(one)?.startsWith("t") === true);
  const found = paths.filter((one) => !trees.includes(one)).sort();
  return was.value === is.value ? found : [...found, "(value)"];
}

function failure(task: Task, { end, output, reads }: Apart): Verified {
  const problem: Problem = end.kind === "failed" ? end.problem : end.kind === "tainted" ? { code: "input-kept-changing", task: task.name, path: end.path } : { code: "signal", task: task.name, signal: "SIGINT" };
  return { task: task.name, kind: "failed", problem, output, reads };
}
