// A random project as tg's own checked words, for the in-process subject: the config file is not evaluated there.
import { NO_RETRIES, NO_SETTINGS } from "../../src/model/limits.ts";
import { sequence } from "../../src/index.ts";
import type { FilePath } from "../../src/model/path.ts";
import { TASK_DEFAULTS, type InputSpec, type OutputSpec, type Project as Declared, type Task, type TaskName } from "../../src/model/task.ts";
import type { Action, ParamSpec } from "../../src/model/task.ts";
import { innerOf, membersOf, specOf } from "./chain.ts";
import { argsOfMember, codeOf, commandOf, envOf, expanded, familiesOf, hookCode, hookOf, paramSpecOf, runOf, runTarget, wholeConfig } from "./config.ts";
import { fnFileOf, hooksAreCalls, hooksAreConfigs } from "./fn.ts";
import { cksum } from "./mix.ts";
import { RATES, depfileOf, dirOf, followed, isTemp, poolOf, rspOf, stderrOf, stdinOf, stdoutOf, streamsOf, wrapOf } from "./project.ts";
import type { Project, Read, Spec } from "./project.ts";
import { toolsOf } from "./tools.ts";
import { keepsHalves, workOf } from "./works.ts";

const file = (path: string): FilePath => path as FilePath;

const pathOf = (path: string | null): FilePath | null => (path === null ? null : file(path));

const CONFIG = file("tasks.config.mjs");

/** What a member leaves out others read; what one makes for the next stays inside. */
function inputsOf(whole: Spec): InputSpec[] {
  const all: InputSpec[] = [];
  for (const member of membersOf(whole)) {
    const since = all.length;
    for (const input of inputsOfOne(specOf(whole, member))) all.push(input.kind === "not" && since > 0 ? { ...input, since } : input);
    for (const out of member.inner) if (out.kind !== "file") all.push({ kind: "glob", pattern: innerOf(out), allowEmpty: true, dot: false }, { kind: "not", pattern: out.kind === "tree" ? `${out.path}/**` : innerOf(out) });
  }
  return all;
}

function readsOf(reads: readonly Read[]): InputSpec[] {
  const list: InputSpec[] = [];
  for (const read of reads) if (read.kind === "glob") list.push(read.folder === "bare" ? { kind: "file", path: file(dirOf(read.pattern)), optional: read.allowEmpty } : { kind: "glob", pattern: read.pattern, allowEmpty: read.allowEmpty, dot: read.folder === "slash" });
  for (const read of reads) if (read.kind === "glob") for (const not of read.nots) list.push({ kind: "not", pattern: not });
  for (const read of reads) if (read.kind === "file") list.push({ kind: "file", path: file(read.path), optional: read.optional });
  return list;
}

function inputsOfOne(spec: Spec): InputSpec[] {
  const list = readsOf(spec.reads);
  for (const path of spec.extra) list.push(path.includes("*") ? { kind: "glob", pattern: path, allowEmpty: true, dot: false } : { kind: "file", path: file(path), optional: false });
  // What is given once more behind a negation brings back what that took away.
  const cut = list.findLastIndex((input) => input.kind === "not") + 1;
  const once = (part: readonly InputSpec[]): InputSpec[] => [...new Map(part.map((input) => [JSON.stringify(input), input])).values()];
  return [...once(list.slice(0, cut)), ...once(list.slice(cut))];
}

function outputsOf(spec: Spec): OutputSpec[] {
  const all = spec.outs.map((out): OutputSpec => {
    if (out.kind === "tree") return { kind: "tree", path: file(out.path), role: "output" };
    if (out.kind === "glob") return { kind: "glob", pattern: `${out.dir}/*.gen`, role: "output" };
    return { kind: "file", path: file(out.path), role: out.role, optional: out.optional };
  });
  for (const path of streamsOf(spec)) all.push({ kind: "file", path: file(path), role: "output", optional: false });
  return [...all.filter((out) => out.role === "output"), ...all.filter((out) => out.role === "intermediate")];
}

function actionOf(project: Project, spec: Spec, mix: readonly string[]): Action | null {
  if (spec.barrier) return null;
  const command = (run: string | string[]): Exclude<Action, { kind: "chain" }> => (typeof run === "string" ? { kind: "shell", text: run } : { kind: "argv", argv: run });
  if (spec.chained) return { kind: "chain", members: membersOf(spec).map((member, at) => ({ name: String(at + 1), action: spec.fn && member.isCore ? callOf(project, spec, mix) : command(commandOf(spec, mix, argsOfMember(spec, member))), cwd: file(member.cwd), env: member.isCore ? spec.envValues : {}, wrap: spec.fn && member.isCore ? [] : wrapOf(spec) })) };
  const work = workOf(project, spec);
  if (work !== null) return { kind: "file", work: work.op === "write" ? { ...work, to: file(work.to) } : work.op === "copy" ? { op: "copy", from: [{ kind: "file", path: file(work.from), optional: false }], to: file(work.to), folder: false } : { op: "concat", from: readsOf(work.from), to: file(work.to) } };
  return spec.fn ? callOf(project, spec, mix) : command(runOf(project, spec, mix));
}

function callOf(project: Project, spec: Spec, mix: readonly string[], name: "run" | "before" | "afterRun" = "run"): Extract<Action, { kind: "function" }> {
  const source = file(fnFileOf(spec.tag));
  return { kind: "function", fn: { source, module: `/nowhere/${source}`, path: ["default", name], code: [{ path: source, digest: String(cksum(codeOf(project, spec, mix))) }] } };
}

