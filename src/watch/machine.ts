// When tg watch looks, builds, waits and leaves. Inert: time comes in as an event, orders go out as data. Knows no file, no
// task and no clock.
//
//                 hint, lost, sweep due                quiet for long enough
//        idle ─────────────────────────▶ debouncing ─────────────────────────▶ running
//         ▲ ▲                              │  ▲   ▲                              │  │
//         │ └──────────────────────────────┘  │   │ hint, lost: wait anew        │  │ hint, lost, key
//         │       (never: a look is a round)   │   └── debouncing                │  ▼
//         │                                    └──────────── round ended ──── queued
//         └──────── round ended, nothing due ────────────────────────────────────┘ (from running)
//
//        idle, debouncing ── quit ──▶ ended          running, queued ── quit ──▶ stopping ── round ended ──▶ ended
//
// A round looks first and builds only if something is due; most end without a word.

export type RoundKind =
  /** Look where hints point. */
  | "hints"
  /** Look at everything. */
  | "sweep"
  /** Look at everything and run all that is not fresh, including failed tasks. */
  | "run"
  /** Run the targets whatever their state. */
  | "force";

/** What has accumulated for the next round. Times in ms. */
interface Heap {
  readonly first: number;
  readonly last: number;
  readonly hints: number;
  readonly kind: RoundKind;
  /** Do not start before this time: another program is in the middle of changing files. */
  readonly heldUntil: number;
  /** Some of it arrived while a round ran, and may be the round's own doing: it is not postponed without limit. */
  readonly hasty: boolean;
}

export type WatchState =
  /** Waiting for a change, since that time. */
  | { readonly at: "idle"; readonly since: number; readonly loop: Loop }
  /** Something changed; waiting until it is quiet. */
  | { readonly at: "debouncing"; readonly heap: Heap; readonly loop: Loop }
  | { readonly at: "running"; readonly loop: Loop }
  /** A round runs and the next one is already due. */
  | { readonly at: "queued"; readonly heap: Heap; readonly loop: Loop }
  /** Told to leave while a round runs. */
  | { readonly at: "stopping" }
  | { readonly at: "ended" };

/** For the current chain of rounds: how many of them left each pair of task and path changed. */
export type Loop = ReadonlyMap<string, number>;

export type WatchInput =
  /** The watcher reported something that tasks look at. */
  | { readonly event: "hint"; readonly time: number }
  | { readonly event: "lost"; readonly time: number }
  /** The time given by `wakeAt` has come. `held`: another program is in the middle of changing files. */
  | { readonly event: "tick"; readonly time: number; readonly held: boolean }
  /** `due`: something differs again already. `circular`: pairs of task and path that changed while the round ran. */
  | { readonly event: "round-ended"; readonly time: number; readonly due: boolean; readonly circular: readonly string[] }
  | { readonly event: "key"; readonly time: number; readonly key: "run" | "force" }
  | { readonly event: "quit"; readonly again: boolean };

export type WatchOrder =
  | { readonly order: "round"; readonly kind: RoundKind }
  /** Tasks change what they read: report it and wait for the next change. */
  | { readonly order: "tell-loop"; readonly circular: readonly string[] }
  | { readonly order: "stop-round" }
  | { readonly order: "leave" };

export interface Rules {
  /** Quiet time before a round. */
  readonly debounceMs: number;
  /** Time between two looks at everything. */
  readonly sweepMs: number;
}

export interface Step {
  readonly state: WatchState;
  readonly orders: readonly WatchOrder[];
}

/** This many hints are a burst: a checkout, a generator, an install. */
const BURST = 10;
const BURST_QUIET_MS = 50;
/** Continuous hints postpone a round by at most this much. */
const PATIENCE_MS = 2_000;
/** This many hints are a flood, worth waiting for: building half of it would mean building twice, and on a busy machine it pauses now and then. */
const FLOOD = 1_000;
const FLOOD_QUIET_MS = 250;
const FLOOD_PATIENCE_MS = 30_000;
/** The same while another program signals that it is not done. */
const HELD_PATIENCE_MS = 10_000;
const HELD_PAUSE_MS = 50;
/** After this many rounds in which the same file changed, the next one waits: a person typing would have stopped. */
const LOOP_ROUNDS = 2;
const LOOP_PAUSE_MS = 2_000;
/** A change heard this long after a round was not made by its tasks. */
const OWN_MS = 1_000;

const NO_LOOP: Loop = new Map();
const RANK: readonly RoundKind[] = ["hints", "sweep", "run", "force"];

/** The first round runs at once. */
export const START: WatchState = { at: "running", loop: NO_LOOP };

/** When a tick is due; Infinity: never. */
export function wakeAt(state: WatchState, rules: Rules): number {
  switch (state.at) {
    case "idle":
      return state.since + rules.sweepMs;
    case "debouncing": {
      const { first, last, hints, kind, hasty } = state.heap;
      if (kind === "run" || kind === "force") return first;
      const quiet = Math.max(rules.debounceMs, hints >= FLOOD ? FLOOD_QUIET_MS : hints >= BURST ? BURST_QUIET_MS : 0);
      const patience = Math.max(hasty ? 0 : rules.debounceMs, hints >= FLOOD ? FLOOD_PATIENCE_MS : PATIENCE_MS);
      return Math.max(state.heap.heldUntil, Math.min(last + quiet, first + patience));
    }
    case "running":
    case "queued":
    case "stopping":
    case "ended":
      return Infinity;
    default:
      return state satisfies never;
  }
}

