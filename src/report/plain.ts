// A build told off a terminal: one line for each task that ended, its output whole below it, nothing that moves.
import type { Event } from "../model/event.ts";
import { Ending } from "./ending.ts";
import { visible } from "./format.ts";
import { endLine, startLines } from "./lines.ts";
import { noticeLines, problemLines } from "./problems.ts";
import type { EventOf, Reporter, TaskEnded, Voice } from "./reporter.ts";

/** Characters of one task's output held back until it ends; beyond that it is told as it comes, with names in front. */
const HOLD_CHARS = 256 * 1024;

/** What a service makes of the same lines (github.ts). */
export interface Dress {
  /** A task's line and its output below it. */
  block(head: string, body: string): string;
  /** After a task's block; "" for nothing. */
  failed(event: TaskEnded): string;
  problem(event: EventOf<"problem">): string;
  /** At the very end. */
  last(): string;
}

const BARE: Dress = { block: (head, body) => head + "\n" + body, failed: () => "", problem: () => "", last: () => "" };

interface Held {
  parts: string[];
  chars: number;
  /** The task is told as it comes; an unfinished line waits in `parts`. */
  flowing: boolean;
}

export function plainReporter(voice: Voice, dress: Dress = BARE): Reporter {
  const ending = new Ending(voice);
  const held = new Map<string, Held>();
  let lastTold: string | null = null;
  const { err, paint, quiet, prefix } = voice;

  const say = (lines: readonly string[]): void => {
    if (lines.length === 0) return;
    lastTold = null;
    err.write(lines.join("\n") + "\n");
  };

  const flow = (task: string, one: Held, done: boolean): void => {
    const text = one.parts.join("");
    const cut = done ? text.length : text.lastIndexOf("\n") + 1;
    const whole = text.slice(0, cut);
    one.parts = [text.slice(cut)];
    one.chars = text.length - cut;
    if (whole === "") return;
    const front = prefix ? `${paint.name(visible(task))} | ` : "";
    say(whole.replace(/\n$/, "").split("\n").map((line) => front + line));
  };

  const output = ({ task, text }: EventOf<"task-output">): void => {
    const one = held.get(task) ?? { parts: [], chars: 0, flowing: false };
    held.set(task, one);
    one.parts.push(text);
    one.chars += text.length;
    one.flowing ||= one.chars > HOLD_CHARS;
    if (one.flowing && (text.includes("\n") || one.chars > HOLD_CHARS)) flow(task, one, !text.includes("\n"));
  };

  const ended = (event: TaskEnded): void => {
    const one = held.get(event.task);
    held.delete(event.task);
    if (one?.flowing === true) flow(event.task, one, true);
    const line = endLine(event, voice);
    const body = one === undefined || one.flowing ? "" : one.parts.join("");
    if (line !== null) {
      const text = body === "" ? line : dress.block(line, body.endsWith("\n") ? body.slice(0, -1) : body);
      say([text]);
      if (body !== "") lastTold = event.task;
    }
    if (event.outcome === "failed" && event.allowed !== true) err.write(dress.failed(event));
  };

  const tell = (event: Event): void => {
    switch (event.event) {
      case "task-started": return say(startLines(event, voice));
      case "task-output": return output(event);
      case "task-ended": return ended(event);
      case "notice": return say(noticeLines(event.notice, paint));
      case "build-started":
      case "task-judged":
      case "build-ended":
      case "problem": return;
      default: return event satisfies never;
    }
  };

  return {
    emit: (event) => {
      ending.see(event);
      if (event.event === "problem") {
        say(problemLines(event.problem, paint));
        err.write(dress.problem(event));
      } else if (!quiet) tell(event);
      else if (event.event === "task-ended" && event.outcome === "failed" && event.allowed !== true) err.write(dress.failed(event));
    },
    end: () => {
      ending.say(lastTold);
      err.write(dress.last());
    },
  };
}
