// What code of a config throws when it has long been evaluated, as a watch tells of it: once, and between its rounds. Ends nothing.
import type { ConfigProblem } from "../model/problem.ts";

export class Thrown {
  readonly #tell: (problem: ConfigProblem) => void;
  #last = "";
  #waiting: ConfigProblem | null = null;

  constructor(tell: (problem: ConfigProblem) => void) {
    this.#tell = tell;
  }

  /** A timer throws again and again. */
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
