// From changed files to the tasks they affect: those that read one, those that make one, and what takes content from these.
// Looks the changed files up by what tasks declare, not tasks by files. Knows no disk, no records and no version control.
import type { Change } from "../model/change.ts";
import { AFTER, type Graph } from "../model/graph.ts";
import { isBelow, parentOf, toFilePath, type AbsolutePath, type FilePath } from "../model/path.ts";
import { isGlob, staticPrefix } from "../model/pattern.ts";
import { questionOf, type Asked } from "../model/question.ts";
import { TASK_DEFAULTS, type Family, type InputSpec, type Task, type TaskName } from "../model/task.ts";
import { instancesOf, listSource } from "./family.ts";
import { usersOf } from "./graph.ts";
import { askedFor } from "./needs.ts";
import { emptyMakers, enterMade, type Makers } from "./makers.ts";
import { createReach, type Reach } from "./reach.ts";
import { eachRead } from "./reads.ts";
import { servicesOf } from "./services.ts";

/** What is known of tasks beside what they declare. */
export interface Clues {
  /** Every definition may be another. */
  readonly redefined: boolean;
  readonly root: AbsolutePath;
  /** What functions asked for when they last ran. */
  readonly traces: readonly (readonly [task: number, trace: readonly Asked[]])[];
  /** What a task has made, by its record. */
  madeBy(task: number): Iterable<FilePath>;
  /** Calls `take` with each task that is known to have read one of the paths. */
  eachReader(paths: readonly FilePath[], take: (task: number) => void): void;
  /** Tasks that use packages, if what is installed may be another; absent: it is the same. */
  usesPackage?(task: Task): boolean;
}

/** Flags per task. Barriers, which do nothing, and services, which run only where something needs them, are not among them. */
export function affectedBy(graph: Graph, changes: readonly Change[], clues: Clues): Uint8Array {
  const marked = new Uint8Array(graph.count);
  const sources = changes.filter((change) => isSource(graph, change, marked));
  if (clues.redefined) marked.fill(1);
  else if (sources.length > 0) markReaders(graph, sources, clues, marked);
  spread(graph, clues, marked);
  const services = servicesOf(graph);
  for (let task = 0; task < graph.count; task++) {
    const isNamed = graph.isBarrier(task) ? isOpenFamily(graph, task, marked) : services?.[task] !== 1;
    if (!isNamed) marked[task] = 0;
  }
  return marked;
}

/** A file that a task makes is no source: its maker is marked if it is kept under version control, and differs there. */
function isSource(graph: Graph, { path, tracked, whole }: Change, marked: Uint8Array): boolean {
  const maker = whole ? -1 : graph.producerOf(path);
  if (maker < 0 || graph.task(maker).inout.includes(path)) return true;
  if (tracked) marked[maker] = 1;
  return false;
}

function markReaders(graph: Graph, sources: readonly Change[], clues: Clues, marked: Uint8Array): void {
  const from = indexOf(sources);
  clues.eachReader(sources.map(({ path }) => path), (task) => (marked[task] = 1));
  for (let task = 0; task < graph.count; task++) {
    const declared = graph.task(task);
    if (marked[task] === 0) eachRead(withMore(declared, clues.root), from, () => (marked[task] = 1));
    if (clues.usesPackage?.(declared) === true) marked[task] = 1;
  }
  markNew(graph, sources, marked);
  for (const [task, trace] of clues.traces) {
    const inputs = trace.flatMap(([text]) => asInput(text, clues.root));
    if (inputs.length > 0) eachRead({ ...graph.task(task), inputs }, from, () => (marked[task] = 1));
  }
}

/** Marks instances of files that have come: they need not read these. */
function markNew(graph: Graph, sources: readonly Change[], marked: Uint8Array): void {
  const over = overOf(sources.filter(({ kind }) => kind === "added"));
  for (let task = 0; task < graph.count; task++) {
    const family = graph.isBarrier(task) ? graph.task(task).family : undefined;
    const files = family === undefined ? [] : [...over(family)];
    if (files.length === 0) continue;
    const instances = instancesOf(graph, task);
    const byKey = new Map(instances.map((instance) => [graph.task(instance).each!.key, instance]));
    for (const file of files) {
      const own = keysOf(file, family!).flatMap((key) => byKey.get(key) ?? []);
      // The config may name them by keys of its own.
      for (const instance of own.length > 0 ? own : instances) marked[instance] = 1;
    }
  }
}

/** The keys that the instance of a file may have. */
function keysOf(file: FilePath, { over }: Family): string[] {
  const bases = over.flatMap((spec) => (spec.kind === "glob" ? [staticPrefix(spec.pattern)] : spec.kind === "file" ? [parentOf(spec.path)] : []));
  return bases.filter((base) => isBelow(file, base)).map((base) => file.slice(base === "" ? 0 : base.length + 1).replace(/(?<=[^/])\.[^./]*$/, ""));
}

