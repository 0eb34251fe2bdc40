// What code of a config throws when its evaluation is over: a timer, a promise that nobody waits for. Knows how to tell it
// from an error of tg's own, and no listeners.
import type { ConfigProblem } from "../model/problem.ts";

type Teller = (error: unknown) => ConfigProblem;

/** Of so many evaluations, the latest: a watch may evaluate for ever. */
const MOST = 16;
const tellers: Teller[] = [];

/** `tell` makes a problem of what its modules threw. */
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
