// Converts one declared task from an unknown value to a complete Task, with every default filled in. Knows no other task.
import type { Settings } from "../model/limits.ts";
import type { FilePath } from "../model/path.ts";
import type { Action, Dep, Depfile, InputSpec, OutputSpec, Task, TaskName } from "../model/task.ts";
import { checkKeys, hasControl, isBag, itemField, listOf, NONE, readChoice, readFlag, readText, readTexts, refuse, type Bag, type Fields } from "./fields.ts";
import { addTarget, readFileWork, RUN, withSources } from "./file-work.ts";
import { readCache, type StoreDefaults } from "./cache.ts";
import { readInputs, readInside, readOneFile, readOutputs, readPath, type FileScope } from "./files.ts";
import { HOMES_BESIDE_TASK } from "./homes.ts";
import { HOOK_FIELDS, readHooks, readIsolate, readWrap } from "./hooks.ts";
import { readUnit, UNIT_FIELDS } from "./limits.ts";
import { readService } from "./service.ts";
import { mergedEnv, readEnv, readTaskParams, type EnvSpec, type ParamTable } from "./params.ts";

export const TASK_FIELDS: Fields = {
  known: new Set([
    "run", "inputs", "outputs", "incremental", "always", "files", "intermediates", "temp", "inout", "deps", "after", "validate", "depfile", "params", "env", "cwd", "shell",
    "stdin", "stdout", "stderr", "tools", "cache", "allowFailure", "drift", "onFail", "console", "interruptible", ...UNIT_FIELDS, ...HOOK_FIELDS, "wrap", "isolate", "service", "description", "tags", "deprecated",
    "foreach",
  ]),
  later: new Set(),
  homes: HOMES_BESIDE_TASK,
};

/** What the top of the config adds to every task. */
export interface Surroundings {
  readonly inputs: readonly InputSpec[];
  readonly env: EnvSpec;
  readonly params: ParamTable;
  readonly strictEnv: boolean;
  readonly store: StoreDefaults;
  readonly settings: Settings;
}

export function readTask(name: TaskName, value: Bag, scope: FileScope, around: Surroundings): Task {
  checkKeys(scope, value, TASK_FIELDS);
  if (value["foreach"] !== undefined) refuse(scope, "foreach", { found: value["foreach"], expected: "a call in place of the task: foreach(over, ({ key }) => ({ … }))" });
  const action = readAction(scope, value);
  if (action?.kind === "function") refuseForFunctions(scope, value);
  const stdin = readPath(scope, "stdin", value["stdin"]);
  const env = mergedEnv(around.env, readEnv(scope, value["env"]));
  const params = readTaskParams(scope, value["params"], around.params);
  const own = readInputs(scope, value["inputs"]);
  const inputs = allInputs(action?.kind === "file" ? withSources(own, action.work) : own, stdin, action === null ? NONE : around.inputs);
  const depfile = readDepfile(scope, value["depfile"]);
  const service = readService(scope, value, action);
  return {
    name,
    at: scope.place(name),
    action,
    inputs,
    outputs: allOutputs(scope, value, action),
    inout: readInout(scope, value["inout"]),
    temp: readTemp(scope, value),
    deps: readDeps(scope, value["deps"]),
    after: readTexts(scope, "after", value["after"], "a task name or an output path"),
    validate: readTexts(scope, "validate", value["validate"], "a task name or an output path"),
    incremental: readFlag(scope, "incremental", value["incremental"]),
    always: readFlag(scope, "always", value["always"]),
    files: readFiles(scope, value["files"]),
    depfile,
    envNames: env.names,
    envValues: env.values,
    strictEnv: around.strictEnv,
    cwd: readPath(scope, "cwd", value["cwd"]) ?? ("" as FilePath),
    shell: readText(scope, "shell", value["shell"], "a program") ?? "/bin/sh",
    stdin,
    stdout: value["stdout"] === undefined ? null : readInside(silent(scope), "stdout", value["stdout"]),
    stderr: value["stderr"] === undefined ? null : readInside(silent(scope), "stderr", value["stderr"]),
    tools: readTools(scope, value["tools"]),
    cache: readCache(scope, value, { env, params, inputs, store: service === null ? around.store : { ...around.store, on: false } }),
    params,
    allowFailure: readFlag(scope, "allowFailure", value["allowFailure"]),
    drift: readChoice(scope, "drift", value["drift"], ["rebuild", "keep", "error"]),
    onFail: readChoice(scope, "onFail", value["onFail"], ["remove", "keep"]),
    console: readFlag(scope, "console", value["console"]),
    interruptible: readFlag(scope, "interruptible", value["interruptible"]),
    ...readUnit(scope, value, around.settings),
    ...readHooks(scope, value),
    wrap: readWrap(scope, value["wrap"], action),
    isolated: readIsolate(scope, value["isolate"]),
    service,
    description: readText(scope, "description", emptyToNothing(value["description"])) ?? "",
    tags: readTexts(scope, "tags", value["tags"]),
    deprecated: readText(scope, "deprecated", emptyToNothing(value["deprecated"])) ?? "",
  };
}

