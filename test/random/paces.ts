// Rates that a build did not keep, by what it said, whatever a busy machine did between a start and the word of it.
import { pacedWith } from "./config.ts";
import type { Project, RATES } from "./project.ts";

/** What was told, in order. `atMs`: when, or before. */
export interface Told {
  readonly event: string;
  readonly task?: string;
  readonly attempt?: number;
  readonly atMs: number;
}

/** By then others had their turn: tasks are started one after the other. */
const TURNS = new Set(["build-started", "task-started", "task-ended"]);
/** Of clocks that tell whole ms. */
const ROUNDING_MS = 2;

/**
 * More starts in a rate's time than it allows. Each lies between the turn told before it and when it was told itself, so of two the
 * earliest time of the first and the latest of the second are taken. Where a function is asked first whether a task is to run, that
 * is not so, and its first attempt is not counted.
 */
export function tooSoon({ project, rates }: { readonly project: Project; readonly rates: typeof RATES }, told: readonly Told[]): string[] {
  const starts = new Map<string, number[]>();
  const broken: string[] = [];
  let turnMs = -Infinity;
  for (const { event, task, attempt, atMs } of told) {
    const spec = event === "task-started" ? project.tasks.find(({ name }) => name === task) : undefined;
    const who = spec === undefined || (spec.onlyIf !== "" && attempt === 1) ? null : pacedWith(project, spec);
    if (who !== null && spec!.rate !== "") {
      const { count, perMs } = rates[spec!.rate];
      const earliest = [...(starts.get(who) ?? []), turnMs];
      starts.set(who, earliest);
      const first = earliest.at(-1 - count) ?? -Infinity;
      if (atMs + ROUNDING_MS < first + perMs) broken.push(`${count + 1} of ${who} began within ${atMs - first} ms`);
    }
    if (TURNS.has(event)) turnMs = atMs;
  }
  return broken;
}
