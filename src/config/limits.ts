// How much time and machine a task may use, and how much there is. Reads values; knows no clock.
import { NO_RETRIES, type PoolSpec, type Rate, type Retries, type Settings } from "../model/limits.ts";
import type { Task } from "../model/task.ts";
import { suggest } from "../model/suggest.ts";
import { checkKeys, isBag, refuse, sizeBytes, type Bag, type Fields, type Scope } from "./fields.ts";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const DURATION = 'a duration above 0: "90s", "5m", "500ms", "2h" or milliseconds';

/** Fields of what is scheduled as a unit: a task, or a chain as a whole. */
export const UNIT_FIELDS: readonly string[] = ["timeout", "deadline", "retries", "pool", "resources", "rate", "priority"];

export type Unit = Pick<Task, "timeoutMs" | "deadlineMs" | "retries" | "pool" | "resources" | "rate" | "priority">;

export function readUnit(scope: Scope, value: Bag, settings: Settings): Unit {
  return {
    timeoutMs: readDuration(scope, "timeout", value["timeout"]),
    deadlineMs: readDuration(scope, "deadline", value["deadline"]),
    retries: readRetries(scope, value["retries"]),
    pool: readPoolName(scope, value["pool"], settings),
    resources: readDemands(scope, value["resources"], settings),
    rate: readRate(scope, "rate", value["rate"]),
    priority: readPriority(scope, value["priority"]),
  };
}

/** A duration in ms; null if it is none. */
function durationMs(value: unknown): number | null {
  if (typeof value === "number") return Number.isFinite(value) && value >= 0 ? value : null;
  const match = typeof value === "string" ? /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)$/.exec(value) : null;
  return match === null ? null : Number(match[1]) * UNITS[match[2]!]!;
}

/** In ms; 0 if the field is absent. */
export function readDuration(scope: Scope, field: string, value: unknown): number {
  if (value === undefined) return 0;
  const ms = durationMs(value);
  if (ms !== null && ms > 0) return ms;
  return refuse(scope, field, { found: value, expected: DURATION }), 0;
}

const RETRIES: Fields = { known: new Set(["count", "backoff"]), later: new Set() };
const BACKOFF: Fields = { known: new Set(["base", "factor", "cap"]), later: new Set() };

function readRetries(scope: Scope, value: unknown): Retries {
  if (value === undefined) return NO_RETRIES;
  if (!isBag(value)) return { ...NO_RETRIES, count: readCount(scope, "retries", value, "a whole number from 0, or { count, backoff }") };
  checkKeys(scope, value, RETRIES, "retries.");
  const count = readCount(scope, "retries.count", value["count"], "a whole number from 0");
  const retries = { ...NO_RETRIES, count, ...readBackoff(scope, value["backoff"]) };
  return { ...retries, capMs: Math.max(retries.capMs, retries.baseMs) };
}

function readCount(scope: Scope, field: string, value: unknown, expected: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  return refuse(scope, field, { found: value, expected }), 0;
}

function readBackoff(scope: Scope, value: unknown): Partial<Retries> {
  if (value === undefined) return {};
  const field = "retries.backoff";
  if (!isBag(value)) return { baseMs: readWait(scope, field, value, 'the wait before the second attempt ("2s", milliseconds), or { base, factor, cap }') };
  checkKeys(scope, value, BACKOFF, field + ".");
  const factor = value["factor"] ?? NO_RETRIES.factor;
  if (typeof factor !== "number" || !(factor >= 1) || !Number.isFinite(factor)) refuse(scope, `${field}.factor`, { found: factor, expected: "a number from 1" });
  return {
    baseMs: readWait(scope, `${field}.base`, value["base"], DURATION),
    factor: typeof factor === "number" ? factor : 1,
    ...(value["cap"] === undefined ? {} : { capMs: readWait(scope, `${field}.cap`, value["cap"], DURATION) }),
  };
}

function readWait(scope: Scope, field: string, value: unknown, expected: string): number {
  const ms = durationMs(value);
  if (ms === null) refuse(scope, field, { found: value, expected });
  return ms ?? 0;
}

