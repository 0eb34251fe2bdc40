// The graph as arrays: tasks by index, edges in CSR form. Made by graph/link.ts from a Project, or from the store's
// snapshot; readers cannot tell. Knows no records and no disk.
import type { Settings } from "./limits.ts";
import type { FilePath } from "./path.ts";
import type { ParamSpec, Task, TaskName } from "./task.ts";

export type EdgeKind = "content" | "deps" | "after" | "validate";
/** Codes in `needKinds`; a pair of tasks may be joined by several kinds, one entry each. */
export const EDGE_KINDS: readonly EdgeKind[] = ["content", "deps", "after", "validate"];
/** The codes by name. What is below AFTER hands content on; VALIDATE neither orders nor gates. */
export const CONTENT = 0;
export const DEPS = 1;
export const AFTER = 2;
export const VALIDATE = 3;

export interface Graph {
  readonly count: number;
  /** Targets of a bare build; null: every task. */
  readonly default: readonly string[] | null;
  readonly jobs: number | null;
  readonly settings: Settings;
  readonly stateDir: FilePath;
  /** As in Project. */
  readonly spareParams?: Readonly<Record<string, ParamSpec>>;
  name(task: number): TaskName;
  /** The declaration; decoded on demand when the graph came from the store. */
  task(task: number): Task;
  /** -1 when there is none. */
  indexOf(name: string): number;
  isBarrier(task: number): boolean;
  /** Family of an instance by index, -1 for none; only where it is known without the declarations (graph/family.ts). */
  familyOf?(task: number): number;
  /** Does the task say `temp`? Only where it is known without the declarations (graph/temp.ts). */
  isTemp?(task: number): boolean;
  /** true: a command that reads and makes files, without tools, values, intermediates, limits or hooks. Only where it is known without the declarations. */
  isOrdinary?(task: number): boolean;
  /** Lets go of declarations that were decoded; they are decoded again when asked for. */
  forget?(): void;
  /** How many are no barriers, where it is known without a look at each. */
  taskCount?(): number;
  /** All barriers, where that is known without a look at each task. */
  barriers?(): readonly number[];
  /** All that may take something of a pool, a resource, a rate or the terminal, where that is known without a look at each. */
  limited?(): readonly number[];
  /** Is any task one? Where it is known without the declarations. */
  hasTemps?(): boolean;
  /** Task `i` needs `needs[needStart[i] .. needStart[i+1]]`, kinds beside it (index into EDGE_KINDS). Sorted by (needed task, kind). */
  readonly needStart: Uint32Array;
  readonly needs: Uint32Array;
  readonly needKinds: Uint8Array;
  /** Every task once, needed ones first; among the free ones the order of the config. `validate` edges do not count. */
  readonly order: Uint32Array;
  /** Task that makes `path` by a literal output, intermediate or inout, by owning a tree around it (or being it), or by an output pattern that matches it; -1 for a source. */
  producerOf(path: string): number;
  /** The graph without the needs that tasks only told of while they ran, the same tasks at the same places; absent: it has none of these. */
  readonly declared?: Graph;
  /** Tasks that may make files the pattern matches, by a literal output, an owned tree or an output pattern. No hidden names. Ascending. */
  makersFor(pattern: string): readonly number[];
  /** Is it a folder that some task makes something below, or whose patterns begin there? Files inside an owned tree are not known here. */
  isMadeFolder(path: string): boolean;
}
