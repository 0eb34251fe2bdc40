// Converts the value a config exports to a Project, or to everything that is wrong with it. Knows no disk and no graph.
import { isBelow, type FilePath } from "../model/path.ts";
import { bad, type Problem } from "../model/problem.ts";
import { suggest } from "../model/suggest.ts";
import type { FunctionRef, ListSource, ParamSpec, Project, Task, TaskName } from "../model/task.ts";
import { readStoreDefaults } from "./cache.ts";
import { readChain } from "./chain.ts";
import { checkKeys, foundText, isBag, nameFault, readFlag, readTexts, refuse, report, type Bag, type Fields, type Scope } from "./fields.ts";
import { readInputs, readInside, type FileScope } from "./files.ts";
import { readForeach } from "./foreach.ts";
import { homesOfTaskFields, TOP_ONLY } from "./homes.ts";
import { readTopHooks } from "./hooks.ts";
import { readTotals } from "./limits.ts";
import type { LoadedConfig } from "./loaded.ts";
import { isChain, isForeach, isTask, originalOf } from "./marks.ts";
import { readEnv, readParamTable } from "./params.ts";
import { checkServices } from "./service.ts";
import { readTask, TASK_FIELDS, type Surroundings } from "./task.ts";

export const CONFIG_FIELDS: Fields = {
  known: new Set(["tasks", "inputs", "env", "params", "resources", "cache", ...TOP_ONLY]),
  later: new Set(["remote", "workspaces"]),
};
const TOP_FIELDS: Fields = { ...CONFIG_FIELDS, homes: homesOfTaskFields(TASK_FIELDS.known, CONFIG_FIELDS.known, "task") };

/** Origin of a value: the module that exports it, and the property names that lead to it. */
interface Origin {
  readonly file: FilePath;
  readonly path: readonly string[];
}

interface Check {
  readonly loaded: LoadedConfig;
  readonly problems: Problem[];
  readonly place: Scope["place"];
}

/** On failure also what is declared apart from the faulty fields. */
export type Checked = { readonly ok: true; readonly value: Project } | { readonly ok: false; readonly problems: readonly Problem[]; readonly declared: Project };

export function checkConfig(loaded: LoadedConfig): Checked {
  const problems: Problem[] = [];
  const check: Check = { loaded, problems, place: (task, field) => loaded.placeOf(task, field) };
  const config = loaded.value as Bag;
  const scope = scopeFor(check, null, { file: loaded.file, path: ["default"] });
  checkKeys(scope, config, TOP_FIELDS);
  const around: Surroundings = {
    inputs: readInputs(scope, config["inputs"]),
    env: readEnv(scope, config["env"]),
    params: readParamTable(scope, config["params"]),
    strictEnv: readFlag(scope, "strictEnv", config["strictEnv"]),
    store: readStoreDefaults(scope, config["cache"]),
    settings: { ...readTotals(scope, config), ...readTopHooks(scope, config), off: [], services: [] },
  };
  readTexts(scope, "include", config["include"], "a path or pattern of task files");
  const tasks = [...readTable(check, scope, config["tasks"], around), ...readTaskFiles(check, around)];
  for (const task of tasks) if (task.family?.from !== undefined) checkSource(check, task, task.family.from, tasks);
  checkServices(tasks, (task) => scopeFor(check, task.name, { file: loaded.file, path: ["default", "tasks"] }));
  const project: Project = {
    spareParams: spareParams(around, tasks),
    tasks: withoutDuplicates(check, tasks),
    default: config["default"] === undefined ? null : readTexts(scope, "default", config["default"], "a target"),
    jobs: readJobs(scope, config["jobs"]),
    settings: { ...around.settings, off: namesOf(tasks, (task) => task.when === false), services: namesOf(tasks, (task) => task.service !== null) },
    stateDir: readInside(scope, "stateDir", config["stateDir"]) ?? (".tg" as FilePath),
  };
  return problems.length > 0 ? { ...bad(problems), declared: project } : { ok: true, value: project };
}

function namesOf(tasks: readonly Task[], which: (task: Task) => boolean): TaskName[] {
  return tasks.filter(which).map((task) => task.name);
}

function spareParams({ params }: Surroundings, tasks: readonly Task[]): Record<string, ParamSpec> {
  return Object.fromEntries(Object.entries(params).filter(([name]) => !tasks.some((task) => Object.hasOwn(task.params, name))));
}

function scopeFor(check: Check, task: TaskName | null, origin: Origin): FileScope {
  const { loaded, problems } = check;
  const place: Scope["place"] = (name, field) => loaded.placeOf(name, field, origin.path.includes("tasks") ? loaded.file : origin.file);
  const fnOf: FileScope["fnOf"] = (value) => {
    const file = loaded.exportedBy.get(originalOf(value));
    return file === undefined ? null : (path) => functionRef(loaded, { file, path: ["default"] }, path);
  };
  return { task, prefix: "", problems, place, root: loaded.root, fn: (path) => functionRef(loaded, origin, path), fnOf };
}

