// Random edits of the definition: what a person changes in the config, within the limits that keep it a valid one
// (and, on request, beyond them). Each returns a line for the story.
import { workOf } from "./works.ts";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Prng } from "./prng.ts";
import { ENV_NAMES, PARAMS, dirOf, lasting, lenient, randomGlob, addQuestion, eachDirOf, follow, followRuns, followed, mayBeAsked, mayBeInSequence, mayBeChain, mayHook, needFamilies, randomHook, randomOnlyIf, randomMinSuccess, randomOut, randomRate, randomRead, randomTask, changeStreams } from "./project.ts";
import type { Out, Project, Read, Spec } from "./project.ts";
import { hooksAreCalls } from "./fn.ts";
import { literalOuts, ownerOf } from "./claims.ts";
import { familiesOf } from "./config.ts";
import type { Scene } from "./scene.ts";
import { changeTools } from "./tools.ts";
import { writeAt } from "./scene.ts";

interface Change {
  readonly project: Project;
  readonly prng: Prng;
  readonly spec: Spec;
  readonly sources: readonly string[];
}

/** Edges that must stay: to who makes what it reads unseen, to lists, and to families whose files it reads. */
const keptEdges = ({ project, spec }: Change): number[] => [...(spec.each === null ? [] : [spec.each.from]), ...project.tasks.filter((other) => other.from !== null && spec.reads.some((read) => (read.kind === "glob" ? read.pattern : read.path).startsWith(`${eachDirOf(other.tag)}/`))).map(({ tag }) => tag), ...ownersOfHidden({ project, spec })];
const ownersOfHidden = ({ project, spec }: Pick<Change, "project" | "spec">): number[] => spec.reads.flatMap((read) => (read.kind === "hidden" ? [ownerOf(project, read.path)?.tag ?? -1] : []));
const earlier = ({ project, spec }: Change): number[] => lasting(project).filter((other) => other.tag < spec.tag).map((other) => other.tag);

/** A path is no output any more: nobody may read it behind tg's back or delete it. */
function forget(project: Project, paths: readonly string[]): void {
  for (const spec of project.tasks) {
    spec.reads = spec.reads.filter((read) => !(read.kind === "hidden" && paths.includes(read.path)));
    spec.deletes = spec.deletes.filter((path) => !paths.includes(path));
    spec.asks = spec.asks.filter((ask) => ask.kind !== "need" || !paths.includes(ask.what));
  }
}

function renamePath(project: Project, from: string, to: string): void {
  for (const spec of project.tasks) {
    spec.reads = spec.reads.map((read) => (read.kind !== "glob" && read.path === from ? { ...read, path: to } : read));
    spec.asks = spec.asks.map((ask) => (ask.kind === "need" && ask.what === from ? { ...ask, what: to } : ask));
    spec.deletes = spec.deletes.map((path) => (path === from ? to : path));
  }
}

function addRead(change: Change): string {
  const { project, prng, spec, sources } = change;
  const read = randomRead(project, prng, spec, sources);
  if (read === null || spec.inout.some((path) => (read.kind === "glob" ? path.startsWith(dirOf(read.pattern)) : read.path === path))) return "nothing";
  spec.reads.push(...(spec.each === null ? [read] : lenient([read])));
  return `adds input ${JSON.stringify(read)}`;
}

function dropRead({ prng, spec }: Change): string {
  if (spec.reads.length === 0) return "nothing";
  const read = prng.pick(spec.reads);
  spec.reads = spec.reads.filter((other) => other !== read);
  if (read.kind === "file") spec.deletes = spec.deletes.filter((path) => path !== read.path);
  return `drops input ${JSON.stringify(read)}`;
}

function changeGlob({ prng, spec }: Change): string {
  const at = spec.reads.findIndex((read) => read.kind === "glob" && /\.[ct]$/.test(read.pattern));
  const old = spec.reads[at];
  if (old?.kind !== "glob" || spec.inout.length > 0) return "nothing";
  spec.reads[at] = { ...randomGlob(prng, dirOf(old.pattern), old.pattern.slice(-2), false), ...(spec.each === null ? {} : { allowEmpty: true }) } as Read;
  return `changes pattern ${JSON.stringify(old)} to ${JSON.stringify(spec.reads[at])}`;
}

