// Producers that are virtually present: fresh by their record, with an intermediate that is not on disk. Says which of them must
// run, or may have to, because of who runs downstream. Judges nobody; changes only their verdicts.
import { joinedBy } from "../../graph/leaves.ts";
import { makersOf, neededTask } from "../../graph/needs.ts";
import { VALIDATE } from "../../model/graph.ts";
import type { FilePath } from "../../model/path.ts";
import { questionOf } from "../../model/question.ts";
import { ABSENT, type Reason, type Verdict } from "../../model/state.ts";
import { lacks, linkMaker } from "./answers.ts";
import { mayLeaveList, openFamily, type View } from "./awaited.ts";
import { waitsForLink } from "./lasting.ts";
import type { Situation } from "./situation.ts";

/** Of a task that will run or may have to. */
type Open = Exclude<Verdict, { kind: "fresh" }>;

/** Virtually present producers must run for the consumers that will run, and so on upstream; an instance only if the open list still has it. */
export function needVirtual(s: Situation, doubted: ArrayLike<number>): void {
  const { graph, skipped } = s.parts;
  for (let i = doubted.length - 1; i >= 0; i--) {
    const task = doubted[i]!;
    const judged = s.verdicts[task];
    if (skipped[task] === 1 || judged === undefined || judged.kind === "fresh" || graph.isBarrier(task)) continue;
    if (!hasVirtualNeed(s, task)) continue;
    const verdict = (s.verdicts[task] = untilAsked(s, task, judged));
    needRead(s, task, verdict);
    needAsked(s, task, verdict);
  }
}

/** Makers of what it reads by its declaration or discovered in its last run. */
function needRead(s: Situation, task: number, verdict: Open): void {
  const reason = neededBy(s, task);
  for (const maker of virtualMakers(s, task)) {
    const before = s.verdicts[maker];
    if (before?.kind === "stale") continue;
    if ((verdict.kind === "stale" || needsLink(s, { task, maker, verdict })) && !mayLeaveList(viewOf(s), maker)) s.verdicts[maker] = { kind: "stale", reasons: before?.kind === "maybe" ? [reason, ...before.reasons] : [reason] };
    else if (before?.kind !== "maybe") s.verdicts[maker] = { kind: "maybe", reasons: [{ ...reason, pending: true }] };
    s.pending[maker] = 1;
  }
}

/** Makers of what its function asked for in its last run. Whether it asks again is known only when it runs. */
function needAsked(s: Situation, task: number, verdict: Open): void {
  const reason = neededBy(s, task);
  const isWaiting = verdict.kind === "maybe" && verdict.reasons.length === 1;
  for (const maker of missedBy(s, task)) {
    s.verdicts[maker] = isWaiting && needsLink(s, { task, maker, verdict }) && !mayLeaveList(viewOf(s), maker) ? { kind: "stale", reasons: [reason] } : { kind: "maybe", reasons: [{ ...reason, pending: true }] };
    s.pending[maker] = 1;
  }
}

function neededBy(s: Situation, task: number): Reason {
  return { code: "needed-by", task: s.parts.graph.name(task) };
}

function viewOf({ parts: { graph }, pending }: Situation): View {
  return { graph, pending };
}

/** Whether the task, which stays in its list, cannot be judged until the maker has made a link again. */
function needsLink(s: Situation, { task, maker, verdict }: { readonly task: number; readonly maker: number; readonly verdict: Open }): boolean {
  return !mayLeaveList(viewOf(s), task) && waitsForLink(s, { task, maker, reasons: verdict.reasons });
}

/** What it last ran without is still missing, and its possible maker is asked first: if that declines again, nothing has changed. */
function untilAsked(s: Situation, task: number, verdict: Open): Open {
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
export function mayBeListed(s: Situation, doubted: ArrayLike<number>): void {
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
function mayLack(s: Situation, task: number): boolean {
  const { graph } = s.parts;
  if ((s.record(task)?.discovered.length ?? 0) > 0) return true;
  const makes = (need: number): boolean => graph.isOrdinary?.(need) !== true && graph.task(need).outputs.some((output) => output.role === "intermediate");
  for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
    const need = graph.needs[e]!;
    if (graph.isBarrier(need) ? joinedBy(graph, [need]).some(makes) : makes(need)) return true;
  }
  return false;
}

/** Producers of what `task` reads, by its declaration or its last run's discoveries, that is not on disk and is represented by their record. */
export function virtualMakers(s: Situation, task: number): number[] {
  if (!mayLack(s, task)) return [];
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
