// What a reporter of a build is, and what all of them receive at the start.
import type { Event } from "../model/event.ts";
import type { Paint } from "./color.ts";
import type { Output } from "./output.ts";

/** Receives events and writes something or nothing. Cannot change a build. */
export interface Reporter {
  emit(event: Event): void;
  /** Something else is about to write: clear what is redrawn until the next event or frame. */
  makeRoom?(): void;
  /** Called after the last event, also if the build broke off. */
  end(): void;
}

export interface Voice {
  /** Results. */
  readonly out: Output;
  /** Progress and diagnostics. */
  readonly err: Output;
  /** Colours of `err`. */
  readonly paint: Paint;
  readonly quiet: boolean;
  readonly verbose: number;
  /** Show all reasons before each task. */
  readonly explain: boolean;
  /** Put names in front of lines that are mixed with those of other tasks. */
  readonly prefix: boolean;
}

export type EventOf<Name extends Event["event"]> = Extract<Event, { readonly event: Name }>;
export type BuildStarted = EventOf<"build-started">;
export type TaskEnded = EventOf<"task-ended">;
export type TaskStarted = EventOf<"task-started">;
export type BuildEnded = EventOf<"build-ended">;
