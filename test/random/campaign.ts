// One seed: a random project, steps of random edits and builds, every oracle after each. Each step draws from a
// generator of its own, so that steps can be dropped when a story is shortened.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { Evaluator, neverRan } from "./evaluator.ts";
import type { Forecast, Wish } from "./evaluator.ts";
import { nextTime } from "./coarse.ts";
import { editFiles } from "./edits.ts";
import { loosened } from "./config.ts";
import { harmResults, harmState } from "./harm.ts";
import { checkClean, checkEvents, checkLeftOut, checkRuns, checkScratch, checkStatus, checkTree, madeBy } from "./oracles.ts";
import { prngOf } from "./prng.ts";
import type { Prng } from "./prng.ts";
import { workOf } from "./works.ts";
import { addFinders, askMiddles, askSome, callMore, callSome, chainSome, eachDirOf, followSome, hookSome, keepSome, lasting, linkSome, middlesOf, paceSome, randomProject, sequenceSome, sourceText, streamSome } from "./project.ts";
import type { Project, Spec } from "./project.ts";
import { orphan, redefine, spoil } from "./redefine.ts";
import type { Scene } from "./scene.ts";
import { outputsOf, restoreSources, saveProject, sourcesOf, treeOf, writeAt, writeTool } from "./scene.ts";
import { affectedSince, checkAffected, commitOf, type Commit } from "./since.ts";
import { tagsOf, tagsWith, tolerated } from "./subject.ts";
import type { Built, BuildWish, Subject } from "./subject.ts";
import { declared, gates, inOrder, loadTroubles, ownerOf } from "./claims.ts";
import { toolSome } from "./tools.ts";
import type { Tree } from "./tree.ts";

export interface Campaign {
  readonly seed: number;
  readonly steps: number;
  /** Steps left out. */
  readonly skip: ReadonlySet<number>;
  readonly root: string;
  readonly mix: readonly string[];
  readonly open: (scene: Scene) => Subject;
  /** The folder is left as it is before the first build of this step; the run ends there. */
  readonly stopAt?: number;
  /** Some tasks may name tools. Not yet in a watch, which does not hear of every program that changes. */
  readonly tools: boolean;
  /** Every step after the first ends in kill -9. */
  readonly killOnly?: boolean;
  /** Takes what each build did and was expected to do. */
  readonly tell?: (line: string) => void;
}

export interface Mismatch {
  readonly step: number;
  readonly wrong: readonly string[];
}

export interface Report {
  readonly steps: number;
  readonly builds: number;
  readonly tasksRun: number;
  /** Builds that were killed before their end, and tasks that had ended then and were run again. */
  readonly kills: number;
  readonly repeated: number;
  readonly mismatch: Mismatch | null;
  /** One line per step: what was edited and how it was built. */
  readonly story: readonly string[];
  /** The build that was to come when `stopAt` was reached. */
  readonly stoppedBefore: BuildWish | null;
}

/** Somewhere a person may go back to. */
interface Place {
  readonly tree: Tree;
  readonly project: Project;
}

interface Run {
  readonly campaign: Campaign;
  readonly scene: Scene;
  readonly subject: Subject;
  judge: Evaluator;
  /** Before the last edits. */
  before: Place;
  /** As it stood before each step so far; empty where nobody goes back. */
  readonly past: Place[];
  readonly travels: boolean;
  /** What was known when the state folder was put aside; null: it is where it belongs. */
  aside: Evaluator | null;
  /** The last build was of everything and good. */
  settled: boolean;
  /** When everything was last fresh, if only edits came since. */
  commit: Commit | null;
  builds: number;
  tasksRun: number;
  /** Tags run by the last build, and by the first of the last two. */
  ranLast: readonly number[];
  /** The build before was answered by a look in passing. */
  inPassing: boolean;
  ranFirst: readonly number[];
  /** Builds that really were killed, and tasks that had to be repeated after them. */
  kills: number;
  repeated: number;
  stoppedBefore: BuildWish | null;
  readonly story: string[];
}

class Stop extends Error {}

