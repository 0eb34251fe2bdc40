// tg status, why and -n: the same stage as a build, reported instead of run. Writes nothing, takes no lock.
import { DiskError } from "../model/ports.ts";
import { bad, good, type Result } from "../model/problem.ts";
import type { Reason, TaskRecord, TaskState } from "../model/state.ts";
import type { Each, TaskName } from "../model/task.ts";
import { VALIDATE } from "../model/graph.ts";
import { allowanceOf, familyOf, instancesOf } from "../graph/family.ts";
import { isService } from "../graph/services.ts";
import type { FilePath } from "../model/path.ts";
import { openDigest } from "../staleness/digest.ts";
import { findLeftovers, relabelledRecords } from "../schedule/files/leftovers.ts";
import { Situation } from "../schedule/survey/situation.ts";
import { choose } from "./choose.ts";
import { believing, type Doors, type LockHolder } from "./doors.ts";
import { openProject } from "./project/project.ts";
import { setStage, type Stage } from "./stage.ts";
import type { Wants } from "./words/wants.ts";
import { ownProblem } from "./trouble.ts";

/** One task as `status` shows it. */
export interface TaskStatus {
  readonly task: number;
  readonly name: TaskName;
  readonly state: TaskState;
  readonly barrier: boolean;
  readonly service: boolean;
  readonly reasons: readonly Reason[];
  /** Fresh, but an intermediate is not on disk. */
  readonly virtual: boolean;
  /** The task declares `temp`. */
  readonly temp: boolean;
  readonly key: string;
  readonly record: TaskRecord | null;
  readonly description: string;
  /** Files a person put where its output pattern matches; removed before the task runs. */
  readonly goes: readonly FilePath[];
  /** The failed upstream task that blocks it. */
  readonly blockedBy: TaskName | null;
  /** The family it is an instance of. */
  readonly family: TaskName | null;
  /** A family over a list that a task makes, without an instance yet. */
  readonly unlisted: boolean;
  /** Which instance of the family it is. */
  readonly each: Each | undefined;
}

export interface StatusAnswer {
  readonly stage: Stage;
  readonly tasks: readonly TaskStatus[];
  /** Names of the tasks that the targets name. */
  readonly asked: readonly TaskName[];
  /** Outputs of earlier definitions: those kept because somebody edited them, and those the next build removes. */
  readonly edited: readonly string[];
  readonly doomed: readonly string[];
  /** A build in progress: its running tasks appear as interrupted. */
  readonly atWork: LockHolder | null;
}

/** How much to report of fresh tasks: only their number, or each in full. */
export type Telling = "open" | "all";

/** Chooses `targets` as a build would; states come in graph order. `asked`: words whose tasks the answer names. */
export async function statusOf(doors: Doors, wants: Wants & { cwd: string; config: string | null }, telling: Telling, asked: readonly string[] = wants.targets): Promise<Result<StatusAnswer>> {
  try {
    return await believing(doors, async (trusting) => {
      const answer = await judged(trusting, wants, asked);
      if (answer.ok) readToTell(answer.value, telling);
      return answer;
    });
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    return bad([ownProblem(error, "read")]);
  }
}

async function judged(doors: Doors, wants: Wants & { cwd: string; config: string | null }, asked: readonly string[]): Promise<Result<StatusAnswer>> {
  const opened = await openProject(doors, { ...wants, readonly: true });
  if (!opened.ok) return opened;
  const set = await setStage(doors, opened.value, wants, { readonly: true });
  if (!set.ok) return set;
  const answer = await answerOf(doors, set.value, wants, asked);
  return answer.ok ? good({ ...answer.value, atWork: doors.lockHolder(opened.value.stateDir) }) : answer;
}

/** Up to this many tasks are read one by one. */
const FEW = 32;

/** Reads now what is otherwise read lazily: if the state turns out damaged or replaced, that happens while it can still be judged again. */
function readToTell({ stage, tasks }: StatusAnswer, telling: Telling): void {
  const { store, graph } = stage.project;
  const open = tasks.filter((task) => task.state !== "fresh");
  if (telling === "all" || open.length > FEW) return store.readAll(telling === "all");
  for (const { task } of open) {
    graph.task(task);
    stage.situation.record(task);
  }
}

/** The answer a judged stage gives. */
export async function answerOf(doors: Doors, stage: Stage, wants: Wants, asked: readonly string[]): Promise<Result<StatusAnswer>> {
  if (stage.survey.problems.length > 0) return bad(stage.survey.problems);
  const names = await askedFor(doors, stage, { ...wants, targets: asked });
  if (!names.ok) return names;
  return good({ stage, tasks: taskStates(stage), asked: names.value, ...(await leftoversIn(stage)), atWork: null });
}

/** Whether any task would run or might. */
export function hasOpen({ tasks }: StatusAnswer): boolean {
  return tasks.some((task) => !task.barrier && task.state !== "fresh" && task.state !== "skipped");
}

