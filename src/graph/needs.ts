// Turns what tasks asked for while they ran into edges: what such a task needed last time is made before it is judged. Order
// only: its own record of the answers decides whether it must run. Knows no records.
import { AFTER, VALIDATE, type Graph } from "../model/graph.ts";
import { normalizeText, type FilePath } from "../model/path.ts";
import { matcherOf } from "../model/pattern.ts";
import { questionOf, type Asked } from "../model/question.ts";
import { ABSENT } from "../model/state.ts";
import type { TaskName } from "../model/task.ts";
import { familiesOverLists, listSource } from "./family.ts";
import { edgeTo, makeGraph } from "./graph.ts";
import { orderOf } from "./order.ts";
import { awaitedBy } from "./select.ts";

/** The task that a name or path stands for; -1 for a source. */
export function neededTask(graph: Graph, target: string): number {
  const named = graph.indexOf(target);
  return named >= 0 ? named : graph.producerOf(normalizeText(target));
}

/** For the name of a not yet known instance: the task that makes the list of its family. -1 for other names. */
export function listBehind(graph: Graph, target: string): number {
  const family = awaitedBy(graph, target, { from: "" as FilePath });
  return family < 0 ? -1 : listSource(graph, family);
}

/** Makers of lists whose instances may make a file that no task makes so far, without those ordered after `task`. */
export function listsBefore(graph: Graph, task: number, path: string): number[] {
  if (/^(\/|\.\.(\/|$))/.test(normalizeText(path))) return [];
  const sources = new Set(familiesOverLists(graph).map((family) => listSource(graph, family)));
  return [...sources].filter((source) => pathBetween(graph, source, task) === null);
}

/** Tasks that may make files a pattern matches; a task that only rewrites files adds none. */
export function makersOf(graph: Graph, pattern: string): readonly number[] {
  const made = graph.makersFor(pattern);
  if (made.every((task) => graph.task(task).inout.length === 0)) return made;
  const matches = matcherOf(pattern);
  return made.filter((task) => graph.task(task).outputs.some((output) => output.kind !== "file" || matches(output.path)));
}

/**
 * Tasks that a recorded question of `task` is about; if nothing was found then, tasks that may have made it since. `hasStayed`:
 * whether a removed task once made the file.
 */
export function askedFor(graph: Graph, task: number, [text, answer]: Asked, hasStayed: (path: string) => boolean): readonly number[] {
  const question = questionOf(text);
  if (question.kind === "glob") return withLists(graph, makersOf(graph, question.pattern));
  if (question.kind !== "need") return [];
  const need = neededTask(graph, question.target);
  if (need >= 0) return withLists(graph, [need]);
  const list = listBehind(graph, question.target);
  if (list >= 0) return [list];
  if (familiesOverLists(graph).length === 0) return [];
  return answer === ABSENT || hasStayed(normalizeText(question.target)) ? listsBefore(graph, task, question.target) : [];
}

/** Adds the makers of lists that instances among the tasks come from: a skipped one delays nobody. */
function withLists(graph: Graph, tasks: readonly number[]): readonly number[] {
  const lists = listsOver(graph, tasks);
  return lists.length === 0 ? tasks : [...new Set([...tasks, ...lists])];
}

/** Makers of the lists that instances among the tasks come from. */
export function listsOver(graph: Graph, tasks: readonly number[]): number[] {
  if (familiesOverLists(graph).length === 0) return [];
  const from = tasks.flatMap((task) => (graph.isBarrier(task) ? [] : (graph.task(task).each?.from ?? [])));
  return [...new Set(from)].map((name) => graph.indexOf(name));
}

