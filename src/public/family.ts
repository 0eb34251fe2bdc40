// What stands for several tasks, or fuses them: plain data with a mark.
import type { Task, Unit } from "./task.ts";

export const CHAIN: unique symbol = Symbol.for("tg.chain") as never;
export const FOREACH: unique symbol = Symbol.for("tg.foreach") as never;

/** Tasks fused into one: one record, files joined, ends at the first member that fails. */
export interface Chain {
  readonly [CHAIN]: true;
  readonly members: readonly Task[];
  readonly options: Unit;
}

/** A task for each of something. Its instances are `name[key]`; the name alone stands for all of them. */
export interface Foreach {
  readonly [FOREACH]: true;
}

/** One item of a family, as the callback gets it. */
export interface Item<V> {
  /** What stands in the brackets of the instance's name. */
  readonly key: string;
  /** The element; of a matrix, its values by name; of files, the path. */
  readonly value: V;
  /** Place among the items, from 0. Take it only where it matters: an item that moves is then another one. */
  readonly index: number;
}

/** An item that is a file. */
export interface FileItem extends Item<string> {
  /** Path, relative to the root. */
  readonly file: string;
  /** Name without folder and ending. */
  readonly stem: string;
  /** Folder, `""` for the root. */
  readonly dir: string;
  /** Ending with its dot, `""` when there is none. */
  readonly ext: string;
}

/** What may be said of a family besides its items and their tasks. */
export interface ForeachOptions<I> {
  /** Gives the key of an item. Default: the path below the pattern's fixed part, without ending; the text of an element. */
  readonly key?: (item: Omit<I, "key"> & { readonly key?: string }) => string;
  /** How many instances must succeed: a share below 1, or a count from 2 on. Default: all. */
  readonly minSuccess?: number;
  /** `pool` of every instance that names none itself. */
  readonly pool?: string;
  /** Of the family, for `tg list`. */
  readonly description?: string;
}
