// tg list, graph, logs and info: questions about the graph and the records. Nothing is judged except for a picture's colours.
import fs from "node:fs";
import { usersOf } from "../graph/graph.ts";
import { pictureOf, type PictureFormat } from "../graph/picture.ts";
import { isService } from "../graph/services.ts";
import type { Graph } from "../model/graph.ts";
import { absoluteOf } from "../model/path.ts";
import { writtenAs } from "../model/pattern.ts";
import { bad, good, type Result } from "../model/problem.ts";
import { suggest } from "../model/suggest.ts";
import type { TaskRecord, TaskState } from "../model/state.ts";
import type { RunTask } from "../model/run.ts";
import type { InfoText, ListRow } from "../report/list.ts";
import { outputText, type Task, type TaskName } from "../model/task.ts";
import { openDigest } from "../staleness/digest.ts";
import type { GraphCommand, InfoCommand, ListCommand, LogsCommand } from "./words/commands.ts";
import { follow, type Listener } from "./follow.ts";
import { logPath } from "./names.ts";
import { wantsOf } from "./words/wants.ts";
import type { Doors } from "./doors.ts";
import { runsNothing, taskNamed } from "./one.ts";
import { openProject, type OpenProject } from "./project/project.ts";
import { placeOf } from "./project/place.ts";
import { readRuns } from "./past/run-files.ts";
import { readLog } from "./past/run-logs.ts";
import { statusOf } from "./status.ts";

export async function list(doors: Doors, command: ListCommand): Promise<Result<{ tasks: readonly ListRow[] }>> {
  const opened = await openProject(doors, { ...command, readonly: true });
  if (!opened.ok) return opened;
  const { graph } = opened.value;
  const users = usersOf(graph);
  const tasks: ListRow[] = [];
  for (let task = 0; task < graph.count; task++) {
    const source = graph.needStart[task] === graph.needStart[task + 1];
    const sink = users.start[task] === users.start[task + 1];
    if ((command.show === "sources" && !source) || (command.show === "sinks" && !sink)) continue;
    tasks.push(listed(graph, task));
  }
  return good({ tasks });
}

export function listed(graph: Graph, index: number): ListRow {
  const task = graph.task(index);
  const needs = new Set<string>();
  for (let e = graph.needStart[index]!; e < graph.needStart[index + 1]!; e++) needs.add(graph.name(graph.needs[e]!));
  return {
    name: task.name, description: task.description, tags: task.tags, deprecated: task.deprecated,
    inputs: inputTexts(task), outputs: outputTexts(task), deps: task.deps.map((dep) => dep.target), needs: [...needs],
    ...(task.service === null ? {} : { service: true as const }),
    ...(task.each === undefined ? {} : { each: task.each }),
  };
}

function inputTexts(task: Task): string[] {
  const texts = task.inputs.map((spec) => (spec.kind === "not" ? "!" + spec.pattern : spec.kind === "glob" ? writtenAs(spec) : spec.path));
  return [...texts, ...task.inout];
}

function outputTexts(task: Task): string[] {
  return [...task.outputs.map(outputText), ...task.inout];
}

/** The picture as text. Colours need judging; a graph whose inputs are missing is drawn without them. */
export async function graphPicture(doors: Doors, command: GraphCommand & { readonly format: PictureFormat }): Promise<Result<string>> {
  const answer = await statusOf(doors, wantsOf(command, { ...command, unnamed: true, all: command.targets.length === 0 }), "all");
  if (!answer.ok) return answer;
  const { graph } = answer.value.stage.project;
  const states = new Map<number, TaskState>();
  const wanted = new Uint8Array(graph.count);
  for (const { task, state } of answer.value.tasks) {
    states.set(task, state);
    wanted[task] = 1;
  }
  return good(pictureOf(graph, { format: command.format, states: (task) => states.get(task) ?? null, ...(command.targets.length === 0 ? {} : { wanted }) }));
}

export interface TaskLog {
  readonly task: string;
  /** A service runs until it is stopped: its record is that of its last start. */
  readonly service: boolean;
  readonly record: TaskRecord | null;
  /** Absolute path. */
  readonly file: string;
  /** All of it was passed on while the task ran. */
  readonly followed: boolean;
}

/** `to`: receives the task's output while it runs. */
export async function logs(doors: Doors, command: LogsCommand, to: Listener): Promise<Result<TaskLog | RunTaskLog>> {
  const opened = await openProject(doors, { ...command, readonly: true });
  if (!opened.ok) return opened;
  const { graph, root } = opened.value;
  const task = taskNamed(opened.value, command.task, command.standsIn);
  // A past run may have tasks that no longer exist.
  if (command.run !== null) return logOfRun(opened.value, command.run, task.ok ? graph.name(task.value) : command.task);
  if (!task.ok) return task;
  const name = graph.name(task.value);
  await openDigest();
  const file = absoluteOf(logPath(graph.stateDir, name), root);
  const followed = command.follow && (await follow(doors, opened.value, { task: name, file }, to));
  const store = followed ? doors.openStore(opened.value.stateDir, placeOf(doors, opened.value.file, root).suffix) : opened.value.store;
  const record = store.get(name);
  if (record === null && !fs.existsSync(file)) return bad([graph.isBarrier(task.value) ? runsNothing(graph, task.value, "log") : { code: "no-log", task: name }]);
  return good({ task: name, service: isService(graph, task.value), record, file, followed });
}

export interface RunTaskLog {
  readonly run: string;
  /** Its last end in that run. */
  readonly ended: RunTask;
  /** null: no longer kept. */
  readonly text: Buffer | null;
}

function logOfRun({ disk, graph }: OpenProject, id: string, task: string): Result<RunTaskLog> {
  const dir = `${graph.stateDir}/runs`;
  const all = readRuns(disk, dir, Infinity);
  const run = all.find((one) => one.id === id);
  if (run === undefined) return bad([{ code: "unknown-run", run: id, suggestion: suggest(id, all.map((one) => one.id)) }]);
  const ended = run.tasks.findLast((one) => one.task === task);
  if (ended === undefined) return bad([{ code: "not-in-run", run: id, task: task as TaskName, suggestion: suggest(task, run.tasks.map((one) => one.task)) }]);
  return good({ run: id, ended, text: ended.log === undefined ? Buffer.alloc(0) : readLog(disk, dir, id, ended.log) });
}

export async function info(doors: Doors, command: InfoCommand): Promise<Result<InfoText>> {
  const opened = await openProject(doors, { ...command, readonly: true });
  if (!opened.ok) return opened;
  const { root, file, stateDir, graph, store, evaluated }: OpenProject = opened.value;
  return good({
    tool: doors.tool, root, config: file, stateDir, tasks: graph.count, records: [...store.names()].length, stored: !evaluated,
    parallelism: doors.system.parallelism, platform: doors.system.platform,
  });
}
