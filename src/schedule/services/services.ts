// The services that are up, in a build or over all rounds of a watch: carries out what their life cycles order (life.ts). Knows
// no graph and no records; tending.ts knows which tasks need which.
import type { Event } from "../../model/event.ts";
import type { JobResult, RunningJob } from "../../model/ports.ts";
import type { Elsewhere, ServiceHouse, ServiceJob } from "../../model/ports-service.ts";
import type { TaskProblem } from "../../model/problem.ts";
import type { Ready, ServiceSpec } from "../../model/service.ts";
import type { Digest, Reason } from "../../model/state.ts";
import type { TaskName } from "../../model/task.ts";
import { DOWN, lifeWakesAt, live, type Life, type LifeInput, type LifeOrder, type LifeRules, type Trouble } from "./life.ts";
import { readiness } from "./readiness.ts";

export interface ServicesOptions {
  /** Opened when the first one starts. */
  house(): Promise<ServiceHouse>;
  /** Whether they are restarted when they exit by themselves (tg watch). */
  readonly restarts: boolean;
  readonly graceMs: number;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Receives a service's events, and is told that one exited after it was ready (`problem`: and will not be restarted). */
export interface ServiceListener {
  emit(event: Event): void;
  lost?(service: TaskName, problem: TaskProblem | null): void;
}

/** null: it is ready. "stopped": it was stopped meanwhile. */
export type StartEnd = TaskProblem | "stopped" | null;

/** How often a service of another tg is checked. */
const BORROWED_MS = 100;

interface One {
  job: ServiceJob;
  reasons: readonly Reason[];
  life: Life;
  running: RunningJob | null;
  probing: RunningJob | null;
  /** How it last ended, by itself or not. */
  result: JobResult | null;
  problem: TaskProblem | null;
  /** Another tg runs it: `running` is borrowed from that tg, or its port is taken by it. */
  elsewhere: Elsewhere | null;
  /** Result of the last probe. */
  said: string;
  /** Counts starts: answers about an earlier start are ignored. */
  turn: number;
  timer: NodeJS.Timeout | null;
  readonly waiting: ((end: StartEnd) => void)[];
}

export class Services {
  readonly #options: ServicesOptions;
  /** In the order of their first start. */
  readonly #all: Map<TaskName, One> = new Map();
  readonly #listeners: ServiceListener[] = [];
  #house: ServiceHouse | null = null;
  #opening: Promise<ServiceHouse> | null = null;
  /** Nothing is started any more. */
  #over = false;

  constructor(options: ServicesOptions) {
    this.#options = options;
  }

  /** Events go to the newest listener. Returns a function that removes it. */
  listen(listener: ServiceListener): () => void {
    this.#listeners.push(listener);
    return () => void this.#listeners.splice(this.#listeners.indexOf(listener), 1);
  }

  /** The key with which a service runs or is about to run; null if it does not. */
  keyOf(service: TaskName): Digest | null {
    const one = this.#all.get(service);
    if (one === undefined || one.life.at === "down" || one.life.at === "failed") return null;
    return one.life.at === "stopping" && one.life.then !== "start" ? null : one.job.key;
  }

  isUp(service: TaskName, key: Digest): boolean {
    const one = this.#all.get(service);
    return one !== undefined && one.life.at === "up" && one.job.key === key;
  }

  /** The key with which it was given up, or one that matches nothing if its readiness condition was not `spec`; null if it was not given up. */
  failedKey(service: TaskName, spec: ServiceSpec): Digest | null {
    const one = this.#all.get(service);
    if (one?.life.at !== "failed") return null;
    return JSON.stringify(one.job.spec) === JSON.stringify(spec) ? one.job.key : ("" as Digest);
  }

  /** Why it was given up, if it was made from the same as now; otherwise null. */
  failedAs(service: TaskName, key: Digest, spec: ServiceSpec): TaskProblem | null {
    return this.failedKey(service, spec) === key ? this.#all.get(service)!.problem : null;
  }

