// Errors that code of a config throws after its evaluation: from a timer, or a promise nobody awaits. Knows how to tell them
// from tg's own errors, and no listeners.
import type { ConfigProblem } from "../model/problem.ts";

type Teller = (error: unknown) => ConfigProblem;

/** How many evaluations are remembered, the latest: a watch may evaluate for ever. */
const MOST = 16;
const tellers: Teller[] = [];

/** `tell` makes a problem of what its modules throw. */
export function noteEvaluated(tell: Teller): void {
  tellers.unshift(tell);
  tellers.length = Math.min(tellers.length, MOST);
}

/** It was thrown in a module of the config. */
export function isOwn(problem: ConfigProblem): boolean {
  return problem.code === "config-throws" && problem.frames.length > 0;
}

/** null: it comes from elsewhere. */
export function lateProblem(error: unknown): ConfigProblem | null {
  for (const tell of tellers) {
    const problem = tell(error);
    if (problem.code === "config-throws" && isOwn(problem)) return { ...problem, late: "unheard" };
  }
  return null;
}
