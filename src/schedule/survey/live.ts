// A survey that is kept up to date: when rows change, only the tasks that read them are judged again, then those that consume
// what changed as a result. Uses the same judge as the survey, on the same situation. If it cannot tell, it says so and
// everything is surveyed anew. Asks no disk but through the world; waits for nothing.
import { usersOf } from "../../graph/graph.ts";
import { VALIDATE, type Graph } from "../../model/graph.ts";
import { createHeap } from "../../graph/heap.ts";
import type { CompactMemo } from "../../model/memo.ts";
import { KIND, listingKey } from "../../model/table.ts";
import { ABSENT } from "../../model/state.ts";
import { RowSet } from "../../model/row-set.ts";
import type { Asked } from "../../model/question.ts";
import type { TaskName } from "../../model/task.ts";
import type { FilePath } from "../../model/path.ts";
import { roleOf } from "../../staleness/outputs.ts";
import type { Sightings } from "../../staleness/sightings.ts";
import type { World } from "../../staleness/world.ts";
import { listSource } from "../../graph/family.ts";
import type { Readers } from "./readers.ts";
import type { Situation } from "./situation.ts";
import { judgeAnew, type Survey } from "./survey.ts";

/** Rows may change while tasks are judged, but only so many times in a row. */
const TURNS = 8;
/** At most this many tasks below those that ran are settled with them; the others are settled when they are next judged. */
const SETTLED_MOST = 2_000;

/** What the world records for as long as a survey is kept. */
export function keepSightings(world: World): Sightings {
  return (world.journal ??= { moved: new RowSet(), forgotten: new RowSet(), looked: new RowSet(), asked: null });
}

export interface LiveOptions {
  readonly situation: Situation;
  readonly survey: Survey;
  readonly readers: Readers;
  /** Tasks that asked something in their last run (Store.traced). */
  readonly traced: Iterable<readonly [TaskName, readonly Asked[]]>;
}

export class LiveSurvey {
  readonly #s: Situation;
  readonly #readers: Readers;
  readonly #graph: Graph;
  readonly #wanted: Uint8Array;
  readonly #skipped: Uint8Array;
  readonly #open: Set<number>;
  /** Tasks with an intermediate that is not on disk: whether they must run depends on other tasks. */
  readonly #lacking: Set<number> = new Set();
  /** What tasks asked in their last run, which the graph has edges for. */
  readonly #questions: Map<number, string> = new Map();
  /** Tasks judged since the last write, and since the state was last rewritten as a whole. */
  readonly #unsettled: Set<number> = new Set();
  readonly #judged: Set<number> = new Set();
  /** Wanted tasks that are skipped on request. */
  readonly #leftOut: readonly number[];
  /** Number of wanted tasks without barriers. */
  readonly #total: number;
  #position: Uint32Array | null = null;
  #sources: Set<number> | null = null;
  #sound = true;
  /** What was known to be fresh when the state was last rewritten; null: it has not been. */
  written: CompactMemo | null = null;
  /** Number of tasks judged by the last update, for tests and figures. */
  judged = 0;

