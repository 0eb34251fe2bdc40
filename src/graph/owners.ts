// Enters what all tasks write and reports what two tasks cannot both own. Knows no inputs and no disk.
import { isBelow, parentOf, type FilePath } from "../model/path.ts";
import { staticPrefix } from "../model/pattern.ts";
import type { LinkProblem } from "../model/problem.ts";
import type { Task } from "../model/task.ts";
import { emptyMakers, enterMade, madeBy, patternsOver, treeAround, type Made, type Makers } from "./makers.ts";

/** Tables of everything that is made, and all conflicts found. */
export function enterAll(tasks: readonly Task[], stateDir: FilePath): { makers: Makers; problems: LinkProblem[] } {
  const makers = emptyMakers();
  const problems: LinkProblem[] = [];
  tasks.forEach((task, index) => {
    for (const made of madeBy(task, index)) {
      const other = enterMade(makers, made);
      if (other >= 0) problems.push(duplicate(tasks, made, other));
    }
    for (const made of [...madeBy(task, index), ...besides(task, index)]) {
      const folder = forbidden(made, stateDir);
      if (folder !== undefined) problems.push({ code: "output-in-state", path: made.path, task: task.name, folder, at: task.at });
      // If a failure or `clean` removed the config, all tasks would go with it. Formatting it in place is allowed.
      if (made.path === task.at?.file && !task.inout.includes(made.path)) problems.push({ code: "output-is-config", path: made.path, task: task.name, at: task.at });
    }
  });
  if (makers.trees.size > 0 || makers.patterns.size > 0) {
    tasks.forEach((task, index) => {
      for (const made of madeBy(task, index)) checkRegions(made, { tasks, makers, problems });
    });
  }
  return { makers, problems: withoutRepeats(problems) };
}

/** Files written for the task or by it that are nobody's output. */
function besides({ files, depfile }: Task, task: number): Made[] {
  const paths = [...Object.keys(files), ...(depfile === null ? [] : [depfile.path])];
  return paths.map((path) => ({ kind: "file", path: path as FilePath, task }));
}

function duplicate(tasks: readonly Task[], made: Made, other: number): LinkProblem {
  const task = tasks[made.task]!;
  return { code: "duplicate-output", path: made.path, tasks: [tasks[other]!.name, task.name], at: task.at };
}

/** tg's and git's own folders; a tree around them would empty them. */
function forbidden(made: Made, stateDir: FilePath): FilePath | undefined {
  const place = made.kind === "glob" ? staticPrefix(made.path) : made.path;
  return [stateDir, ".git" as FilePath].find(
    (folder) => place === folder || isBelow(place, folder) || (made.kind === "tree" && isBelow(folder, place)),
  );
}

interface Check {
  readonly tasks: readonly Task[];
  readonly makers: Makers;
  readonly problems: LinkProblem[];
}

/** Checks for things inside another task's tree, and for files that another task's pattern would match. */
function checkRegions(made: Made, { tasks, makers, problems }: Check): void {
  const task = tasks[made.task]!;
  for (let at = outerStart(made); ; ) {
    const around = treeAround(makers, at);
    if (around === null) break;
    if (around.task !== made.task) {
      if (around.path === made.path && made.kind === "file") problems.push(duplicate(tasks, made, around.task));
      else problems.push({ code: "output-in-tree", path: made.path, task: task.name, tree: around.path, owner: tasks[around.task]!.name, at: task.at });
      break;
    }
    at = parentOf(around.path);
  }
  if (made.kind !== "file") return;
  const claims = patternsOver(makers, made.path).filter((pattern) => pattern.task !== made.task);
  if (claims.length > 0) problems.push(duplicate(tasks, made, claims[0]!.task));
}

/** The innermost folder whose owner would own `made` as well. A tree does not contain itself. */
function outerStart(made: Made): FilePath {
  if (made.kind === "glob") return staticPrefix(made.path);
  return made.kind === "tree" ? parentOf(made.path) : made.path;
}

function withoutRepeats(problems: readonly LinkProblem[]): LinkProblem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = JSON.stringify({ ...problem, at: null });
    return seen.size < seen.add(key).size;
  });
}
