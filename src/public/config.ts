// The config itself.
import type { Chain } from "./family.ts";
import type { Amounts, Hook, Input, Task } from "./task.ts";
import type { Param } from "./value.ts";

/** The default export of `tasks.config.ts`. The folder of that file is the root. */
export interface Config {
  /** Tasks by name. A name may contain anything but control characters and may not start with a dash. */
  readonly tasks?: Readonly<Record<string, Task | Chain>>;
  /** Patterns of task files. Each file exports one `defineTask(…)` as its default, and the task is named after the file's stem. */
  readonly include?: string | readonly string[];
  /** Targets of a bare `tg build`. Default: every task. */
  readonly default?: string | readonly string[];
  /** Inputs added to every task that runs something. */
  readonly inputs?: Input | readonly Input[];
  /** Environment of every task: names of variables that are part of the key, or values to set. */
  readonly env?: readonly string[] | Readonly<Record<string, string>>;
  /** Parameters that tasks may name in `params`. */
  readonly params?: Readonly<Record<string, Param>>;
  /** How many tasks run at once. Default: the machine's parallelism. */
  readonly jobs?: number;
  /** Pools by name: the number of a pool's tasks that may run at once. `rate`: the number that may start per second, minute or hour. */
  readonly pools?: Readonly<Record<string, number | { readonly size?: number; readonly rate?: `${number}/${"s" | "m" | "h"}` }>>;
  /** Total amounts of what tasks claim in `resources`. Default: the machine's `cpu` and `memory` (MiB, or `"4GiB"`). */
  readonly resources?: Amounts;
  /** Runs before the tasks of a build that has something to do. If it fails, no task is started. */
  readonly setup?: Hook;
  /** Runs once after the tasks, also after a failure or Ctrl-C. */
  readonly teardown?: Hook;
  /** Runs for each task that failed and was not allowed to. It gets `ctx.failed`, or TG_FAILED_TASK, TG_ERROR and TG_EXIT. */
  readonly onFailure?: Hook;
  /** Pass only declared variables and a short fixed list to commands. Default false. */
  readonly strictEnv?: boolean;
  /** Whether to store the results of tasks that do not say so themselves (`store`), in at most `maxSize` (`"500MB"`, `"10GiB"` or bytes; default 10 GiB). */
  readonly cache?: { readonly store?: boolean; readonly maxSize?: string | number };
  /** Folder for tg's state. Default `.tg`. */
  readonly stateDir?: string;
}