/** Only intermediates may be removed: outputs are what the task is for. */
function readTemp(scope: FileScope, value: Bag): boolean {
  const temp = readFlag(scope, "temp", value["temp"]);
  if (temp && listOf(value["intermediates"]).length === 0) refuse(scope, "temp", { found: true, expected: "a task with `intermediates`: these are what is removed after use" });
  return temp;
}

/** A function shares a child runtime with others: it has no terminal and no standard input of its own. */
function refuseForFunctions(scope: FileScope, value: Bag): void {
  for (const field of ["console", "stdin"]) {
    if (value[field] !== undefined && value[field] !== false) refuse(scope, field, { found: value[field], expected: "a command in `run`: a function has none" });
  }
}

/** The same field is read twice, as an output and by itself: its problems are reported once. */
function silent(scope: FileScope): FileScope {
  return { ...scope, problems: [] };
}

function emptyToNothing(value: unknown): unknown {
  return value === "" ? undefined : value;
}

function readAction(scope: FileScope, task: Bag): Action | null {
  const run = task["run"];
  if (run === undefined) return null;
  if (typeof run === "string" && run.trim() !== "" && !run.includes("\0")) return { kind: "shell", text: run };
  if (Array.isArray(run) && run.length > 0 && run[0] !== "") {
    const wrong = run.findIndex((word) => typeof word !== "string" || word.includes("\0"));
    if (wrong < 0) return { kind: "argv", argv: run as string[] };
    refuse(scope, `run[${wrong}]`, { found: run[wrong], expected: "a text" });
  } else if (typeof run === "function") {
    const fn = scope.fn(["run"]);
    if (fn !== null) return { kind: "function", fn };
    refuse(scope, "run", { found: run, expected: "a function of the config's own modules" });
  } else if (isBag(run)) {
    const work = readFileWork(scope, run, task);
    if (work !== null) return { kind: "file", work };
  } else refuse(scope, "run", { found: run, expected: RUN });
  // Still a task that runs: a barrier would cause problems of its own.
  return { kind: "shell", text: ":" };
}

const TOOL = "a program, or a program with plain arguments that prints its version";

