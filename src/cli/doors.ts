// The machine as the verbs see it. machine.ts fills this in; tests fill it with doubles.
import type { Services } from "../schedule/services/services.ts";
import type { Outside } from "../model/outside.ts";
import { DamagedState, DiskError, type Above, type Disk, type Engine, type Keys, type KeyTaker, type Records, type Resident, type Store, type System, type Watcher, type WatchSignal } from "../model/ports.ts";
import type { ServiceHouse } from "../model/ports-service.ts";
import type { Changes } from "../model/change.ts";
import type { AbsolutePath, FilePath } from "../model/path.ts";
import type { ConfigProblem, Notice, Result } from "../model/problem.ts";
import type { Sight } from "../model/table.ts";
import type { Answer, Ask } from "../model/resident.ts";
import type { ResultStore, StoreSize } from "../model/stored.ts";
import type { ListSource, Place, Project, Task } from "../model/task.ts";

export interface LockHolder {
  readonly pid: number;
  readonly command: string;
  readonly seconds: number;
}

export interface HeldLock {
  /** The process that died holding it; null if none did. */
  readonly tookOver?: number | null;
  /** Another process held it, however briefly: what was looked at before may be out of date. */
  readonly waited?: boolean;
  release(): void;
}

/** What evaluation read, as config/load.ts reports it. Paths are house paths. */
export interface ConfigReads {
  readonly files: readonly string[];
  readonly absent: readonly string[];
  readonly folders: readonly string[];
  /** Those of them that code of the config has listed itself. Absent: none. */
  readonly listed?: readonly string[];
  readonly env: readonly string[];
  /** Evaluation did something that cannot be recorded (a process, the network): evaluate every time. */
  readonly volatile: boolean;
  /** Folders of the compiled modules that functions are imported from. */
  readonly copies: readonly string[];
  /** Source of each compiled module and a digest of the text that was evaluated: a source that still has it says the same. */
  readonly evaluated?: readonly (readonly [source: string, digest: string])[];
}

export interface LoadRequest {
  readonly file: AbsolutePath;
  readonly root: AbsolutePath;
  readonly stateDir: AbsolutePath;
  readonly readonly: boolean;
  /** Lists made by tasks, for families over them; null while none is known. */
  list(source: ListSource): readonly unknown[] | null;
  /** Whether the config said this when the stored graph was made. The text is all of a config that is plain data. */
  isKnown?(text: string): boolean;
  /** Absolute paths of folders of compiled modules that the stored graph refers to: they must not be removed. */
  readonly held?: readonly string[] | undefined;
}

/** The result of evaluating only the changed task files, as config/edited.ts gives it. */
export interface EditedFiles {
  readonly project: Project;
  readonly before: readonly (readonly Task[])[];
  readonly reads: ConfigReads;
  readonly notices: readonly Notice[];
  moduleFor(file: FilePath): string | null;
}

export interface Loaded {
  readonly project: Project | null;
  readonly reads: ConfigReads;
  readonly notices: readonly Notice[];
}

/** `declared`: what a faulty config declares, without the faulty fields. */
export type LoadedOrNot = Result<Loaded> & { readonly declared?: Project };

export type LoadedApart = { readonly kind: "loaded"; readonly result: LoadedOrNot } | { readonly kind: "edited"; readonly edited: EditedFiles | null };

