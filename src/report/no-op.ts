// The one line of a build in which nothing had to run. A separate file because such a build loads little else.
import { countText, durationText, plural } from "./format.ts";
import type { Refusal } from "../model/resident.ts";
import type { BuildEnded } from "./reporter.ts";

/** Used with TG_RESIDENT=only. */
export function notAskedLine(why: Refusal): string {
  return `tg: no answer from a running tg watch (${why}), and TG_RESIDENT=only forbids to look for oneself`;
}

/** Nothing ran, and nothing had to. */
export function isNoOp({ counts, exitCode }: BuildEnded): boolean {
  return exitCode === 0 && counts.ran + counts.restored + counts.failed + counts.blocked + counts.cancelled === 0;
}

/** `tg: 12 tasks up to date (0.03 s)`. */
export function noOpLine({ counts, start, end }: Pick<BuildEnded, "counts" | "start" | "end">): string {
  return noOpText(counts, durationText(end - start));
}

/** `took`: the duration, as text. */
export function noOpText(counts: Pick<BuildEnded["counts"], "fresh" | "skipped">, took: string): string {
  const skipped = counts.skipped > 0 ? `, ${countText(counts.skipped)} skipped` : "";
  return counts.fresh === 0 ? `tg: nothing to do${skipped} (${took})` : `tg: ${plural(counts.fresh, "task")} up to date${skipped} (${took})`;
}
