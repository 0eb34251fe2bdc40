// What a task that exited 0 has read: discovered inputs, whether their makers ran before, and whether anything changed meanwhile.
// Runs nothing.
import type { FilePath } from "../model/path.ts";
import type { TaskProblem } from "../model/problem.ts";
import type { Asked } from "../model/question.ts";
import type { Seen } from "../model/state.ts";
import type { StoredRun } from "../model/stored.ts";
import { movedSince } from "./answers.ts";
import { discoveredInputs, discoveryOf, foundNow, undeclaredOrder, youngDiscovery } from "./discovery.ts";
import { behindLinks, withBehind } from "./linked.ts";
import type { Prepared } from "./prepare.ts";
import { checkInputs } from "./verify.ts";
import type { Workshop } from "./workshop.ts";

export type InputsSeen =
  | TaskProblem
  /** One that changed while the task ran. */
  | { readonly moved: FilePath; readonly rewritten: readonly FilePath[] | undefined }
  /** `named`: what the depfile names; `discovered`: with what declared inputs behind links lead to; `rewritten`: see `checkInputs`. */
  | { readonly named: readonly Seen[]; readonly discovered: readonly Seen[]; readonly rewritten: readonly FilePath[] | undefined };

export interface SeenBy {
  readonly prepared: Prepared;
  /** The filesystem's clock at the start. */
  readonly startedMs: number;
  /** The earlier run that was restored instead of running. */
  readonly kept: StoredRun | null;
  /** What its function asked. */
  readonly trace: readonly Asked[];
}

export function inputsSeen(w: Workshop, index: number, { prepared: p, startedMs, kept, trace }: SeenBy): InputsSeen {
  const found = kept === null ? discoveredInputs(w, index, p) : { ok: true as const, value: foundNow(w, kept.discovered) };
  if (!found.ok) return found.problem;
  const discovery = discoveryOf(w, found.value, { task: index, trace });
  const order = undeclaredOrder(w, index, discovery);
  if (order !== null) return order;
  const { moved: input, rewritten } = checkInputs(w.situation, index, p);
  const moved = input ?? movedSince(w.situation, index, trace) ?? youngDiscovery(w, discovery, { index, startedMs });
  return moved !== null ? { moved, rewritten } : { named: found.value.seen, discovered: withBehind(found.value.seen, behindLinks(w, index, p)), rewritten };
}
