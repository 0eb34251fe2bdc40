// tg watch: builds, then rebuilds what each change affects. Carries out the orders of the state machine; decides neither when
// to look (watch/machine.ts) nor what is stale (the judge).
import type { Event, RoundCause, WatchEvent } from "../../model/event.ts";
import type { AbsolutePath, FilePath } from "../../model/path.ts";
import { DiskError, type Engine, type Keys } from "../../model/ports.ts";
import type { Problem } from "../../model/problem.ts";
import type { Outcome } from "../../model/state.ts";
import { next, START, wakeAt, type RoundKind, type Rules, type WatchInput, type WatchOrder, type WatchState } from "../../watch/machine.ts";
import type { AnswerTexts } from "./answer.ts";
import { loadingApart, tellingSlow } from "../apart.ts";
import { Alarm } from "./alarm.ts";
import { changesOf } from "./changes.ts";
import { build, SIGNAL_NUMBERS, type BuildEnd, type BuildOptions } from "../build.ts";
import { openCounter, type Counter } from "./counter.ts";
import { openServices } from "../services.ts";
import type { Services } from "../../schedule/services/services.ts";
import type { Interrupts } from "../tasks.ts";
import type { Doors } from "../doors.ts";
import { Ground } from "./ground.ts";
import { Lookout, type Looked } from "./lookout.ts";
import { unfinishedOf, type Built, type Settled } from "./resting.ts";
import { needsLockFirst } from "../stage.ts";
import { Thrown } from "./thrown.ts";
import { Refusals } from "./refused.ts";
import { refusalCode } from "../trouble.ts";
import { Upkeep } from "./upkeep.ts";

export interface WatchOptions extends BuildOptions {
  /** Quiet time before a round, in ms; null: as long as the watcher needs. */
  readonly debounceMs: number | null;
  readonly poll: boolean;
}

/** How a watch reports what happens. */
export interface WatchTeller {
  tell(event: WatchEvent): void;
  /** Takes the events of one build; `end` is called once after the last. */
  build(): { emit(event: Event): void; end(): void };
  /** What services print and do between builds. */
  aside(event: Event): void;
  /** Clears the screen, if there is one. */
  clear(): void;
  /** Lists the active keys. */
  keys(): void;
  /** How to answer other commands that ask this watch. */
  readonly answers: AnswerTexts;
}

export interface WatchAround {
  readonly interrupts: Interrupts;
  readonly teller: WatchTeller;
}

type Signal = NonNullable<BuildEnd["signal"]>;

/** How many changes are reported by name. */
const CHANGES_TOLD = 1_000;
/** Time services have to end: tasks may have used three seconds, and everything must be over after five. */
const SERVICES_MS = 1_500;
/** Delay after a round: before somebody is likely to edit again. */
const PREPARE_MS = 20;
/** From this many tasks on, speed is worth the memory. */
const MANY = 200;
const NOTHING: Settled = { due: false, circular: [] };

export function watch(doors: Doors, options: WatchOptions, around: WatchAround): Promise<BuildEnd> {
  return new Promise((resolve, reject) => new Session(doors, options, { ...around, leave: resolve, fail: reject }).begin());
}

interface Ways extends WatchAround {
  leave(end: BuildEnd): void;
  fail(error: unknown): void;
}

class Session {
  readonly #doors: Doors;
  readonly #options: WatchOptions;
  readonly #ways: Ways;
  readonly #lookout: Lookout;
  readonly #ground: Ground;
  readonly #interrupts: Interrupts;
  /** null: no handler is installed yet, and signals have their default effect. */
  #off: (() => void) | null = null;
  readonly #leaving: AbortController = new AbortController();
  readonly #counter: Counter;
  readonly #thrown: Thrown;
  #state: WatchState = START;
  readonly #alarm: Alarm;
  #keys: Keys | null = null;
  #engine: Engine | null = null;
  readonly #services: Services;
  readonly #upkeep: Upkeep;
  #round = 0;
  /** Passes a signal to the running build. */
  #stop: ((signal: Signal) => void) | null = null;
  /** Tells the running build where something may have changed. */
  #hint: ((path: FilePath, read: boolean) => void) | null = null;
  #outcomes: ReadonlyMap<string, Outcome> | null = null;
  #signal: Signal | null = null;
  /** A different folder is at the root's path since this round. */
  #isOther = false;
  readonly #refusals: Refusals = new Refusals();
  /** How the watch ends if it cannot even start. */
  #failed: BuildEnd | null = null;

