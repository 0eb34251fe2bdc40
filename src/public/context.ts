// What functions are called with.
import type { Value } from "./value.ts";

/** What a function task is called with. */
export interface TaskContext {
  /** The task's name. */
  readonly task: string;
  /** Absolute path of the root. */
  readonly root: string;
  /** Paths of all inputs that exist, globs expanded, relative to the root. */
  readonly inputs: readonly string[];
  /** Paths of the declared outputs and intermediates, relative to the root; patterns are not among them. */
  readonly outputs: readonly string[];
  /** Values of the parameters that the task declares, with their types. */
  readonly params: Readonly<Record<string, string | number | boolean | readonly (string | number | boolean)[]>>;
  /** Declared variables by name. Called, it looks up one that counts from then on: `await ctx.env("MODE")`. */
  readonly env: Readonly<Record<string, string>> & ((name: string) => Promise<string | undefined>);
  /** Paths of inputs that differ from the last run; all of them the first time and after a failure. */
  readonly changed: readonly string[];
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Absolute path of a folder for this task alone, made when asked for. Kept across attempts, removed after success. */
  readonly scratch: string;
  /** As if the task had not run: nothing is recorded, outputs need not be there, and who needs it goes on. */
  ignoreOutputs(): void;
  /** For `afterRun`: how the attempt went. What the hook returns takes the place of `value`. */
  readonly run?: { readonly outcome: "ok" | "failed" | "timed-out"; readonly exit: number | null; readonly value?: Value };
  /** For `onFailure`: what failed and how. */
  readonly failed?: { readonly task: string; readonly error: string; readonly exit: number | null };
  /** Throws `error` (or an error with that text) so that `retries` make no further attempt. */
  noRetry(error: unknown): never;
  /** What the tasks named in `deps` returned; of a family, an object by key. Asking for a value that is not there throws a ReferenceError. */
  readonly deps: Readonly<Record<string, { readonly value: Value }>>;
  /**
   * Makes a task, or what makes a file, up to date, and gives its value (null where there is none). A file that nobody makes
   * is an input from then on. Rejects when the task failed or is blocked, when there is neither task nor file, and where the
   * two would wait for each other.
   */
  need(target: string): Promise<Value>;
  /** Files that match now, relative to the root, sorted. That others come or go is a reason to run. Rejects a bad pattern. */
  glob(pattern: string): Promise<string[]>;
  /** Is there nothing at this path? That something appears is a reason to run. Rejects for what another task makes: `need` it. */
  absent(path: string): Promise<boolean>;
  /** Aborted when the build is, and when the task's time is up. */
  readonly signal: AbortSignal;
  /** A line for the task's log. */
  log(text: string): void;
  /** What the task has to say on the page that `tg report` writes; kept even if it fails afterwards. */
  readonly report: {
    /** Markdown (GitHub's). */
    md(text: string, title?: string): void;
    /** Goes into the page as it is. */
    html(text: string, title?: string): void;
    /** A file (relative to the working folder) or its bytes: PNG, JPEG, GIF, WebP or SVG. Throws a TypeError for anything else. */
    image(source: string | Uint8Array, title?: string): void;
  };
}
