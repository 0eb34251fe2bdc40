// The paths named in the depfile of a task that exited 0: where they lead, whether the files are older than the run, whether
// their makers ran before. Runs nothing.
import { standsBefore } from "../../graph/before.ts";
import { askedFor } from "../../graph/needs.ts";
import { VALIDATE, type Graph } from "../../model/graph.ts";
import { isBelow, isOutside, toFilePath, type AbsolutePath, type FilePath } from "../../model/path.ts";
import { ABSENT, type Seen } from "../../model/state.ts";
import type { TaskProblem } from "../../model/problem.ts";
import { DiskError } from "../../model/ports.ts";
import type { Asked } from "../../model/question.ts";
import { KIND } from "../../model/table.ts";
import { parseDepfile } from "../../staleness/depfile.ts";
import { mayMeet } from "../../staleness/outputs.ts";
import { FUTURE_MS } from "../../staleness/racy.ts";
import { lookAtRows, renew, renewRow } from "../../staleness/renew.ts";
import { Ways, type Signpost, type Way } from "../../staleness/ways.ts";
import type { World } from "../../staleness/world.ts";
import type { Named, NamedFolder } from "./named.ts";
import type { Prepared } from "./prepare.ts";
import { hasStayed } from "../survey/stayed.ts";
import { fail, type Checked } from "./verify.ts";
import type { Workshop } from "./workshop.ts";

export interface Found {
  readonly seen: readonly Seen[];
  /** Those among them that tasks make. */
  readonly made: readonly FilePath[];
  /** Links and folders on the ways to them. */
  readonly signs: ReadonlySet<Signpost>;
}

const NOTHING: Found = { seen: [], made: [], signs: new Set() };
const NOBODY: ReadonlySet<number> = new Set();

/** Inputs that the depfile names, without the declared ones and the task's own outputs. Missing ones are kept as absent. */
export function discoveredInputs(w: Workshop, index: number, p: Prepared): Checked<Found> {
  const { task } = p;
  const { world } = w.situation.parts;
  if (task.depfile === null) return { ok: true, value: NOTHING };
  const { path, format, optional } = task.depfile;
  let text: string;
  try {
    if (world.disk.lstat(path).kind === "absent") {
      return optional ? { ok: true, value: NOTHING } : fail({ code: "depfile-missing", task: task.name, path });
    }
    text = Buffer.from(world.disk.read(path)).toString("utf8");
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    return fail({ code: "depfile-bad", task: task.name, path, line: 0, message: error.errno });
  }
  const parsed = parseDepfile(format, text);
  if (!parsed.ok) return fail({ code: "depfile-bad", task: task.name, path, line: parsed.line, message: parsed.message });
  return { ok: true, value: foundAt(w, index, { paths: parsed.paths, declared: new Set<string>(p.inputs.map(([input]) => input)) }) };
}

/** The files by the names known to other tasks, with links resolved. */
function foundAt(w: Workshop, index: number, { paths, declared }: { readonly paths: readonly string[]; readonly declared: ReadonlySet<string> }): Found {
  const { world, graph } = w.situation.parts;
  const root = world.disk.root as AbsolutePath;
  const { depfile, cwd } = graph.task(index);
  const ways = new Ways(world.disk);
  const elsewhere = new Map<FilePath, Seen>();
  const take = (file: FilePath): void => {
    if (file === "" || declared.has(file) || graph.producerOf(file) === index || elsewhere.has(file)) return;
    renew(world, file);
    const kind = world.kindOf(file);
    if (kind !== KIND.dir && kind !== KIND.special) elsewhere.set(file, seenNow(world, world.table.idOf(file)));
  };
  const named = paths.map(w.names.from(depfile?.cwd ?? cwd));
  const isWanted = (name: Named): boolean => name.told !== "" && !declared.has(name.told) && w.names.makerOf(name, graph) !== index;
  const { direct, others, signs } = lookDirectly(w, { named, isWanted, ways });
  for (const { told, folder, word } of others) {
    const way = ways.follow(`${folder.full}/${word}`);
    const real = toFilePath(way.real, root);
    if (graph.producerOf(real) === index) continue;
    for (const sign of way.signs) signs.add(sign);
    // A link that the task makes itself is not an input; what it leads to is.
    const isElsewhere = way.strays || (isOutside(told) && !isOutside(real)) || (real !== told && graph.producerOf(told) === index);
    if (!isElsewhere) take(told);
    if (isElsewhere || graph.producerOf(real) >= 0) take(real);
    if (way.strays) for (const sign of way.signs) if (sign.link) take(toFilePath(sign.path, root));
  }
  return { ...allOf(w, direct, elsewhere), signs };
}

/** Both in one list, by code unit, each path once. */
function allOf({ situation, names }: Workshop, direct: readonly Named[], elsewhere: ReadonlyMap<FilePath, Seen>): Pick<Found, "seen" | "made"> {
  const { world, graph } = situation.parts;
  const seen: Seen[] = [];
  const made: FilePath[] = [];
  for (const name of direct) {
    seen.push(seenNow(world, names.rowOf(name)));
    if (names.makerOf(name, graph) >= 0) made.push(name.told);
  }
  if (elsewhere.size === 0) return { seen, made };
  const byPath = new Map([...elsewhere, ...seen.map((one) => [one[0], one] as const)]);
  const all = [...byPath.keys()].sort();
  return { seen: all.map((file) => byPath.get(file)!), made: all.filter((file) => graph.producerOf(file) >= 0) };
}

