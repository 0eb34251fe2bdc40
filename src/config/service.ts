// `service`: a task that runs until it is stopped, and what such a task cannot have. Reads values; starts nothing.
import type { Ready, ServiceSpec } from "../model/service.ts";
import type { Action } from "../model/action.ts";
import type { Task } from "../model/task.ts";
import { checkKeys, isBag, refuse, type Bag, type Fields, type Scope } from "./fields.ts";
import { readDuration } from "./limits.ts";

const SERVICE: Fields = { known: new Set(["ready"]), later: new Set() };
const READY: Fields = { known: new Set(["port", "url", "log", "command", "timeout"]), later: new Set() };
const KINDS = ["port", "url", "log", "command"] as const;
const READY_TEXT = "one of port, url, log and command, and perhaps timeout";

/** As long as a slow server takes to compile itself, and no longer than a person would wait. */
const TIMEOUT_MS = 60_000;

/** Only for tasks that end. */
const ENDS_ONLY: readonly string[] = [
  "outputs", "intermediates", "temp", "inout", "stdout", "stderr", "depfile", "incremental", "always", "drift", "onFail", "console", "interruptible", "isolate",
  "timeout", "deadline", "retries", "pool", "resources", "rate", "allowFailure", "before", "afterRun",
];

export function readService(scope: Scope, task: Bag, action: Action | null): ServiceSpec | null {
  const value = task["service"];
  if (value === undefined) return null;
  if (!isBag(value)) return refuse(scope, "service", { found: value, expected: "an object: { ready: { port: 3000 } }, or {} for one that is ready at once" }), null;
  checkKeys(scope, value, SERVICE, "service.");
  if (action?.kind !== "shell" && action?.kind !== "argv") refuse(scope, "run", { found: task["run"], expected: "a command: a service runs as a process of its own" });
  for (const field of ENDS_ONLY) if (task[field] !== undefined) refuse(scope, field, { found: task[field], expected: `nothing: ${WHY[field] ?? "a service runs until it is stopped"}` });
  if (typeof task["when"] === "function") refuse(scope, "when", { found: task["when"], expected: "true or false in a service" });
  refuseCache(scope, task["cache"]);
  return readReady(scope, value["ready"]);
}

const WHY: Readonly<Record<string, string>> = {
  outputs: "a service makes no files; let a task make them",
  intermediates: "a service makes no files; let a task make them",
  stdout: "what a service prints goes to its log",
  stderr: "what a service prints goes to its log",
  timeout: 'a service has "service.ready.timeout"',
  before: "let a task do it, and the service need that task",
};

function refuseCache(scope: Scope, cache: unknown): void {
  if (cache === false) refuse(scope, "cache", { found: cache, expected: "{ version, salt, ignore }: a service leaves no result" });
  else if (isBag(cache) && cache["store"] === true) refuse(scope, "cache.store", { found: true, expected: "nothing: a service leaves no result" });
}

function readReady(scope: Scope, value: unknown): ServiceSpec {
  const field = "service.ready";
  const usual: ServiceSpec = { ready: null, timeoutMs: TIMEOUT_MS };
  if (value === undefined) return usual;
  if (!isBag(value)) return refuse(scope, field, { found: value, expected: `an object with ${READY_TEXT}` }), usual;
  checkKeys(scope, value, READY, field + ".");
  const said = KINDS.filter((kind) => value[kind] !== undefined);
  if (said.length !== 1) {
    refuse(scope, field, { found: said.length === 0 ? value : said.join(" and "), expected: READY_TEXT });
    return usual;
  }
  const ready = READERS[said[0]!](scope, `${field}.${said[0]!}`, value[said[0]!]);
  return { ready, timeoutMs: readDuration(scope, `${field}.timeout`, value["timeout"]) || TIMEOUT_MS };
}

const READERS: Readonly<Record<(typeof KINDS)[number], (scope: Scope, field: string, value: unknown) => Ready | null>> = {
  port: (scope, field, value) => {
    if (typeof value === "number" && Number.isInteger(value) && value > 0 && value < 65_536) return { kind: "port", port: value };
    return refuse(scope, field, { found: value, expected: "a number from 1 to 65535" }), null;
  },
  url: (scope, field, value) => {
    const url = typeof value === "string" ? urlOf(value) : null;
    if (url !== null) return { kind: "url", url };
    return refuse(scope, field, { found: value, expected: 'an address: "http://localhost:3000/health"' }), null;
  },
  log: (scope, field, value) => {
    if (typeof value === "string" && value.trim() !== "" && !value.includes("\n")) return { kind: "log", text: value, flags: null };
    // A global or sticky pattern would continue from its last match.
    if (isPattern(value)) return { kind: "log", text: value.source, flags: value.flags.replace(/[gy]/g, "") };
    return refuse(scope, field, { found: value, expected: "a text that a line of its output holds, or a regular expression" }), null;
  },
  command: (scope, field, value) => {
    if (typeof value === "string" && value.trim() !== "" && !value.includes("\0")) return { kind: "command", text: value };
    return refuse(scope, field, { found: value, expected: "shell text that ends with 0 once it is ready" }), null;
  },
};

/** The config may come from another realm. */
function isPattern(value: unknown): value is RegExp {
  return Object.prototype.toString.call(value) === "[object RegExp]";
}

function urlOf(text: string): string | null {
  try {
    const url = new URL(text);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

/** What other tasks say about services, once all are known: no task can wait for one to end. */
export function checkServices(tasks: readonly Task[], scopeOf: (task: Task) => Scope): void {
  const services = new Set<string>(tasks.filter((task) => task.service !== null).map((task) => task.name));
  if (services.size === 0) return;
  for (const task of tasks) {
    for (const name of task.validate) if (services.has(name)) refuse(scopeOf(task), "validate", { found: name, expected: "a task that ends: a service never does" });
    for (const { target, propagate } of task.deps) if (propagate === "run" && services.has(target)) refuse(scopeOf(task), "deps", { found: { target }, expected: `a task that ends where propagate is "run": ${JSON.stringify(target)} is a service` });
    if (task.service !== null && task.each !== undefined) refuse(scopeOf(task), "service", { found: {}, expected: "nothing: an instance of a family cannot be a service; declare each service as a task of its own" });
  }
}