function extra({ project, prng, spec, sources }: Change): string {
  if (spec.extra.length > 0 && prng.chance(0.6)) {
    spec.extra = [];
    return "drops its unread inputs";
  }
  const formatted = project.tasks.flatMap((other) => other.inout);
  const free = sources.filter((path) => path.startsWith("inc/") && !formatted.includes(path));
  spec.extra = [prng.chance(0.4) || spec.each !== null || free.length === 0 ? "opt/*" : prng.pick(free)];
  return `declares ${spec.extra.join()} without reading it`;
}

function renameOut({ project, prng, spec }: Change): string {
  const at = spec.outs.findIndex((out) => out.kind === "file");
  const old = spec.outs[at];
  if (old?.kind !== "file") return "nothing";
  const to = `${old.path.replace(/_\d+(\.\w+)$/, "$1").replace(/(\.\w+)$/, "")}_${prng.int(1000)}${/\.\w+$/.exec(old.path)![0]}`;
  spec.outs[at] = { ...old, path: to };
  if (prng.chance(0.75)) renamePath(project, old.path, to);
  else forget(project, [old.path]);
  return `renames output ${old.path} to ${to}`;
}

function changeOuts({ project, prng, spec }: Change): string {
  if (spec.outs.length > 1 && prng.chance(0.5)) {
    const gone = prng.pick(spec.outs);
    spec.outs = spec.outs.filter((out) => out !== gone);
    if (gone.kind === "file") forget(project, [gone.path]);
    return `drops output ${JSON.stringify(gone)}`;
  }
  if (spec.outs.length === 0) return "nothing";
  const out = randomOut(project, prng, spec);
  spec.outs.push(out);
  return `adds output ${JSON.stringify(out)}`;
}

/** Who would read what a task makes there: by name, by pattern, unseen or by asking. */
function readersOf(project: Project, out: Out): Spec[] {
  const at = out.kind === "glob" ? out.dir : out.path;
  const meets = (path: string): boolean => path === at || path.startsWith(`${at}/`);
  const overlaps = (pattern: string): boolean => `${at}/`.startsWith(`${dirOf(pattern)}/`) || meets(dirOf(pattern));
  return project.tasks.filter((spec) => spec.reads.some((read) => (read.kind === "glob" ? overlaps(read.pattern) : meets(read.path))) || spec.asks.some((ask) => (ask.kind === "glob" ? overlaps(ask.what) : ask.kind === "need" && meets(ask.what))));
}

/** May `spec` make it instead of who does? Who reads it comes later, and needs somebody who always makes it if it cannot say so. */
function mayMake(project: Project, spec: Spec, out: Out): boolean {
  const path = out.kind === "file" ? out.path : "";
  const unseen = project.tasks.filter((other) => other.reads.some((read) => read.kind === "hidden" && read.path === path) || other.asks.some((ask) => ask.kind === "need" && ask.what === path));
  return readersOf(project, out).every((reader) => reader.tag > spec.tag) && (unseen.length === 0 || (spec.when && spec.onlyIf === "" && !spec.allow && !spec.name.includes("[")));
}

/** Whoever finds it by a depfile is ordered after who makes it now. */
function handOver(project: Project, spec: Spec, out: Out): void {
  spec.outs.push(out);
  for (const other of project.tasks) if (out.kind === "file" && other.reads.some((read) => read.kind === "hidden" && read.path === out.path) && !other.after.includes(spec.tag)) other.after.push(spec.tag);
}

const sameShape = (a: Out, b: Out): boolean => a.kind === b.kind && (a.kind !== "file" || b.kind !== "file" || (a.role === b.role && a.optional === b.optional && a.link === b.link));

