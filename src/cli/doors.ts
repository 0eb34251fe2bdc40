// The machine as the verbs see it. machine.ts fills this in; tests fill it with doubles.
import type { Services } from "../schedule/services.ts";
import type { Outside } from "../model/outside.ts";
import { DamagedState, type Above, type Disk, type Engine, type Keys, type KeyTaker, type Records, type Resident, type Store, type System, type Watcher, type WatchSignal } from "../model/ports.ts";
import type { ServiceHouse } from "../model/ports-service.ts";
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
  /** The process that died holding it; null when nobody did. */
  readonly tookOver?: number | null;
  /** Somebody else had it, however shortly: what was looked at before may be of the past. */
  readonly waited?: boolean;
  release(): void;
}

/** What evaluation read, as config/load.ts reports it. Paths are house paths. */
export interface ConfigReads {
  readonly files: readonly string[];
  readonly absent: readonly string[];
  readonly folders: readonly string[];
  readonly env: readonly string[];
  /** Evaluation did what cannot be recorded (a process, the network): evaluate every time. */
  readonly volatile: boolean;
  /** Folders of the compiled modules that functions are imported from. */
  readonly copies: readonly string[];
  /** Compiled modules with a digest of the text that was evaluated: whoever reads the same there now knows what the config said. */
  readonly evaluated?: readonly (readonly [source: string, digest: string])[];
}

export interface LoadRequest {
  readonly file: AbsolutePath;
  readonly root: AbsolutePath;
  readonly stateDir: AbsolutePath;
  readonly readonly: boolean;
  /** Lists that tasks made, for families that go over them; null when none is known yet. */
  list(source: ListSource): readonly unknown[] | null;
  /** Is this what the config said when the stored graph was made? The text says all of a config that is nothing but data. */
  isKnown?(text: string): boolean;
  /** Absolute paths of folders of compiled modules that the stored graph names: they are not to be removed. */
  readonly held?: readonly string[] | undefined;
}

/** Task files that alone have changed, as config/edited.ts gives them. */
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

/** `declared`: what a config declares that is at fault, but for the faulty fields. */
export type LoadedOrNot = Result<Loaded> & { readonly declared?: Project };

export type LoadedApart = { readonly kind: "loaded"; readonly result: LoadedOrNot } | { readonly kind: "edited"; readonly edited: EditedFiles | null };

export interface ConfigLoader {
  find(from: AbsolutePath, named: string | null): Result<{ file: AbsolutePath; root: AbsolutePath }>;
  /** Evaluates and checks. `project`: null where it says what is known. */
  load(options: LoadRequest): Promise<LoadedOrNot>;
  /**
   * In a process of its own: as `loadEdited` if files are named, else as `load`. null: it must be done in this one. It is begun again when what it is made of is written meanwhile, and ended when `signal` says so. Absent where
   * the runtime cannot.
   */
  loadApart?(options: LoadRequest, edited: ReadonlySet<FilePath>, signal: AbortSignal): Promise<LoadedApart | null>;
  /** Evaluates the task files that were edited, and none of the others; null: all are to be loaded. */
  loadEdited?(options: LoadRequest, edited: ReadonlySet<FilePath>): Promise<EditedFiles | null>;
  /** The problem that an error is which nobody caught: code of a config that was loaded in this process threw it; null: it did not. */
  late?(error: unknown): ConfigProblem | null;
  /** `late` has found one: a graph that comes of this config is not to be taken without evaluating it again. */
  hasThrown?(): boolean;
  /** Where a field of the config itself stands in its text; line 0: nowhere. */
  placeIn?(file: AbsolutePath, root: AbsolutePath, field: string): Promise<Place>;
  /** The state folder the config's text names, without evaluating it; null when it names none. */
  stateDirIn(file: AbsolutePath): string | null;
  /** Does a source (absolute path) still say what it said by its digest when it was evaluated? Absent: that cannot be told. */
  isAsRead?(file: string, digest: string): boolean;
  /** Is all of a folder of compiled modules (absolute path) as it was written? */
  isWhole(dir: string): boolean;
}

/** With whom the commands of a build share jobs: a make above tg, or what tg starts. */
export interface Share {
  readonly jobs: number;
  /** MAKEFLAGS of the person's environment. */
  readonly makeflags: string;
  /** `-j` was given: not with a make above. */
  readonly own: boolean;
  /** Absolute: where it is noted what has to be tidied after a kill. */
  readonly stateDir: string;
  /** Tasks that are likely to run. */
  readonly expected: number;
}

