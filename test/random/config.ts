// How a random project is said in a tasks.config file and in calls of mix. Knows no tree and no state.
import { byTags, depsOf } from "./claims.ts";
import { coreOf, innerOf, membersOf, specOf } from "./chain.ts";
import type { Member } from "./chain.ts";
import { HELPER, callModule, callOf, fnFileOf, fnModule, helperText, hooksAreCalls, hooksAreConfigs, importsHelper, isInModule, takesValues } from "./fn.ts";
import { PARAMS, depfileOf, dirOf, followed, hookedOut, isTemp, mayHook, middlesOf, poolOf, rateText, rspOf, stderrOf, stdinOf, stdoutOf, wrapOf } from "./project.ts";
import type { Out, Project, Read, Spec } from "./project.ts";
import { toolsOf } from "./tools.ts";
import { keepsHalves, workOf, worksSaid } from "./works.ts";

/** Environment names that count: the values it sets, else the names it lists. */
export function envOf(spec: Spec): string[] {
  const set = Object.keys(spec.envValues);
  return set.length > 0 ? set : spec.env;
}

/** Arguments of mix for a task; of a chain, for the member that is a function. */
export const mixArgs = (spec: Spec): string[] => argsOfMember(spec, coreOf(spec));

export function argsOfMember(whole: Spec, member: Member): string[] {
  const spec = specOf(whole, member);
  const args = [member.word];
  const flag = (name: string, value: string): void => void args.push(name, value);
  if (spec.strip) flag("-c", "-");
  if (spec.keep) flag("-k", "-");
  if (spec.timeout) flag("-w", "-");
  flag("-s", spec.salt);
  if (spec.depfile) flag("-d", depfileOf(spec.tag));
  if (spec.depfile && spec.found !== null) flag("-u", spec.found);
  for (const read of spec.reads) {
    if (read.kind !== "glob") continue;
    flag("-g", read.pattern);
    for (const not of read.nots) flag("-n", not);
  }
  const stdin = stdinOf(spec);
  for (const read of spec.reads) if (read.kind !== "glob") flag(read.path === stdin ? "-z" : read.kind === "file" && read.optional ? "-I" : "-i", read.path);
  if (spec.rsp !== null) flag("-f", rspOf(spec.tag));
  for (const name of [...envOf(spec), ...spec.params]) flag("-e", name);
  for (const out of member.inner) flag(out.kind === "file" ? (out.optional ? "-I" : "-i") : "-g", innerOf(out));
  for (const path of spec.inout) flag("-x", path);
  for (const out of spec.outs) flag(out.kind === "tree" ? "-t" : out.kind === "glob" ? "-p" : out.link === true ? "-l" : out.optional ? "-O" : "-o", out.kind === "glob" ? out.dir : out.path);
  for (const path of spec.deletes) flag("-r", path);
  if (stderrOf(spec) !== null) flag("-E", "-");
  return args;
}

const quote = (text: string): string => (/^[\w./:-]+$/.test(text) ? text : `'${text}'`);

/** `run` of a task; `mix` is how the program is started. Of a function the text of its module, which names members of any list, and of what decides beside it. */
export function runOf(project: Project, spec: Spec, mix: readonly string[]): string | string[] {
  const work = workOf(project, spec);
  if (work !== null) return JSON.stringify(worksSaid(work, globOf));
  return spec.fn ? codeOf(project, spec, mix) : commandOf(spec, mix, mixArgs(spec));
}

const moduleOf = (project: Project, spec: Spec, mix: readonly string[]): string => fnModule(project, spec, mixArgs(spec), hooksIn(spec, mix), spec.fn ? undefined : commandOf(spec, mix, mixArgs(spec)));

/** The text of its module, and of what decides beside it. */
export const codeOf = (project: Project, spec: Spec, mix: readonly string[]): string => moduleOf(project, spec, mix) + (importsHelper(spec) ? helperText(project) : "");

