// Judges the wanted subgraph once, dependencies first, before anything runs: what `status`, `why` and `-n` show and what a
// build starts from. Trusts the memo where no row has moved; asks the judge elsewhere. Runs nothing.
import { VALIDATE } from "../../model/graph.ts";
import type { Problem } from "../../model/problem.ts";
import type { FilePath } from "../../model/path.ts";
import { questionOf } from "../../model/question.ts";
import { ABSENT, type Reason, type Verdict } from "../../model/state.ts";
import { digestReady } from "../../staleness/digest.ts";
import { edgeTo } from "../../graph/graph.ts";
import { isService, servicesOf } from "../../graph/services.ts";
import { callServices, judgeService } from "./demanded.ts";
import { makersOf, neededTask } from "../../graph/needs.ts";
import { lacks, linkMaker } from "./answers.ts";
import { waitsForLink } from "./lasting.ts";
import { lookFirst } from "./first-look.ts";
import { mayLeaveList, openFamily, judgingOrder } from "./awaited.ts";
import { doubtedTasks } from "./doubt.ts";
import { inputProblems } from "./input-problems.ts";
import { Suspense } from "./suspense.ts";
import { Stirred, trust } from "./trust.ts";
import type { Readers } from "./readers.ts";
import type { Situation, SituationParts } from "./situation.ts";

export interface Survey {
  /** By task; undefined for tasks that are not wanted. */
  readonly verdicts: readonly (Verdict | undefined)[];
  /** Wanted tasks that are stale or maybe, without barriers. */
  readonly open: readonly number[];
  /** Wanted tasks that the memo does not vouch for, including barriers, dependencies first; more if that is not known. */
  readonly doubted: ArrayLike<number>;
  /** Open tasks and everything downstream, including barriers, dependencies first. */
  readonly reach: readonly number[];
  /** Wanted tasks without barriers. */
  readonly total: number;
  readonly problems: readonly Problem[];
}

/** Finding the next open task among all, and whether a barrier joins it, costs about as much as iterating over this many edges. */
const EDGES_A_SEARCH = 256;

const FRESH: Verdict = { kind: "fresh", virtual: false };
const FRESH_VIRTUAL: Verdict = { kind: "fresh", virtual: true };

export interface SurveyOptions {
  /** Records what each judged task asked about. */
  readonly readers?: Readers;
  /** Tasks that depend on open tasks alone are not judged before those have ended. */
  readonly suspends?: boolean;
}

/** null: something must be judged and the hash is not open yet; open it and call again with a new situation. */
export function survey(s: Situation, options: SurveyOptions = {}): Survey | null {
  const { graph, wanted, memo, world } = s.parts;
  const problems: Problem[] = [];
  const desk = { ...s.parts, stirred: new Stirred(graph, memo, world) };
  const services = servicesOf(graph);
  const few = services === null ? doubtedTasks(desk) : null;
  if (few !== null) {
    if (few.length > 0 && !digestReady()) return null;
    lookFirst(s, desk.stirred);
    const answer = judgeFew(s, few, openBench(s, desk.stirred, options));
    // Looking at one file may have revealed a change in another.
    if (few.length === 0 || desk.stirred.all().every((task) => s.trusted[task] === 0)) return answer;
    s.pending.fill(0);
    s.trusted.fill(0);
    s.keys.fill(undefined);
  }
  lookFirst(s, desk.stirred);
  const bench = openBench(s, desk.stirred, options);
  const all = { total: 0, /** Tasks that the memo does not vouch for, and barriers that join such. */ doubted: [] as number[], virtual: false };
  const order = judgingOrder(graph, s.parts.waits);
  for (let i = 0; i < order.length; i++) {
    const task = order[i]!;
    if (wanted[task] === 0) continue;
    const trusted = trust(desk, s, task);
    const barrier = graph.isBarrier(task);
    if (!barrier && services?.[task] !== 1) all.total++;
    if (trusted > 0) {
      s.verdicts[task] = trusted === 3 ? FRESH_VIRTUAL : FRESH;
      s.trusted[task] = 1;
      all.virtual ||= trusted === 3;
    } else if (!digestReady()) return null;
    else {
      all.doubted.push(task);
      judgeOrHang(s, task, bench, problems);
    }
  }
  if (services !== null) callServices(s, services);
  // If no trusted task is represented by its record alone and no service is called for, every task that may have to run for
  // another is among the doubted.
  const doubted = all.virtual || (services !== null && s.pending.includes(1)) ? Array.from(order).filter((task) => wanted[task] === 1) : all.doubted;
  return concluded(s, { doubted, total: all.total, problems }, bench);
}

