// The one task that a word names: by its name, or by a file it makes, relative to the person's folder. Judges nothing.
import { selectTargets } from "../graph/select.ts";
import type { Graph } from "../model/graph.ts";
import { toFilePath } from "../model/path.ts";
import { bad, good, type Problem, type Result } from "../model/problem.ts";
import { suggest } from "../model/suggest.ts";
import { insideWords } from "./inside.ts";
import type { OpenProject } from "./project/project.ts";

export function taskNamed({ graph, disk, root }: OpenProject, word: string, standsIn: string): Result<number> {
  const exact = graph.indexOf(word);
  if (exact >= 0) return good(exact);
  const chosen = selectTargets(graph, insideWords([word], { graph, disk, root, standsIn }), { skip: [], from: toFilePath(standsIn, root), root });
  if (!chosen.ok) return chosen;
  const { named } = chosen.value;
  const task = named.indexOf(1);
  return task >= 0 && named.indexOf(1, task + 1) < 0 ? good(task) : bad([{ code: "unknown-target", target: word, suggestion: suggest(word, Array.from(named.keys()).filter((at) => named[at] === 1).map((at) => graph.name(at))) }]);
}

/** A barrier was asked for its log or value. */
export function runsNothing(graph: Graph, barrier: number, what: "log" | "value"): Problem {
  const needs = graph.needs.subarray(graph.needStart[barrier]!, graph.needStart[barrier + 1]!);
  const joined = needs.find((need) => !graph.isBarrier(need));
  return { code: "runs-nothing", task: graph.name(barrier), what, joined: joined === undefined ? null : graph.name(joined) };
}
