// A task and the result store: describes what determines a run so that the store can hash it, and decides when a result may be
// restored or stored. Does not know how the store is organised.
import { joinPath, type FilePath } from "../../model/path.ts";
import { sizeOf, type Reason, type Seen } from "../../model/state.ts";
import type { StoredAction, StoredRun } from "../../model/stored.ts";
import type { Notice } from "../../model/problem.ts";
import type { JobResult } from "../../model/ports.ts";
import { fileWorkText } from "../../model/file-work.ts";
import type { Action, Task } from "../../model/task.ts";
import { outputText, runsAlways } from "../../model/task.ts";
import { argsOf } from "../../staleness/parts.ts";
import { treeFolders } from "../../staleness/outputs.ts";
import type { World } from "../../staleness/world.ts";
import type { Prepared } from "./prepare.ts";
import type { Made } from "./verify.ts";
import type { Workshop } from "./workshop.ts";

/** Whether a result of this task may replace a run. A file rewritten in place is its own input; `always` asks for the run itself. */
function isStorable(task: Task): boolean {
  return task.cache.store !== undefined && task.action !== null && !runsAlways(task, null) && task.inout.length === 0;
}

/** Key of the coming run in the store; null if the task stores nothing or the store is off. Computed before the run, which may delete what it reads. */
export function storedKey(w: Workshop, p: Prepared): string | null {
  return w.results === null || !isStorable(p.task) ? null : w.results.keyOf(actionOf(w, p));
}

function actionOf(w: Workshop, p: Prepared): StoredAction {
  const { task } = p;
  const args = argsOf(task, w.situation.parts.given);
  const consumed = p.case.consumed.outputs.map(({ path, identity }): Seen => [path, identity]);
  return {
    words: [...wordsOf(task.action!, task), ...args],
    isFunction: task.action!.kind === "function" || task.action!.kind === "chain",
    env: countedEnv(w, task),
    cwd: task.cwd,
    outputs: task.outputs.map(outputText),
    salt: JSON.stringify([Object.entries(p.case.parts).sort(([a], [b]) => (a < b ? -1 : 1)), p.case.consumed.keys.map(({ key }) => key).sort(), task.files]),
    inputs: [...p.inputs.map(([path, identity]): Seen => [path, p.case.custom(path) ?? identity]), ...consumed],
  };
}

function wordsOf(action: Action, task: Task): string[] {
  switch (action.kind) {
    case "argv":
      return [...action.argv];
    case "shell":
      return [task.shell, "-c", action.text];
    case "file":
      return [fileWorkText(action.work)];
    case "function":
      return ["function", action.fn.source, ...action.fn.path, JSON.stringify(action.fn.code)];
    case "chain":
      return ["chain", ...action.members.map((member) => JSON.stringify([wordsOf(member.action, task), member.cwd, member.env]))];
    default:
      return action satisfies never;
  }
}

function countedEnv(w: Workshop, task: Task): Record<string, string> {
  const env: Record<string, string> = { ...task.envValues };
  for (const name of task.envNames) {
    const value = w.situation.parts.given.env(name);
    if (value !== undefined) env[name] = value;
  }
  for (const entry of task.cache.ignore) if (entry.startsWith("env:")) delete env[entry.slice(4)];
  return env;
}

/** Restores an earlier result, with its log as this run's output; null if there is none or the run itself was asked for. */
export function restoreRun(w: Workshop, p: Prepared, key: string, reasons: readonly Reason[]): StoredRun | null {
  if (reasons.some((reason) => reason.code === "forced")) return null;
  const log = w.logOf(p.task.name);
  const run = w.results!.restore(key, { log, notes: w.notesOf(p.task.name) });
  if (run === null) return null;
  const { disk } = w.situation.parts.world;
  if (disk.lstat(log).kind !== "file") return run;
  const decoder = new TextDecoder();
  disk.readPieces(log, (piece) => w.emit({ event: "task-output", task: p.task.name, text: decoder.decode(piece, { stream: true }) }));
  return run;
}

/** The result recorded for a restored run: when the stored run took place, and that nothing was started. */
export function resultOf(run: StoredRun): JobResult {
  return { exit: 0, signal: null, start: run.start, end: run.end, peakKb: 0, problem: null, value: run.value, left: [] };
}

/** What was hashed is what was copied only if no file changed between the two reads and no folder that is stored whole gained one. */
export function isAsHashed(world: World, { outputs, members }: Made): boolean {
  const { columns } = world.table;
  const files = [...outputs, ...members].every(([path, identity]) => {
    if (identity[0] !== "f" && identity[0] !== "x") return true;
    const row = world.table.idOf(path);
    const now = world.disk.lstat(path);
    return now.mtimeMs === columns.mtimeMs[row] && now.ctimeMs === columns.ctimeMs[row] && now.size === columns.size[row];
  });
  if (!files) return false;
  const known = new Set<string>(members.map(([path]) => path));
  const isKnown = (dir: FilePath): boolean => {
    const listing = world.disk.list(dir);
    return listing !== null && listing.names.every((name) => known.has(joinPath(dir, name)));
  };
  return outputs.every(([path, identity]) => identity[0] !== "t" || treeFolders(path, members).every(isKnown));
}

/** Whether it would evict everything else from the store and still not fit. */
function isTooLarge(w: Workshop, { task }: Prepared, { outputs, members }: Made): boolean {
  const sizes = new Map([...outputs, ...members].map(([, identity]) => [identity.slice(1), sizeOf(identity)]));
  const bytes = w.results!.roomFor([...sizes.values()], { log: w.logOf(task.name), notes: w.notesOf(task.name) });
  const limit = task.cache.store!.maxBytes;
  if (bytes > limit) w.emit({ event: "notice", notice: { code: "result-too-large", task: task.name, bytes, limit } satisfies Notice });
  return bytes > limit;
}

/** Stores what a run left. A store that cannot be written never fails a build. */
export function keepRun(w: Workshop, p: Prepared, key: string, left: { readonly made: Made; readonly discovered: readonly Seen[]; readonly result: JobResult }): void {
  const { world } = w.situation.parts;
  const { made, result } = left;
  const inTree = p.task.outputs.flatMap((output) => (output.kind === "tree" ? [output.path + "/"] : []));
  const members = made.members.filter(([path]) => !inTree.some((tree) => path.startsWith(tree)));
  const outputs = [...made.outputs, ...members];
  const holds = (): boolean => isAsHashed(world, made);
  try {
    if (isTooLarge(w, p, made)) return;
    const discovered = left.discovered.map(([path]) => path);
    w.results!.keep(key, { outputs, discovered, value: result.value, start: result.start, end: result.end }, { log: w.logOf(p.task.name), notes: w.notesOf(p.task.name), holds });
  } catch (error) {
    const errno = (error as { readonly code?: unknown }).code;
    if (typeof errno !== "string") throw error;
    w.emit({ event: "notice", notice: { code: "result-not-kept", task: p.task.name, store: `${w.situation.parts.graph.stateDir}/cache` as FilePath, errno } satisfies Notice });
  }
}