function taskStates(stage: Stage): TaskStatus[] {
  const { project, situation: s, survey } = stage;
  const { graph } = project;
  const below = failedAbove(stage);
  const states: TaskStatus[] = [];
  for (let task = 0; task < graph.count; task++) {
    const verdict = survey.verdicts[task];
    if (s.parts.wanted[task] === 0 || verdict === undefined) continue;
    const barrier = graph.isBarrier(task);
    const skipped = s.parts.skipped[task] === 1;
    // One that may leave its list is no more than "maybe": then it does not run.
    const status = verdict.kind !== "stale" || barrier ? undefined : s.record(task)?.status;
    const failed = (status === "failed" || status === "tainted") && !skipped;
    const above = below[task]!;
    const family = familyOf(graph, task);
    states.push({
      task, name: graph.name(task), barrier, service: isService(graph, task),
      state: skipped ? "skipped" : failed ? "failed" : above >= 0 && verdict.kind !== "fresh" ? "blocked" : verdict.kind,
      reasons: verdict.kind === "fresh" ? [] : verdict.reasons,
      virtual: verdict.kind === "fresh" && verdict.virtual,
      get temp() { return graph.task(task).temp; },
      blockedBy: above >= 0 ? graph.name(above) : null,
      // Lazy: for a thousand fresh tasks only their number is needed.
      get record() { return barrier ? null : s.record(task); },
      // From the record, not from judging: whether a fresh task was judged at all depends on which commands ran before.
      get key() { return barrier ? "" : verdict.kind === "fresh" ? (s.record(task)?.key ?? "") : (s.keys[task] ?? ""); },
      get goes() { return verdict.kind === "fresh" || barrier || skipped ? [] : foundIn(s, task); },
      get description() { return graph.task(task).description; },
      get each() { return graph.task(task).each; },
      family: family < 0 ? null : graph.name(family),
      unlisted: barrier && graph.task(task).family?.from !== undefined && instancesOf(graph, task).length === 0,
    });
  }
  return states;
}

function foundIn(s: Situation, task: number): FilePath[] {
  const { world, graph } = s.parts;
  // An incremental task starts from the existing outputs.
  if (graph.task(task).incremental) return [];
  return (s.record(task)?.found ?? []).filter((path) => world.disk.lstat(path).kind !== "absent" && graph.producerOf(path) === task);
}

async function askedFor(doors: Doors, stage: Stage, wants: Wants): Promise<Result<TaskName[]>> {
  const { graph } = stage.project;
  const chosen = await choose(doors, stage.project, wants);
  const names: TaskName[] = [];
  if (!chosen.ok) return chosen;
  for (let task = 0; task < graph.count; task++) if (chosen.value.named[task] === 1 || chosen.value.off.includes(task)) names.push(graph.name(task));
  return good(names);
}

/** For each task the failed task upstream of it, through content, deps and after; -1 for none. Allowed failures block nothing. */
function failedAbove(stage: Stage): Int32Array {
  const { project, situation: s } = stage;
  const { graph } = project;
  const above = new Int32Array(graph.count).fill(-1);
  const blocks = blockers(stage);
  for (const task of graph.order) {
    if (s.parts.wanted[task] === 0) continue;
    for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
      if (graph.needKinds[e] === VALIDATE) continue;
      const need = graph.needs[e]!;
      if (s.parts.skipped[need] === 1) continue;
      if (above[need]! >= 0) above[task] = above[need]!;
      else if (blocks(need)) above[task] = need;
      if (above[task]! >= 0) break;
    }
    for (const { maker } of s.parts.waits?.get(task) ?? []) if (above[task]! < 0 && blocks(maker)) above[task] = maker;
  }
  return above;
}

/** Whether a task's failure blocks others: not if it is allowed, nor while its family may have more failures. */
function blockers({ project: { graph }, situation: s, survey }: Stage): (task: number) => boolean {
  const rooms = new Map<number, boolean>();
  const failed = (task: number): boolean => survey.verdicts[task]?.kind === "stale" && s.record(task)?.status === "failed";
  const hasRoom = (family: number): boolean => {
    let room = rooms.get(family);
    if (room === undefined) rooms.set(family, (room = instancesOf(graph, family).filter(failed).length <= allowanceOf(graph, family)));
    return room;
  };
  return (task) => {
    if (graph.isBarrier(task) || !failed(task) || graph.task(task).allowFailure) return false;
    const family = familyOf(graph, task);
    return family < 0 || !hasRoom(family);
  };
}

/** Files no task makes any more: those a build removes, and edited ones that stay. */
export async function leftoversIn(stage: Stage): Promise<Pick<StatusAnswer, "edited" | "doomed">> {
  const { project } = stage;
  if (project.stored && Object.keys(project.store.meta().orphans).length === 0) return { edited: [], doomed: [] };
  await openDigest();
  const ahead = new Situation({ ...stage.situation.parts, records: relabelledRecords(stage.situation) });
  const found = findLeftovers(ahead);
  const paths = (wanted: "edited" | "remove"): string[] => found.filter(({ fate }) => fate === wanted).map(({ path }) => path);
  return { edited: paths("edited"), doomed: paths("remove") };
}

/** For `why`: the task and every stale task that its reasons lead to, each once, nearest first. */
export function rootCauses({ stage, tasks }: StatusAnswer, name: TaskName): TaskStatus[] {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  const chain: TaskStatus[] = [];
  const seen = new Set([name]);
  for (const one of seen) {
    const status = byName.get(one);
    if (status === undefined) continue;
    const reasons = status.barrier && status.state === "maybe" ? joinedOpen(stage, status.task) : status.reasons;
    chain.push(reasons === status.reasons ? status : { ...status, reasons });
    for (const { task } of reasons) if (task !== undefined) seen.add(task);
  }
  return chain;
}

/** A barrier is judged by the first stale task it joins; `why` reports all of them. */
function joinedOpen({ project: { graph }, situation: s }: Stage, barrier: number): Reason[] {
  const reasons: Reason[] = [];
  for (let e = graph.needStart[barrier]!; e < graph.needStart[barrier + 1]!; e++) {
    const need = graph.needs[e]!;
    if (graph.needKinds[e] !== VALIDATE && s.pending[need] === 1) reasons.push({ code: "upstream-changed", task: graph.name(need), pending: true });
  }
  return reasons;
}
