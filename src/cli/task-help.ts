// tg COMMAND TASK --help: what a task reads, makes and takes. Judges nothing.
import { hasInstances, listSource } from "../graph/family.ts";
import type { Graph } from "../model/graph.ts";
import { good, type Result } from "../model/problem.ts";
import type { TaskHelpRow } from "../report/task-help.ts";
import { choose } from "./choose.ts";
import type { HelpCommand } from "./words/commands.ts";
import type { Doors } from "./doors.ts";
import { listed } from "./list.ts";
import { openProject } from "./project/project.ts";
import { wantsOf } from "./words/wants.ts";

/** The task that makes the list of a family whose instances are not known yet. */
function unmade(graph: Graph, task: number): Pick<TaskHelpRow, "listFrom"> {
  const source = !hasInstances(graph, task) ? listSource(graph, task) : -1;
  return source < 0 ? {} : { listFrom: graph.name(source) };
}

/** The named tasks, in config order. */
export async function taskHelp(doors: Doors, command: HelpCommand): Promise<Result<readonly TaskHelpRow[]>> {
  const opened = await openProject(doors, { ...command, readonly: true });
  if (!opened.ok) return opened;
  const { graph } = opened.value;
  const chosen = await choose(doors, opened.value, wantsOf(command, { targets: command.targets }));
  if (!chosen.ok) return chosen;
  const tasks: TaskHelpRow[] = [];
  for (let task = 0; task < graph.count; task++) {
    if (chosen.value.named[task] === 1) tasks.push({ ...listed(graph, task), params: graph.task(task).params, ...unmade(graph, task) });
  }
  return good(tasks);
}
