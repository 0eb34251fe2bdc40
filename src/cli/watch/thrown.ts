// Errors that code of a config throws long after evaluation, as a watch reports them: once, and between its rounds. Ends nothing.
import type { ConfigProblem } from "../../model/problem.ts";

export class Thrown {
  readonly #tell: (problem: ConfigProblem) => void;
  #last = "";
  #waiting: ConfigProblem | null = null;

  constructor(tell: (problem: ConfigProblem) => void) {
    this.#tell = tell;
  }

  /** A timer may throw again and again. */
  hear(problem: ConfigProblem): void {
    const text = JSON.stringify(problem);
    if (text === this.#last) return;
    this.#last = text;
    this.#waiting = problem.code === "config-throws" ? { ...problem, late: true } : problem;
  }

  flush(): void {
    const problem = this.#waiting;
    this.#waiting = null;
    if (problem !== null) this.#tell(problem);
  }
}
