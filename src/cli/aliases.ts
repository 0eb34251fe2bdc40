// Other names of changed files: a task may read one through a link. Looks at the links on the way to what tasks declare; decides
// nothing.
import type { Change } from "../model/change.ts";
import { baseName, byCodeUnit, isBelow, parentOf, toFilePath, type AbsolutePath, type FilePath } from "../model/path.ts";
import { staticPrefix } from "../model/pattern.ts";
import { KIND } from "../model/table.ts";
import type { OpenProject } from "./project.ts";

type Opened = Pick<OpenProject, "graph" | "store" | "disk" | "root">;

/** As many hops as Linux follows. */
const MOST_HOPS = 40;

/** The changed files by the names under which tasks name them, where these are others. */
export function aliasesOf(project: Opened, changes: readonly Change[]): readonly Change[] {
  const resolve = resolver(project);
  const byPath = new Map(changes.map((change) => [change.path, change]));
  const wholes = changes.filter(({ whole }) => whole);
  let sorted: readonly Change[] | null = null;
  const found: Change[] = [];
  for (const path of declaredIn(project)) {
    const hops = resolve(path);
    if (hops.length === 0) continue;
    const real = hops[0]!;
    for (const change of [...hops.flatMap((hop) => byPath.get(hop) ?? []), ...wholes.filter((one) => isBelow(real, one.path))]) found.push({ ...change, path, whole: true });
    sorted ??= [...changes].sort((a, b) => byCodeUnit(a.path, b.path));
    for (let at = firstFrom(sorted, real + "/"); at < sorted.length && isBelow(sorted[at]!.path, real); at++) found.push({ ...sorted[at]!, path: `${path}/${sorted[at]!.path.slice(real.length + 1)}` as FilePath });
  }
  return found;
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

/** Paths that tasks name, and folders in which their patterns begin. */
function declaredIn({ graph }: Opened): ReadonlySet<FilePath> {
  const paths = new Set<FilePath>();
  for (let task = 0; task < graph.count; task++) {
    const { inputs, stdin, inout } = graph.task(task);
    for (const spec of inputs) if (spec.kind !== "not") paths.add(spec.kind === "file" ? spec.path : staticPrefix(spec.pattern));
    for (const path of stdin === null ? inout : [stdin, ...inout]) paths.add(path);
  }
  return paths;
}

/** For a path with a link on its way: what it leads to, and each link that was met; otherwise nothing. */
function resolver({ store: { table }, disk, root }: Opened): (path: FilePath) => readonly FilePath[] {
  const NONE: readonly FilePath[] = [];
  const known = new Map<FilePath, readonly FilePath[]>();
  const isLink = (path: FilePath): boolean => {
    const row = table.find(path);
    const kind = row < 0 ? KIND.unknown : table.columns.kind[row];
    return kind === KIND.unknown ? disk.lstat(path).kind === "link" : kind === KIND.link;
  };
  const resolve = (path: FilePath, hops: number): readonly FilePath[] => {
    if (path === "" || path === "/" || hops > MOST_HOPS) return NONE;
    const before = known.get(path);
    if (before !== undefined) return before;
    const [above, ...met] = resolve(parentOf(path), hops);
    const here = above === undefined ? path : (`${above}/${baseName(path)}` as FilePath);
    let found: readonly FilePath[] = above === undefined ? NONE : [here, ...met];
    if (isLink(here)) {
      const text = disk.readLink(here);
      const next = toFilePath(text.startsWith("/") ? text : `${parentOf(here) === "" ? "" : parentOf(here) + "/"}${text}`, root as AbsolutePath);
      const [end = next, ...more] = resolve(next, hops + 1);
      found = [end, here, ...met, ...more];
    }
    known.set(path, found);
    return found;
  };
  return (path) => resolve(path, 0);
}
