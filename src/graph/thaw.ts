// Turns the stored graph back into a Graph: columns as they are, declarations decoded on demand. Knows no store.
import type { Frozen } from "../model/frozen.ts";
import type { Graph } from "../model/graph.ts";
import type { FilePath } from "../model/path.ts";
import type { FileTable } from "../model/table.ts";
import type { Task } from "../model/task.ts";
import { makeGraph } from "./graph.ts";
import { emptyMakers, enterMade, producerIn, type Makers } from "./makers.ts";
import { createReach, tasksOf, type Reach } from "./reach.ts";

export function thawGraph(frozen: Frozen, table: FileTable): Graph {
  const tasks = new Array<Task | undefined>(frozen.count);
  const regions = frozen.meta.trees.length + frozen.meta.patterns.length;
  let makers: Makers | null = null;
  let reach: Reach | null = null;
  const reached = (): Reach => (reach ??= createReach(withFiles(makersOf(frozen), frozen, table)));
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
    forget: () => void tasks.fill(undefined),
    isBarrier: (task) => frozen.isBarrier(task),
    familyOf: (task) => frozen.familyOf(task),
    isTemp: (task) => frozen.isTemp(task),
    isOrdinary: (task) => frozen.isOrdinary(task),
    hasTemps: () => frozen.hasTemps(),
    taskCount: () => frozen.taskCount(),
    barriers: () => frozen.barriers(),
    limited: () => frozen.limited(),
    needStart: frozen.needStart,
    needs: frozen.needs,
    needKinds: frozen.needKinds,
    order: frozen.order,
    producerOf: (path) => {
      const row = table.find(path);
      const owner = row >= 0 && row < frozen.owners.length ? frozen.owners[row]! : 0;
      if (owner > 0) return owner - 1;
      return regions === 0 ? -1 : producerIn((makers ??= makersOf(frozen)), path as FilePath);
    },
    makersFor: (pattern) => tasksOf(reached().byPattern(pattern, false)),
    isMadeFolder: (path) => reached().isFolder(path as FilePath),
  });
}

/** Trees and patterns as in the linked graph; literal files have their owners by row. */
function makersOf({ meta }: Frozen): Makers {
  const makers = emptyMakers();
  for (const [path, task] of meta.trees) enterMade(makers, { kind: "tree", path: path as FilePath, task });
  for (const [path, task] of meta.patterns) enterMade(makers, { kind: "glob", path: path as FilePath, task });
  return makers;
}

function withFiles(makers: Makers, { owners }: Frozen, table: FileTable): Makers {
  for (let row = 0; row < owners.length; row++) if (owners[row]! > 0) makers.files.set(table.pathOf(row), owners[row]! - 1);
  return makers;
}
