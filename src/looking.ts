// The doors of this machine that a read-only look needs, separate from the others (machine.ts): a build without work should
// not load what it does not use.
import process from "node:process";
import type { LookingDoors } from "./cli/doors.ts";
import { configsBeside, findConfig } from "./config/find.ts";
import { stateDirIn } from "./config/state-dir.ts";
import { State } from "./store/state.ts";
import { openDisk } from "./system/disk.ts";
import { openSystem } from "./system/system.ts";

declare const TG_VERSION: string;

const VERSION = typeof TG_VERSION === "string" ? TG_VERSION : "0.0.0-source";

/** Number of files from which a second thread pays off (docs/performance.md). */
const HELPED_ROWS = 50_000;
/** Number of files, and of bytes, from which other threads hash as well (docs/performance.md). */
const HASHED_FILES = 10_000;
const HASHED_BYTES = 512 * 1024 * 1024;
const PATIENCE_MS = 10_000;

/** The runtime and its major version: function tasks and config evaluation may differ between them. */
export function runtimeName(): string {
  const versions = process.versions as Record<string, string | undefined>;
  const name = versions["bun"] !== undefined ? "bun" : versions["deno"] !== undefined ? "deno" : "node";
  return `${name} ${(versions[name] ?? "").split(".")[0]}`;
}

/** `packageDir`: the folder that holds `dist/`. */
export function openLooking(packageDir: string): LookingDoors {
  const helper = { module: `${packageDir}/dist/sweeper.cjs`, from: HELPED_ROWS, patienceMs: PATIENCE_MS };
  const hashers = { module: `${packageDir}/dist/hasher.cjs`, files: HASHED_FILES, bytes: HASHED_BYTES, patienceMs: PATIENCE_MS };
  return {
    system: openSystem(),
    openDisk: (root, stateDir, options) => openDisk(root, stateDir, { ...options, helper, hashers }),
    openStore: (dir, suffix, options) => State.open(dir, suffix, options),
    config: { find: findConfig, beside: configsBeside, stateDirIn: (file) => stateDirIn(file) },
    tool: `tg ${VERSION} ${runtimeName()}`,
  };
}
