// A second thread for large sweeps: both take parts of the same ids until none is left. Starting it takes 25 ms, while the first
// thread continues alone; one that never starts, or dies, costs nothing but its part. Knows no stat.
import { SHARE_ENV, Worker } from "node:worker_threads";
import { openNews } from "../model/news.ts";
import type { Columns, FileTable, StatColumns } from "../model/table.ts";
import type { TextBytes } from "../model/texts.ts";

export interface HelperOptions {
  /** Module that runs in the second thread: sweeper.ts, bundled. */
  readonly module: string;
  /** Fewest ids for which it is worth it. */
  readonly from: number;
  /** How long to wait for the part it is working on. */
  readonly patienceMs: number;
}

export interface Helper {
  /** Indexed by row; both threads write to it. */
  readonly seen: Uint8Array;
  readonly news: StatColumns;
  /** Ids for this thread; null: all are taken. */
  take(): Uint32Array | null;
  /** Waits for what the other thread has taken. Returns false if that does not arrive. */
  finish(): boolean;
}

/** What the second thread receives. All arrays are over shared memory. */
export interface Shared {
  readonly prefix: string;
  readonly columns: Columns;
  readonly news: StatColumns;
  readonly paths: TextBytes;
  readonly ids: Uint32Array;
  readonly seen: Uint8Array;
  /** By row: 1 if the second thread found a file with several names. */
  readonly linked: Uint8Array;
  readonly turns: Int32Array;
}

/** Indices in `turns`: how many parts are taken; what the helper is doing. */
const NEXT = 0;
export const HELP = 1;
export const HELP_STATES = { unborn: 0, busy: 1, done: 2 } as const;

const PART = 1024;

/** The next part that is not taken yet. */
export function takePart(ids: Uint32Array, turns: Int32Array): Uint32Array | null {
  const start = Atomics.add(turns, NEXT, 1) * PART;
  return start >= ids.length ? null : ids.subarray(start, start + PART);
}

interface Work {
  readonly prefix: string;
  readonly table: FileTable;
  readonly ids: Uint32Array | readonly number[];
  readonly seen: Uint8Array;
}

/** null: not worth it, or the rows are not in memory that threads can share. */
export function openHelper({ module, from, patienceMs }: HelperOptions, { prefix, table, ids, seen }: Work): Helper | null {
  const { columns, paths } = table;
  if (ids.length < from || paths === null || !isShared(columns.kind) || !isShared(paths.bytes)) return null;
  const shared: Shared = { prefix, columns, news: openNews(seen.length, table.news, true), paths, ids: new Uint32Array(new SharedArrayBuffer(ids.length * 4)), seen: sharedBytes(seen.length), linked: sharedBytes(seen.length), turns: new Int32Array(new SharedArrayBuffer(8)) };
  shared.ids.set(ids);
  shared.seen.set(seen);
  const worker = startThread(module, shared);
  return worker === null ? null : {
    seen: shared.seen,
    news: shared.news,
    take: () => takePart(shared.ids, shared.turns),
    finish: () => {
      const done = Atomics.load(shared.turns, HELP) !== HELP_STATES.busy || Atomics.wait(shared.turns, HELP, HELP_STATES.busy, patienceMs) !== "timed-out";
      for (let row = shared.linked.indexOf(1); row >= 0; row = shared.linked.indexOf(1, row + 1)) table.shared.add(row);
      return done;
    },
  };
}

function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}

function isShared(array: Uint8Array): boolean {
  return array.buffer instanceof SharedArrayBuffer;
}

/** null: this process cannot have another thread. */
export function startThread(module: string, workerData: object): Worker | null {
  try {
    const worker = new Worker(module, { workerData, env: SHARE_ENV, execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 } });
    worker.on("error", () => {});
    worker.unref();
    return worker;
  } catch {
    return null;
  }
}
