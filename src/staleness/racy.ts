// Git's rule: whether a file is so recent that it could change again without its times showing it. Knows no rows.
/** Clocks of machines that share a disk differ by less. */
export const FUTURE_MS = 60_000;
/** A fine-grained time stamp may be later than the coarse clock. */
export const FUTURE_STAMP_MS = 20;
/** How much older than the filesystem's clock a time must be before an equal stat proves equal content, in ms. */
const SLACK_MS = 20;
/** The same if the filesystem or the runtime (Deno's ctime) keeps whole seconds only. */
const COARSE_SLACK_MS = 2000;

/** `clockMs`: the filesystem's clock before the content was read. */
export function isRacy(mtimeMs: number, ctimeMs: number, clockMs: number): boolean {
  const slack = ctimeMs % 1000 === 0 ? COARSE_SLACK_MS : SLACK_MS;
  return Math.max(mtimeMs, ctimeMs) >= clockMs - slack;
}