  /** Services that run or will be restarted. */
  up(): TaskName[] {
    return [...this.#all.keys()].filter((name) => this.keyOf(name) !== null);
  }

  /** Services that were given up. */
  failed(): TaskName[] {
    return [...this.#all].flatMap(([name, { life }]) => (life.at === "failed" ? [name] : []));
  }

  /** Starts it, or restarts it if it runs with another key, and waits until it is ready or cannot be. */
  async start(job: ServiceJob, reasons: readonly Reason[]): Promise<StartEnd> {
    this.#house = await (this.#opening ??= this.#options.house());
    if (this.#over) return "stopped";
    if (this.isUp(job.task, job.key)) return null;
    const known = this.#all.get(job.task);
    const joins = known !== undefined && this.keyOf(job.task) === job.key;
    const one = known ?? { job, reasons, life: DOWN, running: null, probing: null, result: null, problem: null, elsewhere: null, said: "", turn: 0, timer: null, waiting: [] };
    this.#all.set(job.task, one);
    const ended = new Promise<StartEnd>((resolve) => void one.waiting.push(resolve));
    if (joins) return ended;
    one.job = job;
    one.reasons = reasons;
    this.#input(one, { input: "start", time: performance.now() });
    return ended;
  }

  /** Starts nothing more, and stops those that are still waited for. */
  giveUp(): void {
    this.#over = true;
    for (const one of this.#all.values()) if (one.waiting.length > 0) this.#input(one, { input: "stop", time: performance.now() });
  }

  /** Stops all, last started first, each before those it may have needed. What is left after `ms` is killed. */
  async stop(ms: number = this.#options.graceMs): Promise<void> {
    this.giveUp();
    const timer = setTimeout(() => this.kill(), ms);
    for (const one of [...this.#all.values()].reverse()) await this.#stopOne(one);
    clearTimeout(timer);
  }

  /** Stops those not in `names`. */
  async keepOnly(names: ReadonlySet<string>): Promise<void> {
    for (const [name, one] of [...this.#all].reverse()) {
      if (names.has(name)) continue;
      await this.#stopOne(one);
      this.#all.delete(name);
    }
  }

  kill(): void {
    this.#over = true;
    for (const one of this.#all.values()) this.#input(one, { input: "kill", time: performance.now() });
  }

  /** Call after `stop`. */
  async close(): Promise<void> {
    await this.#house?.engine.close();
    this.#house = null;
  }

  async #stopOne(one: One): Promise<void> {
    const { running } = one;
    this.#input(one, { input: "stop", time: performance.now() });
    await running?.done;
  }

  #input(one: One, input: LifeInput): void {
    const rules = this.#rulesOf(one);
    const step = live(one.life, input, rules);
    one.life = step.life;
    if (one.timer !== null) clearTimeout(one.timer);
    one.timer = null;
    for (const order of step.orders) this.#carryOut(one, order);
    const at = lifeWakesAt(one.life, rules);
    if (Number.isFinite(at)) one.timer = setTimeout(() => this.#input(one, { input: "tick", time: Math.max(at, performance.now()) }), Math.max(0, at - performance.now()));
  }

  #rulesOf({ job: { spec } }: One): LifeRules {
    const kind = spec.ready?.kind;
    return {
      checks: portOf(spec.ready) !== null, probes: kind === "port" || kind === "url" || kind === "command",
      timeoutMs: spec.timeoutMs, graceMs: this.#options.graceMs, restarts: this.#options.restarts,
    };
  }

  #carryOut(one: One, order: LifeOrder): void {
    const time = this.#options.now();
    const { task } = one.job;
    switch (order.order) {
      case "check":
        return this.#check(one);
      case "spawn":
        return this.#spawn(one);
      case "probe":
        return this.#probe(one);
      case "signal":
        cutProbe(one);
        return one.running?.signal(order.name);
      case "tell-ready":
        this.#emit({ event: "service", state: "ready", task, time, ms: order.ms, ...(one.elsewhere === null ? {} : { owner: one.elsewhere.owner }), reasons: one.reasons });
        if (one.elsewhere === null) this.#house!.noteReady(task, one.job.key);
        return answer(one, null);
      case "tell-crash":
        one.reasons = [];
        this.#emit({ event: "service", state: "crashed", task, time, exit: one.result?.exit ?? null, signal: one.result?.signal ?? null, againMs: order.againMs });
        return this.#listener()?.lost?.(task, null);
      case "tell-failed":
        return this.#failed(one, order.trouble);
      case "tell-stopped":
        if (one.elsewhere === null) this.#emit({ event: "service", state: "stopped", task, time });
        return answer(one, "stopped");
      default:
        return order satisfies never;
    }
  }

  #failed(one: One, trouble: Trouble): void {
    const problem = problemOf(one, trouble);
    one.problem = problem;
    if (one.waiting.length > 0) return answer(one, problem);
    const listener = this.#listener();
    if (listener?.lost !== undefined) listener.lost(one.job.task, problem);
    else this.#emit({ event: "service", state: "failed", task: one.job.task, time: this.#options.now(), problem });
  }

  #listener(): ServiceListener | undefined {
    return this.#listeners[this.#listeners.length - 1];
  }

  #emit(event: Event): void {
    this.#listener()?.emit(event);
  }

  #check(one: One): void {
    const turn = ++one.turn;
    const port = portOf(one.job.spec.ready)!;
    void this.#house!.probe({ kind: "port", port }).then((fault) => {
      if (one.turn !== turn) return;
      const { task, key, mayBorrow } = one.job;
      const other = (one.elsewhere = fault === "" ? this.#house!.elsewhere(task) : null);
      // A watch would have to start one of its own as soon as the other exits.
      const lent = mayBorrow && !this.#options.restarts && other?.key === key;
      if (lent) this.#follow(one, borrowed(other));
      this.#input(one, lent ? { input: "lent", time: performance.now() } : { input: "checked", free: fault !== "", time: performance.now() });
    });
  }

