// The files behind a round of a watch, named for a person. Decides nothing.
import type { Change } from "../../model/event.ts";
import type { Graph } from "../../model/graph.ts";
import type { FilePath } from "../../model/path.ts";
import { ABSENT, MOVED, type ReasonCode } from "../../model/state.ts";
import type { TaskName } from "../../model/task.ts";
import { takes } from "../../staleness/match.ts";
import { refusedOver, type Due, type Picture } from "./picture.ts";

const HOW: Partial<Record<ReasonCode, Change["how"]>> = {
  "input-changed": "changed", "mode-changed": "changed", "output-changed": "changed", "code-changed": "changed", "input-changed-during-run": "changed",
  "input-added": "added", "input-appeared": "added", "input-removed": "removed", "input-deleted": "removed", "output-missing": "removed",
};

/** Changes no reason names: inputs that were missing and now exist, and files of families that came or went. */
export function comingsOf(then: Picture, now: Picture): Change[] {
  const missing = then.stage.survey.problems.flatMap((problem) => (problem.code === "missing-input" ? [problem.path] : []));
  const [before, after] = [then.project.graph, now.project.graph];
  return [
    ...missing.map((path): Change => ({ path, how: "added" })),
    ...itemsBeyond(after, before).map((path): Change => ({ path, how: "added" })),
    ...itemsBeyond(before, after).map((path): Change => ({ path, how: "removed" })),
  ];
}

/** Folders listed by both configs that list other names now. */
export function relistedOf(then: Picture, now: Picture): Change[] {
  const before = new Map(then.project.stamp.rows);
  const moved = now.project.stamp.rows.filter(([key, is]) => key.endsWith("/") && before.has(key) && before.get(key) !== is);
  return moved.map(([key]) => ({ path: key as FilePath, how: "changed" }));
}

/** Files of families in `graph` that have no instance in `other`. */
function itemsBeyond(graph: Graph, other: Graph): FilePath[] {
  if (graph === other) return [];
  return (graph.barriers?.() ?? Array.from({ length: graph.count }, (_, task) => task)).flatMap((barrier) => {
    const over = graph.isBarrier(barrier) ? (graph.task(barrier).family?.over ?? []) : [];
    if (over.length === 0 || other.indexOf(graph.name(barrier)) < 0) return [];
    const needs = Array.from(graph.needs.subarray(graph.needStart[barrier]!, graph.needStart[barrier + 1]!));
    const beyond = needs.filter((need) => other.indexOf(graph.name(need)) < 0).map((need) => graph.task(need));
    return beyond.flatMap(({ inputs, each }) => (each?.family === graph.name(barrier) ? inputs.flatMap((input) => (input.kind === "file" && takes(over, input.path) ? [input.path] : [])) : []));
  });
}

/** Outputs that changed along with what their tasks read are no news, unless somebody else changed them. */
function editedOutputs({ project, stage }: Pick<Picture, "project" | "stage">, due: readonly Due[]): string[] {
  const open = new Set<string>(due.map(({ task }) => task));
  return due.flatMap(({ task, reasons }) => {
    const edited = reasons.flatMap(({ code, subject, old, pending, task: maker }) => (code === "upstream-changed" && subject !== undefined && (old === MOVED || (pending !== true && !open.has(maker!))) ? [subject] : []));
    const refused = edited.length > 0 || task === "" ? null : refusedOver(stage.situation.record(project.graph.indexOf(task as TaskName)));
    return refused === null ? edited : [refused];
  });
}

/**
 * The files behind a round: of the config, and those that reasons name. Sorted. A newly declared input that does not exist is not an
 * arrival. A folder that the config lists is named where no file is.
 */
export function changesOf({ project, stage }: Picture, config: readonly Change[], due: readonly Due[]): Change[] {
  const changes = new Map<string, Change>(config.flatMap((change) => (change.path.endsWith("/") ? [] : [[change.path, change]])));
  for (const { reasons, lacking } of due) {
    for (const { code, subject } of reasons) {
      const how = lacking && code === "output-missing" ? undefined : HOW[code];
      if (how !== undefined && subject !== undefined && !changes.has(subject)) changes.set(subject, { path: subject as FilePath, how });
    }
  }
  for (const path of changes.size === 0 ? editedOutputs({ project, stage }, due) : []) changes.set(path, { path: path as FilePath, how: project.world.input(path) === ABSENT ? "removed" : "changed" });
  const told = changes.size === 0 ? config : [...changes.values()];
  return told.filter(({ path, how }) => how !== "added" || project.world.input(path) !== ABSENT).sort((a, b) => (a.path < b.path ? -1 : 1));
}
