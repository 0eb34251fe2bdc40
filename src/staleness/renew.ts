// Looks that are to be true of this moment. Knows no tasks.
import type { World } from "./world.ts";

/** Paths that are worth a loop of their own. */
const MANY = 100;

/** Forgets what was seen at `path` before this moment. */
export function renew(world: World, path: string): void {
  if (world.moments.isFirst(world.table.idOf(path))) world.forget(path);
}

/** Looks at many paths in one loop; few are looked at when they are asked for. */
export function lookAll(world: World, paths: readonly string[]): void {
  if (paths.length < MANY) return;
  const rows = paths.map((path) => world.table.idOf(path));
  for (const row of world.journal === null ? [] : rows) world.journal!.looked.add(row);
  world.sweep(rows);
}
