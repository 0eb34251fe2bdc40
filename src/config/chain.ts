// `chain([a, b, c])`: members that become one task. Their files are joined; what one makes for a later one stays internal.
import { isBelow } from "../model/path.ts";
import { depthOf, isGlob, matcherOf, staticPrefix } from "../model/pattern.ts";
import type { CacheSpec, ChainMember, Depfile, InputSpec, OutputSpec, Task, TaskName } from "../model/task.ts";
import { checkKeys, isBag, itemField, listOf, readTexts, refuse, report, type Bag, type Fields } from "./fields.ts";
import { joinedInput, joinedOutput, outputKey, type FileScope } from "./files.ts";
import { homesOfTaskFields } from "./homes.ts";
import { HOOK_FIELDS, readHooks } from "./hooks.ts";
import { readUnit, UNIT_FIELDS } from "./limits.ts";
import { isChain, isForeach, isTask, type ChainValue } from "./marks.ts";
import { joinedDep, readTask, TASK_FIELDS, type Surroundings } from "./task.ts";

/** Fields that members cannot have: the chain has one of each, or none. */
const APART: readonly string[] = ["stdin", "stdout", "stderr"];
/** Fields that must agree between the members that have them. */
const ALIKE = ["shell", "drift", "onFail"] as const;
/** What the chain as a whole accepts: `chain([…], { timeout: "5m" })`. */
const OPTIONS: Fields = withMembers([...UNIT_FIELDS, ...HOOK_FIELDS]);
const VALUE: Fields = withMembers(["members", "options", "after"]);

function withMembers(names: readonly string[]): Fields {
  const known = new Set(names);
  return { known, later: new Set(), homes: homesOfTaskFields(TASK_FIELDS.known, known, "member") };
}

export function readChain(name: TaskName, value: ChainValue, scope: FileScope, around: Surroundings): Task | null {
  const { members, options = {} } = value;
  checkKeys(scope, value as unknown as Bag, VALUE);
  if (!Array.isArray(members) || members.length === 0) return refuse(scope, "chain", { found: members, expected: "a list of tasks" }), null;
  const tasks: Task[] = [];
  members.forEach((member: unknown, index) => {
    const inner: FileScope = { ...scope, prefix: `chain[${index}].`, fn: scope.fnOf(member) ?? ((path) => scope.fn(["members", String(index), ...path])) };
    if (!isMember(member) || isChain(member) || isForeach(member)) return refuse(scope, `chain[${index}]`, { found: isChain(member) ? "chain" : isForeach(member) ? "foreach" : member, expected: isForeach(member) ? "a task: a family cannot be a member, but its tasks can be chains" : "a task that is no chain itself" });
    if (member["run"] === undefined) refuse(inner, "run", { found: undefined, expected: "something to run" });
    if (member["service"] !== undefined) refuse(inner, "service", { found: member["service"], expected: "nothing: a member of a chain ends before the next one begins" });
    refusePatterns(inner, member["run"]);
    for (const field of APART) if (member[field] !== undefined) refuse(inner, field, { found: member[field], expected: "nothing: members of a chain share one log and no input" });
    for (const field of [...UNIT_FIELDS, ...HOOK_FIELDS]) if (member[field] !== undefined) refuse(inner, field, { found: member[field], expected: `nothing: it is for the whole chain, chain([…], { ${field} })` });
    tasks.push(readTask(name, member, inner, around));
  });
  if (!isBag(options)) return refuse(scope, "chain", { found: options, expected: "options as an object after the list" }), null;
  checkKeys(scope, options, OPTIONS);
  checkAlike(scope, members as readonly Bag[]);
  const after = readTexts(scope, "after", value.after, "a task name or an output path");
  if (tasks.length === 0) return null;
  const made = fused(name, tasks, members as readonly Bag[], scope);
  return { ...made, after: after.length === 0 ? made.after : unique([...made.after, ...after], String), service: null, ...readUnit(scope, options, around.settings), ...readHooks({ ...scope, fn: (path) => scope.fn(["options", ...path]) }, options), wrap: [] };
}

