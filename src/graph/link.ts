// Turns a Project into a Graph, with edges from files and from what tasks declare, or into every reason why it cannot be one.
// Pure; knows no disk, so files that no task makes count as sources here.
import { isTaskFile, normalizeText, type FilePath } from "../model/path.ts";
import { bad, good, type LinkProblem, type Result } from "../model/problem.ts";
import { isBarrier, type Family, type Project, type Task } from "../model/task.ts";
import { makeGraph, type Edges } from "./graph.ts";
import { AFTER, EDGE_KINDS, type Graph } from "../model/graph.ts";
import { belowFiles } from "./below.ts";
import { producerIn, type Makers } from "./makers.ts";
import { cyclesOf, orderOf } from "./order.ts";
import { enterAll } from "./owners.ts";
import { unorderedReaders } from "./grown.ts";
import { Guesses, nearest } from "./guess.ts";
import { createReach, tasksOf, type Reach } from "./reach.ts";
import { contentPaths, eachRead } from "./reads.ts";

export function linkGraph(project: Project): Result<Graph> {
  const { tasks } = project;
  const byName = new Map<string, number>();
  tasks.forEach((task, index) => byName.set(task.name, index));
  const { makers, problems } = enterAll(tasks, project.stateDir);
  const desk: Desk = { tasks, byName, makers, reach: createReach(makers), problems, guesses: new Guesses() };
  for (const task of tasks) if (task.family !== undefined) checkFamily(desk, task, task.family);
  const edges = edgesOf(desk);
  problems.push(...belowFiles(tasks, makers, edges));
  const order = orderOf(edges);
  if (order !== null && tasks.some((task) => task.family?.from !== undefined)) problems.push(...unorderedReaders(tasks, edges, (name) => byName.get(name) ?? -1));
  if (order === null) for (const cycle of cyclesOf(edges)) problems.push(cycleProblem(desk, edges, cycle));
  if (order === null || problems.length > 0) return bad(problems);
  return good(
    makeGraph({
      ...edges,
      default: project.default,
      jobs: project.jobs,
      settings: project.settings,
      spareParams: project.spareParams ?? {},
      stateDir: project.stateDir,
      order,
      name: (task) => tasks[task]!.name,
      task: (task) => tasks[task]!,
      isBarrier: (task) => isBarrier(tasks[task]!),
      producerOf: (path) => producerIn(makers, path as FilePath),
      makersFor: (pattern) => tasksOf(desk.reach.byPattern(pattern, false)),
      isMadeFolder: (path) => desk.reach.isFolder(path as FilePath),
    }),
  );
}

/** Paths by which `to` reads what `from` makes; empty if they are joined otherwise. Sorted. */
export function edgePaths(graph: Graph, from: number, to: number): FilePath[] {
  return contentPaths(graph.task(to), graph.task(from));
}

/** Working state of the linking. */
interface Desk {
  readonly tasks: readonly Task[];
  readonly byName: ReadonlyMap<string, number>;
  readonly makers: Makers;
  readonly reach: Reach;
  readonly problems: LinkProblem[];
  readonly guesses: Guesses;
}

/** Kinds fit in the low two bits beside the needed task's index. */
const KIND_BITS = 4;

function edgesOf(desk: Desk): Edges {
  const count = desk.tasks.length;
  const needStart = new Uint32Array(count + 1);
  const all: number[] = [];
  for (let index = 0; index < count; index++) {
    const codes = contentNeeds(desk, index);
    namedNeeds(desk, index, codes);
    codes.sort((a, b) => a - b);
    for (let i = 0; i < codes.length; i++) if (i === 0 || codes[i] !== codes[i - 1]) all.push(codes[i]!);
    needStart[index + 1] = all.length;
  }
  const needs = new Uint32Array(all.length);
  const needKinds = new Uint8Array(all.length);
  for (let e = 0; e < all.length; e++) {
    needs[e] = Math.floor(all[e]! / KIND_BITS);
    needKinds[e] = all[e]! % KIND_BITS;
  }
  return { count, needStart, needs, needKinds };
}

