// tg results and trace: values returned by functions, and one key through all families. Reads records; runs nothing.
import { instancesOf } from "../graph/family.ts";
import { bad, good, type Result } from "../model/problem.ts";
import { suggest } from "../model/suggest.ts";
import { goodValue } from "../model/state.ts";
import type { TaskName } from "../model/task.ts";
import { openDigest } from "../staleness/digest.ts";
import type { ResultsCommand, TraceCommand } from "./words/commands.ts";
import { runsNothing, taskNamed } from "./one.ts";
import { wantsOf } from "./words/wants.ts";
import type { Doors } from "./doors.ts";
import { openProject } from "./project/project.ts";
import { statusOf, type TaskStatus } from "./status.ts";

export interface StoredValue {
  readonly task: TaskName;
  /** JSON text. */
  readonly value: string;
}

export interface Results {
  /** The requested task or family; null: all. */
  readonly asked: { readonly name: string; readonly family: boolean } | null;
  /** In the order of the config. */
  readonly values: readonly StoredValue[];
}

/** Values of runs that ended well, of one task or family if named. */
export async function results(doors: Doors, command: ResultsCommand): Promise<Result<Results>> {
  const opened = await openProject(doors, { ...command, readonly: true });
  if (!opened.ok) return opened;
  const { graph, store } = opened.value;
  await openDigest();
  const valuesOf = (tasks: readonly number[]): StoredValue[] =>
    tasks.flatMap((task): StoredValue[] => {
      const value = goodValue(store.get(graph.name(task)));
      return value === null ? [] : [{ task: graph.name(task), value }];
    });
  const every = Array.from({ length: graph.count }, (_, task) => task).filter((task) => !graph.isBarrier(task));
  if (command.task === null) return good({ asked: null, values: valuesOf(every) });
  const found = taskNamed(opened.value, command.task, command.standsIn);
  if (!found.ok) return found;
  const index = found.value;
  const family = graph.isBarrier(index) && graph.task(index).family !== undefined;
  const values = valuesOf(family ? instancesOf(graph, index) : [index]);
  if (values.length === 0 && !family) return bad([graph.isBarrier(index) ? runsNothing(graph, index, "value") : { code: "no-value", task: graph.name(index), ran: store.get(graph.name(index))?.status === "ok" }]);
  return good({ asked: { name: graph.name(index), family }, values });
}

/** Every instance with this key, in graph order, judged as `status` does. */
export async function trace(doors: Doors, command: TraceCommand): Promise<Result<readonly TaskStatus[]>> {
  const answer = await statusOf(doors, wantsOf(command, { ...command, all: true }), "all");
  if (!answer.ok) return answer;
  const found = answer.value.tasks.filter(({ each }) => each?.key === command.key);
  if (found.length > 0) return good(found);
  const keys = new Set(answer.value.tasks.flatMap(({ each }) => (each === undefined ? [] : [each.key])));
  return bad([{ code: "unknown-key", key: command.key, suggestion: suggest(command.key, keys) }]);
}
