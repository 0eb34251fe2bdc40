// A task's definition as named parts: what is compared, and what `why` shows. Sees the environment through the lookups it is
// given, and the disk only through the world's rows.
import type { FilePath } from "../model/path.ts";
import type { Action, FunctionRef, InputSpec, ParamValue, Task } from "../model/task.ts";
import type { Parts, Reason, ReasonCode } from "../model/state.ts";
import { fileWorkText } from "../model/file-work.ts";
import { digestText } from "./digest.ts";

/** What comes with this command: the environment, parameter values, extra arguments, and where programs are. */
export interface Given {
  /** Value of an environment variable; undefined if unset. */
  env(name: string): string | undefined;
  /** Values of `--param`, by name; `paramsOf` fills in defaults. */
  readonly params: Readonly<Record<string, ParamValue>>;
  /** Arguments after `--`, for one task only. */
  readonly args: { readonly task: string; readonly words: readonly string[] } | null;
  /** Current state of an entry of `tools` of a task that runs in `cwd`. */
  tool(entry: string, cwd: FilePath): ToolNow;
  /** Discards what is known of tools, because programs may have changed. */
  forgetTools(): void;
}

export interface ToolNow {
  /** Text for the key: resolved path and identity of a program, or what a version command printed; otherwise what is wrong. */
  readonly text: string;
  /** The program whose content is in the key; null for version commands, of which only the printed text is. */
  readonly program: FilePath | null;
  /** Where in the root another program of that name would be found before it. */
  readonly before?: readonly FilePath[];
  /** `missing`, `silent`, `late`, or how the version command ended (`exit 1: its last line`); null if all is well. */
  readonly wrong: string | null;
}

/** Longer text is kept as a hash with its beginning. */
const LONG = 400;

function shown(text: string): string {
  return text.length <= LONG ? text : `xxh:${digestText(text)} ${text.slice(0, 120)}…`;
}

/** Current values of a task's parameters: given, or the default. */
export function paramsOf(task: Task, given: Given): Record<string, ParamValue> {
  const values: [string, ParamValue][] = [];
  for (const name of Object.keys(task.params).sort()) {
    const value = Object.hasOwn(given.params, name) ? given.params[name] : task.params[name]!.default;
    if (value !== undefined) values.push([name, value]);
  }
  return Object.fromEntries(values);
}

/** Arguments after `--` that belong to this task. */
export function argsOf(task: Task, given: Given): readonly string[] {
  return given.args !== null && given.args.task === task.name ? given.args.words : [];
}

export function partsOf(task: Task, given: Given): Parts {
  const parts: Record<string, string> = {};
  const ignored = new Set(task.cache.ignore);
  if (task.action !== null) actionParts(task.action, task, parts);
  if (task.cwd !== "") parts["cwd"] = task.cwd;
  for (const name of task.envNames) {
    if (ignored.has(`env:${name}`)) continue;
    const value = given.env(name);
    parts[`env ${name}`] = value === undefined ? "unset" : "xxh:" + digestText(value);
  }
  for (const [name, value] of Object.entries(task.envValues)) {
    if (!ignored.has(`env:${name}`)) parts[`env ${name}`] = "xxh:" + digestText(value);
  }
  for (const [name, value] of Object.entries(paramsOf(task, given))) {
    if (!ignored.has(`param:${name}`)) parts[`param ${name}`] = shown(JSON.stringify(value));
  }
  for (const name of task.tools) parts[`tool ${name}`] = shown(given.tool(name, task.cwd).text);
  for (const [path, text] of Object.entries(task.files)) parts[`files ${path}`] = "xxh:" + digestText(text);
  const args = argsOf(task, given);
  if (args.length > 0) parts["args"] = shown(JSON.stringify(args));
  declarationParts(task, parts);
  return parts;
}

function actionParts(action: Action, task: Task, parts: Record<string, string>): void {
  switch (action.kind) {
    case "shell":
      parts["command"] = shown(action.text);
      if (task.shell !== "/bin/sh") parts["shell"] = task.shell;
      return;
    case "argv":
      parts["command"] = shown(JSON.stringify(action.argv));
      return;
    case "file":
      parts["command"] = shown(fileWorkText(action.work));
      return;
    case "function":
      parts["command"] = `${action.fn.source}#${action.fn.path.join(".")}`;
      itemPart(action.fn, parts);
      for (const file of action.fn.code) parts[`code ${file.path}`] = file.digest;
      return;
    case "chain":
      parts["command"] = shown(JSON.stringify(action.members.map((m) => [m.action.kind === "function" ? m.action.fn.source : m.action, m.cwd, m.env, ...(m.wrap.length > 0 ? [m.wrap] : [])])));
      for (const member of action.members) {
        if (member.action.kind !== "function") continue;
        itemPart(member.action.fn, parts);
        for (const file of member.action.fn.code) parts[`code ${file.path}`] = file.digest;
      }
      return;
    default:
      return action satisfies never;
  }
}

