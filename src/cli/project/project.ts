// From a working directory to a linked graph: the stored one while nothing it was made from has changed, otherwise by
// evaluating the config. Connects config/, graph/ and the store; decides nothing about staleness of tasks.
import { linkGraph } from "../../graph/link.ts";
import { problemsOfRest } from "../../graph/sound.ts";
import { withNeeds } from "../../graph/needs.ts";
import { thawGraph } from "../../graph/thaw.ts";
import type { Frozen, KeptLists, Meta, Stamp } from "../../model/frozen.ts";
import type { Graph } from "../../model/graph.ts";
import { absoluteOf, baseName, toFilePath, type AbsolutePath, type FilePath } from "../../model/path.ts";
import { DiskError, type Disk, type Store } from "../../model/ports.ts";
import { bad, good, type Notice, type Problem, type Result } from "../../model/problem.ts";
import { hasStayed } from "../../schedule/survey/stayed.ts";
import { KIND } from "../../model/table.ts";
import { digestText, openDigest } from "../../staleness/digest.ts";
import { Globs } from "../../staleness/globs.ts";
import { World } from "../../staleness/world.ts";
import type { ConfigLoader, ConfigReads, Doors, LoadedOrNot } from "../doors.ts";
import { listsHold, openLender } from "./lists.ts";
import { loadEditedFiles } from "./edited.ts";
import { markOf } from "./mark.ts";
import { placeOf, stampHolds, wholeEnv } from "./place.ts";
import { relocatable } from "./relocatable.ts";
import { openTools, type Tools } from "./tools.ts";
import { withoutLists, type Unlisted } from "./unlisted.ts";

export interface OpenProject {
  readonly root: AbsolutePath;
  readonly file: AbsolutePath;
  readonly stateDir: AbsolutePath;
  readonly disk: Disk;
  readonly store: Store;
  readonly world: World;
  readonly globs: Globs;
  readonly tools: Tools;
  /** Including the needs that tasks found when they last ran. */
  readonly graph: Graph;
  /** The graph of the config alone, as stored. */
  readonly base: Graph;
  /** The graph is the stored one: what is recorded of its tasks holds, except for those in `redeclared`. */
  readonly stored: boolean;
  /** Tasks whose definition differs from what is recorded of them. */
  readonly redeclared: readonly number[];
  /** The config was evaluated; if that gave the stored graph again, the graph is to be saved with its new stamp. */
  readonly evaluated: boolean;
  /** The config said exactly what is stored: only the stamp differs. */
  readonly restamped: boolean;
  /** A digest of what the config says; "" if that is more than data. */
  readonly said: string;
  readonly stamp: Stamp;
  /** Keys of rows written during evaluation, which may therefore have read something else than what is there now. */
  readonly unsure: readonly string[];
  /** The lists that families were expanded from. */
  readonly lists: KeptLists;
  /** The config was loaded without lists it cannot take: usable only for a build that makes them again. */
  readonly unlisted?: Unlisted;
  readonly notices: readonly Notice[];
}

export interface OpenOptions {
  readonly cwd: string;
  readonly config: string | null;
  readonly readonly: boolean;
  /** Use the stored graph regardless of this config, which cannot be loaded now and may be gone. */
  readonly kept?: { readonly file: AbsolutePath; readonly root: AbsolutePath } | null | undefined;
}