export interface ConfigLoader {
  find(from: AbsolutePath, named: string | null): Result<{ file: AbsolutePath; root: AbsolutePath }>;
  /** Names of configs that the search passes over for this one, and whether they are there. */
  beside(file: AbsolutePath): readonly { readonly name: string; readonly there: boolean }[];
  /** Evaluates and checks the config. `project` is null if it says what is known already. */
  load(options: LoadRequest): Promise<LoadedOrNot>;
  /**
   * Evaluates in a separate process: like `loadEdited` if files are named, otherwise like `load`. null: it must be done in this
   * process. Restarted when one of its files is written meanwhile, ended when `signal` fires. Absent if the runtime has no
   * support for it.
   */
  loadApart?(options: LoadRequest, edited: ReadonlySet<FilePath>, signal: AbortSignal): Promise<LoadedApart | null>;
  /** Evaluates only the edited task files; null: everything must be loaded. */
  loadEdited?(options: LoadRequest, edited: ReadonlySet<FilePath>): Promise<EditedFiles | null>;
  /** The problem for an uncaught error thrown by code of a config loaded in this process; null if it came from elsewhere. */
  late?(error: unknown): ConfigProblem | null;
  /** `late` has found one: a graph from this config must not be reused without evaluating it again. */
  hasThrown?(): boolean;
  /** The place of a field of the config itself in its text; line 0 if not found. */
  placeIn?(file: AbsolutePath, root: AbsolutePath, field: string): Promise<Place>;
  /** The state folder named in the config's text, found without evaluating it; null if none is named. */
  stateDirIn(file: AbsolutePath): string | null;
  /** Whether a source (absolute path) still has the digest it was evaluated with. Absent: unknown. */
  isAsRead?(file: string, digest: string): boolean;
  /** Whether everything in a folder of compiled modules (absolute path) is as it was written. */
  isWhole(dir: string): boolean;
}

/** What the commands of a build share jobs with: a make above tg, or processes that tg starts. */
export interface Share {
  readonly jobs: number;
  /** MAKEFLAGS from the person's environment. */
  readonly makeflags: string;
  /** `-j` was given: do not share with a make above. */
  readonly own: boolean;
  /** Absolute path; what must be cleaned up after a kill is noted there. */
  readonly stateDir: string;
  /** How many tasks are likely to run. */
  readonly expected: number;
}

