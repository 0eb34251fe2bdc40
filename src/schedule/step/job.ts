// From a task to the jobs an engine sees: action, environment, folders as absolute paths. Inert data; starts nothing.
import { neededTask } from "../../graph/needs.ts";
import { fileWorkShown, pairsOf, partsToJoin, type FileJob } from "../../model/file-work.ts";
import type { Action, FileWork, ParamValue, Task } from "../../model/task.ts";
import type { FunctionContext, Job, JobAction } from "../../model/ports.ts";
import { absoluteOf, parentOf, programDirs, searchPath, type AbsolutePath, type FilePath } from "../../model/path.ts";
import { quoted } from "../../model/shell.ts";
import { argsOf, paramsOf } from "../../staleness/parts.ts";
import { ABSENT } from "../../model/state.ts";
import { ignoredInputs } from "../survey/gathering.ts";
import { halvesOf, type Prepared } from "./prepare.ts";
import { scratchEnv } from "./scratch.ts";
import { familyValues } from "./values.ts";
import type { Workshop } from "./workshop.ts";

/** Variables that reach a command under `strictEnv` without being declared. */
const STRICT_ENV: readonly string[] = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TERM", "TMPDIR", "TZ", "CI"];

/** One job, or one per member of a chain, to be run in order. */
export function jobsOf(w: Workshop, index: number, p: Prepared, attempt: number): Job[] {
  const { task } = p;
  const action = task.action!;
  if (action.kind !== "chain") return [jobOf(w, index, p, { action, cwd: task.cwd, env: {}, wrap: task.wrap, attempt })];
  return action.members.map((member) => jobOf(w, index, p, { action: member.action, cwd: member.cwd, env: member.env, wrap: member.wrap, attempt }));
}

/** What a hook is given besides the task itself. */
export interface Beside {
  readonly outcome?: "ok" | "failed" | "timed-out";
  readonly exit?: number | null;
  /** JSON text. */
  readonly value?: string | null;
}

/** A hook runs in the task's folder with its environment, and writes to its log. */
export function hookJob(w: Workshop, p: Ready, call: { readonly index: number; readonly action: Action; readonly attempt: number; readonly beside: Beside }): Job {
  const { task } = p;
  const { outcome, exit, value } = call.beside;
  const env = { TG_TASK: task.name, ...(outcome === undefined ? {} : { TG_OUTCOME: outcome, TG_EXIT: exit == null ? "" : String(exit) }) };
  const job = jobOf(w, call.index, { ...p, task: { ...task, stdin: null, stdout: null, stderr: null, console: false } }, { action: call.action, cwd: task.cwd, env, wrap: [], attempt: call.attempt, plain: true });
  if (job.action.kind !== "function" || outcome === undefined) return job;
  const run = { outcome, exit: exit ?? null, ...(value == null ? {} : { value: JSON.parse(value) as unknown }) };
  return { ...job, action: { ...job.action, context: { ...job.action.context, run } } };
}

type Ready = Pick<Prepared, "task" | "inputs" | "changed">;

interface Part {
  /** Leave out the arguments after `--`. */
  readonly plain?: boolean;
  readonly wrap: readonly string[];
  readonly action: Action;
  readonly cwd: FilePath;
  readonly env: Readonly<Record<string, string>>;
  readonly attempt: number;
}

function jobOf(w: Workshop, index: number, p: Ready, part: Part): Job {
  const { task } = p;
  const root = w.situation.parts.world.disk.root as AbsolutePath;
  const usual = environmentOf(w, task, { root, cwd: part.cwd, call: part.action.kind === "function" });
  const own: Record<string, string> = { ...scratchEnv(w, task, part.attempt), ...part.env };
  const env = Object.keys(own).length === 0 ? usual : { ...usual, ...own };
  const at = (path: FilePath | null): string | null => (path === null ? null : absoluteOf(path, root));
  return {
    task: task.name,
    action: actionOf(w, index, p, part, env),
    cwd: absoluteOf(part.cwd, root),
    env,
    stdin: at(task.stdin),
    stdout: at(task.stdout),
    stderr: at(task.stderr),
    log: absoluteOf(w.logOf(task.name), root),
    console: task.console,
  };
}

function actionOf(w: Workshop, index: number, p: Ready, part: Part, env: Environment): JobAction {
  const { action, attempt } = part;
  const args = part.plain === true ? [] : argsOf(p.task, w.situation.parts.given);
  switch (action.kind) {
    case "argv":
      return { kind: "argv", argv: [...part.wrap, ...action.argv, ...args] };
    case "shell": {
      const text = [action.text, ...args.map(quoted)].join(" ");
      return part.wrap.length > 0 ? { kind: "argv", argv: [...part.wrap, p.task.shell, "-c", text] } : { kind: "shell", shell: p.task.shell, text };
    }
    case "file":
      return { kind: "file", work: fileJob(action.work, presentInputs(w, index, p), w.situation.parts.world.disk.root as AbsolutePath) };
    case "function": {
      const params = paramsOf(p.task, w.situation.parts.given);
      const taken = p.task.envNames.filter((name) => Object.hasOwn(env, name)).map((name) => [name, env[name]!] as const);
      const declared: Record<string, string> = { ...p.task.envValues, ...Object.fromEntries(taken) };
      const inputs = presentInputs(w, index, p);
      const root = w.situation.parts.world.disk.root as AbsolutePath;
      const context: FunctionContext = {
        task: p.task.name, root, inputs, outputs: halvesOf(p.task), params, env: declared, changed: changedFiles(w, index, p), attempt, deps: depValues(w, index),
        scratch: absoluteOf(w.scratchOf(p.task.name), root),
        notes: absoluteOf(w.notesOf(p.task.name), root),
      };
      return p.task.isolated ? { kind: "function", fn: action.fn, isolated: true, context } : { kind: "function", fn: action.fn, context };
    }
    case "chain":
      throw new Error("a chain's member is never a chain");
    default:
      return action satisfies never;
  }
}

