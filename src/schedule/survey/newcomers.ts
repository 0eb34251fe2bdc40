// What tasks that are still open may add to a task's inputs. Decides no staleness.
import { CONTENT, type Graph } from "../../model/graph.ts";
import type { FilePath } from "../../model/path.ts";
import { staticPrefix } from "../../model/pattern.ts";
import type { Newcomer } from "../../staleness/judge.ts";
import { declares } from "../../staleness/match.ts";
import { mayMeet } from "../../staleness/outputs.ts";
import { mayLeaveList, openLists, type Waits } from "./awaited.ts";

/** What is open now, and the situation it is asked about. */
interface Standing {
  readonly pending: Uint8Array;
  readonly parts: { readonly graph: Graph; readonly skipped: Uint8Array; readonly waits?: Waits };
}

/** What open tasks may add to the files that the task's patterns and folders match. */
export function newcomersOf(s: Standing, task: number, files: readonly FilePath[]): Newcomer[] {
  const { pending, parts: { graph, skipped } } = s;
  const declared = graph.task(task);
  const found: Newcomer[] = openLists({ graph, pending }, task).map((source) => ({ task: source }));
  const { from } = declared.each ?? {};
  if (from !== undefined && mayLeaveList({ graph, pending }, task)) found.push({ task: from });
  for (const { maker, path } of s.parts.waits?.get(task) ?? []) if (pending[maker] === 1) found.push({ task: graph.name(maker), path });
  let there: Set<string> | null = null;
  for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
    const need = graph.needs[e]!;
    if (graph.needKinds[e] !== CONTENT || pending[need] === 0 || skipped[need] === 1) continue;
    for (const output of graph.task(need).outputs) {
      if (output.kind === "file") {
        there ??= new Set(files);
        if (!there.has(output.path) && declares(declared, output.path)) found.push({ task: graph.name(need), path: output.path });
      } else if (declared.inputs.some((spec) => spec.kind !== "not" && mayMeet(spec.kind === "file" ? spec.path : staticPrefix(spec.pattern), output))) {
        found.push({ task: graph.name(need), path: output.kind === "tree" ? output.path : (output.pattern as FilePath) });
      }
    }
  }
  return found;
}