function toWish(project: Project, wish: BuildWish, built: Pick<Built, "ran" | "restored" | "events"> | null): Wish {
  const started = built === null ? [] : built.ran.slice(0, built.ran.length - built.restored.length);
  const ranFor = (isNeeded: boolean): number[] => tagsWith(project, (built?.events ?? []).filter(({ reasons }) => JSON.stringify(reasons ?? []).includes('"needed-by"') === isNeeded), "ran");
  const onlyFor = (tag: number): boolean => (built?.events ?? []).every(({ event, task, reasons }) => event !== "task-started" || project.tasks.find(({ name }) => name === task)?.tag !== tag || (reasons ?? []).every((reason) => (reason as { code: string }).code === "needed-by"));
  return { targets: tagsOf(project, wish.targets), force: wish.force, keepGoing: wish.keepGoing, keepTemp: wish.keepTemp, env: wish.env, params: wish.params, ran: built === null ? null : new Set(built.ran), restored: new Set(built?.restored.filter((tag) => !started.includes(tag))), refused: new Set(tagsWith(project, built?.events ?? [], "failed")), ...(built === null || built.events.length === 0 ? {} : { tolerated: new Set(tolerated(project, built.events)) }), remade: new Set(ranFor(true).filter((tag) => ranFor(false).includes(tag))), forOthers: new Set(ranFor(true).filter((tag) => onlyFor(tag))), fresh: new Set(tagsWith(project, built?.events ?? [], "fresh")), leftOut: new Set(tagsWith(project, built?.events ?? [], "skipped")), cancelled: new Set(tagsWith(project, built?.events ?? [], "cancelled")) };
}

/** Only what somebody declares may be given. */
function givenParams(project: Project): Record<string, string> {
  const declared = new Set(lasting(project).flatMap((spec) => spec.params));
  return Object.fromEntries(Object.entries(project.params).filter(([name]) => declared.has(name)));
}

/** A file reported by a depfile taints if it is as young as the task's start: let the filesystem's clock tick first. */
function settleClock(scene: Scene): void {
  if (scene.project.tasks.some((spec) => spec.depfile)) nextTime(scene.root);
}

function tellBuilt(run: Run, built: Built, step: number): void {
  run.campaign.tell?.(`${step}: exit ${built.exit}, ran ${built.ran.join() || "nothing"}`);
  for (const event of built.events) if (event.event === "task-ended" || event.event === "task-judged") run.campaign.tell?.(`   ${event.event} ${event.task} ${event.outcome ?? ""} ${JSON.stringify(event.reasons)}`);
}

async function build(run: Run, wish: BuildWish, step: number): Promise<Built> {
  settleClock(run.scene);
  if (run.campaign.stopAt === step) {
    run.stoppedBefore = wish;
    throw new Stop();
  }
  const built = await run.subject.build(wish);
  tellBuilt(run, built, step);
  run.builds++;
  run.tasksRun += built.ran.length;
  return built;
}

/** Builds and holds the result against every oracle. */
async function buildAndCheck(run: Run, wish: BuildWish, step: number): Promise<{ wrong: string[]; forecast: Forecast }> {
  const { scene, judge, subject } = run;
  const { project } = scene;
  const tree = treeOf(scene);
  const bare = wish.targets === null && !wish.force && run.campaign.stopAt !== step;
  const standing = bare && loadTroubles(project, tree, project.tasks).length === 0 ? await subject.status(wish) : null;
  const wrong = standing !== null && JSON.stringify([...treeOf(scene)]) !== JSON.stringify([...tree]) ? ["status changed the tree"] : [];
  const affected = run.commit === null ? null : await affectedSince(scene, subject, run.commit, wish);
  run.commit = null;
  const built = await build(run, wish, step);
  if (affected !== null) wrong.push(...checkAffected(scene, affected, built));
  run.ranLast = built.ran;
  // A look in passing reads but a part of the state: damage in the other shows later.
  run.inPassing = built.stderr === "answered in passing";
  const after = treeOf(scene);
  const forecast = judge.build(project, tree, toWish(project, wish, built));
  for (const [tag, why] of forecast.must) run.campaign.tell?.(`   must T${tag}: ${why}`);
  run.campaign.tell?.(`   may ${[...forecast.may].join()}; failed ${[...forecast.failed].join()}; blocked ${[...forecast.blocked].join()}`);
  wrong.push(...forecast.wrong);
  if (built.exit !== forecast.exit) wrong.push(`exit ${built.exit}, should be ${forecast.exit}`);
  wrong.push(...built.broken, ...checkScratch(project, built, existsSync(`${scene.root}/.tg/scratch`) ? readdirSync(`${scene.root}/.tg/scratch`) : []), ...checkLeftOut(project, forecast, built), ...checkRuns(project, forecast, built), ...checkTree(project, forecast, after));
  if (forecast.exit !== 2) {
    wrong.push(...checkClean(project, forecast, after, wish), ...checkEvents(project, built));
    if (standing !== null) wrong.push(...checkStatus(project, forecast, standing));
  }
  if (wrong.length > 0 && built.stderr !== "") wrong.push(`stderr: ${built.stderr.slice(0, 2000)}`);
  run.settled = wish.targets === null && forecast.exit === 0;
  return { wrong, forecast };
}

