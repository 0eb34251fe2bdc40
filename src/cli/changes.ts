// The files behind a round of a watch, as a person would name them. Decides nothing.
import type { Change } from "../model/event.ts";
import type { FilePath } from "../model/path.ts";
import { ABSENT, MOVED, type ReasonCode } from "../model/state.ts";
import type { TaskName } from "../model/task.ts";
import { refusedOver, type Due, type Picture } from "./picture.ts";

const HOW: Partial<Record<ReasonCode, Change["how"]>> = {
  "input-changed": "changed", "mode-changed": "changed", "output-changed": "changed", "code-changed": "changed", "input-changed-during-run": "changed",
  "input-added": "added", "input-appeared": "added", "input-removed": "removed", "input-deleted": "removed", "output-missing": "removed",
};

/** What tasks make changes with what they read, and is no news; unless somebody else was at it. */
function editedOutputs({ project, stage }: Pick<Picture, "project" | "stage">, due: readonly Due[]): string[] {
  const open = new Set<string>(due.map(({ task }) => task));
  return due.flatMap(({ task, reasons }) => {
    const edited = reasons.flatMap(({ code, subject, old, pending, task: maker }) => (code === "upstream-changed" && subject !== undefined && (old === MOVED || (pending !== true && !open.has(maker!))) ? [subject] : []));
    const refused = edited.length > 0 || task === "" ? null : refusedOver(stage.situation.record(project.graph.indexOf(task as TaskName)));
    return refused === null ? edited : [refused];
  });
}

/** The files behind a round: of the config, and those that reasons name. Sorted. An input that a task has got, and that is not there, has not come. */
export function changesOf({ project, stage }: Picture, config: readonly Change[], due: readonly Due[]): Change[] {
  const changes = new Map<string, Change>(config.map((change) => [change.path, change]));
  for (const { reasons, lacking } of due) {
    for (const { code, subject } of reasons) {
      const how = lacking && code === "output-missing" ? undefined : HOW[code];
      if (how !== undefined && subject !== undefined && !changes.has(subject)) changes.set(subject, { path: subject as FilePath, how });
    }
  }
  for (const path of changes.size === 0 ? editedOutputs({ project, stage }, due) : []) changes.set(path, { path: path as FilePath, how: project.world.input(path) === ABSENT ? "removed" : "changed" });
  return [...changes.values()].filter(({ path, how }) => how !== "added" || project.world.input(path) !== ABSENT).sort((a, b) => (a.path < b.path ? -1 : 1));
}
