// Looks at the inputs of all tasks about to be judged at once: one loop takes their stats, and several threads hash them. Looks
// at nothing that judging would not look at anyway. Decides nothing.
import { KIND } from "../../model/table.ts";
import { digestReady } from "../../staleness/digest.ts";
import { lookAll, lookAtRows } from "../../staleness/renew.ts";
import type { Situation } from "./situation.ts";
import type { Stirred } from "./trust.ts";

/** Does nothing before the hash is open. */
export function lookFirst(s: Situation, stirred: Stirred): void {
  if (!digestReady()) return;
  const { graph, world } = s.parts;
  const tasks = certain(s, stirred);
  const named: number[] = [];
  const namedBy: number[] = [];
  const matching = new Set<number>();
  for (const task of tasks) {
    for (const spec of graph.task(task).inputs) {
      if (spec.kind === "glob") matching.add(task);
      else if (spec.kind === "file") namedBy[named.push(world.table.idOf(spec.path)) - 1] = task;
    }
  }
  lookAtRows(world, named);
  // A literal input may be a folder, which stands for the files in it.
  const { kind } = world.table.columns;
  for (let i = 0; i < named.length; i++) if (kind[named[i]!] !== KIND.file) matching.add(namedBy[i]!);
  lookAll(world, [...matching].flatMap((task) => s.matched(task)));
}

/** The wanted tasks that will be judged whatever the verdicts of others are. */
function certain({ parts: { graph, memo, wanted } }: Situation, stirred: Stirred): number[] {
  if (memo === null) return Array.from(graph.order).filter((task) => wanted[task] === 1);
  const found = new Set(stirred.all());
  for (let task = memo.settled.indexOf(0); task >= 0; task = memo.settled.indexOf(0, task + 1)) found.add(task);
  return [...found].filter((task) => wanted[task] === 1);
}
