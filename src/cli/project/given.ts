// What the person provides with this command, for the judge: environment, parameters, arguments, programs, and custom hash
// functions once their modules are imported.
import { absoluteOf, type AbsolutePath, type FilePath } from "../../model/path.ts";
import { findFunction } from "../../model/found.ts";
import { matcherOf } from "../../model/pattern.ts";
import type { Graph } from "../../model/graph.ts";
import type { Identity } from "../../model/state.ts";
import type { FunctionRef, ParamValue, Task } from "../../model/task.ts";
import { digestText } from "../../staleness/digest.ts";
import type { Given } from "../../staleness/parts.ts";
import type { CustomHash } from "../../schedule/survey/situation.ts";
import { contentOf } from "./content.ts";
import type { Doors } from "../doors.ts";
import type { OpenProject } from "./project.ts";

export function givenOf(doors: Doors, { tools }: OpenProject, o: { params: Readonly<Record<string, ParamValue>>; args: Given["args"] }): Given {
  return { env: (name) => variableOf(doors.system, name), params: o.params, args: o.args, tool: (entry, cwd) => tools.now(entry, cwd), forgetTools: () => tools.forget() };
}

/** The environment also has the members of every object (`toString`): none of them is a variable. */
function variableOf({ env }: Doors["system"], name: string): string | undefined {
  const value: unknown = env[name];
  return typeof value === "string" ? value : undefined;
}

type Hash = (bytes: Uint8Array) => unknown;

/** Imports the modules of custom hash functions; hashing is synchronous from then on. */
export async function customHashes(doors: Doors, project: OpenProject): Promise<CustomHash> {
  const { graph, root, disk } = project;
  const functions = new Map<string, Hash>();
  for (const fn of hashersOf(graph)) {
    const key = keyOf(fn);
    if (functions.has(key)) continue;
    const { members, aside } = await doors.importModule(absoluteOf(fn.module as FilePath, root as AbsolutePath), root);
    const { value } = aside(() => findFunction(members, fn));
    if (typeof value === "function") functions.set(key, (bytes) => aside(() => (value as Hash)(bytes)));
  }
  const known = new Map<string, Identity>();
  return (task, path) => {
    const fn = hasherFor(task, path);
    const hash = fn === null ? undefined : functions.get(keyOf(fn));
    if (hash === undefined) return null;
    const key = `${keyOf(fn!)} ${project.world.input(path)}`;
    let identity = known.get(key);
    if (identity !== undefined) return identity;
    // Without content, tg's own identity decides.
    const bytes = contentOf(disk, path);
    if (bytes !== null) known.set(key, (identity = ownIdentity(hash, bytes)));
    return identity ?? null;
  };
}

function keyOf({ module, path, instance }: FunctionRef): string {
  return `${module}#${path.join(".")}${instance === undefined ? "" : JSON.stringify(instance.item)}`;
}

/** `!` and the error: equal to no recorded identity, so the content decides, and a run is refused. */
function ownIdentity(hash: Hash, bytes: Uint8Array): Identity {
  try {
    const text = hash(bytes);
    if (typeof text === "string") return ("h" + digestText(text)) as Identity;
    return ("!it returned " + (text instanceof Promise ? "a promise" : text === null ? "null" : typeof text)) as Identity;
  } catch (error) {
    return ("!" + (error instanceof Error ? `${error.name}: ${error.message}` : String(error))) as Identity;
  }
}

function hashersOf(graph: Graph): FunctionRef[] {
  const found: FunctionRef[] = [];
  for (let task = 0; task < graph.count; task++) {
    for (const spec of graph.task(task).inputs) if (spec.kind !== "not" && spec.hasher !== undefined) found.push(spec.hasher);
  }
  return found;
}

export function hasHashers(graph: Graph): boolean {
  return hashersOf(graph).length > 0;
}

function hasherFor(task: Task, path: FilePath): FunctionRef | null {
  for (const spec of task.inputs) {
    if (spec.kind === "not" || spec.hasher === undefined) continue;
    if (spec.kind === "file" ? spec.path === path : matcherOf(spec.pattern, { dot: spec.dot })(path)) return spec.hasher;
  }
  return null;
}
