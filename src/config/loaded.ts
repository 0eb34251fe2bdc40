// What loading a config yields: its value, and what that value came from. Types only.
import type { Notice } from "../model/problem.ts";
import type { FilePath, AbsolutePath } from "../model/path.ts";
import type { CodeFile, Place } from "../model/task.ts";

/** What deciding about the config has read. All unchanged: the config need not be evaluated again. */
export interface ConfigReads {
  /** Modules, files read during evaluation, manifests consulted. Sorted. */
  readonly files: readonly FilePath[];
  /** Paths that were looked for and did not exist. Sorted. */
  readonly absent: readonly FilePath[];
  /** Folders that were listed, those walked for `include` among them. Sorted. */
  readonly folders: readonly FilePath[];
  /** Environment names; `*` when all were listed. Sorted. */
  readonly env: readonly string[];
  /** true: evaluation started a process, used the network or imported a computed path. It must be evaluated every time. */
  readonly volatile: boolean;
}

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
  readonly reads: ConfigReads;
  readonly notices: readonly Notice[];
  /** Task objects that modules named `*.task.*` export by default, wherever they were imported. */
  readonly exportedBy: ReadonlyMap<unknown, FilePath>;
  /** Local import closure of a module, the module among it, with packages by version. Null: no module of this config. */
  modulesOf(file: FilePath): readonly CodeFile[] | null;
  /** What a child runtime imports for a module. Absolute path; null: no module of this config. */
  moduleFor(file: FilePath): string | null;
  /** Where a task (null: the top of the config) or one of its fields is declared; line 0 when not found. `inConfig`: not in a task file. */
  placeOf(task: string | null, field?: string, inConfig?: boolean): Place;
}