/** Patterns are expanded before the chain starts, when files of earlier members do not exist yet. */
function refusePatterns(scope: FileScope, run: unknown): void {
  if (!isBag(run)) return;
  for (const op of ["copy", "concat"]) {
    listOf(run[op]).forEach((item, index) => {
      if (typeof item === "string" ? isGlob(item) || item.endsWith("/") || item.startsWith("!") : isBag(item) && "glob" in item) refuse(scope, itemField(`run.${op}`, run[op], index), { found: item, expected: "the path of a file: in a chain each is named" });
    });
  }
}

/** A task with a function is itself a function, so that it can be called. */
function isMember(value: unknown): value is Bag {
  return isBag(value) || (typeof value === "function" && isTask(value));
}

function checkAlike(scope: FileScope, members: readonly Bag[]): void {
  for (const field of ALIKE) {
    const said = members.filter((member) => isMember(member) && member[field] !== undefined);
    const other = said.find((member) => member[field] !== said[0]![field]);
    if (other !== undefined) refuse(scope, `chain[${members.indexOf(other)}].${field}`, { found: other[field], expected: "the same in all members of a chain" });
  }
}

function fused(name: TaskName, tasks: readonly Task[], members: readonly Bag[], scope: FileScope): Task {
  const said = (field: (typeof ALIKE)[number]): Task => tasks[Math.max(0, members.findIndex((member) => isMember(member) && member[field] !== undefined))] ?? tasks[0]!;
  const depfiles = tasks.flatMap(({ depfile, cwd }): Depfile[] => (depfile === null ? [] : [cwd === tasks[0]!.cwd ? depfile : { ...depfile, cwd }]));
  if (depfiles.length > 1) refuse(scope, "depfile", { found: depfiles[1]!.path, expected: "one depfile in a chain" });
  const outputs = unique(tasks.flatMap((task) => task.outputs), outputKey, joinedOutput);
  const first = tasks[0]!;
  return {
    ...first,
    name,
    at: scope.place(name),
    action: { kind: "chain", members: tasks.map(memberOf) },
    inputs: innerRemoved(tasks),
    outputs,
    inout: unique(tasks.flatMap((task) => task.inout), String),
    temp: tempOf(tasks, scope),
    deps: unique(tasks.flatMap((task) => task.deps), (dep) => dep.target, joinedDep),
    after: unique(tasks.flatMap((task) => task.after), String),
    validate: unique(tasks.flatMap((task) => task.validate), String),
    isolated: tasks.some((task) => task.isolated),
    incremental: tasks.some((task) => task.incremental),
    always: tasks.some((task) => task.always),
    files: Object.fromEntries(tasks.flatMap((task) => Object.entries(task.files))),
    depfile: depfiles[0] ?? null,
    envNames: unique(tasks.flatMap((task) => task.envNames), String).sort(),
    envValues: {},
    cwd: first.cwd,
    shell: said("shell").shell,
    tools: unique(tasks.flatMap((task) => task.tools), String),
    cache: fusedCache(tasks, scope),
    params: Object.fromEntries(tasks.flatMap((task) => Object.entries(task.params))),
    allowFailure: tasks.every((task) => task.allowFailure),
    drift: said("drift").drift,
    onFail: said("onFail").onFail,
    console: tasks.some((task) => task.console),
    interruptible: tasks.every((task) => task.interruptible),
    description: tasks.map((task) => task.description).find((text) => text !== "") ?? "",
    tags: unique(tasks.flatMap((task) => task.tags), String),
    deprecated: tasks.map((task) => task.deprecated).find((text) => text !== "") ?? "",
  };
}

/** The intermediates of a chain are one set: all are removed, or none. */
function tempOf(tasks: readonly Task[], scope: FileScope): boolean {
  const some = tasks.some((task) => task.temp);
  const other = tasks.findIndex((task) => !task.temp && task.outputs.some((output) => output.role === "intermediate"));
  if (some && other >= 0) refuse(scope, `chain[${other}].temp`, { found: false, expected: "the same for all members of a chain that have intermediates" });
  return some;
}