export function next(state: WatchState, input: WatchInput, rules: Rules): Step {
  switch (input.event) {
    case "hint":
      return gather(state, { first: input.time, last: input.time, hints: 1, kind: "hints", heldUntil: 0, hasty: false });
    case "lost":
      return gather(state, { first: input.time, last: input.time, hints: BURST, kind: "sweep", heldUntil: 0, hasty: false });
    case "key":
      return pressed(state, input);
    case "tick":
      return ticked(state, input, rules);
    case "round-ended":
      return ended(state, input);
    case "quit":
      return quit(state, input.again);
    default:
      return input satisfies never;
  }
}

function stay(state: WatchState): Step {
  return { state, orders: [] };
}

function begin(kind: RoundKind, loop: Loop): Step {
  return { state: { at: "running", loop }, orders: [{ order: "round", kind }] };
}

function join(a: Heap, b: Heap): Heap {
  return { first: Math.min(a.first, b.first), last: Math.max(a.last, b.last), hints: a.hints + b.hints, kind: RANK[Math.max(RANK.indexOf(a.kind), RANK.indexOf(b.kind))]!, heldUntil: Math.max(a.heldUntil, b.heldUntil), hasty: a.hasty || b.hasty };
}

function gather(state: WatchState, heap: Heap): Step {
  switch (state.at) {
    case "idle":
      // A change made after tg fell silent does not come from the task that ran before.
      return stay({ at: "debouncing", heap, loop: NO_LOOP });
    case "debouncing": {
      const isOther = heap.first >= state.heap.first + OWN_MS;
      return stay({ ...state, heap: join(state.heap, heap), loop: isOther ? NO_LOOP : state.loop });
    }
    case "queued":
      return stay({ ...state, heap: join(state.heap, heap) });
    case "running":
      return stay({ at: "queued", heap, loop: state.loop });
    case "stopping":
    case "ended":
      return stay(state);
    default:
      return state satisfies never;
  }
}

function pressed(state: WatchState, { key, time }: Extract<WatchInput, { event: "key" }>): Step {
  switch (state.at) {
    case "idle":
    case "debouncing":
      return begin(key, NO_LOOP);
    case "running":
    case "queued":
      return gather(state, { first: time, last: time, hints: 0, kind: key, heldUntil: 0, hasty: false });
    case "stopping":
    case "ended":
      return stay(state);
    default:
      return state satisfies never;
  }
}

function ticked(state: WatchState, { time, held }: Extract<WatchInput, { event: "tick" }>, rules: Rules): Step {
  switch (state.at) {
    case "idle":
      return time < wakeAt(state, rules) ? stay(state) : begin("sweep", state.loop);
    case "debouncing": {
      if (time < wakeAt(state, rules)) return stay(state);
      const { heap } = state;
      if (held && time < heap.first + HELD_PATIENCE_MS) return stay({ ...state, heap: { ...heap, heldUntil: time + HELD_PAUSE_MS } });
      return begin(heap.kind, state.loop);
    }
    case "running":
    case "queued":
    case "stopping":
    case "ended":
      return stay(state);
    default:
      return state satisfies never;
  }
}

function ended(state: WatchState, input: Extract<WatchInput, { event: "round-ended" }>): Step {
  const { time } = input;
  switch (state.at) {
    case "running":
    case "queued": {
      const loop = counted(state.loop, input.circular);
      const turns = mostTurns(loop, input.circular);
      const queued = state.at === "queued" ? state.heap : null;
      if (turns > LOOP_ROUNDS + 1) {
        const orders: readonly WatchOrder[] = [{ order: "tell-loop", circular: input.circular.filter((pair) => loop.get(pair)! > LOOP_ROUNDS) }];
        return { state: queued === null ? { at: "idle", since: time, loop } : { at: "debouncing", heap: { ...queued, first: time, hasty: true }, loop }, orders };
      }
      if (!input.due && queued === null) return stay({ at: "idle", since: time, loop: NO_LOOP });
      const heldUntil = turns > LOOP_ROUNDS ? time + LOOP_PAUSE_MS : 0;
      return stay({ at: "debouncing", heap: { first: time, last: queued?.last ?? time, hints: queued?.hints ?? 1, kind: queued?.kind ?? "hints", heldUntil, hasty: true }, loop: input.due ? loop : NO_LOOP });
    }
    case "stopping":
      return { state: { at: "ended" }, orders: [{ order: "leave" }] };
    case "idle":
    case "debouncing":
    case "ended":
      throw new Error(`a round ended while ${state.at}`);
    default:
      return state satisfies never;
  }
}

/** Two tasks that undo each other alternate: a pair counts as long as the chain of rounds continues. */
function counted(loop: Loop, circular: readonly string[]): Loop {
  if (circular.length === 0) return loop;
  const counts = new Map(loop);
  for (const pair of circular) counts.set(pair, (counts.get(pair) ?? 0) + 1);
  return counts;
}

function mostTurns(loop: Loop, circular: readonly string[]): number {
  let most = 0;
  for (const pair of circular) most = Math.max(most, loop.get(pair)!);
  return most;
}

function quit(state: WatchState, again: boolean): Step {
  switch (state.at) {
    case "idle":
    case "debouncing":
      return { state: { at: "ended" }, orders: [{ order: "leave" }] };
    case "running":
    case "queued":
      return { state: { at: "stopping" }, orders: [{ order: "stop-round" }] };
    case "stopping":
      return again ? { state, orders: [{ order: "stop-round" }] } : stay(state);
    case "ended":
      return stay(state);
    default:
      return state satisfies never;
  }
}
