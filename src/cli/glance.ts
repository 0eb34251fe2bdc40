// A glance: is everything a command wants known to be fresh, by one stat per path and the memo? Trusts as the survey does
// (schedule/survey/trust.ts), without what only judging needs. Reads no content, judges nothing, writes nothing.
import { selectTargets } from "../graph/select.ts";
import { servicesOf } from "../graph/services.ts";
import { thawGraph } from "../graph/thaw.ts";
import { toFilePath, type AbsolutePath, type FilePath } from "../model/path.ts";
import type { Frozen } from "../model/frozen.ts";
import type { Graph } from "../model/graph.ts";
import type { Store } from "../model/ports.ts";
import { hasDoubts } from "../schedule/survey/doubt.ts";
import { memoRows, Stirred, trust, type Trusted } from "../schedule/survey/trust.ts";
import type { Sight } from "../model/table.ts";
import { World } from "../staleness/world.ts";
import type { Doors, LookingDoors } from "./doors.ts";
import { markOf } from "./project/mark.ts";
import { placeOf, stampHoldsByStat } from "./project/place.ts";
import type { Wants } from "./words/wants.ts";

/** Everything wanted is fresh. */
export interface Fresh {
  readonly graph: Graph;
  readonly store: Store;
  readonly wanted: Uint8Array;
  /** Tasks that the words `asked` name. */
  readonly asked: Uint8Array;
  /** By task, as trust() gives them. */
  readonly bits: Uint8Array;
  /** By task: 1 for services; null: there are none. */
  readonly services: Uint8Array | null;
  /** Wanted tasks without barriers and services. */
  readonly total: number;
}

/** Something must be judged, or a glance cannot tell. What was seen is reused for judging. */
export interface Unsure {
  readonly root: string;
  readonly stateDir: string;
  readonly suffix: string;
  readonly store: Store;
  readonly sight: Sight;
}

/** Hands over what was opened and seen, once, and only while the state is still what was read. */
export function handOver(unsure: Unsure): NonNullable<Doors["takeSeen"]> {
  let left: Unsure | null = unsure;
  return (root, stateDir, suffix) => {
    const seen = left;
    left = null;
    return seen?.root === root && seen.stateDir === stateDir && seen.suffix === suffix && seen.store.isCurrent() ? seen : null;
  };
}

/** `asked`: words whose tasks the answer names. null: there is nothing to look at. */
export function glance(doors: LookingDoors, wants: Wants & { readonly cwd: string; readonly config: string | null }, asked: readonly string[]): Fresh | Unsure | null {
  const found = doors.config.find(wants.cwd as AbsolutePath, wants.config);
  if (!found.ok) return null;
  const { file, root } = found.value;
  const place = placeOf(doors, file, root);
  const store = doors.openStore(place.stateDir, place.suffix, { trusting: true });
  const frozen = store.frozen();
  if (frozen === null || store.notices.length > 0) return null;
  const world = new World(doors.openDisk(root, place.stateDir, { readonly: true }), store.table);
  const fresh = lookAt({ doors, wants, asked, root, config: toFilePath(file, root), frozen, store, world });
  // Rows that were read here have moved for this world alone.
  return fresh ?? (world.touched.size > 0 ? null : { root, ...place, store, sight: world.sight() });
}

interface Look {
  readonly doors: LookingDoors;
  readonly wants: Wants;
  readonly asked: readonly string[];
  readonly root: AbsolutePath;
  readonly config: FilePath;
  readonly frozen: Frozen;
  readonly store: Store;
  readonly world: World;
}

function lookAt({ doors, wants, asked, root, config, frozen, store, world }: Look): Fresh | null {
  const { meta } = frozen;
  // Things a build handles before it judges, and anything that needs more than columns.
  if (store.unfinished() || Object.keys(meta.orphans).length > 0 || meta.versions.length > 0 || meta.params !== "" || Object.keys(meta.lists).length > 0 || meta.settings.off.length > 0) return null;
  if (!meta.declaredEnv.every(([name, mark]) => markOf(doors.system.env[name]) === mark)) return null;
  if (!stampHoldsByStat({ stamp: meta.stamp, config }, world, doors)) return null;
  const memo = store.memo();
  if (memo === null) return null;
  const graph = thawGraph(frozen, store.table);
  const from = toFilePath(wants.standsIn, root);
  const chosen = selectTargets(graph, wants.targets, { skip: [], from, root, all: wants.all });
  const told = asked === wants.targets ? chosen : selectTargets(graph, asked, { skip: [], from, root, all: wants.all });
  if (!chosen.ok || !told.ok) return null;
  const { wanted, skipped } = chosen.value;
  const services = servicesOf(graph);
  // A requested service must be started, and one left by a killed tg ended.
  if (services !== null && (chosen.value.kept?.includes(1) === true || (world.disk.list(`${meta.stateDir}/services`)?.names.length ?? 0) > 0)) return null;
  const none = new Uint8Array(graph.count);
  const named = wants.targets.length === 0 ? none : chosen.value.named;
  if (named !== none && named.some((bit, task) => bit === 1 && frozen.isDeprecated(task))) return null;
  if (world.sweep(memoRows({ graph, memo, world }, wanted)).length > 0) return null;
  const so: Trusted = { pending: none, trusted: new Uint8Array(graph.count), gaveSeq: new Float64Array(graph.count) };
  const desk = { graph, memo, stirred: new Stirred(graph, memo, world), named, forced: none, skipped };
  const doubted = services === null ? hasDoubts({ ...desk, wanted }) : null;
  if (doubted !== null) return doubted ? null : { graph, store, wanted, asked: told.value.named, bits: new Uint8Array(graph.count).fill(1), services, total: frozen.taskCount() };
  let total = 0;
  for (const task of graph.order) {
    if (wanted[task] === 0) continue;
    const bits = trust(desk, so, task);
    if (bits === 0) return null;
    so.trusted[task] = bits;
    if (!graph.isBarrier(task) && services?.[task] !== 1) total++;
  }
  return { graph, store, wanted, asked: told.value.named, bits: so.trusted, services, total };
}
