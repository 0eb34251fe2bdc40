// The life cycle of one service: when to start it, probe it, stop it, restart it and give it up. Inert: time comes in with every
// input, orders go out as data. Knows no process, no port and no task.
//
//             start            free                 ready
//     down ──────────▶ checking ────▶ starting ──────────────▶ up   (checking ── lent ──▶ up)
//      ▲                   │taken        │  │                  │  │
//      │                   ▼             │  │ exited, late     │  │ exited
//      │                 failed ◀────────┘  │ (late: by way    │  ▼
//      │                   ▲                │  of stopping)    │ waiting ── tick ──▶ checking
//      │                   └── too often ◀──┴── (restarts) ────┘  (restarts; else failed)
//      │
//      └── gone ── stopping ◀── stop, start anew ── starting, up      stopping ── gone ──▶ checking, if it was to start anew
//
// In tg build nothing restarts by itself: a service that exits while needed has failed. In tg watch it is restarted, each time
// after a longer pause, and given up if it does not stay up.

export interface LifeRules {
  /** Whether something, such as a port, must be free before the start. */
  readonly checks: boolean;
  /** Whether readiness is probed. Otherwise it is `told`. */
  readonly probes: boolean;
  /** Time limit from start to ready, in ms. */
  readonly timeoutMs: number;
  /** Time from the request to stop until force is used. */
  readonly graceMs: number;
  /** Whether it is restarted when it exits by itself. */
  readonly restarts: boolean;
}

/** Why it cannot be up. */
export type Trouble =
  | { readonly kind: "taken" }
  | { readonly kind: "late" }
  | { readonly kind: "ended"; readonly ready: boolean }
  | { readonly kind: "crashes"; readonly times: number };

export type Life =
  | { readonly at: "down" }
  | { readonly at: "checking"; readonly falls: number }
  /** Running but not ready. `askAt`: the next probe; `Infinity` while one is under way. */
  | { readonly at: "starting"; readonly falls: number; readonly since: number; readonly askAt: number; readonly pauseMs: number }
  | { readonly at: "up"; readonly falls: number; readonly since: number; readonly readyAt: number }
  | { readonly at: "stopping"; readonly then: "down" | "start" | "failed"; readonly trouble: Trouble | null; readonly forceAt: number }
  /** Exited by itself; will be restarted. */
  | { readonly at: "waiting"; readonly falls: number; readonly until: number }
  | { readonly at: "failed"; readonly trouble: Trouble };

export type LifeInput =
  /** It must be up; its earlier state does not matter. */
  | { readonly input: "start"; readonly time: number }
  | { readonly input: "stop"; readonly time: number }
  /** Stop without waiting any longer. */
  | { readonly input: "kill"; readonly time: number }
  /** Answer to `check`. */
  | { readonly input: "checked"; readonly free: boolean; readonly time: number }
  /** Alternative answer: an existing instance may be used. */
  | { readonly input: "lent"; readonly time: number }
  /** Answer to `probe`. */
  | { readonly input: "probed"; readonly ready: boolean; readonly time: number }
  /** Its output shows that it is ready, or it has started and nothing else is required. */
  | { readonly input: "told"; readonly time: number }
  /** Its process and everything it started are gone. */
  | { readonly input: "gone"; readonly time: number }
  | { readonly input: "tick"; readonly time: number };

export type LifeOrder =
  | { readonly order: "check" }
  | { readonly order: "spawn" }
  | { readonly order: "probe" }
  | { readonly order: "signal"; readonly name: "SIGTERM" | "SIGKILL" }
  | { readonly order: "tell-ready"; readonly ms: number }
  /** It exited by itself and will be restarted after this time. */
  | { readonly order: "tell-crash"; readonly againMs: number }
  | { readonly order: "tell-failed"; readonly trouble: Trouble }
  | { readonly order: "tell-stopped" };

export interface LifeStep {
  readonly life: Life;
  readonly orders: readonly LifeOrder[];
}

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;
/** After being up for this long it has recovered: the next exit counts as the first. */
const STEADY_MS = 30_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;
/** After this many exits in a row it is given up. */
export const MOST_FALLS = 5;

export const DOWN: Life = { at: "down" };

/** When a tick is due; Infinity: never. */
export function lifeWakesAt(life: Life, rules: LifeRules): number {
  switch (life.at) {
    case "starting":
      return Math.min(life.askAt, life.since + rules.timeoutMs);
    case "stopping":
      return life.forceAt;
    case "waiting":
      return life.until;
    case "down":
    case "checking":
    case "up":
    case "failed":
      return Infinity;
    default:
      return life satisfies never;
  }
}

