// The independent judge: from its own memory of what each task consumed, says exactly which tasks a build must run, how
// it ends and what the tree is then. Written from semantics.md by another hand than src/staleness; shares no code with it.
import { coreOf, membersOf } from "./chain.ts";
import { mix, taken } from "./mix.ts";
import type { MixResult } from "./mix.ts";
import type { HookRun } from "./fn.ts";
import { carryOut, keepsHalves, workOf } from "./works.ts";
import { toolNow, toolsOf } from "./tools.ts";
import { treeFiles } from "./treefiles.ts";
import { barriersBelow, declaredInputs, envOf, expanded, familiesOf, argsOfMember, familyDeps, hookArgs, lastHookOf, loosened, mayFail, runDepsOf, runOf, wholeConfig } from "./config.ts";
import { byTags, claims, declared, depsOf, gates, globbed, hasOutputs, inOrder, isMadeInto, literalOuts, loadTroubles, mayMatch, ownerOf, tempReaders, unedited, wantedOf } from "./claims.ts";
import { asksOf, hookReturns, hookTold, hooksAreCalls, mayFailBefore, takenBy, takesValues, valueOf, valuesOf } from "./fn.ts";
import { PARAMS, depfileOf, dirOf, isTemp, middlesOf, rspOf, stderrOf, stdinOf, stdoutOf, wrapOf } from "./project.ts";
import type { Project, Spec } from "./project.ts";
import { below, hopsOf, inputIdentity, outputIdentity, put, resolve } from "./tree.ts";
import type { Tree } from "./tree.ts";

type Seen = Map<string, string>;

/** What a task consumed and left at its last run. `unsure`: tg may or may not know. */
export interface Memory {
  status: "ok" | "failed" | "unsure";
  /** Fresh after damage or a kill without having run: tg may still run it, once, when it looks closer. */
  doubt?: boolean;
  tag: number;
  parts: string;
  inputs: Seen;
  discovered: Seen;
  /** Tag of a dep → what was taken from it. */
  deps: Map<number, Seen>;
  /** Which of its runs counts for who is to run after each of them. `?` behind it: tg may know another one. */
  run: string;
  /** Names of families among its deps, which give a function a value. */
  families: readonly string[];
  /** Families that were looked through for its deps, by name: tags of their members. */
  joined: ReadonlyMap<string, readonly number[]>;
  left: Seen;
  /** Of intermediates that are links, as what they led to is known from what the task read: what they were as inputs. */
  links?: Seen;
  key: string;
  /** What its function returned, as JSON; null: nothing. */
  value: string | null;
  /** What its function asked in its last run, in order, and what it was told. */
  trace: readonly (readonly [question: string, answer: string])[];
}

export interface Wish {
  /** Tags; null: everything. */
  targets: readonly number[] | null;
  force: boolean;
  keepGoing: boolean;
  /** What goes after use stays. */
  keepTemp?: boolean;
  env: Readonly<Record<string, string>>;
  params: Readonly<Record<string, string>>;
  /** Tags that really ran, to settle what may go either way; null: everything that may run does. */
  ran: ReadonlySet<number> | null;
  /** Tags that did not run because earlier results were put back: these leave alone what a run would delete. */
  restored?: ReadonlySet<number>;
  /** Tags that ran more than once, for a reader of what another one had deleted. */
  remade?: ReadonlySet<number>;
  /** Tags that ran for nothing but what others needed, as they were told. */
  forOthers?: ReadonlySet<number>;
  /** Tags that failed, started or not. */
  refused?: ReadonlySet<number>;
  /** Tags that failed by leave: which of a family's members do is luck. Absent: the first ones. */
  tolerated?: ReadonlySet<number>;
  /** Tags that were found fresh, some of them once what they need was made again. */
  fresh?: ReadonlySet<number>;
  /** Tags that were not started because the build was ending. */
  cancelled?: ReadonlySet<number>;
  /** It did not come to its end: what did not run was not come to. */
  killed?: true;
  /** Tags that were left out, as they said when they were asked or by their definition. */
  leftOut?: ReadonlySet<number>;
}

export interface Forecast {
  exit: number;
  /** Tag → why. */
  must: Map<number, string>;
  may: Set<number>;
  /** Started, here. */
  started: Set<number>;
  failed: Set<number>;
  /** Below a failure, or not started because of one. */
  blocked: Set<number>;
  /** Failed within what their family leaves room for. */
  tolerated: Set<number>;
  wanted: Set<number>;
  /** Made again because a running function asked: nobody knew before. */
  asked: Set<number>;
  /** Failed without having been started. */
  refused: Set<number>;
  /** Would have started, and said that they do not. */
  leftOut: Map<number, string>;
  /** Failed as they asked for something while the build was ending. */
  stopped: Set<number>;
  /** Stale by an edit that was to stand, and went when what was edited had to be made again. */
  mended: Set<number>;
  /** Members that came or went, as their family's list was made, or that are in no list. */
  unsteady: Set<number>;
  /** With the lists as they are in the end. */
  project: Project;
  tree: Tree;
  /** Leftovers that a refused build may have removed or not. */
  loose: Set<string>;
  wrong: string[];
}

export class Evaluator {
  memories: Map<string, Memory> = new Map();
  /** How many runs there were. */
  private runs = 0;
  /** Files whose maker is gone, and that are there as somebody names them or edited them, or that somebody asks for: a list may bring who makes them anew. */
  private stayed: Set<string> = new Set();
  /** Of these, what went in this build: who asked for it waits for no further list before the next one. */
  private wentNow: Set<string> = new Set();
  /** As it is with the lists that are known by now. */
  private project!: Project;
  /** With all members that families may come to have. */
  private full!: Project;
  /** The text of the config, once it is asked for. */
  private whole: string | null = null;
  /** The list that is in use, by tag of who makes it. */
  private lists: Map<number, readonly string[]> = new Map();
  private tree!: Tree;
  private wish!: Wish;
  private forecast!: Forecast;
  /** Tag → who makes what it asked for in the runs before this build. */
  private askedBefore!: Map<number, readonly number[]>;
  /** The same, as far as it is sure that tg knows of it. */
  private askedSurely!: Map<number, readonly number[]>;
  /** What was asked before, as it stands with the lists of the end. */
  private askedGrown!: Map<number, readonly number[]>;
  /** Tag → who asked for it in this build. */
  private askers!: Map<number, Set<Spec>>;
  /** Tags wanted before anything ran. */
  private wantedAtFirst!: ReadonlySet<number>;
  /** Tags whose turn is over, or has come. */
  private settled!: Set<number>;
  /** Tags of tasks that were judged once more, as what they had read was made again from nothing. */
  private reopened!: Set<number>;
  /** Tags of makers of lists that had their turn. */
  private listed!: Set<number>;
  /** Of these, tag of a reader → who is at making the list that decides about what it reads. */
  private waiting!: Map<number, number>;
  /** Tags of tasks whose turn is on, each for the one before it. */
  private underway!: number[];
  /** By tag: how often a task has had its turn begun. */
  private turns!: Map<number, number>;
  /** Tag of a task → what it only asked for last time, and whose turn is on. */
  private recalled!: Map<number, number>;
  /** Tag of a task → what of that asked for it in turn: it goes on without. */
  private foregone!: Map<number, Set<number>>;
  /** Tasks that lacked an input until another task had it made again. */
  private supplied!: Set<number>;
  /** Tags of tasks whose list stands in this build: it was made, or found fresh. */
  private made!: Set<number>;
  /** What nobody makes any more and only members of lists name that do not stand yet, with who makes these. */
  private undecided!: Map<string, readonly number[]>;
  /** Tag of a reader → tags of those who decide about what it reads. */
  private waits!: Map<number, Set<number>>;
  /** What a run would come to is tried out: nothing else runs for it. */
  private trying = false;

  clone(): Evaluator {
    const copy = new Evaluator();
    copy.memories = structuredClone(this.memories);
    copy.lists = new Map(this.lists);
    copy.stayed = new Set(this.stayed);
    copy.runs = this.runs;
    return copy;
  }

  /** Of what was good nobody can say whether tg still knows it, tasks that have vanished among it. */
  forget(): void {
    for (const memory of this.memories.values()) if (memory.status === "ok") memory.status = "unsure";
  }

  /** A build that was killed may not have come to remove what nobody claims any more: the next one will. */
  rememberLeftovers(before: Evaluator): void {
    for (const [name, old] of before.memories) {
      const heir = [...this.memories.values()].find((memory) => memory.tag === old.tag);
      if (heir === undefined) this.memories.set(name, old);
      else for (const [path, identity] of old.left) if ([undefined, "gone"].includes(heir.left.get(path))) heir.left.set(path, identity);
    }
  }

  /** What `tg build` does to `tree` (not changed; the forecast has its own). Remembers. */
  build(full: Project, tree: Tree, wish: Wish): Forecast {
    this.tree = new Map(tree);
    this.wish = wish;
    const listsBefore = new Map(this.lists);
    this.full = full;
    this.whole = null;
    // What list a family had is forgotten with the family; what its maker made last stands in the maker's record.
    for (const tag of listsBefore.keys()) if (!full.tasks.some(({ from }) => from === tag)) this.lists.delete(tag);
    for (const { tag } of full.tasks.filter((spec) => makesList(full, spec))) this.takeList(tag);
    const project = (this.project = this.withLists());
    this.settled = new Set();
    this.reopened = new Set();
    this.listed = new Set();
    this.waiting = new Map();
    this.underway = [];
    this.turns = new Map();
    this.recalled = new Map();
    this.foregone = new Map();
    this.supplied = new Set();
    this.made = new Set();
    this.waits = new Map();
    this.askers = new Map();
    const forecast: Forecast = (this.forecast = { exit: 0, must: new Map(), may: new Set(), started: new Set(), failed: new Set(), blocked: new Set(), tolerated: new Set(), wanted: new Set(), asked: new Set(), refused: new Set(), leftOut: new Map(), stopped: new Set(), mended: new Set(), unsteady: new Set(), project, tree: this.tree, loose: new Set(), wrong: [] });
    this.wentNow = new Set();
    const before = structuredClone(this.memories);
    const stayedBefore = new Set(this.stayed);
    this.relabel();
    this.removeLeftovers();
    // What went before anything ran, its readers know of as they are judged.
    this.wentNow = new Set();
    this.askedBefore = new Map(project.tasks.map((spec) => [spec.tag, this.tracedNeeds(spec).map(({ tag }) => tag)]));
    this.askedSurely = new Map([...this.askedBefore].filter(([tag]) => ![...this.memories.values()].some((memory) => memory.tag === tag && memory.status === "unsure")));
    const wanted = wantedOf(project, wish.targets, (spec) => this.tracedNeeds(spec));
    for (const tags of this.waitsOf(wanted).values()) for (const spec of wantedOf(project, [...tags], (one) => this.tracedNeeds(one))) wanted.add(spec);
    forecast.wanted = new Set([...wanted].map((spec) => spec.tag));
    this.waits = this.waitsOf(wanted);
    this.wantedAtFirst = new Set(forecast.wanted);
    if (loadTroubles(project, tree, wanted).length + loadTroubles(project, this.tree, wanted).length > 0) {
      this.memories = before;
      this.stayed = stayedBefore;
      this.lists = listsBefore;
      return Object.assign(forecast, { exit: 2, tree, loose: new Set([...tree.keys()].filter((path) => !this.tree.has(path))) });
    }
    const cancelled: string[] = [];
    // A function may ask for tasks that nobody wanted before; these bring others.
    for (let open = true; open; open = this.project.tasks.some(({ tag }) => forecast.wanted.has(tag) && !this.settled.has(tag))) {
      const now = this.project;
      for (const spec of inOrder(now)) if (forecast.wanted.has(spec.tag) && this.project === now) cancelled.push(...this.settle(spec));
    }
    // What was asked for in vain may be the name of an instance that a list has brought since.
    for (const spec of this.project.tasks) {
      if (!forecast.started.has(spec.tag)) this.askedBefore.set(spec.tag, [...new Set([...(this.askedBefore.get(spec.tag) ?? []), ...this.tracedNeeds(spec).map(({ tag }) => tag)])]);
    }
    this.askedGrown = new Map(this.project.tasks.map((spec) => [spec.tag, this.tracedNeeds(spec, before.get(spec.name) ?? null).map(({ tag }) => tag)]));
    this.removeLeftovers(true);
    for (const { tag, each } of full.tasks) if (each !== null && !this.project.tasks.some((spec) => spec.tag === tag)) forecast.unsteady.add(tag);
    forecast.project = this.project;
    this.checkTolerated();
    if (wish.keepTemp !== true) for (const spec of this.project.tasks) this.clearTemp(spec);
    const failed = this.project.tasks.some((spec) => forecast.failed.has(spec.tag) && !this.hasLeave(spec));
    const { stopped } = forecast;
    if (stopped.size > 0 && !this.project.tasks.some((spec) => forecast.failed.has(spec.tag) && !stopped.has(spec.tag) && !this.hasLeave(spec))) forecast.wrong.push(`T${[...stopped].join(", T")} failed as the build was ending, although nothing else failed`);
    if (cancelled.length > 0 && !failed) forecast.wrong.push(...cancelled.map((why) => `not started although nothing failed: ${why}`));
    forecast.exit = failed ? 1 : 0;
    return forecast;
  }

