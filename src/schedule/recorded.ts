// What a record says of one path that its task made. Of links that are gone what they led to: their output identity is their
// text alone.
import type { FilePath } from "../model/path.ts";
import { isGoodRecord, type Identity, type Seen, type TaskRecord } from "../model/state.ts";
import type { Task } from "../model/task.ts";
import { roleOf } from "../staleness/outputs.ts";
import type { World } from "../staleness/world.ts";

/** Above this an index pays: who reads what a pattern made asks for each file. */
const FEW = 16;
const indexes: WeakMap<TaskRecord, ReadonlyMap<FilePath, Identity>> = new WeakMap();

/** The identity that a file or tree was left with; undefined: the task did not make it. */
export function recordedAs(record: TaskRecord, path: FilePath): Identity | undefined {
  const { outputs, members } = record;
  if (outputs.length + members.length <= FEW) return (outputs.find(([made]) => made === path) ?? members.find(([made]) => made === path))?.[1];
  let index = indexes.get(record);
  if (index === undefined) indexes.set(record, (index = new Map([...members, ...outputs])));
  return index.get(path);
}

/** An intermediate as those see it who read it: a link with what it led to, where that is known. */
export function recordedInput({ links = [] }: TaskRecord, [path, identity]: Seen): Identity {
  return identity.startsWith("l") ? (links.find(([link]) => link === path)?.[1] ?? identity) : identity;
}

/**
 * A record that is about to be put, with the input identities of links that lead to what the task made or read and to nothing
 * else: as long as it is fresh, they cannot be others.
 */
export function withLinks(world: World, task: Task, record: TaskRecord): TaskRecord {
  // By `drift` it is fresh though what they lead to was edited.
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

/** What others take from an ordinary task by its record; null: it does not stand good, or more is to be asked. */
export function filesOf(record: TaskRecord | null): readonly Seen[] | null {
  return isGoodRecord(record) && record.value === null && record.members.length === 0 ? record.outputs : null;
}
