// Outputs that no live definition claims: of removed tasks, of changed ones, of runs that never ended.
// Also finds renamed tasks. Removes only what is still as recorded.
import type { FilePath } from "../../model/path.ts";
import { isBelow, parentOf } from "../../model/path.ts";
import type { Emit } from "../../model/event.ts";
import type { Recorder, Records } from "../../model/ports.ts";
import { ABSENT, GONE, HALF, type Seen, type TaskRecord } from "../../model/state.ts";
import type { TaskName } from "../../model/task.ts";
import { partsDigest, partsOf } from "../../staleness/parts.ts";
import { treeNow } from "../../staleness/outputs.ts";
import { APART, toldOnce } from "../survey/beside.ts";
import { handedOver } from "./handed.ts";
import type { Situation, SituationParts } from "../survey/situation.ts";
import { isNote, noteStayed } from "../survey/stayed.ts";
import { isListMade, Sources, type Undecided } from "./undecided.ts";

/** What is needed to tell which task was renamed. */
interface Relabelled {
  readonly parts: Pick<SituationParts, "graph" | "records" | "given" | "unlisted">;
}

/** Tasks with a record, except instances that may still appear when their list is made. */
function namesIn({ parts: { records, unlisted } }: Relabelled): TaskName[] {
  const families = [...(unlisted ?? [])];
  const names = [...records.names()].filter((name) => !isNote(name));
  return families.length === 0 ? names : names.filter((name) => !families.some((family) => name.startsWith(`${family}[`)));
}

/** Index of a task that may use its record; -1 if it is no longer declared, or is a barrier by now. */
function placeOf({ parts: { graph } }: Relabelled, name: TaskName): number {
  const task = graph.indexOf(name);
  return task >= 0 && graph.isBarrier(task) ? -1 : task;
}

/** New name → old name of renamed tasks: their definition parts are equal, and no task that runs has the old name. */
function renamesIn(s: Relabelled): Map<TaskName, TaskName> {
  const { graph, records, given } = s.parts;
  const renames = new Map<TaskName, TaskName>();
  const orphans = namesIn(s).filter((name) => placeOf(s, name) < 0);
  if (orphans.length === 0) return renames;
  const byParts = new Map<string, TaskName[]>();
  for (const name of orphans) {
    const digest = partsDigest(records.get(name)!.parts);
    byParts.set(digest, [...(byParts.get(digest) ?? []), name]);
  }
  for (let task = 0; task < graph.count; task++) {
    const name = graph.name(task);
    if (graph.isBarrier(task) || records.get(name) !== null) continue;
    const from = byParts.get(partsDigest(partsOf(graph.task(task), given)))?.shift();
    if (from !== undefined) renames.set(name, from);
  }
  return renames;
}

/** Gives the records of renamed tasks to their new names. */
export function relabel(s: Situation, recorder: Recorder, emit: Emit): void {
  const renames = renamesIn(s);
  for (const [to, from] of renames) {
    recorder.put(to, s.parts.records.get(from)!, new Set());
    recorder.drop(from);
    emit({ event: "notice", notice: { code: "renamed", from, to } });
  }
  if (renames.size > 0) renameGivers(s, recorder, new Map([...renames].map(([to, from]) => [from, to])));
}

/** Consumers of a renamed task are noted as consumers of the new name; otherwise, once it makes nothing more, nothing would show whose loss that is. */
function renameGivers({ parts: { graph, records } }: Situation, recorder: Recorder, renames: ReadonlyMap<TaskName, TaskName>): void {
  for (let task = 0; task < graph.count; task++) {
    if (graph.isBarrier(task) || graph.task(task).deps.length === 0) continue;
    const name = graph.name(task);
    const record = records.get(name);
    if (record?.givers?.some(([giver]) => renames.has(giver)) !== true) continue;
    recorder.put(name, { ...record, givers: record.givers.map(([giver, paths]) => [renames.get(giver) ?? giver, paths]) }, new Set());
  }
}

/** Records as they will be after renaming, for readers that write nothing. */
export function relabelledRecords(s: Relabelled): Records {
  const { records } = s.parts;
  const renames = renamesIn(s);
  if (renames.size === 0) return records;
  const taken = new Set<string>(renames.values());
  return {
    get: (name) => records.get(renames.get(name) ?? name),
    names: () => [...[...records.names()].filter((name) => !taken.has(name)), ...renames.keys()],
  };
}

export interface Leftover {
  readonly path: FilePath;
  readonly owner: TaskName;
  /** remove: still as recorded, or half-made; the others are kept, `undecided` until a list is made. */
  readonly fate: "remove" | "edited" | "source" | "undecided";
}

