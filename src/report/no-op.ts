// The one line of a build in which nothing had to run. Apart from the others because such a build loads little else.
import { countText, durationText, plural } from "./format.ts";
import type { BuildEnded } from "./reporter.ts";

/** Nothing ran, and nothing had to. */
export function isNoOp({ counts, exitCode }: BuildEnded): boolean {
  return exitCode === 0 && counts.ran + counts.restored + counts.failed + counts.blocked + counts.cancelled === 0;
}

/** `tg: 12 tasks up to date (0.03 s)`. */
export function noOpLine({ counts, start, end }: Pick<BuildEnded, "counts" | "start" | "end">): string {
  const skipped = counts.skipped > 0 ? `, ${countText(counts.skipped)} skipped` : "";
  if (counts.fresh === 0) return `tg: nothing to do${skipped} (${durationText(end - start)})`;
  return `tg: ${plural(counts.fresh, "task")} up to date${skipped} (${durationText(end - start)})`;
}