interface Looked {
  /** Files, or nothing, where their names lead by their text. Sorted, each path once. */
  readonly direct: readonly Named[];
  /** What may lead elsewhere. */
  readonly others: readonly Named[];
  /** Of the folders of those that lead directly. */
  readonly signs: Set<Signpost>;
}

/** Looks at the files whose names lead, by their text, where their folders are; what is not plain may lead elsewhere. */
function lookDirectly({ situation, names }: Workshop, { named, isWanted, ways }: { readonly named: readonly Named[]; readonly isWanted: (name: Named) => boolean; readonly ways: Ways }): Looked {
  const { world } = situation.parts;
  const places = new Map<NamedFolder, Way>();
  const placeOf = (folder: NamedFolder): Way => {
    let place = places.get(folder);
    if (place === undefined) places.set(folder, (place = ways.folder(folder.full)));
    return place;
  };
  const isDirect = (name: Named): boolean => {
    if (!isWanted(name)) return false;
    const place = placeOf(name.folder);
    return !place.strays && place.real === name.above;
  };
  const [near, others]: [Named[], Named[]] = [[], []];
  for (const name of named) (isDirect(name) ? near : others).push(name);
  const rows = near.map((name) => names.rowOf(name));
  for (const row of rows) renewRow(world, row);
  lookAtRows(world, rows);
  const plain = near.filter((name) => {
    const row = names.rowOf(name);
    world.look(row);
    const isFile = isPlain(world.table.columns.kind[row]!);
    if (!isFile) others.push(name);
    return isFile;
  });
  const signs = new Set<Signpost>();
  for (const folder of new Set(plain.map((name) => name.folder))) for (const sign of placeOf(folder).signs) signs.add(sign);
  return { direct: names.sorted(plain), others, signs };
}

function isPlain(kind: number): boolean {
  return kind === KIND.file || kind === KIND.absent;
}

function seenNow({ table }: World, row: number): Seen {
  return table.pairOf(row, table.identityOf(row));
}

/** Paths that an earlier run has discovered, as they are now. */
export function foundNow(w: Workshop, paths: readonly FilePath[]): Found {
  const { world, graph } = w.situation.parts;
  const seen = paths.map((path): Seen => {
    world.forget(path);
    return [path, world.input(path)];
  });
  return { ...NOTHING, seen, made: paths.filter((path) => graph.producerOf(path) >= 0) };
}

export interface Discovery extends Found {
  /** Tasks that it asked for while it ran: what they make existed before it got its answer. */
  readonly needed: ReadonlySet<number>;
}

export function discoveryOf(w: Workshop, found: Found, { task, trace }: { readonly task: number; readonly trace: readonly Asked[] }): Discovery {
  const { graph, records } = w.situation.parts;
  const needed = trace.length === 0 ? NOBODY : withJoined(graph, new Set(trace.flatMap((asked) => askedFor(graph, task, asked, (path) => hasStayed(records, path)))));
  return { ...found, needed };
}

/** A question about a barrier asked for everything it joins. */
function withJoined(graph: Graph, tasks: Set<number>): ReadonlySet<number> {
  for (const task of tasks) {
    if (!graph.isBarrier(task)) continue;
    for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) if (graph.needKinds[e] !== VALIDATE) tasks.add(graph.needs[e]!);
  }
  return tasks;
}

/**
 * A discovered file that was written, or whose links were changed, after the task began, and not by a task that had ended before:
 * which content the command read is unknown. `startedMs` is the filesystem's clock at the start.
 */
export function youngDiscovery(w: Workshop, { seen, signs, needed }: Discovery, { index, startedMs }: { readonly index: number; readonly startedMs: number }): FilePath | null {
  const { world, graph } = w.situation.parts;
  const isLate = (path: FilePath): boolean => {
    const maker = graph.producerOf(path);
    const ended = maker < 0 ? undefined : w.endedAt.get(maker);
    return maker !== index && !needed.has(maker) && (ended === undefined || ended > startedMs);
  };
  const { mtimeMs, ctimeMs } = world.table.columns;
  for (const [path, identity] of seen) {
    if (identity === ABSENT) continue;
    const row = world.table.idOf(path);
    // A write made now never has a time in the future.
    const written = mtimeMs[row]! <= world.clockMs + FUTURE_MS ? mtimeMs[row]! : 0;
    if (Math.max(written, ctimeMs[row]!) >= startedMs && isLate(path)) return path;
  }
  for (const { path, link, sinceMs } of signs) {
    if (sinceMs < startedMs || sinceMs > world.clockMs + FUTURE_MS) continue;
    const file = toFilePath(path, world.disk.root as AbsolutePath);
    if (link ? isLate(file) : !holdsOutputs(w, file)) return file;
  }
  return null;
}

/** Folders that tasks write into may change at any time. */
function holdsOutputs({ situation }: Workshop, folder: FilePath): boolean {
  const { graph } = situation.parts;
  for (let task = 0; task < graph.count; task++) {
    if (graph.task(task).outputs.some((output) => (output.kind === "file" ? isBelow(output.path, folder) : mayMeet(folder, output)))) return true;
  }
  return false;
}

/** A discovered file made by a task that nothing declared orders before this one. Questions of an earlier run count, even if not asked again. */
export function undeclaredOrder(w: Workshop, index: number, { made, needed }: Discovery): TaskProblem | null {
  const { graph } = w.situation.parts;
  for (const path of made) {
    const maker = graph.producerOf(path);
    if (maker !== index && !needed.has(maker) && !standsBefore(graph.declared ?? graph, maker, index)) {
      return { code: "undeclared-order", task: graph.name(index), path, producer: graph.name(maker) };
    }
  }
  return null;
}
