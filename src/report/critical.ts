// What a build waited for from its first moment to its last: the chain of tasks of which each was the last that the next one
// needed. Knows no screen and no file.

interface Stretch {
  readonly task: string;
  readonly end: number;
}

/** Back from the task that ended last, each time to the needed one that ended last. In order of time. Of several attempts the last of `all` counts. */
export function criticalPath<S extends Stretch>(all: readonly S[], needsOf: (task: S["task"]) => Iterable<string>): S[] {
  const left = new Map(all.map((one) => [one.task, one]));
  const path: S[] = [];
  let at = latestOf(left.values());
  while (at !== undefined) {
    path.push(at);
    left.delete(at.task);
    at = latestOf(known(left, needsOf(at.task)));
  }
  return path.reverse();
}

function latestOf<S extends Stretch>(some: Iterable<S>): S | undefined {
  let found: S | undefined;
  for (const one of some) if (found === undefined || one.end > found.end) found = one;
  return found;
}

function* known<S>(left: ReadonlyMap<string, S>, names: Iterable<string>): Iterable<S> {
  for (const name of names) {
    const one = left.get(name);
    if (one !== undefined) yield one;
  }
}
