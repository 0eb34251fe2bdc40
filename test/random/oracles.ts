// What must hold after a step. Each oracle takes facts and returns what is wrong, in words.
import { claims, depsOf, gates, hasOutputs, mayMatch, ownerOf } from "./claims.ts";
import { Evaluator } from "./evaluator.ts";
import type { Forecast, Wish } from "./evaluator.ts";
import { mayFail } from "./config.ts";
import { hooksAreCalls, mayFailBefore } from "./fn.ts";
import { middlesOf } from "./project.ts";
import { keepsHalves } from "./works.ts";
import type { Project, Spec } from "./project.ts";
import type { Built, Standing } from "./subject.ts";
import { outputIdentity, put } from "./tree.ts";
import type { Tree } from "./tree.ts";

const nameOf = (project: Project, tag: number): string => project.tasks.find((spec) => spec.tag === tag)?.name ?? `T${tag}`;

type Told = readonly { readonly code: string; readonly subject?: string; readonly task?: string }[];

/** What has been done for a task that ran is no reason to run once more. */
const DONE: ReadonlySet<string> = new Set(["forced", "always"]);

/** Who makes what a reason is about: the task that it names, who makes the file, or what a function asked for. */
function makersToldOf(project: Project, { code, task, subject = "" }: Told[number]): Spec[] {
  const named = (name: string): Spec[] => project.tasks.filter((spec) => spec.name === name);
  if (task !== undefined) return named(task);
  const [kind, what] = [subject.slice(0, subject.indexOf(" ")), subject.slice(subject.indexOf(" ") + 1)];
  if (code === "need-changed" && kind === "glob") return project.tasks.filter((spec) => mayMatch(what, spec));
  const asked = code === "need-changed" && kind === "need" ? what : subject;
  const found = asked === subject ? [] : named(asked);
  const owner = ownerOf(project, asked);
  return found.length > 0 ? found.flatMap((spec) => (spec.barrier ? depsOf(project, spec) : [spec])) : owner === undefined ? [] : [owner];
}

/**
 * Exactly the tasks that must run ran, each once; a maker again only as often as readers deleted what it had made, and who had
 * read such a file without saying so while it was made again; or who stands below an incremental task that began anew for it.
 */
