// The door to services: what thought may ask of the machine about processes that stay. Adapters implement it; machine.ts opens it.
import type { Engine, Job } from "./ports.ts";
import type { Ready, ServiceSpec } from "./service.ts";
import type { Digest } from "./state.ts";
import type { TaskName } from "./task.ts";

/** A service with all that is needed to start it, and to start it again. Inert. */
export interface ServiceJob {
  readonly task: TaskName;
  /** What it is made from: one that runs with another key is another one. */
  readonly key: Digest;
  readonly spec: ServiceSpec;
  readonly job: Job;
  /** Asks whether it is ready, for `command`. */
  readonly probe: Job | null;
  /** The command as a person would recognise it. */
  readonly command: string;
  /** One of another tg on this project, made from the same, serves as well. */
  readonly mayBorrow: boolean;
}

/** A service that another tg on this project keeps up. */
export interface Elsewhere {
  /** The process of that tg. */
  readonly owner: number;
  /** What it is made from; null while it is not ready. */
  readonly key: Digest | null;
  /** Is it still the same one, and running? */
  isThere(): boolean;
}

/** What services need of a machine besides their processes. */
export interface ServiceHouse {
  /** For services alone: no jobserver, each one a child of tg with a process group of its own. */
  readonly engine: Engine;
  /** "": it is ready; else what stands in the way, for people (`503`, `no answer`). */
  probe(ready: Extract<Ready, { readonly kind: "port" | "url" }>): Promise<string>;
  /** Notes which group runs a service, for the build after a tg that was killed. */
  note(task: TaskName, group: number): void;
  /** Others may use it from now on. */
  noteReady(task: TaskName, key: Digest): void;
  forget(task: TaskName): void;
  /** null: no other tg runs it. */
  elsewhere(task: TaskName): Elsewhere | null;
}
