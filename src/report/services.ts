// Messages about services (started, ended, restarted), and their output, which continues while tasks end.
import type { Event, ServiceEvent } from "../model/event.ts";
import type { Paint } from "./color.ts";
import { durationText, limitText, listText, visible } from "./format.ts";
import { Fronts } from "./front.ts";
import type { Output } from "./output.ts";
import { endText } from "./ready-texts.ts";
import { reasonSummary } from "./reasons.ts";
import { problemLines } from "./problems.ts";
import { commandLine } from "./task-texts.ts";
import type { EventOf } from "./reporter.ts";
import { tameLine } from "./width.ts";

interface Manner {
  readonly paint: Paint;
  readonly verbose: number;
}

export function serviceLines(event: ServiceEvent, { paint, verbose }: Manner): string[] {
  if (event.event === "services-up") return [`tg: ${listText(event.tasks.map(visible))} ${event.tasks.length === 1 ? "is" : "are"} up; Ctrl-C ends ${event.tasks.length === 1 ? "it" : "them"}`];
  const name = paint.strong(visible(event.task));
  switch (event.state) {
    case "starting": return verbose > 0 ? [`→ ${name}: ${commandLine(event.command)}`] : [];
    case "ready": {
      const why = event.reasons[0] === undefined || event.reasons[0].code === "always" ? "" : ` — ${reasonSummary(event.reasons)}`;
      const how = event.owner === undefined ? `is up (${durationText(event.ms)})` : `is up already, run by another tg (process ${event.owner})`;
      return [`${paint.good("●")} ${name} ${how}${why}`];
    }
    case "crashed": return [`${paint.warn("!")} ${name} ended by itself: ${endText(event)}; it is started again${event.againMs === null ? "" : ` in ${limitText(event.againMs)}`}`];
    case "stopped": return verbose > 0 ? [`○ ${name} stopped`] : [];
    case "failed": return problemLines(event.problem, paint);
    default: return event satisfies never;
  }
}

/** An unfinished line longer than this is broken. */
const LINE_CHARS = 64 * 1024;

/** Lines of services as they come, each with its name. */
export class Flow {
  readonly #rest = new Map<string, string>();
  readonly #fronts: Fronts;
  readonly #prefix: boolean;

  constructor(fronts: Fronts, prefix: boolean) {
    this.#fronts = fronts;
    this.#prefix = prefix;
  }

  lines({ task, text }: EventOf<"task-output">): string[] {
    const lines = ((this.#rest.get(task) ?? "") + text).split("\n");
    const rest = lines.pop()!;
    if (rest.length > LINE_CHARS) lines.push(rest);
    this.#rest.set(task, rest.length > LINE_CHARS ? "" : rest);
    return lines.map((line) => this.#fronted(task, line));
  }

  /** The unfinished line of a service that has ended. */
  last(task: string): string[] {
    const rest = this.#rest.get(task) ?? "";
    this.#rest.delete(task);
    return rest === "" ? [] : [this.#fronted(task, rest)];
  }

  #fronted(task: string, line: string): string {
    return (this.#prefix ? this.#fronts.of(task) : "") + tameLine(line);
  }
}

/** Reports what services do between builds, in tg watch. */
export function asideTeller(o: Manner & { readonly out: Output; readonly err: Output; readonly quiet: boolean; readonly prefix: boolean; readonly json: boolean }): (event: Event) => void {
  const flow = new Flow(new Fronts(o.paint), o.prefix);
  return (event) => {
    if (o.json) return o.out.write(JSON.stringify(event) + "\n");
    const trouble = event.event === "service" && event.state === "failed";
    const lines = o.quiet && !trouble ? [] : event.event === "task-output" ? flow.lines(event) : event.event === "service" || event.event === "services-up" ? serviceLines(event, o) : [];
    if (event.event === "service" && (event.state === "crashed" || event.state === "stopped")) lines.unshift(...flow.last(event.task));
    if (lines.length > 0) o.err.write(lines.join("\n") + "\n");
  };
}