/** The graph with the needs of last time, without those that would form a cycle now. */
export function withNeeds(graph: Graph, traces: Iterable<readonly [TaskName, readonly Asked[]]>, hasStayed: (path: string) => boolean): Graph {
  let grown = graph;
  const asking = [...traces].map(([name, trace]) => [graph.indexOf(name), trace] as const).filter(([task]) => task >= 0);
  // Known tasks come first, so that a list that may bring something does not wait for a task that needs to be asked before it.
  for (const isThere of [true, false]) {
    for (const [task, trace] of asking) {
      const needs = new Set(trace.filter((asked) => isOfTasks(graph, asked) === isThere).flatMap((asked) => askedFor(graph, task, asked, hasStayed)));
      for (const need of needs) if (need !== task && pathBetween(grown, need, task) === null) grown = withEdge(grown, task, need);
    }
  }
  if (grown === graph) return graph;
  return { ...grown, order: orderOf(grown)!, declared: graph.declared ?? graph };
}

/** Whether the question is about known tasks, and not about what a list may yet bring. */
function isOfTasks(graph: Graph, [text]: Asked): boolean {
  const question = questionOf(text);
  return question.kind !== "need" || neededTask(graph, question.target) >= 0;
}

/** Whether the task needs the other only because it asked for it last time. */
export function isOnlyAsked({ declared }: Graph, task: number, need: number): boolean {
  return declared !== undefined && edgeTo(declared, task, need) < 0;
}

/** The graph without these needs of last time: pairs of a task and what it asked for. */
export function withoutNeeds(graph: Graph, gone: Iterable<readonly [task: number, need: number]>): Graph {
  let thinned = graph;
  for (const [task, need] of gone) if (isOnlyAsked(graph, task, need) && edgeTo(thinned, task, need) >= 0) thinned = withoutEdge(thinned, task, need);
  return thinned === graph ? graph : { ...thinned, order: orderOf(thinned)! };
}

function withEdge(graph: Graph, task: number, need: number): Graph {
  if (edgeTo(graph, task, need) >= 0) return graph;
  let at = graph.needStart[task]!;
  while (at < graph.needStart[task + 1]! && graph.needs[at]! < need) at++;
  const insert = <A extends Uint32Array | Uint8Array>(from: A, to: A, value: number): A => {
    to.set(from.subarray(0, at));
    to[at] = value;
    to.set(from.subarray(at), at + 1);
    return to;
  };
  const needStart = graph.needStart.slice();
  for (let i = task + 1; i < needStart.length; i++) needStart[i]!++;
  const needs = insert(graph.needs, new Uint32Array(graph.needs.length + 1), need);
  const needKinds = insert(graph.needKinds, new Uint8Array(graph.needs.length + 1), AFTER);
  return makeGraph({ ...graph, needStart, needs, needKinds });
}

function withoutEdge(graph: Graph, task: number, need: number): Graph {
  const isIt = (e: number): boolean => e >= graph.needStart[task]! && e < graph.needStart[task + 1]! && graph.needs[e] === need && graph.needKinds[e] === AFTER;
  const needStart = graph.needStart.map((start, i) => (i > task ? start - 1 : start));
  return makeGraph({ ...graph, needStart, needs: graph.needs.filter((_, e) => !isIt(e)), needKinds: graph.needKinds.filter((_, e) => !isIt(e)) });
}

/** A path from one task to another along their needs and the `more` edges, both ends included; null if there is none. */
export function pathBetween(graph: Graph, from: number, to: number, more: (task: number) => readonly number[] = () => []): number[] | null {
  const back = new Map<number, number>([[from, -1]]);
  const queue = [from];
  for (let head = 0; head < queue.length; head++) {
    const task = queue[head]!;
    if (task === to) {
      const path: number[] = [];
      for (let at = task; at >= 0; at = back.get(at)!) path.unshift(at);
      return path;
    }
    const visit = (need: number): void => {
      if (back.has(need)) return;
      back.set(need, task);
      queue.push(need);
    };
    for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) if (graph.needKinds[e] !== VALIDATE) visit(graph.needs[e]!);
    for (const need of more(task)) visit(need);
  }
  return null;
}