/** State for judging one task after another. */
interface Bench {
  readonly readers: Readers | null;
  readonly suspense: Suspense | null;
}

function openBench(s: Situation, stirred: Stirred, { readers, suspends }: SurveyOptions): Bench {
  const { graph, memo } = s.parts;
  const suspense = suspends === true && memo !== null && servicesOf(graph) === null ? new Suspense(s, memo, stirred) : null;
  s.hanging = suspense;
  return { readers: readers ?? null, suspense };
}

function judgeOrHang(s: Situation, task: number, { readers, suspense }: Bench, problems: Problem[]): void {
  if (suspense?.takes(task) === true) return;
  readers?.begin();
  for (const problem of judgeAnew(s, task)) problems.push(problem);
  readers?.end(task);
}

/** All others are trusted. */
function judgeFew(s: Situation, doubted: readonly number[], bench: Bench): Survey {
  const { graph, memo } = s.parts;
  const problems: Problem[] = [];
  s.verdicts.fill(FRESH);
  s.trusted.fill(1);
  s.gaveSeq.set(memo!.gaveSeq);
  for (const task of doubted) s.trusted[task] = 0;
  for (const task of doubted) judgeOrHang(s, task, bench, problems);
  return concluded(s, { doubted, total: graph.taskCount?.() ?? countTasks(graph), problems }, bench);
}

function countTasks(graph: SituationParts["graph"]): number {
  let count = 0;
  for (let task = 0; task < graph.count; task++) if (!graph.isBarrier(task)) count++;
  return count;
}

function concluded(s: Situation, { doubted, total, problems }: { readonly doubted: readonly number[] | Uint32Array; readonly total: number; readonly problems: readonly Problem[] }, { suspense }: Bench): Survey {
  const { graph } = s.parts;
  const services = servicesOf(graph);
  needVirtual(s, doubted);
  mayBeListed(s, doubted);
  const calling = services === null ? null : callServices(s, services);
  // A producer that must run for its intermediate holds up tasks that reach it through a barrier.
  for (const task of doubted) if (s.pending[task] === 0 && graph.isBarrier(task)) openBarrier(s, task);
  const open: number[] = [];
  for (let task = s.pending.indexOf(1); task >= 0; task = s.pending.indexOf(1, task + 1)) if (!graph.isBarrier(task) && (services?.[task] !== 1 || calling!.has(task))) open.push(task);
  suspense?.begin();
  return { verdicts: s.verdicts, open, doubted, reach: reachOf(s, doubted, open), total, problems };
}

/** The verdict when a task's turn has come, with everything upstream done. */
export function verdictInTurn(s: Situation, task: number): Verdict {
  return s.hanging?.holds(task) === true ? s.verdicts[task]! : s.judge(task, s.gather(task)).verdict;
}

/** Judges one task from the current state, its needs being judged already. Returns what is wrong with its inputs. */
export function judgeAnew(s: Situation, task: number): Problem[] {
  const { graph, skipped } = s.parts;
  const gathered = s.gather(task);
  const service = isService(graph, task);
  if (service) judgeService(s, task, gathered);
  // Dependents consume from the tasks a barrier joins, possibly ten thousand; nothing asks for the barrier's own key.
  else if (graph.isBarrier(task)) s.verdicts[task] = FRESH;
  else s.judge(task, gathered);
  const problems = skipped[task] === 0 ? inputProblems(s, task, { gathered, runs: s.verdicts[task]!.kind === "stale" }) : [];
  if (graph.isBarrier(task)) openBarrier(s, task);
  else if (!service && s.verdicts[task]!.kind !== "fresh" && skipped[task] === 0) s.pending[task] = 1;
  return problems;
}

/** Order and failure pass through tasks that have nothing to do themselves. */
function reachOf(s: Situation, doubted: Iterable<number> & ArrayLike<number>, open: readonly number[]): number[] {
  const { needStart, needs, needKinds } = s.parts.graph;
  const marked = s.pending.slice();
  // The targets of a build come with everything they need; if a maker is missing there, it is still in the plan.
  const reach = open.filter((task) => s.parts.wanted[task] === 0);
  for (const task of doubted) {
    for (let e = needStart[task]!; e < needStart[task + 1]! && marked[task] === 0; e++) {
      if (needKinds[e] !== VALIDATE) marked[task] = marked[needs[e]!]!;
    }
    if (marked[task] === 1) reach.push(task);
  }
  return reach;
}

/** A barrier is open while anything it joins is: its dependents wait for all of that. */
function openBarrier(s: Situation, task: number): void {
  const { graph } = s.parts;
  const need = firstOpenNeed(s, task);
  if (need < 0) return;
  s.pending[task] = 1;
  s.trusted[task] = 0;
  s.verdicts[task] = { kind: "maybe", reasons: [{ code: "upstream-changed", task: graph.name(need), pending: true }] };
}

