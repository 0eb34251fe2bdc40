// Which tasks have a path among their declared inputs, to tell users who ask for a source file as a target where it is used.
// Knows no disk: a pattern may match a name whether or not the file exists.
import type { Graph } from "../model/graph.ts";
import { isBelow, type FilePath } from "../model/path.ts";
import { matcherOf, negates } from "../model/pattern.ts";
import type { Task, TaskName } from "../model/task.ts";

/** Tasks that name the path literally. */
export function namingTasks(graph: Graph, path: FilePath): readonly TaskName[] {
  return tasksBy(graph, (task) => task.stdin === path || task.inout.includes(path) || task.inputs.some((spec) => spec.kind === "file" && spec.path === path));
}

/** Tasks whose patterns or folders match it. A bare word counts as a path only if a task names it. */
export function takingTasks(graph: Graph, path: FilePath): readonly TaskName[] {
  return /[./]/.test(path) ? tasksBy(graph, (task) => takes(task, path)) : [];
}

function tasksBy(graph: Graph, is: (task: Task) => boolean): TaskName[] {
  const found: TaskName[] = [];
  for (let i = 0; i < graph.count; i++) if (is(graph.task(i))) found.push(graph.name(i));
  return found;
}

function takes({ inputs }: Task, path: FilePath): boolean {
  let taken = false;
  for (const [i, spec] of inputs.entries()) {
    if (spec.kind === "not") continue;
    if (spec.kind === "file" ? !isBelow(path, spec.path) : !matcherOf(spec.pattern, { dot: spec.dot })(path)) continue;
    taken ||= !inputs.some((not, at) => at > i && not.kind === "not" && (not.since ?? 0) <= i && negates(not.pattern, path));
  }
  return taken;
}
