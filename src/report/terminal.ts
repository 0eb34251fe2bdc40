// A build shown on a terminal: permanent lines, and below them one status line that is redrawn. Never touches scrollback or
// hides the cursor; every change is one write.
import type { Event } from "../model/event.ts";
import { Ending } from "./ending.ts";
import { Fronts } from "./front.ts";
import { Gate } from "./gate.ts";
import { endLine, hookLines, isLarge, removedLines, retryLine, startLines } from "./lines.ts";
import { Progress } from "./progress.ts";
import { serviceLines } from "./services.ts";
import type { EventOf, Reporter, TaskEnded, TaskStarted, Voice } from "./reporter.ts";
import { fit, tameLine, textWidth } from "./width.ts";

export interface Screen {
  /** Current number of columns; changes with the window. */
  columns(): number;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `tick` every `ms` until the returned function is called; does not keep the process alive. */
  every(ms: number, tick: () => void): () => void;
}

/** Time between two redraws, in ms: ten a second look like one movement. */
const FRAME_MS = 100;
/** How many characters may wait for the next redraw. */
const PENDING_CHARS = 32 * 1024;
/** The same while a console task has the terminal. */
const CONSOLE_CHARS = 1024 * 1024;
/** Columns left free after the status line: a terminal writes `^C` there and would wrap. */
const FREE_COLUMNS = 3;
/** An unfinished line longer than this is broken. */
const LINE_CHARS = 64 * 1024;

/** The permanent lines and the status line below them. Each call of `draw` is one write. */
class Canvas {
  readonly #voice: Voice;
  readonly #screen: Screen;
  #pending = "";
  #shown = "";
  #drawnAt = 0;

  constructor(voice: Voice, screen: Screen) {
    this.#voice = voice;
    this.#screen = screen;
  }

  add(lines: readonly string[]): void {
    for (const line of lines) this.#pending += line + "\n";
  }

  get waiting(): number {
    return this.#pending.length;
  }

  isDue(): boolean {
    return this.#screen.now() - this.#drawnAt >= FRAME_MS;
  }

