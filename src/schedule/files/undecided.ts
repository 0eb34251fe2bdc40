// Files whose maker is gone and that only instances of lists name: once the list is made, such a file is either a source or
// removed. Determines which lists decide, and which tasks must wait for them before reading. Removes and judges nothing.
import { closeOver } from "../../graph/select.ts";
import { VALIDATE, type Graph } from "../../model/graph.ts";
import type { FilePath } from "../../model/path.ts";
import { matcherOf } from "../../model/pattern.ts";
import { questionOf, type Asked } from "../../model/question.ts";
import { isGoodRecord } from "../../model/state.ts";
import type { TaskName } from "../../model/task.ts";
import type { Wait, Waits } from "../survey/awaited.ts";
import { housePath } from "../survey/answers.ts";
import { APART } from "../survey/beside.ts";
import type { Situation } from "../survey/situation.ts";

/** By path: tasks that make the lists whose instances name it. */
export type Undecided = ReadonlyMap<FilePath, readonly TaskName[]>;

/**
 * Literal inputs of tasks. An instance of a list counts once the list is made, since the next list may not have it. For what a
 * live task or family no longer makes, it does not count if the list is made from that very file: file and element would keep
 * each other for ever.
 */
export class Sources {
  readonly #named: Set<string> = new Set();
  readonly #listed: Map<string, Set<TaskName>> = new Map();
  readonly #isMade: (maker: TaskName) => boolean;
  readonly #situation: Situation;
  readonly #readAbove: Map<TaskName, ReadAbove> = new Map();

  constructor(situation: Situation, isMade: (maker: TaskName) => boolean) {
    this.#situation = situation;
    this.#isMade = isMade;
    const { graph } = situation.parts;
    for (let task = 0; task < graph.count; task++) {
      const { inputs, each } = graph.task(task);
      for (const spec of inputs) {
        if (spec.kind !== "file") continue;
        const makers = this.#listed.get(spec.path);
        if (each?.from === undefined) this.#named.add(spec.path);
        else if (makers === undefined) this.#listed.set(spec.path, new Set([each.from]));
        else makers.add(each.from);
      }
    }
  }

