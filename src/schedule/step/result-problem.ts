// What is wrong with how a task's command or function ended. Looks at no file.
import { isLate, type Performed } from "./attempt.ts";
import { commandText } from "./job.ts";
import type { Prepared } from "./prepare.ts";
import { deniedFor } from "../survey/unwritten.ts";
import type { Workshop } from "./workshop.ts";
import type { TaskProblem } from "../../model/problem.ts";
import type { JobResult } from "../../model/ports.ts";
import { toFilePath, type AbsolutePath, type FilePath } from "../../model/path.ts";

export interface Timed extends Performed {
  readonly prepared: Prepared;
  /** When its time limit was reached; null: never. */
  readonly passedAt: number | null;
  readonly heldMs: number;
}

/** Which of its limits ended it; null: none. */
export function lateProblem({ leftMs }: { readonly leftMs: number }, ended: Timed): TaskProblem | null {
  if (!isLate(ended)) return null;
  const { name, timeoutMs, deadlineMs } = ended.prepared.task;
  return timeoutMs > 0 && timeoutMs + ended.heldMs <= leftMs ? { code: "timeout", task: name, ms: timeoutMs } : { code: "deadline", task: name, ms: deadlineMs, started: true };
}

export function resultProblem(w: Workshop, p: Prepared, result: JobResult): TaskProblem | null {
  if (result.problem !== null) return result.problem.code === "threw" ? inSource(p, result.problem) : inHouse(w, result.problem);
  if (result.signal !== null) return { code: "signal", task: p.task.name, signal: result.signal };
  if (result.exit !== 0) return { code: "exit", task: p.task.name, exit: result.exit ?? -1, ms: result.end - result.start, command: commandText(p.task.action!) };
  return null;
}

/** Engines know no root: their paths are absolute. */
function inHouse(w: Workshop, problem: TaskProblem): TaskProblem {
  const { disk } = w.situation.parts.world;
  const house = (path: string): FilePath => toFilePath(path, disk.root as AbsolutePath);
  if (problem.code === "bad-cwd") return { ...problem, cwd: house(problem.cwd) };
  if (problem.code === "copy-clash") return { ...problem, path: house(problem.path), from: [house(problem.from[0]), house(problem.from[1])] };
  if (problem.code !== "input-unreadable" && problem.code !== "cannot-write") return problem;
  const path = house(problem.path);
  return { ...problem, path, ...deniedFor(disk, path, problem.errno) };
}

/** Stack lines name the compiled copy, whose line numbers are those of the source. */
function inSource(p: Prepared, problem: Extract<TaskProblem, { code: "threw" }>): TaskProblem {
  const action = p.task.action;
  if (action === null || action.kind !== "function") return problem;
  return { ...problem, stack: problem.stack.map((line) => line.replaceAll(action.fn.module, action.fn.source)) };
}