  /** A task's turn, after all that it needs. */
  private settle({ tag }: Spec): string[] {
    if (this.settled.has(tag) && !this.letGo(tag)) return [];
    this.settled.add(tag);
    const turn = (this.turns.get(tag) ?? 0) + 1;
    this.turns.set(tag, turn);
    this.underway.push(tag);
    const cancelled = this.takeTurn(tag, () => this.turns.get(tag) !== turn);
    this.underway.pop();
    return cancelled;
  }

  /**
   * Who is asked for, or somebody it needs, waits for the very task that asks: for what it only asked for last time, or for a list
   * that decides what there is to read. It goes on without, and those between have their turn anew. false: nobody does.
   */
  private letGo(tag: number): boolean {
    const above = this.underway.slice(this.underway.lastIndexOf(tag));
    const at = above.findIndex((one) => this.recalled.has(one) || this.waiting.has(one));
    const between = above.slice(0, at + 1);
    if (above[0] !== tag || at < 0 || between.some((one) => this.forecast.started.has(one))) return false;
    const freed = between.at(-1)!;
    const need = this.recalled.get(freed);
    if (need !== undefined) this.foregone.set(freed, (this.foregone.get(freed) ?? new Set()).add(need));
    // It reads before anything is decided.
    else this.waits.get(freed)?.delete(this.waiting.get(freed)!);
    this.recalled.delete(freed);
    this.waiting.delete(freed);
    for (const one of between) this.settled.delete(one);
    return true;
  }

  /** `isOver`: it has had it meanwhile. */
  private takeTurn(tag: number, isOver: () => boolean): string[] {
    const cancelled: string[] = [];
    let spec: Spec | undefined;
    let needs: Spec[] = [];
    const wait = (need: Spec, held: Map<number, number> | null): void => {
      held?.set(tag, need.tag);
      cancelled.push(...this.settle(need));
      if (!isOver()) held?.delete(tag);
    };
    for (let before: Project | null = null; before !== this.project; ) {
      before = this.project;
      spec = before.tasks.find((other) => other.tag === tag);
      if (spec === undefined || !spec.when) return cancelled;
      const declared = gates(before, spec);
      needs = [...declared, ...this.tracedNeeds(spec).filter((need) => !this.goesWithout(tag, need))];
      for (const need of needs) {
        wait(need, declared.includes(need) ? null : this.recalled);
        if (isOver()) return cancelled;
      }
      for (const decider of this.deciders(tag)) {
        wait(decider, this.waiting);
        if (isOver()) return cancelled;
      }
    }
    if (spec === undefined) return cancelled;
    const isGated = [...gates(this.project, spec), ...this.deciders(tag)].some((need) => this.stops(need));
    if (isGated || (needs.some((need) => this.stops(need)) && !this.hadBegun(spec))) this.block(spec);
    else if (!spec.barrier && !(this.reopened.has(tag) && this.forecast.started.has(tag))) cancelled.push(...this.visit(spec));
    // Nobody knew before.
    if (this.reopened.has(tag) && this.forecast.started.has(tag)) this.forecast.asked.add(tag);
    if (!makesList(this.full, spec)) return cancelled;
    const { started, failed, blocked } = this.forecast;
    if (spec.when && ![started, failed, blocked].some((tags) => tags.has(tag))) this.made.add(tag);
    this.listed.add(tag);
    // What it left last is no list of this build where it is blocked.
    if (!blocked.has(tag)) this.grow(spec);
    return cancelled;
  }

  private goesWithout(tag: number, need: Spec): boolean {
    return this.foregone.get(tag)?.has(need.tag) === true;
  }

  /** Who decides about what the task reads, and is of this build. */
  private deciders(tag: number): Spec[] {
    return byTags(this.project, [...(this.waits.get(tag) ?? [])]).filter((spec) => spec.when && this.forecast.wanted.has(spec.tag));
  }

  /** Readers of what is undecided that do not name it wait for the list, but not for whom they are needed by themselves. */
  private waitsOf(wanted: Iterable<Spec>): Map<number, Set<number>> {
    const readers = new Map<number, Set<Spec>>();
    for (const spec of this.undecided.size === 0 ? [] : wanted) {
      if (spec.barrier || !spec.when) continue;
      for (const path of this.readsOf(spec)) {
        const tags = this.undecided.get(path)!;
        if (spec.each === null || !tags.includes(spec.each.from)) for (const tag of tags) readers.set(tag, (readers.get(tag) ?? new Set()).add(spec));
      }
    }
    const waits = new Map<number, Set<number>>();
    for (const [tag, specs] of readers) {
      const above = new Set(byTags(this.project, [tag]));
      for (const one of above) for (const need of [...gates(this.project, one), ...this.tracedNeeds(one), ...byTags(this.project, [...(waits.get(one.tag) ?? [])])]) above.add(need);
      for (const spec of specs) if (!above.has(spec)) waits.set(spec.tag, (waits.get(spec.tag) ?? new Set()).add(tag));
    }
    return waits;
  }

  /** What of the undecided it would read, or read last. */
  private readsOf(spec: Spec): string[] {
    return [...this.undecided.keys()].filter((path) => this.readsUnnamed(spec, path));
  }

  private readsUnnamed(spec: Spec, path: string): boolean {
    const memory = this.memories.get(spec.name);
    const asked = (memory?.trace ?? []).some(([question]) => {
      const [kind, what] = splitQuestion(question);
      return kind === "glob" ? globbed([{ pattern: what, nots: [] }], [path]).length > 0 : (kind === "need" || kind === "absent") && what === path;
    });
    return globbed(declared(spec).globs, [path]).length > 0 || memory?.discovered.has(path) === true || asked;
  }

  /** Is the list made from the very file, which a task or family that stands makes no more? */
  private isListedByItself(path: string, owner: string, maker: number): boolean {
    const name = owner.replace(/ before$/, "");
    if (![...this.project.tasks, ...this.full.tasks].some((spec) => spec.name === name || (spec.name === name.split("[")[0] && name.includes("[")))) return false;
    const above = new Set(byTags(this.project, [maker]));
    if (![...above].every((spec) => spec.when)) return false;
    for (const one of above) for (const need of [...gates(this.project, one), ...this.tracedNeeds(one)]) above.add(need);
    return [...above].some((spec) => spec.when && !spec.barrier && !declared(spec).literals.some((read) => read.path === path) && this.readsUnnamed(spec, path));
  }

  /** What it once asked for does not hold it up: it may start, or refuse an edited output, before that has failed. */
  private hadBegun(spec: Spec): boolean {
    const { ran, refused } = this.wish;
    return ran?.has(spec.tag) === true || (ran?.has(spec.tag) === false && refused?.has(spec.tag) === true && spec.drift === "error" && this.drifted(spec));
  }

  private withLists(): Project {
    return unedited(expanded(this.full, (source) => this.lists.get(source) ?? []));
  }

  /** What the source left last; while it leaves nothing, what was in use. */
  private takeList(source: number): void {
    const maker = this.full.tasks.find((spec) => spec.tag === source)!;
    const value = (this.memories.get(maker.name) ?? this.underOldName(maker))?.value ?? null;
    if (value !== null && Array.isArray(JSON.parse(value))) this.lists.set(source, JSON.parse(value) as string[]);
  }

  /** What is known of a task that has another name by now, and is the same else. */
  private underOldName(spec: Spec): Memory | undefined {
    const names = new Set(this.full.tasks.map(({ name }) => name));
    return [...this.memories].find(([name, memory]) => memory.tag === spec.tag && !names.has(name) && memory.parts === this.parts(spec))?.[1];
  }

  /** A list is made: members come and go, where somebody wants them or asks for what stands on them. */
  private grow(source: Spec, isAsked = false): void {
    const { wanted } = this.forecast;
    const families = this.project.tasks.filter((spec) => spec.from === source.tag);
    // Members that stood when somebody asked for them, and of whose family nobody wants the rest.
    const named = this.full.tasks.filter(({ tag, each }) => each?.from === source.tag && this.wish.targets?.includes(tag) === true).map(({ tag }) => tag);
    const isWanted = named.length > 0 || this.project.tasks.some((spec) => (spec.from === source.tag || spec.each?.from === source.tag) && wanted.has(spec.tag));
    const isDecider = [...this.waits.values()].some((tags) => tags.has(source.tag));
    if (this.trying || this.memories.get(source.name)?.status !== "ok" || !(isWanted || isAsked || isDecider)) return;
    this.takeList(source.tag);
    this.made.add(source.tag);
    const before = this.project;
    this.project = this.withLists();
    for (const { tag } of before.tasks.filter((spec) => !this.project.tasks.some((other) => other.tag === spec.tag))) {
      wanted.delete(tag);
      this.forecast.unsteady.add(tag);
    }
    for (const { tag } of this.project.tasks) if (!before.tasks.some((spec) => spec.tag === tag)) this.forecast.unsteady.add(tag);
    const due = [...families.filter(({ tag }) => wanted.has(tag)).map(({ tag }) => tag), ...named];
    for (const spec of wantedOf(this.project, due, (one) => this.tracedNeeds(one))) wanted.add(spec.tag);
    this.removeLeftovers();
    this.waits = this.waitsOf(this.project.tasks.filter(({ tag }) => wanted.has(tag)));
    // Made when nobody wanted what stands on them.
    for (const { tag } of due.length > 0 ? this.full.tasks.filter((one) => one !== source && makesList(this.full, one)) : []) {
      const late = this.project.tasks.find((one) => one.tag === tag);
      if (late !== undefined && this.listed.has(tag) && !this.made.has(tag) && !this.stops(late)) this.grow(late);
    }
  }

  /** Not left out: by its definition, or by what it said in this build. */
  private isOn(spec: Spec): boolean {
    return spec.when && !this.forecast.leftOut.has(spec.tag);
  }

