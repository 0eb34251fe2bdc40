// What exists where a task is about to write: what is in its way, and what its results must be told apart from. Removes
// nothing.
import { parentOf, type FilePath } from "../../model/path.ts";
import { staticPrefix } from "../../model/pattern.ts";
import type { Disk } from "../../model/ports.ts";
import { ABSENT, HALF, type FileStat, type TaskRecord } from "../../model/state.ts";
import type { TaskProblem } from "../../model/problem.ts";
import type { Task } from "../../model/task.ts";
import { matchedOutputs } from "../../staleness/outputs.ts";
import type { Workshop } from "./workshop.ts";

/** A folder where the command has to make a file, if it is not an edit of an output: only the user knows whose it is, or whether the task should make it. */
export function outputProblem({ situation: s }: Workshop, task: Task, { record, handed, looked }: { readonly record: TaskRecord | null; readonly handed: readonly FilePath[]; /** Receives what was seen. */ readonly looked: Map<string, FileStat> }): TaskProblem | null {
  const made = new Set<string>(handed);
  for (const [path, identity] of record?.outputs ?? []) if (identity !== HALF) made.add(path);
  for (const output of task.outputs) {
    // For those, opening the file reports the problem.
    if (output.kind !== "file" || output.path === task.stdout || output.path === task.stderr || made.has(output.path)) continue;
    const stat = s.parts.world.disk.lstat(output.path);
    if (stat.kind === "dir") return { code: "output-kind", task: task.name, path: output.path, kind: "folder", expected: output.kind, before: true };
    looked.set(output.path, stat);
  }
  return null;
}

/** Pipes where files are to be that no record knows: whoever opens one to write waits until somebody reads. */
export function pipesBefore(w: Workshop, task: Task, { record, looked }: { readonly record: TaskRecord | null; readonly looked: ReadonlyMap<string, FileStat> }): FilePath[] {
  const { disk } = w.situation.parts.world;
  const isPipe = (path: FilePath): boolean => (looked.get(path) ?? (path === task.stdout || path === task.stderr ? disk.lstat(path) : null))?.kind === "fifo";
  const isKnown = (path: FilePath): boolean => record?.outputs.some(([one, identity]) => one === path && identity !== ABSENT) === true;
  return task.outputs.flatMap((output) => (output.kind === "file" && isPipe(output.path) && !isKnown(output.path) ? [output.path] : []));
}

/** For a task that never ran and whose outputs no other task has made: there is nothing to clear if all its outputs are required files. */
export function hasPlainOutputs(task: Task): boolean {
  return task.depfile === null && !task.incremental && task.outputs.every((output) => output.kind === "file" && !output.optional);
}

/** `looked`: what was seen just now and has been left alone since. */
export function outputsBefore(w: Workshop, task: Task, looked: ReadonlyMap<string, FileStat>): Map<string, FileStat> {
  const { disk } = w.situation.parts.world;
  const before = new Map<string, FileStat>();
  for (const output of task.outputs) if (output.kind === "file") before.set(output.path, looked.get(output.path) ?? disk.lstat(output.path));
  for (const member of matchedOutputs(task, w.situation.parts.globs)) before.set(member, disk.lstat(member));
  return before;
}

/** Whether a link has come to stand where a pattern had a folder: what is behind it was not made by the task. */
export function behindLinks(disk: Disk, task: Task): (member: FilePath) => boolean {
  const starts = new Set<string>(task.outputs.flatMap((output) => (output.kind === "glob" ? [staticPrefix(output.pattern)] : [])));
  const known = new Map<FilePath, boolean>([["" as FilePath, false]]);
  const isBehind = (folder: FilePath): boolean => {
    if (starts.has(folder)) return false;
    const answer = known.get(folder) ?? (disk.lstat(folder).kind === "link" || isBehind(parentOf(folder)));
    known.set(folder, answer);
    return answer;
  };
  return (member) => isBehind(parentOf(member));
}