export function live(life: Life, input: LifeInput, rules: LifeRules): LifeStep {
  switch (input.input) {
    case "start":
      return start(life, input.time, rules);
    case "stop":
      return stop(life, input.time, rules);
    case "kill":
      return kill(life);
    case "checked":
      return life.at !== "checking" ? stay(life) : input.free ? spawn(life.falls, input.time, rules) : fail({ kind: "taken" });
    case "lent":
      return life.at !== "checking" ? stay(life) : { life: { at: "up", falls: life.falls, since: input.time, readyAt: input.time }, orders: [{ order: "tell-ready", ms: 0 }] };
    case "probed":
      return life.at !== "starting" ? stay(life) : input.ready ? ready(life, input.time) : stay({ ...life, askAt: input.time + life.pauseMs, pauseMs: Math.min(LONGEST_PAUSE_MS, life.pauseMs * 1.5) });
    case "told":
      return life.at === "starting" ? ready(life, input.time) : stay(life);
    case "gone":
      return gone(life, input.time, rules);
    case "tick":
      return tick(life, input.time, rules);
    default:
      return input satisfies never;
  }
}

function stay(life: Life): LifeStep {
  return { life, orders: [] };
}

function fail(trouble: Trouble): LifeStep {
  return { life: { at: "failed", trouble }, orders: [{ order: "tell-failed", trouble }] };
}

function begin(falls: number, time: number, rules: LifeRules): LifeStep {
  return rules.checks ? { life: { at: "checking", falls }, orders: [{ order: "check" }] } : spawn(falls, time, rules);
}

function spawn(falls: number, time: number, rules: LifeRules): LifeStep {
  return { life: { at: "starting", falls, since: time, askAt: rules.probes ? time + FIRST_PAUSE_MS : Infinity, pauseMs: FIRST_PAUSE_MS }, orders: [{ order: "spawn" }] };
}

function ready({ falls, since }: Life & { at: "starting" }, time: number): LifeStep {
  return { life: { at: "up", falls, since, readyAt: time }, orders: [{ order: "tell-ready", ms: time - since }] };
}

/** Stops what runs first: the new instance starts when all of the old one is gone. */
function start(life: Life, time: number, rules: LifeRules): LifeStep {
  switch (life.at) {
    case "down":
    case "failed":
    case "waiting":
      return begin(0, time, rules);
    case "checking":
      return stay(life);
    case "starting":
    case "up":
      return end("start", null, time, rules);
    case "stopping":
      return stay({ ...life, then: "start", trouble: null });
    default:
      return life satisfies never;
  }
}

function end(then: "down" | "start" | "failed", trouble: Trouble | null, time: number, rules: LifeRules): LifeStep {
  return { life: { at: "stopping", then, trouble, forceAt: time + rules.graceMs }, orders: [{ order: "signal", name: "SIGTERM" }] };
}

function stop(life: Life, time: number, rules: LifeRules): LifeStep {
  switch (life.at) {
    case "starting":
    case "up":
      return end("down", null, time, rules);
    case "stopping":
      return stay({ ...life, then: "down", trouble: null });
    case "checking":
    case "waiting":
      return { life: DOWN, orders: [{ order: "tell-stopped" }] };
    case "down":
    case "failed":
      return stay(DOWN);
    default:
      return life satisfies never;
  }
}

function kill(life: Life): LifeStep {
  if (life.at === "starting" || life.at === "up") return { life: { at: "stopping", then: "down", trouble: null, forceAt: Infinity }, orders: [{ order: "signal", name: "SIGKILL" }] };
  if (life.at === "stopping") return { life: { ...life, then: "down", trouble: null, forceAt: Infinity }, orders: [{ order: "signal", name: "SIGKILL" }] };
  return life.at === "checking" || life.at === "waiting" ? { life: DOWN, orders: [{ order: "tell-stopped" }] } : stay(life);
}

function gone(life: Life, time: number, rules: LifeRules): LifeStep {
  switch (life.at) {
    case "stopping":
      if (life.then === "start") return begin(0, time, rules);
      if (life.trouble !== null) return fail(life.trouble);
      return { life: DOWN, orders: [{ order: "tell-stopped" }] };
    case "starting":
      // A service that was never ready has little more chance the next time.
      return life.falls > 0 ? fallen(life.falls, time) : fail({ kind: "ended", ready: false });
    case "up":
      if (!rules.restarts) return fail({ kind: "ended", ready: true });
      return fallen(time - life.readyAt >= STEADY_MS ? 0 : life.falls, time);
    case "down":
    case "checking":
    case "waiting":
    case "failed":
      return stay(life);
    default:
      return life satisfies never;
  }
}

function fallen(before: number, time: number): LifeStep {
  const falls = before + 1;
  if (falls >= MOST_FALLS) return fail({ kind: "crashes", times: falls });
  const againMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (falls - 1));
  return { life: { at: "waiting", falls, until: time + againMs }, orders: [{ order: "tell-crash", againMs }] };
}

function tick(life: Life, time: number, rules: LifeRules): LifeStep {
  if (time < lifeWakesAt(life, rules)) return stay(life);
  switch (life.at) {
    case "starting":
      if (time >= life.since + rules.timeoutMs) return end("failed", { kind: "late" }, time, rules);
      return { life: { ...life, askAt: Infinity }, orders: [{ order: "probe" }] };
    case "stopping":
      return { life: { ...life, forceAt: Infinity }, orders: [{ order: "signal", name: "SIGKILL" }] };
    case "waiting":
      return begin(life.falls, time, rules);
    case "down":
    case "checking":
    case "up":
    case "failed":
      return stay(life);
    default:
      return life satisfies never;
  }
}
