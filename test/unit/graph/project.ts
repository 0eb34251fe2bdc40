// Projects for tests in a few words: `tasks({ a: { inputs: ["x"], outputs: ["dist/"] } })`.
import type { FilePath } from "../../../src/model/path.ts";
import { NO_SETTINGS, type Rate } from "../../../src/model/limits.ts";
import { isGlob } from "../../../src/model/pattern.ts";
import { TASK_DEFAULTS, type InputSpec, type OutputSpec, type Project, type Task, type TaskName } from "../../../src/model/task.ts";

export interface Short {
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly intermediates?: readonly string[];
  readonly inout?: readonly string[];
  readonly deps?: readonly string[];
  readonly after?: readonly string[];
  readonly validate?: readonly string[];
  readonly stdin?: string;
  readonly tags?: readonly string[];
  readonly barrier?: boolean;
  readonly console?: boolean;
  readonly pool?: string;
  readonly resources?: Readonly<Record<string, number>>;
  readonly rate?: Rate;
  readonly priority?: number;
  readonly family?: string;
}

export function project(shorts: Readonly<Record<string, Short>>, extra: Partial<Project> = {}): Project {
  const tasks = Object.entries(shorts).map(([name, short]) => task(name, short));
  return { tasks, default: null, jobs: null, settings: NO_SETTINGS, stateDir: ".tg" as FilePath, ...extra };
}

export function task(name: string, short: Short): Task {
  return {
    ...TASK_DEFAULTS,
    shell: "sh",
    name: name as TaskName,
    action: short.barrier === true ? null : { kind: "shell", text: "true" },
    inputs: (short.inputs ?? []).map(input),
    outputs: [...(short.outputs ?? []).map((text) => output(text, "output")), ...(short.intermediates ?? []).map((text) => output(text, "intermediate"))],
    inout: (short.inout ?? []) as readonly string[] as FilePath[],
    deps: (short.deps ?? []).map((target) => ({ target, propagate: "content" })),
    after: short.after ?? [],
    validate: short.validate ?? [],
    stdin: (short.stdin ?? null) as FilePath | null,
    tags: short.tags ?? [],
    console: short.console ?? false,
    pool: short.pool ?? "",
    resources: short.resources ?? {},
    rate: short.rate ?? null,
    priority: short.priority ?? 0,
    ...(short.family === undefined ? {} : { each: { family: short.family as TaskName, key: name } }),
  };
}

function input(text: string): InputSpec {
  if (/^!(?!\()/.test(text)) return { kind: "not", pattern: text.slice(1) };
  if (isGlob(text)) return { kind: "glob", pattern: text, allowEmpty: false, dot: false };
  return { kind: "file", path: text as FilePath, optional: false };
}

function output(text: string, role: OutputSpec["role"]): OutputSpec {
  if (text.endsWith("/")) return { kind: "tree", path: text.slice(0, -1) as FilePath, role };
  if (isGlob(text)) return { kind: "glob", pattern: text, role };
  return { kind: "file", path: text as FilePath, role, optional: false };
}
