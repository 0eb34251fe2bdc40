// Files whose maker is gone and that nobody names but instances of lists: once the list is made such a file is a source,
// or it goes. Says which lists decide, and who is not to read before they have. Removes nothing, judges nothing.
import { closeOver } from "../graph/select.ts";
import { VALIDATE, type Graph } from "../model/graph.ts";
import type { FilePath } from "../model/path.ts";
import { matcherOf } from "../model/pattern.ts";
import { questionOf, type Asked } from "../model/question.ts";
import { isGoodRecord } from "../model/state.ts";
import type { TaskName } from "../model/task.ts";
import type { Wait, Waits } from "./awaited.ts";
import { housePath } from "./answers.ts";
import type { Situation } from "./situation.ts";

/** By path: tasks that make the lists whose instances name it. */
export type Undecided = ReadonlyMap<FilePath, readonly TaskName[]>;

/** Inputs that tasks name one by one. An instance of a list counts once that is made: it may be in the next one no more. */
export class Sources {
  readonly #named: Set<string> = new Set();
  readonly #listed: Map<string, Set<TaskName>> = new Map();
  readonly #isMade: (maker: TaskName) => boolean;

  constructor(graph: Graph, isMade: (maker: TaskName) => boolean) {
    this.#isMade = isMade;
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

  fateOf(path: string): "source" | "undecided" | null {
    if (this.#named.has(path)) return "source";
    const makers = this.#listed.get(path);
    if (makers === undefined) return null;
    return [...makers].some(this.#isMade) ? "source" : "undecided";
  }

  /** Who makes the lists whose instances name it. */
  makersOf(path: string): readonly TaskName[] {
    return [...(this.#listed.get(path) ?? [])];
  }
}

/** Does the list of this build stand, with its instances in the graph? */
export function isListMade(s: Situation, maker: TaskName): boolean {
  const { graph, wanted, skipped } = s.parts;
  const task = graph.indexOf(maker);
  if (task < 0 || wanted[task] === 0 || skipped[task] === 1 || s.pending[task] === 1 || s.verdicts[task] === undefined) return false;
  return !s.unshown.has(task) && isGoodRecord(s.record(task));
}

/** Readers of undecided files, and whom they wait for: not for who needs them, which would never end. */
export function waitsFor(s: Situation, undecided: Undecided): Waits {
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
    const above = needsOf(graph, maker, waits);
    for (const [task, path] of readers) if (!above.has(task)) waits.set(task, [...(waits.get(task) ?? []), { maker, path }]);
  }
  return waits;
}

/** `wanted`, with those whose lists decide what is read, and all they need. */
export function withDeciders(s: Situation, undecided: Undecided): Uint8Array {
  const { graph, wanted, skipped } = s.parts;
  const wider = wanted.slice();
  for (const waits of waitsFor(s, undecided).values()) for (const { maker } of waits) wider[maker] = 1;
  return closeOver(graph, wider, skipped);
}

/** What of it the task would read, or has read without naming it. */
function readBy(s: Situation, task: number, undecided: Undecided): FilePath[] {
  const record = s.record(task);
  const found = s.gather(task).files.filter((path) => undecided.has(path));
  for (const [path] of record?.discovered ?? []) if (undecided.has(path)) found.push(path);
  for (const asked of record?.trace ?? []) found.push(...askedFor(s, asked, undecided));
  return found;
}

function askedFor(s: Situation, [text]: Asked, undecided: Undecided): FilePath[] {
  const question = questionOf(text);
  if (question.kind === "glob") return [...undecided.keys()].filter(matcherOf(question.pattern));
  const path = question.kind === "need" ? housePath(s, question.target) : question.kind === "absent" ? housePath(s, question.path) : null;
  return path !== null && undecided.has(path) ? [path] : [];
}

/** The task and all that it needs, waits among it. */
function needsOf(graph: Graph, task: number, waits: Waits): Set<number> {
  const found = new Set([task]);
  for (const at of found) {
    for (let e = graph.needStart[at]!; e < graph.needStart[at + 1]!; e++) if (graph.needKinds[e] !== VALIDATE) found.add(graph.needs[e]!);
    for (const { maker } of waits.get(at) ?? []) found.add(maker);
  }
  return found;
}