export interface Doors {
  readonly system: System;
  /** `stateDir` is absolute. A read-only disk never writes, not even the clock file. */
  openDisk(root: string, stateDir: string, options: { readonly: boolean }): Disk;
  /** `trusting`: what a build without work does not need is read and checked when asked for; see `believing`. */
  openStore(stateDir: string, suffix: string, options?: { readonly trusting: boolean }): Store;
  /** What other configs with states in the same folder have recorded; `suffix` is one's own. */
  openOtherStates(stateDir: string, suffix: string): readonly Records[];
  /** Work that goes through all of `tasks` once: how that is best done. Absent: as anything else. */
  spare?<T>(tasks: number, work: () => Promise<T>): Promise<T>;
  /** So many are to run, or to be found fresh in their turn: how that is best done. Once in a process. Absent: as anything else. */
  expectJobs?(jobs: number): Promise<void>;
  /** `openEngine` is to come: what it would wait for is begun. Absent: it waits. */
  expectEngine?(share: Share): Promise<void>;
  /** Should it not come; else without effect. */
  forgetEngine?(): Promise<void>;
  /** Loaded when the first task runs. */
  openEngine(share: Share | null): Engine | Promise<Engine>;
  /** Loaded when the first service starts. `stateDir`: where it is noted what runs. */
  openServiceHouse(stateDir: string): Promise<ServiceHouse>;
  /** Ends services whose tg was killed. */
  endStrayServices(stateDir: string): Promise<void>;
  /** See MakeOutside; remembered in the state folder. */
  makeOutside(stateDir: string, prefix: string): Outside;
  /** Under a name that one had before. */
  makeOutsideAgain(stateDir: string, dir: string): Outside;
  /** Removes folders outside the project that a killed tg has noted. */
  removeLeftFolders(stateDir: string): void;
  /** Those that a watch keeps up over its rounds. */
  readonly services?: Services;
  /** The store of results below the state folder. Loaded when the first task that keeps results runs. */
  openResults(stateDir: string, root: string): Promise<ResultStore>;
  /** Measures the store, or removes what is over `keepBytes` (0: all); says what there is, or what was freed. */
  tendResults(stateDir: string, keepBytes: number | null): Promise<StoreSize>;
  /** Commit of the sources, for the record of a run; null outside a repository. Whether they differ from it is told later; null: unknown. */
  revision(root: string): Promise<{ readonly commit: string; readonly dirty: Promise<boolean | null> } | null>;
  /** Those of `paths` (root-relative) that version control keeps, files below folders too; none outside a repository. */
  tracked(root: string, paths: readonly string[]): Promise<readonly string[]>;
  acquireLock(stateDir: string, command: string, options: { wait: boolean; root?: string; onWait(holder: LockHolder): void }): Promise<Result<HeldLock>>;
  /** Who has the lock now; null when nobody alive has. */
  lockHolder(stateDir: string): LockHolder | null;
  readonly config: ConfigLoader;
  /** `root` is absolute; signals may come until it is closed. */
  openWatcher(root: string, tell: (signal: WatchSignal) => void): Promise<Watcher>;
  /** Which folder it is that stands at a path, and no other that was made in its place; null: none. */
  identityOf(folder: string): string | null;
  /** When something last came into, or went from, the folder that `folder` stands in, in ms; null: nobody can tell. */
  listedAt(folder: string): number | null;
  /** `folder` is absolute. */
  openAbove(folder: string): Above;
  /** Gives back memory that nobody uses any more, as far as the runtime lets a watch do so; takes a moment. */
  tidy?(): Promise<void>;
  /** Is there so much to do from now on that it is worth memory to be quick, as there is at first? */
  optimise?(on: boolean): Promise<void>;
  /** `take` is called once a question, in the moment it is heard of; null: no answer from here. */
  openResident(take: (ask: Ask) => Promise<Answer | null>): Promise<Resident>;
  /** Listens to the keyboard if a person sits there, and for the end of the process that started tg. */
  openKeys(taker: KeyTaker): Keys;
  /** Runs a program that prints its version, and waits for it. `wrong`: null after exit 0, else what happened. */
  askVersion(argv: readonly string[], where: { cwd: string; env: Readonly<Record<string, string>> }): { wrong: string | null; text: string };
  /** Imports a module by absolute path, standing in `root`, and gives its namespace (own hash functions). */
  importModule(path: string, root: string): Promise<{ readonly members: Record<string, unknown>; /** What the call prints is no part of an answer. */ aside<T>(call: () => T): T }>;
  /** What a look in passing has just seen, by the state with that mark (cli/glance.ts). Given once. */
  takeSeen?(root: string, mark: string): Sight | null;
  /** tg's version and the runtime with its major version, as one text. */
  readonly tool: string;
}

/** What a look in passing asks of the machine (cli/glance.ts). */
export interface LookingDoors extends Pick<Doors, "system" | "openDisk" | "openStore" | "tool"> {
  readonly config: Pick<ConfigLoader, "find" | "stateDirIn">;
}

/** Acts on a state of which only the part that is always needed was checked; should the rest be damaged, acts anew on one that was checked whole. */
export async function believing<T>(doors: Doors, act: (doors: Doors, anew: boolean) => Promise<T>): Promise<T> {
  try {
    return await act({ ...doors, openStore: (dir, suffix) => doors.openStore(dir, suffix, { trusting: true }) }, false);
  } catch (error) {
    if (!(error instanceof DamagedState)) throw error;
    return act(doors, true);
  }
}
