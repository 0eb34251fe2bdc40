// A task made a list during a build: evaluates the config again for the instances it gives, and grows the graph by them. Connects
// config/, graph/ and the run; decides nothing about tasks.
import { instancesOf } from "../graph/family.ts";
import { grownTasks, settledTasks } from "../graph/grown.ts";
import { linkGraph } from "../graph/link.ts";
import type { KeptList, KeptLists } from "../model/frozen.ts";
import type { Graph } from "../model/graph.ts";
import type { Problem } from "../model/problem.ts";
import type { ListSource, TaskName } from "../model/task.ts";
import type { Expansion } from "../schedule/run/growing.ts";
import type { Doors } from "./doors.ts";
import { elementsOf, listKey, listNow } from "./project/lists.ts";
import { missingFor, takeLater } from "./words/params.ts";
import { graphsOf, type OpenProject } from "./project/project.ts";
import { reload } from "./project/reload.ts";
import type { Stage } from "./stage.ts";

export interface Grower {
  /** The graph with the list that a task has just made; null if that changes no family of this build. */
  expand(source: TaskName, wanted: (task: number) => boolean): Promise<Expansion | null>;
  /** Whether the list that a task has just made is the one the graph was built with. */
  isKnown(source: TaskName): boolean;
  /** The project as grown, without the places of instances that are gone; null if it has not grown. */
  grown(): OpenProject | null;
}

export function openGrower(doors: Doors, { project: start, givenParams }: Pick<Stage, "project" | "givenParams">): Grower {
  let project = start;
  const left = (from: ListSource): KeptList | null => listNow({ records: project.store, disk: project.disk, world: project.world }, from);
  const isSame = (from: ListSource, list: KeptList | null): boolean => list !== null && list.of === project.lists[listKey(from)]?.of;
  async function expand(source: TaskName, wanted: (task: number) => boolean): Promise<Expansion | null> {
    const families = familiesOf(project.graph, source);
    if (!families.some(({ task }) => wanted(task) || instancesOf(project.graph, task).some(wanted))) return null;
    const fresh: Record<string, KeptList> = {};
    const problems: Problem[] = [];
    for (const { task, from } of families) {
      const list = left(from);
      if (isSame(from, list)) continue;
      if (elementsOf(list) !== null) fresh[listKey(from)] = list!;
      else problems.push({ code: "foreach-list", task: project.graph.name(task), from: source, found: foundIn(list), at: project.graph.task(task).at });
    }
    const names = families.filter(({ from }) => fresh[listKey(from)] !== undefined).map(({ task }) => project.graph.name(task));
    if (problems.length > 0) return { problems, families: problems.map((problem) => (problem as { task: TaskName }).task) };
    if (names.length === 0) return null;
    const lists: KeptLists = { ...project.lists, ...fresh };
    const loaded = await reload(doors, project, { lists, readonly: false });
    if (loaded === null) return null;
    const linked = loaded.ok ? linkGraph({ ...loaded.value.project, tasks: grownTasks(project.graph, loaded.value.project, new Set(names)) }) : loaded;
    if (!loaded.ok || !linked.ok) return { problems: linked.ok ? [] : linked.problems, families: names };
    const before = project.graph;
    const wrong = takeLater(linked.value, givenParams);
    if (wrong.length === 0) wrong.push(...changes(before, linked.value).added.flatMap((name) => missingFor(linked.value, linked.value.indexOf(name), givenParams.values)));
    if (wrong.length > 0) return { problems: wrong, families: names };
    project = { ...project, ...graphsOf(linked.value, project.store), stored: false, evaluated: true, restamped: false, said: "", lists, stamp: loaded.value.stamp };
    return { graph: project.graph, ...changes(before, project.graph) };
  }
  return { expand, isKnown: (source) => familiesOf(project.graph, source).every(({ from }) => isSame(from, left(from))), grown: () => (project === start ? null : settled(project)) };
}

function familiesOf(graph: Graph, source: TaskName): { readonly task: number; readonly from: ListSource }[] {
  const found: { task: number; from: ListSource }[] = [];
  for (let task = 0; task < graph.count; task++) {
    const from = graph.isBarrier(task) ? graph.task(task).family?.from : undefined;
    if (from?.task === source) found.push({ task, from });
  }
  return found;
}

function foundIn(list: KeptList | null): string {
  if (list === null) return "nothing";
  const value: unknown = JSON.parse(list.text);
  return value === null ? "null" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function changes(before: Graph, after: Graph): { readonly added: TaskName[]; readonly removed: TaskName[] } {
  const added: TaskName[] = [];
  const removed: TaskName[] = [];
  for (let task = before.count; task < after.count; task++) added.push(after.name(task));
  for (let task = 0; task < before.count; task++) if (after.name(task) !== before.name(task)) removed.push(before.name(task));
  return { added, removed };
}

function settled(project: OpenProject): OpenProject {
  const { graph } = project;
  const linked = linkGraph({ tasks: settledTasks(graph), default: graph.default, jobs: graph.jobs, stateDir: graph.stateDir, settings: graph.settings, spareParams: graph.spareParams ?? {} });
  if (!linked.ok) throw new Error("a graph that has grown cannot be linked without what is gone");
  return { ...project, ...graphsOf(linked.value, project.store) };
}
