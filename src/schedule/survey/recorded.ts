// What a record says about one path that its task made, including what links led to that are gone: their output identity is
// their text alone.
import type { Graph } from "../../model/graph.ts";
import type { FilePath } from "../../model/path.ts";
import { ABSENT, isGoodRecord, type Identity, type Seen, type TaskRecord } from "../../model/state.ts";
import type { Task } from "../../model/task.ts";
import { roleOf } from "../../staleness/outputs.ts";
import type { World } from "../../staleness/world.ts";

/** Above this number of entries an index pays, since a reader of a pattern's matches asks for each file. */
const FEW = 16;
const indexes: WeakMap<TaskRecord, ReadonlyMap<FilePath, Identity>> = new WeakMap();

/** The identity with which a file or tree was left; undefined: the task did not make it. */
export function recordedAs(record: TaskRecord, path: FilePath): Identity | undefined {
  const { outputs, members } = record;
  if (outputs.length + members.length <= FEW) return (outputs.find(([made]) => made === path) ?? members.find(([made]) => made === path))?.[1];
  let index = indexes.get(record);
  if (index === undefined) indexes.set(record, (index = new Map([...members, ...outputs])));
  return index.get(path);
}

/** An intermediate as its readers see it: a link with what it led to, if that is known. */
export function recordedInput({ links = [] }: TaskRecord, [path, identity]: Seen): Identity {
  return identity.startsWith("l") ? (links.find(([link]) => link === path)?.[1] ?? identity) : identity;
}

/** What is asked for about a path that a task may have made. */
interface Makers {
  readonly parts: { readonly graph: Graph; readonly world: World; readonly skipped: Uint8Array };
  record(task: number): TaskRecord | null;
  intermediate(maker: number, path: FilePath): Identity | null;
}

/** Whether an intermediate is a link that is not on disk, and what it led to is unknown. */
export function isLostLink(s: Makers, path: FilePath): boolean {
  const { graph, world, skipped } = s.parts;
  const maker = graph.producerOf(path);
  if (maker < 0 || skipped[maker] === 1 || world.input(path) !== ABSENT || s.intermediate(maker, path)?.startsWith("l") !== true) return false;
  return s.record(maker)!.links?.some(([link]) => link === path) !== true;
}

/**
 * A record about to be stored, with the input identities of links that lead only to what the task made or read: as long as the
 * task is fresh, they cannot change.
 */
export function withLinks(world: World, task: Task, record: TaskRecord): TaskRecord {
  // With `drift: "keep"` it is fresh although the targets may have been edited.
  if (!isGoodRecord(record) || task.drift === "keep") return record;
  const links = [...record.outputs, ...record.members].filter(([path, identity]) => identity.startsWith("l") && roleOf(task.outputs, path) === "intermediate");
  if (links.length === 0) return record;
  const read = new Map<FilePath, Identity>(record.inputs);
  for (const [path] of record.custom) read.delete(path);
  const isKnown = (hop: FilePath): boolean => recordedAs(record, hop) !== undefined || (read.has(hop) && read.get(hop) === world.input(hop));
  const known = links.flatMap(([path]): Seen[] => {
    const identity = world.input(path);
    const hops = world.hopsOf(path);
    return hops.length > 0 && hops.every(isKnown) ? [[path, identity]] : [];
  });
  return known.length === 0 ? record : { ...record, links: known };
}

/** What other tasks consume from an ordinary task by its record; null: it is not good, or the record is not enough. */
export function filesOf(record: TaskRecord | null): readonly Seen[] | null {
  return isGoodRecord(record) && record.value === null && record.members.length === 0 ? record.outputs : null;
}