/** What a run leaves besides outputs: response files with their content, and the depfile, whose content is not recorded. */
function besides(record: TaskRecord): (readonly [path: FilePath, digest: string | null])[] {
  const found: [FilePath, string | null][] = [];
  for (const [name, text] of Object.entries(record.parts)) {
    if (name.startsWith("files ")) found.push([name.slice(6) as FilePath, text.slice(4)]);
    else if (name === "depfile") found.push([text.slice(text.indexOf(" ") + 1).replace(/\?$/, "") as FilePath, null]);
  }
  return found;
}

/** Paths of depfiles and response files that live tasks declare. */
function livingBesides(s: Situation): ReadonlySet<string> {
  const { graph } = s.parts;
  const paths = new Set<string>();
  for (let task = 0; task < graph.count; task++) {
    const { depfile, files } = graph.task(task);
    if (depfile !== null) paths.add(depfile.path);
    for (const path of Object.keys(files)) paths.add(path);
  }
  return paths;
}

/** A depfile written later than this after the run's end is not the run's. In ms. */
const DEPFILE_SLACK_MS = 2000;

function isLeftBeside(s: Situation, record: TaskRecord, [path, digest]: readonly [FilePath, string | null]): boolean {
  const { world, graph } = s.parts;
  if (path.startsWith("/") || path.startsWith("../") || graph.producerOf(path) >= 0) return false;
  if (world.hidden.has(path)) return true;
  world.forget(path);
  const stat = world.disk.lstat(path);
  if (stat.kind !== "file") return false;
  return digest === null ? stat.mtimeMs <= record.end + DEPFILE_SLACK_MS : world.output(path).slice(1).startsWith(digest + ".");
}

/** Everything that records made and no live definition claims. Looks at the disk, changes nothing. */
export function findLeftovers(s: Situation, sources: Sources = sourcesBefore(s)): Leftover[] {
  const { records } = s.parts;
  const found: Leftover[] = [];
  const living = livingBesides(s);
  for (const name of namesIn(s)) {
    const record = records.get(name);
    if (record === null) continue;
    for (const [path, identity] of madeBy(record)) {
      if (identity === ABSENT || identity === GONE || isClaimed(s, [path, identity], name)) continue;
      const fate = fateOf(s, { path, identity, owner: name, record, sources });
      if (fate !== null) found.push({ path, owner: name, fate });
    }
    for (const one of besides(record)) {
      const named = sources.fateOf(one[0], name);
      if (living.has(one[0]) || named === "source" || !isLeftBeside(s, record, one)) continue;
      // If it is an output as well, it has been listed with its recorded identity.
      if (!madeBy(record).some(([path]) => path === one[0])) found.push({ path: one[0], owner: name, fate: named ?? "remove" });
    }
  }
  return toldOnce(found);
}

/**
 * Claimed by a literal or tree, or by a pattern of the task whose record it is. Another task's pattern claims it only if that
 * task made the file too and what exists is not what `owner` has made of it since.
 */
function isClaimed(s: Situation, [path, identity]: Seen, owner: TaskName): boolean {
  const { graph, records, world } = s.parts;
  const maker = graph.producerOf(path);
  if (maker < 0) return false;
  const name = graph.name(maker);
  const named = name === owner || graph.task(maker).inout.includes(path) || graph.task(maker).outputs.some((output) => output.kind !== "glob" && (output.path === path || isBelow(path, output.path)));
  if (named) return true;
  const own = records.get(name)?.members.find(([member]) => member === path)?.[1];
  if (own === undefined || own === identity) return own !== undefined;
  world.forget(path);
  return !world.hidden.has(path) && world.output(path) !== identity;
}

function madeBy(record: TaskRecord): readonly Seen[] {
  return [...record.members.filter(([, identity]) => identity !== "d"), ...record.outputs];
}

function fateOf(s: Situation, o: { path: FilePath; identity: string; owner: TaskName; record: TaskRecord; sources: Sources }): Leftover["fate"] | null {
  const { world } = s.parts;
  const { path, identity } = o;
  world.forget(path);
  const stat = world.disk.lstat(path);
  if (stat.kind === "absent" || path.startsWith("/")) return null;
  const named = o.sources.fateOf(path, o.owner);
  if (named !== null) return named;
  // Hidden: an earlier preview has found it to be removable.
  if (identity === HALF || world.hidden.has(path)) return "remove";
  if (identity.startsWith("t")) {
    // Its members are handled one by one; the folder is removed as a whole only if nothing in it stays.
    const known = new Map<string, string>(o.record.members);
    const goes = treeNow(world, path).members.every(([member, now]) => known.get(member) === now && o.sources.fateOf(member as FilePath, o.owner) === null);
    return goes ? "remove" : null;
  }
  return stat.kind === "dir" || world.output(path) !== identity ? "edited" : "remove";
}

