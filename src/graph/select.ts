// From the words of a command line to sets of tasks. Knows only the graph: no files, no records, and no working directory but
// the one it is given.
import { absoluteOf, isBelow, normalizeText, parentOf, seenFrom, toFilePath, type AbsolutePath, type FilePath } from "../model/path.ts";
import { SINCE } from "../model/change.ts";
import { VALIDATE, type Graph } from "../model/graph.ts";
import { staticPrefix } from "../model/pattern.ts";
import type { Task, TaskName } from "../model/task.ts";
import { bad, good, type Result, type UsageProblem } from "../model/problem.ts";
import { suggest } from "../model/suggest.ts";
import { hasInstances, instancesOf } from "./family.ts";
import { Guesses, nearest } from "./guess.ts";
import { joinedServices, servicesOf } from "./services.ts";
import { usersOf } from "./graph.ts";
import { namingTasks, takingTasks } from "./named.ts";
import { matchNames, isNameGlob } from "./names.ts";

export interface SelectOptions {
  /** Words whose tasks are not run. */
  readonly skip: readonly string[];
  /** The user's working directory; paths among the words are relative to it. */
  readonly from: FilePath;
  /** For paths that lead to the root's files from outside, or are absolute. */
  readonly root?: AbsolutePath;
  /** If there are no words: every task, not only the config's `default`. */
  readonly all?: boolean;
  /** By `@since:REF` among the words, the tasks that it names (graph/affected.ts); absent: such a word is refused. */
  readonly affected?: ReadonlyMap<string, Uint8Array>;
  /** Instances of a family that waits for its list may be named before they exist. */
  readonly awaits?: boolean;
}

/** Where paths among the words begin. */
export type Place = Pick<SelectOptions, "from" | "root">;

/** Flags per task. */
export interface Selection {
  /** Asked for by name, path, pattern, tag or operator. */
  readonly named: Uint8Array;
  /** The named tasks with everything they need and everything that validates any of these. Includes skipped tasks, but not what only those need. */
  readonly wanted: Uint8Array;
  readonly skipped: Uint8Array;
  /** Asked for, and left out by the config (`when: false`): wanted and skipped, not named. */
  readonly off: readonly number[];
  /** Unknown instances by name, with their family. The task that makes its list is wanted. */
  readonly awaited: ReadonlyMap<TaskName, number>;
  /** Services asked for themselves, not only needed by something; null: there are none. */
  readonly kept: Uint8Array | null;
}

const ROOT: Place = { from: "" as FilePath };

/** Without words: the config's `default`, or every task. */
export function selectTargets(graph: Graph, words: readonly string[], options: SelectOptions): Result<Selection> {
  const services = servicesOf(graph);
  const direct = services === null ? null : new Uint8Array(graph.count);
  const desk: Desk = { graph, services, direct, affected: options.affected, problems: [], guesses: new Guesses(), awaited: new Map() };
  const named = new Uint8Array(graph.count);
  const skipped = new Uint8Array(graph.count);
  const everything = words.length === 0 && (options.all === true || graph.default === null);
  if (everything) markAll(graph, named, options.all === true ? null : services);
  else if (words.length > 0) {
    for (const word of words) if (options.awaits !== true || !isAwaited(desk, word, options)) mark(desk, word, options, named);
  } else {
    for (const word of graph.default!) mark(desk, word, ROOT, named);
    for (const [i, problem] of desk.problems.entries()) if (problem.code === "unknown-target" || problem.code === "since-not-here") desk.problems[i] = { ...problem, inConfig: true };
  }
  const pins = options.skip.map((word) => ({ word, tasks: pinned(desk, word, options) }));
  for (const { tasks } of pins) for (let task = 0; task < graph.count; task++) if (tasks[task] === 1) skipped[task] = 1;
  for (const name of graph.settings.off) if (graph.indexOf(name) >= 0) skipped[graph.indexOf(name)] = 1;
  if (desk.problems.length > 0) return bad(desk.problems);
  if (!everything) markInstances(graph, named);
  markInstances(graph, skipped);
  if (everything && options.skip.length === 0 && graph.settings.off.length === 0 && services === null) return good({ named, wanted: named.slice(), skipped, off: [], kept: null, awaited: desk.awaited });
  const makers = [...desk.awaited.values()].map((family) => graph.indexOf(graph.task(family).family!.from!.task));
  const unneeded = pins.length === 0 ? [] : unneededPins(graph, asked(named, makers), pins.filter(({ word }) => desk.affected?.has(word) !== true));
  if (unneeded.length > 0) return bad(unneeded.map((target) => ({ code: "skip-unneeded", target, targets: words })));
  const off = graph.settings.off.map((name) => graph.indexOf(name)).filter((task) => task >= 0 && named[task] === 1);
  for (let task = skipped.indexOf(1); task >= 0; task = skipped.indexOf(1, task + 1)) named[task] = 0;
  const begin = asked(named, makers);
  const wanted = closeOver(graph, begin, skipped);
  // Tasks that the config itself disables are shown as such.
  for (const task of off) wanted[task] = 1;
  return good({ named, wanted, skipped, off, kept: services === null ? null : joinedServices(graph, services, direct!), awaited: desk.awaited });
}