function randomWish(run: Run, prng: Prng): BuildWish {
  const { project } = run.scene;
  // Members of families that need not all be good are worth being asked for alone.
  const members = [...loosened(project).keys()];
  const some = prng.chance(0.3) ? lasting(project).filter((spec) => members.includes(spec.tag)) : lasting(project);
  const targets = prng.chance(0.25) ? prng.some(some.length > 0 ? some : lasting(project), 1 + prng.int(2)).map((spec) => spec.name) : null;
  return { targets, force: prng.chance(0.06), keepGoing: prng.chance(0.6) || catches(project), jobs: 1 + prng.int(8), shuffle: prng.chance(0.2), keepTemp: run.subject.watches || prng.chance(0.1), env: { ...project.env }, params: givenParams(project) };
}

/** Whether a function that goes on without what it asked for was told of a failure or of a build that is ending, nobody can say. */
const catches = ({ tasks }: Project): boolean => tasks.some((spec) => spec.asks.some((ask) => ask.caught === true));

const plainWish = (run: Run): BuildWish => ({ targets: null, force: false, keepGoing: true, jobs: 4, shuffle: false, keepTemp: run.subject.watches, env: { ...run.scene.project.env }, params: givenParams(run.scene.project) });

const describe = (wish: BuildWish): string => `build${wish.targets === null ? "" : ` ${wish.targets.join(" ")}`}${wish.force ? " --force" : ""}${wish.keepGoing ? " -k" : ""} -j${wish.jobs}${wish.shuffle ? " --shuffle" : ""}${wish.keepTemp ? " --keep-temp" : ""}`;

/** Edits, build, and again: the second run finds nothing new. */
async function buildTwice(run: Run, wish: BuildWish, step: number): Promise<string[]> {
  run.story.push(`${step}: ${describe(wish)}`);
  const doubted = [...run.judge.memories.values()].flatMap(({ status, tag }) => (status === "unsure" ? [tag] : []));
  const first = await buildAndCheck(run, wish, step);
  run.ranFirst = run.ranLast;
  const wasInPassing = run.inPassing;
  if (first.wrong.length > 0 || first.forecast.exit === 2) {
    if (first.forecast.exit === 2) undo(run);
    return first.wrong;
  }
  const second = await buildAndCheck(run, { ...wish, force: false }, step);
  const makesMiddles = (tag: number): boolean => run.scene.project.tasks.some((spec) => spec.tag === tag && middlesOf(spec).length > 0);
  const idle = run.ranLast.filter((tag) => !second.forecast.must.has(tag) && !first.forecast.blocked.has(tag) && !makesMiddles(tag) && !(wasInPassing && doubted.includes(tag)));
  if (idle.length > 0) second.wrong.push(`T${idle.join(", T")} ran although nothing had changed`);
  if (run.settled && second.forecast.failed.size === 0) {
    run.commit = commitOf(run.scene, wish);
    run.subject.commit?.();
  }
  return second.wrong.map((text) => `second run: ${text}`);
}

function undo(run: Run): void {
  run.scene.project = structuredClone(run.before.project);
  restoreSources(run.scene, run.before.tree);
  saveProject(run.scene);
}

