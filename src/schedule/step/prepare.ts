// Before a command starts: looks at inputs anew, clears or saves old outputs, makes folders. Runs nothing.
import { mayFail } from "../../graph/family.ts";
import { openPlaces } from "../../model/lockstep.ts";
import { isBelow, parentOf, type FilePath } from "../../model/path.ts";
import { folderPattern, staticPrefix } from "../../model/pattern.ts";
import { ABSENT, GONE, HALF, isGoodRecord, type FileStat, type Seen, type TaskRecord } from "../../model/state.ts";
import type { TaskProblem } from "../../model/problem.ts";
import type { Task } from "../../model/task.ts";
import { KIND, listingKey } from "../../model/table.ts";
import type { Case } from "../../staleness/judge.ts";
import type { Gathered } from "../../staleness/match.ts";
import { lookAll, renew } from "../../staleness/renew.ts";
import type { Moment } from "../../staleness/rewrites.ts";
import { treeFolders, treeNow } from "../../staleness/outputs.ts";
import { isFolderOnDisk, walkTree } from "../../staleness/walk.ts";
import type { Situation } from "../survey/situation.ts";
import { behindLinks, hasPlainOutputs, outputProblem, pipesBefore, outputsBefore } from "./standing.ts";
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

/** Removes everything of an earlier state that the task could take for its own (docs/staleness.md, Before a run), saving user edits first. */
function clearOutputs(w: Workshop, task: Task, record: TaskRecord | null, c: Case): void {
  const known = new Map<string, string>([...(record?.outputs ?? []), ...(record?.members ?? [])]);
  const disk = w.situation.parts.world.disk;
  const trees = task.outputs.filter((o) => o.kind === "tree").map((o) => o.path);
  // A run of tg never puts a folder where it made a file.
  const recorded = (path: FilePath): string | undefined => (isHalf(record, path) && disk.lstat(path).kind !== "dir" ? HALF : known.get(path));
  // Checked before anything is removed. A compiler that remembers what it has made would not make removed files again.
  const isAnew = task.incremental && mustEmpty(w, record, c);
  const stays = task.incremental && !isAnew;
  const handed = w.handed.of(w.situation.parts.graph.indexOf(task.name));
  for (const path of handed) {
    if (!trees.some((tree) => isBelow(path, tree))) saveIfEdited(w, task, path, known.get(path));
  }
  for (const output of task.outputs) {
    if (output.kind === "tree") {
      if (!stays) emptyTree(w, task, output.path, record);
    } else if (output.kind === "file") {
      const isUnknown = !known.has(output.path) && !isHalf(record, output.path);
      const isOthers = handed.includes(output.path) && !isGoodRecord(record);
      if (isUnknown && !isAnew && !output.optional && !isOthers) continue;
      if (isUnknown) saveUnknown(w, task, output.path);
      // A copy-if-different command relies on its old output; one that may omit the output must not find an old one.
      if (!isGoodRecord(record) || output.optional || isAnew) {
        saveIfEdited(w, task, output.path, recorded(output.path));
        forgetAndRemove(w, output.path);
      } else if (saveIfEdited(w, task, output.path, recorded(output.path))) forgetAndRemove(w, output.path);
    }
  }
  const { graph } = w.situation.parts;
  const isTold = record?.status !== "running";
  const behind = behindLinks(disk, task);
  for (const [member] of stays ? [] : [...(record?.members ?? []), ...filesOnlyMatched(task, record)]) {
    // What none of its patterns claims any more is a leftover: already dealt with, and kept if edited.
    if (graph.producerOf(member) !== graph.indexOf(task.name)) continue;
    if (trees.some((tree) => isBelow(member, tree)) || task.inout.includes(member) || behind(member)) continue;
    saveIfEdited(w, task, member, isTold || disk.lstat(member).kind === "dir" ? known.get(member) : undefined);
    forgetAndRemove(w, member);
  }
  if (task.depfile !== null) disk.remove(task.depfile.path);
}

/** Files that an earlier definition of the task named. If only a pattern claims them now, the next run has to make them or leave them out. */
function filesOnlyMatched(task: Task, record: TaskRecord | null): readonly Seen[] {
  if (record === null) return [];
  const named = new Set<string>(task.outputs.flatMap((output) => (output.kind === "glob" ? [] : [output.path])));
  return record.outputs.filter(([path, identity]) => !named.has(path) && identity !== ABSENT && identity !== GONE && !identity.startsWith("t"));
}

/** Whether an unfinished run began to make the file or tree. What it left is not an edit. */
function isHalf(record: TaskRecord | null, path: FilePath): boolean {
  return record?.outputs.some(([one, identity]) => one === path && identity === HALF) === true;
}

