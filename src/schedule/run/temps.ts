// Intermediates of `temp` tasks: finds those that may be removed once everything that reads them is good, and removes them.
// Judges nothing: it is told which tasks are good.
import { usersOf } from "../../graph/graph.ts";
import { withNeeds } from "../../graph/needs.ts";
import { isTemp } from "../../graph/temp.ts";
import { AFTER, VALIDATE, type Graph } from "../../model/graph.ts";
import type { Emit } from "../../model/event.ts";
import { parentOf, type FilePath } from "../../model/path.ts";
import { DiskError } from "../../model/ports.ts";
import { KIND } from "../../model/table.ts";
import { ABSENT, isGoodRecord, type Seen, type TaskRecord } from "../../model/state.ts";
import { judge } from "../../staleness/judge.ts";
import { roleOf, treeNow } from "../../staleness/outputs.ts";
import { forgetTree } from "../step/clear.ts";
import { hasOpenList } from "../survey/awaited.ts";
import { lasts } from "../survey/lasting.ts";
import type { Situation } from "../survey/situation.ts";
import { hasStayed } from "../survey/stayed.ts";

const NOBODY: ReadonlySet<number> = new Set();

export interface TempsOptions {
  readonly situation: Situation;
  readonly emit: Emit;
  /** Folders are moved here before they are removed, so that none is ever half-removed in place; root-relative. */
  readonly asideDir: FilePath;
  /** Whether the task is good in this build: fresh, or made. */
  isGood(task: number): boolean;
  /** Tasks that asked for it in the middle of their run. */
  askers(task: number): ReadonlySet<number>;
  /** All tasks that asked for something. */
  asked(): ReadonlySet<number>;
}

export class Temps {
  readonly #o: TempsOptions;
  /** The parts for which `#readers` were found; they are replaced when the graph grows. */
  #parts: Situation["parts"] | null = null;
  /** By temp task that may be cleared: the tasks that read it. */
  #readers: Map<number, readonly number[]> = new Map();
  /** By reader: temp tasks whose files it reads. */
  #read: Map<number, number[]> = new Map();
  /** By temp task: the index of a reader that was not good yet. */
  readonly #awaited: Map<number, number> = new Map();
  /** Something was kept because a list was open. */
  #held = false;
  /** The graph before anything ran. */
  readonly #first: Graph;
  readonly #readAtFirst: ReturnType<typeof tempsOnDisk>;
  /** Some are left to the end. */
  #isPart = false;

  constructor(options: TempsOptions) {
    this.#o = options;
    this.#first = options.situation.parts.graph;
    this.#readAtFirst = tempsOnDisk(this.#first);
  }