function functionRef(loaded: LoadedConfig, origin: Origin, path: readonly string[]): FunctionRef | null {
  const code = loaded.modulesOf(origin.file);
  const module = loaded.moduleFor(origin.file);
  return code === null || module === null ? null : { source: origin.file, module, path: [...origin.path, ...path], code: [...code, ...loaded.readBy(origin.file)] };
}

function readTable(check: Check, scope: Scope, value: unknown, around: Surroundings): Task[] {
  if (value === undefined) return [];
  if (!isBag(value)) return refuse(scope, "tasks", { found: value, expected: "tasks by name" }), [];
  const { loaded } = check;
  const tasks: Task[] = [];
  for (const name of Object.keys(value)) {
    const file = loaded.exportedBy.get(originalOf(value[name]));
    const origin: Origin = file === undefined ? { file: loaded.file, path: ["default", "tasks", name] } : { file, path: ["default"] };
    for (const task of readOne(check, name as TaskName, { value: value[name], origin }, around)) tasks.push(task);
  }
  return tasks;
}

function readTaskFiles(check: Check, around: Surroundings): Task[] {
  const tasks: Task[] = [];
  for (const { name, file, value } of check.loaded.taskFiles) {
    for (const task of readOne(check, name as TaskName, { value, origin: { file, path: ["default"] } }, around)) tasks.push(task);
  }
  return tasks;
}

interface Declared {
  readonly value: unknown;
  readonly origin: Origin;
}

/** A task, or the instances of a family followed by the family. */
function readOne(check: Check, name: TaskName, { value, origin }: Declared, around: Surroundings): readonly Task[] {
  const scope = scopeFor(check, name, origin);
  const why = faultOf(name);
  if (why !== null) report(scope, { code: "bad-name", task: name, why, at: check.place(name) });
  if (!isForeach(value)) return listed(readPlain(name, value, scope, around));
  const at = scope.place(name);
  const near: FileScope = { ...scope, place: (task, field) => (field === undefined && task === name ? at : scope.place(task, field)) };
  return readForeach(value, { loaded: check.loaded, name, file: origin.file, depth: origin.path.length, scope: near, read: (instance, made, inner) => readPlain(instance, made, inner, around) });
}

/** With a leading dash it would be taken for a flag on the command line. */
function faultOf(name: string): "empty" | "control-character" | "half-character" | "dash" | null {
  if (name === "") return "empty";
  return nameFault(name) ?? (name.startsWith("-") ? "dash" : null);
}

function listed(task: Task | null): readonly Task[] {
  return task === null ? [] : [task];
}

function readPlain(name: TaskName, value: unknown, scope: FileScope, around: Surroundings): Task | null {
  if (isForeach(value)) return refuse(scope, "foreach", { found: value, expected: "a task: a family has no family inside" }), null;
  if (isChain(value)) return readChain(name, value, scope, around);
  // A task with a function is itself a function, so that it can be called.
  if ((isBag(value) && !("then" in value)) || (typeof value === "function" && isTask(value))) return readTask(name, value as Bag, scope, around);
  const expected = typeof value === "string" || Array.isArray(value) ? "a task: { run: … }" : "a task";
  return report(scope, { code: "bad-field", task: name, field: "tasks", found: foundTask(value), expected, at: scope.place(name) }), null;
}

function foundTask(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : Array.isArray(value) ? "an array" : typeof value === "function" ? "a function" : foundText(value);
}

/** A family's list comes from a task that leaves one: as its function's value, or in a file it writes. */
function checkSource(check: Check, family: Task, { task: name, lines }: ListSource, tasks: readonly Task[]): void {
  const scope = scopeFor(check, family.name, { file: check.loaded.file, path: ["default", "tasks"] });
  const source = tasks.find((task) => task.name === name);
  const kind = source?.action?.kind;
  if (source === undefined) refuse(scope, "from", { found: name, expected: "the name of a task", suggestion: suggest(name, tasks.map((task) => task.name)) });
  else if (lines === null && kind !== "function" && kind !== "chain") refuse(scope, "from", { found: name, expected: "a task whose function returns a list; for the lines of a file: { from, lines }" });
  else if (lines !== null && !source.outputs.some((output) => output.kind !== "glob" && (output.path === lines || (output.kind === "tree" && isBelow(lines, output.path))))) refuse(scope, "lines", { found: lines, expected: `a file among the outputs of ${JSON.stringify(name)}` });
}

/** The first of a name counts; the others are reported with its place. */
function withoutDuplicates(check: Check, tasks: readonly Task[]): Task[] {
  const first = new Map<TaskName, Task>();
  for (const task of tasks) {
    const other = first.get(task.name);
    if (other === undefined) first.set(task.name, task);
    else check.problems.push({ code: "duplicate-name", task: task.name, other: other.at, at: task.at });
  }
  return [...first.values()];
}

function readJobs(scope: Scope, value: unknown): number | null {
  if (value === undefined) return null;
  if (typeof value === "number" && Number.isInteger(value) && value > 0) return value;
  return refuse(scope, "jobs", { found: value, expected: "a whole number above 0" }), null;
}