/** What of its last hook is in the key: a function is known by its code. */
export const lastHookOf = (project: Project, spec: Spec, mix: readonly string[], whole: () => string): string | string[] | null => (hooksAreCalls(spec) && spec.afterRun !== "" ? hookCode(project, spec, mix, whole) : hookOf(spec, "afterRun", mix));

/** `whole`: the text of the config. */
export const hookCode = (project: Project, spec: Spec, mix: readonly string[], whole: () => string): string => (hooksAreConfigs(spec) ? whole() : codeOf(project, spec, mix));

/** The text of the config and of all that it reads and imports. */
export const wholeConfig = (project: Project, mix: readonly string[]): string => JSON.stringify([configModule(project), configOf(project, mix), moduleFiles(project, mix)]);

/** Arguments of mix for a hook; null: there is none. What comes after rewrites a file by what is in it. */
export function hookArgs(spec: Spec, hook: "before" | "afterRun"): string[] | null {
  const text = spec[hook];
  if (text === "" || !mayHook(spec)) return null;
  const out = hookedOut(spec);
  return [`${hook === "before" ? "B" : "A"}${spec.tag}`, "-s", text, ...(hook === "before" || out === undefined ? [] : ["-i", out, "-o", out])];
}

export function hookOf(spec: Spec, hook: "before" | "afterRun", mix: readonly string[]): string | string[] | null {
  const args = hookArgs(spec, hook);
  return args === null ? null : hooksAreCalls(spec) ? [...args] : commandOf(spec, mix, args);
}

function hooksOf(spec: Spec, mix: readonly string[]): Record<string, unknown> {
  return Object.fromEntries((["before", "afterRun"] as const).map((hook) => [hook, hookOf(spec, hook, mix)]).filter(([, run]) => run !== null));
}

/** As the config has them: a function of its own is made of what that is called with. */
function hooksInConfig(project: Project, spec: Spec, mix: readonly string[]): Record<string, unknown> {
  const hooks = hooksOf(spec, mix);
  return hooksAreConfigs(spec) ? Object.fromEntries(Object.entries(hooks).map(([hook, words]) => [hook, { call: callOf(project, spec, hook as "before", words) }])) : hooks;
}

/** Hooks of a function stand in its module, those of a chain beside its members. */
const hooksIn = (spec: Spec, mix: readonly string[]): Record<string, unknown> => (spec.chained ? {} : hooksOf(spec, mix));

export function commandOf(spec: Spec, mix: readonly string[], args: readonly string[]): string | string[] {
  const argv = [...mix, ...args];
  return spec.shell ? argv.map(quote).join(" ") : argv;
}

/** Arguments back from what an engine was given; `skip` words start the program. */
export function parseArgs(command: string | readonly string[], skip: number): string[] {
  const words = typeof command === "string" ? command.split(" ").map((word) => word.replace(/^'(.*)'$/, "$1")) : command;
  return words.slice(skip);
}

function globOf({ pattern, allowEmpty, folder }: Extract<Read, { kind: "glob" }>): unknown {
  if (folder === "bare") return allowEmpty ? { path: dirOf(pattern), optional: true } : dirOf(pattern);
  const text = folder === "slash" ? `${dirOf(pattern)}/` : pattern;
  return allowEmpty ? { glob: text, allowEmpty: true } : text;
}

function inputsOf(spec: Spec): unknown[] {
  const list: unknown[] = [];
  for (const read of spec.reads) if (read.kind === "glob") list.push(globOf(read));
  for (const read of spec.reads) if (read.kind === "glob") for (const not of read.nots) list.push(`!${not}`);
  for (const read of spec.reads) if (read.kind === "file") list.push(read.optional ? { path: read.path, optional: true } : read.path);
  return [...list, ...spec.extra.map((path) => (path.includes("*") ? { glob: path, allowEmpty: true } : path))];
}

/** What `inputs` says, in canonical order: negations keep theirs, and what stands after them stays there. */
export function declaredInputs(whole: Spec): string {
  return JSON.stringify(membersOf(whole).map((member) => declaredOf(specOf(whole, member))));
}

