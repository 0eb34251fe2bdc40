// What the engine and a child runtime say to each other: one JSON object a line, calls down, answers up. Data only.
import type { FunctionContext } from "../model/ports.ts";
import type { Question, Reply } from "../model/question.ts";
import type { FunctionRef } from "../model/task.ts";

/** Descriptors in the child: answers go out on the one, calls come in on the other; its streams stay the task's. */
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

/** First argument of a child whose stderr is to stand in the order of writing with its stdout. */
export const TOGETHER: string = "together";

/** What a function asks while it runs; answered by a line down. */
export interface Asking {
  readonly kind: "asks";
  readonly id: number;
  readonly question: Question;
}

/** Down: the reply to a question, known from a call by its id. */
export interface Told {
  readonly told: number;
  readonly reply: Reply;
}

/** Up, once: the child takes calls. */
export interface Ready {
  readonly kind: "ready";
}

/** How a call ended, with the child's resident set. `last`: the child ends after it. */
export type Answer = Ended & { readonly rssKb: number; readonly last: boolean };

export type Ended =
  /** `value`: JSON text; null when the function returned nothing. */
  | { readonly kind: "returned"; readonly value: string | null; /** `ctx.ignoreOutputs()` was called. */ readonly ignored?: true }
  /** `name`: "" for what is no error. `stack`: lines as the runtime gives them. */
  | { readonly kind: "threw"; readonly name: string; readonly message: string; readonly stack: readonly string[]; /** Thrown by `ctx.noRetry`. */ readonly final?: true }
  | { readonly kind: "bad-value"; readonly message: string }
  | { readonly kind: "large-value"; readonly bytes: number }
  | { readonly kind: "bad-cwd"; readonly errno: string };

/** Puts lines together from pieces, in time linear in their length. `take` gets each without its newline. */
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
    // A copy: the reader's memory may be reused.
    if (from < bytes.length) held.push(Uint8Array.prototype.slice.call(bytes, from));
  };
}

/** Begins every mark, and is rare in output. */
const MARK_START = 0x1e;

export function newMark(random: string): string {
  return `${String.fromCharCode(MARK_START)}tg-end-${random}\n`;
}

/** Passes a stream on without its end mark. What could be the start of the mark is held back until more comes. */
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

/** Where a suffix of `bytes` begins that is a prefix of `wanted`; the length of `bytes` when there is none. */
function possibleStart(bytes: Buffer, wanted: Buffer): number {
  let at = bytes.indexOf(MARK_START, Math.max(0, bytes.length - wanted.length + 1));
  while (at >= 0 && !wanted.subarray(0, bytes.length - at).equals(bytes.subarray(at))) at = bytes.indexOf(MARK_START, at + 1);
  return at < 0 ? bytes.length : at;
}