  /** A window made narrower may have wrapped the status line over several rows. */
  #erase(): string {
    if (this.#shown === "") return "";
    const rows = Math.max(1, Math.ceil(textWidth(this.#shown) / Math.max(1, this.#screen.columns())));
    return "\r" + (rows > 1 ? `\u001b[${rows - 1}A` : "") + "\u001b[J";
  }

  draw(status: string): void {
    this.#drawnAt = this.#screen.now();
    const text = status === "" ? "" : fit(status, Math.max(10, this.#screen.columns() - FREE_COLUMNS));
    if (this.#pending === "" && text === this.#shown) return;
    const inPlace = this.#pending === "" && text !== "" && this.#shown !== "" && textWidth(this.#shown) < this.#screen.columns();
    this.#voice.err.write(inPlace ? `\r${text}\u001b[K` : this.#erase() + this.#pending + text);
    this.#pending = "";
    this.#shown = text;
  }
}

class Terminal implements Reporter {
  readonly #voice: Voice;
  readonly #screen: Screen;
  readonly #canvas: Canvas;
  readonly #ending: Ending;
  readonly #progress = new Progress();
  readonly #fronts: Fronts;
  readonly #gate: Gate;
  readonly #unfinished = new Map<string, string>();
  /** The task whose lines were written last, and those that wrote above them. */
  #last: string | null = null;
  readonly #before = new Set<string>();
  /** Tasks that have printed something. */
  readonly #heard = new Set<string>();
  #large = false;
  readonly #consoles = new Set<string>();
  #stopTicking: (() => void) | null = null;

  constructor(voice: Voice, screen: Screen) {
    this.#voice = voice;
    this.#screen = screen;
    this.#canvas = new Canvas(voice, screen);
    this.#ending = new Ending(voice);
    this.#fronts = new Fronts(voice.paint);
    this.#gate = new Gate(voice.paint, { all: voice.verbose > 0 });
  }

  emit(event: Event): void {
    this.#ending.see(event);
    this.#progress.see(event);
    if (event.event === "problem") this.#say(this.#gate.problem(event.problem), null);
    else if (!this.#voice.quiet || (event.event === "hook-ended" && event.problem !== undefined)) this.#tell(event);
    else if (event.event === "task-started" && event.console) this.#giveTerminal(event);
    else if (event.event === "task-ended") this.#consoles.delete(event.task);
    this.#refresh();
  }

  #tell(event: Event): void {
    switch (event.event) {
      case "task-started": return this.#started(event);
      case "task-output": return this.#output(event);
      case "task-ended": return this.#ended(event);
      case "task-retry": return this.#retried(event);
      case "temp-removed": return this.#say(removedLines(event, this.#voice), null);
      case "service":
        if (event.state === "starting") this.#fronts.expect(event.task);
        if (event.state === "crashed" || event.state === "stopped") this.#finishLine(event.task);
        return this.#say(serviceLines(event, this.#voice), event.task);
      case "services-up": return this.#say(serviceLines(event, this.#voice), null);
      case "hook-ended": return this.#say(hookLines(event, this.#voice), null);
      case "notice": return this.#say(this.#gate.notice(event.notice), null);
      case "build-started":
        this.#large = isLarge(event);
        return;
      case "task-judged":
      case "graph-grown":
      case "problem":
      case "build-ended": return;
      default: return event satisfies never;
    }
  }

  #say(lines: readonly string[], task: string | null): void {
    if (lines.length === 0) return;
    if (this.#last !== null && this.#last !== task) this.#before.add(this.#last);
    this.#last = task;
    this.#canvas.add(lines);
  }

  #started(event: TaskStarted): void {
    if (!event.console) this.#fronts.expect(event.task);
    this.#say(startLines(event, this.#voice), event.task);
    if (event.console) this.#giveTerminal(event);
  }

  /** Clears everything of tg's where the task writes. */
  #giveTerminal({ task }: TaskStarted): void {
    this.#canvas.draw("");
    this.#consoles.add(task);
  }

  #output({ task, text }: EventOf<"task-output">): void {
    this.#heard.add(task);
    const whole = (this.#unfinished.get(task) ?? "") + text;
    // Concatenated strings are cheap until they are searched.
    if (!text.includes("\n") && whole.length <= LINE_CHARS) return void this.#unfinished.set(task, whole);
    const lines = whole.split("\n");
    const rest = lines.pop()!;
    if (rest.length > LINE_CHARS) lines.push(rest);
    this.#unfinished.set(task, rest.length > LINE_CHARS ? "" : rest);
    this.#say(lines.map((line) => this.#fronted(task, line)), task);
  }

  #fronted(task: string, line: string): string {
    return (this.#voice.prefix ? this.#fronts.of(task) : "") + tameLine(line);
  }

  #retried(event: EventOf<"task-retry">): void {
    this.#finishLine(event.task);
    this.#say([retryLine(event, this.#voice)], event.task);
  }

  #finishLine(task: string): void {
    const rest = this.#unfinished.get(task) ?? "";
    if (rest !== "") this.#say([this.#fronted(task, rest)], task);
    this.#unfinished.delete(task);
    this.#consoles.delete(task);
  }

  #ended(event: TaskEnded): void {
    this.#finishLine(event.task);
    const line = endLine(event, this.#voice, !this.#heard.delete(event.task) && this.#large);
    if (line !== null) this.#say([line], event.task);
  }

  /** Redraws at most ten times a second, and at once if much is waiting or nothing else would trigger it. */
  #refresh(): void {
    if (!this.#progress.isMoving) this.#stop();
    else this.#stopTicking ??= this.#screen.every(FRAME_MS, () => this.#frame());
    if (this.#consoles.size > 0) {
      if (this.#canvas.waiting > CONSOLE_CHARS) this.#canvas.draw("");
    } else if (this.#stopTicking === null || this.#canvas.waiting > PENDING_CHARS || this.#canvas.isDue()) this.#frame();
  }

  #frame(): void {
    if (this.#consoles.size > 0) return;
    this.#canvas.draw(this.#voice.quiet ? "" : this.#progress.line(this.#screen.now(), this.#screen.columns() - FREE_COLUMNS));
  }

  makeRoom(): void {
    if (this.#consoles.size === 0) this.#canvas.draw("");
  }

  #stop(): void {
    this.#stopTicking?.();
    this.#stopTicking = null;
  }

  end(): void {
    this.#stop();
    this.#say(this.#gate.rest(this.#voice), null);
    for (const [task, rest] of this.#unfinished) if (rest !== "") this.#say([this.#fronted(task, rest)], task);
    this.#canvas.draw("");
    this.#ending.say(this.#last !== null && !this.#before.has(this.#last) ? this.#last : null);
  }
}

export function terminalReporter(voice: Voice, screen: Screen): Reporter {
  return new Terminal(voice, screen);
}
