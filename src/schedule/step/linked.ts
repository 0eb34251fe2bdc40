// Declared inputs that lead through links to what other tasks make: the names those tasks use, and the links on the way. Linking
// (graph/) knows no disk; the judge goes by a run's record. Runs nothing.
import { isOrdered, standsBefore } from "../../graph/before.ts";
import { absoluteOf, parentOf, toFilePath, type AbsolutePath, type FilePath } from "../../model/path.ts";
import type { Seen } from "../../model/state.ts";
import { KIND } from "../../model/table.ts";
import type { TaskName } from "../../model/task.ts";
import { Ways, type Way } from "../../staleness/ways.ts";
import type { Prepared } from "./prepare.ts";
import type { Workshop } from "./workshop.ts";

/** Leaves out what `deps` provide, which counts as it is. Without a declared order it is undefined which content was read. */
export function behindLinks(w: Workshop, index: number, p: Prepared): Seen[] {
  const { world, graph } = w.situation.parts;
  const linked = p.inputs.filter(([path, identity]) => identity.startsWith("l") || !w.straight.has(parentOf(path)));
  if (linked.length === 0) return [];
  const root = world.disk.root as AbsolutePath;
  const ways = new Ways(world.disk);
  const known = new Set<FilePath>(p.inputs.map(([path]) => path));
  const consumed = new Set<TaskName>(p.case.consumed.outputs.map(({ task }) => task));
  const before = new Map<number, boolean>();
  // The judge checks the order of what is among the discovered files.
  const stands = p.task.depfile === null ? standsBefore : isOrdered;
  const isBefore = (maker: number): boolean => {
    let known = before.get(maker);
    if (known === undefined) before.set(maker, (known = maker !== index && stands(graph, maker, index)));
    return known;
  };
  const seen: Seen[] = [];
  for (const [path] of linked) {
    const way = ways.follow(absoluteOf(path, root));
    const real = toFilePath(way.real, root);
    const maker = graph.producerOf(real);
    if (maker < 0 || real === path || !isBefore(maker) || consumed.has(graph.name(maker))) continue;
    for (const file of [real, ...linksOf(way, root)]) {
      const own = graph.producerOf(file);
      if (known.has(file) || (own >= 0 && !isBefore(own))) continue;
      known.add(file);
      world.forget(file);
      const kind = world.kindOf(file);
      if (kind !== KIND.dir && kind !== KIND.special) seen.push([file, world.input(file)]);
    }
  }
  return seen;
}

function linksOf({ signs }: Way, root: AbsolutePath): FilePath[] {
  return signs.flatMap(({ path, link }) => (link ? [toFilePath(path, root)] : []));
}

/** Both in one list, each path once. */
export function withBehind(found: readonly Seen[], behind: readonly Seen[]): readonly Seen[] {
  if (behind.length === 0) return found;
  const known = new Set<FilePath>(found.map(([path]) => path));
  return [...found, ...behind.filter(([path]) => !known.has(path))].sort((a, b) => (a[0] < b[0] ? -1 : 1));
}
