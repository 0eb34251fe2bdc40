// How a service ended and what it was waited for, in a few words.
import type { Ready } from "../model/service.ts";
import { quote, visible } from "./format.ts";

/** `exit 1` or `killed by SIGKILL`. */
export function endText({ exit, signal }: { readonly exit: number | null; readonly signal: string | null }): string {
  return signal !== null ? `killed by ${signal}` : `exit ${exit}`;
}

/** What had not happened when time was up. */
export function readyText(ready: Ready, last: string): string {
  switch (ready.kind) {
    case "port": return `nothing takes connections on port ${ready.port}`;
    case "url": return `${visible(ready.url)}: ${visible(last === "" ? "no answer" : last)}`;
    case "log": return ready.flags === null ? `no line of its output holds ${quote(ready.text)}` : `no line of its output matches /${visible(ready.text)}/${ready.flags}`;
    case "command": return `${quote(ready.text)}: ${visible(last === "" ? "did not end" : last)}`;
    default: return ready satisfies never;
  }
}
