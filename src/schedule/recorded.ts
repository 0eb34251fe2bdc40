// What a record says of one path that its task made. Knows no disk.
import type { FilePath } from "../model/path.ts";
import type { Identity, TaskRecord } from "../model/state.ts";

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
