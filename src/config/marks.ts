// How to recognise values made by tg-build's functions, whichever copy of the package made them. Knows no fields.

const TASK = Symbol.for("tg.task");
const ORIGINAL: unique symbol = Symbol.for("tg.original") as never;
const CHAIN = Symbol.for("tg.chain");
const FOREACH = Symbol.for("tg.foreach");

function isMarked(value: unknown, mark: symbol): boolean {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  try {
    return mark in value;
  } catch {
    // A proxy that refuses: reading it properly reports that.
    return false;
  }
}

/** Made by `defineTask`. */
export function isTask(value: unknown): boolean {
  return isMarked(value, TASK);
}

/** What a task file exports, for the copy that `sequence` made of it. */
export function originalOf(value: unknown): unknown {
  return isMarked(value, ORIGINAL) ? (value as { readonly [ORIGINAL]: unknown })[ORIGINAL] : value;
}

/** What `chain` made of its arguments, unchecked. */
export interface ChainValue {
  readonly members: unknown;
  readonly options?: unknown;
  /** Added by `sequence`. */
  readonly after?: unknown;
}

export function isChain(value: unknown): value is ChainValue {
  return isMarked(value, CHAIN);
}

/** What `foreach` made of its arguments, unchecked. */
export interface ForeachValue {
  readonly over: unknown;
  readonly make: unknown;
  readonly options?: unknown;
  /** Added by `sequence`. */
  readonly after?: unknown;
}

export function isForeach(value: unknown): value is ForeachValue {
  return isMarked(value, FOREACH);
}
