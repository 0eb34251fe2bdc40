// tg logs -f: passes on the output of a running task until it has ended. Only reads: the lock tells whether a build is
// running, the journal whether the task is.
import fs from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Store } from "../model/ports.ts";
import type { TaskRecord } from "../model/state.ts";
import type { TaskName } from "../model/task.ts";
import type { Doors } from "./doors.ts";
import type { OpenProject } from "./project/project.ts";
import { placeOf } from "./project/place.ts";

/** Polling interval, in ms. */
const PAUSE_MS = 100;
/** A build writes to its state constantly: reading a large one again may take at most one part in this many of the time. */
const REST = 20;
const PIECE = 64 * 1024;

export interface Listener {
  take(text: string): void;
  /** The reader is gone. */
  readonly closed: boolean;
}

/** Whether it is running, or between two attempts of a run. */
function isAtWork(record: TaskRecord | null): boolean {
  if (record === null) return false;
  if (record.status === "running") return true;
  // A failed attempt followed by another, or a run overtaken by an edit.
  if (record.error === null) return false;
  return record.status === "interrupted" || (record.status === "tainted" && (JSON.parse(record.error) as { readonly once?: true }).once === true);
}

/** Returns the store while the task runs, as far as can be told from outside. */
function watcherOf(doors: Doors, { stateDir, file, root }: OpenProject, task: TaskName): () => Store | null {
  const { suffix } = placeOf(doors, file, root);
  const nowMs = (): number => doors.system.monotonicMs();
  let store: Store | null = null;
  let againMs = 0;
  return () => {
    if (doors.lockHolder(stateDir) === null) return null;
    const startMs = nowMs();
    if (store === null || (startMs >= againMs && !store.isCurrent())) {
      store = doors.openStore(stateDir, suffix);
      againMs = startMs + (nowMs() - startMs) * REST;
    }
    return isAtWork(store.get(task)) ? store : null;
  };
}

/** Passes on everything the log holds and will hold. Returns false if the task is not running. */
export async function follow(doors: Doors, project: OpenProject, log: { readonly task: TaskName; readonly file: string }, to: Listener): Promise<boolean> {
  const running = watcherOf(doors, project, log.task);
  if (running() === null) return false;
  const reader = new Reader(log.file, to);
  for (let on = true; on && !to.closed; ) {
    // Checked first: a task's last output is written before its end is recorded.
    on = running() !== null;
    reader.read();
    if (on) await delay(PAUSE_MS);
  }
  reader.close();
  return true;
}

/** Reads what is new in a file that may be replaced at any time. */
class Reader {
  readonly #file: string;
  readonly #to: Listener;
  readonly #piece: Buffer = Buffer.alloc(PIECE);
  #decoder = new TextDecoder();
  #fd = -1;
  #ino = 0;
  #at = 0;

  constructor(file: string, to: Listener) {
    this.#file = file;
    this.#to = to;
  }

  read(): void {
    this.#drain();
    const stat = fs.statSync(this.#file, { throwIfNoEntry: false });
    if (stat === undefined || (this.#fd >= 0 && stat.ino === this.#ino && stat.size >= this.#at)) return;
    this.close();
    try {
      this.#fd = fs.openSync(this.#file, "r");
    } catch {
      return;
    }
    this.#ino = fs.fstatSync(this.#fd).ino;
    this.#at = 0;
    this.#decoder = new TextDecoder();
    this.#drain();
  }

  #drain(): void {
    if (this.#fd < 0) return;
    for (let read = fs.readSync(this.#fd, this.#piece, 0, PIECE, this.#at); read > 0 && !this.#to.closed; read = fs.readSync(this.#fd, this.#piece, 0, PIECE, this.#at)) {
      this.#at += read;
      this.#to.take(this.#decoder.decode(this.#piece.subarray(0, read), { stream: true }));
    }
  }

  close(): void {
    if (this.#fd >= 0) fs.closeSync(this.#fd);
    this.#fd = -1;
  }
}
