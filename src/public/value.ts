// What the public types share: values, durations, parameters.

/** JSON or nothing: what a function task may return. At most 8 MiB as text; anything larger belongs in a file. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value } | void;

/** `"500ms"`, `"90s"`, `"5m"`, `"2h"`, or a number of milliseconds. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h"}`;

/** The type of a parameter; a list of strings is an enum. */
export type ParamType = "string" | "number" | "boolean" | "path" | readonly string[];

/** A parameter, given as `--param name=value`. Commands see it as an environment variable, functions as `ctx.params`. */
export interface Param {
  readonly type: ParamType;
  /** May be given several times; the value is an array. */
  readonly list?: true;
  /** Used when none is given. Without a default the parameter is required. */
  readonly default?: string | number | boolean | readonly (string | number | boolean)[];
  readonly description?: string;
}
