// What stands where a task is to write, right before it does: what is in its way, and what it will be told apart from. Removes
// nothing.
import type { FilePath } from "../model/path.ts";
import { HALF, type FileStat, type TaskRecord } from "../model/state.ts";
import type { TaskProblem } from "../model/problem.ts";
import type { Task } from "../model/task.ts";
import { matchedOutputs } from "../staleness/outputs.ts";
import type { Workshop } from "./workshop.ts";

/** A folder where the command is to make a file, and no edit of what it made: nobody but the person knows whose it is, or whether the task is to make it. */
export function outputProblem({ situation: s }: Workshop, task: Task, { record, handed, looked }: { readonly record: TaskRecord | null; readonly handed: readonly FilePath[]; /** Takes what was seen. */ readonly looked: Map<string, FileStat> }): TaskProblem | null {
  const made = new Set<string>(handed);
  for (const [path, identity] of record?.outputs ?? []) if (identity !== HALF) made.add(path);
  for (const output of task.outputs) {
    // Of those the one who opens them says so.
    if (output.kind !== "file" || output.path === task.stdout || output.path === task.stderr || made.has(output.path)) continue;
    const stat = s.parts.world.disk.lstat(output.path);
    if (stat.kind === "dir") return { code: "output-kind", task: task.name, path: output.path, kind: "folder", expected: output.kind, before: true };
    looked.set(output.path, stat);
  }
  return null;
}

/** Of a task that never ran, and whose outputs nobody else has made, there is nothing to clear: it has files by name, and is to make them all. */
export function hasPlainOutputs(task: Task): boolean {
  return task.depfile === null && !task.incremental && task.outputs.every((output) => output.kind === "file" && !output.optional);
}

/** `looked`: what was seen this moment, and has been left alone since. */
export function outputsBefore(w: Workshop, task: Task, looked: ReadonlyMap<string, FileStat>): Map<string, FileStat> {
  const { disk } = w.situation.parts.world;
  const before = new Map<string, FileStat>();
  for (const output of task.outputs) if (output.kind === "file") before.set(output.path, looked.get(output.path) ?? disk.lstat(output.path));
  for (const member of matchedOutputs(task, w.situation.parts.globs)) before.set(member, disk.lstat(member));
  return before;
}
