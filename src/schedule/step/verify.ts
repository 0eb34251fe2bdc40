// After a command exited 0: are the inputs unchanged, are the outputs there? Yields the parts of an `ok` record, or what is
// wrong. Runs nothing, and does not know what becomes of an attempt that failed.
import { isBelow, parentOf, type FilePath } from "../../model/path.ts";
import { staticPrefix, writtenAs } from "../../model/pattern.ts";
import { ABSENT, type FileStat, type Identity, type Seen } from "../../model/state.ts";
import type { TaskProblem } from "../../model/problem.ts";
import { DiskError } from "../../model/ports.ts";
import { listingKey } from "../../model/table.ts";
import type { OutputSpec, Task } from "../../model/task.ts";
import { matchedOutputs, mayMeet, roleOf, treeNow } from "../../staleness/outputs.ts";
import { fromCwd } from "../survey/from-cwd.ts";
import { forgetTree } from "./clear.ts";
import { foldersOf, gatherAnew, type Prepared } from "./prepare.ts";
import type { Situation } from "../survey/situation.ts";
import type { Workshop } from "./workshop.ts";

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: TaskProblem };

export function fail(problem: TaskProblem): { readonly ok: false; readonly problem: TaskProblem } {
  return { ok: false, problem };
}

/** The first input that has changed since the start; null if none has. Rewritten `inout` files do not count. */
export function changedInput(s: Situation, index: number, p: Prepared): FilePath | null {
  const { graph } = s.parts;
  const gathered = gatherAnew(s, index);
  if (gathered.files.length === p.inputs.length && p.inputs.every(([path, was], i) => gathered.files[i] === path && s.parts.world.input(path) === was)) return null;
  const before = new Map(p.inputs);
  for (const path of gathered.files) {
    if (p.task.inout.includes(path)) continue;
    const was = before.get(path);
    before.delete(path);
    const now = s.parts.world.input(path);
    if (was === now || (now === ABSENT && was !== undefined && isIntermediate(s, path))) continue;
    return path;
  }
  for (const [path, was] of before) {
    if (was === ABSENT || p.task.inout.includes(path)) continue;
    if (isIntermediate(s, path) && graph.producerOf(path) >= 0) continue;
    return path;
  }
  return null;
}

/** A consumer may delete an intermediate it has read. */
export function isIntermediate(s: Situation, path: FilePath): boolean {
  const maker = s.parts.graph.producerOf(path);
  return maker >= 0 && roleOf(s.parts.graph.task(maker).outputs, path) === "intermediate";
}

export interface Made {
  readonly outputs: readonly Seen[];
  readonly members: readonly Seen[];
  readonly found?: readonly FilePath[];
}

interface Ran {
  claimed(path: FilePath): string | null;
  /** Restored from the store, perhaps unchanged. */
  readonly back: readonly FilePath[];
  /** No process of the task is left. */
  readonly alone: boolean;
}

/** Declared outputs as they are now; the first one that is missing or of the wrong kind is the problem. */
export function outputsMade(w: Workshop, p: Prepared, ran: Ran): Checked<Made> {
  const { task } = p;
  const before = p.case.record?.members ?? [];
  const named = namedMade(w, task, ran.alone);
  if (!named.ok || (before.length === 0 && task.outputs.every((output) => output.kind === "file"))) return named;
  const { outputs } = named.value;
  const matched = matchesMade(w, p, { ...ran, named: outputs });
  if (!matched.ok) return matched;
  const { foreign } = matched.value;
  keepForeign(w, task, foreign);
  const members = named.value.members.concat(matched.value.members).sort((a, b) => (a[0] < b[0] ? -1 : 1));
  const made = new Set<string>(members.map(([path]) => path));
  const gone = before.filter(([path]) => !made.has(path));
  // An incremental task keeps what it had made and removes files itself; they may have been looked at before.
  forgetMembers(w, gone);
  removeEmptied(w, task, gone.flatMap(([path, identity]) => (identity === "d" ? [] : [path])));
  return { ok: true, value: { outputs, members, ...(foreign.length === 0 ? {} : { found: foreign }) } };
}