function edit(run: Run, prng: Prng, step: number): void {
  const { scene } = run;
  for (let i = 1 + (prng.chance(0.5) ? prng.int(3) : 0); i > 0; i--) {
    const text = prng.chance(scene.project.tasks.some((spec) => spec.stored) ? 0.15 : 0) ? harmResults(scene.root, prng) : prng.chance(0.05) ? orphan(scene, prng) : prng.chance(0.35) ? redefine(scene.project, prng, sourcesOf(scene, treeOf(scene))) : editFiles(scene, prng);
    run.story.push(`${step}: ${text}`);
  }
  saveProject(scene);
  if (!isDoubtful(scene, leftIn(run))) return;
  run.story.push(`${step}: undone`);
  undo(run);
}

/** What tasks made, nobody makes any more and nobody names: it goes before it can be read. */
function leftIn({ scene: { project }, judge }: Run): Set<string> {
  const named = new Set(project.tasks.flatMap((spec) => declared(spec).literals.map(({ path }) => path)));
  return new Set([...judge.memories.values()].flatMap(({ left }) => [...left.keys()].filter((path) => !named.has(path) && ownerOf(project, path) === undefined)));
}

/** Is there something missing that a list, were it made anew, might bring? Whether tg can say so before it starts hangs on whether the list is. */
function isDoubtful(scene: Scene, left: ReadonlySet<string> = new Set()): boolean {
  const { project } = scene;
  const tree = new Map([...treeOf(scene)].filter(([path]) => !left.has(path)));
  // Who asks for what is not there waits for all lists; those that come after it may be waiting for it.
  const asksBefore = (source: number): boolean => project.tasks.some((spec) => spec.tag < source && spec.asks.some((ask) => ask.kind === "need" && !tree.has(ask.what) && ownerOf(project, ask.what)?.each !== null));
  if (project.tasks.some(({ from }) => from !== null && asksBefore(from))) return true;
  const waiting = new Set(project.tasks.filter((spec) => spec.from !== null || spec.each !== null));
  if (waiting.size === 0) return false;
  for (const spec of inOrder(project)) if (gates(project, spec).some((gate) => waiting.has(gate))) waiting.add(spec);
  return loadTroubles(project, tree, waiting).length > 0;
}

/** Functions that have asked in vain for what a list may bring. */
function askersInVain({ scene: { project }, judge }: Run): Spec[] {
  const dirs = project.tasks.flatMap((spec) => (spec.from === null ? [] : [`${eachDirOf(spec.tag)}/`, `${spec.name}[`]));
  const isInVain = ([question, answer]: readonly [string, string]): boolean => answer === "-" && dirs.some((dir) => question.startsWith(`need ${dir}`));
  return lasting(project).filter((spec) => spec.when && judge.memories.get(spec.name)?.status === "ok" && judge.memories.get(spec.name)!.trace.some(isInVain));
}

/** Lists change, and nobody is built but who has asked in vain for what they may bring. */
function askAgain(run: Run, prng: Prng, step: number): BuildWish {
  const { scene } = run;
  for (const { from } of scene.project.tasks) for (const spec of scene.project.tasks.filter(({ tag }) => tag === from)) run.story.push(`${step}: another list of ${spec.name}: ${(spec.salt = `s${prng.int(1000)}`)}`);
  saveProject(scene);
  if (isDoubtful(scene, leftIn(run))) undo(run);
  return { ...plainWish(run), targets: [prng.pick(askersInVain(run)).name], jobs: 1 + prng.int(8) };
}

function damage(run: Run, prng: Prng): string {
  const text = harmState(run.scene.root, prng);
  run.judge.forget();
  return text;
}

/** Does what is in a folder rest on what was in it before? Then it must be known which runs were good. */
const rests = (project: Project): boolean => project.tasks.some((spec) => spec.incremental);

