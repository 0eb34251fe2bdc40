// The graph divided into units for another tool: one for all, one per group, or one per task. A unit joins its members'
// scripts, files and needs. Pure; knows no tool's syntax and no disk.
import { AFTER, VALIDATE, type Graph } from "../model/graph.ts";
import type { FilePath } from "../model/path.ts";
import { bad, good, type Result } from "../model/problem.ts";
import type { Depfile, ParamValue, Task, TaskName } from "../model/task.ts";
import { instancesOf } from "../graph/family.ts";
import { neededTask } from "../graph/needs.ts";
import { cyclesOf, orderOf } from "../graph/order.ts";
import { scriptOf, type Found } from "./script.ts";

export type Breakdown = "all" | "group" | "task";

export interface Unit {
  readonly name: string;
  readonly description: string;
  /** Commands of a POSIX shell that make the outputs, run in order in the root; none for a barrier. */
  readonly script: readonly string[];
  /** Files it reads that no unit makes, as they are now. */
  readonly sources: readonly FilePath[];
  /** Literal files it makes, without `optional` ones: a script may not create them. */
  readonly outputs: readonly FilePath[];
  /** Units whose outputs it reads, and units that only come first. Indices of this list, all smaller. */
  readonly needs: readonly number[];
  readonly after: readonly number[];
  /** Runs every time, because of `always` or because there is nothing to judge by. */
  readonly always: boolean;
  /** In make's format, with names relative to the root: what other tools can read too. */
  readonly depfiles: readonly Depfile[];
  /** Parameters its commands see. */
  readonly params: readonly string[];
  readonly console: boolean;
}

export interface ExportPlan {
  /** In dependency order. */
  readonly units: readonly Unit[];
  /** All parameters by name, for `--param`, with the given value or the default as text; null: required. */
  readonly params: ReadonlyMap<string, string | null>;
  /** Config file, root-relative, for the header. */
  readonly config: string;
}

export interface ExportOptions {
  readonly breakdown: Breakdown;
  /** 1: part of the export. */
  readonly wanted: Uint8Array;
  readonly config: string;
  /** Given values, which replace defaults. */
  readonly params: Readonly<Record<string, ParamValue>>;
  /** Declared inputs of a task as they are now, but for those that are no reason to run. */
  inputsOf(task: number): readonly FilePath[];
  /** Those. */
  ignoredOf(task: number): readonly FilePath[];
  runsAlways(task: Task): boolean;
}

export function unitsOf(graph: Graph, o: ExportOptions): Result<ExportPlan> {
  const groups = groupsOf(graph, o);
  const ordered = orderedGroups(graph, groups);
  if (!ordered.ok) return ordered;
  const unitOf = new Map<number, number>();
  ordered.value.forEach(({ members }, unit) => members.forEach((task) => unitOf.set(task, unit)));
  const units = ordered.value.map(({ name, members }, unit) => unitFrom(graph, o, { name, members, unit, unitOf }));
  return good({ units, params: paramsIn(graph, o), config: o.config });
}

interface Group {
  readonly name: string;
  /** In graph order. */
  readonly members: number[];
}

/** A group is a task's first tag; tasks without tags are in `main`. */
function groupsOf(graph: Graph, o: ExportOptions): Group[] {
  const groups = new Map<string, Group>();
  for (const task of graph.order) {
    if (o.wanted[task] === 0) continue;
    const name = o.breakdown === "all" ? "all" : o.breakdown === "task" ? graph.name(task) : (graph.task(task).tags[0] ?? "main");
    const group = groups.get(name);
    if (group === undefined) groups.set(name, { name, members: [task] });
    else group.members.push(task);
  }
  return [...groups.values()];
}

function orderedGroups(graph: Graph, groups: readonly Group[]): Result<Group[]> {
  const of = new Map<number, number>();
  groups.forEach(({ members }, group) => members.forEach((task) => of.set(task, group)));
  const needs = groups.map(({ members }, group) => {
    const found = new Set<number>();
    for (const task of members) eachNeed(graph, task, (need) => {
      const other = of.get(need);
      if (other !== undefined && other !== group) found.add(other);
    });
    return [...found];
  });
  const needStart = new Uint32Array(groups.length + 1);
  needs.forEach((list, group) => (needStart[group + 1] = needStart[group]! + list.length));
  const edges = { count: groups.length, needStart, needs: Uint32Array.from(needs.flat()), needKinds: new Uint8Array(needStart[groups.length]!) };
  const order = orderOf(edges);
  if (order !== null) return good([...order].map((group) => groups[group]!));
  const names = cyclesOf(edges)[0]!.map((group) => groups[group]!.name);
  return bad([{ code: "export-cycle", groups: [...names, names[0]!] }]);
}

