// The result store's vocabulary: what a run was given, what it left behind, what was restored. Inert data; only the store knows
// how it is hashed and where it is kept.
import type { Seen } from "./state.ts";
import type { FilePath } from "./path.ts";

/** Everything that determines what a run leaves: equal actions may share one result. */
export interface StoredAction {
  /** The command as words: argv, shell and text, or the name of a function. */
  readonly words: readonly string[];
  /** A function runs in tg's own runtime, which is then part of the key. */
  readonly isFunction: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: FilePath;
  /** Declared outputs as the user wrote them. */
  readonly outputs: readonly string[];
  /** The rest of the definition as one canonical text. */
  readonly salt: string;
  /** Declared inputs and what `deps` provide, as they are now. A tree stands for everything in it. */
  readonly inputs: readonly Seen[];
}

/** What a run left behind. */
export interface StoredRun {
  /** Output files and links, and trees (identity `t…`) with their contents. Empty if restored: look at the disk. */
  readonly outputs: readonly Seen[];
  /** If restored: the files and links outside trees, including those that already had the right bytes. */
  readonly back?: readonly FilePath[];
  /** Paths that the run reported to have read, including absent ones. */
  readonly discovered: readonly FilePath[];
  /** JSON text; null if there is none. */
  readonly value: string | null;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
}

/** Where a task's output goes: its log, and the folder of its report. */
export interface SaidAt {
  readonly log: FilePath;
  readonly notes: FilePath;
}

/** Keeps results by what they were made from. All paths are internal ones. */
export interface ResultStore {
  /** SHA-256 of everything that decides, taken before the run, which may delete its inputs. Null if an input cannot be read. */
  keyOf(action: StoredAction): string | null;
  /**
   * Restores the outputs of an earlier run, its log and its report. Each written file is verified by its SHA-256. Returns null,
   * with nothing left behind, if there is no such run or not all of it.
   */
  restore(key: string, said: SaidAt): StoredRun | null;
  /** Stores a run. `holds` is called once the copies are made; if it returns false, the outputs have changed meanwhile and nothing is stored. Throws an error of node:fs, once. */
  keep(key: string, run: StoredRun, o: SaidAt & { holds(): boolean }): void;
  /** Lower bound in bytes of the space a run would take in the store. `sizes`: the sizes of the files that it left. */
  roomFor(sizes: readonly number[], said: SaidAt): number;
  /** Shrinks the store to `maxBytes` if something was added, removing the least recently used first. */
  close(maxBytes: number): void;
}

/** How much is stored, or how much was freed. */
export interface StoreSize {
  readonly results: number;
  readonly files: number;
  /** Size on disk of results and files. */
  readonly bytes: number;
}