  /** Decides about a file that `owner` made. */
  fateOf(path: FilePath, owner: TaskName): "source" | "undecided" | null {
    if (this.#named.has(path)) return "source";
    const makers = this.makersOf(path, owner);
    if (makers.length === 0) return null;
    return makers.some(this.#isMade) ? "source" : "undecided";
  }

  /** Makers of the lists whose instances name it. */
  makersOf(path: FilePath, owner: TaskName): readonly TaskName[] {
    const makers = [...(this.#listed.get(path) ?? [])];
    if (makers.length === 0 || !stands(this.#situation.parts.graph, owner, path)) return makers;
    return makers.filter((maker) => !this.#comesOf(path, maker));
  }

  /** Whether the list is made from the file, read by its maker or upstream. */
  #comesOf(path: FilePath, maker: TaskName): boolean {
    // Hidden: an earlier preview has found this already.
    if (this.#situation.parts.world.hidden.has(path)) return true;
    let above = this.#readAbove.get(maker);
    if (above === undefined) this.#readAbove.set(maker, (above = readAbove(this.#situation, maker)));
    return above.files.has(path) || above.asked.some((asked) => asks(this.#situation, asked, path));
  }
}

/** Whether the task still exists, or the family it came from, or a task that has taken over its pattern. */
function stands(graph: Graph, name: TaskName, path: FilePath): boolean {
  if (graph.producerOf(path) >= 0) return true;
  const task = name.split(APART, 1)[0] as TaskName;
  if (graph.indexOf(task) >= 0) return true;
  const family = task.includes("[") ? graph.indexOf(task.slice(0, task.indexOf("[")) as TaskName) : -1;
  return family >= 0 && graph.task(family).family !== undefined;
}

/** What a task and everything it needs read without naming it. */
interface ReadAbove {
  readonly files: ReadonlySet<string>;
  readonly asked: readonly Asked[];
}

function readAbove(s: Situation, maker: TaskName): ReadAbove {
  const { graph, skipped } = s.parts;
  const files = new Set<string>();
  const asked: Asked[] = [];
  const index = graph.indexOf(maker);
  // A list that is not made in this build stays as it is.
  if (index < 0 || skipped[index] === 1) return { files, asked };
  for (const task of needsOf({ graph }, index)) {
    if (skipped[task] === 1 || graph.isBarrier(task)) continue;
    const named = new Set<string>(graph.task(task).inputs.flatMap((spec) => (spec.kind === "file" ? [spec.path] : [])));
    for (const path of readIn(s, task)) if (!named.has(path)) files.add(path);
    asked.push(...(s.record(task)?.trace ?? []));
  }
  return { files, asked };
}

/** Whether this build's list is valid, with its instances in the graph. */
export function isListMade(s: Situation, maker: TaskName): boolean {
  const { graph, wanted, skipped } = s.parts;
  const task = graph.indexOf(maker);
  if (task < 0 || wanted[task] === 0 || skipped[task] === 1 || s.pending[task] === 1 || s.verdicts[task] === undefined) return false;
  return !s.unshown.has(task) && isGoodRecord(s.record(task));
}

/** Readers of undecided files, and the tasks they wait for, except tasks that need them or that they have `asked` for, which would deadlock. */
export function waitsFor(s: Situation, undecided: Undecided, asked: (task: number) => readonly number[] = () => []): Waits {
  const { graph, wanted, skipped } = s.parts;
  const byMaker = new Map<number, Map<number, FilePath>>();
  for (let task = 0; task < graph.count && undecided.size > 0; task++) {
    if (wanted[task] === 0 || skipped[task] === 1 || graph.isBarrier(task)) continue;
    const from = graph.task(task).each?.from;
    for (const path of readBy(s, task, undecided)) {
      const makers = undecided.get(path)!;
      if (from !== undefined && makers.includes(from)) continue;
      for (const name of makers) {
        const maker = graph.indexOf(name);
        const readers = byMaker.get(maker) ?? new Map<number, FilePath>();
        if (!readers.has(task)) byMaker.set(maker, readers.set(task, path));
      }
    }
  }
  const waits = new Map<number, Wait[]>();
  for (const [maker, readers] of byMaker) {
    if (maker < 0 || skipped[maker] === 1) continue;
    const above = needsOf({ graph, waits, asked }, maker);
    for (const [task, path] of readers) if (!above.has(task)) waits.set(task, [...(waits.get(task) ?? []), { maker, path }]);
  }
  return waits;
}

/** Notes that `task` reads before the list of `maker` has decided what there is to read. */
export function readEarly(s: Situation, task: number, maker: number): void {
  const waits = new Map(s.parts.waits);
  waits.set(task, (waits.get(task) ?? []).filter((wait) => wait.maker !== maker));
  s.hangOn(s.parts.undecided ?? new Map(), waits);
}

/** `wanted`, with the tasks whose lists decide what is read, and everything they need. */
export function withDeciders(s: Situation, undecided: Undecided): Uint8Array {
  const { graph, wanted, skipped } = s.parts;
  const wider = wanted.slice();
  for (const waits of waitsFor(s, undecided).values()) for (const { maker } of waits) wider[maker] = 1;
  return closeOver(graph, wider, skipped);
}

/** The undecided files that the task would read, or has read without naming them. */
function readBy(s: Situation, task: number, undecided: Undecided): FilePath[] {
  const found = readIn(s, task).filter((path) => undecided.has(path));
  for (const asked of s.record(task)?.trace ?? []) found.push(...[...undecided.keys()].filter((path) => asks(s, asked, path)));
  return found;
}

/** Files that the task reads by its declaration, and those its depfile reported. */
function readIn(s: Situation, task: number): FilePath[] {
  return [...s.gather(task).files, ...(s.record(task)?.discovered ?? []).map(([path]) => path)];
}

function asks(s: Situation, [text]: Asked, path: FilePath): boolean {
  const question = questionOf(text);
  if (question.kind === "glob") return matcherOf(question.pattern)(path);
  const asked = question.kind === "need" ? question.target : question.kind === "absent" ? question.path : null;
  return asked !== null && housePath(s, asked) === path;
}

/** The task and everything it needs, including waits. */
function needsOf({ graph, waits, asked }: { graph: Graph; waits?: Waits; asked?(task: number): readonly number[] }, task: number): Set<number> {
  const found = new Set([task]);
  for (const at of found) {
    for (let e = graph.needStart[at]!; e < graph.needStart[at + 1]!; e++) if (graph.needKinds[e] !== VALIDATE) found.add(graph.needs[e]!);
    for (const { maker } of waits?.get(at) ?? []) found.add(maker);
    for (const need of asked?.(at) ?? []) found.add(need);
  }
  return found;
}
