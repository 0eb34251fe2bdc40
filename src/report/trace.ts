// A build as a trace for chrome://tracing, Perfetto and the like (Trace Event Format: complete events, times in µs since
// the process began). Only uses the events it receives; knows no file and no graph beyond the given needs.
import type { Event } from "../model/event.ts";
import type { Tracer } from "../model/ports.ts";
import type { Reason } from "../model/state.ts";
import type { TaskName } from "../model/task.ts";
import { criticalPath } from "./critical.ts";
import type { EventOf } from "./reporter.ts";
import { reasonText } from "./reasons.ts";

/** One entry of `traceEvents`. */
export interface TraceEvent {
  readonly name: string;
  /** X: from `ts` for `dur`; i: at `ts`; M: names a track. */
  readonly ph: "X" | "i" | "M";
  readonly pid: 1;
  readonly tid: number;
  readonly cat?: "phase" | "task" | "critical";
  readonly ts?: number;
  readonly dur?: number;
  /** For instants: drawn on their track only. */
  readonly s?: "t";
  readonly args?: Readonly<Record<string, unknown>>;
}

/** Tracks: tg's own phases, slots from 1 on, and the critical path below all of them. */
const PHASES = 0;
const CRITICAL = 1_000_000;

interface Span {
  readonly task: TaskName;
  readonly tid: number;
  readonly ts: number;
  readonly started: EventOf<"task-started">;
  dur: number;
  args: Record<string, unknown>;
}

export class Trace implements Tracer {
  readonly #now: () => number;
  readonly #phases: { readonly name: string; readonly ts: number; dur: number }[] = [];
  readonly #spans: Span[] = [];
  readonly #instants: TraceEvent[] = [];
  readonly #open: Map<TaskName, Span> = new Map();
  /** Which slots are in use. */
  readonly #slots: boolean[] = [];
  #needsOf: (task: TaskName) => readonly TaskName[] = () => [];
  #end: Readonly<Record<string, unknown>> = {};

  /** `now`: µs since the process began. */
  constructor(now: () => number) {
    this.#now = now;
    this.#phases.push({ name: "start", ts: 0, dur: 0 });
  }

  phase(name: "load" | "judge" | "wait" | "run" | "save"): void {
    const ts = this.#now();
    const last = this.#phases.at(-1)!;
    if (last.name === name) return;
    last.dur = ts - last.ts;
    this.#phases.push({ name, ts, dur: 0 });
  }

  needs(of: (task: TaskName) => readonly TaskName[]): void {
    this.#needsOf = of;
  }

  see(event: Event): void {
    switch (event.event) {
      case "task-started": return this.#started(event);
      case "task-retry": return this.#over(event.task, { outcome: "retried", exit: event.exit, attempt: event.attempt });
      case "task-ended": return this.#ended(event);
      case "build-ended":
        this.#end = { exitCode: event.exitCode, ...(event.signal === undefined ? {} : { signal: event.signal }), ...event.counts };
    }
  }

  #started(event: EventOf<"task-started">): void {
    const free = this.#slots.indexOf(false);
    const slot = free < 0 ? this.#slots.length : free;
    this.#slots[slot] = true;
    const span: Span = { task: event.task, tid: slot + 1, ts: this.#now(), started: event, dur: 0, args: {} };
    this.#open.set(event.task, span);
    this.#spans.push(span);
  }

  #ended(event: EventOf<"task-ended">): void {
    const { task, outcome, exit, attempts } = event;
    if (this.#open.has(task)) return this.#over(task, { outcome, exit, attempt: attempts, commandMs: event.end - event.start });
    if (outcome === "restored") this.#instants.push({ name: task, ph: "i", s: "t", pid: 1, tid: PHASES, cat: "task", ts: this.#now(), args: { outcome, reasons: texts(event.reasons) } });
  }

  #over(task: TaskName, args: Record<string, unknown>): void {
    const span = this.#open.get(task);
    if (span === undefined) return;
    span.dur = this.#now() - span.ts;
    span.args = args;
    this.#open.delete(task);
    this.#slots[span.tid - 1] = false;
  }

  /** The whole trace as JSON. What has not ended ends here. */
  text(): string {
    const last = this.#phases.at(-1)!;
    last.dur = this.#now() - last.ts;
    for (const task of [...this.#open.keys()]) this.#over(task, { outcome: "unfinished" });
    const path = criticalPath(this.#spans.map((span) => ({ task: span.task, start: span.ts, end: span.ts + span.dur, span })), this.#needsOf).map(({ span }) => span);
    const critical = new Set(path);
    const events: TraceEvent[] = [
      ...this.#tracks(path.length > 0),
      ...this.#phases.map(({ name, ts, dur }): TraceEvent => ({ name, ph: "X", pid: 1, tid: PHASES, cat: "phase", ts, dur })),
      ...this.#instants,
    ];
    for (const span of this.#spans) {
      const { task, tid, ts, dur, started, args } = span;
      const isCritical = critical.has(span);
      events.push({ name: task, ph: "X", pid: 1, tid, cat: "task", ts, dur, args: { ...args, reasons: texts(started.reasons), command: started.command, critical: isCritical } });
    }
    for (const { task, ts, dur } of path) events.push({ name: task, ph: "X", pid: 1, tid: CRITICAL, cat: "critical", ts, dur });
    const lines = events.map((event) => JSON.stringify(event)).join(",\n");
    return `{"displayTimeUnit":"ms","otherData":${JSON.stringify({ ...this.#end, criticalPathMs: path.reduce((sum, { dur }) => sum + dur, 0) / 1000 })},"traceEvents":[\n${lines}\n]}\n`;
  }

  #tracks(withPath: boolean): TraceEvent[] {
    const names: [tid: number, name: string][] = [[PHASES, "tg"], ...this.#slots.map((_, i): [number, string] => [i + 1, `slot ${i + 1}`])];
    if (withPath) names.push([CRITICAL, "critical path"]);
    return [
      { name: "process_name", ph: "M", pid: 1, tid: PHASES, args: { name: "tg build" } },
      ...names.flatMap(([tid, name]): TraceEvent[] => [
        { name: "thread_name", ph: "M", pid: 1, tid, args: { name } },
        { name: "thread_sort_index", ph: "M", pid: 1, tid, args: { sort_index: tid } },
      ]),
    ];
  }
}

function texts(reasons: readonly Reason[]): string[] {
  return reasons.map(reasonText);
}
