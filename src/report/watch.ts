// What tg watch prints between builds: which change started one, and that it is waiting again. The first words of the two lines
// never change: editors match them (docs/watch.md).
import type { Change, WatchEvent } from "../model/event.ts";
import type { Paint } from "./color.ts";
import { countText, durationText, listText, pathText, plural, quote, visible } from "./format.ts";
import { isTerminal, type Output } from "./output.ts";
import { problemLines } from "./problems.ts";

const CHANGES_SHOWN = 3;
const OPEN_SHOWN = 20;

function changesText(changes: readonly Change[], more: number): string {
  const shown = changes.slice(0, CHANGES_SHOWN).map(({ path, how }) => `${pathText(path)} ${how}`).join(", ");
  const others = changes.length - Math.min(changes.length, CHANGES_SHOWN) + more;
  return others === 0 ? shown : `${shown} and ${countText(others)} more`;
}

function startText({ cause, changes, more }: Extract<WatchEvent, { event: "round-started" }>): string {
  switch (cause) {
    case "start": return "tg: building";
    case "run": return "tg: building, as asked";
    case "force": return "tg: building all, as asked";
    case "change": return changes.length === 0 ? "tg: building what changed" : `tg: building, ${changesText(changes, more)}`;
    default: return cause satisfies never;
  }
}

function statusText({ open, building }: Extract<WatchEvent, { event: "watch-status" }>): string {
  if (open.length === 0) return building === true ? "tg: still building" : "tg: everything is fresh";
  return `tg: ${plural(open.length, "task")} not fresh${building === true ? " yet" : ""}: ${listText(open.map(visible), OPEN_SHOWN)}`;
}

function pauseText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  return ms < 60_000 ? "half a minute" : minutes === 1 ? "a minute" : minutes === 30 ? "half an hour" : `${minutes} minutes`;
}

function loopLines({ pairs, againMs }: Extract<WatchEvent, { event: "watch-loop" }>): string[] {
  const then = `again in ${pauseText(againMs)}, or at the next change`;
  return pairs.map(({ task, path }) => task === "" ? `tg: ${pathText(path)} is written whenever the config is evaluated, so it is evaluated ${then}` : `tg: ${path === "" ? "something" : pathText(path)} changed in every run of ${quote(task)}, so it is run ${then}`);
}

function watchLines(event: WatchEvent, paint: Paint): string[] {
  switch (event.event) {
    case "round-started":
      return [startText(event)];
    case "round-ended":
      return [`tg: watching for changes${event.exitCode === 0 ? "" : ` (${paint.bad("failed")})`}`];
    case "watch-status":
      return [statusText(event)];
    case "watch-polling":
      return [`tg: the system allows no more file watches (${event.errno}); files are looked at every ${durationText(event.everyMs)} instead`, `    try: ${remedy(event.errno)}`];
    case "watch-loop":
      return loopLines(event);
    case "config-evaluating":
      return [`tg: evaluating ${listText(event.files.map(pathText), CHANGES_SHOWN)}`];
    case "root-gone":
      return [`tg: ${pathText(event.root)} is gone; waiting until it is there again`];
    case "root-back":
      return [`tg: ${pathText(event.root)} is there again`];
    case "config-mended":
      return ["tg: the config can be loaded again"];
    case "config-broken":
      return [...event.problems.flatMap((problem) => problemLines(problem, paint)), ...(event.kept ? ["tg: going on with the tasks of the last good config"] : [])];
    default:
      return event satisfies never;
  }
}

function remedy(errno: string): string {
  return errno === "ENOSPC" ? "sudo sysctl fs.inotify.max_user_watches=524288" : "ulimit -n 10240, or sudo sysctl fs.inotify.max_user_instances=1024";
}

export interface WatchVoice {
  readonly out: Output;
  readonly err: Output;
  readonly paint: Paint;
  readonly quiet: boolean;
  readonly json: boolean;
  /** Clear the screen before each round. */
  readonly clear: boolean;
}

const CLEAR = "\u001b[H\u001b[2J";
/** Shown even with --quiet: they report something wrong. */
const TROUBLE: ReadonlySet<WatchEvent["event"]> = new Set(["watch-polling", "watch-loop", "config-broken", "root-gone"] as const);

export function tellWatch(event: WatchEvent, { out, err, paint, quiet, json, clear }: WatchVoice): void {
  if (json) out.write(JSON.stringify(event) + "\n");
  if (clear && event.event === "round-started") err.write(CLEAR);
  const trouble = TROUBLE.has(event.event);
  if (trouble || (!quiet && !json)) err.write(watchLines(event, paint).join("\n") + "\n");
}

/** Shown once, below the first line: nothing else on the screen mentions them. */
export function tellKeys({ err, paint, quiet, json }: WatchVoice): void {
  if (!quiet && !json && isTerminal(2)) err.write(paint.faint("r run, f force all, s status, c clear, q quit") + "\n");
}

export function clearScreen(err: Output): void {
  err.write(CLEAR);
}
