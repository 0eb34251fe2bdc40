// Definitions that stand for several tasks or fuse them: plain data with a symbol as a mark.
import type { Task, Unit } from "./task.ts";

export const CHAIN: unique symbol = Symbol.for("tg.chain") as never;
export const FOREACH: unique symbol = Symbol.for("tg.foreach") as never;

/** Tasks fused into one: one record, their files joined. It stops at the first member that fails. */
export interface Chain {
  readonly [CHAIN]: true;
  readonly members: readonly Task[];
  readonly options: Unit;
}

/** One task per item. The instances are named `name[key]`; `name` alone stands for all of them. */
export interface Foreach {
  readonly [FOREACH]: true;
}

/** One item of a family, as passed to the callback. */
export interface Item<V> {
  /** The text in the brackets of the instance's name. */
  readonly key: string;
  /** The element; for a matrix, its values by name; for files, the path. */
  readonly value: V;
  /** Position among the items, from 0. Read it only where it matters: an item that moves then counts as a different one. */
  readonly index: number;
}

/** An item that is a file. */
export interface FileItem extends Item<string> {
  /** Path, relative to the root. */
  readonly file: string;
  /** File name without extension. */
  readonly stem: string;
  /** Folder; `""` for the root. */
  readonly dir: string;
  /** Extension with its dot; `""` if there is none. */
  readonly ext: string;
}

/** Options of a family, besides its items and their tasks. */
export interface ForeachOptions<I> {
  /** Returns the key of an item. Default: for a file, its path below the pattern's fixed part, without extension; for an element, its text. */
  readonly key?: (item: Omit<I, "key"> & { readonly key?: string }) => string;
  /** How many instances must succeed: a share below 1, or a count of 2 or more. Default: all. */
  readonly minSuccess?: number;
  /** `pool` of every instance that names none itself. */
  readonly pool?: string;
  /** Description of the family, shown by `tg list`. */
  readonly description?: string;
}
