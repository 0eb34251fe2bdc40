// What changes in a build when a task has made a list: adds the now known instances to the situation. Runs nothing, loads
// nothing.
import { CONTENT, DEPS, VALIDATE, type Graph } from "../../model/graph.ts";
import type { Problem, TaskProblem } from "../../model/problem.ts";
import type { FilePath } from "../../model/path.ts";
import type { TaskName } from "../../model/task.ts";
import { familyOf, instancesOf, listSource } from "../../graph/family.ts";
import { isService } from "../../graph/services.ts";
import { isGone } from "../../graph/grown.ts";
import { withoutNeeds } from "../../graph/needs.ts";
import { closeOver } from "../../graph/select.ts";
import { suggest } from "../../model/suggest.ts";
import type { Demands } from "../plan/demand.ts";
import { judgeService } from "../survey/demanded.ts";
import type { Endings } from "./endings.ts";
import { clearLeftovers, undecidedIn } from "../files/leftovers.ts";
import type { Plan } from "../plan/plan.ts";
import { foldersOf } from "../step/prepare.ts";
import type { Situation } from "../survey/situation.ts";
import { firstOpenNeed } from "../survey/survey.ts";
import type { StepEnd } from "../step/step.ts";
import { waitsFor } from "../files/undecided.ts";
import type { Workshop } from "../step/workshop.ts";

/** The graph with other instances; indices of earlier tasks stay. */
export interface Growth {
  readonly graph: Graph;
  readonly added: readonly TaskName[];
  readonly removed: readonly TaskName[];
}

/** The result of expanding a list that a task made. */
export type Expansion = Growth | { readonly problems: readonly Problem[]; readonly families: readonly TaskName[] };

/** The parts of a run that take part when it grows. */
export interface GrowingRun {
  readonly w: Workshop;
  readonly plan: Plan;
  readonly endings: Endings;
  demands(wanted: Uint8Array): Demands;
  isRunning(task: number): boolean;
  /** Needs of last time that no longer apply, whichever graph the build goes on with. */
  readonly foregone: (readonly [task: number, need: number])[];
  /** Tasks whose end a task waits for in the middle of its run. */
  waitsFor(task: number): readonly number[];
}

/** Continues the run with the grown graph: clears what is gone, judges and reports what is new, gives the plan new places. The first of `sources` has just made its list. */
function takeIn(run: GrowingRun, sources: readonly [TaskName, ...TaskName[]], growth: Growth): void {
  const { w, endings } = run;
  const s = w.situation;
  tellGone(w, endings, growth);
  s.pending[s.parts.graph.indexOf(sources[0])] = 0;
  const listOf = (family: TaskName): TaskName | undefined => growth.graph.task(growth.graph.indexOf(family)).family?.from?.task;
  const listed = [...(s.parts.unlisted ?? [])].filter((family) => sources.some((source) => source === listOf(family)));
  for (const family of listed) s.parts.unlisted!.delete(family);
  enlarge(run, { graph: growth.graph, ...flagsFor(growth, s.parts) }, { ...growth, task: sources[0], listed: listed.length > 0 });
}

/** Of the unshown lists, those that families of the build or their instances depend on. */
export function unshownFor(unshown: ReadonlySet<number>, graph: Graph, wanted: Uint8Array): number[] {
  const isOver = (at: number, source: number): boolean => wanted[at] === 1 && (listSource(graph, at) === source || graph.task(at).each?.from === graph.name(source));
  return [...unshown].filter((source) => wanted.some((_, at) => isOver(at, source)));
}

/** Brings tasks that were not wanted before into the build, with what they need. */
export function bringIn(run: GrowingRun, task: number, targets: readonly number[]): void {
  const { parts } = run.w.situation;
  const wanted = parts.wanted.slice();
  for (const target of targets) wanted[target] = 1;
  closeOver(parts.graph, wanted, parts.skipped);
  const { graph, named, skipped, forced } = parts;
  enlarge(run, { graph, wanted, named, skipped, forced }, { task: graph.name(task), added: [], removed: [] });
}