/** -1: none. If few of many tasks are open, as in a watch after an edit, checks those instead of everything it joins. */
export function firstOpenNeed({ pending, parts: { graph } }: Situation, task: number): number {
  const { needStart, needs, needKinds } = graph;
  const [start, end] = [needStart[task]!, needStart[task + 1]!];
  for (let open = -1, left = Math.floor((end - start) / EDGES_A_SEARCH); left > 0; left--) {
    open = pending.indexOf(1, open + 1);
    if (open < 0) return -1;
    if (edgeTo(graph, task, open) >= 0) return open;
  }
  for (let e = start; e < end; e++) if (needKinds[e] !== VALIDATE && pending[needs[e]!] === 1) return needs[e]!;
  return -1;
}

/** Virtually present producers must run for the consumers that will run, and so on upstream; an instance only if the open list still has it. */
function needVirtual(s: Situation, doubted: ArrayLike<number>): void {
  const { graph, skipped } = s.parts;
  const view = { graph, pending: s.pending };
  for (let i = doubted.length - 1; i >= 0; i--) {
    const task = doubted[i]!;
    const judged = s.verdicts[task];
    if (skipped[task] === 1 || judged === undefined || judged.kind === "fresh" || graph.isBarrier(task)) continue;
    if (!hasVirtualNeed(s, task)) continue;
    const verdict = (s.verdicts[task] = untilAsked(s, task, judged));
    const reason: Reason = { code: "needed-by", task: graph.name(task) };
    for (const maker of mayLack(s, task) ? virtualMakers(s, task) : []) {
      if (skipped[maker] === 1) continue;
      const before = s.verdicts[maker];
      if (before?.kind === "stale") continue;
      if ((verdict.kind === "stale" || (!mayLeaveList(view, task) && waitsForLink(s, { task, maker, reasons: verdict.reasons }))) && !mayLeaveList(view, maker)) s.verdicts[maker] = { kind: "stale", reasons: before?.kind === "maybe" ? [reason, ...before.reasons] : [reason] };
      else if (before?.kind !== "maybe") s.verdicts[maker] = { kind: "maybe", reasons: [{ ...reason, pending: true }] };
      s.pending[maker] = 1;
    }
    // Whether it asks again is known only when it runs.
    const isWaiting = verdict.kind === "maybe" && verdict.reasons.length === 1 && !mayLeaveList(view, task);
    for (const maker of missedBy(s, task)) {
      s.verdicts[maker] = isWaiting && waitsForLink(s, { task, maker, reasons: verdict.reasons }) && !mayLeaveList(view, maker) ? { kind: "stale", reasons: [reason] } : { kind: "maybe", reasons: [{ ...reason, pending: true }] };
      s.pending[maker] = 1;
    }
  }
}

/** What it last ran without is still missing, and its possible maker is asked first: if that declines again, nothing has changed. */
function untilAsked(s: Situation, task: number, verdict: Exclude<Verdict, { kind: "fresh" }>): Exclude<Verdict, { kind: "fresh" }> {
  const answered = verdict.kind === "stale" && askedBefore(s, task, verdict.reasons).length > 0;
  const hangs = (reason: Reason): boolean => reason.pending === true || (reason.code === "need-changed" ? answered : reason.code === "upstream-changed" && reason.old === ABSENT && isOfAsked(s, reason.subject as FilePath));
  if (verdict.kind !== "stale" || !verdict.reasons.every(hangs)) return verdict;
  const [first, ...others] = verdict.reasons.map(({ code, task, subject }): Reason => ({ code, ...(task === undefined ? {} : { task }), ...(subject === undefined ? {} : { subject }), pending: true }));
  return { kind: "maybe", reasons: [first!, ...others] };
}

/**
 * Tasks that have their turn first: something they have made is not on disk, and a function that is unchanged since its last run
 * will ask for it. A different answer is the only possible reason to run it, and they may decline again, or make the same link.
 */
export function askedBefore(s: Situation, task: number, reasons: readonly Reason[]): number[] {
  const changed = reasons.find(({ code }) => code === "need-changed");
  if (changed === undefined || !reasons.every((reason) => reason === changed || reason.pending === true)) return [];
  const { graph, skipped } = s.parts;
  const question = questionOf(changed.subject!);
  const about = new Set(question.kind === "glob" ? makersOf(graph, question.pattern) : question.kind === "need" ? joinedBy(graph, [neededTask(graph, question.target)]) : []);
  const needs = Array.from(graph.needs.subarray(graph.needStart[task]!, graph.needStart[task + 1]!));
  const link = linkMaker(s, changed.subject!);
  const isAsked = (maker: number): boolean => about.has(maker) && skipped[maker] === 0 && (typeof graph.task(maker).when !== "boolean" || maker === link) && lacks(s, question, maker);
  return joinedBy(graph, needs).filter(isAsked);
}