/** What one task made another makes from now on: given away, swapped, or left for another place. */
function moveOut({ project, prng, spec: drawn }: Change): string {
  // Who has a pattern is drawn too rarely: its members are the ones that may stay behind.
  const patterned = lasting(project).filter((one) => one.outs.some((out) => out.kind === "glob"));
  const spec = patterned.length > 0 && prng.chance(0.4) ? prng.pick(patterned) : drawn;
  const others = lasting(project).filter((other) => other !== spec && !other.barrier && other.outs.length > 0);
  if (spec.each !== null || spec.outs.length === 0 || others.length === 0) return "nothing";
  const patterns = spec.outs.filter((one) => one.kind === "glob");
  const out = prng.pick(patterns.length > 0 && prng.chance(0.5) ? patterns : spec.outs);
  const other = prng.pick(others);
  if (!mayMake(project, other, out)) return "nothing";
  const theirs = other.outs.find((one) => sameShape(one, out));
  const kind = theirs === undefined ? "give" : prng.pick(["give", "swap", "follow"]);
  if (theirs !== undefined && kind === "swap" && !mayMake(project, spec, theirs)) return "nothing";
  spec.outs = spec.outs.filter((one) => one !== out);
  handOver(project, other, out);
  if (theirs !== undefined && kind === "swap") {
    other.outs = other.outs.filter((one) => one !== theirs);
    handOver(project, spec, theirs);
  }
  if (kind === "follow" && out.kind === "file") spec.outs.push({ ...out, path: `out/t${spec.tag}x${1000 + prng.int(1000)}${/\.\w+$/.exec(out.path)?.[0] ?? ""}` });
  if (spec.outs.length + spec.inout.length === 0) {
    spec.depfile = false;
    spec.reads = spec.reads.filter((read) => read.kind !== "hidden");
  }
  if (!spec.outs.some((one) => one.kind !== "file")) spec.incremental = false;
  return `${kind}: ${JSON.stringify(out)} of ${spec.name} is ${other.name}'s now${kind === "swap" ? ` for ${JSON.stringify(theirs)}` : ""}`;
}

function toggleRole({ project, spec }: Change): string {
  const deleted = project.tasks.flatMap((other) => other.deletes);
  const at = spec.outs.findIndex((out) => out.kind === "file" && !out.optional && out.link !== true && !deleted.includes(out.path));
  const old = spec.outs[at];
  if (old?.kind !== "file") return "nothing";
  const hidden = project.tasks.some((other) => other.reads.some((read) => read.kind === "hidden" && read.path === old.path));
  if (hidden || (!project.asksMiddles && project.tasks.some((other) => other.asks.some((ask) => ask.kind === "need" && ask.what === old.path)))) return "nothing";
  spec.outs[at] = { ...old, role: old.role === "output" ? "intermediate" : "output" } satisfies Out;
  return `turns ${old.path} from ${old.role} into the other`;
}

const isLikeMember = (out: Out): boolean => out.kind === "file" && out.role === "output" && !out.optional && out.link !== true && /\/p\d\.gen$/.test(out.path);

/** What a pattern claimed is named from now on, and back. Nobody names a member: it may not be made. */
function toggleKind({ project, prng, spec: drawn }: Change): string {
  const isIt = (out: Out): boolean => out.kind === "glob" || isLikeMember(out);
  const able = lasting(project).filter((one) => one.outs.some(isIt));
  const spec = able.length > 0 && prng.chance(0.7) ? prng.pick(able) : drawn;
  const at = spec.outs.findIndex(isIt);
  const old = spec.outs[at];
  if (old === undefined || old.kind === "tree") return "nothing";
  if (old.kind === "glob") {
    const path = `${old.dir}/p${prng.pick([0, 4, 6, 6, 7])}.gen`;
    spec.outs[at] = { kind: "file", path, optional: false, role: "output" };
    if (!spec.outs.some((one) => one.kind !== "file")) spec.incremental = false;
    return `of ${spec.name} names ${path} instead of a pattern`;
  }
  forget(project, [old.path]);
  for (const other of project.tasks) other.reads = other.reads.filter((read) => read.kind !== "file" || read.path !== old.path);
  spec.outs[at] = { kind: "glob", dir: dirname(old.path) };
  return `of ${spec.name} has a pattern instead of ${old.path}`;
}

function changeEdges(change: Change): string {
  const { prng, spec } = change;
  const tags = earlier(change);
  const kept = keptEdges(change);
  const kind = prng.pick(["deps", "after", "validate"] as const);
  const have = spec[kind].filter((tag) => !kept.includes(tag));
  if (have.length > 0 && prng.chance(0.5)) spec[kind] = spec[kind].filter((tag) => tag !== prng.pick(have) || kept.includes(tag));
  else if (tags.length > 0) spec[kind] = [...new Set([...spec[kind], prng.pick(tags)])];
  return `${kind} are now ${spec[kind].join()}`;
}

