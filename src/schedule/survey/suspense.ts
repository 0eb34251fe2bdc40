// Tasks that the memo vouches for except for open tasks upstream. If those come out unchanged, the tasks are fresh without ever
// being judged; otherwise, or if a row has changed, the judge decides as usual. Works on columns and on the records of what
// ran; reads no record of a suspended task.
import { AFTER, VALIDATE } from "../../model/graph.ts";
import type { Memo } from "../../model/memo.ts";
import { isGoodRecord, type Outcome, type Reason, type TaskRecord, type Verdict } from "../../model/state.ts";
import { judge } from "../../staleness/judge.ts";
import type { Situation } from "./situation.ts";
import type { Hanging, Stirred } from "./trust.ts";

const FRESH: Verdict = { kind: "fresh", virtual: false };

type Maybe = Extract<Verdict, { kind: "maybe" }>;

export class Suspense implements Hanging {
  readonly #s: Situation;
  readonly #memo: Memo;
  readonly #stirred: Stirred;
  /** By task: 1 while it is suspended, 2 once it was found fresh. */
  readonly #hangs: Uint8Array;
  /** 1: it ended in this build with a different result. */
  readonly #other: Uint8Array;
  /** Tasks that ended in this build with the same result every time. */
  readonly #same: Set<number> = new Set();
  /** Records of running tasks as they were before. */
  readonly #before: Map<number, TaskRecord | null> = new Map();
  /** What was open when all had been judged. */
  #open: Uint8Array | null = null;

  constructor(s: Situation, memo: Memo, stirred: Stirred) {
    this.#s = s;
    this.#memo = memo;
    this.#stirred = stirred;
    this.#hangs = new Uint8Array(s.parts.graph.count);
    this.#other = new Uint8Array(s.parts.graph.count);
  }

  /** Suspends a task whose needs have been examined. false: it must be judged. */
  takes(task: number): boolean {
    const { graph, forced, skipped } = this.#s.parts;
    if (forced[task] === 1 || skipped[task] === 1 || this.#memo.settled[task] !== 1 || graph.isOrdinary?.(task) !== true) return false;
    if (!this.#needsAreKnown(task) || this.#stirred.has(task)) return false;
    this.#hangs[task] = 1;
    this.#s.pending[task] = 1;
    this.#s.verdicts[task] = new Suspended(this, task);
    return true;
  }

  /** Whether a task it consumes from is open, and all of those are the ones it was settled with. */
  #needsAreKnown(task: number): boolean {
    const { parts: { graph, skipped, wanted }, pending, trusted } = this.#s;
    const { settled, settledSeq, gaveSeq, resettled } = this.#memo;
    let open = false;
    for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
      const need = graph.needs[e]!;
      const kind = graph.needKinds[e]!;
      if (kind === VALIDATE) continue;
      if (wanted[need] === 0 || skipped[need] === 1 || (graph.isBarrier(need) ? trusted[need] === 0 || resettled.length > 0 : gaveSeq[need]! > settledSeq[task]!)) return false;
      if (pending[need] === 0 && trusted[need] === 1) continue;
      // Its record is the one from when the task was settled.
      if (settled[need] !== 1) return false;
      if (pending[need] === 0) continue;
      if (kind === AFTER) return false;
      open = true;
    }
    return open;
  }

  /** Called when all tasks have been judged. */
  begin(): void {
    this.#open = this.#s.pending.slice();
  }

  began(task: number): void {
    if (!this.#before.has(task)) this.#before.set(task, this.#s.record(task));
  }

  ended(task: number, outcome: Outcome): void {
    const before = this.#before.get(task) ?? null;
    this.#before.delete(task);
    this.#hangs[task] = 0;
    if ((outcome !== "ran" && outcome !== "restored") || !gives(before, this.#s.record(task))) this.#other[task] = 1;
    else this.#same.add(task);
  }

  holds(task: number): boolean {
    const { parts: { graph, memo, world }, pending } = this.#s;
    // After growth, nothing is known here.
    if (memo !== this.#memo || this.#hangs[task] === 0) return false;
    for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
      const need = graph.needs[e]!;
      if (graph.needKinds[e] !== VALIDATE && (this.#other[need] === 1 || pending[need] === 1)) return false;
    }
    const rows = memo.refs(task);
    for (let i = 0; i < rows.length; i++) world.look(rows[i]!);
    if (this.#stirred.has(task)) return false;
    this.#hangs[task] = 2;
    this.#s.verdicts[task] = FRESH;
    return true;
  }

  holdsAlone(task: number): boolean {
    const { graph } = this.#s.parts;
    if (this.#hangs[task] === 0) return false;
    for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) if (graph.isBarrier(graph.needs[e]!)) return false;
    return this.holds(task);
  }

  hangs(task: number): boolean {
    return this.#hangs[task]! > 0;
  }

  stands(task: number): boolean {
    return this.#hangs[task] === 2 && this.holds(task);
  }

  givesTheSame(task: number): boolean {
    // Its earlier result is what dependents were settled with only if its own record was settled, too.
    return this.#same.has(task) && this.#other[task] === 0 && this.#memo === this.#s.parts.memo && this.#memo.settled[task] === 1;
  }

  /** The reasons the judge would have given. */
  reasonsOf(task: number): Maybe["reasons"] {
    const s = this.#s;
    const { pending, parts: { graph } } = s;
    s.pending = this.#open ?? pending;
    try {
      const { verdict } = judge(s.caseOf(task, s.gather(task)));
      if (verdict.kind !== "fresh") return verdict.reasons;
    } finally {
      s.pending = pending;
    }
    const needs = Array.from(graph.needs.subarray(graph.needStart[task]!, graph.needStart[task + 1]!));
    const above = needs.find((need) => (this.#open ?? pending)[need] === 1) ?? needs[0]!;
    return [{ code: "upstream-changed", task: graph.name(above), pending: true } satisfies Reason];
  }
}

/** The verdict on a suspended task; its reasons are found when they are read. */
class Suspended implements Maybe {
  readonly kind: Maybe["kind"];
  readonly #suspense: Suspense;
  readonly #task: number;
  #reasons: Maybe["reasons"] | null = null;

  constructor(suspense: Suspense, task: number) {
    this.kind = "maybe";
    this.#suspense = suspense;
    this.#task = task;
  }

  get reasons(): Maybe["reasons"] {
    return (this.#reasons ??= this.#suspense.reasonsOf(this.#task));
  }
}

/** Whether a task that was good provides the same to its dependents as before. */
function gives(before: TaskRecord | null, now: TaskRecord | null): boolean {
  if (!isGoodRecord(before) || now?.status !== "ok") return false;
  return now.outputs.length > 0 && before.value === now.value && JSON.stringify([before.outputs, before.members]) === JSON.stringify([now.outputs, now.members]);
}