  constructor(doors: Doors, options: WatchOptions, ways: Ways) {
    const isHeld = (): boolean => this.#state.at === "debouncing" && this.#lookout.isHeld();
    this.#alarm = new Alarm(() => this.#clock(), (time) => this.#input({ event: "tick", time, held: isHeld() }));
    this.#services = openServices(doors, () => this.#lookout.picture!.project.stateDir, { restarts: true, graceMs: options.graceMs });
    this.#services.listen({ emit: (event) => ways.teller.aside(event) });
    const isEarly = (): boolean => this.#off === null;
    const config = tellingSlow(loadingApart(doors.config, { isEarly, signal: this.#leaving.signal }), { isEarly, slow: (files) => ways.teller.tell({ event: "config-evaluating", files, time: this.#now() }) });
    this.#doors = { ...doors, config, services: this.#services, openEngine: (share) => this.#lendEngine(doors, share) };
    this.#options = { ...options, habits: new Set() };
    this.#ways = ways;
    this.#upkeep = new Upkeep(doors);
    this.#thrown = new Thrown((problem) => void (this.#lookout.faults.has(problem) || ways.teller.tell({ event: "config-broken", problems: [problem], kept: true })));
    this.#lookout = new Lookout(this.#doors, {
      wants: { ...options, force: false },
      poll: options.poll,
      // Once the folder is gone, nothing more is reported about it.
      tell: (event) => void ((event.event === "config-broken" && !this.#ground.isFirm()) || ways.teller.tell(event)),
      alarm: (kind, path) => {
        if (kind === "moved") return void this.#ground.hear();
        if (path !== null) this.#hint?.(path, kind === "hint");
        if (kind !== "heard") this.#input({ event: kind, time: this.#clock() });
      },
    });
    this.#ground = new Ground({
      doors,
      tell: (event) => ways.teller.tell(event),
      alarm: () => this.#input({ event: "lost", time: this.#clock() }),
      now: () => this.#now(),
    });
    this.#interrupts = { on: (take) => this.#lendInterrupts(take) };
    this.#counter = openCounter({ doors, lookout: this.#lookout, texts: ways.teller.answers, wants: options });
  }

  begin(): void {
    // From here on, what is looked at may be in a different folder than before.
    const found = this.#doors.config.find(this.#options.cwd as AbsolutePath, this.#options.config);
    if (found.ok) this.#ground.stand(found.value.root);
    void this.#perform("run", "start");
  }

  /** Called once there is a config: one in an endless loop lets no listener run. */
  #listen(): void {
    if (this.#off !== null) return;
    this.#off = this.#ways.interrupts.on((signal) => this.#quit(signal));
    this.#ways.interrupts.onThrown?.((problem) => {
      this.#thrown.hear(problem);
      if (this.#state.at === "idle" || this.#state.at === "debouncing") this.#thrown.flush();
    });
    this.#keys = this.#doors.openKeys({
      run: () => this.#input({ event: "key", time: this.#clock(), key: "run" }),
      force: () => this.#input({ event: "key", time: this.#clock(), key: "force" }),
      status: () => this.#tellStatus(),
      clear: () => this.#ways.teller.clear(),
      quit: () => this.#input({ event: "quit", again: false }),
      interrupt: (signal) => this.#quit(signal),
    });
  }

  #now(): number {
    return this.#doors.system.now();
  }

  /** For waits: the time of day can be set, and jumps while the machine sleeps. */
  #clock(): number {
    return this.#doors.system.monotonicMs();
  }

  get #rules(): Rules {
    return { debounceMs: this.#options.debounceMs ?? this.#lookout.quietMs, sweepMs: Math.min(this.#lookout.sweepMs, this.#refusals.pauseMs) };
  }

  #input(input: WatchInput): void {
    const step = next(this.#state, input, this.#rules);
    this.#state = step.state;
    this.#counter.turn(step.state.at === "idle");
    for (const order of step.orders) this.#carryOut(order);
    this.#alarm.set(wakeAt(this.#state, this.#rules));
  }

  #carryOut(order: WatchOrder): void {
    switch (order.order) {
      case "round":
        void this.#perform(order.kind, order.kind === "run" || order.kind === "force" ? order.kind : "change");
        return;
      case "tell-loop":
        this.#lookout.rest(order.circular);
        return;
      case "stop-round":
        this.#leaving.abort();
        this.#stop?.(this.#signal ?? "SIGINT");
        return;
      case "leave":
        void this.#leave();
        return;
      default:
        order satisfies never;
    }
  }

  #quit(signal: Signal): void {
    const again = this.#signal !== null;
    this.#signal ??= signal;
    this.#input({ event: "quit", again });
  }

  /** One engine for all rounds, so that its pool of runtimes stays warm. */
  async #lendEngine(doors: Doors, share: Parameters<Doors["openEngine"]>[0]): Promise<Engine> {
    const engine = (this.#engine ??= await doors.openEngine(share));
    return { ...engine, close: () => Promise.resolve() };
  }

  /** Functions may have changed, and anything an earlier build left running is about to be ended. */
  async #closeEngine(): Promise<void> {
    const engine = this.#engine;
    this.#engine = null;
    await engine?.close();
  }

  /** Routes signals to the build while one runs. */
  #lendInterrupts(take: (signal: Signal) => void): () => void {
    this.#stop = take;
    if (this.#isStopping()) queueMicrotask(() => take(this.#signal ?? "SIGINT"));
    return () => {
      if (this.#stop === take) this.#stop = null;
    };
  }

  #isStopping(): boolean {
    return this.#state.at === "stopping";
  }

  async #leave(): Promise<void> {
    this.#alarm.set(Infinity);
    this.#off?.();
    this.#keys?.close();
    this.#ground.close();
    await this.#counter.close();
    await this.#lookout.close();
    await this.#services.stop(this.#signal === null ? this.#options.graceMs : SERVICES_MS);
    await this.#services.close();
    await this.#closeEngine();
    const signal = this.#signal;
    this.#ways.leave(this.#failed ?? { exitCode: signal === null ? 0 : 128 + SIGNAL_NUMBERS[signal], signal });
  }

  async #perform(kind: RoundKind, cause: RoundCause): Promise<void> {
    try {
      if (kind !== "hints" && cause !== "start") this.#upkeep.optimise(true);
      const settled = await this.#performRound(kind, cause);
      this.#upkeep.optimise(false);
      this.#thrown.flush();
      this.#input({ event: "round-ended", time: this.#clock(), ...settled });
      setTimeout(() => this.#lookout.prepare(), PREPARE_MS).unref();
    } catch (error) {
      const { signal } = this.#leaving;
      if (signal.aborted && error === signal.reason) return this.#input({ event: "round-ended", time: this.#clock(), ...NOTHING });
      this.#keys?.close();
      this.#ways.fail(error);
    }
  }

  /** A round on a single folder: if the root was replaced meanwhile, what was seen may belong to either, so look again. */
  async #performRound(kind: RoundKind, cause: RoundCause): Promise<Settled> {
    const standing = this.#ground.look();
    if (standing === "gone") return NOTHING;
    if ((this.#isOther = standing === "moved")) this.#lookout.forget();
    try {
      const settled = await this.#lookAndBuild(kind, cause);
      return this.#ground.wasFirm() ? settled : { ...settled, due: true };
    } catch (error) {
      if (!(error instanceof DiskError) || !this.#ground.hear()) throw error;
      return { due: true, circular: [] };
    }
  }

  /** Looks, builds if something is due, and looks again. */
  async #lookAndBuild(kind: RoundKind, cause: RoundCause): Promise<Settled> {
    const asked = kind === "run" || kind === "force";
    const looked = await this.#lookout.look(kind !== "hints", asked);
    if ("due" in looked) this.#listen();
    if (!("due" in looked)) {
      if (this.#lookout.picture === null) this.#giveUp(looked);
      return NOTHING;
    }
    await this.#services.keepOnly(new Set(looked.picture.project.graph.settings.services));
    const silent = looked.due.length === 0 && !asked && !this.#isMended();
    if (this.#isStopping() || (silent && (kind !== "sweep" || this.#refusals.pauseMs === Infinity))) return this.#lookout.unsettled();
    const before = new Map(this.#lookout.open().map(({ task, reasons }) => [task, reasons]));
    if (before.size > 0) this.#upkeep.begin(before.size >= MANY);
    const built = await this.#build(cause, silent ? { ...looked, due: this.#lookout.open() } : looked, silent);
    if (this.#isStopping()) return NOTHING;
    const settled = await this.#lookout.settle({ before, ...built });
    this.#upkeep.tidyAfter(this.#lookout.picture?.stage.live?.written ?? null);
    this.#refusals.note(built.exitCode, () => [...before.keys(), ...this.#lookout.open().map(({ task }) => task)]);
    return this.#lookout.conclude(this.#isMended() ? { ...settled, due: true } : settled);
  }

  #isMended(): boolean {
    return this.#refusals.isMended(this.#lookout.open().map(({ task }) => task));
  }

  /** There is nothing to start from: ends like any other command. */
  #giveUp(problems: readonly Problem[]): void {
    this.#failed = { exitCode: refusalCode(problems), signal: null };
    this.#input({ event: "quit", again: false });
  }

  /** `silent`: building only because the last round was refused. */
  async #build(cause: RoundCause, { picture, due, config }: Looked, silent: boolean): Promise<Omit<Built, "before"> & { readonly exitCode: number | null }> {
    const { teller } = this.#ways;
    const report = teller.build();
    const voice = this.#refusals.voice(silent, () => {
      const changes = cause === "start" ? [] : changesOf(picture, config, due);
      teller.tell({ event: "round-started", round: ++this.#round, cause, changes: changes.slice(0, CHANGES_TOLD), more: Math.max(0, changes.length - CHANGES_TOLD), time: this.#now() });
      if (this.#round === 1 && this.#keys?.heard === true) teller.keys();
      return (event) => report.emit(event);
    });
    const outcomes = (this.#outcomes = new Map<string, Outcome>());
    const emit = (event: Event): void => {
      if (event.event === "task-ended") outcomes.set(event.task, event.outcome);
      voice.emit(event.event === "build-ended" && event.signal !== undefined && this.#signal === null ? { ...event, asked: true } : event);
    };
    const force = cause === "force" || (cause === "start" && this.#options.force);
    const ahead = needsLockFirst(picture.project);
    if (ahead) await this.#closeEngine();
    // What is known to be current need not be looked at again.
    const resume = { project: picture.project, stage: force || ahead || picture.stage.live === null || this.#options.args !== null ? null : picture.stage };
    let end: BuildEnd;
    try {
      end = await build(this.#doors, { ...this.#options, force, resume, tellFresh: cause === "start" && this.#options.tellFresh === true, leaveFailed: cause === "change" && !this.#isOther, onRun: (hint) => (this.#hint = hint), kept: picture.broken === null ? null : picture.project }, emit, this.#interrupts);
    } finally {
      this.#hint = this.#outcomes = null;
      report.end();
    }
    const endedMs = picture.project.disk.clockMs();
    if (end.signal === null && voice.heard) teller.tell({ event: "round-ended", round: this.#round, exitCode: end.exitCode, time: this.#now() });
    return { outcomes, endedMs, exitCode: end.signal === null ? end.exitCode : null };
  }

  #tellStatus(): void {
    const open = new Set([...unfinishedOf(this.#lookout.open(), this.#outcomes), ...this.#services.failed()]);
    this.#ways.teller.tell({ event: "watch-status", open: [...open], ...(this.#outcomes === null ? {} : { building: true }), time: this.#now() });
  }
}
