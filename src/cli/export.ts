// tg export: the graph in the format of another tool. Reads config and listings; judges and runs nothing.
import { toFilePath } from "../model/path.ts";
import { bad, good, type Result } from "../model/problem.ts";
import { runsAlways } from "../model/task.ts";
import { exportText, unsayable } from "../export/writers.ts";
import { unitsOf } from "../export/units.ts";
import { ignoredInputs } from "../schedule/survey/gathering.ts";
import { openDigest } from "../staleness/digest.ts";
import type { ExportCommand } from "./words/commands.ts";
import { wantsOf } from "./words/wants.ts";
import type { Doors } from "./doors.ts";
import { openProject } from "./project/project.ts";
import { setStage } from "./stage.ts";

export async function exportGraph(doors: Doors, command: ExportCommand): Promise<Result<string>> {
  const opened = await openProject(doors, { ...command, readonly: true });
  if (!opened.ok) return opened;
  const set = await setStage(doors, opened.value, wantsOf(command, command), { readonly: true, unjudged: true });
  if (!set.ok) return set;
  const { situation, project } = set.value;
  const service = project.graph.settings.services.find((name) => situation.parts.wanted[project.graph.indexOf(name)] === 1);
  if (service !== undefined && command.to !== "dot") return bad([{ code: "export-service", service, to: command.to }]);
  // Patterns are matched again where a folder has changed.
  await openDigest();
  const plan = unitsOf(project.graph, {
    breakdown: command.breakdown,
    wanted: situation.parts.wanted,
    config: toFilePath(project.file, project.root),
    params: set.value.params,
    inputsOf: (task) => situation.gather(task).files,
    ignoredOf: (task) => ignoredInputs(situation, task),
    runsAlways: (task) => runsAlways(task, null),
  });
  if (!plan.ok) return plan;
  const path = unsayable(plan.value, command.to);
  return path === null ? good(exportText(plan.value, command.to)) : bad([{ code: "export-path", path, to: command.to }]);
}