function contentNeeds(desk: Desk, index: number): number[] {
  const task = desk.tasks[index]!;
  const codes: number[] = [];
  const own = new Set<string>();
  eachRead(task, desk, ({ made, entry, path, sure }) => {
    if (made.task !== index) codes.push(made.task * KIND_BITS);
    else if (sure && !task.inout.includes(path) && own.size < own.add(path).size) {
      desk.problems.push({ code: "own-output-as-input", task: task.name, path, pattern: entry, ...(task.action?.kind === "file" ? { byCopy: task.action.work.op !== "write" } : {}), at: task.at });
    }
  });
  return codes;
}

/** A family may only iterate over files that exist before any build. */
function checkFamily(desk: Desk, task: Task, family: Family): void {
  const told = new Set<string>();
  eachRead({ ...task, inputs: family.over }, desk, ({ made, path, sure }) => {
    if (sure && told.size < told.add(path).size) desk.problems.push({ code: "foreach-generated", task: task.name, path, producer: desk.tasks[made.task]!.name, at: task.at });
  });
}

function namedNeeds(desk: Desk, index: number, codes: number[]): void {
  const task = desk.tasks[index]!;
  for (const dep of task.deps) addNamed(desk, { index, field: "deps", target: dep.target }, codes);
  for (const target of task.after) addNamed(desk, { index, field: "after", target }, codes);
  for (const target of task.validate) addNamed(desk, { index, field: "validate", target }, codes);
}

interface Named {
  readonly index: number;
  readonly field: "deps" | "after" | "validate";
  readonly target: string;
}

function addNamed(desk: Desk, { index, field, target }: Named, codes: number[]): void {
  const task = desk.tasks[index]!;
  const named = desk.byName.get(target) ?? producerIn(desk.makers, normalizeText(target) as FilePath);
  const family = listedFamily(desk, target);
  const need = named === -1 ? family : named;
  // Whether the instance exists is known once the list is; until then the family stands for it.
  const source = family < 0 ? undefined : desk.byName.get(desk.tasks[family]!.family!.from!.task);
  if (source !== undefined && source !== index) codes.push(source * KIND_BITS + AFTER);
  if (need === -1) {
    desk.problems.push({ code: "unknown-dep", task: task.name, field, target, suggestion: suggestionFor(desk, index, target), ...(desk.tasks.length === 1 && isTaskFile(task.at?.file ?? "") ? { alone: true as const } : {}), at: task.at });
  } else if (need !== index) codes.push(need * KIND_BITS + EDGE_KINDS.indexOf(field));
  else if (field !== "validate") desk.problems.push({ code: "cycle", path: [task.name, task.name], via: [field], at: task.at });
}

/** For a target like `family[key]`: the family, if another task makes its list; otherwise -1. */
function listedFamily(desk: Desk, target: string): number {
  const name = /^(.*?)\[.*\]$/s.exec(target)?.[1];
  const index = name === undefined ? undefined : desk.byName.get(name);
  return index !== undefined && desk.tasks[index]!.family?.from !== undefined ? index : -1;
}

/** What the task `index` may have meant: neither itself nor what it makes. */
function suggestionFor({ guesses, byName, makers }: Desk, index: number, target: string): string | null {
  return guesses.take() ? nearest(target, [], othersThan(index, byName), othersThan(index, makers.files), othersThan(index, makers.trees)) : null;
}

function* othersThan(index: number, names: ReadonlyMap<string, number>): Iterable<string> {
  for (const [name, task] of names) if (task !== index) yield name;
}

function cycleProblem(desk: Desk, edges: Edges, cycle: readonly number[]): LinkProblem {
  const around = [...cycle, cycle[0]!];
  const first = desk.tasks[cycle[0]!]!;
  return {
    code: "cycle",
    path: around.map((task) => desk.tasks[task]!.name),
    via: cycle.map((task, i) => viaOf(desk, edges, [task, around[i + 1]!])),
    at: first.at,
  };
}

/** The file by which the reader depends on the maker, or else the field that names it. */
function viaOf(desk: Desk, edges: Edges, [reader, maker]: readonly [number, number]): string {
  const file = contentPaths(desk.tasks[reader]!, desk.tasks[maker]!)[0];
  if (file !== undefined) return file;
  for (let e = edges.needStart[reader]!; e < edges.needStart[reader + 1]!; e++) {
    if (edges.needs[e] === maker) return EDGE_KINDS[edges.needKinds[e]!]!;
  }
  throw new Error("a cycle runs along an edge that does not exist");
}
