// Extends a linked graph by the instances of a new list: the same tasks at the same indices, new ones after them. Also checks
// the order required of tasks that read what instances make. Knows no lists.
import { CONTENT, VALIDATE, type Graph } from "../model/graph.ts";
import type { LinkProblem } from "../model/problem.ts";
import { TASK_DEFAULTS, type Project, type Task, type TaskName } from "../model/task.ts";
import { usersOf, type Edges } from "./graph.ts";

/** Takes the place of an instance that its list no longer has, so that the indices of the others stay. */
function gone(index: number): Task {
  return { ...TASK_DEFAULTS, name: `\u0000gone ${index}` as TaskName, action: null };
}

export function isGone(name: TaskName): boolean {
  return name.startsWith("\u0000");
}

/** `fresh`: the project as the config makes it now. Everything but these families stays as it was. */
export function grownTasks(graph: Graph, fresh: Project, families: ReadonlySet<string>): Task[] {
  const made = new Map<string, Task>();
  for (const task of fresh.tasks) {
    const family = task.each?.family ?? (task.family === undefined ? undefined : task.name);
    if (family !== undefined && families.has(family)) made.set(task.name, task);
  }
  const tasks: Task[] = [];
  for (let index = 0; index < graph.count; index++) {
    const task = graph.task(index);
    const family = task.each?.family ?? (task.family === undefined ? undefined : task.name);
    tasks.push(family === undefined || !families.has(family) ? task : (made.get(task.name) ?? gone(index)));
    made.delete(task.name);
  }
  for (const task of made.values()) tasks.push(task);
  return tasks;
}

/** Tasks as the config would list them: without the placeholders of removed ones, instances before their family. */
export function settledTasks(graph: Graph): Task[] {
  const tasks: Task[] = [];
  for (let index = 0; index < graph.count; index++) {
    const task = graph.task(index);
    if (isGone(task.name) || task.each?.from !== undefined) continue;
    if (task.family?.from !== undefined) for (const dep of task.deps) tasks.push(graph.task(graph.indexOf(dep.target)));
    tasks.push(task);
  }
  return tasks;
}

/** A task that reads what an instance makes must wait for the list by something declared: in a clean build the instance does not exist yet. */
export function unorderedReaders(tasks: readonly Task[], edges: Edges, indexOf: (name: string) => number): LinkProblem[] {
  const problems: LinkProblem[] = [];
  const users = usersOf(edges);
  tasks.forEach((family, index) => {
    const source = family.family?.from === undefined ? -1 : indexOf(family.family.from.task);
    if (source < 0) return;
    const own = (task: number): boolean => tasks[task]!.each?.family === family.name;
    const waits = new Uint8Array(tasks.length);
    waits[source] = 1;
    const stack = [source];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      for (let e = users.start[at]!; e < users.start[at + 1]!; e++) {
        const user = users.users[e]!;
        if (users.kinds[e] === VALIDATE || waits[user] === 1 || (own(at) && user !== index)) continue;
        waits[user] = 1;
        stack.push(user);
      }
    }
    for (let user = 0; user < tasks.length; user++) {
      if (waits[user] === 1) continue;
      for (let e = edges.needStart[user]!; e < edges.needStart[user + 1]!; e++) {
        if (edges.needKinds[e] !== CONTENT || !own(edges.needs[e]!)) continue;
        problems.push({ code: "foreach-order", task: tasks[user]!.name, family: family.name, instance: tasks[edges.needs[e]!]!.name, at: tasks[user]!.at });
        break;
      }
    }
  });
  return problems;
}
