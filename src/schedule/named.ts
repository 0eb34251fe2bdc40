// The names that depfiles give, by their text alone: many tasks name the same headers. Knows no disk.
import { absoluteOf, baseName, parentOf, toFilePath, type AbsolutePath, type FilePath } from "../model/path.ts";

/** A folder as it was named: absolute, perhaps with `..`. */
export interface NamedFolder {
  readonly full: string;
}

export interface Named {
  readonly told: FilePath;
  readonly folder: NamedFolder;
  readonly word: string;
  /** The absolute path of the folder that `told` lies in; null: `told` does not end in `word`. */
  readonly above: AbsolutePath | null;
}

/** For names relative to one folder, given as it is from the root. */
export class Names {
  readonly #root: AbsolutePath;
  readonly #known: Map<FilePath, Map<string, Named>> = new Map();
  readonly #folders: Map<string, NamedFolder> = new Map();

  constructor(root: AbsolutePath) {
    this.#root = root;
  }

  from(cwd: FilePath): (raw: string) => Named {
    let known = this.#known.get(cwd);
    if (known === undefined) this.#known.set(cwd, (known = new Map()));
    const from = absoluteOf(cwd, this.#root) + "/";
    return (raw) => {
      let named = known.get(raw);
      if (named === undefined) {
        // A part of a text keeps the whole text in memory.
        const own = JSON.parse(JSON.stringify(raw)) as string;
        known.set(own, (named = this.#name(own, own.startsWith("/") ? own : from + own, cwd)));
      }
      return named;
    };
  }

  #name(raw: string, full: string, cwd: FilePath): Named {
    const told = toFilePath(raw, this.#root, cwd);
    const cut = full.lastIndexOf("/");
    const word = full.slice(cut + 1);
    const above = told !== "" && baseName(told) === word ? (parentOf(absoluteOf(told, this.#root) as string as FilePath) as string as AbsolutePath) : null;
    return { told, folder: this.#folder(full.slice(0, cut)), word, above };
  }

  #folder(full: string): NamedFolder {
    let folder = this.#folders.get(full);
    if (folder === undefined) this.#folders.set(full, (folder = { full }));
    return folder;
  }
}