function toggleFlag({ project, prng, spec }: Change): string {
  if (project.chains && mayBeChain(project, spec) && prng.chance(0.5)) return `chained is now ${(spec.chained = !spec.chained)}`;
  if (project.chains && spec.fn && prng.chance(0.3)) return `alone in its process is now ${(spec.isolated = !spec.isolated)}`;
  const flag = prng.pick(["shell", "strip", "keep"] as const);
  if ((flag === "strip" && spec.inout.length > 0) || (flag === "shell" && spec.fn)) return "nothing";
  spec[flag] = !spec[flag];
  return `${flag} is now ${spec[flag]}`;
}

function toggleDepfile({ spec }: Change): string {
  if (spec.outs.length === 0 || spec.deletes.length > 0) return "nothing";
  spec.depfile = !spec.depfile;
  if (!spec.depfile) spec.reads = spec.reads.filter((read) => read.kind !== "hidden");
  return `depfile is now ${spec.depfile}`;
}

function changeEnv({ prng, spec }: Change): string {
  if (Object.keys(spec.envValues).length > 0) spec.envValues = { MIXSET: `v${prng.int(9)}` };
  else spec.env = prng.some(ENV_NAMES, prng.int(3));
  return `env is now ${JSON.stringify([spec.env, spec.envValues])}`;
}

/** A file that may be missing must not be read by somebody who cannot say so. */
function isHiddenMaker(project: Project, spec: Spec): boolean {
  return project.tasks.some((other) => other.reads.some((read) => read.kind === "hidden" && ownerOf(project, read.path) === spec));
}

const CHANGES: Readonly<Record<string, (change: Change) => string>> = {
  salt: ({ prng, spec }) => (spec.salt = `s${prng.int(1000)}`),
  addRead, dropRead, changeGlob, extra, renameOut, changeOuts, moveOut, toggleRole, toggleKind, changeEdges, toggleFlag, toggleDepfile, changeEnv,
  returns: ({ project, prng, spec }) => (spec.fn && !makesList(project, spec) ? `returns ${(spec.returns = prng.pick(["", "value", "list"]))}` : "nothing"),
  ask: ({ project, prng, spec, sources }) => {
    if (!spec.fn) return "nothing";
    if (spec.asks.length > 0 && prng.chance(0.4)) {
      const gone = spec.asks.splice(prng.int(spec.asks.length), 1);
      needFamilies(project, spec);
      return `asks no more ${JSON.stringify(gone)}`;
    }
    return `asks ${JSON.stringify(addQuestion(project, prng, spec, sources))}`;
  },
  params: ({ prng, spec }) => `parameters are now ${(spec.params = prng.some(Object.keys(PARAMS), prng.int(3))).join()}`,
  cwd: ({ prng, spec }) => `cwd is now ${(spec.cwd = prng.pick(["", "work", "work/deep"]))}`,
  rsp: ({ prng, spec }) => (spec.rsp === null && prng.chance(0.7) ? "nothing" : (spec.rsp = `rsp ${prng.int(100)}`)),
  retries: ({ prng, spec }) => `retries are now ${(spec.retries = prng.int(3))}`,
  leave: ({ project, spec }) => isHiddenMaker(project, spec) || makesList(project, spec) ? "nothing" : `may fail is now ${(spec.allow = !spec.allow)}`,
  when: ({ project, prng, spec }) => project.asksWhen && mayBeAsked(project, spec) && prng.chance(0.8) ? `only if ${(spec.onlyIf = spec.onlyIf !== "" && prng.chance(0.4) ? "" : randomOnlyIf(prng)) || "nothing is asked"}` : isHiddenMaker(project, spec) || makesList(project, spec) ? "nothing" : `when is now ${(spec.when = !spec.when || prng.chance(0.5))}`,
  drift: ({ prng, spec }) => `drift is now ${(spec.drift = prng.pick(["rebuild", "keep", "error"]))}`,
  temp: ({ spec }) => `goes after use is now ${(spec.temp = !spec.temp)}`,
  timeout: ({ spec }) => (spec.fn ? "nothing" : `limited is now ${(spec.timeout = !spec.timeout)}`),
  alone: ({ spec }) => `alone is now ${(spec.alone = !spec.alone)}`,
  stored: ({ spec }) => `results kept is now ${(spec.stored = !spec.stored && !spec.incremental)}`,
  always: ({ prng, spec }) => `always is now ${(spec.always = prng.chance(0.2))}`,
  describe: ({ prng, spec }) => (spec.description = `text ${prng.int(100)}`),
  rename: ({ project, prng, spec }) => (spec.each !== null || makesList(project, spec) ? "nothing" : spec.name = `${prng.pick(["n", "lib/n", "n "])}${spec.tag}_${prng.int(1000)}`),
};