  #spawn(one: One): void {
    const turn = ++one.turn;
    const { task, job, spec } = one.job;
    one.said = "";
    this.#emit({ event: "service", state: "starting", task, time: this.#options.now(), command: one.job.command, reasons: one.reasons });
    const told = spec.ready?.kind === "log" ? readiness(spec.ready) : null;
    const decoder = new TextDecoder();
    const running = this.#house!.engine.start(job, (bytes) => {
      const text = decoder.decode(bytes, { stream: true });
      if (text === "") return;
      this.#emit({ event: "task-output", task, text, service: true });
      if (one.turn === turn && told?.(text) === true) this.#input(one, { input: "told", time: performance.now() });
    });
    this.#follow(one, running);
    // A command that cannot start reports that at once.
    if (spec.ready === null) setImmediate(() => setImmediate(() => one.turn === turn && this.#input(one, { input: "told", time: performance.now() })));
    if (running.group != null) this.#house!.note(task, running.group);
  }

  #follow(one: One, running: RunningJob): void {
    one.running = running;
    void running.done.then((result) => {
      one.running = null;
      one.result = result;
      one.turn++;
      one.probing?.signal("SIGKILL");
      this.#house?.forget(one.job.task);
      this.#input(one, { input: "gone", time: performance.now() });
    });
  }

  #probe(one: One): void {
    const { turn } = one;
    const heard = (fault: string): void => {
      if (one.turn !== turn) return;
      one.said = fault;
      this.#input(one, { input: "probed", ready: fault === "", time: performance.now() });
    };
    const { ready } = one.job.spec;
    if (ready?.kind === "port" || ready?.kind === "url") return void this.#house!.probe(ready).then(heard);
    const asked = (one.probing = this.#house!.engine.start(one.job.probe!, () => {}));
    void asked.done.then(({ exit, signal, problem }) => {
      if (one.probing !== asked) return;
      one.probing = null;
      heard(exit === 0 && problem === null ? "" : signal !== null ? signal : problem !== null ? problem.code : `exit ${exit}`);
    });
  }
}

/** Cancels the probe. Its answer now would not be the service's fault: the previous one stands. */
function cutProbe(one: One): void {
  one.probing?.signal("SIGKILL");
  one.probing = null;
}

/** A service of another tg, as a job that ends when the service does or is released. */
function borrowed(other: Elsewhere): RunningJob {
  const start = Date.now();
  let letGo = (): void => {};
  const over = new Promise<void>((resolve) => (letGo = resolve));
  const timer = setInterval(() => other.isThere() || letGo(), BORROWED_MS);
  const done = over.then((): JobResult => {
    clearInterval(timer);
    return { exit: null, signal: null, start, end: Date.now(), peakKb: 0, problem: null, value: null, left: [] };
  });
  return { done, signal: letGo };
}

function answer(one: One, end: StartEnd): void {
  for (const resolve of one.waiting.splice(0)) resolve(end);
}

function problemOf({ job, result, said, elsewhere }: One, trouble: Trouble): TaskProblem {
  const { task, spec } = job;
  switch (trouble.kind) {
    case "taken":
      return { code: "port-taken", task, port: portOf(spec.ready)!, ...(elsewhere === null ? {} : { owner: elsewhere.owner }) };
    case "late":
      return { code: "service-not-ready", task, ready: spec.ready!, ms: spec.timeoutMs, last: said };
    case "ended":
      return result!.problem ?? { code: "service-ended", task, exit: result!.exit, signal: result!.signal, ready: trouble.ready, ...(elsewhere === null ? {} : { owner: elsewhere.owner }) };
    case "crashes":
      return { code: "service-crashes", task, exit: result!.exit, signal: result!.signal, times: trouble.times };
    default:
      return trouble satisfies never;
  }
}

const HERE: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]", "0.0.0.0"]);

/** The local port that the service will use; null if it is unknown. */
export function portOf(ready: Ready | null): number | null {
  if (ready?.kind === "port") return ready.port;
  if (ready?.kind !== "url") return null;
  const { hostname, port, protocol } = new URL(ready.url);
  return HERE.has(hostname) ? (port === "" ? (protocol === "https:" ? 443 : 80) : Number(port)) : null;
}
