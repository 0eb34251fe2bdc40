// The machine as the verbs see it. main.ts fills this in; tests fill it with doubles.
import type { Disk, Engine, Store, System } from "../model/ports.ts";
import type { Result } from "../model/problem.ts";
import type { ConfigLoader } from "./project.ts";

export interface LockHolder {
  readonly pid: number;
  readonly command: string;
  readonly seconds: number;
}

export interface HeldLock {
  release(): void;
}

export interface Doors {
  readonly system: System;
  /** `stateDir` is absolute. A read-only disk never writes, not even the clock file. */
  openDisk(root: string, stateDir: string, options: { readonly: boolean }): Disk;
  openStore(stateDir: string, suffix: string): Store;
  openEngine(): Engine;
  acquireLock(stateDir: string, command: string, options: { wait: boolean; onWait(holder: LockHolder): void }): Promise<Result<HeldLock>>;
  readonly config: ConfigLoader;
  /** Imports a module by absolute path and gives its namespace (own hash functions). */
  importModule(path: string): Promise<Record<string, unknown>>;
  /** tg's version and the runtime with its major version, as one text. */
  readonly tool: string;
}