export interface Doors {
  readonly system: System;
  /** `stateDir` is absolute. A read-only disk never writes, not even the clock file. */
  openDisk(root: string, stateDir: string, options: { readonly: boolean }): Disk;
  /** `trusting`: what a build without work does not need is read and checked on first use; see `believing`. */
  openStore(stateDir: string, suffix: string, options?: { readonly trusting: boolean }): Store;
  /** Records kept by other configs with states in the same folder; `suffix` is this config's own. */
  openOtherStates(stateDir: string, suffix: string): readonly Records[];
  /** Runs work that goes through all of `tasks` once, in the cheapest way. Absent: runs it as usual. */
  spare?<T>(tasks: number, work: () => Promise<T>): Promise<T>;
  /** Announces how many tasks are likely to run or be found fresh in turn, so that the runtime can be tuned. Once per process. Absent: no tuning. */
  expectJobs?(jobs: number): Promise<void>;
  /** Starts early what `openEngine` would wait for. Absent: it waits. */
  expectEngine?(share: Share): Promise<void>;
  /** Discards what `expectEngine` started if no engine was opened; otherwise no effect. */
  forgetEngine?(): Promise<void>;
  /** Loaded when the first task runs. */
  openEngine(share: Share | null): Engine | Promise<Engine>;
  /** Loaded when the first service starts. `stateDir`: where running services are noted. */
  openServiceHouse(stateDir: string): Promise<ServiceHouse>;
  /** Ends services whose tg was killed. */
  endStrayServices(stateDir: string): Promise<void>;
  /** See MakeOutside; noted in the state folder. */
  makeOutside(stateDir: string, prefix: string): Outside;
  /** Creates the folder under a name used before. */
  makeOutsideAgain(stateDir: string, dir: string): Outside;
  /** Removes folders outside the project noted by a tg that was killed. */
  removeLeftFolders(stateDir: string): void;
  /** The services that a watch keeps running between rounds. */
  readonly services?: Services;
  /** The store of results below the state folder. Loaded when the first task that keeps results runs. */
  openResults(stateDir: string, root: string): Promise<ResultStore>;
  /** Measures the store, or removes what exceeds `keepBytes` (0: everything); returns its size, or what was freed. */
  tendResults(stateDir: string, keepBytes: number | null): Promise<StoreSize>;
  /** Commit of the sources, for the record of a run; null outside a repository. `dirty` resolves later: whether they differ from it; null: unknown. */
  revision(root: string): Promise<{ readonly commit: string; readonly dirty: Promise<boolean | null> } | null>;
  /** Those of `paths` (root-relative) under version control, including files below folders; none outside a repository. */
  tracked(root: string, paths: readonly string[]): Promise<readonly string[]>;
  /** What differs since `ref` (targets `@since:REF`): asked once, so that a watch goes on with what it began with. */
  changesSince(root: string, ref: string): Promise<Result<Changes>>;
  /** Names of commits, to choose from: HEAD, branches and tags; none outside a repository. */
  refs(root: string): readonly string[];
  acquireLock(stateDir: string, command: string, options: { wait: boolean; root?: string; frees?: boolean; onWait(holder: LockHolder): void }): Promise<Result<HeldLock>>;
  /** The current holder of the lock; null if nobody alive holds it. */
  lockHolder(stateDir: string): LockHolder | null;
  readonly config: ConfigLoader;
  /** `root` is absolute; signals may come until it is closed. */
  openWatcher(root: string, tell: (signal: WatchSignal) => void): Promise<Watcher>;
  /** Identifies the folder at a path, as distinct from another created in its place; null: none there. */
  identityOf(folder: string): string | null;
  /** When an entry last appeared in, or left, the parent of `folder`, in ms; null: unknown. */
  listedAt(folder: string): number | null;
  /** `folder` is absolute. */
  openAbove(folder: string): Above;
  /** Returns unused memory to the system, as far as the runtime allows; takes a moment. */
  tidy?(): Promise<void>;
  /** Turns V8's optimiser on or off: whether the work ahead is large enough to spend memory on speed, as at the start. */
  optimise?(on: boolean): Promise<void>;
  /** `take` is called once per question, as soon as it is heard; null: no answer from here. */
  openResident(take: (ask: Ask) => Promise<Answer | null>): Promise<Resident>;
  /** Listens to the keyboard if there is a terminal, and for the end of the process that started tg. */
  openKeys(taker: KeyTaker): Keys;
  /** Runs a program that prints its version, and waits for it. `wrong`: null after exit 0, else what happened. */
  askVersion(argv: readonly string[], where: { cwd: string; env: Readonly<Record<string, string>> }): { wrong: string | null; text: string };
  /** Imports a module by absolute path with `root` as working directory and returns its namespace (custom hash functions). */
  importModule(path: string, root: string): Promise<{ readonly members: Record<string, unknown>; /** What the call prints is no part of an answer. */ aside<T>(call: () => T): T }>;
  /** The state in this folder that a glance (cli/glance.ts) has just opened, if it is current, with what was seen. Returned once. */
  takeSeen?(root: string, stateDir: string, suffix: string): Seen | null;
  /** tg's version and the runtime with its major version, as one text. */
  readonly tool: string;
}

/** What a glance has opened and seen. */
export interface Seen {
  readonly store: Store;
  readonly sight: Sight;
}

/** What a glance needs of the machine (cli/glance.ts). */
export interface LookingDoors extends Pick<Doors, "system" | "openDisk" | "openStore" | "tool"> {
  readonly config: Pick<ConfigLoader, "find" | "beside" | "stateDirIn">;
}

/**
 * Acts on a state of which only the always-needed part was checked; if the rest turns out damaged, acts again on a fully checked one.
 * So it does after any fault where such a check finds damage: what does not hold together may show anywhere.
 */
export async function believing<T>(doors: Doors, act: (doors: Doors, anew: boolean) => Promise<T>): Promise<T> {
  let open: () => Store | null = () => null;
  const noting = <T>(dir: string, suffix: string, opened: T): T => ((open = () => doors.openStore(dir, suffix)), opened);
  try {
    return await act({
      ...doors,
      openStore: (dir, suffix) => noting(dir, suffix, doors.openStore(dir, suffix, { trusting: true })),
      takeSeen: (root, dir, suffix) => noting(dir, suffix, doors.takeSeen?.(root, dir, suffix) ?? null),
    }, false);
  } catch (error) {
    if (!(error instanceof DamagedState) && (error instanceof DiskError || open()?.notices.some(({ code }) => code === "state-damaged") !== true)) throw error;
    return act(doors, true);
  }
}
