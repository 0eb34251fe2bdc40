// Detects in a service's output that it is ready. Reads text as it comes; knows no process.
import type { Ready } from "../../model/service.ts";

/** Colours and other control sequences, which users do not see between the letters. */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /\u001b\[[0-9;?]*[ -/]*[@-~]|\r/g;
/** An unfinished line longer than this is cut at its beginning. */
const LINE_CHARS = 64 * 1024;

/** Returns for each piece of output whether a line, up to the end of the piece, matches. */
export function readiness(ready: Ready & { readonly kind: "log" }): (text: string) => boolean {
  const pattern = ready.flags === null ? null : new RegExp(ready.text, ready.flags);
  const holds = (line: string): boolean => (pattern === null ? line.includes(ready.text) : pattern.test(line));
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines[lines.length - 1]!.slice(-LINE_CHARS);
    return lines.some((line) => holds(line.replace(CONTROLS, "")));
  };
}
