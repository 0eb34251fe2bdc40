// Reports what is wrong with a graph in which some tasks are faulty: only problems those tasks cannot have caused. Pure.
import type { Problem } from "../model/problem.ts";
import type { Project, Task, TaskName } from "../model/task.ts";
import { linkGraph } from "./link.ts";

/** A faulty task may be the one that makes the first wait for the second. */
const DOUBTFUL: ReadonlySet<Problem["code"]> = new Set(["foreach-order", "output-below-file"] as const);

/** `problems`: faults of the project's tasks themselves. Reported together with the rest, so that everything is reported at once. */
export function problemsOfRest(project: Project, problems: readonly Problem[]): readonly Problem[] {
  const faulty = new Set(problems.flatMap((problem) => ("task" in problem && problem.task !== null && problem.task !== undefined ? [familyIn(problem.task)] : [])));
  // The problem does not say whose function threw.
  const hasThrown = problems.some(({ code }) => code === "config-throws");
  const isFaulty = (task: Task): boolean => faulty.has(familyIn(task.name)) || (task.family?.from !== undefined && faulty.has(familyIn(task.family.from.task))) || (task.each?.from !== undefined && faulty.has(familyIn(task.each.from)));
  for (const { name } of project.tasks.filter(isFaulty)) faulty.add(familyIn(name));
  const linked = linkGraph({ ...project, tasks: project.tasks.filter((task) => !faulty.has(familyIn(task.name))) });
  if (linked.ok) return [];
  return linked.problems.filter((problem) => !DOUBTFUL.has(problem.code) && !(problem.code === "unknown-dep" && mayBeMade(problem.target)));

  /** A path may be an output of an omitted task, or of what a family's callback would have declared had it not thrown. */
  function mayBeMade(target: string): boolean {
    return faulty.has(familyIn(target)) || (hasThrown && target.includes("[")) || ((hasThrown || faulty.size > 0) && /[./]/.test(target));
  }
}

/** The name before the brackets of an instance. */
function familyIn(name: string): TaskName {
  const at = name.indexOf("[");
  return (at < 0 ? name : name.slice(0, at)) as TaskName;
}