function asked(named: Uint8Array, makers: readonly number[]): Uint8Array {
  const flags = named.slice();
  for (const maker of makers) flags[maker] = 1;
  return flags;
}

/** The tasks that a word asks to skip. */
function pinned(desk: Desk, word: string, from: Place): Uint8Array {
  const flags = new Uint8Array(desk.graph.count);
  mark({ ...desk, direct: null }, word, from, flags);
  markInstances(desk.graph, flags);
  return flags;
}

/** Words that name no task the build would have made: their author expects something else of this build. */
function unneededPins(graph: Graph, begin: Uint8Array, pins: readonly { readonly word: string; readonly tasks: Uint8Array }[]): string[] {
  const needed = closeOver(graph, begin, new Uint8Array(graph.count));
  return pins.filter(({ tasks }) => !tasks.some((bit, task) => bit === 1 && needed[task] === 1)).map(({ word }) => word);
}

/** A bare build is over when everything is made; services run only where something needs them. */
function markAll(graph: Graph, flags: Uint8Array, services: Uint8Array | null): void {
  flags.fill(1);
  for (let task = 0; services !== null && task < graph.count; task++) if (services[task] === 1) flags[task] = 0;
}

/** Naming a family names its instances. */
function markInstances(graph: Graph, flags: Uint8Array): void {
  for (let task = flags.indexOf(1); task >= 0; task = flags.indexOf(1, task + 1)) {
    if (graph.isBarrier(task) && graph.task(task).family !== undefined) for (const instance of instancesOf(graph, task)) flags[instance] = 1;
  }
}

/** Adds everything that wanted tasks need, `validate` included; does not look behind skipped ones. */
export function closeOver(graph: Graph, wanted: Uint8Array, skipped: Uint8Array): Uint8Array {
  const stack: number[] = [];
  // Usually one of many is named, and a loop over all in uncompiled code would cost more than everything else here.
  for (let task = wanted.indexOf(1); task >= 0; task = wanted.indexOf(1, task + 1)) stack.push(task);
  for (let task = stack.pop(); task !== undefined; task = stack.pop()) {
    if (skipped[task] === 1) continue;
    for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
      const need = graph.needs[e]!;
      if (wanted[need] === 1) continue;
      wanted[need] = 1;
      stack.push(need);
    }
  }
  return wanted;
}

/** Adds everything that uses a marked task, directly or not, through content, deps and after. */
export function addUsers(graph: Graph, marked: Uint8Array): void {
  const users = usersOf(graph);
  const stack: number[] = [];
  for (let task = 0; task < graph.count; task++) if (marked[task] === 1) stack.push(task);
  for (let task = stack.pop(); task !== undefined; task = stack.pop()) {
    for (let e = users.start[task]!; e < users.start[task + 1]!; e++) {
      const user = users.users[e]!;
      if (users.kinds[e] === VALIDATE || marked[user] === 1) continue;
      marked[user] = 1;
      stack.push(user);
    }
  }
}

/** For a `family[key]` that is not a task yet: the family, if a task makes its list; otherwise -1. */
export function awaitedBy(graph: Graph, word: string, from: Place): number {
  if (!word.endsWith("]") || exactTask(graph, word, from) >= 0) return -1;
  for (let at = word.indexOf("["); at > 0; at = word.indexOf("[", at + 1)) {
    const family = graph.indexOf(word.slice(0, at));
    if (family >= 0 && graph.isBarrier(family) && graph.task(family).family?.from !== undefined) return family;
  }
  return -1;
}

function isAwaited({ graph, awaited }: Desk, word: string, from: Place): boolean {
  const family = awaitedBy(graph, word, from);
  if (family >= 0) awaited.set(word as TaskName, family);
  return family >= 0;
}

