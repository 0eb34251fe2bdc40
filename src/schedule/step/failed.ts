// What the record of a failed task holds besides the problem: parts of the declaration that are not in the key but may still
// affect how a run ends (`retries`, a pool, an order), and what its function asked for in vain. Runs nothing.
import { makerNotBefore } from "../../graph/before.ts";
import type { Graph } from "../../model/graph.ts";
import type { TaskProblem } from "../../model/problem.ts";
import { UNMADE, type Asked } from "../../model/question.ts";
import { TASK_DEFAULTS, type Task } from "../../model/task.ts";
import { digestText } from "../../staleness/digest.ts";
import { hookText } from "../../staleness/parts.ts";

const LOOSE: readonly (keyof Task & keyof typeof TASK_DEFAULTS)[] = ["allowFailure", "console", "deadlineMs", "deps", "after", "drift", "isolated", "onFail", "pool", "priority", "rate", "resources", "retries", "timeoutMs"];

interface Beside {
  readonly declared?: string;
  /** The questions. */
  readonly vain?: readonly string[];
}

/** The problem as data in one text; report/ turns it back into a sentence. `trace`: what its function asked. */
export function problemText(graph: Graph, task: number, problem: TaskProblem, trace: readonly Asked[] = []): string {
  const declared = looseText(graph, task);
  const vain = [...new Set(trace.filter(([, answer]) => answer === UNMADE).map(([question]) => question))];
  return JSON.stringify({ ...problem, ...(declared === "" ? {} : { declared }), ...(vain.length === 0 ? {} : { vain }) } satisfies TaskProblem & Beside);
}

/** Whether the task failed when something was declared differently. */
export function isRedeclared(graph: Graph, task: number, error: string): boolean {
  const { declared = "", ...problem } = JSON.parse(error) as TaskProblem & Beside;
  return declared !== looseText(graph, task) || (problem.code === "undeclared-order" && makerNotBefore(graph, task, problem.path) !== problem.producer);
}

/** The problem in the text, without the rest. */
export function problemIn(error: string): TaskProblem {
  const { declared: _, vain: __, ...problem } = JSON.parse(error) as TaskProblem & Beside;
  return problem as TaskProblem;
}

/** What its function asked for and was not made. */
export function askedInVain(error: string): readonly string[] {
  return (JSON.parse(error) as Beside).vain ?? [];
}

/** Empty if everything is as for most tasks. */
function looseText(graph: Graph, index: number): string {
  const task = graph.task(index);
  const { pools, resources } = graph.settings;
  const said = LOOSE.flatMap((field) => {
    const text = JSON.stringify(task[field]);
    return text === JSON.stringify(TASK_DEFAULTS[field]) ? [] : [[field, text]];
  });
  if (task.before !== null) said.push(["before", hookText(task.before)]);
  if (task.pool !== "") said.push(["pools", JSON.stringify(pools[task.pool] ?? null)]);
  for (const name of Object.keys(task.resources)) said.push(["resources", name, String(resources[name])]);
  return said.length === 0 ? "" : digestText(JSON.stringify(said));
}
