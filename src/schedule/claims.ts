// Who has matched which path with an output pattern. Read from the records when first asked: few builds ask.
import type { TaskName } from "../model/task.ts";
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
      if (graph.isBarrier(task) || !graph.task(task).outputs.some((output) => output.kind === "glob")) continue;
      for (const [member] of this.#situation.record(task)?.members ?? []) if (!this.#owners.has(member)) this.#owners.set(member, graph.name(task));
    }
    this.#read = true;
    return this.#owners.get(path) ?? null;
  }
}