/** Nobody can say what tg knows of these tasks now. */
function doubt(run: Run, tags: readonly number[]): void {
  const { scene, judge } = run;
  const tree = treeOf(scene);
  for (const spec of scene.project.tasks.filter((one) => tags.includes(one.tag))) {
    // A new task that ran though it was to stand below a failure, as the edit had mended that.
    const known = judge.memories.get(spec.name) ?? { ...neverRan(spec), left: madeBy({ ...spec, inout: [] }, tree) };
    judge.memories.set(spec.name, { ...known, status: "unsure" });
  }
}

/** An edit of a file while a task runs: never recorded as fresh. */
async function editDuring(run: Run, prng: Prng, step: number): Promise<string[]> {
  const { scene, judge } = run;
  edit(run, prng, step);
  const wish = { ...plainWish(run), jobs: 1 + prng.int(4) };
  const tree = treeOf(scene);
  const guess = judge.clone();
  // Only what must run whatever else does: nothing that may run is taken to.
  const planned = guess.build(scene.project, tree, { ...toWish(scene.project, wish, null), ran: new Set() });
  // What tg does itself in a process of its own nobody can hold up.
  const isHeld = (spec: Spec): boolean => !run.subject.isProcess || workOf(scene.project, spec) === null;
  const victims = scene.project.tasks.filter((spec) => planned.must.has(spec.tag) && !planned.failed.has(spec.tag) && isHeld(spec));
  if (planned.exit === 2 || victims.length === 0 || rests(scene.project)) return buildTwice(run, wish, step);
  const victim = prng.pick(victims);
  const memory = guess.memories.get(victim.name)!;
  const files = sourcesOf(scene, tree).filter((path) => tree.get(path)!.kind === "file" && !scene.project.tasks.some((spec) => spec.inout.includes(path)));
  // A function that follows another member of a chain asks when the edit is over, and is told of it.
  const asksLater = victim.fn && victim.chained && victim.tag % 2 === 1;
  const own = files.filter((path) => memory.inputs.has(path) || memory.discovered.has(path) || (!asksLater && memory.trace.some(([question]) => question === `need ${path}`)));
  const found = own.filter((path) => !memory.inputs.has(path));
  const path = prng.pick(found.length > 0 && prng.chance(0.5) ? found : own.length > 0 && prng.chance(0.7) ? own : files);
  const text = sourceText(prng, path);
  run.story.push(`${step}: ${describe(wish)}; while ${victim.name} runs, write ${path}: ${text}`);
  const built = await build(run, { ...wish, hooks: new Map([[victim.tag, { path, text }]]) }, step);
  const forecast = judge.build(scene.project, tree, toWish(scene.project, wish, built));
  const changed = JSON.stringify(tree.get(path)) !== JSON.stringify({ kind: "file", text, exec: (tree.get(path) as { exec: boolean }).exec });
  const wrong: string[] = [];
  const edited = new Map(tree).set(path, { kind: "file", text, exec: (tree.get(path) as { exec: boolean }).exec });
  const sick = new Evaluator().build(scene.project, edited, { ...toWish(scene.project, wish, null), targets: null }).failed.size > 0;
  // A member of a chain that begins after the edit may fail by what it brought.
  const failed = sick && tagsWith(scene.project, built.events, "failed").includes(victim.tag);
  // Which members of a family fail by leave is luck: it may stand below another one.
  const blocked = forecast.blocked.has(victim.tag) && !built.ran.includes(victim.tag);
  if (own.includes(path) && changed && !blocked && !failed && !built.restored.includes(victim.tag) && built.ran.filter((tag) => tag === victim.tag).length < 2) wrong.push(`${path} changed while ${victim.name} ran, but it did not run again`);
  if (built.exit !== 0 && forecast.failed.size === 0 && !sick) wrong.push(`exit ${built.exit} after one edit during the run`, built.stderr.slice(0, 2000));
  if (wrong.length > 0) return wrong;
  doubt(run, [...built.ran, ...[...forecast.must.keys()].filter((tag) => !forecast.refused.has(tag))]);
  return (await buildTwice(run, plainWish(run), step)).map((line) => `after an edit during the build: ${line}`);
}