  private stops(need: Spec): boolean {
    return this.isOn(need) && ((this.forecast.failed.has(need.tag) && !this.hasLeave(need)) || this.forecast.blocked.has(need.tag));
  }

  private hasLeave(spec: Spec): boolean {
    return spec.allow || this.forecast.tolerated.has(spec.tag);
  }

  /** It has failed: is there room for it? Nobody counts where the family is not built. */
  private count(spec: Spec): void {
    const { failed, tolerated, wanted } = this.forecast;
    failed.add(spec.tag);
    const loose = loosened(this.project).get(spec.tag);
    // A family may come to be wanted later here than it did there; in the end it is asked whether it was at all.
    if (spec.allow || loose === undefined || (this.wish.tolerated === undefined && !wanted.has(loose.family.tag))) return;
    const room = loose.members.filter((tag) => tolerated.has(tag)).length < loose.leave;
    if (this.wish.tolerated === undefined ? room : this.wish.tolerated.has(spec.tag)) tolerated.add(spec.tag);
  }

  /** As many as there is room for, of those that failed. */
  private checkTolerated(): void {
    const { failed, tolerated, wanted, wrong } = this.forecast;
    for (const [tag, { family, leave, members }] of loosened(this.project)) {
      if (tag !== members[0]) continue;
      if (!wanted.has(family.tag)) {
        if (members.some((one) => tolerated.has(one))) wrong.push(`one of ${family.name} failed by leave, though nobody builds it`);
        continue;
      }
      const without = this.project.tasks.filter((spec) => members.includes(spec.tag) && failed.has(spec.tag) && !spec.allow).length;
      const by = members.filter((one) => tolerated.has(one)).length;
      // A failure from before somebody wanted the family is one without leave.
      const late = by < Math.min(without, leave) && !this.wantedAtFirst.has(family.tag);
      if (by !== Math.min(without, leave) && !late) wrong.push(`${without} of ${family.name} failed, ${by} by leave, there is room for ${leave}`);
    }
  }

  /** Makers of what a function asked for last time: made before it is judged. */
  private tracedNeeds(spec: Spec, memory: Memory | null = this.memories.get(spec.name) ?? null): Spec[] {
    const trace = memory?.trace ?? [];
    const makers = trace.flatMap(([question, answer]) => this.makersFor(spec, question, answer === "-"));
    const lists = trace.some(([question]) => this.asksForStayed(question)) ? this.project.tasks.filter((one) => makesList(this.full, one) && !this.standsOn(one, spec)) : [];
    return [...[...makers, ...this.listsOver(makers)].filter((maker) => maker.tag < spec.tag), ...lists];
  }

  /** Does the task need the other, by what is declared or what is known to be asked for, whoever is left out? */
  private standsOn(task: Spec, other: Spec): boolean {
    const above = new Set([task]);
    for (const one of above) {
      const trace = this.memories.get(one.name)?.trace ?? [];
      const asked = trace.flatMap(([question, answer]) => this.makersFor(one, question, answer === "-")).filter((maker) => maker.tag < one.tag);
      for (const need of [...gates(this.project, one), ...asked]) above.add(need);
    }
    return [...above].some(({ tag }) => tag === other.tag);
  }

  private isAskedFor(path: string): boolean {
    return [...this.memories.values()].some(({ trace }) => trace.some(([question]) => question === `need ${path}`));
  }

  /** For a file that a task which is gone has made: any list may bring who makes it now. */
  private asksForStayed(question: string): boolean {
    const [kind, what] = splitQuestion(question);
    return kind === "need" && this.stayed.has(what) && !this.wentNow.has(what) && this.neededBy(what) === undefined;
  }

  /** Who makes the lists that members among them stand in: one that is skipped needs nobody, but may leave. */
  private listsOver(makers: readonly Spec[]): Spec[] {
    return byTags(this.project, makers.flatMap(({ each }) => each?.from ?? []));
  }

  /** `isNothing`: there is no file of that name, or was none. */
  private makersFor(spec: Spec, question: string, isNothing: boolean): Spec[] {
    const { project } = this;
    const [kind, what] = splitQuestion(question);
    if (kind === "glob") return project.tasks.filter((other) => other !== spec && mayMatch(what, other));
    if (kind !== "need") return [];
    const maker = this.neededBy(what);
    return maker === undefined ? this.listMakers(what, isNothing) : maker === spec ? [] : [maker];
  }

  private neededBy(what: string): Spec | undefined {
    return this.project.tasks.find((other) => other.name === what) ?? ownerOf(this.project, what);
  }

  /** Who makes the lists that may yet bring what nobody makes: of a member its own, of a file that is not there, or has stayed, all. */
  private listMakers(what: string, isNothing: boolean): Spec[] {
    const member = this.full.tasks.find((spec) => spec.each !== null && spec.name === what);
    const sources = member !== undefined ? [member.each!.from] : isNothing || (this.stayed.has(what) && !this.wentNow.has(what)) ? this.full.tasks.flatMap(({ from }) => from ?? []) : [];
    return byTags(this.project, sources);
  }

  /** Lists are made before it is said what there is. */
  private haveLists(spec: Spec, question: string): void {
    const [kind, what] = splitQuestion(question);
    const isUnknown = kind === "need" && this.neededBy(what) === undefined;
    // A list that stands on who asks is not waited for, unless it is the one that has the member of that name.
    const isMember = this.full.tasks.some((one) => one.each !== null && one.name === what);
    const unknown = isUnknown ? this.listMakers(what, !this.tree.has(what)).filter((source) => isMember || !(this.standsOn(source, spec) || this.goesWithout(spec.tag, source))) : this.listsOver(this.makersFor(spec, question, false).filter((maker) => !maker.when));
    let failed = false;
    for (const source of unknown) {
      this.want(source);
      this.settle(source);
      if (this.stops(source)) failed = true;
      else this.grow(source, true);
    }
    // Unless another list has brought it.
    if (failed && !(isUnknown && this.neededBy(what) !== undefined)) throw new Refused(question);
    // Those made before anybody asked for what stands on them.
    const below = wantedOf(this.project, this.makersFor(spec, question, false).map(({ tag }) => tag));
    const sources = [...below].flatMap(({ from, each }) => from ?? each?.from ?? []);
    for (const source of byTags(this.project, sources)) if (this.settled.has(source.tag) && !this.stops(source)) this.grow(source, true);
  }

  /** It comes into the build with what it needs. */
  private want(maker: Spec): void {
    if (this.forecast.wanted.has(maker.tag)) return;
    for (const other of wantedOf(this.project, [maker.tag], (one) => this.tracedNeeds(one))) this.forecast.wanted.add(other.tag);
  }

  private answer(question: string): string {
    const [kind, what] = splitQuestion(question);
    if (kind === "env") return this.wish.env[what] ?? "<unset>";
    if (kind === "absent") return String(!this.tree.has(what));
    if (kind === "glob") return globbed([{ pattern: what, nots: [] }], this.filesThere()).sort().join("\n");
    const task = this.project.tasks.find((other) => other.name === what);
    return task === undefined ? this.identityNow(what) : this.standsFor(task);
  }

  /** Of what joins others all that they have made, in any order. */
  private standsFor(task: Spec, identity: (made: readonly [path: string, identity: string], dep: Spec) => string = ([, so]) => so): string {
    const made = (task.barrier ? depsOf(this.project, task) : [task]).flatMap((dep) => [...this.madeBy(dep, true)].map((one) => JSON.stringify([one[0], identity(one, dep)])));
    // Who never ran stands for nothing, whether it is to make something or not.
    if (!task.barrier && made.length === 1 && made[0] === NO_KEY) return "";
    if (task.barrier) made.push(familiesOf(this.project).has(task.name) ? "values" : "no value");
    return made.sort().join("\n");
  }

  private filesNow(): string[] {
    return [...this.tree].filter(([, node]) => node.kind !== "dir").map(([path]) => path);
  }

  /** Asks and is told; what was not there in time is an error. */
  private ask(spec: Spec, question: string, trace: [string, string][]): string {
    try {
      this.haveLists(spec, question);
    } catch (error) {
      trace.push([question, question.startsWith("need ") ? "-" : UNMADE]);
      throw error;
    }
    // Of who makes a list nothing but that is asked for.
    const isUnknown = question.startsWith("need ") && this.neededBy(splitQuestion(question)[1]) === undefined;
    // All that may match a pattern come in at once: that one of them fails keeps none of the others.
    const makers = isUnknown ? [] : this.makersFor(spec, question, false);
    for (const maker of makers) this.want(maker);
    for (const maker of makers) {
      this.settle(maker);
      if (!this.trying) this.askers.set(maker.tag, (this.askers.get(maker.tag) ?? new Set()).add(spec));
      if (question.startsWith("need ")) this.remakeFor(spec, maker);
    }
    const isStopped = makers.some((maker) => this.isStopped(spec, maker));
    if (isStopped) this.forecast.stopped.add(spec.tag);
    if (isStopped || makers.some((maker) => this.stops(maker))) {
      trace.push([question, UNMADE]);
      throw new Refused(question);
    }
    const answer = this.answer(question);
    trace.push([question, answer]);
    if (question.startsWith("need ") && answer === "-") throw new Refused(question);
    return answer;
  }

  /** It asked as the build was ending, for what nobody looked at any more, though there was nothing to do for it. */
  private isStopped({ tag }: Spec, maker: Spec): boolean {
    const { keepGoing, refused, cancelled, ran } = this.wish;
    return !keepGoing && refused?.has(tag) === true && cancelled?.has(maker.tag) === true && ran?.has(maker.tag) === false;
  }

  /** What is needed by name while a function runs is to be on disk. */
  private remakeFor(spec: Spec, maker: Spec): void {
    const memory = this.memories.get(maker.name);
    if (maker.barrier || !this.isOn(maker) || this.trying || memory?.status !== "ok") return;
    const deleted = this.project.tasks.flatMap((other) => other.deletes);
    const gone = literalOuts(maker).filter((path) => (memory.left.get(path) ?? "-") !== "-" && !this.tree.has(path));
    if (gone.length === 0) return isTemp(maker) && this.wish.keepTemp !== true ? this.makeAgain(maker) : undefined;
    if (this.forecast.blocked.has(maker.tag)) throw new Refused(maker.name);
    if (!this.wish.keepGoing && this.wish.refused?.has(spec.tag) === true && this.wish.ran?.has(maker.tag) === false) {
      this.forecast.stopped.add(spec.tag);
      this.makersBegun(maker);
      throw new Refused(maker.name);
    }
    if (gone.some((path) => !deleted.includes(path))) this.forecast.must.set(maker.tag, `needed by ${spec.name}`);
    else {
      this.forecast.may.add(maker.tag);
      if (this.wish.ran?.has(maker.tag) !== true || this.forecast.must.has(maker.tag)) return;
    }
    this.forecast.asked.add(maker.tag);
    this.runAnew(maker);
  }

  /** It may have gone after use before it was asked for, and with it what it is made from. */
  private makeAgain(maker: Spec): void {
    this.forecast.may.add(maker.tag);
    for (const need of [...this.virtualMakers(maker), ...this.depMakers(maker, true), ...this.depMakers(maker, false)]) {
      this.makeAgain(need);
      if (this.wish.ran?.has(need.tag) === true && !this.forecast.must.has(need.tag)) this.run(need);
    }
  }