/** Links below an input folder that lead to a folder: what is behind them has names of its own among the inputs. */
function linksToFolders(w: Workshop, index: number, inputs: Ready["inputs"]): ReadonlySet<string> {
  return new Set(inputs.some(([, identity]) => identity.startsWith("l")) ? w.situation.gather(index).links : []);
}

function presentInputs(w: Workshop, index: number, { inputs }: Ready): readonly FilePath[] {
  const there: FilePath[] = [];
  const links = linksToFolders(w, index, inputs);
  for (const [path, identity] of inputs) if (identity !== ABSENT && !links.has(path)) there.push(path);
  const ignored = ignoredInputs(w.situation, index);
  return ignored.length === 0 ? there : [...new Set([...there, ...ignored])].sort();
}

function changedFiles(w: Workshop, index: number, { changed, inputs }: Ready): readonly FilePath[] {
  const links = changed.length === 0 ? null : linksToFolders(w, index, inputs);
  return links === null || links.size === 0 ? changed : changed.filter((path) => !links.has(path));
}

/** Copies exactly the inputs that were judged, and those that `cache.ignore` names. */
function fileJob(work: FileWork, there: readonly FilePath[], root: AbsolutePath): FileJob {
  const at = (path: FilePath): string => absoluteOf(path, root);
  switch (work.op) {
    case "copy":
      return { op: "copy", root, there: at(work.folder ? work.to : parentOf(work.to)), pairs: pairsOf(work, there).map(([from, to]) => [at(from), at(to)]) };
    case "concat":
      return { op: "concat", from: partsToJoin(work, there).map(at), to: at(work.to) };
    case "write":
      return { ...work, to: at(work.to) };
    default:
      return work satisfies never;
  }
}

/** Values by the name used in `deps`, read now that they are needed. */
function depValues(w: Workshop, index: number): Record<string, { value?: unknown }> {
  const { graph } = w.situation.parts;
  const values: [name: string, { value?: unknown }][] = [];
  const valueOf = (task: number): string | null => w.situation.valueOf(task);
  for (const { target } of graph.task(index).deps) {
    const at = neededTask(graph, target);
    if (graph.task(at).family !== undefined) values.push([target, { value: familyValues(graph, at, valueOf) }]);
    else {
      const value = graph.isBarrier(at) ? null : valueOf(at);
      values.push([target, value === null ? {} : { value: JSON.parse(value) }]);
    }
  }
  return Object.fromEntries(values);
}

type Environment = Readonly<Record<string, string>>;

/** Most tasks of a build share one environment: the same object, so that an engine can tell. By kind of action and folder. */
const shared: WeakMap<Workshop, Map<string, Environment>> = new WeakMap();

interface Place {
  readonly root: AbsolutePath;
  readonly cwd: FilePath;
  /** For a function. */
  readonly call: boolean;
}

/** The user's environment (or its declared part), the task's values, parameters, and node_modules/.bin first on PATH. */
function environmentOf(w: Workshop, task: Task, place: Place): Environment {
  const params = Object.entries(paramsOf(task, w.situation.parts.given));
  if (task.strictEnv || params.length > 0 || Object.keys(task.envValues).length > 0) return ownEnvironment(w, task, { ...place, params });
  let known = shared.get(w);
  if (known === undefined) shared.set(w, (known = new Map()));
  const key = (place.call ? "f" : "c") + place.cwd;
  let env = known.get(key);
  if (env === undefined) known.set(key, (env = ownEnvironment(w, task, { ...place, params })));
  return env;
}

function ownEnvironment(w: Workshop, task: Task, { root, cwd, call, params }: Place & { readonly params: readonly (readonly [string, ParamValue])[] }): Environment {
  // Without a prototype: a variable may be called `__proto__`.
  const env = Object.create(null) as Record<string, string>;
  const source = w.system.env;
  const names = task.strictEnv ? [...STRICT_ENV, ...task.envNames] : Object.keys(source);
  for (const name of names) {
    const value: unknown = source[name];
    if (typeof value === "string") env[name] = value;
  }
  if (w.engine.makeflags?.commands !== undefined) env["MAKEFLAGS"] = w.engine.makeflags.commands;
  for (const [name, value] of params) env[name] = Array.isArray(value) ? value.join(" ") : String(value);
  // The file descriptors that commands are given differ from those of a function.
  if (call && w.engine.makeflags?.commands !== undefined) env["MAKEFLAGS"] = w.engine.makeflags.functions ?? "";
  Object.assign(env, task.envValues);
  const bins = new Set([...programDirs(absoluteOf(cwd, root)), ...programDirs(root)]);
  env["PATH"] = searchPath(bins, env["PATH"]);
  return env;
}

/** The command as a user would recognise it, in one line. */
export function commandText(action: Action): string {
  switch (action.kind) {
    case "shell":
      return action.text;
    case "argv":
      return action.argv.map(quoted).join(" ");
    case "file":
      return fileWorkShown(action.work);
    case "function":
      return `${action.fn.source}: ${action.fn.path.slice(-1)[0] ?? "default"}()`;
    case "chain":
      return action.members.map((member) => commandText(member.action)).join(" && ");
    default:
      return action satisfies never;
  }
}