function declaredOf(spec: Spec): string {
  const texts = inputsOf(spec).map((input) => JSON.stringify(input));
  const isNot = (text: string): boolean => text.startsWith('"!');
  const nots = texts.filter(isNot);
  const cut = nots.length === 0 ? texts.length : texts.findIndex(isNot);
  const sorted = (part: readonly string[]): string[] => [...new Set(part)].sort();
  return JSON.stringify([sorted(texts.slice(0, cut)), nots, sorted(texts.slice(cut + nots.length))]);
}

const outputOf = (out: Out): unknown => (out.kind === "tree" ? `${out.path}/` : out.kind === "glob" ? `${out.dir}/*.gen` : out.optional ? { path: out.path, optional: true } : out.path);

export const paramSpecOf = (name: string): { readonly type: unknown; readonly default: string | number | boolean } => ({ type: PARAMS[name]!.type, default: PARAMS[name]!.default });

/** What a chain says as a whole. */
const WHOLE: readonly string[] = ["when", "timeout", "retries", "pool", "rate", "before", "afterRun"];

function chainOf(project: Project, whole: Spec, mix: readonly string[]): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  const members = membersOf(whole).map((member) => {
    const isCall = whole.fn && member.isCore;
    const spec = { ...specOf(whole, member), chained: false, fn: false, hookFn: false, isolated: whole.isolated && isCall };
    const edges = member.isCore ? spec : { ...spec, deps: [], validate: [], after: [] };
    const task = taskOf(project, { ...edges, temp: spec.temp && middlesOf(spec).length > 0 }, mix);
    delete task["stdin"];
    if (isCall) for (const field of ["run", "wrap"]) delete task[field];
    else task["run"] = commandOf(whole, mix, argsOfMember(whole, member));
    if (member.inner.length > 0) task["inputs"] = [...((task["inputs"] as unknown[] | undefined) ?? []), ...member.inner.map((out) => (out.kind === "file" && out.optional ? { path: out.path, optional: true } : innerOf(out)))];
    if (whole.stored && whole.inout.length === 0) task["cache"] = { store: true };
    else delete task["cache"];
    for (const field of WHOLE) if (task[field] !== undefined) {
      options[field] = task[field];
      delete task[field];
    }
    return task;
  });
  return { chain: members, options: { ...options, ...hooksInConfig(project, whole, mix) } };
}

