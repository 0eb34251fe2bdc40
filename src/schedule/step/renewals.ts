// What a watch notices while tasks run. For tasks that may be restarted when their inputs change (`interruptible`): which ones run,
// and what changed. For outputs seen to be made in this run, or existing at its start: if they are gone at the end, something
// removed them. Starts nothing; the run brings a task back.
import type { FilePath } from "../../model/path.ts";
import { matcherOf } from "../../model/pattern.ts";
import type { TaskProblem } from "../../model/problem.ts";
import { changedAtMs } from "../../model/state.ts";
import { declares } from "../../staleness/match.ts";
import type { Situation } from "../survey/situation.ts";

interface AtWork {
  readonly signal: (name: "SIGTERM" | "SIGKILL") => void;
  /** The input for which it was stopped; null: it goes on. */
  changed: FilePath | null;
  timer: NodeJS.Timeout | null;
}

/** Problems that another run may not have, if they are due to what was removed. */
const TAKEN: ReadonlySet<TaskProblem["code"]> = new Set(["exit", "threw", "missing-output"] as const);

/** A task that changes its own input would be restarted for ever; after this many restarts it is treated like any other. */
const MOST = 20;

export class Renewals {
  /** Whether a watch reports changes. */
  readonly heard: boolean;
  readonly #situation: Situation;
  readonly #graceMs: number;
  readonly #atWork: Map<number, AtWork> = new Map();
  readonly #counts: Map<number, number> = new Map();
  /** What each task was seen to make since it began, and the folders that were created for it. */
  readonly #made: Map<number, { readonly sinceMs: number; readonly paths: Set<FilePath>; readonly folders: ReadonlySet<FilePath> }> = new Map();
  /** By definition: commands that themselves remove what they make or its folder, and fail. Outlives the build. */
  readonly #habits: Set<string>;

  /** `habits`: those of the watch that reports changes; null: there is none. */
  constructor(situation: Situation, o: { readonly habits: Set<string> | null; readonly graceMs: number }) {
    this.#situation = situation;
    this.heard = o.habits !== null;
    this.#habits = o.habits ?? new Set();
    this.#graceMs = o.graceMs;
  }

  began(task: number, { signal, folders }: { readonly signal: AtWork["signal"]; folders(): ReadonlySet<FilePath> }): void {
    if (this.heard) this.#made.set(task, { sinceMs: this.#situation.parts.world.clockMs, paths: new Set(), folders: folders() });
    if (this.#situation.parts.graph.task(task).interruptible) this.#atWork.set(task, { signal, changed: null, timer: null });
  }

  /** The task's process is gone. Returns the input for which it was stopped. */
  ended(task: number): FilePath | null {
    const one = this.#atWork.get(task);
    this.#atWork.delete(task);
    if (one?.timer != null) clearTimeout(one.timer);
    return one?.changed ?? null;
  }

  /** A hint that `path` has changed: if so, the tasks that read it are stopped. `read`: a task was, or may have been, judged by it. */
  hint(path: FilePath, read: boolean): void {
    this.#see(path);
    if (!read) return;
    for (const [task, one] of this.#atWork) if (one.changed === null && this.#reads(task, path) && this.#differs(path)) this.#stop(task, one, path);
  }

  /**
   * For a run that ended without it: the output it was seen to make, or the folder whose absence made it fail; null: there is none, or
   * nothing was watching. Reported once per run. `definition`: that of the task; `again`: this is the run after such a report.
   */
  takenFrom(task: number, problem: TaskProblem, { definition, again }: { readonly definition: string; readonly again: boolean }): FilePath | null {
    const made = this.#made.get(task);
    this.#made.delete(task);
    if (made === undefined || !this.heard || !TAKEN.has(problem.code) || this.#habits.has(definition)) return null;
    const { disk } = this.#situation.parts.world;
    const folder = [...made.folders].find((one) => one !== "" && disk.lstat(one).kind === "absent");
    const path = (problem.code === "missing-output" ? seenIn(made.paths, problem.path) : undefined) ?? folder ?? null;
    // An outside removal would not happen twice in a row.
    if (again && path !== null) this.#habits.add(definition);
    return again ? null : path;
  }

  /** A command that removes an output and does not make it again has not made it, though that shows as a change, too. */
  #see(path: FilePath): void {
    const { graph, world } = this.#situation.parts;
    const made = this.#made.get(graph.producerOf(path));
    if (made === undefined || made.paths.has(path)) return;
    const stat = world.disk.lstat(path);
    if (stat.kind !== "absent" && changedAtMs(stat) >= made.sinceMs) made.paths.add(path);
  }

  #stop(task: number, one: AtWork, path: FilePath): void {
    const count = (this.#counts.get(task) ?? 0) + 1;
    if (count > MOST) return;
    this.#counts.set(task, count);
    one.changed = path;
    one.timer = setTimeout(() => one.signal("SIGKILL"), this.#graceMs);
    one.signal("SIGTERM");
  }

  #reads(task: number, path: FilePath): boolean {
    const { graph } = this.#situation.parts;
    // What another task makes is not an edit.
    if (graph.producerOf(path) >= 0) return false;
    return declares(graph.task(task), path) || this.#situation.record(task)?.discovered.some(([found]) => found === path) === true;
  }

  #differs(path: FilePath): boolean {
    const { world } = this.#situation.parts;
    const row = world.table.find(path);
    return row < 0 || world.recheck([row]).length > 0;
  }
}

/** The seen path that belongs to an output: `out.txt`, `dist/`, or `gen/*.c`. */
function seenIn(paths: ReadonlySet<FilePath>, output: string): FilePath | undefined {
  const path = output.replace(/\/$/, "") as FilePath;
  return paths.has(path) ? path : [...paths].find(matcherOf(output));
}
