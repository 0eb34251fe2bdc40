// Judges the wanted subgraph once, dependencies first, before anything runs: what `status`, `why` and `-n` show and what a
// build starts from. Trusts the memo where no row has moved; asks the judge elsewhere. Runs nothing.
import { VALIDATE } from "../../model/graph.ts";
import type { Problem } from "../../model/problem.ts";
import type { Verdict } from "../../model/state.ts";
import { digestReady } from "../../staleness/digest.ts";
import { edgeTo } from "../../graph/graph.ts";
import { isService, servicesOf } from "../../graph/services.ts";
import { callServices, judgeService } from "./demanded.ts";
import { lookFirst } from "./first-look.ts";
import { judgingOrder } from "./awaited.ts";
import { doubtedTasks } from "./doubt.ts";
import { inputProblems } from "./input-problems.ts";
import { Suspense } from "./suspense.ts";
import { Stirred, trust } from "./trust.ts";
import type { Readers } from "./readers.ts";
import type { Situation, SituationParts } from "./situation.ts";
import { mayBeListed, needVirtual } from "./virtual.ts";

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
