// What runs around a task, and what its commands are started with: hooks, `when`, `wrap`. Reads values; runs nothing.
import type { Action } from "../model/action.ts";
import type { Settings } from "../model/limits.ts";
import type { Task } from "../model/task.ts";
import { NONE, readChoice, refuse, type Bag } from "./fields.ts";
import type { FileScope } from "./files.ts";

/** Fields of a task, or of a chain as a whole, other than `wrap`. */
export const HOOK_FIELDS: readonly string[] = ["before", "afterRun", "when"];

export function readHooks(scope: FileScope, value: Bag): Pick<Task, "before" | "afterRun" | "when"> {
  return { before: readHook(scope, "before", value["before"]), afterRun: readHook(scope, "afterRun", value["afterRun"]), when: readWhen(scope, value["when"]) };
}

/** `setup`, `teardown` and `onFailure` at the top of the config. */
export function readTopHooks(scope: FileScope, config: Bag): Pick<Settings, "setup" | "teardown" | "onFailure"> {
  return { setup: readHook(scope, "setup", config["setup"]), teardown: readHook(scope, "teardown", config["teardown"]), onFailure: readHook(scope, "onFailure", config["onFailure"]) };
}

function readHook(scope: FileScope, field: string, value: unknown): Action | null {
  if (value === undefined) return null;
  if (typeof value === "string" && value.trim() !== "" && !value.includes("\0")) return { kind: "shell", text: value };
  if (isWords(value)) return { kind: "argv", argv: value };
  if (typeof value === "function") {
    const fn = scope.fn([field]);
    if (fn !== null) return { kind: "function", fn };
  }
  return refuse(scope, field, { found: value, expected: "shell text, a program with its arguments, or a function of the config's own modules" }), null;
}

function isWords(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value[0] !== "" && value.every((word) => typeof word === "string" && !word.includes("\0"));
}

function readWhen(scope: FileScope, value: unknown): Task["when"] {
  if (value === undefined || typeof value === "boolean") return value ?? true;
  const fn = typeof value === "function" ? scope.fn(["when"]) : null;
  if (fn === null) refuse(scope, "when", { found: value, expected: "true, false, or a function that says which" });
  return fn ?? true;
}

/** `action`: what the task runs. */
export function readWrap(scope: FileScope, value: unknown, action: Action | null): readonly string[] {
  if (value === undefined) return NONE;
  if (action?.kind === "function") refuse(scope, "wrap", { found: value, expected: "a command in `run`: a function cannot be wrapped" });
  if (isWords(value)) return value;
  return refuse(scope, "wrap", { found: value, expected: 'the words that stand before the command: ["nice", "-n", "19"]' }), NONE;
}

/** Whether its function gets a process of its own. */
export function readIsolate(scope: FileScope, value: unknown): boolean {
  return readChoice(scope, "isolate", value, ["worker", "process"]) === "process";
}