/** Programs by name or path, and version commands: words separated by single spaces, however they were written. */
function readTools(scope: FileScope, value: unknown): readonly string[] {
  const tools = new Set<string>();
  listOf(value).forEach((item, index) => {
    const entry = typeof item !== "string" ? "" : item.trim().replace(/\s+/g, " ");
    // No shell is involved: characters that mean something to one are refused rather than passed on literally.
    if (entry === "" || hasControl(entry) || /["'`$&|;<>()\\*?]/.test(entry)) refuse(scope, itemField("tools", value, index), { found: item, expected: TOOL });
    else tools.add(entry);
  });
  return tools.size === 0 ? NONE : [...tools];
}

function allInputs(own: readonly InputSpec[], stdin: FilePath | null, around: readonly InputSpec[]): readonly InputSpec[] {
  if (stdin === null && around.length === 0) return own;
  const added: InputSpec[] = stdin === null || own.some((spec) => spec.kind === "file" && spec.path === stdin) ? [] : [{ kind: "file", path: stdin, optional: false }];
  return [...own, ...added, ...around];
}

function allOutputs(scope: FileScope, value: Bag, action: Action | null): readonly OutputSpec[] {
  const specs = new Map<string, OutputSpec>();
  readOutputs(scope, value["outputs"], { field: "outputs", role: "output" }, specs);
  readOutputs(scope, value["intermediates"], { field: "intermediates", role: "intermediate" }, specs);
  if (action?.kind === "file") addTarget(action.work, specs);
  for (const field of ["stdout", "stderr"] as const) readStream(scope, field, value[field], specs);
  for (const spec of specs.values()) if (spec.kind === "tree") refuseInPlaceOf(scope, spec.path, { value, specs });
  // If a field is mistyped, the run may be there under another name.
  if (action === null && Object.keys(value).every((key) => TASK_FIELDS.known.has(key))) {
    const field = specs.size === 0 ? undefined : ["outputs", "intermediates", "stdout", "stderr"].find((name) => value[name] !== undefined);
    if (field !== undefined) refuse(scope, field, { found: value[field], expected: "nothing, since the task has no run that makes it" });
    // They would silently never run.
    for (const hook of ["before", "afterRun"]) if (value[hook] !== undefined) refuse(scope, hook, { found: value[hook], expected: "nothing, since the task has no run" });
  }
  return specs.size === 0 ? NONE : [...specs.values()];
}

/** A path cannot be both a folder and a file. */
function refuseInPlaceOf(scope: FileScope, folder: FilePath, { value, specs }: { value: Bag; specs: ReadonlyMap<string, OutputSpec> }): void {
  if (!specs.has(folder)) return;
  const field = (["stdout", "stderr"] as const).find((name) => value[name] !== undefined && readInside(silent(scope), name, value[name]) === folder) ?? "outputs";
  refuse(scope, field, { found: folder, expected: `another path: the task says of it that it is a folder, "${folder}/"` });
}

function readStream(scope: FileScope, field: "stdout" | "stderr", value: unknown, specs: Map<string, OutputSpec>): void {
  const path = readInside(scope, field, value);
  if (path !== null && !specs.has(path)) specs.set(path, { kind: "file", path, role: "output", optional: false });
}

function readInout(scope: FileScope, value: unknown): readonly FilePath[] {
  const list = listOf(value);
  if (list.length === 0) return NONE;
  const paths = new Set<FilePath>();
  list.forEach((item, index) => {
    const path = readOneFile(scope, itemField("inout", value, index), { value: item ?? null, expected: "the path of one file, not a pattern" });
    if (path !== null) paths.add(path);
  });
  return [...paths];
}

const DEP: Fields = { known: new Set(["task", "propagate"]), later: new Set() };

function readDeps(scope: FileScope, value: unknown): readonly Dep[] {
  const list = listOf(value);
  if (list.length === 0) return NONE;
  const deps = new Map<string, Dep>();
  const add = (dep: Dep): void => void deps.set(dep.target, joinedDep(deps.get(dep.target) ?? dep, dep));
  list.forEach((item, index) => {
    const field = itemField("deps", value, index);
    if (typeof item === "string" && item !== "") return add({ target: item, propagate: "content" });
    if (!isBag(item) || typeof item["task"] !== "string" || item["task"] === "") return refuse(scope, field, { found: item, expected: "a task name, an output path or { task }" });
    checkKeys(scope, item, DEP, field + ".");
    add({ target: item["task"], propagate: readChoice(scope, field + ".propagate", item["propagate"], ["content", "run"]) });
  });
  return [...deps.values()];
}

/** If a task is named twice, both apply. */
export function joinedDep(one: Dep, other: Dep): Dep {
  return other.propagate === "run" ? other : one;
}

const NO_FILES: Readonly<Record<string, string>> = Object.freeze({});

function readFiles(scope: FileScope, value: unknown): Readonly<Record<string, string>> {
  if (value === undefined) return NO_FILES;
  if (!isBag(value)) return refuse(scope, "files", { found: value, expected: "texts by path" }), NO_FILES;
  const files: [FilePath, string][] = [];
  for (const [raw, text] of Object.entries(value)) {
    const path = readInside(scope, "files", raw);
    if (typeof text !== "string") refuse(scope, `files.${raw}`, { found: text, expected: "a text" });
    else if (path !== null) files.push([path, text]);
  }
  return Object.fromEntries(files);
}

const DEPFILE: Fields = { known: new Set(["path", "format", "optional"]), later: new Set() };

function readDepfile(scope: FileScope, value: unknown): Depfile | null {
  if (value === undefined) return null;
  if (typeof value === "string") {
    const path = readPath(scope, "depfile", value);
    return path === null ? null : { path, format: "make", optional: false };
  }
  if (!isBag(value)) return refuse(scope, "depfile", { found: value, expected: "a path or { path, format }" }), null;
  checkKeys(scope, value, DEPFILE, "depfile.");
  const path = readPath(scope, "depfile.path", value["path"] ?? null);
  const format = readChoice(scope, "depfile.format", value["format"], ["make", "lines", "json", "esbuild"]);
  return path === null ? null : { path, format, optional: readFlag(scope, "depfile.optional", value["optional"]) };
}
