// `run: { copy, to }`, `{ concat, to }`, `{ write, to }`: files that tg makes itself. What they read are inputs of the task, what
// they make is its output. Reads values; touches no file.
import type { FileWork, InputSpec } from "../model/action.ts";
import type { OutputSpec } from "../model/task.ts";
import { checkKeys, isBag, itemField, listOf, refuse, type Bag, type Fields } from "./fields.ts";
import { outputKey, readInputs, readOneFile, type FileScope } from "./files.ts";

const OPS = ["copy", "concat", "write"] as const;

/** What a task may run. */
export const RUN: string = "shell text, a program with its arguments, a function, or work on files: { copy, to }, { concat, to }, { write, to }";

const FIELDS: Fields = { known: new Set([...OPS, "to"]), later: new Set() };

/** For commands only: tg makes these files in its own process. */
const COMMANDS_ONLY: readonly string[] = ["cwd", "shell", "stdin", "stdout", "stderr", "console", "wrap", "isolate", "depfile", "inout"];

/** Null, and a problem, if it is none of them. `task`: the task's other fields. */
export function readFileWork(scope: FileScope, run: Bag, task: Bag): FileWork | null {
  const before = scope.problems.length;
  checkKeys(scope, run, FIELDS, "run.");
  const [op, ...others] = OPS.filter((one) => run[one] !== undefined);
  for (const other of others) refuse(scope, `run.${other}`, { found: run[other], expected: `nothing beside "${op}"` });
  if (op === undefined && scope.problems.length === before) refuse(scope, "run", { found: run, expected: RUN });
  if (op === undefined) return null;
  for (const field of COMMANDS_ONLY) if (task[field] !== undefined && task[field] !== false) refuse(scope, field, { found: task[field], expected: `nothing: tg makes the file of "${op}" itself, with paths from the root` });
  const raw = run["to"];
  const named = isBag(raw) ? raw["path"] : raw;
  const folder = typeof named === "string" && named.endsWith("/");
  const to = readOneFile(scope, "run.to", { value: raw, expected: "the path of one file, or of a folder that ends in a slash" });
  if (raw === undefined) refuse(scope, "run.to", { found: raw, expected: op === "copy" ? 'the path of a file, or of a folder: "dist/"' : "the path of a file" });
  if (folder && op !== "copy") return refuse(scope, "run.to", { found: raw, expected: "the path of a file" }), null;
  if (op === "write") {
    const text = run["write"];
    if (typeof text !== "string") return refuse(scope, "run.write", { found: text, expected: "a text" }), null;
    return to === null ? null : { op, text, to };
  }
  const from = readSources(scope, op, run[op]);
  if (to === null || from === null) return null;
  if (op === "concat") return { op, from, to };
  if (!folder && (from.length > 1 || from[0]!.kind !== "file")) return refuse(scope, "run.to", { found: raw, expected: `a folder, ${JSON.stringify(String(named) + "/")}, for more than one file` }), null;
  return { op, from, to, folder };
}

function readSources(scope: FileScope, op: "copy" | "concat", value: unknown): readonly InputSpec[] | null {
  const field = `run.${op}`;
  if (listOf(value).length === 0) return refuse(scope, field, { found: value, expected: "a path, a pattern, or a list of them" }), null;
  const before = scope.problems.length;
  listOf(value).forEach((item, index) => {
    if (isBag(item) && item["hash"] !== undefined) refuse(scope, `${itemField(field, value, index)}.hash`, { found: item["hash"], expected: "nothing: what is copied counts with all its bytes" });
  });
  if (scope.problems.length > before) return null;
  const specs = readInputs(scope, value, field);
  if (specs.length > 0 && specs[0]!.kind === "not") return refuse(scope, field, { found: value, expected: 'a path or a pattern before "!"' }), null;
  return specs.length === 0 ? null : specs;
}

/** The inputs of the task, including what its work reads. */
export function withSources(inputs: readonly InputSpec[], work: FileWork): readonly InputSpec[] {
  if (work.op === "write") return inputs;
  const named = new Set(inputs.flatMap((spec) => (spec.kind === "file" ? [spec.path] : [])));
  const added = work.from.flatMap((spec): InputSpec[] => (spec.kind === "not" ? [{ ...spec, since: inputs.length }] : spec.kind === "file" && !spec.optional && named.has(spec.path) ? [] : [spec]));
  return inputs.length === 0 ? added : [...inputs, ...added];
}

/** Adds what the work makes, unless it is declared already, as an intermediate for example. */
export function addTarget(work: FileWork, specs: Map<string, OutputSpec>): void {
  const spec: OutputSpec = work.op === "copy" && work.folder ? { kind: "tree", path: work.to, role: "output" } : { kind: "file", path: work.to, role: "output", optional: false };
  if (!specs.has(outputKey(spec))) specs.set(outputKey(spec), spec);
}