function eachNeed(graph: Graph, task: number, visit: (need: number, kind: number) => void): void {
  for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) visit(graph.needs[e]!, graph.needKinds[e]!);
}

interface Making {
  readonly name: string;
  readonly members: readonly number[];
  readonly unit: number;
  readonly unitOf: ReadonlyMap<number, number>;
}

function unitFrom(graph: Graph, o: ExportOptions, { name, members, unit, unitOf }: Making): Unit {
  const needs = new Set<number>();
  const after = new Set<number>();
  const sources = new Set<FilePath>();
  const tasks = members.map((task) => graph.task(task));
  for (const task of members) {
    eachNeed(graph, task, (need, kind) => {
      const other = unitOf.get(need);
      if (other !== undefined && other !== unit && kind !== VALIDATE) (kind === AFTER ? after : needs).add(other);
    });
    for (const path of o.inputsOf(task)) if (graph.producerOf(path) < 0) sources.add(path);
  }
  for (const other of needs) after.delete(other);
  const alone = tasks.length === 1 ? tasks[0]! : null;
  return {
    name,
    description: alone?.description ?? "",
    script: members.flatMap((task) => scriptOf(graph.task(task), { inputs: [...o.inputsOf(task), ...o.ignoredOf(task)].sort(), values: valuesFor(graph, task) })),
    sources: [...sources].sort(),
    outputs: tasks.flatMap((task) => (task.when === false ? [] : task.outputs).flatMap((output) => (output.kind === "file" && !output.optional ? [output.path] : []))),
    needs: [...needs].sort((a, b) => a - b),
    after: [...after].sort((a, b) => a - b),
    always: tasks.some((task) => o.runsAlways(task)),
    depfiles: tasks.flatMap(({ depfile, cwd }) => (depfile?.format === "make" && (depfile.cwd ?? cwd) === "" ? [depfile] : [])),
    params: [...new Set(tasks.flatMap((task) => Object.keys(task.params)))],
    console: tasks.some((task) => task.console),
  };
}

function byKey(graph: Graph, family: number): Record<string, TaskName> {
  const instances = instancesOf(graph, family).map((one): [string, TaskName] => [graph.task(one).each!.key, graph.name(one)]);
  return Object.fromEntries(instances.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The tasks whose values a task gets through `deps`. */
function valuesFor(graph: Graph, task: number): Found["values"] {
  const values: [string, Found["values"][string]][] = [];
  for (const { target } of graph.task(task).deps) {
    const at = neededTask(graph, target);
    if (at < 0) continue;
    values.push([target, graph.task(at).family === undefined ? graph.name(at) : byKey(graph, at)]);
  }
  return Object.fromEntries(values);
}

function paramsIn(graph: Graph, o: ExportOptions): Map<string, string | null> {
  const params = new Map<string, string | null>();
  for (const task of graph.order) if (o.wanted[task] === 1) for (const [name, spec] of Object.entries(graph.task(task).params)) params.set(name, valueText(Object.hasOwn(o.params, name) ? o.params[name] : spec.default));
  return params;
}

/** As passed to a command: lists joined by spaces. */
function valueText(value: ParamValue | undefined): string | null {
  if (value === undefined) return null;
  return Array.isArray(value) ? value.join(" ") : String(value);
}

/** A name that is safe in every tool, and unique among the units. */
export function plainNames(units: readonly Unit[]): string[] {
  const used = new Set<string>();
  return units.map(({ name }) => {
    const base = (name as TaskName).replace(/[^A-Za-z0-9_.-]+/g, "_").replace(/^[^A-Za-z_]/, "_$&") || "_";
    let plain = base;
    for (let i = 2; used.has(plain); i++) plain = `${base}_${i}`;
    used.add(plain);
    return plain;
  });
}