const WEIGHTS = { salt: 2, addRead: 2, dropRead: 1, changeGlob: 1, extra: 1.5, renameOut: 1.5, changeOuts: 1.5, moveOut: 4, toggleRole: 1, toggleKind: 1.5, changeEdges: 2, toggleFlag: 1, toggleDepfile: 0.7, returns: 0.7, ask: 1.5, params: 0.7, changeEnv: 1, cwd: 1, rsp: 1, always: 0.3, stored: 0.5, retries: 0.5, alone: 0.3, leave: 0.5, when: 0.6, drift: 0.4, temp: 0.5, timeout: 0.3, describe: 0.5, rename: 1.5 };

const makesList = (project: Project, spec: Spec): boolean => project.tasks.some((other) => other.from === spec.tag);

/** A family over a list goes as a whole, and with who makes the list. */
function removeTask(project: Project, prng: Prng, gone: Spec = prng.pick(project.tasks)): string {
  const families = project.tasks.filter((spec) => spec.from !== null && (spec === gone || spec.from === gone.tag || gone.each?.family === spec.tag));
  const also = project.tasks.filter((spec) => spec !== gone && (families.includes(spec) || families.some(({ tag }) => spec.each?.family === tag)));
  return [gone, ...also].map((spec) => removeOne(project, prng, spec)).join("; ");
}

function removeOne(project: Project, prng: Prng, gone: Spec): string {
  project.tasks = project.tasks.filter((spec) => spec !== gone);
  forget(project, literalOuts(gone));
  const lost = gone.outs.map((out) => (out.kind === "glob" ? out.dir : out.path));
  const keepReaders = prng.chance(0.3);
  for (const spec of project.tasks) {
    for (const kind of ["deps", "after", "validate"] as const) spec[kind] = spec[kind].filter((tag) => tag !== gone.tag);
    spec.asks = spec.asks.filter((ask) => ask.kind !== "task" || ask.tag !== gone.tag);
    if (!keepReaders) spec.reads = spec.reads.filter((read) => !lost.some((path) => (read.kind === "glob" ? dirOf(read.pattern) : read.path).startsWith(path)));
  }
  return `remove task ${gone.name}${keepReaders ? " but not its readers" : ""}`;
}

/** What is given with `--param`: something that a task declares, as a rule. */
function changeParam(project: Project, prng: Prng): string {
  const declared = [...new Set(project.tasks.flatMap((spec) => spec.params))];
  if (declared.length === 0) return "no parameter";
  const name = prng.pick(declared);
  if (prng.chance(0.3)) delete project.params[name];
  else project.params[name] = prng.pick(PARAMS[name]!.texts);
  return `parameter ${name}=${project.params[name] ?? "(not given)"}`;
}