function taskOf(project: Project, spec: Spec, mix: readonly string[]): Record<string, unknown> {
  if (spec.chained) return chainOf(project, spec, mix);
  const nameOf = (tag: number): string => project.tasks.find((other) => other.tag === tag)?.name ?? `gone${tag}`;
  const task: Record<string, unknown> = {};
  const list = (field: string, values: readonly unknown[]): void => {
    if (values.length > 0) task[field] = values;
  };
  const work = workOf(project, spec);
  if (work !== null) task["run"] = worksSaid(work, globOf);
  else if (!spec.barrier && !isInModule(spec)) task["run"] = runOf(project, spec, mix);
  list("inputs", inputsOf(spec));
  list("outputs", spec.outs.filter((out) => out.kind !== "file" || out.role === "output").map(outputOf));
  list("intermediates", middlesOf(spec));
  if (isTemp(spec)) task["temp"] = true;
  list("inout", spec.inout);
  list("deps", spec.deps.map((tag) => (spec.runs.includes(tag) ? { task: runTarget(project, spec, tag), propagate: "run" } : nameOf(tag))));
  const before = followed(project, spec)?.tag;
  list("after", spec.after.filter((tag) => tag !== spec.each?.from && tag !== before).map(nameOf));
  list("validate", spec.validate.map(nameOf));
  const values = Object.entries(spec.envValues);
  if (values.length > 0) task["env"] = { ...spec.envValues };
  else list("env", spec.env);
  if (spec.params.length > 0) task["params"] = Object.fromEntries(spec.params.map((name) => [name, paramSpecOf(name)]));
  if (spec.rsp !== null) task["files"] = { [rspOf(spec.tag)]: spec.rsp };
  if (spec.depfile) task["depfile"] = { path: depfileOf(spec.tag), format: "lines" };
  list("tools", toolsOf(spec));
  if (spec.cwd !== "") task["cwd"] = spec.cwd;
  if (spec.stdout) task["stdout"] = stdoutOf(spec.tag);
  if (stderrOf(spec) !== null) task["stderr"] = stderrOf(spec);
  if (stdinOf(spec) !== null) task["stdin"] = stdinOf(spec);
  if (!spec.fn && !spec.barrier && spec.wrap !== "") task["wrap"] = wrapOf(spec);
  if (spec.always) task["always"] = true;
  if (spec.allow) task["allowFailure"] = true;
  // Of a function it stands in its own module, where alone it may.
  if (!isInModule(spec) && !spec.when) task["when"] = false;
  else if (!isInModule(spec) && spec.onlyIf !== "") task["when"] = spec.onlyIf;
  if (spec.drift !== "rebuild") task["drift"] = spec.drift;
  if (keepsHalves(project, spec)) task["onFail"] = "keep";
  if (spec.incremental) task["incremental"] = true;
  if (!isInModule(spec)) Object.assign(task, hooksInConfig(project, spec, mix));
  if (spec.timeout) task["timeout"] = "4s";
  if (spec.retries > 0) task["retries"] = spec.retries;
  if (spec.isolated) task["isolate"] = "process";
  if (poolOf(spec) !== "") task["pool"] = poolOf(spec);
  if (spec.rate === "own") task["rate"] = rateText("own");
  if (spec.stored && spec.inout.length === 0) task["cache"] = { store: true };
  if (spec.description !== "") task["description"] = spec.description;
  return task;
}

/** Keys of families by name: tasks called `name[key]` that are just what a barrier of that name joins. */
export function familiesOf(project: Project): Map<string, string[]> {
  const families = new Map<string, string[]>();
  for (const barrier of project.tasks) {
    if (barrier.from !== null) families.set(barrier.name, project.tasks.flatMap((spec) => (spec.each?.family === barrier.tag ? [spec.each.key] : [])));
    if (!barrier.barrier || barrier.from !== null || barrier.after.length + barrier.validate.length > 0 || barrier.description !== "") continue;
    const members = project.tasks.filter((spec) => spec.name.startsWith(`${barrier.name}[`) && spec.name.endsWith("]"));
    const tags = members.map((spec) => spec.tag);
    if (tags.length > 0 && tags.length === barrier.deps.length && barrier.deps.every((tag) => tags.includes(tag))) families.set(barrier.name, members.map((spec) => spec.name.slice(barrier.name.length + 1, -1)));
  }
  return families;
}

/** With whom the starts of a task are counted; null: nobody counts them. */
export function pacedWith(project: Project, { name, rate, alone }: Spec): string | null {
  if (rate === "" || (rate === "pool" && alone)) return null;
  return rate === "pool" ? "the pool" : ([...familiesOf(project)].find(([family, keys]) => keys.some((key) => name === `${family}[${key}]`))?.[0] ?? name);
}

/** The barriers that are looked through for a task's `deps`. */
export function barriersBelow(project: Project, spec: Spec): Spec[] {
  const seen = new Set<Spec>();
  const queue = [...byTags(project, spec.deps)];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (!next.barrier || seen.has(next)) continue;
    seen.add(next);
    queue.push(...byTags(project, next.deps));
  }
  return [...seen];
}

/** What stands for the deps after whose every run the task is to run: it says so, or a barrier on the way does. */
export function runDepsOf(project: Project, spec: Spec): Set<Spec> {
  const said = [spec, ...barriersBelow(project, spec)].flatMap(({ deps, runs }) => byTags(project, runs.filter((tag) => deps.includes(tag))));
  return new Set(said.flatMap((dep) => (dep.barrier ? depsOf(project, dep) : [dep])));
}