async function kill(run: Run, prng: Prng, step: number): Promise<string[]> {
  const { scene, judge } = run;
  edit(run, prng, step);
  const tree = treeOf(scene);
  if (loadTroubles(scene.project, tree, scene.project.tasks).length > 0 || rests(scene.project)) return buildTwice(run, plainWish(run), step);
  const wish = { ...plainWish(run), keepGoing: catches(scene.project), killAfterMs: prng.int(300) };
  run.story.push(`${step}: ${describe(wish)}, killed after ${wish.killAfterMs} ms`);
  const known = judge.clone();
  const built = await build(run, wish, step);
  const isKilled = built.exit === null;
  const forecast = judge.build(scene.project, tree, { ...toWish(scene.project, wish, built), ...(isKilled ? { killed: true } : {}) });
  judge.rememberLeftovers(known);
  // A task is noted as started, and what was edited of its outputs put away, before its command says a word and an event is told.
  const standing = isKilled ? await run.subject.status(wish) : null;
  const isBegun = ({ tag, name }: Spec): boolean => forecast.blocked.has(tag) && standing?.get(name)?.reasons.some((reason) => (reason as { code: string }).code === "interrupted") === true;
  doubt(run, [...built.ran, ...scene.project.tasks.filter(isBegun).map(({ tag }) => tag)]);
  const wrong = await buildTwice(run, plainWish(run), step);
  const again = built.ended.filter((tag) => run.ranFirst.includes(tag) && !scene.project.tasks.some((spec) => spec.tag === tag && (spec.always || judge.memories.get(spec.name)?.status === "failed")));
  if (!isKilled) return wrong.map((line) => `before kill -9: ${line}`);
  run.kills++;
  run.repeated += again.length;
  if (again.length > wish.jobs + 1) wrong.push(`${again.length} tasks that had ended were run again: ${again.join()}`);
  return wrong.map((line) => `after kill -9: ${line}`);
}

/** Two at once: each task runs once. */
async function twoAtOnce(run: Run, prng: Prng, step: number): Promise<string[]> {
  const { scene, judge } = run;
  edit(run, prng, step);
  const wish = plainWish(run);
  const tree = treeOf(scene);
  const planned = judge.clone().build(scene.project, tree, toWish(scene.project, wish, null));
  // What fails, by leave or not, is tried again by the second.
  if (planned.exit !== 0 || planned.failed.size > 0 || scene.project.tasks.some((spec) => spec.always)) return buildTwice(run, wish, step);
  run.story.push(`${step}: ${describe(wish)}, twice at once`);
  settleClock(scene);
  const both = await Promise.all([run.subject.build(wish), run.subject.build(wish)]);
  const busy = both[0].ran.length > both[1].ran.length ? both[0] : both[1];
  const forecast = judge.build(scene.project, tree, toWish(scene.project, wish, busy));
  const wrong = [...checkRuns(scene.project, forecast, { ...busy, events: [] }), ...checkTree(scene.project, forecast, treeOf(scene))];
  for (const built of both) if (built.exit !== 0) wrong.push(`exit ${built.exit}: ${built.stderr.slice(0, 1000)}`);
  return wrong.map((line) => `two at once: ${line}`);
}

async function spoilt(run: Run, prng: Prng, step: number): Promise<string[]> {
  const { scene } = run;
  run.before = { tree: treeOf(scene), project: structuredClone(scene.project) };
  const text = spoil(scene.project, prng);
  if (text === null) return [];
  run.story.push(`${step}: ${text}; build`);
  saveProject(scene);
  const built = await build(run, plainWish(run), step);
  const wrong = built.exit === 2 ? [] : [`exit ${built.exit}, should be 2`];
  if (built.ran.length > 0) wrong.push("tasks ran under a wrong definition");
  if (JSON.stringify([...treeOf(scene)]) !== JSON.stringify([...run.before.tree])) wrong.push("a wrong definition changed the tree");
  undo(run);
  return wrong;
}

