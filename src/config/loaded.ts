// The result of loading a config: its value, and what that was made from. Types only.
import type { BadName, Unreadable } from "./include.ts";
import type { ConfigProblem, Notice } from "../model/problem.ts";
import type { FilePath, AbsolutePath } from "../model/path.ts";
import type { CodeFile, InputSpec, ListSource, Place } from "../model/task.ts";

/** What deciding about the config has read. If all is unchanged, the config need not be evaluated again. */
export interface ConfigReads {
  /** Modules, files read during evaluation, manifests consulted. Sorted. */
  readonly files: readonly FilePath[];
  /** Paths that were looked for and did not exist. Sorted. */
  readonly absent: readonly FilePath[];
  /** Folders that were listed, including those walked for `include`. Sorted. */
  readonly folders: readonly FilePath[];
  /** Those of them that code of the config has listed itself, not tg for a pattern. Sorted. */
  readonly listed: readonly FilePath[];
  /** Environment names; `*` if all were listed. Sorted. */
  readonly env: readonly string[];
  /** true: evaluation started a process, used the network or imported a computed path. It must be evaluated every time. */
  readonly volatile: boolean;
  /** Folders of the compiled modules that functions are imported from. */
  readonly copies: readonly FilePath[];
  /** Compiled modules with a digest of the text that was evaluated. */
  readonly evaluated: readonly (readonly [source: FilePath, digest: string])[];
}

/** What a function of the config returned and read, or how it failed. */
export type Called = { readonly value: unknown; readonly code?: readonly CodeFile[] } | { readonly problem: ConfigProblem };

export interface TaskFile {
  /** The file's stem without `.task.ts`. */
  readonly name: string;
  readonly file: FilePath;
  /** The default export. */
  readonly value: unknown;
}

export interface LoadedConfig {
  readonly file: FilePath;
  readonly root: AbsolutePath;
  /** The config's default export; `{}` when the config is a single task file. */
  readonly value: unknown;
  readonly taskFiles: readonly TaskFile[];
  /** Grows with the files of families and what their callbacks read. */
  readonly reads: ConfigReads;
  readonly notices: readonly Notice[];
  /** Task objects that modules named `*.task.*` export by default, wherever they were imported. */
  readonly exportedBy: ReadonlyMap<unknown, FilePath>;
  /** Local import closure of a module, including itself, with packages by version. Null: no module of this config. */
  modulesOf(file: FilePath): readonly CodeFile[] | null;
  /** What these modules read during evaluation, in its current state: a function may have kept it. */
  readBy(file: FilePath): readonly CodeFile[];
  /** What a child runtime imports for a module. Absolute path; null: no module of this config. */
  moduleFor(file: FilePath): string | null;
  /** Files of a family, in the order of the patterns, each with the folder that its key is relative to. */
  filesOf(specs: readonly InputSpec[]): { readonly files: readonly { readonly path: FilePath; readonly base: FilePath }[]; readonly empty: readonly string[]; readonly unreadable: readonly Unreadable[]; readonly bad: readonly BadName[] };
  /** The list that a task made last; null if none is known yet. */
  list(source: ListSource): readonly unknown[] | null;
  /** What `read` returns, or what code of the config threw while `read` looked at the value: getters run when they are read. */
  reading<T>(read: () => T): { readonly value: T } | { readonly problem: ConfigProblem };
  /** Calls a function of the module `file` with each item, observed like the evaluation of the config. */
  callAll(file: FilePath, call: (item: never) => unknown, items: readonly object[]): readonly Called[];
  /** Where a task (null: the top of the config) or one of its fields is declared; line 0 if not found. `from`: of several with this name, the one in the config itself (its file) or in that task file. */
  placeOf(task: string | null, field?: string, from?: FilePath): Place;
  /** The same for many tasks. */
  placesOf(tasks: readonly string[], from: FilePath): readonly Place[];
}