function memberOf(task: Task, index: number): ChainMember {
  return { name: String(index + 1), action: task.action ?? { kind: "shell", text: ":" }, cwd: task.cwd, env: task.envValues, wrap: task.wrap };
}

/** Of several with one key the first, or what `join` makes of them. */
function unique<T>(all: readonly T[], keyOf: (one: T) => string, join: (kept: T, other: T) => T = (kept) => kept): T[] {
  const kept = new Map<string, T>();
  for (const one of all) {
    const before = kept.get(keyOf(one));
    kept.set(keyOf(one), before === undefined ? one : join(before, one));
  }
  return [...kept.values()];
}

function fusedCache(tasks: readonly Task[], scope: FileScope): CacheSpec {
  const ignore = unique(tasks.flatMap((task) => task.cache.ignore), String);
  const enabled = tasks.every((task) => task.cache.enabled);
  if (!enabled && ignore.length > 0) report(scope, { code: "cache-ignore-off", task: scope.task!, at: scope.place(scope.task, "cache") });
  const joined = (field: "version" | "salt"): string | null => {
    const texts = tasks.map((task) => task.cache[field]).filter((text) => text !== undefined);
    return texts.length === 0 ? null : texts.join("\n");
  };
  const [version, salt] = [joined("version"), joined("salt")];
  const store = tasks.every((task) => task.cache.store !== undefined) ? tasks[0]?.cache.store : undefined;
  return { enabled, ...(version === null ? {} : { version }), ...(salt === null ? {} : { salt }), ...(store === undefined ? {} : { store }), ignore };
}

/** Inputs of all members without what an earlier member makes. What one of them excludes, the others may read. */
function innerRemoved(tasks: readonly Task[]): InputSpec[] {
  const inputs: InputSpec[] = [];
  const made: OutputSpec[] = [];
  for (const task of tasks) {
    const since = inputs.length;
    for (const spec of task.inputs) {
      if (spec.kind === "not" && since > 0) inputs.push({ ...spec, since });
      else if (spec.kind === "file" && made.some((output) => makes(output, spec.path))) continue;
      else addUnmade(inputs, spec, made);
    }
    made.push(...task.outputs);
  }
  // An entry on both sides of a negation counts twice.
  if (inputs.some((spec) => spec.kind === "not")) return inputs;
  let patterns = 0;
  return unique(inputs, (spec) => (spec.kind === "file" ? spec.path : `\0${patterns++}`), joinedInput);
}

function addUnmade(inputs: InputSpec[], spec: InputSpec, made: readonly OutputSpec[]): void {
  const inner = made.filter((output) => (spec.kind === "glob" ? mayMatch(spec, output) : spec.kind === "file" && isMadeBelow(spec.path, output)));
  inputs.push(inner.length === 0 || spec.kind === "not" ? spec : spec.kind === "glob" ? { ...spec, allowEmpty: true } : { ...spec, optional: true });
  for (const output of inner) inputs.push({ kind: "not", pattern: output.kind === "glob" ? output.pattern : output.kind === "tree" ? `${output.path}/**` : output.path });
}

/** Then the path is a folder. */
function isMadeBelow(path: string, output: OutputSpec): boolean {
  return output.kind === "glob" ? isBelow(`${staticPrefix(output.pattern)}/x`, path) : isBelow(output.path, path);
}

function makes(output: OutputSpec, path: string): boolean {
  if (output.kind === "glob") return matcherOf(output.pattern)(path);
  return output.path === path || (output.kind === "tree" && isBelow(path, output.path));
}

function mayMatch(input: { readonly pattern: string; readonly dot: boolean }, output: OutputSpec): boolean {
  if (output.kind === "file") return matcherOf(input.pattern, { dot: input.dot })(output.path);
  const reads = staticPrefix(input.pattern);
  const writes = output.kind === "tree" ? output.path : staticPrefix(output.pattern);
  if (depthOf(input.pattern) !== Infinity && input.pattern.split("/").length <= (writes === "" ? 0 : writes.split("/").length)) return false;
  return reads === writes || isBelow(reads, writes) || isBelow(writes, reads);
}