  /** The task is good from now on: removes what it was the last to read. */
  ended(task: number): void {
    this.#lookUp();
    const { pending, parts, unshown } = this.#o.situation;
    // Something may yet ask for what a list brings, although it was not wanted so far.
    if (unshown.size > 0 || hasOpenList({ graph: parts.graph, pending })) return void (this.#held = true);
    const due = this.#held ? this.#readers.keys() : (this.#read.get(task) ?? []);
    this.#held = false;
    for (const temp of due) this.#clear(temp);
  }

  /** Removes whatever may be removed. */
  rest(): void {
    this.#lookUp(true);
    for (const temp of this.#readers.keys()) this.#clear(temp);
  }

  /** At the end, tasks that asked count as readers too, as the next build will see them. */
  #lookUp(atEnd = false): void {
    const { situation: s, asked } = this.#o;
    const { parts } = s;
    const askers = atEnd ? asked() : NOBODY;
    if (parts === this.#parts && askers.size === 0 && !(atEnd && this.#isPart)) return;
    this.#parts = parts;
    const traces = Array.from(askers, (task) => [parts.graph.name(task), s.record(task)?.trace ?? []] as const);
    this.#readers = readersOfTemps(traces.length === 0 ? parts : { ...parts, graph: withNeeds(parts.graph, traces, (path) => hasStayed(parts.records, path)) });
    this.#isPart = !atEnd && this.#leaveToEnd(parts.graph);
    this.#read = new Map();
    this.#awaited.clear();
    for (const [temp, readers] of this.#readers) {
      for (const reader of readers) {
        const known = this.#read.get(reader);
        if (known === undefined) this.#read.set(reader, [temp]);
        else known.push(temp);
      }
    }
  }

  /** A graph that has grown in this build has the questions of ended tasks, but not of running ones, which may be downstream. */
  #leaveToEnd(graph: Graph): boolean {
    if (graph === this.#first) return false;
    const late = [...this.#readers.keys()].filter((temp) => temp < this.#first.count && !this.#readAtFirst.goesAfterUse(temp));
    for (const temp of late) this.#readers.delete(temp);
    return late.length > 0;
  }

  #clear(temp: number): void {
    const { situation: s, isGood, askers, emit } = this.#o;
    if (!isGood(temp) || s.pending[temp] === 1 || this.#isAwaited(temp)) return;
    for (const asker of askers(temp)) if (!isGood(asker) || mayFindUnseen(s.parts.graph, asker, this.#readers.get(temp)!)) return;
    try {
      const paths = clearAway(s, { temp, readers: this.#readers.get(temp)!, asideDir: this.#o.asideDir });
      if (paths.length === 0) return;
      // Its readers are now known through rows that have changed.
      for (const task of [temp, ...this.#readers.get(temp)!]) s.trusted[task] = 0;
      emit({ event: "temp-removed", task: s.parts.graph.name(temp), paths });
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      emit({ event: "notice", notice: { code: "temp-not-removed", task: s.parts.graph.name(temp), path: error.path, errno: error.errno } });
    }
  }

  /** Whether a reader is not good yet. Checks the one first that was not good last time: there may be very many. */
  #isAwaited(temp: number): boolean {
    const readers = this.#readers.get(temp)!;
    const from = this.#awaited.get(temp) ?? 0;
    for (let i = 0; i < readers.length; i++) {
      const at = (from + i) % readers.length;
      if (this.#o.isGood(readers[at]!) || this.#standsGood(readers[at]!)) continue;
      this.#awaited.set(temp, at);
      return true;
    }
    return false;
  }

  /** Whether a task outside this build is fresh as things are. */
  #standsGood(task: number): boolean {
    const { situation: s } = this.#o;
    return s.parts.wanted[task] === 0 && s.record(task) !== null && judge(s.caseOf(task, s.gather(task))).verdict.kind === "fresh";
  }
}

/** Temp tasks of this build whose intermediates are removed after use, with the tasks that must be good first. Excludes those asked for by name. */
export function readersOfTemps({ graph, wanted, named, skipped }: Pick<Situation["parts"], "graph" | "wanted" | "named" | "skipped">): Map<number, readonly number[]> {
  const found = new Map<number, readonly number[]>();
  if (graph.hasTemps?.() === false) return found;
  let paths: Paths | null = null;
  for (let task = 0; task < graph.count; task++) {
    if (wanted[task] === 0 || named[task] === 1 || skipped[task] === 1 || graph.isBarrier(task) || !isTemp(graph, task)) continue;
    const readers = readersOf(graph, (paths ??= pathsOf(graph)), task);
    if (readers.length > 0) found.set(task, readers);
  }
  return found;
}

/** Whether the task could read the files by its depfile without being a known reader. */
function mayFindUnseen(graph: Graph, task: number, readers: readonly number[]): boolean {
  return graph.task(task).depfile !== null && !readers.includes(task);
}

/** For tasks of any build: whether this task's intermediates will be removed at some time. */
export function tempsOnDisk(graph: Graph): { goesAfterUse(task: number): boolean } {
  let paths: Paths | null = null;
  return { goesAfterUse: (task) => readersOf(graph, (paths ??= pathsOf(graph)), task).length > 0 };
}

/** The dependents of tasks, and by task whether one downstream has a depfile. */
interface Paths {
  readonly users: ReturnType<typeof usersOf>;
  readonly overDepfiles: Uint8Array;
}

function pathsOf(graph: Graph): Paths {
  const overDepfiles = new Uint8Array(graph.count);
  const stack: number[] = [];
  for (let task = 0; task < graph.count; task++) if (hasDepfile(graph, task)) stack.push(task);
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (let e = graph.needStart[at]!; e < graph.needStart[at + 1]!; e++) {
      const need = graph.needs[e]!;
      if (graph.needKinds[e]! >= VALIDATE || overDepfiles[need] === 1) continue;
      overDepfiles[need] = 1;
      stack.push(need);
    }
  }
  return { users: usersOf(graph), overDepfiles };
}

function hasDepfile(graph: Graph, task: number): boolean {
  return !graph.isBarrier(task) && graph.isOrdinary?.(task) !== true && graph.task(task).depfile !== null;
}

/**
 * Direct dependents, with barriers replaced by what is behind them. None if a task may find the files without naming the temp
 * task: in its next run it would look for them in vain, before it is known as a reader.
 */
function readersOf(graph: Graph, { users, overDepfiles }: Paths, temp: number): number[] {
  const takers = below(users, temp, { kinds: AFTER, through: (task) => graph.isBarrier(task) });
  const all = overDepfiles[temp] === 1 ? below(users, temp, { kinds: VALIDATE, through: (task) => overDepfiles[task] === 1 }) : [];
  for (const task of all) if (!takers.has(task) && hasDepfile(graph, task)) return [];
  const direct = [...below(users, temp, { kinds: VALIDATE, through: (task) => graph.isBarrier(task) })].filter((task) => !graph.isBarrier(task));
  // A service may read it at any time.
  return direct.some((task) => graph.isOrdinary?.(task) !== true && graph.task(task).service !== null) ? [] : direct;
}

/** Tasks that reach `top` by edges of a kind below `kinds`. */
function below(users: ReturnType<typeof usersOf>, top: number, { kinds, through }: { kinds: number; through(task: number): boolean }): Set<number> {
  const found = new Set<number>();
  const stack = [top];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (let e = users.start[at]!; e < users.start[at + 1]!; e++) {
      const user = users.users[e]!;
      if (users.kinds[e]! >= kinds || found.has(user)) continue;
      found.add(user);
      if (through(user)) stack.push(user);
    }
  }
  return found;
}

/** Removes a task's intermediates if all that exist are as the task left them. Returns the removed paths. */
function clearAway(s: Situation, { temp, readers, asideDir }: { temp: number; readers: readonly number[]; asideDir: FilePath }): FilePath[] {
  const { world, globs, graph } = s.parts;
  const record = s.record(temp);
  if (!isGoodRecord(record)) return [];
  const there: Seen[] = [];
  for (const [path, identity] of intermediatesOf(record, graph.task(temp).outputs)) {
    if (identity === ABSENT || world.kindOf(path) === KIND.absent || lasts(s, { record, readers, made: [path, identity] })) continue;
    const now = identity.startsWith("t") ? treeNow(world, path, true).identity : outputNow(s, path);
    if (now === ABSENT) continue;
    // Edited: the next build deals with it.
    if (now !== identity) return [];
    there.push([path, identity]);
  }
  for (const [path, identity] of there) {
    if (identity.startsWith("t")) {
      forgetTree(s, path);
      world.disk.removeTree(asideDir);
      world.disk.move(path, `${asideDir}/${path}`);
      world.disk.removeTree(asideDir);
      for (const [member] of record.members) if (member.startsWith(path + "/")) outputNow(s, member);
    } else world.disk.remove(path);
    world.forgetFolders(path);
    outputNow(s, path);
    world.listing(parentOf(path));
  }
  if (there.length > 0) globs.forgetAll();
  return there.map(([path]) => path);
}

/** Outputs and members of patterns that are intermediates; members of trees are part of their tree. */
function intermediatesOf(record: TaskRecord, specs: Parameters<typeof roleOf>[0]): Seen[] {
  const trees = record.outputs.filter(([, identity]) => identity.startsWith("t")).map(([tree]) => tree + "/");
  const members = record.members.filter(([member]) => !trees.some((tree) => member.startsWith(tree)));
  return [...record.outputs, ...members].filter(([path]) => roleOf(specs, path) === "intermediate");
}

function outputNow(s: Situation, path: FilePath): string {
  s.parts.world.forget(path);
  return s.parts.world.output(path);
}
