// The config itself.
import type { Chain } from "./family.ts";
import type { Amounts, Hook, Input, Task } from "./task.ts";
import type { Param } from "./value.ts";

/** What `tasks.config.ts` exports by default. Its folder is the root. */
export interface Config {
  /** Tasks by name. Names may have any text but control characters, and no dash in front. */
  readonly tasks?: Readonly<Record<string, Task | Chain>>;
  /** Task files, as patterns: each exports one `defineTask(…)` by default and is named by its stem. */
  readonly include?: string | readonly string[];
  /** Targets of a bare `tg build`. Default: every task. */
  readonly default?: string | readonly string[];
  /** Inputs of every task that runs something. */
  readonly inputs?: Input | readonly Input[];
  /** Environment of every task: names that count, or values to set. */
  readonly env?: readonly string[] | Readonly<Record<string, string>>;
  /** Parameters that tasks may name in `params`. */
  readonly params?: Readonly<Record<string, Param>>;
  /** Tasks at a time. Default: the machine's parallelism. */
  readonly jobs?: number;
  /** Sizes of pools by name: so many of a pool's tasks run at once. `rate`: so many of them start in a time. */
  readonly pools?: Readonly<Record<string, number | { readonly size?: number; readonly rate?: `${number}/${"s" | "m" | "h"}` }>>;
  /** How much there is of what tasks take in `resources`. Default: `cpu` and `memory` (MiB, or `"4GiB"`) of the machine. */
  readonly resources?: Amounts;
  /** Before the tasks of a build that has something to do. If it fails, none is started. */
  readonly setup?: Hook;
  /** After them, once, also after failure and Ctrl-C. */
  readonly teardown?: Hook;
  /** For each task that failed without leave: `ctx.failed`, or TG_FAILED_TASK, TG_ERROR and TG_EXIT. */
  readonly onFailure?: Hook;
  /** Pass only declared variables and a short fixed list to commands. Default false. */
  readonly strictEnv?: boolean;
  /** Keep results of all tasks that do not say otherwise (`store`), in at most `maxSize` (`"500MB"`, `"10GiB"` or bytes; default 10 GiB). */
  readonly cache?: { readonly store?: boolean; readonly maxSize?: string | number };
  /** Folder for what tg remembers. Default `.tg`. */
  readonly stateDir?: string;
}