  /** Files of a `temp` task go once it and all who read it are good. What cannot be said from here is left open. */
  private clearTemp(spec: Spec): void {
    const { forecast, wish } = this;
    const memory = this.memories.get(spec.name);
    if (!isTemp(spec) || !this.isOn(spec) || !forecast.wanted.has(spec.tag) || wish.targets?.includes(spec.tag) === true || memory === undefined) return;
    const asked = (tags: Map<number, readonly number[]>, user: Spec): Spec[] => byTags(this.project, tags.get(user.tag) ?? []);
    const before = tempReaders(this.project, spec, (user) => asked(this.askedBefore, user));
    const askedNow = (user: Spec): Spec[] => [...asked(this.askedBefore, user), ...this.project.tasks.filter((maker) => this.askers.get(maker.tag)?.has(user) === true)];
    const readers = tempReaders(this.project, spec, askedNow);
    // Until who has a depfile asked for something below: nobody knew that it might find the files.
    const early = tempReaders(this.project, spec, (user) => (user.depfile ? asked(this.askedBefore, user) : askedNow(user)));
    const surely = tempReaders(this.project, spec, (user) => asked(this.askedSurely, user));
    // Whoever asked for what a member made that is in the list no more stands below that list no more.
    const grown = tempReaders(this.project, spec, (user) => asked(this.askedGrown, user));
    if (surely.length + before.length + grown.length + readers.length + early.length === 0) return;
    const known = [spec, ...surely, ...before, ...grown, ...(this.askers.get(spec.tag) ?? [])];
    // Who asked for what joins others, and then failed, may have come when the file had gone.
    const late = readers.filter((one) => !known.includes(one)).map((one) => this.standsGood(one));
    const standings = [...known.map((one) => this.standsGood(one)), ...late.map((standing) => (standing === "no" ? "may" : standing))];
    // Whether it went before somebody asked who would keep it is luck.
    if (readers.length === 0) standings.push("may");
    const there = [...memory.left].filter(([path]) => middlesOf(spec).includes(path) && this.tree.has(path));
    if (standings.includes("no") || memory.status !== "ok" || there.some(([path, identity]) => outputIdentity(this.tree, path) !== identity)) return;
    // Of a link that leads who knows where its readers' records hold the end: without it nobody could tell whether that is another.
    const isRead = (path: string): boolean => this.project.tasks.flatMap(({ name }) => this.memories.get(name) ?? []).some(({ inputs, discovered, trace }) => inputs.has(path) || discovered.has(path) || trace.some(([question]) => question === `need ${path}`));
    const lasts = ([path, identity]: readonly [string, string]): boolean => identity.startsWith("l") && memory.links?.has(path) !== true && isRead(path);
    for (const [path] of there.filter((one) => !lasts(one))) {
      if (standings.includes("may")) forecast.loose.add(path);
      else this.tree.delete(path);
    }
  }

  /** Is it fresh, or was it made? What is not of this build counts as it is. */
  private standsGood(spec: Spec): "yes" | "no" | "may" {
    const { failed, blocked, wanted } = this.forecast;
    if (wanted.has(spec.tag)) {
      if (!this.isOn(spec) || failed.has(spec.tag) || this.wish.cancelled?.has(spec.tag) === true) return "no";
      return blocked.has(spec.tag) ? "may" : "yes";
    }
    const why = this.reason(spec);
    if (why === null) return depsOf(this.project, spec).some((dep) => this.isYetToRun(dep) || this.isMendedByNow(dep)) ? "no" : "yes";
    return ["always", "never ran", "failed last time"].includes(why) ? "no" : "may";
  }

  /** It never ran, for it was skipped, and may run by now: nobody knows what will stand for it. Where it makes files, these count as they are. */
  private isYetToRun(dep: Spec): boolean {
    return !this.memories.has(dep.name) && !hasOutputs(dep) && this.isOn(dep);
  }

  /** It failed, others went on with what it would have been made from, and that is another by now: it is not of this build. */
  private isMendedByNow(dep: Spec): boolean {
    const memory = this.memories.get(dep.name);
    if (memory?.status !== "failed" || hasOutputs(dep) || !this.isOn(dep) || this.forecast.wanted.has(dep.tag)) return false;
    return memory.key !== keyOf(this.parts(dep), this.inputsNow(dep), this.depsNow(dep));
  }

  /** Further arguments of a function's mix: what it was told. */
  private told(spec: Spec, trace: [string, string][]): string[] {
    const more: string[] = [];
    for (const name of valuesOf(this.project, spec)) {
      const value = this.memories.get(name)?.value ?? null;
      if (value === null) throw new Refused(name);
      more.push("-v", `${name}=${value}`);
    }
    for (const [kind, what, caught] of asksOf(this.full, spec)) {
      const ask = (question: string): string | null => (caught === true ? this.tryToAsk(spec, question, trace) : this.ask(spec, question, trace));
      const answer = ask(`${kind === "task" ? "need" : kind} ${what}`);
      if (answer === null) more.push("-v", `${what}=none`);
      else if (kind === "env" || kind === "absent") more.push("-v", `${what}=${answer}`);
      else if (kind === "task") more.push("-v", `${what}=${this.valueNow(what)}`);
      else if (kind === "need") more.push("-i", what);
      else for (const path of answer === "" ? [] : answer.split("\n")) more.push(...(ask(`need ${path}`) === null ? ["-v", `${path}=none`] : ["-i", path]));
    }
    return more;
  }

  /** null: an error, with which the function goes on. */
  private tryToAsk(spec: Spec, question: string, trace: [string, string][]): string | null {
    try {
      return this.ask(spec, question, trace);
    } catch (error) {
      if (error instanceof Refused) return null;
      throw error;
    }
  }

  /** As JSON. Members of families are no functions: these have values of nobody. */
  private valueNow(name: string): string {
    const task = this.project.tasks.find((other) => other.name === name);
    const memory = this.memories.get(name);
    // One that failed by leave has none, whatever it gave before.
    if (task?.barrier !== true) return memory?.status === "failed" ? "null" : (memory?.value ?? "null");
    return familiesOf(this.project).has(name) ? "{}" : "null";
  }

  /** Says what was not started, and why it should have been. */
  private visit(spec: Spec): string[] {
    const { ran } = this.wish;
    let why = this.reason(spec);
    // Whether a new list brings what it once asked for in vain may be found out by asking again; who runs anyway may ask no more.
    const lists = why === null ? this.listsMadeFor(spec) : [];
    for (const source of lists) this.grow(source, true);
    if (lists.length > 0) why = this.reason(spec) ?? "may";
    if (why === null) return [];
    // Nobody came to it, or nobody knows whether.
    if (this.wish.killed === true && ran?.has(spec.tag) !== true && this.wish.refused?.has(spec.tag) !== true) this.block(spec);
    else if (why === "may") {
      this.forecast.may.add(spec.tag);
      if (this.wish.cancelled?.has(spec.tag) === true) this.block(spec);
      else if (ran !== null && !ran.has(spec.tag) && !this.wasLeftOut(spec)) this.adopt(spec);
      else this.run(spec);
    } else {
      const spared = this.wish.refused?.has(spec.tag) === true || this.wish.fresh?.has(spec.tag) === true || this.wasLeftOut(spec);
      if (ran !== null && !ran.has(spec.tag) && !spared && !this.wish.keepGoing) {
        this.block(spec);
        return [`${spec.name}: ${why}`];
      }
      this.forecast.must.set(spec.tag, why);
      this.run(spec);
    }
    return [];
  }

  /** Who made, in this build, a list that may bring what it asked for in vain. */
  private listsMadeFor(spec: Spec): Spec[] {
    const trace = this.memories.get(spec.name)?.trace ?? [];
    const inVain = trace.flatMap(([question, answer]) => (question.startsWith("need ") && (answer === "-" || this.stayed.has(splitQuestion(question)[1])) ? [splitQuestion(question)[1]] : [])).filter((what) => this.neededBy(what) === undefined);
    return inVain.flatMap((what) => this.listMakers(what, true)).filter((source) => this.forecast.started.has(source.tag) && !this.stops(source) && !this.goesWithout(spec.tag, source));
  }

  /** Not started. */
  private block(spec: Spec): void {
    this.forecast.blocked.add(spec.tag);
    this.makersBegun(spec);
  }

  /** What it would have needed on disk: some of that may have been made again before it was known that it does not start. */
  private makersBegun(spec: Spec): void {
    for (const maker of [...this.virtualMakers(spec), ...this.depMakers(spec, true), ...this.depMakers(spec, false)]) {
      this.forecast.may.add(maker.tag);
      if (this.forecast.must.has(maker.tag)) continue;
      // The build may have ended while its own makers were at it.
      if (this.wish.ran?.has(maker.tag) === true) this.run(maker);
      else this.makeAgain(maker);
    }
  }

  /** Clauses 1 to 9: null is fresh, "may" either. `again`: it has run in this build, and what that was asked for has been done. */
  private reason(spec: Spec, again = false): string | null {
    const { targets, force } = this.wish;
    const memory = this.memories.get(spec.name);
    if (!again && force && (targets === null || targets.includes(spec.tag))) return "forced";
    if (!again && (spec.always || (nothingToJudgeBy(spec) && (memory?.value ?? null) === null))) return "always";
    if (memory === undefined) return "never ran";
    if (memory.status === "failed") return "failed last time";
    if (memory.status === "unsure") return this.outputTrouble(spec, new Map(literalOuts(spec).map((path) => [path, "any"]))) ?? "may";
    if (memory.parts !== this.parts(spec)) return `definition: ${memory.parts} -> ${this.parts(spec)}`;
    const excused = (before: Seen, now: Seen): Seen => new Map([...now, ...[...before].filter(([path]) => (now.get(path) ?? "-") === "-" && this.isGoneBelowSkip(path))]);
    const trouble = differ("input", memory.inputs, excused(memory.inputs, this.inputsNow(spec))) ?? differ("discovered", memory.discovered, excused(memory.discovered, this.now(memory.discovered.keys()))) ?? this.outputTrouble(spec, memory.left, again);
    if (trouble !== null) return trouble;
    const deps = new Map([...this.depsNow(spec)].map(([tag, now]) => [tag, memory.deps.has(tag) ? excused(memory.deps.get(tag)!, now) : now]));
    const lost = takesValues(spec) ? this.barriersIn(spec).find((name) => memory.families.includes(name) && !this.familiesIn(spec).includes(name)) : undefined;
    if (lost !== undefined) return `dep ${lost} is no family any more`;
    return this.unjoined(spec, memory, deps) ?? this.depTrouble(memory, deps, takesValues(spec)) ?? this.replay(memory) ?? (memory.doubt === true ? "may" : null);
  }

  /** Clause 8: in recorded order, up to the first difference. */
  private replay({ trace }: Memory): string | null {
    const others = trace.filter(([question, before]) => this.answer(question) !== before && !this.isExcusedAnswer(question, before));
    const sure = others.find(([question, before]) => !mayBeEqual(before, this.answer(question)) && !this.isLuckyAnswer(question));
    if (sure === undefined) return others.length > 0 ? "may" : null;
    return `${sure[0]}: ${sure[1]} -> ${this.answer(sure[0])}`;
  }

  /** Whoever consumed it may have deleted it, and nobody makes it again (semantics 9): no reason to run. */
  private isGoneBelowSkip(path: string): boolean {
    const owner = ownerOf(this.project, path);
    return owner !== undefined && !this.isOn(owner) && middlesOf(owner).includes(path) && !this.tree.has(path);
  }

  /** What a failed run left, and a reader deletes: others that name the task see it or not, as the order has it. */
  private isGoneByLuck(path: string): boolean {
    return this.project.halves && this.project.tasks.some(({ deletes }) => deletes.includes(path));
  }

