// Services in a survey: a service has to be started only if a task that will run needs it, or when it is asked for itself.
// Judges through the situation; starts nothing.
import { VALIDATE } from "../../model/graph.ts";
import type { Digest, Reason, Verdict } from "../../model/state.ts";
import type { Gathered } from "../../staleness/match.ts";
import type { Situation } from "./situation.ts";

const IDLE: Verdict = { kind: "fresh", virtual: false };

/** A service's key matters to the tasks that need it; whether it was ever started does not. */
export function judgeService(s: Situation, task: number, gathered: Gathered): readonly Reason[] {
  const { verdict, key } = s.judge(task, gathered);
  if (verdict.kind === "fresh") s.keys[task] = s.record(task)!.key;
  s.verdicts[task] = IDLE;
  // What it is made from is unknown yet, so its dependents wait.
  s.pending[task] = key === null ? 1 : 0;
  return verdict.kind === "fresh" ? [] : verdict.reasons;
}

export function keyOfService(s: Situation, task: number): Digest | null {
  return s.trusted[task] === 1 ? (s.record(task)?.key ?? null) : (s.keys[task] ?? null);
}

const MAYBE = 1;
const SURE = 2;

interface Calls {
  readonly s: Situation;
  readonly services: Uint8Array;
  /** By service or barrier: 0, MAYBE or SURE, and the task it is for. */
  readonly level: Uint8Array;
  readonly caller: Int32Array;
}

/** Determines for each service whether it must be started. Returns those that are work by themselves. Dependents come before what they need. */
export function callServices(s: Situation, services: Uint8Array): ReadonlySet<number> {
  const { graph, wanted, skipped } = s.parts;
  const calls: Calls = { s, services, level: new Uint8Array(graph.count), caller: new Int32Array(graph.count).fill(-1) };
  const own = new Set<number>();
  for (let i = graph.count - 1; i >= 0; i--) {
    const task = graph.order[i]!;
    if (wanted[task] === 0 || skipped[task] === 1) continue;
    if (services[task] === 1) {
      if (callOne(calls, task)) own.add(task);
    } else if (!graph.isBarrier(task)) calls.level[task] = s.pending[task] === 0 ? 0 : s.verdicts[task]?.kind === "stale" ? SURE : MAYBE;
    if (calls.level[task]! > 0) passOn(calls, task);
  }
  return own;
}

function passOn({ s, services, level, caller }: Calls, task: number): void {
  const { graph } = s.parts;
  const by = graph.isBarrier(task) ? caller[task]! : task;
  for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
    const need = graph.needs[e]!;
    if (graph.needKinds[e] === VALIDATE || (services[need] === 0 && !graph.isBarrier(need)) || level[need]! >= level[task]!) continue;
    level[need] = level[task]!;
    caller[need] = by;
  }
}

/** true: it is work by itself, whether or not a task needs it. */
function callOne({ s, level, caller }: Calls, task: number): boolean {
  const { graph, kept, running, givenUp } = s.parts;
  const key = keyOfService(s, task);
  const now = running?.(graph.name(task)) ?? null;
  const all = ownReasons(s, task);
  const own = all.filter(({ pending }) => pending !== true);
  // It was given up and has changed since: its dependents themselves may not have changed.
  const spec = graph.task(task).service!;
  const before = now !== null || key === null ? null : (givenUp?.(graph.name(task), spec) ?? null);
  const renewed = before !== null && before !== key;
  const news = renewed ? anew(own, before === "" ? JSON.stringify(spec) : key!, before === "") : own;
  if (now !== null && now === key) level[task] = 0;
  else if (now !== null && key !== null) return work(s, level, task, own);
  else if (now === null && kept?.[task] === 1) return work(s, level, task, [{ code: "always" }, ...news]);
  if (level[task] === 0) return renewed && work(s, level, task, news);
  const sure = level[task] === SURE;
  const reason: Reason = { code: "needed-by", task: graph.name(caller[task]!), ...(sure ? {} : { pending: true as const }) };
  // Whoever may need it may do so for what may come of it: the way to the cause goes on behind it.
  s.verdicts[task] = { kind: sure ? "stale" : "maybe", reasons: [reason, ...news, ...(sure ? [] : all.filter(({ pending }) => pending === true))] };
  s.pending[task] = 1;
  return renewed;
}

/** Reasons for restarting a service that was given up and has changed. If nothing else shows that, `new` tells a watch that it is news. */
function anew(own: readonly Reason[], now: string, untold: boolean): readonly Reason[] {
  return own.length === 0 || untold ? [...own, { code: "failed-last-time", new: now }] : own;
}

function work(s: Situation, level: Uint8Array, task: number, reasons: readonly Reason[]): boolean {
  level[task] = SURE;
  s.verdicts[task] = { kind: "stale", reasons: reasons.length === 0 ? [{ code: "always" }] : (reasons as [Reason, ...Reason[]]) };
  s.pending[task] = 1;
  return true;
}

/** How it differs from what was last started. A service that never ran lacks nothing. */
function ownReasons(s: Situation, task: number): readonly Reason[] {
  if (s.trusted[task] === 1 || s.record(task) === null) return [];
  const before = s.verdicts[task];
  const pending = s.pending[task]!;
  const reasons = judgeService(s, task, s.gather(task));
  s.verdicts[task] = before;
  s.pending[task] = pending;
  return reasons.filter((reason) => reason.code !== "forced");
}
