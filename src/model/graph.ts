// The graph as arrays: tasks by index, edges in CSR form. Built by graph/link.ts from a Project or from the store's
// snapshot; readers cannot tell which. Knows no records and no disk.
import type { Settings } from "./limits.ts";
import type { FilePath } from "./path.ts";
import type { ParamSpec, Task, TaskName } from "./task.ts";

export type EdgeKind = "content" | "deps" | "after" | "validate";
/** Codes in `needKinds`. Two tasks may be joined by several kinds, one entry each. */
export const EDGE_KINDS: readonly EdgeKind[] = ["content", "deps", "after", "validate"];
/** The codes by name. Codes below AFTER pass content on; VALIDATE neither orders nor gates. */
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
  /** The declaration; decoded on demand if the graph came from the store. */
  task(task: number): Task;
  /** -1 if there is none. */
  indexOf(name: string): number;
  isBarrier(task: number): boolean;
  /** Index of the family of an instance, -1 for none. Present only if it is known without the declarations (graph/family.ts). */
  familyOf?(task: number): number;
  /** Whether the task sets `temp`. Present only if it is known without the declarations (graph/temp.ts). */
  isTemp?(task: number): boolean;
  /** true: a command that reads and makes files, without tools, values, intermediates, limits or hooks. Present only if it is known without the declarations. */
  isOrdinary?(task: number): boolean;
  /** Drops decoded declarations; they are decoded again on demand. */
  forget?(): void;
  /** Number of tasks that are not barriers, if it is known without visiting each. */
  taskCount?(): number;
  /** All barriers, if they are known without visiting each task. */
  barriers?(): readonly number[];
  /** All tasks that may use a pool, a resource, a rate or the terminal, if they are known without visiting each. */
  limited?(): readonly number[];
  /** Whether any task sets `temp`, if it is known without the declarations. */
  hasTemps?(): boolean;
  /** Task `i` needs `needs[needStart[i] .. needStart[i+1]]`, with their kinds alongside (index into EDGE_KINDS). Sorted by (needed task, kind). */
  readonly needStart: Uint32Array;
  readonly needs: Uint32Array;
  readonly needKinds: Uint8Array;
  /** Every task once, dependencies first; otherwise in the order of the config. `validate` edges do not count. */
  readonly order: Uint32Array;
  /** The task that makes `path` by a literal output, intermediate or inout, by owning it or a tree around it, or by an output pattern that matches it; -1 for a source. */
  producerOf(path: string): number;
  /** The graph without edges discovered while tasks ran, with the same tasks at the same indices. Absent if there are no such edges. */
  readonly declared?: Graph;
  /** Tasks that may make files the pattern matches, by a literal output, an owned tree or an output pattern. Hidden names do not match. Ascending. */
  makersFor(pattern: string): readonly number[];
  /** Whether a task makes something below this folder, or has an output pattern that starts there. Files inside an owned tree are unknown here. */
  isMadeFolder(path: string): boolean;
}