/** Outputs that the declaration names: files, and folders with what is in them. */
function namedMade(w: Workshop, task: Task, alone: boolean): Checked<Made> {
  const { world } = w.situation.parts;
  const outputs: Seen[] = [];
  const members: Seen[] = [];
  for (const output of task.outputs) {
    // The folder in which a pattern begins may be new.
    world.forgetFolders(output.kind === "glob" ? (output.pattern as FilePath) : output.path);
    if (output.kind === "glob") continue;
    const found = output.kind === "tree" ? treeMade(w, task, output.path) : fileMade(w, task, { output, alone });
    if (!found.ok) return found;
    outputs.push([output.path, found.value.identity]);
    for (const member of found.value.members) members.push(member);
  }
  return { ok: true, value: { outputs, members } };
}

type MadeOne = Checked<{ readonly identity: Identity; readonly members: readonly Seen[] }>;

function treeMade(w: Workshop, task: Task, path: FilePath): MadeOne {
  const tree = treeNow(w.situation.parts.world, path, true);
  if (tree.identity === ABSENT) return fail({ code: "missing-output", task: task.name, path: path + "/" });
  if (!tree.identity.startsWith("t")) return fail({ code: "output-kind", task: task.name, path, kind: "file", expected: "folder" });
  if (tree.bad !== null) return fail({ code: "output-not-utf8", task: task.name, dir: tree.bad });
  if (tree.members.length === 0) tellElsewhere(w, task, path);
  return { ok: true, value: tree };
}

function fileMade(w: Workshop, task: Task, { output: { path, optional }, alone }: { readonly output: Extract<OutputSpec, { kind: "file" }>; readonly alone: boolean }): MadeOne {
  const { world } = w.situation.parts;
  world.forget(path);
  const identity = world.output(path);
  if (alone) world.atRest(path);
  if (identity === ABSENT && !optional) return fail({ code: "missing-output", task: task.name, path, ...fromCwd(world.disk, task, { path }), ...othersMissing(w, task, path) });
  const errno = world.errors.get(path);
  if (errno !== undefined) return fail({ code: "cannot-write", task: task.name, path, errno });
  if (identity === "d" || identity.startsWith("?")) return fail({ code: "output-kind", task: task.name, path, kind: identity === "d" ? "folder" : identity.slice(1), expected: "file" });
  return { ok: true, value: { identity, members: [] } };
}

/** Files that patterns match and the declaration does not name. `foreign`: those that were there before and are in no record. */
function matchesMade(w: Workshop, p: Prepared, { named, back, claimed }: Ran & { readonly named: readonly Seen[] }): Checked<{ readonly members: readonly Seen[]; readonly foreign: readonly FilePath[] }> {
  const { world, globs } = w.situation.parts;
  const { task, case: { record } } = p;
  const matched = matchedOutputs(task, globs);
  for (const output of task.outputs) {
    const bad = output.kind === "glob" ? globs.made(output.pattern).bad[0] : undefined;
    if (bad !== undefined) return fail({ code: "output-not-utf8", task: task.name, dir: bad[0] });
  }
  const literal = new Set<string>(named.map(([path]) => path));
  const known = new Set<string>([...back, ...(record?.members ?? []).map(([path]) => path)]);
  const members: Seen[] = [];
  const foreign: FilePath[] = [];
  for (const path of matched) {
    if (literal.has(path)) continue;
    const was = p.before.get(path);
    const isForeign = !known.has(path) && was !== undefined && sameStat(w, path, was);
    if (record !== null && isForeign) continue;
    const owner = claimed(path);
    if (owner !== null && owner !== task.name) return fail({ code: "output-owned-by", task: task.name, path, owner: owner as Task["name"] });
    world.forget(path);
    const identity = world.output(path);
    if (isForeign && !w.handed.hasMade(path, identity) && !w.elsewhere.hasMade(path, identity)) foreign.push(path);
    members.push([path, identity]);
  }
  const empty = task.outputs.find((output) => output.kind === "glob" && globs.made(output.pattern).files.length === 0);
  if (empty !== undefined && empty.kind === "glob") return fail({ code: "missing-output", task: task.name, path: writtenAs({ pattern: empty.pattern, dot: false }) as FilePath, ...fromCwd(world.disk, task, { path: empty.pattern, pattern: true }), pattern: true });
  return { ok: true, value: { members, foreign } };
}

