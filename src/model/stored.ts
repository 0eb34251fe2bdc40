// The words of the store of results: what a run was asked, what it left, what came back. Inert data; the store alone knows
// how it is hashed and where it lies.
import type { Seen } from "./state.ts";
import type { FilePath } from "./path.ts";

/** All that decides what a run leaves: equal actions may share one result. */
export interface StoredAction {
  /** The command as words: argv, or shell and text, or the name of a function. */
  readonly words: readonly string[];
  /** A function runs in tg's own runtime, which then counts. */
  readonly isFunction: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: FilePath;
  /** Declared outputs as the person wrote them. */
  readonly outputs: readonly string[];
  /** Everything else of the definition, as one canonical text. */
  readonly salt: string;
  /** Declared inputs and what `deps` give, as they are now. Trees stand for all that is in them. */
  readonly inputs: readonly Seen[];
}

/** What a run left behind. */
export interface StoredRun {
  /** Output files and links, and trees (identity `t…`) with all that is in them. Empty when it was restored: the disk says. */
  readonly outputs: readonly Seen[];
  /** When it was restored: files and links outside trees that are back, those included that had their bytes already. */
  readonly back?: readonly FilePath[];
  /** Paths that the run reported to have read, absent ones too. */
  readonly discovered: readonly FilePath[];
  /** JSON text; null when there is none. */
  readonly value: string | null;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
}

/** Where a task says things: its log, and the folder of what it says for the report. */
export interface SaidAt {
  readonly log: FilePath;
  readonly notes: FilePath;
}

/** Where results are kept by what they were made from. All paths are house paths. */
export interface ResultStore {
  /** SHA-256 of all that decides; taken before the run, which may delete its inputs. Null when an input cannot be read. */
  keyOf(action: StoredAction): string | null;
  /**
   * Puts the outputs of an earlier run back, and what it said. Every file is verified by its SHA-256 after it was
   * written; null when there is no such run or not all of it (then nothing of it is left).
   */
  restore(key: string, said: SaidAt): StoredRun | null;
  /** Keeps a run. `holds` is asked when the copies are made: false when the outputs have changed meanwhile, and it is not kept. Throws what node:fs throws, once. */
  keep(key: string, run: StoredRun, o: SaidAt & { holds(): boolean }): void;
  /** What a run would take of the store at least, in bytes. `sizes`: of each file that it left. */
  roomFor(sizes: readonly number[], said: SaidAt): number;
  /** Shrinks the store to `maxBytes` if something was added; what was used longest ago goes first. */
  close(maxBytes: number): void;
}

/** How much is kept, or how much was freed. */
export interface StoreSize {
  readonly results: number;
  readonly files: number;
  /** On disk, of results and files. */
  readonly bytes: number;
}