/** What a task asked for last time asks for it, or for something that needs it: drops that need, and the task asks again if it must. */
export function forego(run: GrowingRun, task: number, need: number): void {
  const { graph, wanted, named, skipped, forced } = run.w.situation.parts;
  run.foregone.push([task, need]);
  enlarge(run, { graph, wanted, named, skipped, forced }, { task: graph.name(task), added: [], removed: [] });
}

/** Expands the lists that tasks have made. */
export interface MadeLists {
  /** The effect on families when a task has made their list; null: none. */
  expand(source: TaskName, wanted: (task: number) => boolean): Promise<Expansion | null>;
  /** Whether the graph was built from the list that the task has made now. */
  isKnown(source: TaskName): boolean;
}

export interface Growing extends GrowingRun, MadeLists {
  grown(graph: Graph): void;
}

/** Growths happen one at a time: each starts from the graph that the last one left. */
export class Growths {
  readonly #run: Growing;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(run: Growing) {
    this.#run = run;
  }

  /** The task has made a list: before anything below it may start, the graph is grown accordingly. */
  after(task: number, end: StepEnd & { kind: "ran" }): Promise<StepEnd> {
    const turn = this.#turn.then(() => this.#grow(task, end));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Adds what the list of a done task brings, which no family of the build has waited for. false: the config cannot use the list. */
  show(task: number): Promise<boolean> {
    const turn = this.#turn.then(() => this.#show(task));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #show(task: number): Promise<boolean> {
    const { w, endings } = this.#run;
    const s = w.situation;
    if (!s.unshown.has(task)) return true;
    const name = s.parts.graph.name(task);
    const expansion = await this.#run.expand(name, () => true);
    if (expansion !== null && !("graph" in expansion)) {
      for (const problem of expansion.problems) w.emit({ event: "problem", problem });
      endings.bad = true;
      return false;
    }
    s.unshown.delete(task);
    if (expansion !== null) await this.#takeIn(name, expansion);
    return true;
  }

  /** Together with earlier lists on which families that come in with this one depend. */
  async #takeIn(name: TaskName, expansion: Growth): Promise<void> {
    const { w, endings } = this.#run;
    const s = w.situation;
    const sources: [TaskName, ...TaskName[]] = [name];
    let growth = expansion;
    const bad = new Set<number>();
    for (;;) {
      const source = s.unshown.size === 0 ? undefined : unshownFor(s.unshown, growth.graph, flagsFor(growth, s.parts).wanted).find((one) => !bad.has(one));
      if (source === undefined) break;
      const more = await this.#run.expand(growth.graph.name(source), () => true);
      if (more !== null && !("graph" in more)) {
        for (const problem of more.problems) w.emit({ event: "problem", problem });
        endings.bad = true;
        bad.add(source);
        continue;
      }
      s.unshown.delete(source);
      if (more === null) continue;
      sources.push(growth.graph.name(source));
      growth = { graph: more.graph, added: [...growth.added, ...more.added], removed: [...growth.removed, ...more.removed] };
    }
    takeIn(this.#run, sources, growth);
    this.#run.grown(s.parts.graph);
  }

  async #grow(task: number, end: StepEnd & { kind: "ran" }): Promise<StepEnd> {
    const { w } = this.#run;
    const s = w.situation;
    const name = s.parts.graph.name(task);
    let isAwaited = false;
    // Whatever brings a family in from now on must have the list shown.
    if (!this.#run.isKnown(name)) s.unshown.add(task);
    const expansion = await this.#run.expand(name, (family) => (isAwaited ||= awaitsFamily(s.parts, family) || decides(s.parts, task)));
    if (isAwaited) s.unshown.delete(task);
    if (expansion === null) return end;
    if ("graph" in expansion) {
      await this.#takeIn(name, expansion);
      return end;
    }
    for (const problem of expansion.problems) w.emit({ event: "problem", problem });
    const problem: TaskProblem = { code: "expand-failed", task: name, families: expansion.families, count: expansion.problems.length };
    w.recorder.put(name, { ...s.record(task)!, status: "failed", error: JSON.stringify(problem) }, new Set());
    return { kind: "failed", result: end.result, problem };
  }
}

type Flags = Pick<Situation["parts"], "graph" | "wanted" | "named" | "skipped" | "forced">;

