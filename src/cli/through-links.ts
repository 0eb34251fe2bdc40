// The names that changed files have through links, by which a task may read them. Looks at the links on the way to what tasks declare, at those
// under version control and at those that the state knows; decides nothing.
import type { Change } from "../model/change.ts";
import { baseName, byCodeUnit, isBelow, parentOf, toFilePath, type AbsolutePath, type FilePath } from "../model/path.ts";
import { staticPrefix } from "../model/pattern.ts";
import { KIND } from "../model/table.ts";
import type { OpenProject } from "./project/project.ts";

type Opened = Pick<OpenProject, "graph" | "store" | "disk" | "root">;

/** As many hops as Linux follows. */
const MOST_HOPS = 40;

/** As many links below one another as are followed. */
const MOST_NESTED = 4;

/** The changed files by the names under which tasks may know them, where these are others. `tracked`: links. */
export function aliasesOf(project: Opened, changes: readonly Change[], tracked: readonly FilePath[]): readonly Change[] {
  if (changes.length === 0) return [];
  const { hopsOf } = new Links(project);
  const links = [...new Set([...tracked, ...knownLinks(project)])];
  const found = renamed(changes, [...declaredIn(project), ...links], hopsOf);
  const byName = new Map(changes.map((change) => [change.path, change]));
  const outer = links.filter((link) => !isBelow(link, hopsOf(link)[0] ?? link));
  let last: readonly Change[] = found;
  // What has another name through one link may have more through a link above that one.
  for (let depth = 1; depth < MOST_NESTED && last.length > 0 && outer.length > 0; depth++) {
    const fresh = new Map(last.filter(({ path }) => !byName.has(path)).map((change) => [change.path, change]));
    for (const [path, change] of fresh) byName.set(path, change);
    last = renamed([...fresh.values()], outer, hopsOf);
    for (const change of last) found.push(change);
  }
  return found;
}

function renamed(changes: readonly Change[], names: readonly FilePath[], hopsOf: (path: FilePath) => readonly FilePath[]): Change[] {
  const byPath = new Map(changes.map((change) => [change.path, change]));
  const wholes = changes.filter(({ whole }) => whole);
  let sorted: readonly Change[] | null = null;
  const found: Change[] = [];
  for (const path of names) {
    const hops = hopsOf(path);
    const real = hops[0];
    if (real === undefined) continue;
    for (const change of [...hops.flatMap((hop) => (hop === path ? [] : byPath.get(hop) ?? [])), ...wholes.filter((one) => isBelow(real, one.path))]) found.push({ ...change, path, whole: true });
    sorted ??= [...changes].sort((a, b) => byCodeUnit(a.path, b.path));
    const above = real === "" ? "" : real + "/";
    for (let at = firstFrom(sorted, above); at < sorted.length && sorted[at]!.path.startsWith(above); at++) {
      const below = sorted[at]!.path.slice(above.length);
      if (!below.startsWith("/")) found.push({ ...sorted[at]!, path: `${path}/${below}` as FilePath });
    }
  }
  return found;
}

/** Ones that version control ignores, as in `node_modules`, are among them. */
function* knownLinks({ store: { table } }: Opened): Iterable<FilePath> {
  for (let row = 0; row < table.count; row++) if (table.columns.kind[row] === KIND.link) yield table.pathOf(row) as FilePath;
}

/** Index of the first that does not come before `bound`. */
function firstFrom(sorted: readonly Change[], bound: string): number {
  let low = 0;
  for (let high = sorted.length; low < high;) {
    const middle = (low + high) >> 1;
    if (sorted[middle]!.path < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Paths that tasks name, and folders in which their patterns begin; some more than once. */
function* declaredIn({ graph }: Opened): Iterable<FilePath> {
  for (let task = 0; task < graph.count; task++) {
    const { inputs, stdin, inout } = graph.task(task);
    for (const spec of inputs) if (spec.kind !== "not") yield spec.kind === "file" ? spec.path : staticPrefix(spec.pattern);
    if (stdin !== null) yield stdin;
    yield* inout;
  }
}

const NONE: readonly FilePath[] = [];

class Links {
  readonly #o: Opened;
  /** By folder. */
  readonly #known = new Map<FilePath, readonly FilePath[]>();

  constructor(project: Opened) {
    this.#o = project;
  }

  /** For a path with a link on its way: what it leads to, then each link that was met; otherwise nothing. */
  readonly hopsOf = (path: FilePath): readonly FilePath[] => this.#hopsOf(path, 0);

  #hopsOf(path: FilePath, count: number): readonly FilePath[] {
    if (path === "" || path === "/" || count > MOST_HOPS) return NONE;
    const above = this.#above(parentOf(path), count);
    const here = above.length === 0 ? path : above[0] === "" ? (baseName(path) as FilePath) : (`${above[0]!}/${baseName(path)}` as FilePath);
    const met = above.slice(1);
    if (!this.#isLink(here)) return above.length === 0 ? NONE : [here, ...met];
    const text = this.#o.disk.readLink(here);
    const folder = parentOf(here);
    const next = toFilePath(text.startsWith("/") || folder === "" ? text : `${folder}/${text}`, this.#o.root as AbsolutePath);
    const [end = next, ...more] = this.#hopsOf(next, count + 1);
    return [end, here, ...met, ...more];
  }

  #above(folder: FilePath, count: number): readonly FilePath[] {
    let hops = this.#known.get(folder);
    if (hops === undefined) this.#known.set(folder, (hops = this.#hopsOf(folder, count)));
    return hops;
  }

  /** What the state knows of a path saves a look: had it become a link since, it would itself be among what has changed. */
  #isLink(path: FilePath): boolean {
    const { disk, store: { table } } = this.#o;
    const row = table.find(path);
    const kind = row < 0 ? KIND.unknown : table.columns.kind[row]!;
    return kind === KIND.unknown || kind === KIND.absent ? disk.lstat(path).kind === "link" : kind === KIND.link;
  }
}