interface Desk {
  readonly graph: Graph;
  readonly affected: SelectOptions["affected"];
  readonly awaited: Map<TaskName, number>;
  readonly services: Uint8Array | null;
  /** What is asked for itself, so that services among it are kept up. null: not collected. */
  readonly direct: Uint8Array | null;
  readonly problems: UsageProblem[];
  readonly guesses: Guesses;
}

function mark(desk: Desk, word: string, from: Place, flags: Uint8Array): void {
  const { graph } = desk;
  const task = exactTask(graph, word, from);
  if (task >= 0) {
    flags[task] = 1;
    if (desk.direct !== null) desk.direct[task] = 1;
    return;
  }
  const changed = desk.affected?.get(word);
  if (changed !== undefined) return changed.forEach((bit, one) => void (flags[one]! |= bit));
  if (word.startsWith(SINCE)) return void desk.problems.push({ code: "since-not-here", target: word });
  const some = new Uint8Array(graph.count);
  if (word.startsWith("tag:") && markTagged(graph, word.slice("tag:".length), some)) return addMany(desk, some, flags);
  const plus = operatorsOf(word);
  if (plus !== null && (markExact(graph, plus.word, from, some) || markMatching(graph, plus.word, some))) {
    if (plus.users) addUsers(graph, some);
    return addMany(desk, some, flags);
  }
  if (markMatching(graph, word, some)) return addMany(desk, some, flags);
  desk.problems.push({ code: "unknown-target", target: word, ...meantBy(desk, plus?.word ?? word, from), ...listOf(graph, awaitedBy(graph, word, from)) });
}

/** A file that tasks name among their inputs is no typo; one that only a pattern matches may be. */
function meantBy(desk: Desk, word: string, from: Place): Pick<UsageProblem & { code: "unknown-target" }, "suggestion" | "readers" | "below"> {
  if (!desk.guesses.take()) return { suggestion: null };
  const path = pathOf(word, from);
  const naming = namingTasks(desk.graph, path);
  const near = naming.length > 0 ? null : suggestionFor(desk, word, from);
  const below = naming.length > 0 ? [] : pathsBelow(desk.graph, path);
  const suggestion = below.some((one) => seen(one, from) === near) ? null : near;
  if (suggestion === null && below.length > 0) return { suggestion, below: below.map((one) => seen(one, from)) };
  const readers = naming.length > 0 || suggestion !== null ? naming : takingTasks(desk.graph, path);
  return { suggestion, ...(readers.length === 0 ? {} : { readers }) };
}

/** Outputs in a folder that is not itself an output. */
function pathsBelow(graph: Graph, folder: FilePath): FilePath[] {
  const found: FilePath[] = [];
  if (folder !== "") for (const path of pathsOf(graph, Array(graph.count).keys())) if (isBelow(path, folder)) found.push(path);
  return found;
}

/** The task that makes the list an instance would come from. */
function listOf(graph: Graph, family: number): Pick<UsageProblem & { code: "unknown-target" }, "list"> {
  return family < 0 ? {} : { list: { family: graph.name(family), from: graph.task(family).family!.from!.task, empty: !hasInstances(graph, family) } };
}

/** A pattern, tag or operator that names many tasks means services only if it names nothing else. */
function addMany({ services, direct }: Desk, some: Uint8Array, flags: Uint8Array): void {
  const onlyServices = services === null || some.every((bit, task) => bit === 0 || services[task] === 1);
  for (let task = 0; task < some.length; task++) {
    if (some[task] === 0 || (!onlyServices && direct !== null && services![task] === 1)) continue;
    flags[task] = 1;
    if (onlyServices && direct !== null) direct[task] = 1;
  }
}

export function exactTask(graph: Graph, word: string, from: Place): number {
  const task = graph.indexOf(word);
  return task >= 0 ? task : graph.producerOf(pathOf(word, from));
}

/** Marks the task of exactly this name, or the maker of the path. */
function markExact(graph: Graph, word: string, from: Place, flags: Uint8Array): boolean {
  const task = exactTask(graph, word, from);
  if (task >= 0) flags[task] = 1;
  return task >= 0;
}

function pathOf(word: string, { from, root }: Place): FilePath {
  const path = normalizeText(word.startsWith("/") || from === "" ? word : `${from}/${word}`);
  return root === undefined ? (path as FilePath) : toFilePath(path, root);
}

/** `path` as the user would write it. */
function seen(path: FilePath, { from, root }: Place): string {
  return from.startsWith("/") && root !== undefined ? seenFrom(absoluteOf(path, root).slice(1) as FilePath, from.slice(1) as FilePath) : seenFrom(path, from);
}