function enlarge({ w, plan, endings, demands, isRunning, foregone, waitsFor: asked }: GrowingRun, next: Flags, told: { task: TaskName; added: readonly TaskName[]; removed: readonly TaskName[]; listed?: boolean }): void {
  const s = w.situation;
  const before = s.parts.wanted;
  const { wanted, skipped } = next;
  const graph = withoutNeeds(next.graph, foregone);
  s.grow({ ...next, graph });
  if (told.removed.length > 0 || told.listed === true) {
    const undecided = undecidedIn(s, clearLeftovers(s, { recorder: w.recorder, emit: w.emit, held: foldersInUse(graph, isRunning), judged: true }));
    s.hangOn(undecided, waitsFor(s, undecided, asked));
  }
  w.handed.forget();
  // A task that has had its turn is not judged again just because something it reads is being made again.
  const finds = findersOf(s, told.added);
  const fresh = judgeGrown(s, before, (task) => isRunning(task) || plan.placeOf(task) === "done", finds);
  const isOpen = (task: number): boolean => s.pending[task] === 1 || ["waiting", "ready", "paused"].includes(plan.placeOf(task));
  const open = Uint8Array.from(wanted, (bit, task) => (bit === 1 && isOpen(task) ? 1 : 0));
  reachThrough(graph, wanted, open, (task) => task >= before.length || plan.placeOf(task) === "out");
  let total = 0;
  for (let task = 0; task < graph.count; task++) {
    if (wanted[task] === 1 && !graph.isBarrier(task) && !isService(graph, task)) total++;
    // A fresh task that only waits for its turn does not end twice.
    if (open[task] === 1 && s.pending[task] === 1 && endings.isGood(task)) endings.uncount(task);
  }
  w.emit({ event: "graph-grown", task: told.task, added: told.added, removed: told.removed, total });
  const blocked = plan.grow({ graph, wanted: open, skipped, demands: demands(wanted) });
  for (const task of fresh) enter(w, endings, task);
  for (const below of blocked) endings.block(below, plan.blockedBy(below));
}

/** Order and failure pass through tasks that have nothing to do themselves and have not had their turn. */
function reachThrough(graph: Graph, wanted: Uint8Array, open: Uint8Array, isOut: (task: number) => boolean): void {
  for (const task of graph.order) {
    for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]! && wanted[task] === 1 && open[task] === 0; e++) {
      if (graph.needKinds[e] !== VALIDATE && open[graph.needs[e]!] === 1 && isOut(task)) open[task] = 1;
    }
  }
}

/** Reports instances that were asked for by name and are no longer in the list. */
function tellGone(w: Workshop, endings: Endings, growth: Growth): void {
  const { graph, named } = w.situation.parts;
  for (const name of growth.removed) {
    const task = graph.indexOf(name);
    if (named[task] === 0 || named[familyOf(graph, task)] === 1) continue;
    endings.bad = true;
    w.emit({ event: "problem", problem: { code: "unknown-target", target: name, suggestion: suggest(name, growth.added) } });
  }
}

/** Reports instances that were asked for before there was a list, and that it lacks; nothing for a list that was not made. */
export function tellMissing(w: Workshop, endings: Endings): void {
  const { graph, awaited } = w.situation.parts;
  for (const [name, family] of awaited ?? []) {
    if (graph.indexOf(name) >= 0 || !endings.isGood(listSource(graph, family))) continue;
    endings.bad = true;
    w.emit({ event: "problem", problem: { code: "unknown-target", target: name, suggestion: suggest(name, instancesOf(graph, family).map((task) => graph.name(task))) } });
  }
}

/** Whether a task waits for the list to know what there is to read. */
function decides({ waits }: Situation["parts"], maker: number): boolean {
  return [...(waits?.values() ?? [])].some((all) => all.some((wait) => wait.maker === maker));
}

/** Whether the build waits for instances of the family, whose list is not made yet. */
function awaitsFamily({ wanted, awaited }: Situation["parts"], family: number): boolean {
  return wanted[family] === 1 || [...(awaited?.values() ?? [])].includes(family);
}