/** A hook comes, goes or changes; one that fails is mended, as a rule. */
function changeHook(project: Project, prng: Prng): string {
  const able = project.tasks.filter(mayHook);
  const called = project.hookFns && prng.chance(0.4) ? able.filter(hooksAreCalls) : [];
  if (called.length > 0) {
    const one = prng.pick(called);
    const which = one.afterRun === "" || prng.chance(0.3) ? "before" : "afterRun";
    return `function ${which} of ${one.name} is now ${(one[which] = randomHook(prng))}`;
  }
  const sick = able.filter((spec) => spec.before.startsWith("FAIL") || spec.afterRun.startsWith("FAIL"));
  const spec = prng.pick(sick.length > 0 && prng.chance(0.6) ? sick : able);
  const more = project.hookFns ? prng.int(10) : 9;
  if (more === 0) return `what comes before ${spec.name} takes values is now ${(spec.beforeTakes = !spec.beforeTakes)}`;
  if (more === 1) return `hooks of ${spec.name} in the config is now ${(spec.hookInConfig = !spec.hookInConfig)}`;
  if (project.hookFns && prng.chance(0.3)) return `hooks of ${spec.name} as functions is now ${(spec.hookFn = !spec.hookFn)}`;
  const hook = spec.before.startsWith("FAIL") ? "before" : spec.afterRun.startsWith("FAIL") ? "afterRun" : prng.pick(["before", "afterRun"] as const);
  return `${hook} of ${spec.name} is now ${(spec[hook] = prng.chance(0.2) ? "" : randomHook(prng)) || "nothing"}`;
}

/** A task comes into a sequence behind another one, or leaves it. */
function changeSequence(project: Project, prng: Prng): string {
  const able = lasting(project).filter((spec) => mayBeInSequence(project, spec));
  const standing = able.filter((spec) => followed(project, spec) !== undefined);
  if (standing.length > 0 && prng.chance(0.4)) {
    const spec = prng.pick(standing);
    if (!ownersOfHidden({ project, spec }).includes(spec.follows!)) spec.after = spec.after.filter((tag) => tag !== spec.follows);
    spec.follows = null;
    return `${spec.name} follows nobody now`;
  }
  const spec = prng.pick(able.filter((one) => followed(project, one) === undefined));
  const free = able.filter((one) => one.tag < (spec?.tag ?? 0) && !standing.some(({ follows }) => follows === one.tag));
  if (free.length === 0) return "nothing";
  const before = prng.pick(free);
  follow(spec, before);
  return `${spec.name} follows ${before.name} now`;
}

/** Makes one edit of the definition (in memory) and says what it was. */
export function redefine(project: Project, prng: Prng, sources: readonly string[]): string {
  const makers = project.tasks.filter((spec) => makesList(project, spec));
  const kind = prng.weighted({ change: 12, env: 2, param: 2, comment: 0.7, enough: familiesOf(project).size > 0 ? 1.5 : 0, list: makers.length > 0 ? 2 : 0, order: 0.7, sequence: project.sequences ? 3 : 0, streams: project.streams ? 4 : 0, runs: project.runs ? 2 : 0, halves: project.halves ? 1 : 0, rate: project.rates ? 1 : 0, tools: project.tools ? 2 : 0, hook: project.hooks && project.tasks.some(mayHook) ? (project.hookFns ? 5 : 2.5) : 0, add: 2, remove: project.tasks.length > 2 ? 1.5 : 0 });
  if (kind === "env") {
    const name = prng.pick(ENV_NAMES);
    // From unset to empty and back, above all: that is the smallest difference.
    const [unset, empty] = project.env[name] === undefined ? [0, 0.6] : project.env[name] === "" ? [0.6, 0] : [0.3, 0.2];
    if (prng.chance(unset)) delete project.env[name];
    else project.env[name] = prng.chance(empty) ? "" : `e${prng.int(100)}`;
    return `environment ${name}=${project.env[name] ?? "(unset)"}`;
  }
  if (kind === "list") {
    const maker = prng.pick(makers);
    return `another list of ${maker.name}: ${(maker.salt = `s${prng.int(1000)}`)}`;
  }
  if (kind === "enough") {
    const families = familiesOf(project);
    const family = prng.pick(project.tasks.filter((spec) => families.has(spec.name)));
    return `of ${family.name} enough is now ${(family.minSuccess = randomMinSuccess(prng)) ?? "all"}`;
  }
  if (kind === "param") return changeParam(project, prng);
  if (kind === "comment" && prng.chance(0.5)) return `comment in the helper ${(project.helperComment = `c${prng.int(1000)}`)}`;
  if (kind === "comment") return `comment in the config ${(project.comment = `c${prng.int(1000)}`)}`;
  if (kind === "hook") return changeHook(project, prng);
  if (kind === "rate") {
    const spec = prng.pick(project.tasks);
    return spec.barrier ? "nothing" : `rate of ${spec.name} is now ${(spec.rate = randomRate(prng)) || "none"}`;
  }
  if (kind === "runs") {
    const spec = prng.pick(project.tasks);
    return `${spec.name} ${followRuns(project, prng, spec)}`;
  }
  if (kind === "halves") {
    const spec = prng.pick(project.tasks);
    return spec.barrier ? "nothing" : `what ${spec.name} leaves when it fails stays is now ${(spec.keepsHalves = !spec.keepsHalves)}`;
  }
  if (kind === "streams") {
    const spec = prng.pick(project.tasks);
    return spec.barrier ? "nothing" : `${spec.name} ${changeStreams(prng, spec)}`;
  }
  if (kind === "tools") {
    const spec = prng.pick(project.tasks);
    return spec.barrier ? "nothing" : `${spec.name} ${changeTools(prng, spec)}`;
  }
  if (kind === "sequence") return changeSequence(project, prng);
  if (kind === "order") {
    project.tasks = prng.shuffle(project.tasks);
    return "other order of tasks";
  }
  if (kind === "add") {
    const spec = randomTask(project, prng, sources);
    if (project.runs && prng.chance(0.4)) followRuns(project, prng, spec);
    project.tasks.push(spec);
    return `add task ${spec.name} ${JSON.stringify(spec)}`;
  }
  if (kind === "remove") return removeTask(project, prng);
  const working = project.tasks.filter((spec) => !spec.barrier);
  const spec = prng.pick(working.length > 0 ? working : project.tasks);
  if (spec.barrier) return "nothing";
  const drawn = prng.weighted(WEIGHTS);
  // Little else of a text that tg writes can change.
  const change = workOf(project, spec)?.op === "write" && spec.tag % 2 === 0 ? "salt" : drawn;
  const { name } = spec;
  return `task ${name} ${change}: ${CHANGES[change]!({ project, prng, spec, sources })}`;
}

