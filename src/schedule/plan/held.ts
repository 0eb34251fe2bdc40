// Tasks put back until others have ended, for reasons that are not in the graph. Knows no places.

export class Held {
  /** By the task that is waited for. */
  readonly #tasks: Map<number, number[]> = new Map();

  add(need: number, task: number): void {
    const tasks = this.#tasks.get(need);
    if (tasks === undefined) this.#tasks.set(need, [task]);
    else tasks.push(task);
  }

  by(need: number): readonly number[] {
    return this.#tasks.get(need) ?? [];
  }

  /** Removes and returns all that wait for it. */
  forget(need: number): void {
    this.#tasks.delete(need);
  }

  /** False: the task does not wait for it. */
  remove(need: number, task: number): boolean {
    const tasks = this.#tasks.get(need) ?? [];
    const at = tasks.indexOf(task);
    if (at >= 0) tasks.splice(at, 1);
    return at >= 0;
  }

  /** Takes over all entries; returns the waiting tasks, once per task they wait for. */
  take(before: Held): number[] {
    for (const [need, tasks] of before.#tasks) this.#tasks.set(need, tasks);
    return [...before.#tasks.values()].flat();
  }
}
