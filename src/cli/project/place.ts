// Where a config keeps its state, and whether the stored graph is still valid for it. Evaluates no config.
import type { Stamp } from "../../model/frozen.ts";
import { absoluteOf, CONFIG_NAMES, toFilePath, type AbsolutePath, type FilePath } from "../../model/path.ts";
import type { System } from "../../model/ports.ts";
import { KIND } from "../../model/table.ts";
import { openDigest } from "../../staleness/digest.ts";
import type { World } from "../../staleness/world.ts";
import type { LookingDoors } from "../doors.ts";
import { markOf } from "./mark.ts";

export function placeOf(doors: LookingDoors, file: AbsolutePath, root: AbsolutePath): { stateDir: AbsolutePath; suffix: string } {
  const name = toFilePath(file, root);
  const usual = CONFIG_NAMES.includes(name);
  const stateDir = absoluteOf(toFilePath(doors.config.stateDirIn(file) ?? ".tg", root), root);
  return { stateDir, suffix: usual ? "" : "." + (markOf(name) ?? "") };
}

export interface KeptStamp {
  readonly stamp: Stamp;
  /** The config found now: one with a preferred name may have appeared beside the one that was evaluated. */
  readonly config: FilePath;
}

/** Whether nothing changed that evaluating the config read. Reads files whose stat has changed. */
export async function stampHolds(kept: KeptStamp, world: World, doors: LookingDoors): Promise<boolean> {
  if (!unchanged(kept, doors)) return false;
  const rows = stampRows(kept.stamp, world);
  const later = world.sweep(rows);
  if (later.length > 0) {
    await openDigest();
    world.sweep(later);
  }
  return rowsHold(kept.stamp, rows, world);
}

/** The same by stat alone: false if a file would have to be read. */
export function stampHoldsByStat(kept: KeptStamp, world: World, doors: LookingDoors): boolean {
  if (!unchanged(kept, doors)) return false;
  const rows = stampRows(kept.stamp, world);
  return world.sweep(rows).length === 0 && rowsHold(kept.stamp, rows, world);
}

/** The changed files, if nothing else has changed; null otherwise. Call when the stamp does not hold. */
export function editedFiles(kept: KeptStamp, world: World, doors: LookingDoors): ReadonlySet<FilePath> | null {
  if (!unchanged(kept, doors)) return null;
  const edited = new Set<FilePath>();
  for (const [key, identity] of kept.stamp.rows) {
    if (world.table.identityOf(world.table.idOf(key)) === identity) continue;
    if (key.endsWith("/") || world.kindOf(key) !== KIND.file) return null;
    edited.add(key as FilePath);
  }
  return edited;
}

/** What evaluation read and is missing now, folders with a trailing slash. Looks at the disk again. */
export async function placesMoved(stamp: Stamp, world: World): Promise<string[]> {
  const rows = stampRows(stamp, world);
  await openDigest();
  world.tick();
  world.recheck(rows);
  return stamp.rows.filter(([, identity], i) => world.table.identityOf(rows[i]!) !== identity).map(([key]) => key);
}

function unchanged({ stamp, config }: KeptStamp, doors: LookingDoors): boolean {
  if (!stamp.rows.some(([key]) => key === config)) return false;
  if (!stamp.settled || stamp.tool !== doors.tool) return false;
  return stamp.env.every(([name, mark]) => (name === "*" ? mark === wholeEnv(doors.system) : markOf(doors.system.env[name]) === mark));
}

function stampRows(stamp: Stamp, world: World): number[] {
  return stamp.rows.map(([key]) => world.table.idOf(key));
}

function rowsHold(stamp: Stamp, rows: readonly number[], world: World): boolean {
  return stamp.rows.every(([, identity], i) => world.table.identityOf(rows[i]!) === identity);
}

export function wholeEnv(system: System): string | null {
  return markOf(Object.keys(system.env).sort().map((name) => `${name}=${system.env[name]}`).join("\0"));
}