  private isLuckyAnswer(question: string): boolean {
    const [kind, what] = splitQuestion(question);
    const task = kind === "need" ? this.project.tasks.find((other) => other.name === what) : undefined;
    return task !== undefined && middlesOf(task).some((path) => this.isGoneByLuck(path));
  }

  private isExcusedAnswer(question: string, before: string): boolean {
    const [kind, what] = splitQuestion(question);
    if (kind !== "need") return false;
    const task = this.project.tasks.find((other) => other.name === what);
    if (task === undefined) return this.isGoneBelowSkip(what);
    return before === this.standsFor(task, ([path, identity], { name }) => (this.isGoneBelowSkip(path) ? (this.memories.get(name)?.left.get(path) ?? identity) : identity));
  }

  /** Clause 7 for `deps`. What a list gained or lost is no difference of content; whether a gain runs is left open. */
  private depTrouble({ deps: before, inputs, discovered }: Memory, now: Memory["deps"], takesValues: boolean): string | null {
    const beside = new Set([...inputs.keys(), ...discovered.keys()]);
    let verdict: string | null = null;
    const gone = [...before].flatMap(([tag, gave]) => (now.has(tag) ? [] : [gave]));
    // A member of a pattern, or what left with its declaration. What another entry gives, or is an input beside, is not lost.
    const isKept = (path: string, tag: number): boolean => {
      const [owner, maker] = [ownerOf(this.project, path), this.project.tasks.find((other) => other.tag === tag)];
      return beside.has(path) || [...now.values()].some((what) => what.has(path)) || (owner !== maker && maker !== undefined && !this.isOn(maker));
    };
    for (const [tag, what] of now) {
      const old = before.get(tag);
      if (old === undefined) verdict = "may";
      for (const [path, identity] of old === undefined ? [] : what) {
        if (!old!.has(path) || old!.get(path) === identity) continue;
        if (mayBeEqual(old!.get(path)!, identity) || ([old!.get(path), identity].includes("-") && this.isGoneByLuck(path))) {
          verdict = "may";
          continue;
        }
        // Where there is no path, nobody says from whom: another dep may have given the same before it left the list.
        if (!gone.some((gave) => PATHLESS.has(path) && gave.get(path) === identity)) return `dep T${tag} changed: ${path}`;
        verdict = "may";
      }
      const lost = [...(old ?? [])].find(([path, identity]) => !what.has(path) && (isInTree(what, path) || (identity !== "-" && !PATHLESS.has(path) && !isKept(path, tag))))?.[0];
      if (lost !== undefined) return `dep T${tag} changed: ${lost} is gone`;
      if (takesValues && old?.has("value") === true && !what.has("value") && !what.has("key")) return `dep T${tag} changed: no value any more`;
      if (old !== undefined && ![...what.keys()].every((path) => old.has(path))) verdict = "may";
    }
    return verdict;
  }

  private outputTrouble(spec: Spec, left: Seen, again = false): string | null {
    const unsure = this.memories.get(spec.name)?.status === "unsure";
    const named = !again && this.wish.targets?.includes(spec.tag) === true;
    const excused = spec.outs.flatMap((out) => (out.kind === "file" && (out.role === "intermediate" ? !named : out.optional && left.get(out.path) === "any") ? [out.path] : []));
    for (const path of literalOuts(spec)) if (!left.has(path) && !spec.inout.includes(path)) return `output ${path} is not remembered`;
    for (const [path, identity] of left) {
      const now = outputIdentity(this.tree, path);
      if (now === "-" && identity !== "gone" && excused.includes(path)) continue;
      if (spec.drift === "keep" && (now !== "-" || this.treeStands(spec, path)) && identity !== OTHERS + now) continue;
      if (identity === "any" ? now === "-" : now !== identity) return `output ${path}: ${identity} -> ${now}`;
    }
    for (const out of spec.outs) if (out.kind === "tree" && spec.drift !== "keep") for (const path of below(this.tree, out.path)) if (!left.has(path) && !unsure) return `foreign ${path}`;
    return null;
  }

  /** Is the path in an owned tree that is there? */
  private treeStands(spec: Spec, path: string): boolean {
    return spec.outs.some((out) => out.kind === "tree" && path.startsWith(`${out.path}/`) && this.tree.has(out.path));
  }

  /** Is an output there, but not as the task left it? What another one makes by now is none. */
  private drifted(spec: Spec): boolean {
    const memory = this.memories.get(spec.name);
    if (memory === undefined || memory.status === "unsure") return false;
    const foreign = spec.outs.some((out) => out.kind === "tree" && memory.left.has(out.path) && below(this.tree, out.path).some((path) => !memory.left.has(path)));
    const isOthers = (path: string): boolean => ![undefined, spec.tag].includes(ownerOf(this.project, path)?.tag);
    return foreign || [...memory.left].some(([path, identity]) => this.tree.has(path) && outputIdentity(this.tree, path) !== identity && !isOthers(path));
  }

  /** What another task made, somebody edited, and this one is to make from now on. */
  private editedBefore(spec: Spec): boolean {
    const own = this.memories.get(spec.name)?.left;
    const notes = [...this.memories].flatMap(([name, { left }]) => (name.endsWith(BEFORE) ? [...left] : []));
    const isAsLeft = (path: string): boolean => notes.some(([noted, identity]) => noted === path && outputIdentity(this.tree, path) === identity);
    return notes.some(([path]) => ownerOf(this.project, path) === spec && own?.has(path) !== true && this.tree.has(path) && !isAsLeft(path));
  }

  /** Definition parts (semantics 6). */
  private parts(spec: Spec): string {
    const outs = spec.outs.map((out) => (out.kind === "tree" ? `${out.path}/` : out.kind === "glob" ? `${out.dir}/*.gen` : out.path + (out.optional ? "?" : ""))).sort();
    const env = envOf(spec).map((name) => [name, spec.envValues[name] ?? this.wish.env[name] ?? null]);
    return JSON.stringify([spec.chained ? membersOf(spec).map((member) => [spec.fn && member.isCore ? runOf(this.full, spec, ["mix"]) : argsOfMember(spec, member), member.cwd, spec.shell]) : runOf(this.full, spec, ["mix"]), lastHookOf(this.full, spec, ["mix"], () => (this.whole ??= wholeConfig(this.full, ["mix"]))), spec.params.map((name) => [name, paramNow(name, this.wish.params)]), spec.rsp, spec.cwd, env, declaredInputs(spec), outs, spec.inout, spec.depfile, spec.stdout, stdinOf(spec), stderrOf(spec), spec.fn && !spec.chained ? [] : wrapOf(spec), toolsOf(spec).map((entry) => [entry, toolNow(this.tree, entry, spec.cwd).text]).sort()]);
  }

  /** An absent intermediate of a fresh task stands by its recorded hash. */
  private identityNow(path: string): string {
    if (this.tree.has(path)) return inputIdentity(this.tree, path);
    const owner = ownerOf(this.project, path);
    if (owner !== undefined && !this.isOn(owner)) return "-";
    const middle = owner?.outs.some((out) => out.kind === "file" && out.path === path && out.role === "intermediate");
    const memory = middle === true ? this.memories.get(owner!.name) : undefined;
    return (memory?.status === "failed" ? undefined : (memory?.links?.get(path) ?? memory?.left.get(path))) ?? "-";
  }

  private now(paths: Iterable<string>): Seen {
    return new Map([...paths].map((path) => [path, this.identityNow(path)]));
  }

  private inputsNow(spec: Spec): Seen {
    const { literals, globs } = declared(spec);
    if (globs.length === 0) return this.now([...literals.map((read) => read.path), ...spec.inout].sort());
    const there = this.filesThere();
    // A folder that is not there, and into which nobody writes, is a path like others.
    const absent = globs.flatMap(({ pattern, folder, nots }) => (folder === "bare" && this.isNoFolder(dirOf(pattern)) && !nots.some((not) => taken(dirOf(pattern), not)) ? [dirOf(pattern)] : []));
    return this.now([...globbed(globs, there), ...absent, ...literals.map((read) => read.path), ...spec.inout].sort());
  }

  /** Files that are on disk, and intermediates that are gone but stand for what they were. */
  private filesThere(): Set<string> {
    const middles = this.project.tasks.flatMap((other) => other.outs.flatMap((out) => (out.kind === "file" && out.role === "intermediate" ? [out.path] : [])));
    return new Set([...this.filesNow(), ...middles.filter((path) => this.identityNow(path) !== "-")]);
  }

  private isNoFolder(dir: string): boolean {
    return !this.tree.has(dir) && !isMadeInto(this.project, dir);
  }

  private barriersIn(spec: Spec): string[] {
    return byTags(this.project, spec.deps).flatMap(({ barrier, name }) => (barrier ? [name] : []));
  }

  /** A family that joins nothing any more has taken along what its members gave, unless another gives it or it is an input beside. */
  private unjoined(spec: Spec, { deps: before, joined, inputs, discovered }: Memory, now: Memory["deps"]): string | null {
    const families = familiesOf(this.project);
    for (const barrier of barriersBelow(this.project, spec)) {
      for (const tag of families.has(barrier.name) ? [] : (joined.get(barrier.name) ?? [])) {
        const lost = now.has(tag) ? undefined : [...(before.get(tag) ?? [])].find(([path, identity]) => identity !== "-" && !PATHLESS.has(path) && !inputs.has(path) && !discovered.has(path) && ![...now.values()].some((what) => what.has(path)));
        if (lost !== undefined) return `dep ${barrier.name} is no family any more: ${lost[0]} is gone`;
      }
    }
    return null;
  }

  private joinedBy(spec: Spec): Memory["joined"] {
    return new Map(familyDeps(this.project, spec).map(({ name, deps }) => [name, deps]));
  }

  private familiesIn(spec: Spec): string[] {
    return this.barriersIn(spec).filter((name) => familiesOf(this.project).has(name));
  }

  /** Outputs of what stands for `deps`, or keys where there are none. */
  private depsNow(spec: Spec): Map<number, Seen> {
    const families = familyDeps(this.project, spec).map(({ tag, deps }): [number, Seen] => [tag, new Map([["of", String(byTags(this.project, deps).length)]])]);
    const runs = runDepsOf(this.project, spec);
    const gives = (dep: Spec): Seen => (runs.has(dep) ? new Map([...this.madeBy(dep, takesValues(spec)), ["run", this.runNamed(dep)]]) : this.madeBy(dep, takesValues(spec)));
    return new Map([...depsOf(this.project, spec).map((dep): [number, Seen] => [dep.tag, gives(dep)]), ...families]);
  }

  private runNamed({ name }: Spec): string {
    const memory = this.memories.get(name);
    return `run ${memory?.run ?? ""}${memory?.status === "unsure" ? "?" : ""}`;
  }

  /** It runs: whether that is one of its own, for a reason it has not been run for already, and not for what others need. */
  private runIs(spec: Spec): string {
    const why = this.reason(spec, this.forecast.started.has(spec.tag));
    const isOwn = why !== null && !(why === "may" && this.wish.forOthers?.has(spec.tag) === true);
    if (!isOwn) return this.memories.get(spec.name)?.run ?? "";
    // What is put back took place earlier.
    return `${++this.runs}${this.wish.restored?.has(spec.tag) === true ? "?" : ""}`;
  }

