// Renamed tasks that are known by their old names: the list that one made for families, and the needs that one recorded at
// run time.
import { linkGraph } from "../../graph/link.ts";
import { withNeeds } from "../../graph/needs.ts";
import type { KeptList } from "../../model/frozen.ts";
import { relabelledRecords } from "../../schedule/files/leftovers.ts";
import { hasStayed } from "../../schedule/survey/stayed.ts";
import { openDigest } from "../../staleness/digest.ts";
import type { Doors } from "../doors.ts";
import { givenOf } from "./given.ts";
import { elementsOf, listNow, sourceOf } from "./lists.ts";
import { readParams } from "../words/params.ts";
import { graphsOf, type OpenProject } from "./project.ts";
import { reload } from "./reload.ts";
import type { Wants } from "../words/wants.ts";

/** The project with the lists of such tasks; null if there are none. */
export async function relisted(doors: Doors, project: OpenProject, wants: Wants, readonly: boolean): Promise<OpenProject | null> {
  const { graph, store, disk, world } = project;
  const nameless = Object.keys(project.lists).filter((key) => graph.indexOf(sourceOf(key).task) >= 0 && store.get(sourceOf(key).task) === null);
  if (project.stored || project.unlisted !== undefined || nameless.length === 0) return null;
  const read = readParams(graph, wants);
  if (!read.ok) return null;
  await openDigest();
  const records = relabelledRecords({ parts: { graph, records: store, given: givenOf(doors, project, { params: read.value.values, args: null }) } });
  const found: Record<string, KeptList> = {};
  for (const key of nameless) {
    const list = listNow({ records, disk, world }, sourceOf(key));
    if (elementsOf(list) !== null && list!.of !== project.lists[key]!.of) found[key] = list!;
  }
  if (Object.keys(found).length === 0) return null;
  const loaded = await reload(doors, project, { lists: { ...project.lists, ...found }, readonly });
  if (loaded === null) return null;
  const linked = loaded.ok ? linkGraph(loaded.value.project) : loaded;
  world.forgetAll(); // code of the config may have written files that were looked at before it ran
  if (!loaded.ok || !linked.ok) return { ...project, unlisted: { problems: linked.ok ? [] : linked.problems, sources: Object.keys(found).map((key) => sourceOf(key).task) } };
  return { ...project, ...graphsOf(linked.value, store), restamped: false, said: "", lists: { ...project.lists, ...found }, stamp: loaded.value.stamp };
}

/** For read-only commands: the project with the needs that renamed tasks recorded under their old names, as a build will see it. */
export async function withRenamedNeeds(doors: Doors, project: OpenProject, wants: Wants): Promise<OpenProject> {
  const { graph, base, store } = project;
  const read = [...store.traced()].every(([name]) => graph.indexOf(name) >= 0) ? null : readParams(graph, wants);
  if (read?.ok !== true) return project;
  await openDigest();
  const records = relabelledRecords({ parts: { graph, records: store, given: givenOf(doors, project, { params: read.value.values, args: null }) } });
  const traces = [...records.names()].map((name) => [name, records.get(name)?.trace ?? []] as const);
  return records === store ? project : { ...project, graph: withNeeds(base, traces, (path) => hasStayed(store, path)) };
}
