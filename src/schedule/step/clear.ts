// What a run must not find of earlier ones: old outputs go, and what a user has edited or put there is moved aside. Knows no inputs
// but to tell whether an incremental task begins anew. Runs nothing.
import { isBelow, type FilePath } from "../../model/path.ts";
import { ABSENT, GONE, HALF, isGoodRecord, type Seen, type TaskRecord } from "../../model/state.ts";
import { KIND, listingKey } from "../../model/table.ts";
import type { OutputSpec, Task } from "../../model/task.ts";
import type { Case } from "../../staleness/judge.ts";
import { treeNow } from "../../staleness/outputs.ts";
import { walkTree } from "../../staleness/walk.ts";
import type { Situation } from "../survey/situation.ts";
import { behindLinks } from "./standing.ts";
import type { Workshop } from "./workshop.ts";

/** What a run may find of earlier ones. */
interface Old {
  readonly record: TaskRecord | null;
  /** What the record says was made, by path. */
  readonly known: ReadonlyMap<string, string>;
  /** Its own paths that other tasks had made. */
  readonly handed: readonly FilePath[];
  readonly trees: readonly FilePath[];
  /** An incremental task that begins as if it had never run. */
  readonly isAnew: boolean;
}

/** Removes everything of an earlier state that the task could take for its own (docs/staleness.md, Before a run), saving user edits first. */
export function clearOutputs(w: Workshop, task: Task, record: TaskRecord | null, c: Case): void {
  const known = new Map<string, string>([...(record?.outputs ?? []), ...(record?.members ?? [])]);
  const trees = task.outputs.filter((o) => o.kind === "tree").map((o) => o.path);
  // Checked before anything is removed. A compiler that remembers what it has made would not make removed files again.
  const isAnew = task.incremental && mustEmpty(w, record, c);
  const stays = task.incremental && !isAnew;
  const handed = w.handed.of(w.situation.parts.graph.indexOf(task.name));
  const old: Old = { record, known, handed, trees, isAnew };
  for (const path of handed) {
    if (!trees.some((tree) => isBelow(path, tree))) saveIfEdited(w, task, path, known.get(path));
  }
  for (const output of task.outputs) {
    if (output.kind === "tree") {
      if (!stays) emptyTree(w, task, output.path, record);
    } else if (output.kind === "file") clearFile(w, task, output, old);
  }
  if (!stays) clearMembers(w, task, old);
  if (task.depfile !== null) w.situation.parts.world.disk.remove(task.depfile.path);
}

function clearFile(w: Workshop, task: Task, { path, optional }: Extract<OutputSpec, { kind: "file" }>, { record, known, handed, isAnew }: Old): void {
  const half = isHalf(record, path);
  const isUnknown = !known.has(path) && !half;
  const isOthers = handed.includes(path) && !isGoodRecord(record);
  if (isUnknown && !isAnew && !optional && !isOthers) return;
  if (isUnknown) saveUnknown(w, task, path);
  // A run of tg never puts a folder where it made a file.
  const isOwnHalf = half && w.situation.parts.world.disk.lstat(path).kind !== "dir";
  const isEdited = saveIfEdited(w, task, path, isOwnHalf ? HALF : known.get(path));
  // A copy-if-different command relies on its old output; one that may omit the output must not find an old one.
  if (isEdited || !isGoodRecord(record) || optional || isAnew) forgetAndRemove(w, path);
}

/** Members of patterns, and what only patterns claim by now. */
function clearMembers(w: Workshop, task: Task, { record, known, trees }: Old): void {
  const { graph, world: { disk } } = w.situation.parts;
  const isTold = record?.status !== "running";
  const behind = behindLinks(disk, task);
  for (const [member] of [...(record?.members ?? []), ...filesOnlyMatched(task, record)]) {
    // What none of its patterns claims any more is a leftover: already dealt with, and kept if edited.
    if (graph.producerOf(member) !== graph.indexOf(task.name)) continue;
    if (trees.some((tree) => isBelow(member, tree)) || task.inout.includes(member) || behind(member)) continue;
    saveIfEdited(w, task, member, isTold || disk.lstat(member).kind === "dir" ? known.get(member) : undefined);
    forgetAndRemove(w, member);
  }
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
export function saveUnknown(w: Workshop, task: Task, path: FilePath): void {
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

/** `tree`: the owned one that it is taken from. */
function save(w: Workshop, path: FilePath, tree?: FilePath): string {
  const saved = `${w.savedDir}/${path}`;
  w.situation.parts.world.disk.move(path, saved, tree);
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
    for (const member of odd) save(w, member, tree);
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
