// The names that depfiles give, by their text alone: many tasks name the same headers. Knows no disk.
import type { Graph } from "../../model/graph.ts";
import { absoluteOf, baseName, parentOf, toFilePath, type AbsolutePath, type FilePath } from "../../model/path.ts";
import type { FileTable } from "../../model/table.ts";

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
  /** Of `told` in the file table; -1: not asked for yet. */
  row: number;
  /** Of `told`, in the graph that was asked last. */
  maker: number;
  /** Place of `told` among all that were known at the last ranking; -1: it was not. */
  rank: number;
}

const UNKNOWN = -2;

/** For names relative to one folder, given as it is from the root. */
export class Names {
  readonly #root: AbsolutePath;
  readonly #table: FileTable;
  readonly #known: Map<FilePath, Map<string, Named>> = new Map();
  readonly #all: Named[] = [];
  /** One name of each path, by rank. */
  #ranked: Named[] = [];
  /** How many names have been sorted by their texts since the last ranking. */
  #byText = 0;
  #graph: Graph | null = null;
  readonly #folders: Map<string, NamedFolder> = new Map();

  constructor(root: AbsolutePath, table: FileTable) {
    this.#root = root;
    this.#table = table;
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
        this.#all.push(named);
      }
      return named;
    };
  }

  rowOf(named: Named): number {
    return named.row < 0 ? (named.row = this.#table.idOf(named.told)) : named.row;
  }

  /** The task that makes it; -1: none. */
  makerOf(named: Named, graph: Graph): number {
    if (graph !== this.#graph) {
      this.#graph = graph;
      for (const known of this.#all) known.maker = UNKNOWN;
    }
    return named.maker === UNKNOWN ? (named.maker = graph.producerOf(named.told)) : named.maker;
  }

  /** By code units of `told`, each once. Numbers are sorted: the texts of names are compared anew only as often as many unknown ones have come. */
  sorted(some: readonly Named[]): readonly Named[] {
    if (some.some(({ rank }) => rank < 0)) {
      this.#byText += some.length;
      if (this.#byText < this.#all.length) return byText(some);
      this.#ranked = byText(this.#all);
      const ranks = new Map(this.#ranked.map(({ told }, rank) => [told, rank]));
      for (const named of this.#all) named.rank = ranks.get(named.told)!;
      this.#byText = 0;
    }
    const ranks = Uint32Array.from(some, ({ rank }) => rank).sort();
    const sorted: Named[] = [];
    for (let i = 0; i < ranks.length; i++) if (i === 0 || ranks[i] !== ranks[i - 1]) sorted.push(this.#ranked[ranks[i]!]!);
    return sorted;
  }

  #name(raw: string, full: string, cwd: FilePath): Named {
    const told = toFilePath(raw, this.#root, cwd);
    const cut = full.lastIndexOf("/");
    const word = full.slice(cut + 1);
    const above = told !== "" && baseName(told) === word ? (parentOf(absoluteOf(told, this.#root) as string as FilePath) as string as AbsolutePath) : null;
    return { told, folder: this.#folder(full.slice(0, cut)), word, above, row: -1, maker: UNKNOWN, rank: -1 };
  }

  #folder(full: string): NamedFolder {
    let folder = this.#folders.get(full);
    if (folder === undefined) this.#folders.set(full, (folder = { full }));
    return folder;
  }
}

function byText(some: readonly Named[]): Named[] {
  const byPath = new Map(some.map((named) => [named.told, named]));
  // By code unit, without a call of a function for each comparison.
  return [...byPath.keys()].sort().map((told) => byPath.get(told)!);
}