/** As switching branches does it: sources and config are what they were before an earlier step, what differs is new, and what tasks have made since stays. */
async function switchBack(run: Run, prng: Prng, step: number): Promise<string[]> {
  const { scene, past } = run;
  const at = prng.int(past.length);
  const { tree, project } = past[at]!;
  run.story.push(`${step}: sources and config as before step ${step - past.length + at}`);
  const made = new Set(outputsOf(scene, treeOf(scene)));
  scene.project = { ...structuredClone(project), nextTag: Math.max(project.nextTag, scene.project.nextTag) };
  restoreSources(scene, tree, made);
  saveProject(scene);
  if (isDoubtful(scene, leftIn(run))) {
    run.story.push(`${step}: undone`);
    undo(run);
  }
  return buildTwice(run, randomWish(run, prng), step);
}

/** Renames the state folder away, or the one that was put aside back: then tg knows what it knew. */
async function moveState(run: Run, step: number): Promise<string[]> {
  const [state, aside] = [`${run.scene.root}/.tg`, `${run.scene.root}.aside`];
  run.story.push(`${step}: state folder ${run.aside === null ? "renamed away" : "renamed back"}`);
  if (run.aside !== null) rmSync(state, { recursive: true, force: true });
  if (run.aside === null) rmSync(aside, { recursive: true, force: true });
  const known = run.aside ?? new Evaluator();
  if (run.aside !== null) renameSync(aside, state);
  else if (existsSync(state)) renameSync(state, aside);
  run.aside = run.aside === null ? run.judge : null;
  run.judge = known;
  return buildTwice(run, plainWish(run), step);
}

/** What a step does in stories where somebody travels; null: as elsewhere. Of a generator of its own: the other stories stay what they were. */
async function travel(run: Run, step: number): Promise<string[] | null> {
  const { campaign, scene, past } = run;
  if (!run.travels || campaign.killOnly === true) return null;
  const here = { tree: treeOf(scene), project: structuredClone(scene.project) };
  past.push(here);
  const prng = prngOf(campaign.seed, step, 1);
  if (past.length < 3) return null;
  const kind = prng.weighted({ none: 7, switch: 2, state: mayMoveState(run) ? 3 : 0 });
  if (kind === "none") return null;
  run.before = here;
  return kind === "switch" ? switchBack(run, prng, step) : moveState(run, step);
}

/** A watch has it in memory. Without its state tg takes outputs for edited ones, as after damage, and what an earlier run left under a pattern for a person's. */
function mayMoveState({ subject, scene, before }: Run): boolean {
  return !subject.watches && ![scene.project, before.project].some((project) => rests(project) || project.tasks.some((spec) => spec.drift !== "rebuild" || spec.outs.some(({ kind }) => kind === "glob")));
}

async function oneStep(run: Run, step: number): Promise<string[]> {
  const { commit } = run;
  run.commit = null;
  const travelled = await travel(run, step);
  if (travelled !== null) return travelled;
  const prng = prngOf(run.campaign.seed, step);
  const process = run.subject.isProcess;
  const kind = step === 0 ? "first" : run.campaign.killOnly === true ? "kill" : prng.weighted({ edit: 14, undo: 1.5, spoil: run.subject.hasHooks ? 0.7 : 0, damage: 1, during: run.subject.hasHooks ? 1.5 : 0, kill: process ? 1.5 : 0, two: process ? 1 : 0 });
  const before = { tree: treeOf(run.scene), project: structuredClone(run.scene.project) };
  // Whether a tree that keeps its history was emptied, nobody can say where it is not known what tg knows.
  if (["damage", "during", "kill"].includes(kind) && rests(run.scene.project)) return [];
  // With older state tg takes its own outputs for edited ones; some tasks have asked to fail then. Those count that may come back.
  if (kind === "damage" && [run.scene.project, run.before.project].some(({ tasks }) => tasks.some((spec) => spec.drift === "error"))) return [];
  // And what was kept as edited is made again then: patterns below that may have other members, the old ones of which nobody knows.
  if (kind === "damage" && run.scene.project.tasks.some((spec) => spec.drift === "keep") && run.scene.project.tasks.some((spec) => spec.outs.some((out) => out.kind === "glob"))) return [];
  // Who knows which list is known then?
  if (["damage", "during", "kill"].includes(kind) && run.scene.project.tasks.some((spec) => spec.from !== null)) return [];
  if (kind === "undo") {
    run.story.push(`${step}: undo`);
    undo(run);
  }
  if (kind === "spoil") return spoilt(run, prng, step);
  if (kind === "damage" && run.settled) {
    run.story.push(`${step}: ${damage(run, prng)}`);
    const wrong = await buildTwice(run, plainWish(run), step);
    // The old members of a pattern are known from the state alone, and damage is noticed when what is damaged is read.
    if (wrong.length > 0 || !run.scene.project.tasks.some((spec) => spec.outs.some((out) => out.kind === "glob"))) return wrong;
    run.story.push(`${step}: build --force`);
    return (await buildAndCheck(run, { ...plainWish(run), force: true }, step)).wrong;
  }
  run.before = before;
  if (kind === "during") return editDuring(run, prng, step);
  if (kind === "kill") return kill(run, prng, step);
  if (kind === "two") return twoAtOnce(run, prng, step);
  if (kind === "edit" && askersInVain(run).length > 0 && prng.chance(0.4)) return buildTwice(run, askAgain(run, prng, step), step);
  if (kind === "edit") edit(run, prng, step);
  run.commit = commit;
  return buildTwice(run, kind === "first" ? plainWish(run) : randomWish(run, prng), step);
}

