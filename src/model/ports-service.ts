// The port for services: what the core may ask of the machine about long-running processes. Adapters implement it; machine.ts opens it.
import type { Engine, Job } from "./ports.ts";
import type { Ready, ServiceSpec } from "./service.ts";
import type { Digest } from "./state.ts";
import type { TaskName } from "./task.ts";

/** A service with everything needed to start and restart it. Inert. */
export interface ServiceJob {
  readonly task: TaskName;
  /** What it is made from: a service running with another key is a different one. */
  readonly key: Digest;
  readonly spec: ServiceSpec;
  readonly job: Job;
  /** Checks whether it is ready, for `command`. */
  readonly probe: Job | null;
  /** The command as a user would recognise it. */
  readonly command: string;
  /** One of another tg on this project, made from the same, may be used instead. */
  readonly mayBorrow: boolean;
}

/** A service kept up by another tg on this project. */
export interface Elsewhere {
  /** Process id of that tg. */
  readonly owner: number;
  /** What it is made from; null while it is not ready. */
  readonly key: Digest | null;
  /** Whether it is still the same one, and running. */
  isThere(): boolean;
}

/** What services need from a machine besides their processes. */
export interface ServiceHouse {
  /** An engine for services alone: no jobserver, and each service is a child of tg with its own process group. */
  readonly engine: Engine;
  /** "": it is ready; otherwise what is wrong, for people (`503`, `no answer`). */
  probe(ready: Extract<Ready, { readonly kind: "port" | "url" }>): Promise<string>;
  /** Records the process group of a service, so that the next build can end it if this tg is killed. */
  note(task: TaskName, group: number): void;
  /** Allows others to use it from now on. */
  noteReady(task: TaskName, key: Digest): void;
  forget(task: TaskName): void;
  /** null: no other tg runs it. */
  elsewhere(task: TaskName): Elsewhere | null;
}
