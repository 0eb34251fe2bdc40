// Before a command starts: looks at inputs anew, has old outputs cleared, makes folders. Runs nothing.
import { mayFail } from "../../graph/family.ts";
import { openPlaces } from "../../model/lockstep.ts";
import { parentOf, type FilePath } from "../../model/path.ts";
import { folderPattern, staticPrefix } from "../../model/pattern.ts";
import { ABSENT, type FileStat, type Seen, type TaskRecord } from "../../model/state.ts";
import type { TaskProblem } from "../../model/problem.ts";
import type { Task } from "../../model/task.ts";
import { KIND, listingKey } from "../../model/table.ts";
import type { Case } from "../../staleness/judge.ts";
import type { Gathered } from "../../staleness/match.ts";
import { lookAll, renew } from "../../staleness/renew.ts";
import type { Moment } from "../../staleness/rewrites.ts";
import { treeFolders } from "../../staleness/outputs.ts";
import { isFolderOnDisk } from "../../staleness/walk.ts";
import type { Situation } from "../survey/situation.ts";
import { clearOutputs, saveUnknown } from "./clear.ts";
import { hasPlainOutputs, outputProblem, pipesBefore, outputsBefore } from "./standing.ts";
import type { Workshop } from "./workshop.ts";

/**
 * For this long after another task has ended, what was looked at then is not looked at again. If it has changed meanwhile, this
 * task is recorded with the earlier state and found tainted when it ends, as for any edit while it runs.
 */
const MOMENT_MS = 50;

/** A task made ready, with what will be recorded if it succeeds. */
export interface Prepared {
  readonly task: Task;
  readonly case: Case;
  readonly key: string;
  /** Inputs immediately before the start. */
  readonly inputs: readonly Seen[];
  readonly folders: readonly Seen[];
  /** Output files and pattern members that existed before, with their stat. */
  readonly before: ReadonlyMap<string, FileStat>;
  readonly changed: readonly FilePath[];
  /** Of `world.rewrites`. */
  readonly moment: Moment;
}

/** Gathers a task's declared inputs anew and discards what was seen of them before this moment. Call after `world.tick()`. */
export function gatherAnew(s: Situation, index: number): Gathered {
  const { world, globs, graph } = s.parts;
  const task = graph.task(index);
  for (const spec of task.inputs) {
    if (spec.kind === "glob") globs.renew(spec.pattern, spec.dot);
    else if (spec.kind === "file") {
      renew(world, spec.path);
      if (isFolderOnDisk(world, spec.path)) globs.renew(folderPattern(spec.path), true);
    }
  }
  const gathered = s.gather(index);
  // A folder with one file in it has as many files as there are inputs.
  if (gathered.folders.length === 0 && gathered.files.length === task.inputs.length && task.inputs.every((spec) => spec.kind === "file")) return gathered;
  const looked = new Set<string>(task.inputs.flatMap((spec) => (spec.kind === "file" ? [spec.path] : [])));
  for (const path of gathered.files) if (!looked.has(path)) renew(world, path);
  lookAll(world, gathered.files);
  return gathered;
}

export function inputsNow(s: Situation, gathered: Gathered): Seen[] {
  return gathered.files.map((path) => [path, s.identity(path)]);
}

/** Results of the config's own hash functions for the inputs that have one. A function that failed yields nothing. */
export function ownHashes(c: Case, inputs: readonly Seen[]): Seen[] {
  const hashes: Seen[] = [];
  for (const [path, identity] of inputs) {
    const own = identity === ABSENT ? null : c.custom(path);
    if (own !== null && !own.startsWith("!")) hashes.push([path, own]);
  }
  return hashes;
}

export function foldersNow(s: Situation, gathered: Gathered): Seen[] {
  const { table } = s.parts.world;
  return [...gathered.folders.map(listingKey), ...gathered.links].map((key) => {
    const row = table.idOf(key);
    s.parts.world.look(row);
    return [key as FilePath, table.identityOf(row)];
  });
}

/** What a good record watches besides files: listings behind the patterns and the owned trees, the programs named and where others would be found instead. */
export function watchedRows(s: Situation, index: number, { gathered, members }: { gathered: Gathered; members: readonly Seen[] }): Seen[] {
  const task = s.parts.graph.task(index);
  const { world, given } = s.parts;
  if (gathered.folders.length + gathered.links.length + members.length + task.tools.length === 0 && task.outputs.every((output) => output.kind === "file")) return [];
  const trees = task.outputs.flatMap((output) => (output.kind === "tree" ? treeFolders(output.path, members) : []));
  const watched = foldersNow(s, { ...gathered, folders: [...gathered.folders, ...trees] });
  for (const entry of task.tools) {
    const { program, before } = given.tool(entry, task.cwd);
    if (program !== null) watched.push(...[program, ...(before ?? [])].map((path): Seen => [path, world.input(path)]));
  }
  return watched;
}

