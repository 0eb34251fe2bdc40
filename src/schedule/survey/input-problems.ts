// What is wrong with a task's inputs before anything runs. Decides no staleness.
import { standsBefore } from "../../graph/before.ts";
import { CONTENT, type Graph } from "../../model/graph.ts";
import { absoluteOf, toFilePath, type AbsolutePath, type FilePath } from "../../model/path.ts";
import { matcherOf, staticPrefix } from "../../model/pattern.ts";
import type { Problem } from "../../model/problem.ts";
import { KIND } from "../../model/table.ts";
import type { TaskName } from "../../model/task.ts";
import type { Gathered } from "../../staleness/match.ts";
import { mayMeet } from "../../staleness/outputs.ts";
import { Ways } from "../../staleness/ways.ts";
import type { World } from "../../staleness/world.ts";
import { fromCwd } from "./from-cwd.ts";
import { deniedFor } from "./unwritten.ts";
import { mayLeaveList, unknownFamilies, waitsForList } from "./awaited.ts";

/** What is open now, and the situation it is asked about. */
interface Standing {
  readonly pending: Uint8Array;
  readonly parts: { readonly graph: Graph; readonly world: World; readonly skipped: Uint8Array };
}

/** What is wrong with a task's inputs (exit 2). What `cache.ignore` names has to be there for a task that `runs`. */
export function inputProblems(s: Standing, task: number, { gathered, runs }: { readonly gathered: Gathered; readonly runs: boolean }): Problem[] {
  const { pending, parts: { graph, world } } = s;
  const { name, at } = graph.task(task);
  const view = { graph, pending };
  const ignored = runs ? (gathered.ignored ?? []).filter((path) => gathered.required.has(path)) : [];
  const isAbsent = (path: FilePath): boolean => world.kindOf(path) === KIND.absent;
  const unknown = gathered.files.some(isAbsent) || ignored.some(isAbsent) || gathered.problems.length > 0 ? mayLeaveList(view, task) || waitsForList(view, task) : false;
  // Computed on demand: every judged task comes here, and few have a problem.
  const families = (): { readonly families?: readonly TaskName[] } => {
    const open = unknownFamilies(view);
    return open.length === 0 ? {} : { families: open };
  };
  const left = gathered.problems.filter((problem) => problem.code !== "empty-glob" || !(unknown || isOverMade(s, task, problem.pattern)));
  const problems = left.map((problem) => (problem.code === "empty-glob" ? { ...problem, ...fromCwd(world.disk, graph.task(task), { path: problem.pattern, pattern: true }), ...families() } : problem));
  const missing = (path: FilePath): void => {
    if (!unknown && !isMade(s, path) && !isMadeBehind(s, task, path)) problems.push({ code: "missing-input", task: name, path, suggestion: null, ...fromCwd(world.disk, graph.task(task), { path }), ...families(), at });
  };
  for (const path of gathered.files) {
    const kind = world.kindOf(path);
    const errno = world.errors.get(path);
    if (errno !== undefined) problems.push({ code: "unreadable-input", task: name, path, errno, ...deniedFor(world.disk, path, errno), at });
    else if (kind === KIND.special && !isRemade(s, path)) problems.push({ code: "special-input", task: name, path, kind: world.input(path).slice(1), at });
    else if (kind === KIND.absent && gathered.required.has(path)) missing(path);
  }
  for (const path of ignored) if (isAbsent(path)) missing(path);
  return problems;
}

/** Whether a task upstream may make a file that `pattern` matches. If in doubt, true: its own turn then shows whether it is empty. */
function isOverMade({ parts: { graph, skipped } }: Standing, task: number, pattern: string): boolean {
  for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
    const need = graph.needs[e]!;
    if (graph.needKinds[e] !== CONTENT || skipped[need] === 1) continue;
    for (const output of graph.task(need).outputs) {
      if (output.kind === "file" ? matcherOf(pattern, { dot: true })(output.path) : mayMeet(staticPrefix(pattern), output)) return true;
    }
  }
  return false;
}

/** Whether the path leads through a link to something made first. In a clean tree that link leads nowhere yet, and nothing was ever asked for. */
function isMadeBehind(s: Standing, task: number, path: FilePath): boolean {
  const { graph, world } = s.parts;
  const root = world.disk.root as AbsolutePath;
  const real = toFilePath(new Ways(world.disk).follow(absoluteOf(path, root)).real, root);
  if (real === path) return false;
  const maker = graph.producerOf(real);
  return maker >= 0 && s.pending[maker] === 1 && isMade(s, real) && standsBefore(graph.declared ?? graph, maker, task);
}

/** What a task makes is looked at when its reader has its turn: it may be something else by then. */
function isRemade(s: Standing, path: FilePath): boolean {
  return isMade(s, path) && s.parts.skipped[s.parts.graph.producerOf(path)] === 0;
}

/** Whether a task makes `path` from nothing. Rewriting a file in place does not count. */
function isMade({ parts: { graph } }: Standing, path: FilePath): boolean {
  const maker = graph.producerOf(path);
  return maker >= 0 && !graph.task(maker).inout.includes(path);
}