/** Such a dep is named by what it makes, in some tasks that take no values by name. */
export function runTarget(project: Project, spec: Spec, tag: number): string {
  const dep = project.tasks.find((other) => other.tag === tag);
  // A member of a chain takes none itself: its chain does.
  const whole = project.tasks.find((other) => other.tag === spec.tag) ?? spec;
  const made = dep?.each === null && !takesValues(whole) && (spec.tag + tag) % 3 === 0 ? dep.outs.find((out) => out.kind === "file") : undefined;
  return made?.kind === "file" ? made.path : (dep?.name ?? `gone${tag}`);
}

/** Of these, who join a family: who leaves one takes away what it gave. */
export function familyDeps(project: Project, spec: Spec): Spec[] {
  const barriers = barriersBelow(project, spec);
  const families = barriers.length === 0 ? new Map() : familiesOf(project);
  return barriers.filter(({ name }) => families.has(name));
}

/** The project while the lists are these, by tag of who makes them: members stand before their family, in the list's order. */
export function expanded(project: Project, listOf: (source: number) => readonly string[]): Project {
  const membersOf = (family: Spec): Spec[] => listOf(family.from!).flatMap((key) => project.tasks.find((spec) => spec.each?.family === family.tag && spec.each.key === key) ?? []);
  return {
    ...project,
    tasks: project.tasks.flatMap((spec) => {
      if (spec.each !== null) return [];
      if (spec.from === null) return [spec];
      const members = membersOf(spec);
      return [...members, { ...spec, deps: members.map(({ tag }) => tag) }];
    }),
  };
}

/** By tag of a member: its family, how many of that may fail, and who belongs to it. Of those families that not all need to be good. */
export function loosened(project: Project): Map<number, { readonly family: Spec; readonly leave: number; readonly members: readonly number[] }> {
  const found = new Map<number, { family: Spec; leave: number; members: readonly number[] }>();
  for (const [name, keys] of familiesOf(project)) {
    const family = project.tasks.find((spec) => spec.name === name)!;
    const { minSuccess } = family;
    if (minSuccess === null) continue;
    const due = minSuccess < 1 ? Math.ceil(Number((keys.length * minSuccess).toFixed(6))) : minSuccess;
    for (const tag of family.deps) found.set(tag, { family, leave: Math.max(0, keys.length - due), members: family.deps });
  }
  return found;
}

/** May it be that others go on without it? */
export const mayFail = (project: Project, spec: Spec): boolean => spec.allow || loosened(project).has(spec.tag);

/** What the config module reads: tasks, those that are functions (by tag, and whose name is whose), families. */
export interface ConfigData {
  readonly tasks: Readonly<Record<string, unknown>>;
  readonly functions: Readonly<Record<string, unknown>>;
  readonly named: Readonly<Record<string, number>>;
  /** Names in their order. */
  readonly sequences: readonly (readonly string[])[];
  readonly families: Readonly<Record<string, { readonly keys: readonly string[]; readonly from?: string; readonly options: { readonly minSuccess?: number } }>>;
}

const optionsOf = (project: Project, family: string): { minSuccess?: number } => {
  const { minSuccess } = project.tasks.find((spec) => spec.name === family)!;
  return minSuccess === null ? {} : { minSuccess };
};

function sourceOf(project: Project, family: string): { from?: string } {
  const from = project.tasks.find((spec) => spec.name === family)!.from;
  return from === null ? {} : { from: project.tasks.find((spec) => spec.tag === from)!.name };
}

/** Names of those that stand in a sequence, each in its order. */
export function sequencesOf(project: Project): string[][] {
  const behind = new Map(project.tasks.flatMap((spec): [Spec, Spec][] => {
    const before = followed(project, spec);
    return before === undefined ? [] : [[before, spec]];
  }));
  return [...behind.keys()].filter((spec) => followed(project, spec) === undefined).map((first) => {
    const row: Spec[] = [];
    for (let at: Spec | undefined = first; at !== undefined; at = behind.get(at)) row.push(at);
    return row.map(({ name }) => name);
  });
}

