// The argument of task functions and hooks.
import type { Value } from "./value.ts";

/** What a function task is called with. */
export interface TaskContext {
  /** The task's name. */
  readonly task: string;
  /** Absolute path of the root. */
  readonly root: string;
  /** Paths of all inputs that exist, with globs expanded, relative to the root. */
  readonly inputs: readonly string[];
  /** Paths of the declared outputs and intermediates, relative to the root, without patterns. */
  readonly outputs: readonly string[];
  /** Typed values of the parameters that the task declares. */
  readonly params: Readonly<Record<string, string | number | boolean | readonly (string | number | boolean)[]>>;
  /** Declared variables by name. Call it to read another one, which is then part of the key: `await ctx.env("MODE")`. */
  readonly env: Readonly<Record<string, string>> & ((name: string) => Promise<string | undefined>);
  /** Paths of the inputs that changed since the last run; all inputs on the first run and after a failure. */
  readonly changed: readonly string[];
  /** Number of this attempt, from 1. */
  readonly attempt: number;
  /** Absolute path of a folder for this task alone, created on first use. Kept across attempts, removed after success. */
  readonly scratch: string;
  /** Proceeds as if the task had not run: nothing is recorded, outputs may be missing, and dependents go on. */
  ignoreOutputs(): void;
  /** For `afterRun`: how the attempt went. The return value of the hook replaces `value`. */
  readonly run?: { readonly outcome: "ok" | "failed" | "timed-out"; readonly exit: number | null; readonly value?: Value };
  /** For `onFailure`: what failed, and how. */
  readonly failed?: { readonly task: string; readonly error: string; readonly exit: number | null };
  /** Throws `error` (or an error with that text) and prevents further attempts by `retries`. */
  noRetry(error: unknown): never;
  /** What the tasks named in `deps` returned; for a family, an object by key. Reading a value that does not exist throws a ReferenceError. */
  readonly deps: Readonly<Record<string, { readonly value: Value }>>;
  /**
   * Brings a task, or the task that makes a file, up to date and resolves to its value (null if it has none). A file that no task
   * makes becomes an input. Rejects if the task fails or is blocked, if there is neither such a task nor such a file, and if the
   * two tasks would wait for each other.
   */
  need(target: string): Promise<Value>;
  /** Files that match now, sorted, relative to the root. If the set changes, the task is stale. Rejects an invalid pattern. */
  glob(pattern: string): Promise<string[]>;
  /** Whether nothing exists at this path. If something appears there, the task is stale. Rejects for an output of another task; use `need` for that. */
  absent(path: string): Promise<boolean>;
  /** Aborted when the build is stopped and when the task's time is up. */
  readonly signal: AbortSignal;
  /** Writes a line to the task's log. */
  log(text: string): void;
  /** Adds content to the page that `tg report` writes. It is kept even if the task fails later. */
  readonly report: {
    /** GitHub-flavoured Markdown. */
    md(text: string, title?: string): void;
    /** HTML, copied to the page as it is. */
    html(text: string, title?: string): void;
    /** An image file (relative to the working folder) or its bytes: PNG, JPEG, GIF, WebP or SVG. Throws a TypeError for anything else. */
    image(source: string | Uint8Array, title?: string): void;
  };
}