export function checkRuns(project: Project, forecast: Forecast, built: Pick<Built, "ran" | "restored" | "events">): string[] {
  const { ran, restored } = built;
  const starts = (tag: number): Built["events"] => built.events.filter((event) => event.event === "task-started" && event.task === nameOf(project, tag));
  const told = (tag: number): string => starts(tag).map((event) => JSON.stringify(event.reasons ?? [])).join(", then ");
  const count = (tag: number): number => ran.filter((other) => other === tag).length;
  // What was fresh, and is made for a reader that a list has brought, runs once: its file is made again all the same.
  const isMadeAnew = (tag: number): boolean => count(tag) > 1 || told(tag).includes('"needed-by"');
  const isRemade = (reasons: readonly { readonly code: string; readonly subject?: string }[] = []): boolean => {
    const maker = reasons.length === 1 && reasons[0]!.code === "input-changed-during-run" ? ownerOf(project, reasons[0]!.subject ?? "") : undefined;
    return maker !== undefined && isMadeAnew(maker.tag);
  };
  const hasBegunAnew = project.tasks.some(({ tag, incremental }) => incremental && isMadeAnew(tag));
  const isBelowRemade = (reasons: Told = []): boolean =>
    hasBegunAnew && reasons.some(({ code }) => !DONE.has(code)) && reasons.every((reason) => DONE.has(reason.code) || makersToldOf(project, reason).some(({ tag }) => isMadeAnew(tag)));
  const wrong: string[] = [];
  for (const tag of new Set(ran)) {
    const spec = project.tasks.find((one) => one.tag === tag);
    const middles = spec === undefined ? [] : middlesOf(spec);
    const removals = built.events.filter((event) => event.event === "temp-removed" && event.task === spec?.name).length;
    const deletions = removals + project.tasks.filter((other) => other.deletes.some((path) => middles.includes(path))).reduce((sum, other) => sum + count(other.tag) - restored.filter((one) => one === other.tag).length, 0);
    const due = forecast.must.has(tag) || forecast.may.has(tag);
    const remakes = starts(tag).filter((event) => isRemade(event.reasons as readonly { code: string; subject?: string }[] | undefined)).length;
    const retries = (spec?.retries ?? 0) + remakes + starts(tag).slice(due ? 1 : 0).filter((event) => isBelowRemade(event.reasons as Told | undefined)).length;
    const again = starts(tag).slice((due ? 1 : 0) + retries).filter((event) => !JSON.stringify(event.reasons).includes('"needed-by"'));
    if (!due && deletions === 0 && !starts(tag).every((event) => isBelowRemade(event.reasons as Told))) wrong.push(`${nameOf(project, tag)} ran without need: ${told(tag)}`);
    if (count(tag) > (due ? 1 : 0) + deletions + retries) wrong.push(`${nameOf(project, tag)} ran ${count(tag)} times, its intermediates were deleted ${deletions} times: ${told(tag)}`);
    else if (again.length > 0) wrong.push(`${nameOf(project, tag)} ran again though nobody needed it: ${told(tag)}`);
  }
  // Where others failed, a build that does not keep going gives further attempts up.
  const givenUp = (name: string): boolean => forecast.failed.size > 1 && built.events.some((event) => event.event === "task-ended" && event.task === name && event.outcome === "cancelled");
  for (const { tag, name, retries } of project.tasks) if (forecast.failed.has(tag) && !givenUp(name) && !forecast.refused.has(tag) && !forecast.stopped.has(tag) && count(tag) < 1 + retries) wrong.push(`${name} failed after ${count(tag)} attempts, it has ${1 + retries}`);
  for (const [tag, why] of forecast.must) if (!ran.includes(tag) && !forecast.refused.has(tag)) wrong.push(`${nameOf(project, tag)} did not run: ${why}`);
  return wrong;
}

/** What hooks that are functions leave in their folder goes with success. `folders`: by a task's name, or what of it can be read and a hash. */
export function checkScratch(project: Project, built: Pick<Built, "events">, folders: readonly string[]): string[] {
  const isThere = (name: string): boolean => folders.some((folder) => folder === name || folder.startsWith(`${name.replace(/[^A-Za-z0-9_.-]+/g, "-")}~`));
  const last = new Map(built.events.filter(({ event, outcome }) => event === "task-ended" && outcome !== "fresh").map(({ task, outcome }) => [task, outcome]));
  return project.tasks.filter((spec) => hooksAreCalls(spec) && last.get(spec.name) === "ran" && isThere(spec.name)).map(({ name }) => `${name} has left its folder`);
}

/** Exactly those were left out that would have started and say so; in a build that ends early some may not have been asked. */
export function checkLeftOut(project: Project, forecast: Forecast, built: Pick<Built, "events">): string[] {
  if (built.events.length === 0 || forecast.exit === 2) return [];
  const told = new Set(built.events.flatMap((event) => (event.event === "task-ended" && event.outcome === "skipped" ? [event.task] : [])));
  const wrong: string[] = [];
  for (const { tag, name, when } of project.tasks) {
    if (!when) continue;
    const why = forecast.leftOut.get(tag);
    if (why !== undefined && why !== "may" && !told.has(name)) wrong.push(`${name} was not left out: ${why}`);
    if (why === undefined && told.has(name)) wrong.push(`${name} was left out`);
  }
  return wrong;
}