/** A project in its folder, one of which it can be said whether it is right. */
function setUp(campaign: Campaign, draw: number): { scene: Scene; project: Project } {
  rmSync(campaign.root, { recursive: true, force: true });
  mkdirSync(campaign.root, { recursive: true });
  const { project, sources } = randomProject(prngOf(campaign.seed, draw));
  askSome(project, prngOf(campaign.seed, draw, 1));
  chainSome(project, prngOf(campaign.seed, draw, 2));
  hookSome(project, prngOf(campaign.seed, draw, 3));
  askMiddles(project, prngOf(campaign.seed, draw, 4), [...sources.keys()]);
  callSome(project, prngOf(campaign.seed, draw, 5));
  sequenceSome(project, prngOf(campaign.seed, draw, 6));
  paceSome(project, prngOf(campaign.seed, draw, 7));
  linkSome(project, prngOf(campaign.seed, draw, 8));
  callMore(project, prngOf(campaign.seed, draw, 9));
  addFinders(project);
  project.works = prngOf(campaign.seed, draw, 10).chance(0.5);
  followSome(project, prngOf(campaign.seed, draw, 11));
  keepSome(project, prngOf(campaign.seed, draw, 12));
  streamSome(project, prngOf(campaign.seed, draw, 13));
  const tools = campaign.tools ? toolSome(project, prngOf(campaign.seed, draw, 14)) : [];
  const scene: Scene = { root: campaign.root, mix: campaign.mix, project, recent: [] };
  for (const [path, text] of sources) writeAt(scene, path, text);
  for (const [path, text] of tools) writeTool(scene, path, text);
  saveProject(scene);
  return isDoubtful(scene) ? setUp(campaign, draw - 1) : { scene, project };
}

/** Plays a seed to its end or to the first mismatch. */
export async function play(campaign: Campaign): Promise<Report> {
  const { scene, project } = setUp(campaign, -1);
  const subject = campaign.open(scene);
  const run: Run = { campaign, scene, subject, judge: new Evaluator(), before: { tree: treeOf(scene), project: structuredClone(project) }, past: [], travels: prngOf(campaign.seed, -2, 1).chance(0.3), aside: null, settled: false, commit: null, builds: 0, tasksRun: 0, ranLast: [], inPassing: false, ranFirst: [], kills: 0, repeated: 0, stoppedBefore: null, story: [] };
  let mismatch: Mismatch | null = null;
  let step = 0;
  try {
    for (; step < campaign.steps && mismatch === null; step++) {
      if (campaign.skip.has(step)) continue;
      const wrong = await oneStep(run, step);
      if (wrong.length > 0) mismatch = { step, wrong };
    }
  } catch (error) {
    if (!(error instanceof Stop)) mismatch = { step, wrong: [`threw: ${(error as Error).stack}`] };
  }
  await subject.close();
  return { steps: step, builds: run.builds, tasksRun: run.tasksRun, kills: run.kills, repeated: run.repeated, mismatch, story: run.story, stoppedBefore: run.stoppedBefore };
}