/** Before anything is judged: no list is known to be valid. */
function sourcesBefore(s: Situation): Sources {
  return new Sources(s, () => false);
}

/** The leftovers that only lists of this build can decide about. */
export function undecidedIn(s: Situation, found: readonly Leftover[]): Undecided {
  const open = found.filter(({ fate }) => fate === "undecided");
  const sources = open.length === 0 ? null : sourcesBefore(s);
  return new Map(open.map(({ path, owner }) => [path, sources!.makersOf(path, owner)]));
}

export interface Clearing {
  readonly recorder: Recorder;
  readonly emit: Emit;
  /** Folders that stay, empty or not, because running tasks write into them. */
  readonly held?: ReadonlySet<FilePath>;
  /** Everything wanted is judged: instances of valid lists count. */
  readonly judged?: boolean;
}

/** Removes what may be removed, reports the rest once, and drops records of removed tasks. */
export function clearLeftovers(s: Situation, { recorder, emit, held, judged }: Clearing): readonly Leftover[] {
  const { graph, records, world } = s.parts;
  const leftovers = findLeftovers(s, judged === true ? new Sources(s, (maker) => isListMade(s, maker)) : undefined);
  const removed = leftovers.filter(({ fate }) => fate === "remove").map(({ path }) => path);
  // An owned folder that goes as a whole before what is in it: folders below it may be read-only.
  for (const path of removed.toSorted()) removeLeftover(s, path, held);
  for (const { path, owner, fate } of leftovers) {
    if (fate === "source" || (fate === "edited" && graph.producerOf(path) < 0 && !isRefused(s, owner))) emit({ event: "notice", notice: { code: "leftover-kept", path, why: fate === "source" ? "now-a-source" : "edited" } });
  }
  if (removed.length > 0) emit({ event: "notice", notice: { code: "leftover-removed", paths: removed } });
  noteStayed(s.parts, { stayed: leftovers.filter(({ fate }) => fate === "source" || fate === "edited").map(({ path }) => path), removed }, recorder);
  const kept = new Set<string>(leftovers.filter(({ fate }) => fate === "edited" || fate === "undecided").map(({ path }) => path));
  const owners = new Set<string>(leftovers.map(({ owner }) => owner));
  for (const name of namesIn(s)) {
    const record = records.get(name)!;
    const task = placeOf(s, name);
    const isApart = name.endsWith(APART);
    const handed = new Set<string>(handedOver(s, name, record));
    if (task < 0 || owners.has(name)) removeEmptied(s, { name, record, held });
    if (handed.size > 0 && !isApart) noteApart(s, { name, record, open: handed }, recorder);
    if (task < 0 && ![...madeBy(record), ...besides(record)].some(([path]) => kept.has(path) || (isApart && handed.has(path)))) {
      recorder.drop(name);
      continue;
    }
    // The record keeps what was removed as made: if the old definition comes back, it is missing.
    const own = leftovers.filter(({ owner }) => owner === name);
    const open = new Set<string>(task < 0 ? [] : own.filter(({ fate }) => fate === "undecided").map(({ path }) => path));
    // An edited one is reported in every build, and the record is replaced once the task has run.
    const noted = new Set<string>(task < 0 ? [] : [...open, ...own.filter(({ path, fate }) => fate === "edited" && graph.producerOf(path) < 0).map(({ path }) => path)]);
    if (noted.size > 0) noteApart(s, { name, record, open: noted }, recorder);
    const given = new Set<string>([...own.filter(({ fate }) => fate === "source").map(({ path }) => path), ...open]);
    const left = madeBy(record).some(([path]) => given.has(path)) ? without(record, given) : record;
    const last = task < 0 ? withGone(s, left) : left;
    if (last !== record) recorder.put(name, last, new Set(task < 0 ? [] : world.touched));
  }
  return leftovers;
}

/** The task is about to fail because of the edit, and reports it itself. */
function isRefused({ parts: { graph, wanted, skipped } }: Situation, owner: TaskName): boolean {
  const task = graph.indexOf(owner);
  return task >= 0 && graph.task(task).drift === "error" && wanted[task] === 1 && skipped[task] === 0;
}