/** Compared: all files, and the folders of owned trees. */
function comparable(project: Project, tree: Tree, excused: ReadonlySet<number>): Map<string, string> {
  const seen = new Map<string, string>();
  for (const [path, node] of tree) {
    if (/^(dep|rsp)\//.test(path)) continue;
    const owner = ownerOf(project, path);
    if (owner !== undefined && excused.has(owner.tag)) continue;
    if (node.kind !== "dir" || (owner !== undefined && path.split("/").length > 2)) seen.set(path, outputIdentity(tree, path));
  }
  return seen;
}

export function checkTree(project: Project, forecast: Forecast, tree: Tree): string[] {
  const keeps = new Set(project.tasks.flatMap((spec) => (keepsHalves(project, spec) && !spec.incremental && forecast.started.has(spec.tag) ? [spec.tag] : [])));
  const excused = new Set([...[...forecast.failed].filter((tag) => !keeps.has(tag)), ...forecast.blocked]);
  const [due, is] = [comparable(project, forecast.tree, excused), comparable(project, tree, excused)];
  const wrong: string[] = [];
  const kept = project.tasks.flatMap((spec) => (spec.incremental ? spec.outs.flatMap((out) => (out.kind === "tree" ? [out.path] : [])) : []));
  for (const [path, node] of tree) if (node.kind === "file" && node.text === "half" && !project.tasks.some((spec) => claims(spec, path) && keepsHalves(project, spec)) && !kept.some((dir) => path.startsWith(`${dir}/`))) wrong.push(`${path} is a half of a failed task`);
  const deleted = project.tasks.flatMap((spec) => spec.deletes);
  for (const path of new Set([...due.keys(), ...is.keys()])) {
    if (deleted.includes(path) && (!due.has(path) || !is.has(path))) continue;
    if (due.get(path) !== is.get(path) && !forecast.loose.has(path)) wrong.push(`${path} is ${is.get(path) ?? "absent"}, should be ${due.get(path) ?? "absent"}`);
  }
  return wrong;
}

/** What a person's folder holds without anything tg made. */
function sourcesOnly(project: Project, tree: Tree): Tree {
  const kept: Tree = new Map();
  for (const [path, node] of tree) {
    const owner = ownerOf(project, path);
    if (node.kind !== "dir" && !/^(dep|rsp)\//.test(path) && (owner === undefined || owner.inout.includes(path))) put(kept, path, node);
  }
  return kept;
}

/** Everything there that the task claims. */
export function madeBy(spec: Spec, tree: Tree): Map<string, string> {
  return new Map([...tree.keys()].filter((path) => claims(spec, path)).map((path) => [path, outputIdentity(tree, path)]));
}

/** Tasks whose outputs may stand on what was there before, by leave of their declaration, and all that may read them. */
function withHistory(project: Project, also: (spec: Spec) => boolean): Set<Spec> {
  const found = new Set(project.tasks.filter((spec) => !spec.when || spec.drift !== "rebuild" || spec.incremental || also(spec)));
  for (let size = -1; size < found.size; ) {
    size = found.size;
    for (const spec of project.tasks) if (spec.asks.length > 0 ? found.size > 0 : gates(project, spec).some((gate) => found.has(gate))) found.add(spec);
  }
  return found;
}

/** Outputs equal those of a build from nothing; intermediates may be absent. */
export function checkClean(project: Project, forecast: Forecast, tree: Tree, { env, params }: Pick<Wish, "env" | "params">): string[] {
  const clean = new Evaluator().build(project, sourcesOnly(forecast.project, tree), { targets: [...forecast.wanted], force: false, keepGoing: true, env, params, ran: null, tolerated: forecast.tolerated });
  // What a skipped task made once, a pattern may still match; from nothing that is an error.
  // And what a task lacks that came into the build when it had begun, is known at once from nothing.
  if (clean.exit === 2 && (forecast.refused.size > 0 || project.tasks.some((spec) => !spec.when || spec.onlyIf !== ""))) return [];
  const wrong: string[] = [];
  const isOff = ({ onlyIf }: Spec): boolean => onlyIf !== "" && tree.has(onlyIf.replace("!", "")) === onlyIf.startsWith("!");
  // What is to come before it is no part of what it is made from.
  const excused = withHistory(project, (spec) => isOff(spec) || mayFailBefore(spec) || (keepsHalves(project, spec) && mayFail(project, spec)) || (forecast.refused.has(spec.tag) && mayFail(project, spec)));
  for (const spec of project.tasks.filter((s) => hasOutputs(s) && !excused.has(s) && forecast.wanted.has(s.tag) && !forecast.failed.has(s.tag) && !forecast.blocked.has(s.tag))) {
    if (clean.failed.has(spec.tag) || clean.blocked.has(spec.tag)) {
      wrong.push(`${spec.name} is good here but fails in a clean build`);
      continue;
    }
    const [due, is] = [madeBy(spec, clean.tree), madeBy(spec, tree)];
    const middles = middlesOf(spec);
    for (const path of new Set([...due.keys(), ...is.keys()])) {
      if (due.get(path) === is.get(path) || (middles.includes(path) && (!is.has(path) || !due.has(path)))) continue;
      wrong.push(`${path} of ${spec.name} is ${is.get(path) ?? "absent"}, a clean build gives ${due.get(path) ?? "absent"}`);
    }
  }
  return wrong;
}

/** What status said before agrees with what the build did. */
export function checkStatus(project: Project, forecast: Forecast, standing: ReadonlyMap<string, Standing>): string[] {
  const wrong: string[] = [];
  const idle = forecast.must.size + forecast.may.size + forecast.blocked.size + forecast.leftOut.size === 0;
  for (const spec of project.tasks) {
    const { state, reasons } = standing.get(spec.name) ?? { state: "missing", reasons: [] };
    if (spec.barrier || forecast.may.has(spec.tag) || forecast.asked.has(spec.tag) || forecast.unsteady.has(spec.tag) || forecast.leftOut.get(spec.tag) === "may" || !spec.when) continue;
    // It does not ask.
    const must = forecast.must.has(spec.tag) || forecast.leftOut.has(spec.tag);
    const idleHere = !must && !forecast.blocked.has(spec.tag);
    if (state === "missing") wrong.push(`status does not know ${spec.name}`);
    else if (state === "fresh" && must) wrong.push(`status said fresh of ${spec.name}, but: ${forecast.must.get(spec.tag)}`);
    else if (((state === "stale" && !forecast.mended.has(spec.tag)) || state === "failed") && idleHere) wrong.push(`status said ${state} of ${spec.name}, but it need not run: ${JSON.stringify(reasons)}`);
    else if (state !== "fresh" && idle) wrong.push(`status said ${state} of ${spec.name}, but nothing is to be done: ${JSON.stringify(reasons)}`);
    else if (state !== "fresh" && reasons.length === 0) wrong.push(`status said ${state} of ${spec.name} without a reason`);
  }
  return wrong;
}

/** Events tell the same story as mix's own log, and the counts are those of tasks. */
export function checkEvents(project: Project, built: Built): string[] {
  if (built.events.length === 0) return [];
  const wrong: string[] = [];
  const counts = built.events.find((event) => event.event === "build-ended")?.counts;
  // What ran, was to be made again and came to nothing is counted as that.
  const last = new Map(built.events.filter((e) => e.event === "task-ended" && e.outcome !== "fresh").map((e) => [e.task, e.outcome ?? ""]));
  if (counts !== undefined && counts.ran + counts.restored !== [...last.values()].filter((outcome) => ["ran", "restored"].includes(outcome)).length) wrong.push(`${counts.ran} tasks are said to have run: ${JSON.stringify(counts)}`);
  if (counts !== undefined && Object.values(counts).some((count) => count < 0)) wrong.push(`a count below nothing: ${JSON.stringify(counts)}`);
  const told = new Set(built.events.filter((e) => e.event === "task-ended" && ["ran", "restored", "failed", "tainted", "cancelled"].includes(e.outcome ?? "")).map((e) => e.task));
  for (const tag of new Set(built.ran)) if (!told.has(nameOf(project, tag))) wrong.push(`no event says that ${nameOf(project, tag)} ran`);
  for (const event of built.events) {
    if (event.event === "task-ended" && event.outcome === "ran" && !built.ran.some((tag) => nameOf(project, tag) === event.task)) wrong.push(`an event says that ${event.task} ran, but it did not`);
    if (event.event === "task-started" && (event.reasons ?? []).length === 0) wrong.push(`${event.task} started without a reason`);
  }
  return wrong;
}