const RATE_UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

function readRate(scope: Scope, field: string, value: unknown): Rate | null {
  if (value === undefined) return null;
  const match = typeof value === "string" ? /^([1-9]\d*)\s*\/\s*(s|m|h)$/.exec(value) : null;
  if (match !== null) return { count: Number(match[1]), perMs: RATE_UNITS[match[2]!]! };
  return refuse(scope, field, { found: value, expected: 'so many starts in a time: "10/s", "100/m" or "5/h"' }), null;
}

function readPriority(scope: Scope, value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  return refuse(scope, "priority", { found: value, expected: "a number; higher goes first, 0 is usual" }), 0;
}

function readPoolName(scope: Scope, value: unknown, { pools }: Settings): string {
  if (value === undefined) return "";
  if (typeof value === "string" && Object.hasOwn(pools, value)) return value;
  return refuse(scope, "pool", { found: value, expected: 'the name of a pool in "pools" at the top of the config', suggestion: typeof value === "string" ? suggest(value, Object.keys(pools)) : null }), "";
}

/** Every machine has them. */
const USUAL: readonly string[] = ["cpu", "memory"];
const MIB = 2 ** 20;
const NOTHING: Readonly<Record<string, number>> = Object.freeze({});

function readDemands(scope: Scope, value: unknown, { resources }: Settings): Readonly<Record<string, number>> {
  const known = [...USUAL, ...Object.keys(resources)];
  const amounts = readAmounts(scope, value);
  for (const name of Object.keys(amounts)) {
    if (!known.includes(name)) refuse(scope, `resources.${name}`, { found: amounts[name], expected: 'a resource with a total in "resources" at the top of the config', suggestion: suggest(name, known) });
  }
  return amounts;
}

function readAmounts(scope: Scope, value: unknown): Readonly<Record<string, number>> {
  if (value === undefined) return NOTHING;
  if (!isBag(value)) return refuse(scope, "resources", { found: value, expected: "amounts by name: { cpu: 2, memory: 4096 }" }), NOTHING;
  const amounts: [string, number][] = [];
  for (const [name, amount] of Object.entries(value)) {
    const bytes = name === "memory" ? sizeBytes(amount) : null;
    const read = bytes === null ? amount : bytes / MIB;
    if (typeof read === "number" && read > 0 && Number.isFinite(read)) amounts.push([name, read]);
    else refuse(scope, `resources.${name}`, { found: amount, expected: name === "memory" ? 'a number of MiB above 0, or a size as "4GiB"' : "a number above 0" });
  }
  // Not assigned to an object one by one: a name may be `__proto__`.
  return Object.fromEntries(amounts);
}

/** `pools` and `resources` at the top of the config. */
export function readTotals(scope: Scope, config: Bag): Pick<Settings, "pools" | "resources"> {
  return { pools: readPools(scope, config["pools"]), resources: readAmounts(scope, config["resources"]) };
}

const POOL: Fields = { known: new Set(["size", "rate"]), later: new Set() };

function readPools(scope: Scope, value: unknown): Settings["pools"] {
  if (value === undefined) return {};
  if (!isBag(value)) return refuse(scope, "pools", { found: value, expected: "sizes by name: { link: 2 }" }), {};
  const pools: [string, PoolSpec][] = [];
  for (const [name, spec] of Object.entries(value)) {
    const field = `pools.${name}`;
    if (!isBag(spec)) pools.push([name, { size: readSize(scope, field, spec), rate: null }]);
    else {
      checkKeys(scope, spec, POOL, field + ".");
      pools.push([name, { size: spec["size"] === undefined ? null : readSize(scope, field + ".size", spec["size"]), rate: readRate(scope, field + ".rate", spec["rate"]) }]);
    }
  }
  return Object.fromEntries(pools);
}

function readSize(scope: Scope, field: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  return refuse(scope, field, { found: value, expected: field.endsWith(".size") ? "a whole number above 0" : "a whole number above 0, or { size, rate }" }), 1;
}
