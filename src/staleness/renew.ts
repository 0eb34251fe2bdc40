// Fresh looks at the disk. Knows no tasks.
import type { World } from "./world.ts";

/** From this many paths on, a loop of their own pays. */
const MANY = 100;

/** Discards what was seen at `path` before the current moment. */
export function renew(world: World, path: string): void {
  renewRow(world, world.table.idOf(path));
}

export function renewRow(world: World, row: number): void {
  if (world.moments.isFirst(row)) world.forgetRow(row);
}

/** Looks at many paths in one loop; a few are looked at on demand. */
export function lookAll(world: World, paths: readonly string[]): void {
  if (paths.length >= MANY) lookAtRows(world, paths.map((path) => world.table.idOf(path)));
}

export function lookAtRows(world: World, rows: readonly number[]): void {
  if (rows.length < MANY) return;
  for (const row of world.journal === null ? [] : rows) world.journal!.looked.add(row);
  world.sweep(rows);
}