/** Reports a task that came in. */
function enter({ situation: s, emit }: Workshop, endings: Endings, task: number): void {
  const verdict = s.verdicts[task];
  if (s.parts.graph.isBarrier(task)) return;
  if (isService(s.parts.graph, task)) return s.pending[task] === 0 ? endings.stands(task) : undefined;
  if (s.parts.skipped[task] === 1) endings.end(task, "skipped", []);
  else if (s.pending[task] === 0) endings.fresh(task, verdict!);
  else if (verdict !== undefined && verdict.kind !== "fresh") emit({ event: "task-judged", task: s.parts.graph.name(task), state: verdict.kind, reasons: verdict.reasons });
}

/** Flags for the grown graph: new instances are treated like their family, and what they need becomes wanted. */
function flagsFor({ graph }: Growth, before: Pick<Situation["parts"], "wanted" | "named" | "skipped" | "forced" | "awaited">): Pick<Situation["parts"], "wanted" | "named" | "skipped" | "forced"> {
  const wider = (flags: Uint8Array): Uint8Array => {
    const wide = new Uint8Array(graph.count);
    wide.set(flags);
    for (let task = flags.length; task < graph.count; task++) wide[task] = flags[graph.indexOf(graph.task(task).each!.family)]!;
    return wide;
  };
  const grown = { wanted: wider(before.wanted), named: wider(before.named), skipped: wider(before.skipped), forced: wider(before.forced) };
  for (const name of graph.settings.off) if (graph.indexOf(name) >= before.skipped.length) grown.skipped[graph.indexOf(name)] = 1;
  for (let task = 0; task < graph.count; task++) if (isGone(graph.name(task))) for (const flags of Object.values(grown)) flags[task] = 0;
  for (const name of before.awaited?.keys() ?? []) if (graph.indexOf(name) >= 0) grown.wanted[graph.indexOf(name)] = grown.named[graph.indexOf(name)] = 1;
  closeOver(graph, grown.wanted, grown.skipped);
  return grown;
}

function foldersInUse(graph: Graph, isRunning: (task: number) => boolean): Set<FilePath> {
  const folders = new Set<FilePath>();
  for (let task = 0; task < graph.count; task++) if (isRunning(task)) for (const folder of foldersOf(graph.task(task))) folders.add(folder);
  return folders;
}

/** Judges what a growth brought into the build, dependencies first; reopens barriers and readers downstream. Returns the newly wanted. */
function judgeGrown(s: Situation, before: Uint8Array, hadItsTurn: (task: number) => boolean, finds: (task: number) => boolean): number[] {
  const { graph, wanted, skipped } = s.parts;
  const fresh: number[] = [];
  for (const task of graph.order) {
    if (wanted[task] === 0) continue;
    const isNew = (before[task] ?? 0) === 0;
    if (isNew) fresh.push(task);
    if (graph.isBarrier(task)) s.pending[task] = firstOpenNeed(s, task) >= 0 ? 1 : 0;
    else if (isNew && isService(graph, task)) judgeService(s, task, s.gather(task));
    else if (isNew && skipped[task] === 0) {
      if (s.judge(task, s.gather(task)).verdict.kind !== "fresh") s.pending[task] = 1;
    } else if (!isNew && skipped[task] === 0 && s.pending[task] === 0 && !hadItsTurn(task) && (takesFromOpen(s, task) || finds(task))) s.pending[task] = 1;
  }
  return fresh;
}

/** Tasks whose depfile named what a new instance makes: no edge shows that. Records are read only if a file of the new instances may have been known before. */
function findersOf(s: Situation, added: readonly TaskName[]): (task: number) => boolean {
  const { graph, world } = s.parts;
  const instances = new Set(added.map((name) => graph.indexOf(name)));
  const known = [...instances].some((task) => graph.task(task).outputs.some((output) => output.kind !== "file" || world.table.find(output.path) >= 0));
  return (task) => known && graph.task(task).depfile !== null && s.record(task)?.discovered.some(([path]) => instances.has(graph.producerOf(path))) === true;
}

function takesFromOpen(s: Situation, task: number): boolean {
  const { graph } = s.parts;
  for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
    const kind = graph.needKinds[e];
    if ((kind === CONTENT || kind === DEPS) && s.pending[graph.needs[e]!] === 1) return true;
  }
  return false;
}