/** Why the task cannot start, found only now that upstream has run. */
function startProblem(s: Situation, task: Task, gathered: Gathered): TaskProblem | null {
  for (const problem of gathered.problems) {
    if (problem.code === "empty-glob") return { code: "glob-empty-now", task: task.name, pattern: problem.pattern, ...(problem.entry === undefined ? {} : { entry: problem.entry }) };
    if (problem.code === "unreadable-input") return { code: "input-unreadable", task: task.name, path: problem.path, errno: problem.errno };
    if (problem.code === "name-not-utf8") return { code: "input-unreadable", task: task.name, path: problem.dir, errno: "EILSEQ" };
  }
  const isLacking = (path: FilePath): boolean => gathered.required.has(path) && s.identity(path) === ABSENT && !mayBeAbsent(s, path);
  const gone = (path: FilePath): TaskProblem => ({ code: "input-gone", task: task.name, path, ...(task.each?.from === undefined ? {} : { list: task.each.from }) });
  for (const path of gathered.files) {
    const errno = s.parts.world.errors.get(path);
    if (s.parts.world.kindOf(path) === KIND.special) return { code: "input-unreadable", task: task.name, path, errno: errno ?? s.parts.world.input(path).slice(1) };
    if (isLacking(path)) return gone(path);
  }
  const lacking = gathered.ignored?.find(isLacking);
  return lacking === undefined ? null : gone(lacking);
}

/** A hash function of the config that failed. */
function hashProblem(s: Situation, c: Case): TaskProblem | null {
  for (const path of c.files) {
    const own = s.identity(path) === ABSENT ? null : c.custom(path);
    if (own?.startsWith("!") === true) return { code: "hash-function", task: c.task.name, path, message: own.slice(1) };
  }
  return null;
}

/** Whether the input was to be made by a task that failed and was allowed to. */
function mayBeAbsent(s: Situation, path: FilePath): boolean {
  const maker = s.parts.graph.producerOf(path);
  return maker >= 0 && (mayFail(s.parts.graph, maker) || s.parts.skipped[maker] === 1);
}

export function prepare(w: Workshop, index: number): Prepared | TaskProblem {
  const s = w.situation;
  const { graph, world } = s.parts;
  const task = graph.task(index);
  // A task that ended just now has read the clock. With an earlier time more files count as recent, never fewer.
  if (w.system.monotonicMs() - w.done.askedMs >= 1) world.tick();
  if (world.moments.ageMs(w.system.monotonicMs()) >= MOMENT_MS) world.moments.begin(w.system.monotonicMs());
  const gathered = gatherAnew(s, index);
  const problem = startProblem(s, task, gathered);
  if (problem !== null) return problem;
  for (const tool of task.tools) {
    const { wrong } = s.parts.given.tool(tool, task.cwd);
    if (wrong !== null) return { code: "bad-tool", task: task.name, tool, why: wrong };
  }
  const { subject: c, key } = s.keyed(index, gathered);
  const unhashed = hashProblem(s, c);
  if (unhashed !== null) return unhashed;
  const inputs = inputsNow(s, gathered);
  const record = s.record(index);
  const handed = w.handed.of(index);
  const looked = new Map<string, FileStat>();
  const blocked = outputProblem(w, task, { record, handed, looked });
  if (blocked !== null) return blocked;
  const changed = changedInputs(record, inputs);
  for (const path of pipesBefore(w, task, { record, looked })) {
    saveUnknown(w, task, path);
    looked.delete(path);
  }
  if (record !== null || handed.length > 0 || !hasPlainOutputs(task)) {
    clearOutputs(w, task, record, c);
    looked.clear();
  }
  makeFolders(w, task);
  for (const [path, text] of Object.entries(task.files)) {
    if (world.kindOf(path) !== KIND.file || Buffer.compare(world.disk.read(path), Buffer.from(text)) !== 0) world.disk.write(path, text);
    world.forget(path);
    looked.delete(path);
  }
  return { task, case: c, key: key ?? "", inputs, folders: foldersNow(s, gathered), before: outputsBefore(w, task, looked), changed, moment: world.rewrites.now };
}

function changedInputs(record: TaskRecord | null, inputs: readonly Seen[]): FilePath[] {
  if (record === null) return inputs.filter(([, identity]) => identity !== ABSENT).map(([path]) => path);
  const before = record.status === "failed" ? [] : record.inputs;
  const placeOf = openPlaces(before.length, (index) => before[index]![0]);
  // An optional input that never existed is nothing new.
  return inputs.filter(([path, identity]) => (before[placeOf(path)]?.[1] ?? ABSENT) !== identity).map(([path]) => path);
}

/** Folders that exist when a task's command starts. */
export function foldersOf(task: Task): Set<FilePath> {
  const folders = new Set<FilePath>();
  for (const output of task.outputs) {
    folders.add(output.kind === "tree" ? output.path : output.kind === "file" ? parentOf(output.path) : staticPrefix(output.pattern));
  }
  if (task.depfile !== null) folders.add(parentOf(task.depfile.path));
  for (const path of Object.keys(task.files)) folders.add(parentOf(path as FilePath));
  return folders;
}

function makeFolders(w: Workshop, task: Task): void {
  const { disk } = w.situation.parts.world;
  const folders = foldersOf(task);
  // If it is removed meanwhile, whoever writes there makes it again.
  if (!w.done.logs) folders.add(parentOf(w.logOf(task.name)));
  for (const folder of folders) if (folder !== "" && disk.lstat(folder).kind !== "dir") disk.makeDir(folder);
  w.done.logs = true;
}

/** Outputs with fixed names. A command writes them, so they are half files from its start until its record is written. */
export function halvesOf(task: Task): FilePath[] {
  const halves: FilePath[] = [];
  for (const output of task.outputs) if (output.kind !== "glob") halves.push(output.path);
  return halves;
}
