// Answers what functions ask while they run. A function that needs an unfinished task waits for it (waits.ts). Starts nothing
// itself: it brings tasks into the build.
import { isOnlyAsked, listBehind, listsBefore, listsOver, makersOf, neededTask, pathBetween } from "../../graph/needs.ts";
import { closeOver } from "../../graph/select.ts";
import { VALIDATE } from "../../model/graph.ts";
import { patternFault } from "../../model/pattern.ts";
import { questionText, UNMADE, type Asked, type Question, type Reply } from "../../model/question.ts";
import { ABSENT } from "../../model/state.ts";
import { KIND } from "../../model/table.ts";
import { answerNow, filesOf, housePath, lacks, lookAnew, makerOfAbsent } from "../survey/answers.ts";
import { listsThatMayFree } from "../plan/blocked.ts";
import { bringIn, forego, unshownFor, type GrowingRun } from "./growing.ts";
import { gaveUp, isComing, isOpen } from "../plan/plan.ts";
import type { Remakes } from "../plan/remakes.ts";
import type { Situation } from "../survey/situation.ts";
import { hasStayed } from "../survey/stayed.ts";
import { readEarly } from "../files/undecided.ts";
import { valueText } from "../step/values.ts";
import type { Waits } from "./waits.ts";

export interface AskingRun extends GrowingRun {
  /** An output of a fresh task is not on disk: makes the task run. */
  make(task: number, neededBy: number): void;
  /** Brings the list of a done task into the graph; false: the config cannot use it. */
  show(source: number): Promise<boolean>;
  readonly remakes: Pick<Remakes, "areRead">;
  readonly waits: Waits;
}

const NOBODY: ReadonlySet<number> = new Set();

export class Asking {
  readonly #run: AskingRun;
  /** By task: the tasks that asked for it, or for what it makes, in this build. */
  readonly #askers: Map<number, Set<number>> = new Map();
  /** By task: for each wait for lists that may bring a file, the lists it goes on without, because they ask for the task themselves. */
  readonly #spared: Map<number, Set<Set<number>>> = new Map();

  constructor(run: AskingRun) {
    this.#run = run;
  }

  askers(target: number): ReadonlySet<number> {
    return this.#askers.get(target) ?? NOBODY;
  }