  /** What stands for a task: outputs and value, else its key. Functions get values by name: who returned what counts. */
  private madeBy(dep: Spec, byName: boolean): Seen {
    const memory = this.memories.get(dep.name);
    const value = memory?.status === "ok" ? memory.value : null;
    // Others go on without what failed and may: what it made last time has gone.
    const failed = this.isOn(dep) && memory?.status === "failed";
    const asItIs = failed || !this.isOn(dep) || dep.drift === "keep";
    const paths = failed ? [...literalOuts(dep), ...[...memory.left.keys()].filter((path) => claims(dep, path))] : [...(memory?.left.keys() ?? literalOuts(dep))];
    const left: Seen = asItIs ? new Map(paths.map((path) => [path, failed ? outputIdentity(this.tree, path) : this.standing(dep, path)])) : (memory?.left ?? new Map());
    if (asItIs) for (const out of dep.outs) if (out.kind === "tree") for (const path of below(this.tree, out.path)) left.set(path, outputIdentity(this.tree, path));
    const made: Seen = hasOutputs(dep) ? new Map([...left, ...this.now(dep.inout)]) : new Map();
    if (value !== null) made.set("value", (byName ? `${dep.name} ` : "") + value);
    else if (!hasOutputs(dep)) made.set("key", memory?.key ?? "");
    return made;
  }

  /** An output as it is; an absent intermediate stands by its record, unless its maker is skipped. */
  private standing(dep: Spec, path: string): string {
    const now = outputIdentity(this.tree, path);
    const middle = this.isOn(dep) && dep.outs.some((out) => out.kind === "file" && out.path === path && out.role === "intermediate");
    return now === "-" && middle ? (this.memories.get(dep.name)?.left.get(path) ?? "-") : now;
  }

  /** Makers of absent intermediates that a run of `spec` needs on disk. What a function asked for last time its depfile names as well; what was declared then is not found by it. */
  private virtualMakers(spec: Spec): Spec[] {
    const memory = this.memories.get(spec.name);
    return this.absentMakers([...this.inputsNow(spec).keys(), ...[...(memory?.discovered.keys() ?? [])].filter((path) => !memory!.inputs.has(path))]);
  }

  /** The same for what `deps` name; a file that its reader deletes may be gone by then in any build. */
  private depMakers(spec: Spec, sure: boolean): Spec[] {
    const deleted = this.project.tasks.flatMap((other) => other.deletes);
    return this.absentMakers(depsOf(this.project, spec).flatMap((dep) => literalOuts(dep)).filter((path) => deleted.includes(path) !== sure));
  }

  private absentMakers(paths: readonly string[]): Spec[] {
    return [...new Set(paths.flatMap((path) => (!this.tree.has(path) && this.identityNow(path) !== "-" ? [ownerOf(this.project, path)!] : [])))].filter((maker) => this.isOn(maker));
  }

  private remake(spec: Spec): void {
    const why = this.reason(spec);
    const makers = (): Spec[] => [...this.virtualMakers(spec), ...this.depMakers(spec, true)].sort((a, b) => Number(this.lostLink(b)) - Number(this.lostLink(a)));
    for (const maker of makers()) {
      if (!makers().includes(maker)) continue;
      // A link without which it could not be compared is there again, and it turns out that it need not run.
      if (why !== null && this.reason(spec) === null && this.wish.ran?.has(maker.tag) === false) {
        this.forecast.may.add(maker.tag);
        continue;
      }
      this.forecast.must.set(maker.tag, `needed by ${spec.name}`);
      // Before there was a list, nobody knew.
      if (this.forecast.unsteady.has(spec.tag) || this.forecast.asked.has(spec.tag)) this.forecast.asked.add(maker.tag);
      this.runAnew(maker);
    }
    for (const maker of this.depMakers(spec, false)) {
      this.forecast.may.add(maker.tag);
      if (this.wish.ran?.has(maker.tag) === true && !this.forecast.must.has(maker.tag)) this.run(maker);
    }
  }

  /** For its intermediates. One that is incremental begins anew, and what only an earlier run had made is gone: who was found fresh by that is judged again. */
  private runAnew(maker: Spec): void {
    const below = maker.incremental ? this.freshBelow(maker) : [];
    const made = below.filter(({ tag }) => this.forecast.started.has(tag));
    this.run(maker);
    for (const spec of made) if (this.reason(spec) !== null) this.run(spec);
    for (const { tag } of below.filter((spec) => !made.includes(spec))) {
      this.reopened.add(tag);
      this.settled.delete(tag);
    }
  }

  /** All below it, by what is declared or was asked, that has or would have nothing to do, or that has been made. */
  private freshBelow(maker: Spec): Spec[] {
    const { failed, blocked, leftOut } = this.forecast;
    const below = new Set([maker]);
    for (const one of below) for (const user of this.project.tasks) if ([...gates(this.project, user), ...this.tracedNeeds(user)].includes(one)) below.add(user);
    return [...below].filter((spec) => spec !== maker && ![failed, blocked, leftOut].some((tags) => tags.has(spec.tag)) && !this.waiting.has(spec.tag) && (spec.barrier || this.reason(spec) === null));
  }

  /** What it says when it is asked; nobody has asked yet. */
  private wantsNo({ when, onlyIf }: Spec): boolean {
    return when && onlyIf !== "" && this.tree.has(onlyIf.replace("!", "")) === onlyIf.startsWith("!");
  }

  private wasLeftOut(spec: Spec): boolean {
    return this.wantsNo(spec) && this.wish.leftOut?.has(spec.tag) === true;
  }

  /** It is asked when all it needs is made. Then nothing is recorded and nothing removed, and others go on with the files as they are. */
  private leaveOut(spec: Spec): void {
    const why = this.forecast.must.get(spec.tag) ?? "may";
    this.remake(spec);
    this.forecast.must.delete(spec.tag);
    this.forecast.leftOut.set(spec.tag, why);
  }

  private run(spec: Spec): void {
    if (this.wantsNo(spec)) return this.leaveOut(spec);
    const others = spec.drift === "keep" ? this.project.tasks.filter((other) => other !== spec) : [];
    const stale = (this.drifted(spec) ? others : []).filter((other) => this.reason(other) !== null);
    const lacking = others.filter((other) => this.lacksInput(other));
    this.runNow(spec);
    for (const other of stale) if (this.reason(other) === null) this.forecast.mended.add(other.tag);
    for (const other of lacking) if (!this.lacksInput(other)) this.supplied.add(other.tag);
  }

  /** Is a link gone of which nobody knows what it led to? Until it is there again its readers cannot be compared. */
  private lostLink(spec: Spec): boolean {
    const memory = this.memories.get(spec.name);
    return middlesOf(spec).some((path) => !this.tree.has(path) && memory?.left.get(path)?.startsWith("l") === true && memory.links?.has(path) !== true);
  }

  /** What it lacked, by an edit that is to stand, was made again for another task; whether before its turn is luck. */
  private cameTooEarly({ tag }: Spec): boolean {
    return this.supplied.has(tag) && this.wish.refused?.has(tag) === true && this.wish.ran?.has(tag) === false;
  }

  /** `again`: what it read was made again from nothing as it asked. */
  private runNow(spec: Spec, again = false): void {
    const why = this.reason(spec);
    const makers = [...this.virtualMakers(spec), ...this.depMakers(spec, true), ...this.depMakers(spec, false)];
    this.remake(spec);
    // What comes before a run is no part of what it is made from: made again, it may fail.
    if (makers.some((maker) => mayFailBefore(maker) && this.stops(maker))) {
      this.forecast.must.delete(spec.tag);
      return this.block(spec);
    }
    // An edit that was to stand has gone with what was made again: it is as it was.
    if (why !== null && this.reason(spec) === null && this.wish.ran?.has(spec.tag) === false) {
      this.forecast.must.delete(spec.tag);
      this.forecast.may.add(spec.tag);
      return;
    }
    if ((spec.drift === "error" && (this.drifted(spec) || this.editedBefore(spec))) || this.emptyPattern(spec) || this.lacksInput(spec) || this.lacksTool(spec) || this.cameTooEarly(spec)) return this.refuse(spec);
    const old = this.memories.get(spec.name);
    const inputs = this.inputsNow(spec);
    const deps = this.depsNow(spec);
    const run = this.runIs(spec);
    this.clearHandedOver(spec);
    this.clear(spec, old, inputs);
    if (spec.rsp !== null) put(this.tree, rspOf(spec.tag), { kind: "file", text: spec.rsp, exec: false });
    const before = new Map(this.tree);
    // A build that ends for another failure gives further attempts up.
    const env = this.envIn(spec, this.wish.cancelled?.has(spec.tag) === true ? "1" : "2");
    this.forecast.started.add(spec.tag);
    const trace: [string, string][] = [];
    const args = this.argsOf(spec, trace, env);
    if (!again && spec.asks.length > 0 && !args.includes(null) && differ("input", inputs, this.inputsNow(spec)) !== null) return this.runNow(spec, true);
    // Each further attempt begins with nothing of its outputs.
    if (!args.includes(null) && spec.incremental && spec.retries > 0) {
      const first = this.mixAll(spec, args, { env: { ...env, TG_ATTEMPT: "1" }, tree: new Map(this.tree) });
      if (first.exit !== 0 || first.hangs === true) for (const out of spec.outs) if (out.kind !== "file") for (const path of [...(out.kind === "tree" ? [out.path] : []), ...below(this.tree, out.kind === "tree" ? out.path : out.dir)]) this.tree.delete(path);
    }
    if (keepsHalves(this.full, spec) && spec.retries > 0 && env["TG_ATTEMPT"] !== "1" && this.failsAtFirst(spec, args, env)) this.clearHalves(spec, before, old);
    // What was made for a function while it ran was not there before.
    if (spec.fn) for (const [path, node] of this.tree) if (ownerOf(this.project, path)?.tag !== spec.tag) before.set(path, node);
    const { exit, stdout, stderr = "", value } = this.mixAll(spec, args, { env, tree: this.tree });
    if (exit !== 0) return this.fail(spec, before, { old, trace, run, key: keyOf(this.parts(spec), inputs, deps) });
    if (this.wish.restored?.has(spec.tag) === true) for (const path of spec.deletes) if (before.has(path)) this.tree.set(path, before.get(path)!);
    const errors = stderrOf(spec);
    if (errors !== null) put(this.tree, errors, { kind: "file", text: stderr, exec: false });
    if (spec.stdout) put(this.tree, stdoutOf(spec.tag), { kind: "file", text: errors === stdoutOf(spec.tag) ? stderr + stdout : stdout, exec: false });
    for (const path of spec.inout) inputs.set(path, inputIdentity(this.tree, path));
    this.settleHandedOver(spec);
    const parts = this.parts(spec);
    const left = this.leftBy(spec);
    // Who made it before has lost it, but for what is as it was; until then it would be nobody's should the new maker go.
    for (const memory of this.memories.values()) {
      for (const [path, identity] of memory.tag === spec.tag ? [] : left) {
        const before = memory.left.get(path);
        if (before === identity) continue;
        const keeps = this.full.tasks.find(({ tag }) => tag === memory.tag)?.drift === "keep";
        if (before !== undefined && before !== "-" && keeps) memory.left.set(path, OTHERS + identity);
        else memory.left.delete(path);
      }
    }
    this.memories.set(spec.name, {
      status: "ok", tag: spec.tag, parts, inputs, deps, run, families: this.familiesIn(spec), joined: this.joinedBy(spec), discovered: this.discovered(spec), left,
      key: keyOf(parts, inputs, deps), value, trace, links: this.linksBy(spec, inputs, this.tree),
    });
  }

