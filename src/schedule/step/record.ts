// What the record of an attempt says, however it ended, once the disk is as its outcome requires. Writes nothing.
import type { FilePath } from "../../model/path.ts";
import type { JobResult } from "../../model/ports.ts";
import type { TaskProblem } from "../../model/problem.ts";
import type { Asked } from "../../model/question.ts";
import { runStart, type Reason, type Seen, type TaskRecord } from "../../model/state.ts";
import { takenNow } from "../survey/lost.ts";
import { withLinks } from "../survey/recorded.ts";
import { problemText } from "./failed.ts";
import { leftBehind } from "./left-behind.ts";
import { ownHashes, watchedRows, type Prepared } from "./prepare.ts";
import { askedWith, failedWith } from "./tried.ts";
import type { Made } from "./verify.ts";
import type { Workshop } from "./workshop.ts";

export interface Attempted {
  readonly index: number;
  readonly attempt: number;
  readonly reasons: readonly Reason[];
  /** An input changed during the last attempt. */
  readonly tainted: boolean;
}

/** What the record is made from. */
export interface Concluded {
  readonly prepared: Prepared;
  readonly result: JobResult;
  readonly trace: readonly Asked[];
  readonly made?: Made;
  readonly discovered?: readonly Seen[];
  readonly rewritten?: readonly FilePath[] | undefined;
}

/** How it ended, as far as a record tells. */
export type Outcome =
  | { readonly kind: "ran" | "interrupted" }
  | { readonly kind: "failed" | "retry"; readonly problem: TaskProblem }
  | { readonly kind: "tainted"; readonly path: FilePath; /** An output that something removed. */ readonly taken?: true };

/** Fields that most records lack. They are set afterwards: V8 takes ten times as long to copy an object and add to it. */
type Rare = "found" | "rewritten" | "ranAt" | "trace";

export function recordOf(w: Workshop, o: Attempted, ended: Concluded, end: Outcome): TaskRecord {
  const { prepared: p, result } = ended;
  const s = w.situation;
  const before = p.case.record;
  const good = end.kind === "ran";
  const left = ended.made ?? leftBehind(w, p, p.task.onFail === "keep" || (end.kind === "tainted" && !o.tainted));
  const failed = end.kind === "failed" ? failedWith(w, p, o.reasons) : null;
  const { upstream, upstreamKeys, givers } = takenNow(p.case.consumed);
  const record: Omit<TaskRecord, Rare> & { -readonly [K in Rare]?: TaskRecord[K] } = {
    status: good ? "ok" : end.kind === "retry" ? "interrupted" : end.kind,
    key: p.key,
    parts: p.case.parts,
    inputs: failed?.inputs ?? (good ? inputsAfter(w, p) : p.inputs),
    folders: good ? watchedRows(s, o.index, { gathered: s.gather(o.index), members: ended.made?.members ?? [] }) : p.folders,
    custom: ownHashes(p.case, p.inputs),
    discovered: ended.discovered ?? failed?.discovered ?? before?.discovered ?? [],
    upstream: failed?.upstream ?? upstream, upstreamKeys, givers,
    outputs: left.outputs, members: left.members,
    value: good ? result.value : (before?.value ?? null),
    start: result.start, end: result.end, goodMs: good ? Math.max(1, result.end - result.start) : (before?.goodMs ?? 0), exit: result.exit, signal: result.signal,
    attempts: o.attempt, peakKb: result.peakKb, reasons: o.reasons,
    error: errorText(w, o, ended, end),
  };
  if (ended.made?.found !== undefined) record.found = ended.made.found;
  if (ended.rewritten !== undefined) record.rewritten = ended.rewritten;
  if (before !== null && o.reasons.every(({ code }) => code === "needed-by")) record.ranAt = runStart(before);
  const trace = good ? ended.trace : askedWith(w, o.index, { trace: ended.trace, reasons: end.kind === "failed" ? o.reasons : null });
  if (trace.length > 0) record.trace = trace;
  return withLinks(s.parts.world, p.task, record);
}

/** Inputs with their identities at the start; files that it rewrites as it left them. */
function inputsAfter(w: Workshop, { task, inputs }: Prepared): readonly Seen[] {
  if (task.inout.length === 0) return inputs;
  return inputs.map((seen): Seen => (task.inout.includes(seen[0]) ? [seen[0], w.situation.parts.world.input(seen[0])] : seen));
}

/** The problem as data in one text; null: there was none. */
function errorText(w: Workshop, { index, tainted }: Attempted, { prepared: { task }, trace }: Concluded, end: Outcome): string | null {
  switch (end.kind) {
    case "ran":
    case "interrupted":
      return null;
    case "failed":
    case "retry":
      return problemText(w.situation.parts.graph, index, end.problem, trace);
    case "tainted":
      return JSON.stringify({ code: "input-kept-changing", task: task.name, path: end.path, ...(tainted ? {} : { once: true }), ...(end.taken === true ? { taken: true } : {}) } satisfies TaskProblem);
  }
}
