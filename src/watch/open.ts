// Chooses how this machine is watched: folder by folder where the system's own watches can be trusted, with chokidar
// elsewhere. Knows no tasks.
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Watcher, WatchSignal } from "../model/ports.ts";
import { openNativeWatcher } from "./native.ts";

/** Of the micro-bin: V8 refuses compiled code that was kept under other flags. */
declare const require: { readonly keepCodeNow?: () => void } | undefined;

let lean = false;

/**
 * A watch lives long and works in short rounds: V8's nursery for new objects, which would grow to 48 MB within a hundred
 * rounds, stays as it is, and old objects are cleared away early (docs/performance.md). Once the first look is over: the
 * module that sets flags takes longer than all that they would spare it. Node alone.
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

/** Clears away what nobody uses, which V8 puts off until it is some 8 MB. Node alone. */
export function tidy(): void {
  if (process.versions["bun"] !== undefined || process.versions["deno"] !== undefined) return;
  stayLean();
  collect ??= runInNewContext("typeof gc === 'function' ? gc : () => {}") as () => void;
  // Pages that are half empty are not given back by themselves. Not with each collection: it takes a copy of everything.
  setFlagsFromString("--compact-on-every-full-gc");
  collect();
  setFlagsFromString("--no-compact-on-every-full-gc");
}

/**
 * Whether V8 may go on to optimise functions, and take more room for new objects: in rounds in which there is much to do. A watch
 * that lives long gets to ever rarer functions, edit after edit, and what its compilers take is not given back
 * (docs/performance.md); what is optimised already stays so. Node alone.
 */
export function optimise(on: boolean): void {
  if (process.versions["bun"] !== undefined || process.versions["deno"] !== undefined) return;
  stayLean();
  setFlagsFromString(on ? "--opt" : "--no-opt");
  setFlagsFromString(on ? "--semi-space-growth-factor=2" : "--semi-space-growth-factor=1");
}

/**
 * Linux tells everything about a folder by one watch, which is ready in a fiftieth of the time and a third of the memory
 * that chokidar needs (docs/performance.md). `TG_WATCHER=chokidar` or `=native` chooses by hand.
 */
export async function openWatcher(root: string, tell: (signal: WatchSignal) => void): Promise<Watcher> {
  const asked = process.env["TG_WATCHER"];
  const native = asked === "native" || (asked !== "chokidar" && process.platform === "linux");
  return native ? openNativeWatcher(root, tell) : (await import("./watcher.ts")).openChokidarWatcher(root, tell);
}

export { openResident } from "./resident.ts";
