// Which tasks have matched which path with an output pattern that they still declare. Read from the records on first use: few
// builds need it.
import type { FilePath } from "../../model/path.ts";
import { isBelow } from "../../model/path.ts";
import { matcherOf } from "../../model/pattern.ts";
import type { Task, TaskName } from "../../model/task.ts";
import type { Situation } from "../survey/situation.ts";

export class Claims {
  readonly #situation: Situation;
  readonly #owners: Map<string, TaskName> = new Map();
  /** By path: the tasks that made it by their records, in the order of the config. Whether one still may is checked per path. */
  #makers: Map<string, Task[]> | null = null;

  constructor(situation: Situation) {
    this.#situation = situation;
  }

  add(path: string, task: TaskName): void {
    this.#owners.set(path, task);
  }

  of(path: FilePath): TaskName | null {
    this.#makers ??= this.#recorded();
    return this.#owners.get(path) ?? this.#makers.get(path)?.find((task) => mayMake(task, path))?.name ?? null;
  }

  #recorded(): Map<string, Task[]> {
    const { graph } = this.#situation.parts;
    const makers = new Map<string, Task[]>();
    for (let task = 0; task < graph.count; task++) {
      if (graph.isBarrier(task) || graph.isOrdinary?.(task) === true) continue;
      const declared = graph.task(task);
      if (!declared.outputs.some((output) => output.kind === "glob")) continue;
      for (const [member] of this.#situation.record(task)?.members ?? []) {
        const known = makers.get(member);
        if (known === undefined) makers.set(member, [declared]);
        else known.push(declared);
      }
    }
    return makers;
  }
}

/** What a task made by a pattern it has given up is for another task to make. */
function mayMake({ outputs }: Task, path: FilePath): boolean {
  return outputs.some((output) => (output.kind === "glob" ? matcherOf(output.pattern)(path) : output.kind === "tree" && isBelow(path, output.path)));
}
