// Long lists that records have in common, such as those of all tasks that take from one barrier: kept, written and parsed once.
// Knows no table and no record.

/** Below this length a list is not worth comparing. */
const LONG = 16;

/** The last long list of one kind and, once it has occurred again, its JSON text. */
export class Alike<T> {
  readonly #isSame: (a: T, b: T) => boolean;
  #list: readonly T[] = [];
  #text = "";

  constructor(isSame: (a: T, b: T) => boolean) {
    this.#isSame = isSame;
  }

  get last(): readonly T[] {
    return this.#list;
  }

  /** `list`, or the last one if that says the same. */
  of(list: readonly T[]): readonly T[] {
    if (list.length < LONG || list === this.#list) return list;
    if (list.length === this.#list.length && list.every((one, at) => this.#isSame(one, this.#list[at]!))) return this.#list;
    this.#text = "";
    return (this.#list = list);
  }

  /** The text of a list; `write` is called unless it is known. */
  textOf(list: readonly T[], write: () => string): string {
    if (list !== this.#list) return write();
    return (this.#text ||= write());
  }

  /** A record's text with 0 where the last list stands; null: it does not stand there, as far as is known. In a JSON string its quotes would be escaped. */
  cut(text: string): string | null {
    const at = this.#text === "" ? -1 : text.indexOf(this.#text);
    return at < 0 ? null : `${text.slice(0, at)}0${text.slice(at + this.#text.length)}`;
  }
}
