// What a record says was taken from other tasks, in the order in which it was. Looks at no file.
import type { FilePath } from "../model/path.ts";
import type { Identity, Seen } from "../model/state.ts";

/** Looks up what was taken of a path, which normally stands where it does now: no map of thousands is made for each task. */
export function takenBefore(upstream: readonly Seen[]): (path: FilePath, at: number) => Identity | undefined {
  let all: ReadonlyMap<FilePath, Identity> | null = null;
  return (path, at) => (upstream[at]?.[0] === path ? upstream[at][1] : (all ??= new Map(upstream)).get(path));
}