/** For incremental tasks: an input was removed, the definition changed, the outputs are not as they were left, or there is no good record. */
function mustEmpty(w: Workshop, record: TaskRecord | null, c: Case): boolean {
  if (!isGoodRecord(record)) return true;
  const { world } = w.situation.parts;
  // Members of folders are part of the folders' identities.
  const members = record.members.filter(([path]) => !record.outputs.some(([tree, identity]) => identity.startsWith("t") && isBelow(path, tree)));
  if ([...record.outputs, ...members].some(([path, identity]) => identity !== (identity.startsWith("t") ? treeNow(world, path).identity : world.output(path)))) return true;
  const names = new Set([...Object.keys(record.parts), ...Object.keys(c.parts)]);
  for (const name of names) if (record.parts[name] !== c.parts[name]) return true;
  const now = new Set<string>(c.files);
  return record.inputs.some(([path, identity]) => identity !== ABSENT && (!now.has(path) || c.identity(path) === ABSENT));
}

/** A file of unknown origin must not be mistaken for something the task remembers. */
function saveUnknown(w: Workshop, task: Task, path: FilePath): void {
  const { world } = w.situation.parts;
  world.forget(path);
  if (world.kindOf(path) === KIND.absent || w.handed.hasMade(path, world.output(path)) || w.elsewhere.hasMade(path, world.output(path))) return;
  w.emit({ event: "notice", notice: { code: "foreign-saved", task: task.name, path, saved: save(w, path), files: 1 } });
}

function forgetAndRemove(w: Workshop, path: FilePath): void {
  const { world } = w.situation.parts;
  if (world.disk.lstat(path).kind === "dir") return;
  if (world.disk.remove(path)) world.forgetFolders(path);
  world.forget(path);
}

/** True if what is at `path` was not as recorded and was moved aside. */
function saveIfEdited(w: Workshop, task: Task, path: FilePath, recorded: string | undefined): boolean {
  const { world } = w.situation.parts;
  if (recorded === HALF) return false;
  world.forget(path);
  if (recorded === undefined && !w.handed.isEdited(path, () => world.output(path))) return false;
  const now = world.output(path);
  if (now === ABSENT || now === recorded || w.handed.hasMade(path, now) || w.elsewhere.hasMade(path, now)) return false;
  if (now === "d") forgetTree(w.situation, path);
  const saved = save(w, path);
  w.emit({ event: "notice", notice: { code: "drift-saved", task: task.name, path, saved } });
  return true;
}

function save(w: Workshop, path: FilePath): string {
  const saved = `${w.savedDir}/${path}`;
  w.situation.parts.world.disk.move(path, saved);
  w.situation.parts.world.forget(path);
  w.situation.parts.world.forgetFolders(path);
  return saved;
}

/** Empties an owned tree; members that the record does not know, or that differ from it, are saved. */
function emptyTree(w: Workshop, task: Task, tree: FilePath, record: TaskRecord | null): void {
  const { world } = w.situation.parts;
  const halfMade = isHalf(record, tree);
  if (!halfMade && world.kindOf(tree) !== KIND.dir && world.kindOf(tree) !== KIND.absent) {
    // A file or link was put where the folder was, or the task made it by an earlier definition.
    const isOwn = record?.outputs.some(([path, identity]) => path === tree && identity === world.output(tree)) === true;
    if (!isOwn) w.emit({ event: "notice", notice: { code: "foreign-saved", task: task.name, path: tree, saved: save(w, tree), files: 1 } });
  } else if (!halfMade) {
    // The record lists files of an earlier definition among the outputs.
    const known = new Map<string, string>([...(record?.outputs ?? []), ...(record?.members ?? [])]);
    const handed = new Set<string>(w.handed.of(w.situation.parts.graph.indexOf(task.name)));
    const odd = treeNow(world, tree).members.filter(([member, identity]) => identity !== "d" && known.get(member) !== identity && known.get(member) !== HALF && !w.handed.hasMade(member, identity) && !w.elsewhere.hasMade(member, identity)).map(([member]) => member);
    for (const member of odd) save(w, member);
    // One line, however many files: an entire folder may have been put there.
    const path = odd.length === 1 ? odd[0]! : tree;
    const saved = `${w.savedDir}/${path}`;
    if (odd.some((member) => known.has(member) || handed.has(member))) w.emit({ event: "notice", notice: { code: "drift-saved", task: task.name, path, saved } });
    else if (odd.length > 0) w.emit({ event: "notice", notice: { code: "foreign-saved", task: task.name, path, saved, files: odd.length } });
  }
  forgetTree(w.situation, tree);
  world.disk.removeTree(tree);
}

/** Discards everything seen below a tree. Reads no content: it may be gigabytes. */
export function forgetTree(s: Situation, tree: FilePath): void {
  const { world } = s.parts;
  if (world.kindOf(tree) === KIND.dir) {
    const { files, folders } = walkTree(world, tree, false);
    for (const file of files) world.forget(file);
    for (const folder of folders) {
      world.forget(folder);
      world.forget(listingKey(folder));
    }
  }
  world.forget(tree);
  world.forget(listingKey(tree));
  world.forgetFolders(tree);
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
