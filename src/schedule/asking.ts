// Answers what functions ask while they run. Who needs a task that is not done yet waits for it (waits.ts). Starts nothing
// itself: it has tasks come into the build.
import { isOnlyAsked, listBehind, listsBefore, listsOver, makersOf, neededTask, pathBetween } from "../graph/needs.ts";
import { closeOver } from "../graph/select.ts";
import { VALIDATE } from "../model/graph.ts";
import { patternFault } from "../model/pattern.ts";
import { questionText, UNMADE, type Asked, type Question, type Reply } from "../model/question.ts";
import { ABSENT } from "../model/state.ts";
import { KIND } from "../model/table.ts";
import { answerNow, filesOf, housePath, lacks, lookAnew, makerOfAbsent } from "./answers.ts";
import { listsThatMayFree } from "./blocked.ts";
import { bringIn, forego, unshownFor, type GrowingRun } from "./growing.ts";
import { gaveUp, isComing, isOpen } from "./plan.ts";
import type { Remakes } from "./remakes.ts";
import type { Situation } from "./situation.ts";
import { hasStayed } from "./stayed.ts";
import { readEarly } from "./undecided.ts";
import { valueText } from "./values.ts";
import type { Waits } from "./waits.ts";

export interface AskingRun extends GrowingRun {
  /** An output of a fresh task is not on disk: let the task run. */
  make(task: number, neededBy: number): void;
  /** The list of a done task comes into the graph; false: the config cannot take it. */
  show(source: number): Promise<boolean>;
  readonly remakes: Pick<Remakes, "areRead">;
  readonly waits: Waits;
}

const NOBODY: ReadonlySet<number> = new Set();

export class Asking {
  readonly #run: AskingRun;
  /** By task: who asked for it, or for what it makes, in this build. */
  readonly #askers: Map<number, Set<number>> = new Map();
  /** By task: for each wait for lists that may bring a file, those that it goes on without: they ask for the task themselves. */
  readonly #spared: Map<number, Set<Set<number>>> = new Map();

  constructor(run: AskingRun) {
    this.#run = run;
  }

  askers(target: number): ReadonlySet<number> {
    return this.#askers.get(target) ?? NOBODY;
  }

  /** Who asked for anything that a task makes. */
  asked(): Set<number> {
    const all = new Set<number>();
    for (const tasks of this.#askers.values()) for (const task of tasks) all.add(task);
    return all;
  }

  /** `note` gets the question with a hash of its answer: at once, so that questions stand in the order they were asked in. */
  async ask(task: number, question: Question, note: (asked: Asked) => void): Promise<Reply> {
    const refused = this.#refuse(task, question, note);
    if (refused !== null) return { ok: false, message: refused };
    const s = this.#run.w.situation;
    for (let lists = this.#unknownLists(task, question); lists.length > 0; lists = this.#unshownLists(task, question)) {
      const fault = await this.#haveLists(task, question, lists);
      if (fault === null) continue;
      // Should there be a list next time, the answer may be another one.
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
    // A list may have been made meanwhile by which others make it.
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

  /** Names from a task to one that waits for it; null: it does not. What it need not wait for it does not, from then on. */
  #wayBack(target: number, task: number): string[] | null {
    const s = this.#run.w.situation;
    const deciders = (at: number): number[] => (s.parts.waits?.get(at) ?? []).map(({ maker }) => maker);
    let path: number[] | null = null;
    do path = pathBetween(s.parts.graph, target, task, (at) => [...this.#run.waits.of(at), ...deciders(at)]);
    while (path?.some((at, i) => this.#letGo(at, path![i + 1])) === true);
    return path?.map((at) => s.parts.graph.name(at)) ?? null;
  }

  /** Of what it only asked for last time, of what it asked for in vain then, or of a list that is to decide what there is to read. False: it must wait. */
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

  /** Had the list been asked for first, nobody would have waited for it who is to be done before. */
  #spare(task: number, list: number): boolean {
    let isNew = false;
    for (const spared of this.#spared.get(task) ?? []) {
      isNew ||= !spared.has(list);
      spared.add(list);
    }
    return isNew;
  }

  /** Makers of lists that say whether there is a task for what nobody knows: all of them for a file that is not there, or has stayed. */
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

  /** Instances that are skipped hold nobody up, but whether they are in the list is known once that is made. */
  #openLists(task: number, question: Question): number[] {
    const { graph, wanted, skipped } = this.#run.w.situation.parts;
    const lists = listsOver(graph, this.#targetsOf(task, question).filter((target) => skipped[target] === 1));
    return lists.filter((list) => wanted[list] === 0 || !this.#isGood(list));
  }

  /** Made in this build, before anybody asked for what stands on them. */
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

  /** Waits until the lists are made and in the graph; what keeps them from it, unless another one brings what was asked for. */
  async #haveLists(task: number, question: Question, lists: readonly number[]): Promise<string | null> {
    const { graph, wanted } = this.#run.w.situation.parts;
    for (const list of lists) {
      const around = this.#wayBack(list, task);
      if (around !== null) return circleText([graph.name(task), ...(question.kind === "need" ? [question.target] : []), ...around]);
    }
    const unasked = lists.filter((list) => wanted[list] === 0);
    for (const list of this.#unshownBelow(unasked)) if (!(await this.#run.show(list))) return untaken(graph.name(list));
    if (unasked.length > 0) bringIn(this.#run, task, unasked);
    // Which of them brings a file nobody knows: none is waited for that itself waits for the task.
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

  /** Waits until nothing of `targets` is to come any more; what stands by its record alone is made again, once. */
  async #haveMade(task: number, question: Question, targets: readonly number[]): Promise<void> {
    const again = new Set<number>();
    for (;;) {
      const makers = this.#virtual(question, targets).filter((maker) => !again.has(maker));
      if (makers.length > 0 && !this.#run.plan.isStopping() && this.#run.remakes.areRead(makers, task)) {
        // Readers may ask for this very task: what is waited for is that they end or wait themselves.
        await this.#run.waits.begin(task, () => [], () => !this.#run.plan.isStopping() && this.#run.remakes.areRead(makers, task));
        continue;
      }
      for (const maker of makers) {
        again.add(maker);
        this.#run.make(maker, task);
      }
      // One that turns out fresh may stand by its record alone.
      if (!(await this.#waitFor(task, this.#joined(targets)))) return;
    }
  }

  /** Waits for those that are to come, and for lists that may have blocked ones come yet. false: there is nothing to wait for. */
  async #waitFor(task: number, targets: readonly number[], spared: ReadonlySet<number> = NOBODY): Promise<boolean> {
    const { plan, waits, w: { situation: { parts: { graph } } } } = this.#run;
    const coming = targets.filter((target) => isComing(plan, target) && !spared.has(target));
    // Those that wait for this very task are not made before it has been told.
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
    // Who makes matching files of what this task makes comes after it anyway.
    return makersOf(graph, question.pattern).filter((maker) => maker !== task && pathBetween(graph, maker, task) === null);
  }

  /** And what barriers among them join: that may be made again for another task when the barrier is done. */
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

  /** Those of which a file stands by its record alone: it is made again for who reads it. */
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
