// The protocol between the engine and a child runtime: one JSON object per line, calls down, answers up. Data only.
import type { FunctionContext } from "../model/ports.ts";
import type { Question, Reply } from "../model/question.ts";
import type { FunctionRef } from "../model/task.ts";

/** Descriptors in the child: answers go out on one, calls come in on the other; its standard streams stay the task's. */
export const ANSWER_FD: number = 3;
export const CALL_FD: number = 4;

export interface Call {
  /** Absolute path of the module. */
  readonly module: string;
  /** Absolute path of the folder it is evaluated in. */
  readonly from: string;
  /** Property names from the module's namespace to the function. */
  readonly path: readonly string[];
  readonly instance?: FunctionRef["instance"] | undefined;
  readonly context: FunctionContext;
  readonly cwd: string;
  /** Absent: that of the child's last call. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Text the child writes to these descriptors after the last byte of this call. Absent: the engine needs none. */
  readonly mark?: { readonly text: string; readonly on: readonly number[] } | undefined;
}

/** First argument of a child whose stderr must keep its order relative to stdout. */
export const TOGETHER: string = "together";

/** A question a function asks while it runs; answered by a line down. */
export interface Asking {
  readonly kind: "asks";
  readonly id: number;
  readonly question: Question;
}

/** Down: the reply to a question, distinguished from a call by its id. */
export interface Told {
  readonly told: number;
  readonly reply: Reply;
}

/** Up, once: the child takes calls. */
export interface Ready {
  readonly kind: "ready";
}

/** How a call ended, with the child's resident set. `last`: the child exits after it. `bare`: too short to have run a command. */
export type Answer = Ended & { readonly rssKb: number; readonly last: boolean; readonly bare: boolean };

export type Ended =
  /** `value`: JSON text; null if the function returned nothing. */
  | { readonly kind: "returned"; readonly value: string | null; /** `ctx.ignoreOutputs()` was called. */ readonly ignored?: true }
  /** `name`: "" if the thrown value is no error. `stack`: lines as the runtime gives them. */
  | { readonly kind: "threw"; readonly name: string; readonly message: string; readonly stack: readonly string[]; /** Thrown by `ctx.noRetry`. */ readonly final?: true }
  | { readonly kind: "bad-value"; readonly message: string }
  | { readonly kind: "large-value"; readonly bytes: number }
  | { readonly kind: "bad-cwd"; readonly errno: string };

/** Assembles lines from chunks, in time linear in their length. `take` gets each without its newline. */
export function lineReader(take: (line: string) => void): (bytes: Uint8Array) => void {
  let held: Uint8Array[] = [];
  return (bytes) => {
    let from = 0;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
      const end = Buffer.from(bytes.buffer, bytes.byteOffset + from, at - from);
      const line = (held.length === 0 ? end : Buffer.concat([...held, end])).toString("utf8");
      held = [];
      from = at + 1;
      take(line);
    }
    // A copy: the reader's buffer may be reused.
    if (from < bytes.length) held.push(Uint8Array.prototype.slice.call(bytes, from));
  };
}

/** Begins every mark, and is rare in output. */
const MARK_START = 0x1e;

export function newMark(random: string): string {
  return `${String.fromCharCode(MARK_START)}tg-end-${random}\n`;
}

/** Passes a stream on without its end mark. Holds back a possible beginning of the mark until more arrives. */
export function markFilter(mark: string, take: (bytes: Uint8Array) => void): (bytes: Uint8Array) => boolean {
  const wanted = Buffer.from(mark);
  let held = Buffer.alloc(0);
  return (bytes) => {
    const all = held.length === 0 ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) : Buffer.concat([held, bytes]);
    const at = all.indexOf(wanted);
    const end = at >= 0 ? at : possibleStart(all, wanted);
    if (end > 0) take(all.subarray(0, end));
    held = at >= 0 ? Buffer.alloc(0) : Buffer.from(all.subarray(end));
    return at >= 0;
  };
}

/** Start of a suffix of `bytes` that is a prefix of `wanted`; the length of `bytes` if there is none. */
function possibleStart(bytes: Buffer, wanted: Buffer): number {
  let at = bytes.indexOf(MARK_START, Math.max(0, bytes.length - wanted.length + 1));
  while (at >= 0 && !wanted.subarray(0, bytes.length - at).equals(bytes.subarray(at))) at = bytes.indexOf(MARK_START, at + 1);
  return at < 0 ? bytes.length : at;
}
