// The stored graph as a Graph again: columns as they are, declarations decoded when asked for. Knows no store.
import type { Frozen } from "../model/frozen.ts";
import type { Graph } from "../model/graph.ts";
import type { FilePath } from "../model/path.ts";
import { parentOf } from "../model/path.ts";
import { matcherOf } from "../model/pattern.ts";
import type { FileTable } from "../model/table.ts";
import type { Task } from "../model/task.ts";
import { makeGraph } from "./graph.ts";

export function thawGraph(frozen: Frozen, table: FileTable): Graph {
  const tasks = new Array<Task | undefined>(frozen.count);
  const trees = new Map(frozen.meta.trees);
  return makeGraph({
    count: frozen.count,
    default: frozen.meta.default,
    jobs: frozen.meta.jobs,
    settings: frozen.meta.settings,
    spareParams: frozen.meta.spareParams,
    stateDir: frozen.meta.stateDir as FilePath,
    name: (task) => frozen.name(task),
    indexOf: (name) => frozen.indexOf(name),
    task: (task) => (tasks[task] ??= frozen.task(task)),
    isBarrier: (task) => frozen.isBarrier(task),
    familyOf: (task) => frozen.familyOf(task),
    needStart: frozen.needStart,
    needs: frozen.needs,
    needKinds: frozen.needKinds,
    order: frozen.order,
    producerOf: (path) => {
      const row = table.find(path);
      const owner = row >= 0 && row < frozen.owners.length ? frozen.owners[row]! : 0;
      if (owner > 0) return owner - 1;
      if (trees.size > 0) {
        for (let dir = path as FilePath; dir !== "" && dir !== "/"; dir = parentOf(dir)) {
          const tree = trees.get(dir);
          if (tree !== undefined) return tree;
        }
      }
      for (const [pattern, task] of frozen.meta.patterns) if (matcherOf(pattern)(path)) return task;
      return -1;
    },
  });
}
