// Blocked tasks that may be freed: a list that is made later may remove what connects a task with the failure upstream. Queries
// the plan and the graph; moves nothing.
import { listsOver } from "../../graph/needs.ts";
import { VALIDATE, type Graph } from "../../model/graph.ts";
import { isComing, type Plan } from "./plan.ts";

/**
 * Makers of lists still to be made without whose instances a blocked task would be free. Empty: it is not blocked, or it stays
 * so, because there is another path to a failure or nothing starts any more.
 */
export function listsThatMayFree(plan: Plan, graph: Graph, blocked: number): number[] {
  if (plan.isStopping() || plan.placeOf(blocked) !== "blocked") return [];
  const lists = new Set<number>();
  const seen = new Set([blocked]);
  for (const task of seen) {
    const open = listsOver(graph, [task]).filter((list) => isComing(plan, list));
    for (const list of open) lists.add(list);
    if (open.length > 0) continue;
    for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
      if (graph.needKinds[e] === VALIDATE) continue;
      const place = plan.placeOf(graph.needs[e]!);
      if (place === "failed" && !plan.isAllowed(graph.needs[e]!)) return [];
      if (place === "blocked") seen.add(graph.needs[e]!);
    }
  }
  return [...lists];
}
