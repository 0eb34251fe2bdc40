// Threads that hash files besides the first one, if there are many, or large ones. They start while a sweep still finds files to
// hash, and end after being idle for a while. One that never starts, or dies, costs nothing but its part.
import * as fs from "node:fs";
import * as os from "node:os";
import type { Worker } from "node:worker_threads";
import type { Hashing } from "../model/hashing.ts";
import { MARK, type FileTable } from "../model/table.ts";
import { textsOf } from "../model/texts.ts";
import { openQueue, type HashQueue, type SharedQueue } from "./hash-queue.ts";
import { startThread } from "./thread.ts";

export interface HasherOptions {
  /** Module that runs in the threads: hasher.ts, bundled. */
  readonly module: string;
  /** From this many files on threads pay off, if a sweep goes on as it has begun. */
  readonly files: number;
  /** From this many bytes on, in one file or in all. */
  readonly bytes: number;
  /** How long to wait for the part one of them is working on. */
  readonly patienceMs: number;
  /** Maximum; default: the number of idle processors besides the first thread's, and no more than four; for many bytes at least one. */
  readonly threads?: number;
}

const MOST_THREADS = 4;

export interface Hashers {
  /** Collects the rows that a sweep finds changed, and has them hashed if they are many. */
  gather(table: FileTable, seen: Uint8Array, expected: number): Gathering;
  /** For one large file, perhaps after others. null: it does not pay off. */
  one(path: string, size: number): Hashing | null;
}

export interface Gathering {
  /** These have been looked at, some perhaps for the second time. `looked`: how many rows the sweep has looked at so far. */
  add(ids: Uint32Array | readonly number[], looked: number): void;
  end(): void;
}

/** On a busy machine, more threads take longer with many small files. Busy is what the load average of the last minute says, or less if less is running now. */
function idleProcessors(): number {
  const busy = Math.min(os.loadavg()[0]!, runningNow());
  return Math.min(os.availableParallelism() - 1, MOST_THREADS, Math.ceil(os.cpus().length - busy));
}

/** Threads of the whole machine that run or are ready to, this one included; `Infinity` where the system does not say. */
function runningNow(): number {
  try {
    const running = Number.parseInt(fs.readFileSync("/proc/loadavg", "latin1").split(" ")[3]!, 10);
    return running >= 0 ? running : Infinity;
  } catch {
    return Infinity;
  }
}

export function openHashers(root: string, options: HasherOptions): Hashers {
  const threads: Worker[] = [];
  let most = options.threads ?? 0;
  // Many bytes are worth a second thread on a busy machine too: it has a larger share of it, and its start is little beside them.
  const pays = (bytes: number): boolean => {
    if (options.threads === undefined) most = Math.max(idleProcessors(), bytes >= options.bytes && os.availableParallelism() > 1 ? 1 : 0);
    return most > 0;
  };
  const post = (queue: SharedQueue): void => {
    for (const thread of threads) thread.postMessage(queue);
    while (threads.length < most) {
      const thread = startThread(options.module, queue);
      if (thread === null) return;
      threads.push(thread);
      thread.once("exit", () => threads.splice(threads.indexOf(thread), 1));
    }
  };
  let largeBytes = 0;
  return {
    gather: (table, seen, expected) => new Finds({ root, options, pays, post, table, seen, expected }),
    one: (path, size) => {
      largeBytes += size;
      // Threads that are running do it in passing.
      if ((threads.length === 0 && largeBytes < options.bytes) || !pays(largeBytes)) return null;
      const queue = openQueue(root, textsOf([path]), 1);
      queue.add(0, size);
      queue.close();
      post(queue.shared);
      return queue.hashing(options.patienceMs);
    },
  };
}

interface Finding {
  readonly root: string;
  readonly options: HasherOptions;
  readonly pays: (bytes: number) => boolean;
  readonly post: (queue: SharedQueue) => void;
  readonly table: FileTable;
  readonly seen: Uint8Array;
  /** How many rows the sweep looks at. */
  readonly expected: number;
}

class Finds implements Gathering {
  readonly #to: Finding;
  readonly #rows: number[] = [];
  /** By row. */
  readonly #added: Uint8Array;
  #bytes = 0;
  #queue: HashQueue | null = null;

  constructor(to: Finding) {
    this.#to = to;
    this.#added = new Uint8Array(to.seen.length);
  }

  add(ids: Uint32Array | readonly number[], looked: number): void {
    const { seen, table, expected, options } = this.#to;
    const added = this.#added;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      if (seen[id] !== MARK.news || added[id] === 1) continue;
      added[id] = 1;
      const size = table.news!.size[id]!;
      if (size === 0) continue;
      if (this.#queue !== null) this.#queue.add(id, size);
      else {
        this.#rows.push(id);
        this.#bytes += size;
      }
    }
    const found = this.#rows.length;
    if (this.#queue === null && (found * expected >= options.files * looked || this.#bytes >= options.bytes)) this.#begin();
  }

  #begin(): void {
    const { root, table, expected, pays, post } = this.#to;
    if (!pays(this.#bytes)) return;
    this.#queue = openQueue(root, table.texts(), expected);
    for (const id of this.#rows) this.#queue.add(id, table.news!.size[id]!);
    post(this.#queue.shared);
  }

  end(): void {
    if (this.#queue === null) return;
    this.#queue.close();
    this.#to.table.hashing = this.#queue.hashing(this.#to.options.patienceMs);
  }
}
