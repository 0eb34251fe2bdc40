// The graph and what goes with it as the store keeps them between runs: plain arrays and a little JSON. Knows no format.
import { NO_SETTINGS, type Settings } from "./limits.ts";
import type { ParamSpec, Task, TaskName } from "./task.ts";

/** What evaluating the config read; while all of it is unchanged the frozen graph stands for the config. */
export interface Stamp {
  /** tg's version and the runtime with its major version. */
  readonly tool: string;
  /** Table keys (paths, and listing keys ending in `/`) with their identities. */
  readonly rows: readonly (readonly [key: string, identity: string])[];
  /** Environment names with a mark of the value; null: unset. */
  readonly env: readonly (readonly [name: string, mark: string | null])[];
  /** false: something was written while it was read, so it proves nothing. */
  readonly settled: boolean;
  /** Folders of the compiled modules that its functions are imported from. Absent: a state of an earlier version. */
  readonly copies?: readonly string[];
}

/** What a version command printed (`!…`: why it could not), and the mark of its program's file at that time. */
export type VersionMark = readonly [command: string, mark: string, text: string];

/** A list that a family was made of: JSON text, and a mark of which the source's record speaks. */
export interface KeptList {
  readonly of: string;
  readonly text: string;
}

/** By source (cli/lists.ts). */
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
  /** Names that tasks declare, with a mark of the value the memo was made under. */
  readonly declaredEnv: readonly (readonly [name: string, mark: string | null])[];
  /** Answers of version commands that the memo was made under. */
  readonly versions: readonly VersionMark[];
  /** Mark of the parameters the memo was made under. */
  readonly params: string;
  /** Records of tasks that are no longer declared. */
  readonly orphans: Readonly<Record<string, string>>;
  /** A record is still `running`: its build was killed. */
  readonly unfinished: boolean;
  /** Tasks that asked something while they ran. */
  readonly traced: readonly string[];
  /** Lists that families were made of. */
  readonly lists: KeptLists;
  /** A mark of what the config says; "" where that is more than data. */
  readonly said: string;
  /** Own hash functions are in use: judging a changed input needs the config's module. */
  readonly hashers: boolean;
}

export const EMPTY_META: Meta = {
  default: null, jobs: null, settings: NO_SETTINGS, stateDir: ".tg", spareParams: {}, trees: [], patterns: [],
  stamp: { tool: "", rows: [], env: [], settled: false },
  declaredEnv: [], versions: [], params: "", orphans: {}, unfinished: false, traced: [], lists: {}, said: "", hashers: false,
};

/** How a graph differs from the frozen one, with the same files and needs. */
export interface Redeclared {
  /** Tasks that do something else. */
  readonly tasks: readonly number[];
  /** All declarations are the same word for word, where they stand included. */
  readonly isSame: boolean;
}

/** The parts of a frozen graph; graph/ makes a Graph of them. */
export interface Frozen {
  readonly count: number;
  readonly meta: Meta;
  name(task: number): TaskName;
  /** -1 when there is none. */
  indexOf(name: string): number;
  task(task: number): Task;
  isBarrier(task: number): boolean;
  isDeprecated(task: number): boolean;
  isTemp(task: number): boolean;
  /** A command that reads and makes files, and nothing else. */
  isOrdinary(task: number): boolean;
  hasTemps(): boolean;
  taskCount(): number;
  barriers(): number[];
  /** Who may take something of a pool, a resource, a rate or the terminal. */
  limited(): number[];
  familyOf(task: number): number;
  /** The declaration as it is kept. */
  definition(task: number): string;
  readonly needStart: Uint32Array;
  readonly needs: Uint32Array;
  readonly needKinds: Uint8Array;
  readonly order: Uint32Array;
  /** Task + 1 that makes the row's path by a literal output; 0 for none. */
  readonly owners: Uint32Array;
}