/** Records of continuing tasks as they will be after leftovers are handled, with the notes beside them; for readers that write nothing. */
export function clearedRecords(s: Situation, found: readonly Leftover[]): Records {
  const { records } = s.parts;
  const given = new Map<string, Set<string>>();
  for (const { path, owner, fate } of found) {
    if ((fate === "source" || fate === "undecided") && placeOf(s, owner) >= 0) given.set(owner, (given.get(owner) ?? new Set()).add(path));
  }
  const notes = new Map<string, TaskRecord>();
  for (const name of namesIn(s)) {
    const record = records.get(name)!;
    const handed = name.endsWith(APART) ? [] : handedOver(s, name, record);
    if (handed.length > 0) notes.set(apartFrom(name), asNote(s, { name, record, open: new Set(handed) }));
  }
  if (given.size === 0 && notes.size === 0) return records;
  const get = (name: TaskName): TaskRecord | null => {
    const record = notes.get(name) ?? records.get(name);
    const paths = given.get(name);
    return record === null || paths === undefined ? record : without(record, paths);
  };
  return { get, names: () => new Set([...records.names(), ...(notes.keys() as Iterable<TaskName>)]) };
}

/** Drops the records of removed tasks, unless something of `staying` is left of them, and notes what other tasks are to make. */
export function dropGone(s: Situation, recorder: Recorder, staying: ReadonlySet<string>): void {
  const { records } = s.parts;
  for (const name of [...records.names()]) {
    if (isNote(name) || placeOf(s, name) >= 0) continue;
    const record = records.get(name)!;
    if (madeBy(record).some(([path]) => staying.has(path))) continue;
    const handed = new Set<string>(handedOver(s, name, record));
    if (handed.size > 0 && name.endsWith(APART)) continue;
    if (handed.size > 0) noteApart(s, { name, record, open: handed }, recorder);
    recorder.drop(name);
  }
}

interface Given {
  readonly name: TaskName;
  readonly record: TaskRecord;
  readonly open: ReadonlySet<string>;
}

function apartFrom(name: TaskName): TaskName {
  return `${name}${APART}` as TaskName;
}

/** Notes what a continuing task no longer makes, so that it outlives the task's record until it is decided about. */
function noteApart(s: Situation, given: Given, recorder: Recorder): void {
  recorder.put(apartFrom(given.name), asNote(s, given), new Set());
}

function asNote({ parts: { records } }: Situation, { name, record, open }: Given): TaskRecord {
  const known = records.get(apartFrom(name));
  const of = (now: readonly Seen[], before: readonly Seen[] = []): Seen[] => [...before.filter(([path]) => !open.has(path)), ...now.filter(([path]) => open.has(path))];
  return { ...record, status: "ok", parts: {}, outputs: of(record.outputs, known?.outputs), members: of(record.members, known?.members) };
}

/** Removes empty folders that a task made in its tree, if the tree as a whole stays because of files added to it. */
function removeEmptied(s: Situation, o: { name: TaskName; record: TaskRecord; held: Clearing["held"] }): void {
  const { world } = s.parts;
  for (const [path, identity] of o.record.members.toReversed()) {
    if (identity !== "d" || world.disk.lstat(path).kind !== "dir" || o.held?.has(path) === true || isClaimed(s, [path, identity], o.name)) continue;
    if (world.disk.removeDir(path)) world.forget(path);
  }
}

function without(record: TaskRecord, given: ReadonlySet<string>): TaskRecord {
  return { ...record, outputs: record.outputs.filter(([path]) => !given.has(path)), members: record.members.filter(([path]) => !given.has(path)) };
}

/** For a removed task: files no longer there are not its own if they appear again. */
function withGone({ parts: { world } }: Situation, record: TaskRecord): TaskRecord {
  const isNews = ([path, identity]: Seen): boolean => identity !== ABSENT && identity !== GONE && world.disk.lstat(path).kind === "absent";
  if (!record.outputs.some(isNews) && !record.members.some(isNews)) return record;
  const mark = (seen: Seen): Seen => (isNews(seen) ? [seen[0], GONE] : seen);
  return { ...record, outputs: record.outputs.map(mark), members: record.members.map(mark) };
}

/** Removes a file or tree and the folders above it that became empty, except held ones. */
export function removeLeftover(s: Situation, path: FilePath, held?: ReadonlySet<FilePath>): void {
  const { world, globs } = s.parts;
  if (world.disk.lstat(path).kind === "dir") world.disk.removeTree(path);
  else world.disk.remove(path);
  world.forget(path);
  world.forgetFolders(path);
  for (let dir = parentOf(path); dir !== "" && held?.has(dir) !== true && world.disk.removeDir(dir); dir = parentOf(dir)) world.forget(dir);
  globs.forgetAll();
}