function markTagged(graph: Graph, tag: string, flags: Uint8Array): boolean {
  let found = false;
  for (let task = 0; task < graph.count; task++) {
    if (!graph.task(task).tags.includes(tag)) continue;
    flags[task] = 1;
    found = true;
  }
  return found;
}

function markMatching(graph: Graph, pattern: string, flags: Uint8Array): boolean {
  if (!isNameGlob(pattern)) return false;
  const matches = matchNames(pattern);
  let found = false;
  for (let task = 0; task < graph.count; task++) {
    if (!matches(graph.name(task))) continue;
    flags[task] = 1;
    found = true;
  }
  return found;
}

/** `name+` and `+name`; null without an operator. */
function operatorsOf(word: string): { readonly word: string; readonly users: boolean } | null {
  const users = word.endsWith("+");
  const inner = word.slice(word.startsWith("+") ? 1 : 0, users ? -1 : undefined);
  return inner === word || inner === "" ? null : { word: inner, users };
}

function suggestionFor({ graph }: Desk, word: string, from: Place): string | null {
  if (word.startsWith("tag:")) return nearest(word, [], new Set(tagsOf(graph)));
  const above = normalizeText(word) as FilePath;
  if (from.from !== "" && graph.producerOf(above) >= 0) return seen(above, from);
  const path = word.startsWith("/") ? seen(pathOf(word, from), from) : word;
  const { near, far } = byPlace(graph, from);
  const own = [...namesOf(graph, near), ...pathsSeen(graph, near, from)];
  return nearest(path, own, namesOf(graph, far), pathsSeen(graph, far, from)) ?? awaitedLike(graph, word) ?? widened(graph, word) ?? likeAbove(graph, word, from, [...near, ...far]);
}

/** The tasks at work where the user stands, and the others. At the root nobody is nearer than others. */
function byPlace(graph: Graph, { from }: Place): Record<"near" | "far", number[]> {
  const [near, far]: [number[], number[]] = [[], []];
  for (let i = 0; i < graph.count; i++) (from !== "" && worksIn(graph.task(i), from) ? near : far).push(i);
  return { near, far };
}

/** By its `cwd`, or by what it makes; a folder may be one above or below the task's. */
function worksIn({ cwd, outputs }: Task, folder: FilePath): boolean {
  const around = (dir: string): boolean => dir !== "" && (dir === folder || isBelow(dir, folder) || isBelow(folder, dir));
  return cwd === "" ? outputs.some((spec) => around(spec.kind === "glob" ? staticPrefix(spec.pattern) : parentOf(spec.path))) : around(cwd);
}

/** The word may be a misspelt path from the root. */
function likeAbove(graph: Graph, word: string, from: Place, tasks: Iterable<number>): string | null {
  const near = from.from === "" ? null : suggest(word, pathsOf(graph, tasks));
  return near === null ? null : seen(near as FilePath, from);
}

function* pathsSeen(graph: Graph, tasks: Iterable<number>, from: Place): Iterable<string> {
  for (const path of pathsOf(graph, tasks)) yield seen(path, from);
}

function* tagsOf(graph: Graph): Iterable<string> {
  for (let i = 0; i < graph.count; i++) for (const tag of graph.task(i).tags) yield "tag:" + tag;
}

function* namesOf(graph: Graph, tasks: Iterable<number>): Iterable<string> {
  for (const task of tasks) yield graph.name(task);
}

function* pathsOf(graph: Graph, tasks: Iterable<number>): Iterable<FilePath> {
  for (const task of tasks) for (const spec of graph.task(task).outputs) if (spec.kind !== "glob") yield spec.path;
}

/** `*` stops at a slash, and names of packages are full of slashes. */
function widened(graph: Graph, word: string): string | null {
  if (!isNameGlob(word)) return null;
  const wide = word.replace(/\*+/g, "**");
  return wide !== word && markMatching(graph, wide, new Uint8Array(graph.count)) ? wide : null;
}

/** A future instance of the family with the nearest name: its list may have that key. */
function awaitedLike(graph: Graph, word: string): string | null {
  const cut = word.indexOf("[");
  if (cut < 1 || !word.endsWith("]")) return null;
  const families: string[] = [];
  for (let i = 0; i < graph.count; i++) if (graph.isBarrier(i) && graph.task(i).family?.from !== undefined) families.push(graph.name(i));
  const family = suggest(word.slice(0, cut), families);
  return family === null ? null : family + word.slice(cut);
}