/** What a function of an instance may read of its item but no other part shows. */
function itemPart(fn: FunctionRef, parts: Record<string, string>): void {
  if (fn.instance !== undefined) parts["item"] = shown(JSON.stringify(fn.instance.item));
}

function declarationParts(task: Task, parts: Record<string, string>): void {
  if (task.inputs.length > 0) parts["inputs"] = shown(patternText(task.inputs));
  if (task.outputs.length > 0) {
    const texts = task.outputs.map((o) => (o.kind === "file" ? o.path + (o.optional ? "?" : "") : o.kind === "tree" ? o.path + "/" : "glob " + o.pattern));
    parts["outputs"] = shown(texts.sort().join("\n"));
  }
  if (task.inout.length > 0) parts["inout"] = shown([...task.inout].sort().join("\n"));
  if (task.depfile !== null) parts["depfile"] = `${task.depfile.format} ${task.depfile.path}${task.depfile.optional ? "?" : ""}`;
  if (task.stdin !== null) parts["stdin"] = task.stdin;
  if (task.stdout !== null) parts["stdout"] = task.stdout;
  if (task.stderr !== null) parts["stderr"] = task.stderr;
  if (task.wrap.length > 0) parts["wrap"] = shown(JSON.stringify(task.wrap));
  // A hook after the run may change what the run made; one before it may not.
  if (task.afterRun !== null) parts["afterRun"] = shown(hookText(task.afterRun));
  if (task.incremental) parts["incremental"] = "true";
  if (task.strictEnv) parts["strictEnv"] = "true";
  if (task.cache.version !== undefined) parts["version"] = task.cache.version;
  if (task.cache.salt !== undefined) parts["salt"] = task.cache.salt;
}

/** A function by its code. */
export function hookText(hook: Action): string {
  return hook.kind === "function" ? [hook.fn.source, ...hook.fn.code.map((file) => file.digest)].join(" ") : JSON.stringify(hook);
}

/** Patterns sorted, unless there is a negation: then their order matters and stays. */
function patternText(inputs: readonly InputSpec[]): string {
  const texts = inputs.map((spec) => {
    if (spec.kind === "not") return "!" + spec.pattern;
    const hasher = spec.hasher === undefined ? "" : " hash " + spec.hasher.code.map((file) => file.digest).join(",") + (spec.hasher.instance === undefined ? "" : JSON.stringify(spec.hasher.instance.item));
    if (spec.kind === "glob") return `glob ${spec.pattern}${hasher}`;
    return spec.path + (spec.optional ? "?" : "") + hasher;
  });
  return (inputs.some((spec) => spec.kind === "not") ? texts : texts.sort()).join("\n");
}

const CODES: Record<string, ReasonCode> = { command: "command-changed", args: "command-changed", cwd: "cwd-changed" };
const PREFIXED: Record<string, ReasonCode> = { env: "env-changed", param: "param-changed", code: "code-changed", tool: "tool-changed" };

/** Every part that differs, as reasons, in the order of the parts. */
export function comparedParts(before: Parts, now: Parts): Reason[] {
  const reasons: Reason[] = [];
  for (const name of new Set([...Object.keys(now), ...Object.keys(before)])) {
    if (before[name] === now[name]) continue;
    reasons.push(partReason(name, before[name], now[name]));
  }
  return reasons;
}

function partReason(name: string, before: string | undefined, now: string | undefined): Reason {
  const [head, ...rest] = name.split(" ");
  const prefixed = rest.length > 0 ? PREFIXED[head!] : undefined;
  const code = prefixed ?? CODES[name] ?? "declaration-changed";
  const subject = prefixed !== undefined ? rest.join(" ") : code === "declaration-changed" ? name : undefined;
  const secret = code === "env-changed";
  const old = secret ? presence(before) : before;
  const fresh = secret ? presence(now) : now;
  return {
    code,
    ...(subject === undefined ? {} : { subject }),
    ...(old === undefined ? {} : { old }),
    ...(fresh === undefined ? {} : { new: fresh }),
  };
}

/** Values of variables are never shown, only whether they are set. */
function presence(value: string | undefined): string {
  return value === undefined ? "not declared" : value === "unset" ? "unset" : "set";
}

/** One hash of all parts: equal hashes, equal definitions. */
export function partsDigest(parts: Parts): string {
  return digestText(Object.keys(parts).sort().map((name) => `${name}\0${parts[name]}\0`).join(""));
}

/** Whether a function was among what the task did. */
export function hasCode(parts: Parts): boolean {
  return Object.keys(parts).some((name) => name.startsWith("code "));
}