/** Of some changed files, those that a family is over. */
export function overOf(changes: readonly Change[]): (family: Family) => ReadonlySet<FilePath> {
  const from = indexOf(changes);
  return ({ over }) => {
    const found = new Set<FilePath>();
    if (changes.length > 0 && over.length > 0) eachRead({ ...TASK_DEFAULTS, name: "" as TaskName, action: null, inputs: over }, from, ({ path }) => found.add(path));
    return found;
  };
}

/** The changed files, as the index by which edges are found takes what tasks make. */
function indexOf(sources: readonly Change[]): { readonly makers: Makers; readonly reach: Reach } {
  const makers = emptyMakers();
  for (const { path, whole } of sources) {
    enterMade(makers, { kind: "file", path, task: 0 });
    if (whole) enterMade(makers, { kind: "tree", path, task: 0 });
  }
  return { makers, reach: createReach(makers) };
}

/** With what it reads beside its inputs: programs by their path, and what a family is over. */
function withMore(task: Task, root: AbsolutePath): Task {
  if (task.family === undefined && task.tools.length === 0) return task;
  const over = task.family?.over ?? [];
  const tools = task.tools.flatMap((entry) => {
    const program = entry.split(" ", 1)[0]!;
    return program.includes("/") ? [literal(program, root)] : [];
  });
  return over.length + tools.length === 0 ? task : { ...task, inputs: [...task.inputs, ...over, ...tools] };
}

function literal(path: string, root: AbsolutePath): InputSpec {
  return { kind: "file", path: toFilePath(path, root), optional: true };
}

function asInput(text: string, root: AbsolutePath): readonly InputSpec[] {
  const question = questionOf(text);
  switch (question.kind) {
    case "glob": {
      const pattern = toFilePath(question.pattern, root);
      return [isGlob(pattern) ? { kind: "glob", pattern, allowEmpty: true, dot: false } : literal(pattern, root)];
    }
    case "need": return [literal(question.target, root)];
    case "absent": return [literal(question.path, root)];
    case "env": return [];
    default: return question satisfies never;
  }
}

/** Marks what takes content from marked tasks, through barriers, and what is made from a list that a marked task makes. */
function spread(graph: Graph, clues: Clues, marked: Uint8Array): void {
  const users = usersOf(graph);
  const askers = askersOf(graph, clues);
  // What a task has found out that it reads may be made by one that it only follows.
  const follows = graph.needKinds.includes(AFTER);
  /** Families that may get instances, and what joins them. */
  const opened = new Set<number>();
  const stack: number[] = [];
  const reach = (task: number): void => {
    if (marked[task] === 1) return;
    marked[task] = 1;
    stack.push(task);
  };
  const open = (barrier: number): void => {
    if (opened.has(barrier)) return;
    opened.add(barrier);
    marked[barrier] = 1;
    stack.push(barrier);
  };
  for (let task = marked.indexOf(1); task >= 0; task = marked.indexOf(1, task + 1)) stack.push(task);
  while (stack.length > 0) {
    const made: FilePath[] = [];
    for (let task = stack.pop(); task !== undefined; task = stack.pop()) {
      for (let e = users.start[task]!; e < users.start[task + 1]!; e++) {
        const user = users.users[e]!;
        const isListed = isListedFrom(graph, user, task);
        if (graph.isBarrier(user) && (isListed || (users.kinds[e]! < AFTER && opened.has(task)))) open(user);
        else if (users.kinds[e]! < AFTER || isListed) reach(user);
        // What it has looked for in vain may be made by an instance that comes.
        else if (users.kinds[e] === AFTER && opened.has(task) && graph.task(user).depfile !== null) reach(user);
      }
      for (const asker of askers.get(task) ?? []) reach(asker);
      if (follows) made.push(...clues.madeBy(task));
    }
    if (made.length > 0) clues.eachReader(made, reach);
  }
}

/** By task: those that asked for it, or for what it may make, while they ran. */
function askersOf(graph: Graph, { traces }: Clues): ReadonlyMap<number, readonly number[]> {
  const askers = new Map<number, number[]>();
  for (const [task, trace] of traces) {
    for (const need of new Set(trace.flatMap((asked) => askedFor(graph, task, asked, () => true)))) {
      const known = askers.get(need);
      if (known === undefined) askers.set(need, [task]);
      else known.push(task);
    }
  }
  return askers;
}

/** Of a family over a list, each instance may be another once the list is. */
function isListedFrom(graph: Graph, user: number, source: number): boolean {
  return graph.isBarrier(user) ? listSource(graph, user) === source : graph.task(user).each?.from === graph.name(source);
}

/** Its list may name tasks that do not exist yet: they are of the build if the family is. */
function isOpenFamily(graph: Graph, family: number, marked: Uint8Array): boolean {
  const source = listSource(graph, family);
  return source >= 0 && marked[source] === 1;
}