export function configOf(project: Project, mix: readonly string[]): ConfigData {
  const tasks: Record<string, unknown> = {};
  const functions: Record<string, unknown> = {};
  const named: Record<string, number> = {};
  for (const spec of project.tasks) {
    tasks[spec.name] = isInModule(spec) ? null : taskOf(project, spec, mix);
    if (!isInModule(spec)) continue;
    functions[spec.tag] = taskOf(project, spec, mix);
    named[spec.name] = spec.tag;
  }
  return { tasks, functions, named, sequences: sequencesOf(project), families: Object.fromEntries([...familiesOf(project)].map(([name, keys]) => [name, { keys, ...sourceOf(project, name), options: optionsOf(project, name) }])) };
}

/** Path and text of the config's helper, and of the modules of functions. */
export function moduleFiles(project: Project, mix: readonly string[]): [string, string][] {
  if (!project.tasks.some((spec) => isInModule(spec) || hooksAreConfigs(spec))) return [[HELPER, helperText(project)]];
  return [[HELPER, helperText(project)], ["fn/call.mjs", callModule(mix)], ...project.tasks.filter(isInModule).map((spec): [string, string] => [fnFileOf(spec.tag), moduleOf(project, spec, mix)])];
}

/** Text of the config module: it reads project.json beside it, gives functions their fields (what their modules read counts like their code), and says families with foreach, and order with sequence. */
export function configModule({ comment, tasks: specs }: Project): string {
  const tags = specs.filter(isInModule).map((spec) => spec.tag).sort((a, b) => a - b);
  return `// ${comment}
import { readFileSync } from "node:fs";
import { chain, foreach, sequence } from "tg-build";
import { isThere, pools } from "./${HELPER}";
${specs.some(hooksAreConfigs) ? 'import { hook } from "./fn/call.mjs";\n' : ""}${tags.map((tag) => `import f${tag} from "./${fnFileOf(tag)}";\n`).join("")}const { tasks, functions: fields, named, families, sequences } = JSON.parse(readFileSync(new URL("./project.json", import.meta.url), "utf8"));
for (const task of [...Object.values(tasks), ...Object.values(fields)].map((one) => one?.options ?? one)) if (typeof task?.when === "string") {
  const path = task.when;
  task.when = () => isThere(path.replace("!", "")) !== path.startsWith("!");
}
for (const task of [...Object.values(tasks), ...Object.values(fields)].map((one) => one?.options ?? one)) for (const name of ["before", "afterRun"]) if (task?.[name]?.call) {
  const call = task[name].call;
  task[name] = (ctx) => hook(ctx, call);
}
const withFields = (fn, given) => (given.chain ? chain(given.chain.map((member) => (member.run ? member : Object.assign(fn, member))), given.options) : Object.assign(fn, given));
const functions = { ${tags.map((tag) => `${tag}: withFields(f${tag}, fields["${tag}"])`).join(", ")} };
for (const [name, task] of Object.entries(tasks)) if (task?.chain) tasks[name] = chain(task.chain, task.options);
const members = new Map(Object.entries(families).flatMap(([family, { keys }]) => keys.map((key) => [family + "[" + key + "]", family])));
const one = (name) => (name in families ? foreach("from" in families[name] ? { from: families[name].from } : families[name].keys, ({ key }) => tasks[name + "[" + key + "]"], families[name].options) : name in named ? functions[named[name]] : tasks[name]);
export default { pools, tasks: Object.fromEntries(Object.keys(tasks).filter((name) => !members.has(name)).flatMap((name) => {
  const row = sequences.find((names) => names.includes(name));
  return row === undefined ? [[name, one(name)]] : row[0] === name ? Object.entries(sequence(Object.fromEntries(row.map((other) => [other, one(other)])))) : [];
})) };
`;
}