  constructor({ situation, survey, readers, traced }: LiveOptions) {
    const { graph, wanted, skipped } = situation.parts;
    this.#s = situation;
    this.#readers = readers;
    this.#graph = graph;
    this.#wanted = wanted;
    this.#skipped = skipped.slice();
    this.#open = new Set(survey.open);
    this.#total = survey.total;
    this.#leftOut = Array.from(survey.doubted).filter((task) => skipped[task] === 1);
    for (let i = 0; i < survey.doubted.length; i++) this.#judged.add(survey.doubted[i]!);
    // Whether a service must be started depends on which other tasks run, and on what is running.
    this.#sound = survey.problems.length === 0 && graph.settings.services.length === 0;
    for (const [name, trace] of traced) this.#questions.set(graph.indexOf(name), questionsOf(trace));
    for (let task = 0; task < graph.count; task++) {
      const verdict = situation.verdicts[task];
      if (verdict !== undefined && (verdict.kind === "fresh" ? verdict.virtual : this.#lacks(task))) this.#lacking.add(task);
    }
  }

  /** The verdicts as of the last update. */
  current(): Survey {
    const open = [...this.#open].sort((a, b) => a - b);
    const reach = this.#reach(open);
    return { verdicts: this.#s.verdicts, open, doubted: this.#leftOut.length === 0 ? reach : this.#inOrder(new Set([...reach, ...this.#leftOut])), reach, total: this.#total, problems: [] };
  }

  /** Open tasks and everything below them, dependencies first. */
  #reach(open: readonly number[]): number[] {
    if (open.length === 0) return [];
    const found = new Set(open);
    const { start, users, kinds } = usersOf(this.#graph);
    for (const task of found) for (let e = start[task]!; e < start[task + 1]!; e++) if (kinds[e] !== VALIDATE && this.#wanted[users[e]!] === 1) found.add(users[e]!);
    return this.#inOrder(found);
  }

  #inOrder(tasks: Iterable<number>): number[] {
    const position = (this.#position ??= positionsOf(this.#graph));
    return [...tasks].sort((a, b) => position[a]! - position[b]!);
  }

  /** Whether it can be kept up to date at all. false: the next update will fail. */
  isSound(): boolean {
    const { graph, wanted } = this.#s.parts;
    return this.#sound && this.#lacking.size === 0 && graph === this.#graph && wanted === this.#wanted;
  }

  /** Does in advance what the first update would otherwise do; in a large graph that takes a while. */
  prepare(): void {
    this.#readers.of(0);
    usersOf(this.#graph);
    this.#position ??= positionsOf(this.#graph);
    this.#isSource(0);
  }

  /** Brings verdicts up to date with the rows that have changed. false: the consequences cannot be determined here. */
  update(): boolean {
    return this.#update(new Set());
  }

  /** For use after a build on this situation; `ended` are the tasks that did not simply stay fresh. */
  updateAfter(ended: Iterable<number>): boolean {
    const { skipped } = this.#s.parts;
    if (this.isSound()) skipped.set(this.#skipped);
    return this.#update(new Set([...this.#open, ...ended]));
  }

  /** Fresh tasks that the state does not mark as settled, or would not because of `ran`; each is returned once. */
  takeUnsettled(ran: Iterable<number>): number[] {
    const found = new Set<number>([...this.#unsettled, ...ran]);
    for (const task of found) {
      if (found.size > SETTLED_MOST) break;
      this.#eachUser(task, (user) => found.add(user));
    }
    this.#unsettled.clear();
    return this.#stillGood(found);
  }

  /** For rewriting the state: tasks judged since the last rewrite (or since this survey began), that `ran` or that read what has changed since, and their dependents. */
  judgedHere(ran: Iterable<number>): { readonly all: ReadonlySet<number>; readonly good: readonly number[] } {
    const judged = new Set<number>([...this.#judged, ...ran]);
    for (const row of this.#s.parts.world.journal!.moved) for (const task of this.#readers.of(row)) judged.add(task);
    const all = new Set(judged);
    for (const task of judged) this.#eachUser(task, (user) => all.add(user));
    return { all, good: this.#stillGood(all) };
  }

  /** Called after the state was rewritten while this survey goes on. */
  wrote(memo: CompactMemo): void {
    this.written = memo;
    this.#judged.clear();
    this.#unsettled.clear();
  }

  #stillGood(tasks: Iterable<number>): number[] {
    const { skipped } = this.#s.parts;
    return [...tasks].filter((task) => this.#wanted[task] === 1 && skipped[task] === 0 && this.#s.pending[task] === 0 && !this.#graph.isBarrier(task));
  }

  #update(ended: ReadonlySet<number>): boolean {
    this.judged = 0;
    this.#sound &&= this.isSound() && this.#judgeMoved(ended) && this.#lacking.size === 0;
    return this.#sound;
  }

  #judgeMoved(ended: ReadonlySet<number>): boolean {
    const { world, given } = this.#s.parts;
    given.forgetTools();
    if (ended.size === 0 && world.journal!.moved.size === 0) return true;
    const position = (this.#position ??= positionsOf(this.#graph));
    const heap = createHeap((a, b) => position[a]! < position[b]!);
    const queued = new Set<number>();
    const push = (task: number): void => {
      if (this.#wanted[task] === 0 || queued.has(task)) return;
      queued.add(task);
      heap.push(task);
    };
    for (const task of ended) push(task);
    for (let turn = 0; turn < TURNS; turn++) {
      for (const row of this.#takeMoved(world)) for (const task of this.#readers.of(row)) push(task);
      if (heap.size === 0) return true;
      for (let task = heap.pop(); task >= 0; task = heap.pop()) {
        queued.delete(task);
        if (!this.#judge(task, ended.has(task), push)) return false;
      }
    }
    return false;
  }

  #takeMoved({ journal, table }: World): number[] {
    const moved = [...journal!.moved];
    journal!.moved.clear();
    const ways = new Set<string>();
    for (const row of moved) {
      const path = table.pathOf(row);
      if (path.endsWith("/")) ways.add(path === "./" ? "" : path === "//" ? "/" : path.slice(0, -1));
      else if (table.columns.kind[row] === KIND.link) ways.add(path);
    }
    if (ways.size > 0) this.#s.parts.globs.forgetThrough(ways);
    return moved;
  }

  /** false: in doubt. `ended`: its record may have changed, so its dependents are judged whatever its verdict. */
  #judge(task: number, ended: boolean, push: (task: number) => void): boolean {
    const s = this.#s;
    const before = { pending: s.pending[task], key: s.keys[task] };
    s.pending[task] = 0;
    this.#readers.begin();
    const problems = judgeAnew(s, task);
    this.#readers.end(task);
    this.judged++;
    this.#unsettled.add(task);
    this.#judged.add(task);
    const pending = s.pending[task]!;
    s.trusted[task] = pending === 0 ? 1 : 0;
    const isBarrier = this.#graph.isBarrier(task);
    if (pending === 1 && !isBarrier) this.#open.add(task);
    else this.#open.delete(task);
    if (problems.length > 0 || this.#lacks(task) || (ended && this.#asksOtherwise(task))) return false;
    if (!ended && before.pending === pending && (pending === 0 || before.key === s.keys[task])) return true;
    return !this.#isSource(task) && this.#pushBelow(task, push);
  }

  /** Pushes tasks that depend on the task, by an edge or by reading what it makes. */
  #pushBelow(task: number, push: (task: number) => void): boolean {
    this.#eachUser(task, push);
    const { table } = this.#s.parts.world;
    const position = this.#position!;
    for (const path of this.#made(task)) {
      const row = table.find(path);
      if (row < 0) continue;
      for (const reader of this.#readers.of(row)) {
        if (reader === task) continue;
        if (position[reader]! < position[task]!) return false;
        push(reader);
      }
    }
    return true;
  }

  /** Looks through barriers, as their dependents do. */
  #eachUser(task: number, visit: (task: number) => void): void {
    const { start, users, kinds } = usersOf(this.#graph);
    const stack = [task];
    const passed = new Set<number>();
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      for (let e = start[at]!; e < start[at + 1]!; e++) {
        const user = users[e]!;
        if (kinds[e] === VALIDATE || passed.has(user)) continue;
        passed.add(user);
        visit(user);
        if (this.#graph.isBarrier(user)) stack.push(user);
      }
    }
  }

  #made(task: number): Set<string> {
    const record = this.#s.record(task);
    const declared = this.#graph.task(task);
    const paths = new Set<string>(declared.inout);
    for (const output of declared.outputs) if (output.kind !== "glob") paths.add(output.path);
    for (const [path, identity] of [...(record?.outputs ?? []), ...(record?.members ?? [])]) {
      paths.add(path);
      if (identity === "d" || identity.startsWith("t")) paths.add(listingKey(path));
    }
    return paths;
  }

  #lacks(task: number): boolean {
    const verdict = this.#s.verdicts[task]!;
    if (verdict.kind === "fresh") return verdict.virtual;
    const { outputs } = this.#graph.task(task);
    if (!outputs.some(({ role }) => role === "intermediate")) return false;
    const record = this.#s.record(task);
    const isGone = (path: FilePath): boolean => roleOf(outputs, path) === "intermediate" && this.#s.parts.world.input(path) === ABSENT;
    return [...(record?.outputs ?? []), ...(record?.members ?? [])].some(([path]) => isGone(path));
  }

  #asksOtherwise(task: number): boolean {
    const trace = this.#s.record(task)?.trace ?? [];
    return questionsOf(trace) !== (this.#questions.get(task) ?? "");
  }

  /** Whether a family is expanded from what the task makes; then the graph itself depends on it. */
  #isSource(task: number): boolean {
    if (this.#sources === null) {
      this.#sources = new Set();
      for (let one = 0; one < this.#graph.count; one++) {
        const source = listSource(this.#graph, one);
        if (source >= 0) this.#sources.add(source);
      }
    }
    return this.#sources.has(task);
  }
}

function questionsOf(trace: readonly Asked[]): string {
  return trace.map(([question]) => question).join("\0");
}

function positionsOf({ count, order }: Graph): Uint32Array {
  const position = new Uint32Array(count);
  for (let i = 0; i < count; i++) position[order[i]!] = i;
  return position;
}
