// Who has matched which path with an output pattern that it still declares. Read from the records when first asked: few
// builds ask.
import type { FilePath } from "../model/path.ts";
import { isBelow } from "../model/path.ts";
import { matcherOf } from "../model/pattern.ts";
import type { Task, TaskName } from "../model/task.ts";
import type { Situation } from "./situation.ts";

export class Claims {
  readonly #situation: Situation;
  readonly #owners: Map<string, TaskName> = new Map();
  #read = false;

  constructor(situation: Situation) {
    this.#situation = situation;
  }

  add(path: string, task: TaskName): void {
    this.#owners.set(path, task);
  }

  of(path: string): TaskName | null {
    const { graph } = this.#situation.parts;
    for (let task = 0; !this.#read && task < graph.count; task++) {
      const declared = graph.task(task);
      if (graph.isBarrier(task) || !declared.outputs.some((output) => output.kind === "glob")) continue;
      for (const [member] of this.#situation.record(task)?.members ?? []) if (!this.#owners.has(member) && mayMake(declared, member)) this.#owners.set(member, declared.name);
    }
    this.#read = true;
    return this.#owners.get(path) ?? null;
  }
}

/** What a task made by a pattern it has given away is another's to make. */
function mayMake({ outputs }: Task, path: FilePath): boolean {
  return outputs.some((output) => (output.kind === "glob" ? matcherOf(output.pattern)(path) : output.kind === "tree" && isBelow(path, output.path)));
}