  private failsAtFirst(spec: Spec, args: readonly (string[] | null)[], env: Record<string, string | undefined>): boolean {
    const first = this.mixAll(spec, args, { env: { ...env, TG_ATTEMPT: "1" }, tree: new Map(this.tree) });
    return args.includes(null) || first.exit !== 0 || first.hangs === true;
  }

  /** A further attempt begins with nothing that the first has left, nor what was there before that. */
  private clearHalves(spec: Spec, before: Tree, old: Memory | undefined): void {
    const isOwn = (path: string): boolean => old?.left.has(path) === true || !before.has(path);
    for (const path of [...this.tree.keys()]) if (claims(spec, path) && !spec.inout.includes(path) && (isOwn(path) || spec.outs.some((out) => out.kind === "tree" && (path === out.path || path.startsWith(`${out.path}/`))))) this.tree.delete(path);
  }

  /** What a run sees of the environment; only who has further attempts can tell one from the other. */
  private envIn(spec: Spec, attempt: string): Record<string, string | undefined> {
    return { ...this.wish.env, ...paramEnv(spec, this.wish.params), ...spec.envValues, TG_ATTEMPT: spec.retries > 0 ? attempt : undefined };
  }

  /** The hook before, the task, the hook after: what that says of a task that has failed is one. */
  private mixAll(spec: Spec, args: readonly (string[] | null)[], { env, tree }: { env: Record<string, string | undefined>; tree: Tree }): MixResult & { readonly value: string | null } {
    const before = this.mixHook(spec, "before", { env, tree });
    if (before.exit !== 0) return { ...before, value: null };
    const result = this.mixMembers(spec, args, { env, tree });
    const value = result.exit === 0 ? jsonOf(spec, result.stdout) : null;
    const run = { outcome: result.hangs === true ? "timed-out" : result.exit === 0 ? "ok" : "failed", value: value === null ? null : (JSON.parse(value) as unknown) };
    const after = this.mixHook(spec, "afterRun", { env, tree, run });
    if (result.exit !== 0 || after.exit !== 0) return { ...(result.exit === 0 ? after : result), value: null };
    return { ...result, value: hookReturns(spec) ? JSON.stringify(valueOf("value", Number(after.stdout.split(" ")[1]))) : value };
  }

  private mixHook(spec: Spec, hook: "before" | "afterRun", { env, tree, run }: { env: Record<string, string | undefined>; tree: Tree; run?: HookRun }): MixResult {
    const given = hookArgs(spec, hook);
    const values = given !== null && hooksAreCalls(spec) ? takenBy(this.project, spec, hook) : [];
    const deps = Object.fromEntries(values.map((name) => [name, { value: JSON.parse(this.memories.get(name)?.value ?? "null") as unknown }]));
    if (values.some((name) => deps[name]!.value === null)) return { exit: 1, stdout: "" };
    const args = given === null || !hooksAreCalls(spec) ? given : [...given, ...hookTold({ ...(run === undefined ? {} : { run }), deps }, values)];
    // What is put back does not run, and nothing before it.
    const isSpared = hook === "before" && this.wish.restored?.has(spec.tag) === true;
    return args === null || isSpared ? { exit: 0, stdout: "" } : mix({ args, cwd: membersOf(spec)[0]!.cwd, env, files: treeFiles(tree) });
  }

  /** Does a function not come to ask, for what comes before it fails? */
  private isHeldUp(spec: Spec, env: Record<string, string | undefined>): boolean {
    const tree = new Map(this.tree);
    if (this.mixHook(spec, "before", { env, tree }).exit !== 0) return true;
    const first = membersOf(spec)[0]!;
    return !first.isCore && mix({ args: argsOfMember(spec, first), cwd: first.cwd, env, files: treeFiles(tree) }).exit !== 0;
  }

  /** One after another, to the first that fails. */
  private mixMembers(spec: Spec, args: readonly (string[] | null)[], { env, tree }: { env: Record<string, string | undefined>; tree: Tree }): MixResult {
    let result: MixResult = { exit: 1, stdout: "" };
    const work = workOf(this.full, spec);
    if (work !== null) return carryOut(work, treeFiles(tree), (path) => tree.has(path));
    for (const [at, { cwd }] of membersOf(spec).entries()) {
      const words = args[at]!;
      // It asked in vain.
      result = words === null ? { exit: 1, stdout: "" } : mix({ args: words, cwd, env, files: treeFiles(tree) });
      if (result.exit !== 0) break;
    }
    return result;
  }

  /** Arguments of mix for a run, or for each member of a chain; null for a function that was refused an answer, or does not come to ask. */
  private argsOf(spec: Spec, trace: [string, string][], env: Record<string, string | undefined>): (string[] | null)[] {
    const more = spec.fn && !this.isHeldUp(spec, env) ? this.answersFor(spec, trace) : spec.fn ? null : [];
    return membersOf(spec).map((member) => (!member.isCore ? argsOfMember(spec, member) : more === null ? null : [...argsOfMember(spec, member), ...more]));
  }

  private answersFor(spec: Spec, trace: [string, string][]): string[] | null {
    try {
      return this.told(spec, trace);
    } catch (error) {
      if (error instanceof Refused) return null;
      throw error;
    }
  }

  /** What goes before a run so that nothing of an earlier state survives (semantics 10, promise 1). */
  private clear(spec: Spec, old: Memory | undefined, inputs: Seen): void {
    const now = this.leftBy(spec);
    const isAsLeft = (left: Seen): boolean => [...left, ...now].every(([path]) => (left.get(path) ?? "-") === (now.get(path) ?? "-"));
    // The second run finds something of the first gone, and begins anew.
    const stays = spec.incremental && this.wish.remade?.has(spec.tag) !== true && old?.status === "ok" && old.parts === this.parts(spec) && [...old.inputs].every(([path, identity]) => identity === "-" || (inputs.get(path) ?? "-") !== "-") && isAsLeft(old.left);
    for (const out of spec.outs) {
      if (out.kind === "tree" && !stays) for (const path of [out.path, ...below(this.tree, out.path)]) this.tree.delete(path);
      else if (out.kind === "glob" && !stays) for (const path of old?.status === "unsure" ? below(this.tree, out.dir) : (old?.left.keys() ?? [])) if (path.startsWith(`${out.dir}/`)) this.tree.delete(path);
      if (out.kind === "file" && (out.optional || old?.status !== "ok" || (spec.incremental && !stays))) this.tree.delete(out.path);
    }
  }

  /** Something is wrong before it is started: it has failed, and nothing is touched. */
  private refuse(spec: Spec): void {
    const old = this.memories.get(spec.name);
    this.count(spec);
    this.forecast.refused.add(spec.tag);
    this.memories.set(spec.name, { ...(old ?? neverRan(spec)), status: "failed", parts: this.parts(spec), key: keyOf(this.parts(spec), this.inputsNow(spec), this.depsNow(spec)) });
  }

  /** A file that somebody took out of a tree which is kept as it is. */
  private lacksInput(spec: Spec): boolean {
    if (declared(spec).globs.some(({ pattern, allowEmpty, folder }) => folder === "bare" && !allowEmpty && this.isNoFolder(dirOf(pattern)))) return true;
    return declared(spec).literals.some(({ path, optional }) => {
      const owner = ownerOf(this.project, path);
      // What nobody makes is an error at load; of a task that comes into a build that has begun, it is one then.
      return !optional && this.identityNow(path) === "-" && (owner === undefined || (this.isOn(owner) && !mayFail(this.project, owner)));
    });
  }

  private lacksTool(spec: Spec): boolean {
    return toolsOf(spec).some((entry) => !toolNow(this.tree, entry, spec.cwd).isGood);
  }

  private emptyPattern(spec: Spec): boolean {
    const globs = declared(spec).globs.filter(({ allowEmpty }) => !allowEmpty);
    if (globs.length === 0) return false;
    const files = [...this.inputsNow(spec)].flatMap(([path, identity]) => (identity === "-" ? [] : [path])).concat(this.filesNow());
    return globs.some((glob) => !(glob.folder === "bare" && this.isNoFolder(dirOf(glob.pattern))) && globbed([glob], files).length === 0);
  }

  private fail(spec: Spec, before: Tree, { old, trace, run, key }: { old: Memory | undefined; trace: Memory["trace"]; run: string; key: string }): void {
    if (keepsHalves(this.full, spec)) {
      const isOwn = (path: string): boolean => old?.left.has(path) === true || this.tree.get(path) !== before.get(path) || spec.outs.some((out) => out.kind === "tree" && path.startsWith(`${out.path}/`));
      this.count(spec);
      const left = new Map([...(old?.left ?? []), ...[...this.leftBy(spec)].filter(([path]) => isOwn(path))]);
      this.memories.set(spec.name, { ...neverRan(spec), parts: this.parts(spec), left, run, key, value: old?.value ?? null, trace: trace.filter(([, answer]) => answer !== UNMADE) });
      return;
    }
    for (const path of literalOuts(spec)) if (!spec.inout.includes(path) && (mayFail(this.project, spec) || this.tree.get(path) !== before.get(path))) this.tree.delete(path);
    // A folder that is not emptied before a run goes as well where others go on without it; else it stays, and what is in it is the task's own.
    const whole = spec.incremental && mayFail(this.project, spec);
    const stays = (path: string): boolean => spec.incremental && !whole && spec.outs.some((out) => out.kind === "tree" && (path === out.path || path.startsWith(`${out.path}/`)));
    for (const path of [...this.tree.keys()]) if (claims(spec, path) && !stays(path) && (whole || this.tree.get(path) !== before.get(path)) && !spec.inout.includes(path)) this.tree.delete(path);
    this.count(spec);
    const left = new Map([...[...(old?.left ?? [])].filter(([path]) => !stays(path)), ...[...this.leftBy(spec)].filter(([path]) => stays(path))]);
    this.memories.set(spec.name, { ...neverRan(spec), parts: this.parts(spec), left, run, key, value: old?.value ?? null, trace: trace.filter(([, answer]) => answer !== UNMADE) });
  }

  private discovered(spec: Spec, identity: (path: string) => string = (path) => inputIdentity(this.tree, path)): Seen {
    const node = this.tree.get(depfileOf(spec.tag));
    if (!spec.depfile || node?.kind !== "file") return new Map();
    const cwd = membersOf(spec).find((member) => member.isCore)!.cwd;
    const paths = node.text.split("\n").filter((line) => line !== "").map((line) => resolve(cwd === "" ? "x" : `${cwd}/x`, line));
    // What a member makes for a later one stays inside.
    return new Map(paths.filter((path) => !spec.chained || !claims(spec, path) || spec.inout.includes(path)).map((path) => [path, identity(path)]));
  }

  private leftBy(spec: Spec): Seen {
    const made = [...literalOuts(spec), ...[...this.tree.keys()].filter((path) => claims(spec, path))].filter((path) => !spec.inout.includes(path));
    return new Map(made.map((path) => [path, outputIdentity(this.tree, path)]));
  }

  private linksBy(spec: Spec, inputs: Seen, tree: Tree): Seen {
    const isKnown = (hop: string): boolean => inputs.has(hop) && inputs.get(hop) === inputIdentity(tree, hop);
    const known = middlesOf(spec).filter((path) => tree.get(path)?.kind === "link" && hopsOf(tree, path).every(isKnown));
    return new Map(known.map((path) => [path, inputIdentity(tree, path)]));
  }

