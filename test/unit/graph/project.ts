// Projects for tests in a few words: `tasks({ a: { inputs: ["x"], outputs: ["dist/"] } })`.
import type { FilePath } from "../../../src/model/path.ts";
import { isGlob } from "../../../src/model/pattern.ts";
import type { InputSpec, OutputSpec, Project, Task, TaskName } from "../../../src/model/task.ts";

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
}

export function project(shorts: Readonly<Record<string, Short>>, extra: Partial<Project> = {}): Project {
  const tasks = Object.entries(shorts).map(([name, short]) => task(name, short));
  return { tasks, default: null, jobs: null, stateDir: ".tg" as FilePath, ...extra };
}

export function task(name: string, short: Short): Task {
  return {
    name: name as TaskName,
    at: null,
    action: short.barrier === true ? null : { kind: "shell", text: "true" },
    inputs: (short.inputs ?? []).map(input),
    outputs: [...(short.outputs ?? []).map((text) => output(text, "output")), ...(short.intermediates ?? []).map((text) => output(text, "intermediate"))],
    inout: (short.inout ?? []) as readonly string[] as FilePath[],
    deps: (short.deps ?? []).map((target) => ({ target, propagate: "content" })),
    after: short.after ?? [],
    validate: short.validate ?? [],
    stdin: (short.stdin ?? null) as FilePath | null,
    tags: short.tags ?? [],
    ...PLAIN,
  };
}

const PLAIN = {
  incremental: false, always: false, files: {}, depfile: null, envNames: [], envValues: {}, strictEnv: false, cwd: "" as FilePath,
  shell: "sh", stdout: null, stderr: null, tools: [], cache: { enabled: true, ignore: [] }, params: {}, allowFailure: false,
  drift: "rebuild", onFail: "remove", console: false, description: "", deprecated: "",
} as const;

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