/** Edits an output by hand and takes its task, or only its place, out of the definition: it is the person's now. */
export function orphan(scene: Scene, prng: Prng): string {
  const { project } = scene;
  const makers = project.tasks.flatMap((spec) => spec.outs.flatMap((out) => (out.kind === "file" && existsSync(`${scene.root}/${out.path}`) ? [{ spec, path: out.path }] : [])));
  if (makers.length === 0 || project.tasks.length < 3) return "nothing to orphan";
  const { spec, path } = prng.pick(makers);
  const text = `hand ${prng.int(1000)}`;
  writeAt(scene, path, text);
  if (prng.chance(0.5) && spec.outs.length > 1) {
    spec.outs = spec.outs.filter((out) => out.kind !== "file" || out.path !== path);
    forget(project, [path]);
    return `edit ${path}: ${text}; it is no output of ${spec.name} any more`;
  }
  return `edit ${path}: ${text}; ${removeTask(project, prng, spec)}`;
}

/** Makes the definition wrong: the build must end with 2 and touch nothing. */
export function spoil(project: Project, prng: Prng): string | null {
  const kind = prng.pick(["unknown", "cycle", "twice"]);
  // What a family over a list needs is not said by hand.
  const tasks = lasting(project).filter((one) => one.from === null);
  const spec = prng.pick(tasks);
  if (kind === "unknown") {
    spec.deps = [...spec.deps, 99999];
    return `task ${spec.name} depends on an unknown one`;
  }
  if (kind === "cycle") {
    const user = tasks.find((other) => other.deps.length > 0);
    const needed = tasks.find((other) => other.tag === user?.deps[0]);
    if (user === undefined || needed === undefined) return null;
    needed.deps = [...needed.deps, user.tag];
    return `cycle through ${user.name} and ${needed.name}`;
  }
  const maker = tasks.find((other) => other.outs.some((out) => out.kind === "file"));
  const other = tasks.find((o) => o !== maker && o.outs.length > 0);
  const out = maker?.outs.find((o) => o.kind === "file");
  if (other === undefined || out === undefined) return null;
  other.outs = [...other.outs, out];
  return `${other.name} makes an output of ${maker!.name} too`;
}