/** The tasks, with barriers replaced by what they join. */
export function joinedBy(graph: SituationParts["graph"], tasks: readonly number[]): number[] {
  const seen = new Set(tasks.filter((task) => task >= 0));
  for (const task of seen) {
    if (!graph.isBarrier(task)) continue;
    for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) if (graph.needKinds[e] !== VALIDATE) seen.add(graph.needs[e]!);
  }
  return [...seen].filter((task) => !graph.isBarrier(task));
}

/** Whether the path is an intermediate represented by its record alone, of a task that is asked whether it runs. */
function isOfAsked(s: Situation, path: FilePath): boolean {
  const maker = s.parts.graph.producerOf(path);
  return maker >= 0 && s.parts.skipped[maker] === 0 && typeof s.parts.graph.task(maker).when !== "boolean" && s.parts.world.input(path) === ABSENT && s.intermediate(maker, path) !== null;
}

/** Producers represented by their record from which a function, in its last run, asked for something that is not on disk. */
function missedBy(s: Situation, task: number): number[] {
  const { graph, skipped } = s.parts;
  const virtual = new Set<number>();
  for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
    const need = graph.needs[e]!;
    const verdict = s.verdicts[need];
    if (graph.needKinds[e] !== VALIDATE && skipped[need] === 0 && verdict?.kind === "fresh" && verdict.virtual) virtual.add(need);
  }
  const trace = virtual.size === 0 ? undefined : s.record(task)?.trace;
  const missed = new Set<number>();
  for (const [text] of trace ?? []) {
    const question = questionOf(text);
    const asked = question.kind === "glob" ? virtual : [question.kind === "need" ? neededTask(graph, question.target) : -1];
    for (const maker of asked) if (virtual.has(maker) && !missed.has(maker) && lacks(s, question, maker)) missed.add(maker);
  }
  return [...missed];
}

/** While a list is open, which tasks will read what is not on disk is unknown. */
function mayBeListed(s: Situation, doubted: ArrayLike<number>): void {
  const { graph, wanted, skipped } = s.parts;
  const family = openFamily({ graph, pending: s.pending }, wanted);
  if (family < 0) return;
  for (let i = 0; i < doubted.length; i++) {
    const task = doubted[i]!;
    const verdict = s.verdicts[task];
    if (verdict?.kind !== "fresh" || !verdict.virtual || skipped[task] === 1) continue;
    s.verdicts[task] = { kind: "maybe", reasons: [{ code: "needed-by", task: graph.name(family), pending: true }] };
    s.pending[task] = 1;
  }
}

function hasVirtualNeed(s: Situation, task: number): boolean {
  const { graph } = s.parts;
  for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
    const verdict = s.verdicts[graph.needs[e]!];
    if (graph.isBarrier(graph.needs[e]!)) return true;
    if (graph.isOrdinary?.(graph.needs[e]!) === true) continue;
    if (verdict?.kind === "fresh" ? verdict.virtual : verdict !== undefined) return true;
  }
  return false;
}

/** Whether something that a task reads may be an intermediate that is not on disk. Usually not. */
export function mayLack(s: Situation, task: number): boolean {
  const { graph } = s.parts;
  if ((s.record(task)?.discovered.length ?? 0) > 0) return true;
  const makes = (need: number): boolean => graph.isOrdinary?.(need) !== true && graph.task(need).outputs.some((output) => output.role === "intermediate");
  for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
    const need = graph.needs[e]!;
    if (graph.isBarrier(need) ? joinedBy(graph, [need]).some(makes) : makes(need)) return true;
  }
  return false;
}

/** Producers of declared inputs of `task` that are not on disk and are represented by their record. */
export function virtualMakers(s: Situation, task: number): number[] {
  const { graph, world } = s.parts;
  const makers = new Set<number>();
  const record = s.record(task);
  const gathered = s.gather(task);
  const paths = [...gathered.files, ...(gathered.ignored ?? []), ...(record?.discovered.map(([path]) => path) ?? []), ...s.consumed(task).outputs.map((output) => output.path)];
  for (const path of paths) {
    const maker = graph.producerOf(path);
    if (maker < 0 || maker === task || makers.has(maker) || s.parts.skipped[maker] === 1) continue;
    if (world.input(path) === ABSENT && s.intermediate(maker, path) !== null) makers.add(maker);
  }
  return [...makers];
}