  /** Tasks that asked for anything a task makes. */
  asked(): Set<number> {
    const all = new Set<number>();
    for (const tasks of this.#askers.values()) for (const task of tasks) all.add(task);
    return all;
  }

  /** `note` gets the question with a hash of its answer at once, so that questions are recorded in the order they were asked. */
  async ask(task: number, question: Question, note: (asked: Asked) => void): Promise<Reply> {
    const refused = this.#refuse(task, question, note);
    if (refused !== null) return { ok: false, message: refused };
    const s = this.#run.w.situation;
    for (let lists = this.#unknownLists(task, question); lists.length > 0; lists = this.#unshownLists(task, question)) {
      const fault = await this.#haveLists(task, question, lists);
      if (fault === null) continue;
      // If there is a list next time, the answer may differ.
      note([questionText(question), question.kind === "need" ? ABSENT : UNMADE]);
      return { ok: false, message: fault };
    }
    const targets = this.#targetsOf(task, question);
    for (const target of targets) {
      this.#askers.set(target, (this.#askers.get(target) ?? new Set()).add(task));
      const around = this.#wayBack(target, task);
      if (around !== null) return { ok: false, message: circleText([s.parts.graph.name(task), ...around]) };
    }
    const new_ = targets.filter((target) => s.parts.wanted[target] === 0);
    if (new_.length > 0) bringIn(this.#run, task, new_);
    const { graph } = s.parts;
    await this.#haveMade(task, question, targets);
    // A list may have been made meanwhile, so that other tasks make it.
    if (s.parts.graph !== graph && String(this.#targetsOf(task, question)) !== String(targets)) return this.ask(task, question, note);
    const failed = this.#joined(targets).find((target) => !this.#isGood(target));
    if (failed !== undefined) {
      note([questionText(question), UNMADE]);
      return { ok: false, message: this.#failureOf(failed) };
    }
    return this.#reply(s, task, question, note);
  }

  #failureOf(target: number): string {
    const { plan, w } = this.#run;
    if (plan.isStopping() && isOpen(plan, target)) return "the build is being stopped";
    return `${JSON.stringify(w.situation.parts.graph.name(target))} ${plan.placeOf(target) === "blocked" ? "is blocked" : "failed"}`;
  }

  /** Names of the tasks on a path from a task to one that waits for it; null: there is none. Waits that are not necessary are dropped on the way. */
  #wayBack(target: number, task: number): string[] | null {
    const s = this.#run.w.situation;
    const deciders = (at: number): number[] => (s.parts.waits?.get(at) ?? []).map(({ maker }) => maker);
    let path: number[] | null = null;
    do path = pathBetween(s.parts.graph, target, task, (at) => [...this.#run.waits.of(at), ...deciders(at)]);
    while (path?.some((at, i) => this.#letGo(at, path![i + 1])) === true);
    return path?.map((at) => s.parts.graph.name(at)) ?? null;
  }

  /** Drops a need of last time, a question that had no answer then, or a list that decides what there is to read. False: the task must wait. */
  #letGo(task: number, need = -1): boolean {
    const { w: { situation: s }, plan } = this.#run;
    const isDecider = s.parts.waits?.get(task)?.some(({ maker }) => maker === need) === true;
    const isSpared = need >= 0 && this.#spare(task, need);
    const wasOff = need >= 0 && this.#run.waits.of(task).includes(need) && this.#run.waits.hurry(task);
    const wasAsked = need >= 0 && !isDecider && !isSpared && !wasOff && !this.#run.waits.of(task).includes(need) && isOnlyAsked(s.parts.graph, task, need);
    if (isDecider) readEarly(s, task, need);
    if (isDecider) plan.release(task, need);
    if (wasAsked) forego(this.#run, task, need);
    return isDecider || isSpared || wasAsked || wasOff;
  }

  /** Had the list been asked for first, no task that must precede it would have waited for it. */
  #spare(task: number, list: number): boolean {
    let isNew = false;
    for (const spared of this.#spared.get(task) ?? []) {
      isNew ||= !spared.has(list);
      spared.add(list);
    }
    return isNew;
  }

  /** Makers of lists that decide whether an unknown target has a task: all of them for a file that is missing or has outlived its maker. */
  #unknownLists(task: number, question: Question): number[] {
    const s = this.#run.w.situation;
    const { graph, world, records } = s.parts;
    if (question.kind !== "need" || neededTask(graph, question.target) >= 0) return [...new Set([...this.#openLists(task, question), ...this.#unshownLists(task, question)])];
    const list = listBehind(graph, question.target);
    if (list >= 0) return [list];
    const lists = listsBefore(graph, task, question.target).filter((source) => pathBetween(graph, source, task, (at) => this.#run.waits.of(at)) === null);
    if (lists.length === 0) return [];
    const path = housePath(s, question.target);
    world.forget(path);
    return world.kindOf(path) === KIND.absent || hasStayed(records, path) ? lists : [];
  }

  /** Skipped instances delay nobody, but whether they are in the list is known only once it is made. */
  #openLists(task: number, question: Question): number[] {
    const { graph, wanted, skipped } = this.#run.w.situation.parts;
    const lists = listsOver(graph, this.#targetsOf(task, question).filter((target) => skipped[target] === 1));
    return lists.filter((list) => wanted[list] === 0 || !this.#isGood(list));
  }

  /** Lists made in this build before anyone asked for what depends on them. */
  #unshownLists(task: number, question: Question): number[] {
    return this.#run.w.situation.unshown.size === 0 ? [] : this.#unshownBelow(this.#targetsOf(task, question));
  }

  #unshownBelow(targets: readonly number[]): number[] {
    const { unshown, parts: { graph, skipped } } = this.#run.w.situation;
    if (targets.length === 0 || unshown.size === 0) return [];
    const needed = new Uint8Array(graph.count);
    for (const target of targets) needed[target] = 1;
    closeOver(graph, needed, skipped);
    return unshownFor(unshown, graph, needed);
  }

  /** Waits until the lists are made and in the graph. Returns what prevented that, unless another list brought what was asked for. */
  async #haveLists(task: number, question: Question, lists: readonly number[]): Promise<string | null> {
    const { graph, wanted } = this.#run.w.situation.parts;
    for (const list of lists) {
      const around = this.#wayBack(list, task);
      if (around !== null) return circleText([graph.name(task), ...(question.kind === "need" ? [question.target] : []), ...around]);
    }
    const unasked = lists.filter((list) => wanted[list] === 0);
    for (const list of this.#unshownBelow(unasked)) if (!(await this.#run.show(list))) return untaken(graph.name(list));
    if (unasked.length > 0) bringIn(this.#run, task, unasked);
    // Any of them may bring an unknown file, but none that waits for this task is waited for.
    const spared = new Set<number>();
    const isGuess = question.kind === "need" && neededTask(graph, question.target) < 0 && listBehind(graph, question.target) < 0;
    if (isGuess) this.#spared.set(task, (this.#spared.get(task) ?? new Set()).add(spared));
    while (await this.#waitFor(task, lists, spared));
    this.#spared.get(task)?.delete(spared);
    let fault: string | null = null;
    for (const list of lists) {
      if (spared.has(list)) continue;
      if (!this.#isGood(list)) fault ??= this.#failureOf(list);
      else if (!(await this.#run.show(list))) fault ??= untaken(graph.name(list));
    }
    const isBrought = question.kind === "need" && neededTask(graph, question.target) < 0 && neededTask(this.#run.w.situation.parts.graph, question.target) >= 0;
    return isBrought ? null : fault;
  }

  /** Waits until nothing more is coming from `targets`; what is represented by its record alone is made again, once. */
  async #haveMade(task: number, question: Question, targets: readonly number[]): Promise<void> {
    const again = new Set<number>();
    for (;;) {
      const makers = this.#virtual(question, targets).filter((maker) => !again.has(maker));
      if (makers.length > 0 && !this.#run.plan.isStopping() && this.#run.remakes.areRead(makers, task)) {
        // Readers may ask for this very task, so wait only until they end or wait themselves.
        await this.#run.waits.begin(task, () => [], () => !this.#run.plan.isStopping() && this.#run.remakes.areRead(makers, task));
        continue;
      }
      for (const maker of makers) {
        again.add(maker);
        this.#run.make(maker, task);
      }
      // A target that turns out fresh may be represented by its record alone.
      if (!(await this.#waitFor(task, this.#joined(targets)))) return;
    }
  }

  /** Waits for targets that are coming, and for lists that may unblock others. false: there is nothing to wait for. */
  async #waitFor(task: number, targets: readonly number[], spared: ReadonlySet<number> = NOBODY): Promise<boolean> {
    const { plan, waits, w: { situation: { parts: { graph } } } } = this.#run;
    const coming = targets.filter((target) => isComing(plan, target) && !spared.has(target));
    // Targets that wait for this very task cannot be made before it has its answer.
    const blocked = targets.filter((target) => {
      if (spared.has(target)) return false;
      const lists = listsThatMayFree(plan, graph, target);
      return lists.length > 0 && lists.every((list) => this.#wayBack(list, task) === null);
    });
    if (coming.length + blocked.length === 0) return false;
    const lists = new Map(blocked.map((target) => [target, listsThatMayFree(plan, graph, target)]));
    const isWaited = (target: number): boolean => !spared.has(target);
    const lasts = (): boolean => coming.some((target) => isWaited(target) && isComing(plan, target)) || (!plan.isStopping() && [...lists].some(([target, over]) => isWaited(target) && over.some((list) => isComing(plan, list))));
    const on = [...coming, ...blocked];
    await waits.begin(task, () => (spared.size === 0 ? on : on.filter(isWaited)), lasts);
    return true;
  }

  #refuse(task: number, question: Question, note: (asked: Asked) => void): string | null {
    if (question.kind === "glob") {
      const fault = patternFault(question.pattern);
      if (fault !== null || /^\/|(^|\/)\.\.?(\/|$)/.test(question.pattern)) return `bad pattern ${JSON.stringify(question.pattern)}: ${fault ?? "it is relative to the root, without . and .."}`;
    }
    if (question.kind !== "absent") return null;
    const s = this.#run.w.situation;
    const maker = makerOfAbsent(s, task, question);
    if (maker < 0) return null;
    note([questionText(question), UNMADE]);
    return `${JSON.stringify(question.path)} is made by ${JSON.stringify(s.parts.graph.name(maker))}: ask for it with need`;
  }

  #targetsOf(task: number, question: Question): number[] {
    const { graph } = this.#run.w.situation.parts;
    if (question.kind === "need") {
      const target = neededTask(graph, question.target);
      return target < 0 ? [] : [target];
    }
    if (question.kind !== "glob") return [];
    // A maker of matching files from what this task makes comes after it anyway.
    return makersOf(graph, question.pattern).filter((maker) => maker !== task && pathBetween(graph, maker, task) === null);
  }

  /** The targets and what barriers among them join: when the barrier is done, those may be made again for another task. */
  #joined(targets: readonly number[]): readonly number[] {
    const { graph } = this.#run.w.situation.parts;
    if (!targets.some((target) => graph.isBarrier(target))) return targets;
    const seen = new Set(targets);
    for (const task of seen) {
      if (!graph.isBarrier(task)) continue;
      for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) if (graph.needKinds[e] !== VALIDATE) seen.add(graph.needs[e]!);
    }
    return [...seen];
  }

  /** Targets with a file that is represented by its record alone: it is made again for its reader. */
  #virtual(question: Question, targets: readonly number[]): number[] {
    const s = this.#run.w.situation;
    return targets.filter((target) => {
      if (!["out", "done"].includes(this.#run.plan.placeOf(target)) || s.parts.graph.isBarrier(target) || s.parts.skipped[target] === 1) return false;
      return lacks(s, question, target);
    });
  }

  #isGood(target: number): boolean {
    const { plan } = this.#run;
    return ["out", "done"].includes(plan.placeOf(target)) || gaveUp(plan, target);
  }

  #reply(s: Situation, task: number, question: Question, note: (asked: Asked) => void): Reply {
    const { world, given, graph } = s.parts;
    lookAnew(s, question);
    const answer = answerNow(s, task, question);
    note([questionText(question), "hash" in answer ? answer.hash : "?"]);
    switch (question.kind) {
      case "env":
        return { ok: true, value: JSON.stringify(given.env(question.name) ?? null) };
      case "absent":
        return { ok: true, value: JSON.stringify((answer as { hash: string }).hash === "absent") };
      case "glob":
        return { ok: true, value: JSON.stringify(filesOf(s, question.pattern)) };
      case "need": {
        const need = neededTask(graph, question.target);
        if (need >= 0 && graph.name(need) === question.target) return { ok: true, value: valueText(graph, need, (one) => s.valueOf(one)) };
        if (world.kindOf(housePath(s, question.target)) === KIND.absent) {
          const list = listBehind(graph, question.target);
          return { ok: false, message: `${JSON.stringify(question.target)} is neither a task nor a file${list < 0 ? "" : `: it is not in the list that ${JSON.stringify(graph.name(list))} made last`}` };
        }
        return { ok: true, value: "null" };
      }
      default:
        return question satisfies never;
    }
  }
}

function circleText(names: readonly string[]): string {
  return `dependency cycle: ${names.join(" -> ")}`;
}

const untaken = (list: string): string => `the config cannot take the list that ${JSON.stringify(list)} made`;