export async function openProject(doors: Doors, options: OpenOptions): Promise<Result<OpenProject>> {
  const found = options.kept == null ? doors.config.find(options.cwd as AbsolutePath, options.config) : good(options.kept);
  if (!found.ok) return found;
  const { file, root } = found.value;
  const place = placeOf(doors, file, root);
  const { disk, clockMs } = openTicking(doors, { root, stateDir: place.stateDir, readonly: options.readonly });
  const seen = doors.takeSeen?.(root, place.stateDir, place.suffix) ?? null;
  const store = seen?.store ?? doors.openStore(place.stateDir, place.suffix);
  const world = new World(disk, store.table);
  if (seen !== null) world.take(seen.sight);
  world.clockMs = clockMs;
  const common = { root, file, stateDir: place.stateDir, disk, store, world, globs: new Globs(world), tools: openTools(doors, { root, disk, world, known: store.meta().versions }) };
  const frozen = store.frozen();
  if (options.kept != null && frozen === null) return bad([{ code: "no-config", from: root }]);
  if (frozen !== null && (options.kept != null || ((await stampHolds({ stamp: frozen.meta.stamp, config: toFilePath(file, root) }, world, doors)) && listsHold(frozen.meta.lists, store) && copiesOf(frozen, root).every((dir) => doors.config.isWhole(dir))))) {
    return good({ ...common, lists: frozen.meta.lists, ...graphsOf(thawGraph(frozen, store.table), store), stored: true, redeclared: [], evaluated: false, restamped: false, said: frozen.meta.said, stamp: frozen.meta.stamp, unsure: [], notices: store.notices });
  }
  const known = frozen !== null && frozen.meta.stamp.tool === doors.tool ? frozen : null;
  let said = "";
  await openDigest();
  const startedMs = world.tick();
  const lender = openLender({ records: store, disk, world }, store.meta().lists);
  const request = { file, root, stateDir: place.stateDir, readonly: options.readonly, list: lender.lend, isKnown: (text: string) => (said = digestText(text)) === known?.meta.said, held: frozen === null ? [] : copiesOf(frozen, root) };
  const edited = frozen !== null && listsHold(frozen.meta.lists, store) ? await loadEditedFiles(doors, { ...request, frozen, world }) : null;
  const loaded: LoadedOrNot = edited !== null ? good(edited) : await doors.config.load(request);
  world.forgetAll(); // code of the config may have written files that were looked at before it ran
  if (!loaded.ok) return openWithoutLists(loaded.declared === undefined ? loaded : bad([...loaded.problems, ...problemsOfRest(loaded.declared, loaded.problems)]));
  const { project, reads, notices } = options.config === null ? withBeside(loaded.value, file, doors.config.beside(file)) : loaded.value;
  if (project === null) {
    const stamped = stampOf(doors, world, { reads, root, startedMs });
    return good({ ...common, lists: known!.meta.lists, ...graphsOf(thawGraph(known!, store.table), store), stored: true, redeclared: [], evaluated: true, restamped: true, said, ...stamped, notices: [...store.notices, ...notices] });
  }
  if (absoluteOf(project.stateDir, root) !== place.stateDir) return openElsewhere(project.stateDir);
  const linked = linkGraph(relocatable(project, root));
  if (!linked.ok) return openWithoutLists(linked);
  const stamped = stampOf(doors, world, { reads, root, startedMs });
  // A comment, formatting, or a reordering where order means nothing: the same tasks with the same needs.
  const redeclared = known === null ? null : store.redeclared(linked.value);
  const lists = edited !== null ? frozen!.meta.lists : lender.lent();
  const isKept = redeclared?.isSame === true && saysElseTheSame(known!.meta, { ...linked.value, lists, said });
  const graph = isKept ? thawGraph(known!, store.table) : linked.value;
  return good({ ...common, lists, ...graphsOf(graph, store), stored: redeclared !== null, redeclared: redeclared?.tasks ?? [], evaluated: true, restamped: isKept, said, ...stamped, notices: [...store.notices, ...notices] });

  /** The task that makes an unusable list may now make another one. */
  async function openWithoutLists(failed: { readonly ok: false; readonly problems: readonly Problem[] }): Promise<Result<OpenProject>> {
    const less = await withoutLists(doors.config.load, request, lender.lent(), root);
    if (less === null) return failed;
    const again = await openProject({ ...doors, config: { ...doors.config, load: () => Promise.resolve(less.loaded), loadEdited: () => Promise.resolve(null) } }, { ...options, config: file });
    return again.ok ? good({ ...again.value, lists: less.lists, unlisted: { problems: failed.problems, sources: less.sources } }) : failed;
  }

  /** The state folder's name is computed, so it was not found in the text: open the right one. */
  function openElsewhere(named: FilePath): Promise<Result<OpenProject>> {
    const stateDir = absoluteOf(named, root);
    return openProject({ ...doors, config: { ...doors.config, stateDirIn: () => named, load: () => Promise.resolve(loaded), loadEdited: () => Promise.resolve(null) } }, { ...options, config: file }).then((again) => {
      if (again.ok && again.value.stateDir !== stateDir) throw new Error("the state folder moved while it was opened");
      return again;
    });
  }
}