  /** tg did not run an unsure task: then it must be as if it had just run. */
  private adopt(spec: Spec): void {
    const old = this.memories.get(spec.name)!;
    const left = this.leftBy(spec);
    // An edit that stands is one still.
    for (const [path, identity] of spec.drift === "keep" ? old.left : []) if ((left.get(path) ?? "-") !== "-" && !["-", "gone"].includes(identity)) left.set(path, identity);
    const again = this.tryRun(spec);
    for (const out of spec.outs) if (out.kind === "file" && out.role === "intermediate" && left.get(out.path) === "-" && old.left.has(out.path)) left.set(out.path, outputIdentity(again.tree, out.path));
    const parts = this.parts(spec);
    const inputs = this.inputsNow(spec);
    const depsNow = this.depsNow(spec);
    const deps = old.status === "ok" ? withRuns(old.deps, depsNow) : depsNow;
    this.memories.set(spec.name, { ...old, status: "ok", doubt: old.doubt === true || old.status === "unsure", run: old.status === "unsure" ? `${++this.runs}?` : old.run, parts, inputs, deps, families: old.status === "ok" ? old.families : this.familiesIn(spec), joined: old.status === "ok" ? old.joined : this.joinedBy(spec), left, discovered: this.discovered(spec, (path) => this.identityNow(path)), key: keyOf(parts, inputs, deps), value: again.value, trace: again.trace, links: this.linksBy(spec, inputs, again.tree) });
  }

  /** What a run would leave; the tree stays as it is. */
  private tryRun(spec: Spec): { tree: Tree; value: string | null; trace: Memory["trace"] } {
    const scratch: Tree = new Map(this.tree);
    for (const [path, identity] of this.inputsNow(spec)) if (!scratch.has(path) && identity !== "-") put(scratch, path, identity[0] === "l" ? { kind: "link", to: identity.slice(1).split(">")[0]! } : { kind: "file", text: identity.slice(1), exec: identity[0] === "x" });
    if (spec.rsp !== null) put(scratch, rspOf(spec.tag), { kind: "file", text: spec.rsp, exec: false });
    const trace: [string, string][] = [];
    this.trying = true;
    const args = this.argsOf(spec, trace, this.envIn(spec, "2")).map((words) => words ?? []);
    this.trying = false;
    const { value } = this.mixAll(spec, args, { env: this.envIn(spec, "2"), tree: scratch });
    return { tree: scratch, value, trace };
  }

  /** A vanished task and a new one with equal definition are one (semantics 11). */
  private relabel(): void {
    const live = new Set(this.project.tasks.map((spec) => spec.name));
    for (const [name, memory] of [...this.memories]) {
      if (live.has(name)) continue;
      const heir = this.project.tasks.find((spec) => spec.tag === memory.tag && !this.memories.has(spec.name) && memory.parts === this.parts(spec));
      if (heir === undefined) continue;
      this.memories.delete(name);
      this.memories.set(heir.name, memory);
    }
  }

  /** And the folders above it that hold nothing then. */
  private removeWithFolders(path: string): void {
    for (let at = path; at !== "" && below(this.tree, at).length === 0; at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) this.tree.delete(at);
  }

  /** Is it what one task left, and another is to make from now on and has not made yet? Nobody's, should that one go. */
  private isHandedOver(owner: Spec, name: string, path: string, identity: string): boolean {
    if (owner.name === name || owner.inout.includes(path) || ["-", "gone", "d"].includes(identity) || !this.tree.has(path)) return false;
    return this.memories.get(owner.name)?.left.get(path) !== outputIdentity(this.tree, path);
  }

  /** What somebody edited that its pattern matches goes, and a copy is kept. */
  private clearHandedOver(spec: Spec): void {
    for (const [name, { left }] of this.memories) {
      const isEdited = ([path, identity]: readonly [string, string]): boolean => ownerOf(this.project, path) === spec && isInPattern(spec, path) && outputIdentity(this.tree, path) !== identity;
      if (name.endsWith(BEFORE)) for (const [path] of [...left].filter(isEdited)) this.tree.delete(path);
    }
  }

  /** It has made its files: from here on its own record tells of them. */
  private settleHandedOver(spec: Spec): void {
    for (const [name, { left }] of this.memories) if (name.endsWith(BEFORE)) for (const path of [...left.keys()]) if (ownerOf(this.project, path) === spec) left.delete(path);
  }

  /**
   * Outputs that nobody claims any more go, if they are as they were left (semantics 11). A vanished task is known as long as
   * something edited of it is there: it may come back. `isOver`: the next build will say whether something is.
   */
  private removeLeftovers(isOver = false): void {
    const live = new Set(this.project.tasks.map((spec) => spec.name));
    const stands = ({ each }: Spec): boolean => each === null || this.made.has(each.from);
    const sources = new Set(this.project.tasks.filter(stands).flatMap((spec) => declared(spec).literals.map((read) => read.path)));
    const listed = new Map<string, number[]>();
    for (const spec of this.project.tasks.filter((one) => !stands(one))) for (const { path } of declared(spec).literals) if (!sources.has(path)) listed.set(path, [...(listed.get(path) ?? []), spec.each!.from]);
    this.undecided = new Map();
    for (const [name, memory] of [...this.memories]) {
      const apart: Seen = new Map();
      const handed: Seen = new Map();
      let edited = false;
      for (const [path, identity] of [...memory.left].filter(([, left]) => !left.startsWith(OTHERS)).sort(([a], [b]) => (a < b ? 1 : -1))) {
        const owner = ownerOf(this.project, path);
        const shared = owner !== undefined && owner.name !== name && isInPattern(owner, path) && this.memories.get(owner.name)?.left.has(path) !== true;
        if (owner !== undefined && !shared) {
          if (this.isHandedOver(owner, name, path, identity)) handed.set(path, identity);
          continue;
        }
        if (memory.doubt === true || memory.status === "unsure") this.forecast.loose.add(path);
        const makers = (listed.get(path) ?? []).filter((maker) => !this.isListedByItself(path, name, maker));
        if (makers.length > 0 && identity !== "-" && this.tree.has(path)) {
          this.undecided.set(path, makers);
          apart.set(path, identity);
          continue;
        }
        const full = identity === "d" && below(this.tree, path).length > 0;
        const wasThere = this.tree.has(path);
        if (!sources.has(path) && !full && outputIdentity(this.tree, path) === identity) this.removeWithFolders(path);
        edited ||= !["-", "gone", "d"].includes(identity) && !sources.has(path) && this.tree.has(path);
        if (wasThere && !["-", "gone", "d"].includes(identity)) this.stayed.add(path);
        if (wasThere && !this.tree.has(path)) this.wentNow.add(path);
        if (shared && this.isHandedOver(owner, name, path, identity)) handed.set(path, identity);
        // Should the old definition come back, its output is missing, or not as it was left.
        if (identity !== "-" && sources.has(path) && this.tree.has(path)) memory.left.delete(path);
      }
      const isApart = name.endsWith(BEFORE);
      const notes = new Map([...(live.has(name) ? apart : []), ...handed]);
      // It outlives what the task leaves next.
      if (notes.size > 0 && !isApart) this.memories.set(name + BEFORE, { ...memory, tag: -1, parts: "", trace: [], left: new Map([...(this.memories.get(name + BEFORE)?.left ?? []), ...notes]) });
      if (live.has(name)) {
        for (const path of apart.keys()) memory.left.delete(path);
        continue;
      }
      // What is not there now is missing should the task come back, an intermediate too.
      for (const [path, identity] of memory.left) if (identity !== "-" && !this.tree.has(path)) memory.left.set(path, "gone");
      if (apart.size === 0 && !edited && !isOver && !(isApart && handed.size > 0)) this.memories.delete(name);
    }
    for (const path of this.stayed) if ((!this.tree.has(path) && !this.isAskedFor(path)) || ownerOf(this.project, path) !== undefined) this.stayed.delete(path);
  }
}

/** Before what another task has left where this one made a file: whose edits stand makes it again, unless somebody has edited that. */
const OTHERS = "another's ";

/** Of what outlives a task's record: behind its name. */
const BEFORE = " before";

function isInPattern(spec: Spec, path: string): boolean {
  return spec.outs.some((out) => out.kind === "glob" && path.startsWith(`${out.dir}/`));
}

/** Of a task that has not consumed or left anything. */
export function neverRan({ tag }: Spec): Memory {
  return { status: "failed", tag, parts: "", inputs: new Map(), discovered: new Map(), deps: new Map(), run: "", families: [], joined: new Map(), left: new Map(), key: "", value: null, trace: [] };
}

/** Semantics 4, shapes: such a command runs in every build. */
function nothingToJudgeBy(spec: Spec): boolean {
  return spec.reads.every((read) => read.kind === "hidden") && spec.extra.length + spec.deps.length + spec.params.length + envOf(spec).length + toolsOf(spec).length === 0 && !hasOutputs(spec) && !spec.depfile;
}

/** The text of a parameter as the value it is. */
function paramNow(name: string, given: Wish["params"]): unknown {
  const text = given[name];
  if (text === undefined) return PARAMS[name]!.default;
  return PARAMS[name]!.type === "number" ? Number(text) : PARAMS[name]!.type === "boolean" ? text === "true" : text;
}

const makesList = (project: Project, source: Spec): boolean => project.tasks.some((spec) => spec.from === source.tag);

function paramEnv(spec: Spec, given: Wish["params"]): Record<string, string> {
  return Object.fromEntries(spec.params.map((name) => [name, String(paramNow(name, given))]));
}

function jsonOf(spec: Spec, stdout: string): string | null {
  const value = spec.fn && coreOf(spec).isLast ? valueOf(spec.returns, Number(stdout.split(" ")[1])) : null;
  return value === null ? null : JSON.stringify(value);
}

/** Is the path below a folder that is made as a whole? */
const isInTree = (made: Seen, path: string): boolean => [...made].some(([dir, identity]) => identity === "d" && path.startsWith(`${dir}/`));

/** What is taken from a dep beside what it makes. */
const PATHLESS: ReadonlySet<string> = new Set(["value", "key", "of", "run"]);

/** Are they the same but for runs, of which tg may know others? */
function mayBeEqual(before: string, now: string): boolean {
  const withoutRuns = (text: string): string => text.replace(/run \d*\??/g, "run");
  return /run \d*\?/.test(now) && withoutRuns(before) === withoutRuns(now);
}

/** What was taken before, after the runs that there are now. */
function withRuns(before: Memory["deps"], now: Memory["deps"]): Memory["deps"] {
  return new Map([...before].map(([tag, gave]) => [tag, gave.has("run") ? new Map([...gave, ["run", now.get(tag)?.get("run") ?? gave.get("run")!]]) : gave]));
}

/** Of a task that is left out and never ran. */
const NO_KEY = JSON.stringify(["key", ""]);

class Refused extends Error {}

/** What was asked for was not made: once it is, that is another answer. */
const UNMADE = "?";

function splitQuestion(text: string): [kind: string, what: string] {
  const cut = text.indexOf(" ");
  return [text.slice(0, cut), text.slice(cut + 1)];
}

function keyOf(parts: string, inputs: Seen, deps: Map<number, Seen>): string {
  return JSON.stringify([parts, [...inputs].sort(), [...deps.values()].flatMap((seen) => [...seen]).sort()]);
}

/** A folder that was not there, and is now with nothing in it, is no difference. */
function differ(what: string, old: Seen, now: Seen): string | null {
  for (const [path, identity] of old) if ((now.get(path) ?? "-") !== identity) return `${what} ${path}: ${identity} -> ${now.get(path) ?? "not matched"}`;
  for (const path of now.keys()) if (!old.has(path)) return `${what} ${path}: added`;
  return null;
}
