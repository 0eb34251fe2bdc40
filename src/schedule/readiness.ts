// Does the output of a service say that it is ready? Reads text as it comes; knows no process.
import type { Ready } from "../model/service.ts";

/** Colours and the like: what people see has none of them between the letters. */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /\u001b\[[0-9;?]*[ -/]*[@-~]|\r/g;
/** An unfinished line longer than this is cut at its beginning. */
const LINE_CHARS = 64 * 1024;

/** Says of each piece whether a line up to its end holds what is looked for. */
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
