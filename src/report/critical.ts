// The critical path of a build: the chain of tasks, each needed by the next, with the longest total time. No number of jobs
// makes the build faster than that. Knows no screen and no file.

interface Stretch {
  readonly task: string;
  readonly start: number;
  readonly end: number;
}

/** The longest chain that ends with a task or, if that did not run, with one it needs. */
interface Chain<S> {
  readonly last: S;
  readonly before: Chain<S> | null;
  readonly length: number;
}

/**
 * In chronological order. Of several attempts the last in `all` counts. `needsOf`: what a task needs, including what did not
 * run (a barrier, a fresh task); called once per task.
 */
export function criticalPath<S extends Stretch>(all: readonly S[], needsOf: (task: S["task"]) => Iterable<S["task"]>): S[] {
  const ran = new Map<S["task"], S>(all.map((one) => [one.task, one]));
  const chains = new Map<S["task"], Chain<S> | null>();
  const needs = new Map<S["task"], readonly S["task"][]>();
  let longest: Chain<S> | null = null;
  const stack = [...ran.keys()];
  for (let task = stack.at(-1); task !== undefined; task = stack.at(-1)) {
    if (!needs.has(task)) {
      needs.set(task, [...needsOf(task)]);
      stack.push(...needs.get(task)!.filter((need) => !needs.has(need)));
      continue;
    }
    stack.pop();
    if (chains.has(task)) continue;
    const before = needs.get(task)!.reduce<Chain<S> | null>((most, need) => longer(most, chains.get(need) ?? null), null);
    const last = ran.get(task);
    const chain: Chain<S> | null = last === undefined ? before : { last, before, length: (before?.length ?? 0) + last.end - last.start };
    chains.set(task, chain);
    longest = longer(longest, chain);
  }
  const path: S[] = [];
  for (let at = longest; at !== null; at = at.before) path.push(at.last);
  return path.reverse();
}

function longer<S>(one: Chain<S> | null, other: Chain<S> | null): Chain<S> | null {
  return other === null || (one !== null && one.length >= other.length) ? one : other;
}
