// The graph and its companions as the store keeps them between runs: plain arrays and a little JSON. Knows no file format.
import { NO_SETTINGS, type Settings } from "./limits.ts";
import type { ParamSpec, Task, TaskName } from "./task.ts";

/** What evaluating the config read. While all of it is unchanged, the frozen graph is used instead of the config. */
export interface Stamp {
  /** tg's version, and the runtime with its major version. */
  readonly tool: string;
  /** Table keys (paths, and listing keys ending in `/`) with their identities. */
  readonly rows: readonly (readonly [key: string, identity: string])[];
  /** Environment variables with a fingerprint of the value; null: unset. */
  readonly env: readonly (readonly [name: string, mark: string | null])[];
  /** false: something was written while it was read, so it proves nothing. */
  readonly settled: boolean;
  /** Folders that code of the config has listed itself, not tg for a pattern. Absent: none. */
  readonly listed?: readonly string[];
  /** It read what cannot be recorded. */
  readonly blind?: true;
  /** Folders of the compiled modules that its functions are imported from. Absent in states of earlier versions. */
  readonly copies?: readonly string[];
}

/**
 * What a version command printed (`!…`: why it could not run), and a fingerprint of its program's file at that time. The command stands
 * behind its task's folder and a NUL where that is not the root.
 */
export type VersionMark = readonly [command: string, mark: string, text: string];

/** A list that a family was expanded from: JSON text, and a fingerprint that the source's record also holds. */
export interface KeptList {
  readonly of: string;
  readonly text: string;
}

/** By source (cli/project/lists.ts). */
export type KeptLists = Readonly<Record<string, KeptList>>;

/** The small part of the snapshot, kept as JSON. */
export interface Meta {
  readonly default: readonly string[] | null;
  readonly jobs: number | null;
  readonly settings: Settings;
  readonly stateDir: string;
  readonly spareParams: Readonly<Record<string, ParamSpec>>;
  readonly trees: readonly (readonly [path: string, task: number])[];
  readonly patterns: readonly (readonly [pattern: string, task: number])[];
  readonly stamp: Stamp;
  /** Variables that tasks declare, with a fingerprint of the value under which the memo was made. */
  readonly declaredEnv: readonly (readonly [name: string, mark: string | null])[];
  /** Results of version commands under which the memo was made. */
  readonly versions: readonly VersionMark[];
  /** Fingerprint of the parameters under which the memo was made. */
  readonly params: string;
  /** Records of tasks that are no longer declared. */
  readonly orphans: Readonly<Record<string, string>>;
  /** A record is still `running`: its build was killed. */
  readonly unfinished: boolean;
  /** Tasks with recorded dynamic dependencies. */
  readonly traced: readonly string[];
  /** Lists that families were expanded from. */
  readonly lists: KeptLists;
  /** A fingerprint of the config's value; "" if that is more than data. */
  readonly said: string;
  /** The config has hash functions of its own: judging a changed input needs the config's module. */
  readonly hashers: boolean;
}

export const EMPTY_META: Meta = {
  default: null, jobs: null, settings: NO_SETTINGS, stateDir: ".tg", spareParams: {}, trees: [], patterns: [],
  stamp: { tool: "", rows: [], env: [], settled: false },
  declaredEnv: [], versions: [], params: "", orphans: {}, unfinished: false, traced: [], lists: {}, said: "", hashers: false,
};

/** How a graph differs from the frozen one when files and edges are the same. */
export interface Redeclared {
  /** Tasks whose definition differs. */
  readonly tasks: readonly number[];
  /** All declarations are identical, including their positions in the config. */
  readonly isSame: boolean;
}

/** The parts of a frozen graph; graph/ makes a Graph of them. */
export interface Frozen {
  readonly count: number;
  readonly meta: Meta;
  name(task: number): TaskName;
  /** -1 if there is none. */
  indexOf(name: string): number;
  task(task: number): Task;
  isBarrier(task: number): boolean;
  isDeprecated(task: number): boolean;
  isTemp(task: number): boolean;
  /** Whether the task is a command that reads and makes files, and nothing else. */
  isOrdinary(task: number): boolean;
  hasTemps(): boolean;
  taskCount(): number;
  barriers(): number[];
  /** Tasks that may use a pool, a resource, a rate or the terminal. */
  limited(): number[];
  familyOf(task: number): number;
  /** The declaration in its stored form. */
  definition(task: number): string;
  readonly needStart: Uint32Array;
  readonly needs: Uint32Array;
  readonly needKinds: Uint8Array;
  readonly order: Uint32Array;
  /** By row: 1 + the task whose literal output has the row's path; 0 for none. */
  readonly owners: Uint32Array;
}
