// Chooses how to watch on this machine: folder by folder if the system's own watches can be trusted, otherwise with chokidar.
// Knows no tasks.
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Watcher, WatchSignal } from "../model/ports.ts";
import { openNativeWatcher } from "./native.ts";

/** Provided by the micro-bin: V8 refuses compiled code kept under other flags. */
declare const require: { readonly keepCodeNow?: () => void } | undefined;

let lean = false;

/**
 * A watch lives long and works in short rounds: V8's nursery for new objects, which would grow to 48 MB within a hundred
 * rounds, keeps its size, and old objects are collected early (docs/performance.md). Called after the first look: loading
 * the module that sets flags takes longer than they would save it. Node only.
 */
function stayLean(): void {
  if (lean) return;
  lean = true;
  if (typeof require === "function") (require as { readonly keepCodeNow?: () => void }).keepCodeNow?.();
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--optimize-for-size");
  setFlagsFromString("--expose-gc");
}

let collect: (() => void) | null = null;

/** Collects garbage, which V8 postpones until there is some 8 MB. Node only. */
export function tidy(): void {
  if (process.versions["bun"] !== undefined || process.versions["deno"] !== undefined) return;
  stayLean();
  collect ??= runInNewContext("typeof gc === 'function' ? gc : () => {}") as () => void;
  // Half-empty pages are not returned by themselves. Not set for every collection: compacting copies everything.
  setFlagsFromString("--compact-on-every-full-gc");
  collect();
  setFlagsFromString("--no-compact-on-every-full-gc");
}

/**
 * Whether V8 may optimise further functions, and use more room for new objects: in rounds with much to do. A long-lived watch
 * reaches ever rarer functions, edit after edit, and memory its compilers take is not returned (docs/performance.md); what
 * is optimised already stays so. Node only.
 */
export function optimise(on: boolean): void {
  if (process.versions["bun"] !== undefined || process.versions["deno"] !== undefined) return;
  stayLean();
  setFlagsFromString(on ? "--opt" : "--no-opt");
  setFlagsFromString(on ? "--semi-space-growth-factor=2" : "--semi-space-growth-factor=1");
}

/**
 * On Linux one watch reports everything about a folder, and is ready in a fiftieth of the time and a third of the memory
 * that chokidar needs (docs/performance.md). `TG_WATCHER=chokidar` or `=native` chooses explicitly.
 */
export async function openWatcher(root: string, tell: (signal: WatchSignal) => void): Promise<Watcher> {
  const asked = process.env["TG_WATCHER"];
  const native = asked === "native" || (asked !== "chokidar" && process.platform === "linux");
  return native ? openNativeWatcher(root, tell) : (await import("./watcher.ts")).openChokidarWatcher(root, tell);
}

export { openResident } from "./resident.ts";
