// Whether a command asks only for the current state: its flags do not affect an answer in which nothing has to run. Knows no
// config.
import type { Command } from "./commands.ts";

const IDLE: ReadonlySet<string> = new Set([
  "verb", "cwd", "standsIn", "config", "color", "quiet", "prefix", "targets", "npmEvent", "jobs", "load", "keepGoing", "maxFailures", "noWait", "noCache", "shuffle", "all", "check",
]);

/** `besides`: further fields that may be set. */
export function isPlain(command: Command, besides: readonly string[] = []): boolean {
  return Object.entries(command).every(([field, value]) => IDLE.has(field) || besides.includes(field) || value === null || value === false || value === 0 || value === undefined || (Array.isArray(value) && value.length === 0));
}
