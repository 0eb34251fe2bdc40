// What is blocked, and may not stay so: what a build learns of a list may take away what stands between a task and the
// failure above it. Asks the plan and the graph; moves nothing.
import { listsOver } from "../graph/needs.ts";
import { VALIDATE, type Graph } from "../model/graph.ts";
import { isComing, type Plan } from "./plan.ts";

/**
 * Makers of lists that are still to be made, without whose instances a blocked task would be free. Empty: it is not blocked, or
 * will stay so, because there is another way to a failure or since nothing starts any more.
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
