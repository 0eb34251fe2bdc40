// Targets `@since:REF`: asks version control what has changed, and adds what the state knows of tasks and of what the config was
// made from. Which tasks that affects is decided in graph/affected.ts.
import { affectedBy, overOf, type Clues } from "../graph/affected.ts";
import { exactTask, type Place } from "../graph/select.ts";
import { SINCE, type Change } from "../model/change.ts";
import { baseName, isBelow, parentOf, type FilePath } from "../model/path.ts";
import type { Graph } from "../model/graph.ts";
import type { Disk } from "../model/ports.ts";
import { bad, good, type Result } from "../model/problem.ts";
import { listingKey } from "../model/table.ts";
import type { Task } from "../model/task.ts";
import { aliasesOf } from "./through-links.ts";
import type { Doors } from "./doors.ts";
import { functionsOf } from "./project/edited.ts";
import { LOCKFILES } from "./past/runs.ts";
import type { OpenProject } from "./project/project.ts";

type Opened = Pick<OpenProject, "graph" | "store" | "stored" | "stamp" | "disk" | "root" | "stateDir">;

/** By word, the tasks that it names; words that name a task or an output themselves are left out. */
export async function affectedByWord(doors: Pick<Doors, "changesSince">, project: Opened, words: readonly string[], place: Place): Promise<Result<ReadonlyMap<string, Uint8Array>>> {
  const affected = new Map<string, Uint8Array>();
  for (const word of new Set(words)) {
    if (!word.startsWith(SINCE) || exactTask(project.graph, word, place) >= 0) continue;
    const asked = await doors.changesSince(project.root, word.slice(SINCE.length));
    if (!asked.ok) return bad(asked.problems);
    const changes = asked.value.files.filter(({ path }) => path !== project.graph.stateDir && !isBelow(path, project.graph.stateDir));
    const named = [...changes, ...aliasesOf(project, changes, asked.value.links)];
    affected.set(word, named.length === 0 ? new Uint8Array(project.graph.count) : affectedBy(project.graph, named, cluesOf(project, named)));
  }
  return good(affected);
}

function cluesOf(project: Opened, changes: readonly Change[]): Clues {
  const { graph, store, stored, root } = project;
  const memo = stored ? store.memo() : null;
  const packages = changes.some(({ path }) => LOCKFILES.includes(baseName(path)) && isAbove(parentOf(path), root));
  return {
    root, redefined: mayRedefine(project, changes, packages),
    traces: [...store.traced()].map(([name, trace]) => [graph.indexOf(name), trace] as const).filter(([task]) => task >= 0),
    madeBy: (task) => {
      const record = store.get(graph.name(task));
      return record === null ? [] : [...record.outputs, ...record.members].map(([path]) => path);
    },
    eachReader: (paths, take) => {
      if (memo !== null) memo.eachOn(paths.map((path) => store.table.find(path)).filter((row) => row >= 0), take);
      else eachRecorded(project, new Set(paths), take);
    },
    ...(packages ? { usesPackage } : {}),
  };
}

/** The tasks whose last run reported one of the paths. */
function eachRecorded({ graph, store }: Opened, paths: ReadonlySet<FilePath>, take: (task: number) => void): void {
  for (let task = 0; task < graph.count; task++) {
    const record = store.get(graph.name(task));
    if (record !== null && [record.inputs, record.discovered].some((seen) => seen.some(([path]) => paths.has(path)))) take(task);
  }
}

function usesPackage(task: Task): boolean {
  return functionsOf(task).some(({ code }) => code.some(({ path }) => path.startsWith("node_modules/")));
}

function isAbove(folder: string, root: string): boolean {
  return folder === "" || (folder.startsWith("/") && (folder === "/" || isBelow(root, folder)));
}

/** What an included module may be called. */
const MODULE = /\.[cm]?[jt]s$/;

/**
 * Whether a task may have been declared otherwise before: something that evaluating the config read has changed, come or gone. What
 * it said then is not known, as only evaluating it among the files of then would tell.
 */
function mayRedefine({ graph, stamp, disk }: Opened, changes: readonly Change[], packages: boolean): boolean {
  if (stamp.blind === true) return true;
  const keys = stamp.rows.map(([key]) => key);
  if (packages && keys.some((key) => key.includes("node_modules/"))) return true;
  const read = new Set<string>(keys);
  const listed = new Set<string>(stamp.listed ?? []);
  if (changes.some(({ path, whole }) => read.has(path) || (whole && keys.some((key) => isBelow(key, path))))) return true;
  for (const path of entriesMoved(changes, disk)) if (read.has(path) || listed.has(parentOf(path))) return true;
  // Whether a module that is gone was included is not known any more.
  if (changes.some(({ path, kind }) => kind === "deleted" && MODULE.test(path) && read.has(listingKey(parentOf(path))))) return true;
  return losesInstance(graph, changes);
}

/** Paths that have come or gone, with the folders that have come or gone with them. */
function entriesMoved(changes: readonly Change[], disk: Disk): ReadonlySet<FilePath> {
  const moved = new Set<FilePath>();
  const stays = new Set<FilePath>();
  for (const { path, kind } of changes) if (kind !== "edited") moved.add(path);
  /** Nothing is in it but what has come. */
  const isNew = (folder: FilePath): boolean => disk.list(folder)?.names.every((name) => {
    const path = `${folder}/${name}` as FilePath;
    return moved.has(path) || (disk.lstat(path).kind === "dir" && isNew(path));
  }) ?? true;
  for (const path of [...moved]) {
    for (let at = parentOf(path); at !== "" && at !== "/" && !moved.has(at) && !stays.has(at); at = parentOf(at)) (isNew(at) ? moved : stays).add(at);
  }
  return moved;
}

/** Whether an instance of a family may be gone, whose outputs nobody knows now, or others may have moved up in its place. */
function losesInstance(graph: Graph, changes: readonly Change[]): boolean {
  const gone = overOf(changes.filter(({ kind }) => kind === "deleted"));
  const moved = overOf(changes.filter(({ kind }) => kind !== "edited"));
  for (let task = 0; task < graph.count; task++) {
    const family = graph.isBarrier(task) ? graph.task(task).family : undefined;
    if (family !== undefined && (family.counted === true ? moved : gone)(family).size > 0) return true;
  }
  return false;
}