/** Removes folders below a pattern's static prefix that are empty now that these members are gone: a clean tree has none. */
export function removeEmptied(w: Workshop, task: Task, left: readonly FilePath[]): void {
  const { world, graph, globs } = w.situation.parts;
  if (left.length === 0) return;
  const bases = task.outputs.flatMap((output) => (output.kind === "glob" ? [staticPrefix(output.pattern)] : []));
  if (bases.length === 0) return;
  let others: Task[] | null = null;
  const mayGo = (folder: FilePath): boolean => {
    if (!bases.some((base) => folder !== "" && isBelow(folder, base)) || isPlaceOf(task, folder) || world.disk.lstat(folder).kind !== "dir" || world.disk.list(folder)?.names.length !== 0) return false;
    others ??= Array.from({ length: graph.count }, (_, index) => index).flatMap((index) => (graph.isBarrier(index) || graph.name(index) === task.name ? [] : [graph.task(index)]));
    // A task that writes there may have just created the folder for that.
    return !others.some((other) => isPlaceOf(other, folder) || other.outputs.some((output) => output.kind !== "file" && mayMeet(folder, output)));
  };
  const removeUp = (from: FilePath): void => {
    for (let folder = from; mayGo(folder) && world.disk.removeDir(folder); folder = parentOf(folder)) {
      world.forget(folder);
      world.forget(listingKey(folder));
      world.forgetFolders(folder);
      globs.forgetAll();
    }
  };
  for (const folder of new Set(left.map(parentOf))) ifPossible(() => removeUp(folder));
}

/** Whether the task needs a folder there or below it, to run in or to write to. */
function isPlaceOf(task: Task, folder: FilePath): boolean {
  return [task.cwd, ...foldersOf(task)].some((place) => place === folder || isBelow(place, folder));
}

/** Whether an earlier run with a lost record or a user made the files is unknown: they count as outputs, and will be removed as such. */
function keepForeign(w: Workshop, task: Task, paths: readonly FilePath[]): void {
  const [path] = paths;
  if (path === undefined) return;
  for (const one of paths) w.situation.parts.world.disk.copy(one, `${w.savedDir}/${one}`);
  const saved = `${w.savedDir}/${paths.length === 1 ? path : ""}`;
  w.emit({ event: "notice", notice: { code: "foreign-matched", task: task.name, path, saved, files: paths.length } });
}

/** An owned folder may stay empty; what was made in a folder of that name elsewhere is not tracked. */
function tellElsewhere(w: Workshop, task: Task, path: FilePath): void {
  const { below } = fromCwd(w.situation.parts.world.disk, task, { path });
  if (below !== undefined) w.emit({ event: "notice", notice: { code: "output-in-cwd", task: task.name, path, below } });
}

/** Reports everything that a wrong command omitted in one run. */
function othersMissing(w: Workshop, task: Task, first: FilePath): { others?: readonly FilePath[] } {
  const { disk } = w.situation.parts.world;
  const others = task.outputs.flatMap((o) => (o.kind === "file" && !o.optional && o.path !== first && disk.lstat(o.path).kind === "absent" ? [o.path] : []));
  return others.length === 0 ? {} : { others };
}

export function sameStat(w: Workshop, path: FilePath, was: FileStat): boolean {
  const now = w.situation.parts.world.disk.lstat(path);
  return now.mtimeMs === was.mtimeMs && now.ctimeMs === was.ctimeMs && now.size === was.size && now.ino === was.ino;
}

/** What cannot be removed after a failure gets in the way of the next run, which reports it. */
export function ifPossible(call: () => void): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
  }
}

function forgetMembers({ situation: { parts: { world } } }: Workshop, members: readonly Seen[]): void {
  for (const [path, identity] of members) {
    world.forget(path);
    if (identity === "d") world.forget(listingKey(path));
  }
}

export function forgetInout({ situation }: Workshop, { task }: Prepared): void {
  for (const path of task.inout) situation.parts.world.forget(path);
}

export function forgetOutputs(w: Workshop, { task, case: { record } }: Prepared): void {
  const { world, globs } = w.situation.parts;
  forgetMembers(w, record?.members ?? []);
  for (const output of task.outputs) {
    if (output.kind === "glob") globs.refreshMade(output.pattern);
    else if (output.kind === "tree") forgetTree(w.situation, output.path);
    else world.forget(output.path);
    world.forgetFolders(output.kind === "glob" ? (output.pattern as FilePath) : output.path);
  }
  for (const path of task.inout) {
    world.forget(path);
    world.forgetFolders(parentOf(path));
  }
}