function hookActionOf(project: Project, spec: Spec, hook: "before" | "afterRun", mix: readonly string[]): Action | null {
  const run = hookOf(spec, hook, mix);
  if (run === null) return null;
  if (hooksAreConfigs(spec)) return { kind: "function", fn: { source: CONFIG, module: `/nowhere/${CONFIG}`, path: ["default", "tasks", spec.name, hook], code: [{ path: CONFIG, digest: String(cksum(hookCode(project, spec, mix, () => wholeConfig(project, mix)))) }] } };
  if (hooksAreCalls(spec)) return callOf(project, spec, mix, hook);
  return typeof run === "string" ? { kind: "shell", text: run } : { kind: "argv", argv: run };
}

/** In a sequence the one before it is added there. */
function afterOf(project: Project, spec: Spec, nameOf: (tag: number) => string): string[] {
  const before = followed(project, spec);
  if (before === undefined) return spec.after.map(nameOf);
  const own = { run: "true", after: spec.after.filter((tag) => tag !== before.tag).map(nameOf) };
  return [...sequence({ [before.name]: { run: "true" }, [spec.name]: own })[spec.name]!.after!];
}

/** Of several jobs on a machine that is busy elsewhere the last may begin late; one alone is told by its own end. */
const limitMs = (spec: Spec): number => (spec.chained || spec.before !== "" || spec.afterRun !== "" ? 1500 : 200);

/** `full`: with all members that families may come to have. */
function taskOf(project: Project, full: Project, spec: Spec, mix: readonly string[]): Task {
  const nameOf = (tag: number): string => project.tasks.find((other) => other.tag === tag)?.name ?? `gone${tag}`;
  const members = membersOf(spec);
  const writer = members.find((member) => member.isCore)!;
  return {
    ...TASK_DEFAULTS,
    name: spec.name as TaskName,
    action: actionOf(full, spec, mix), params: Object.fromEntries(spec.params.map((name) => [name, { ...paramSpecOf(name), list: false } as ParamSpec])),
    allowFailure: spec.allow, when: spec.when && spec.onlyIf !== "" ? { source: CONFIG, module: `/nowhere/${CONFIG}`, path: ["default", "tasks", spec.name, "when"], code: [] } : spec.when, before: hookActionOf(full, spec, "before", mix), afterRun: hookActionOf(full, spec, "afterRun", mix), drift: spec.drift, onFail: keepsHalves(full, spec) ? "keep" : "remove", incremental: spec.incremental, temp: isTemp(spec), timeoutMs: spec.timeout ? limitMs(spec) : 0,
    inputs: inputsOf(spec), outputs: outputsOf(spec), inout: spec.inout.map(file),
    deps: spec.deps.map((tag) => (spec.runs.includes(tag) ? { target: runTarget(project, spec, tag), propagate: "run" } : { target: nameOf(tag), propagate: "content" })), after: afterOf(full, spec, nameOf), validate: spec.validate.map(nameOf),
    always: spec.always, files: spec.rsp === null ? {} : { [rspOf(spec.tag)]: spec.rsp },
    depfile: spec.depfile ? { path: file(depfileOf(spec.tag)), format: "lines", optional: false, ...(writer.cwd === members[0]!.cwd ? {} : { cwd: file(writer.cwd) }) } : null,
    envNames: Object.keys(spec.envValues).length > 0 ? [] : envOf(spec).slice().sort(), envValues: spec.chained ? {} : spec.envValues,
    cwd: file(members[0]!.cwd), shell: "/bin/sh", stdin: pathOf(stdinOf(spec)), stdout: spec.stdout ? file(stdoutOf(spec.tag)) : null, stderr: pathOf(stderrOf(spec)), wrap: spec.fn || spec.barrier || spec.chained ? [] : wrapOf(spec),
    tools: toolsOf(spec), description: spec.description, isolated: spec.isolated, retries: { ...NO_RETRIES, count: spec.retries }, pool: poolOf(spec), rate: spec.rate === "own" ? RATES.own : null,
    ...(spec.stored && spec.inout.length === 0 ? { cache: { ...TASK_DEFAULTS.cache, store: { maxBytes: 1e8 } } } : {}),
  };
}

/** `list`: keys of a list by the name of who makes it. */
export function declare(full: Project, mix: readonly string[], list: (source: string) => readonly string[]): Declared {
  const project = expanded(full, (source) => list(full.tasks.find((spec) => spec.tag === source)?.name ?? ""));
  const families = familiesOf(project);
  const nameOf = (tag: number | null): TaskName | undefined => project.tasks.find((spec) => spec.tag === tag)?.name as TaskName | undefined;
  const sourceOf = (family: string): TaskName | undefined => nameOf(project.tasks.find((spec) => spec.name === family)!.from);
  const members = new Map([...families].flatMap(([family, keys]) => keys.map((key) => [`${family}[${key}]`, { family: family as TaskName, key, ...(sourceOf(family) === undefined ? {} : { from: sourceOf(family)! }) }])));
  const marked = (task: Task): Task => {
    const each = members.get(task.name);
    return { ...task, ...(each === undefined ? {} : { each }), ...(families.has(task.name) ? { family: { over: [], minSuccess: project.tasks.find((spec) => spec.name === task.name)!.minSuccess, ...(sourceOf(task.name) === undefined ? {} : { from: { task: sourceOf(task.name)!, lines: null } }) } } : {}) };
  };
  return { tasks: project.tasks.map((spec) => marked(taskOf(project, full, spec, mix))), default: null, jobs: null, settings: { ...NO_SETTINGS, off: project.tasks.filter((spec) => !spec.when).map((spec) => spec.name), pools: { one: { size: 1, rate: null }, paced: { size: null, rate: RATES.pool } } }, stateDir: file(".tg") };
}
