// What a reporter of a build is, and what all of them are told at the start.
import type { Event } from "../model/event.ts";
import type { Paint } from "./color.ts";
import type { Output } from "./output.ts";

/** Reads events, says something or nothing. Cannot change a build. */
export interface Reporter {
  emit(event: Event): void;
  /** Somebody else is about to write: nothing that is drawn over stands there until the next event or frame. */
  makeRoom?(): void;
  /** After the last event, also when the build broke off. */
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
  /** All reasons before each task. */
  readonly explain: boolean;
  /** Names in front of lines that stand among those of other tasks. */
  readonly prefix: boolean;
}

export type EventOf<Name extends Event["event"]> = Extract<Event, { readonly event: Name }>;
export type BuildStarted = EventOf<"build-started">;
export type TaskEnded = EventOf<"task-ended">;
export type TaskStarted = EventOf<"task-started">;
export type BuildEnded = EventOf<"build-ended">;
