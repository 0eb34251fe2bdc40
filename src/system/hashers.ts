// Threads that hash files beside the first one, where there are many, or large ones. They start while a sweep still finds
// what to hash, and go when they have had nothing to do for a while. One that never starts, or dies, costs nothing but its part.
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
  /** From so many files on threads pay, if a sweep goes on as it has begun. */
  readonly files: number;
  /** From so many bytes on, in one file or in all. */
  readonly bytes: number;
  /** How long to wait for what one of them has in hand. */
  readonly patienceMs: number;
  /** How many at most; otherwise as many as there are processors beside the first, and no more than four. */
  readonly threads?: number;
}

const MOST_THREADS = 4;
/** From so many files on it is told what a sweep will find. */
const FIRST_FILES = 1000;

export interface Hashers {
  /** Takes down the rows that a sweep finds to be other than they were, and has them hashed where they are many. */
  gather(table: FileTable, seen: Uint8Array, expected: number): Gathering;
  /** One large file, after others perhaps. null: it does not pay. */
  one(path: string, size: number): Hashing | null;
}

export interface Gathering {
  /** These have been looked at, some perhaps a second time; `hasNews`: some of them may be other than they were. */
  add(ids: Uint32Array | readonly number[], hasNews: boolean): void;
  end(): void;
}

export function openHashers(root: string, options: HasherOptions): Hashers {
  const threads: Worker[] = [];
  let most = options.threads ?? -1;
  /** Not asked by who has nothing to hash. */
  const pays = (): boolean => (most < 0 ? (most = Math.min(os.availableParallelism() - 1, MOST_THREADS)) : most) > 0;
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
      // Those that run do it by the way.
      if ((threads.length === 0 && largeBytes < options.bytes) || !pays()) return null;
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
  readonly pays: () => boolean;
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
  #added: Uint8Array | null = null;
  #looked = 0;
  #bytes = 0;
  #queue: HashQueue | null = null;

  constructor(to: Finding) {
    this.#to = to;
  }

  add(ids: Uint32Array | readonly number[], hasNews: boolean): void {
    const { seen, table, expected, options } = this.#to;
    this.#looked += ids.length;
    if (!hasNews) return;
    const added = (this.#added ??= new Uint8Array(seen.length));
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
    if (this.#queue === null && ((found >= Math.min(FIRST_FILES, options.files) && found * expected >= options.files * this.#looked) || this.#bytes >= options.bytes)) this.#begin();
  }

  #begin(): void {
    const { root, table, expected, pays, post } = this.#to;
    if (!pays()) return;
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
