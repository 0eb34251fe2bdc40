// Finds outputs that lie below a path that another task makes as a file. If that is to be a link to a folder, its maker must run
// first; a task that does not wait for it would create a folder in its place. Knows no disk.
import { parentOf, type FilePath } from "../model/path.ts";
import { staticPrefix } from "../model/pattern.ts";
import type { LinkProblem } from "../model/problem.ts";
import type { Task } from "../model/task.ts";
import type { Edges } from "./graph.ts";
import { VALIDATE } from "../model/graph.ts";
import type { Made, Makers } from "./makers.ts";

interface Below extends Made {
  /** The path above it, made as a file. */
  readonly above: FilePath;
  readonly owner: number;
}

/** What is made below another task's file, in the order of the tables. */
function* madeBelow({ files, trees, patterns }: Makers): Iterable<Below> {
  // Folders with no such file above them: of many files in one folder, only the first has to look.
  const clean = new Set<string>();
  const look = (made: Made, from: FilePath): Below | null => {
    const passed: string[] = [];
    for (let at = from; at !== "" && at !== "/" && !clean.has(at); at = parentOf(at)) {
      const owner = files.get(at);
      if (owner !== undefined) return owner === made.task ? null : { ...made, above: at, owner };
      passed.push(at);
    }
    for (const folder of passed) clean.add(folder);
    return null;
  };
  for (const [path, task] of files) {
    const found = look({ kind: "file", path: path as FilePath, task }, parentOf(path as FilePath));
    if (found !== null) yield found;
  }
  for (const [path, task] of trees) {
    const found = look({ kind: "tree", path: path as FilePath, task }, parentOf(path as FilePath));
    if (found !== null) yield found;
  }
  for (const group of patterns.values()) {
    for (const made of group) {
      const found = look(made, staticPrefix(made.path) as FilePath);
      if (found !== null) yield found;
    }
  }
}

export function belowFiles(tasks: readonly Task[], makers: Makers, edges: Edges): LinkProblem[] {
  const found: LinkProblem[] = [];
  for (const { path, task, above, owner } of madeBelow(makers)) {
    if (!goesAfter(edges, task, owner)) found.push({ code: "output-below-file", path, task: tasks[task]!.name, above, owner: tasks[owner]!.name, at: tasks[task]!.at });
  }
  return found;
}

/** Whether `task` waits for `first`, directly or not. */
function goesAfter({ needStart, needs, needKinds }: Edges, task: number, first: number): boolean {
  const open = [task];
  const seen = new Set(open);
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (let e = needStart[at]!; e < needStart[at + 1]!; e++) {
      const need = needs[e]!;
      if (needKinds[e] === VALIDATE || seen.has(need)) continue;
      if (need === first) return true;
      seen.add(need);
      open.push(need);
    }
  }
  return false;
}
