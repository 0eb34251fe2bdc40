// What unsuccessful tasks were tried with: any later difference is a reason to try again. Runs nothing.
import { neededTask } from "../../graph/needs.ts";
import type { FilePath } from "../../model/path.ts";
import { DiskError } from "../../model/ports.ts";
import { questionOf, UNMADE, type Asked } from "../../model/question.ts";
import { ABSENT, MOVED, type Identity, type Reason, type Seen, type TaskRecord } from "../../model/state.ts";
import { housePath } from "../survey/answers.ts";
import { takenNow } from "../survey/lost.ts";
import { foldersNow, inputsNow, ownHashes, type Prepared } from "./prepare.ts";
import type { Situation } from "../survey/situation.ts";
import { isIntermediate } from "./verify.ts";
import type { Workshop } from "./workshop.ts";

type Tried = Pick<TaskRecord, "inputs" | "discovered" | "upstream">;

/** For a task that could not even start: everything it would have been judged by, as it is now. Empty if the disk cannot tell. */
export function refusedWith(w: Workshop, index: number, before: TaskRecord): Partial<TaskRecord> {
  const s = w.situation;
  try {
    const gathered = s.gather(index);
    const { subject: c, key } = s.keyed(index, gathered);
    const inputs = inputsNow(s, gathered);
    return {
      key: key ?? "", parts: c.parts, inputs, folders: foldersNow(s, gathered), custom: ownHashes(c, inputs),
      discovered: before.discovered.map(([path]): Seen => [path, s.identity(path)]),
      ...takenNow(c.consumed),
    };
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    return {};
  }
}

/** For a failed run: what it read, and what an earlier run is known to have discovered, unless it changed meanwhile. `reasons`: why it ran. */
export function failedWith(w: Workshop, p: Prepared, reasons: readonly Reason[]): Tried {
  const s = w.situation;
  const triedFor = new Set<string | undefined>(reasons.flatMap(({ subject, old }) => (old === MOVED ? [subject] : [])));
  const hasGone = (path: FilePath): boolean => w.renewals.heard && !triedFor.has(path);
  const asTried = ([path, was]: Seen): Seen => [path, p.task.inout.includes(path) || !hasMoved(s, [path, was], hasGone) ? was : MOVED];
  return {
    inputs: p.inputs.map(asTried),
    discovered: (p.case.record?.discovered ?? []).map(([path]) => asTried([path, s.identity(path)])),
    upstream: p.case.consumed.outputs.map(({ path, identity }) => (/^[fx]/.test(identity) ? asTried([path, identity]) : [path, identity])),
  };
}

/**
 * The same for what its function asked and was told. A failure over something that could not be made is no reason to make that
 * first. `reasons`: why it ran; null: it did not fail.
 */
export function askedWith(w: Workshop, task: number, { trace, reasons }: { readonly trace: readonly Asked[]; readonly reasons: readonly Reason[] | null }): readonly Asked[] {
  const told = trace.filter(([, answer]) => answer !== UNMADE);
  if (reasons === null) return told;
  const s = w.situation;
  const triedFor = new Set(reasons.flatMap(({ code, subject, old }) => (code === "need-changed" && old === MOVED ? [subject] : [])));
  return told.map(([text, answer]) => [text, seenFor(s, task, [text, answer]).some((seen) => hasMoved(s, seen, () => w.renewals.heard && !triedFor.has(text))) ? MOVED : answer]);
}

/** The files that an answer is about, as reported to the function. */
function seenFor(s: Situation, task: number, [text, answer]: Asked): readonly Seen[] {
  const question = questionOf(text);
  if (question.kind !== "need") return [];
  const { graph } = s.parts;
  const need = neededTask(graph, question.target);
  if (need < 0 || graph.name(need) !== question.target) return [[housePath(s, question.target), answer as Identity]];
  return need === task ? [] : (s.record(need)?.outputs ?? []).filter(([, identity]) => /^[fx]/.test(identity));
}

/** Whether an intermediate has changed or was removed. Its reader may delete it, and so may others; in a watch, where nothing restarts the task, it is tried once more. */
function hasMoved(s: Situation, [path, was]: Seen, hasGone: (path: FilePath) => boolean): boolean {
  const { world } = s.parts;
  world.forget(path);
  if (was !== ABSENT && world.input(path) === ABSENT && isIntermediate(s, path)) return hasGone(path);
  return s.identity(path) !== was;
}