/** A file written less than this long before an evaluation began, in ms, may by its times have been written during it. */
export const STAMP_AGE_MS = 20;

/** A config that was searched for: the search looked for others, too, and one that comes is told of. */
function withBeside<L extends Extract<LoadedOrNot, { ok: true }>["value"]>(loaded: L, file: AbsolutePath, beside: ReturnType<ConfigLoader["beside"]>): L {
  const { reads, notices } = loaded;
  const namesOf = (there: boolean): string[] => beside.flatMap((one) => (one.there === there ? [one.name] : []));
  const [others, absent] = [namesOf(true), namesOf(false)];
  return { ...loaded, reads: { ...reads, absent: [...reads.absent, ...absent] }, notices: others.length === 0 ? notices : [{ code: "config-beside", file: baseName(file), others }, ...notices] };
}

/** If the clock's file cannot be written, nothing can; fresh tasks are still reported, using a cautious guess of the time. */
function openTicking(doors: Doors, { root, stateDir, readonly }: { root: string; stateDir: string; readonly: boolean }): { disk: Disk; clockMs: number } {
  const disk = doors.openDisk(root, stateDir, { readonly });
  try {
    return { disk, clockMs: disk.clockMs() };
  } catch (error) {
    if (!(error instanceof DiskError) || !["EROFS", "EACCES", "EPERM"].includes(error.errno)) throw error;
    const reading = doors.openDisk(root, stateDir, { readonly: true });
    return { disk: reading, clockMs: reading.clockMs() };
  }
}

/** Whether anything stored beside the tasks differs. */
function saysElseTheSame(kept: Meta, now: Pick<Graph, "default" | "jobs" | "settings" | "spareParams"> & Pick<Meta, "stateDir" | "lists" | "said">): boolean {
  const text = ({ default: targets, jobs, settings, stateDir, spareParams, lists, said }: typeof now): string =>
    JSON.stringify([targets, jobs, Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)), stateDir, spareParams ?? {}, lists, said]);
  return text(kept) === text(now);
}

export function graphsOf(base: Graph, store: Store): Pick<OpenProject, "graph" | "base"> {
  return { base, graph: withNeeds(base, store.traced(), (path) => hasStayed(store, path)) };
}

export function stampOf(doors: Doors, world: World, { reads, root, startedMs }: { readonly reads: ConfigReads; readonly root: AbsolutePath; readonly startedMs: number }): Pick<OpenProject, "stamp" | "unsure"> {
  const keys = [...reads.files, ...reads.absent, ...reads.folders.map((folder) => (folder === "" ? "./" : folder + "/"))];
  const evaluated = new Map(reads.evaluated);
  const recent: string[] = [];
  const rows = keys.map((key): [string, string] => {
    const row = world.table.idOf(key);
    world.look(row);
    const c = world.table.columns;
    if (c.kind[row] === KIND.absent ? evaluated.has(key) : Math.max(c.mtimeMs[row]!, c.ctimeMs[row]!) >= startedMs - STAMP_AGE_MS) recent.push(key);
    return [key, world.table.identityOf(row)];
  });
  const env = reads.env.map((name): [string, string | null] => [name, name === "*" ? wholeEnv(doors.system) : markOf(doors.system.env[name])]);
  // All were looked at: any later write is detected.
  const unsure = recent.filter((key) => {
    const digest = evaluated.get(key);
    return digest === undefined || doors.config.isAsRead?.(absoluteOf(key as FilePath, root), digest) !== true;
  });
  return { stamp: { tool: doors.tool, rows, env, settled: !reads.volatile && unsure.length === 0, copies: reads.copies, ...((reads.listed?.length ?? 0) > 0 ? { listed: reads.listed! } : {}), ...(reads.volatile ? { blind: true } : {}) }, unsure };
}

function copiesOf({ meta }: Frozen, root: AbsolutePath): string[] {
  return (meta.stamp.copies ?? []).map((dir) => absoluteOf(dir as FilePath, root));
}
