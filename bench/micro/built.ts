// A project that tg has built, opened as a command opens it: what scan, judge, link and load start from.
import process from "node:process";
import type { Doors } from "../../src/cli/doors.ts";
import { openProject, type OpenProject } from "../../src/cli/project/project.ts";
import { setStage, type Stage } from "../../src/cli/stage.ts";
import { openMachine } from "../../src/machine.ts";

export interface Built {
  readonly doors: Doors;
  readonly project: OpenProject;
  readonly stage: Stage;
}

const WANTS = { targets: [], skip: [], all: false, force: false, params: [], paramsFile: null, args: null };

export async function openBuilt(dir: string): Promise<Built> {
  process.chdir(dir);
  const doors = openMachine(process.env["TG_REPO"]!);
  const project = await openProject(doors, { cwd: dir, config: null, readonly: true });
  if (!project.ok) throw new Error(JSON.stringify(project.problems));
  if (!project.value.stored) throw new Error("The stored graph was not used: the project is not built, or by another tg.");
  const stage = await setStage(doors, project.value, { ...WANTS, standsIn: project.value.root }, { readonly: true });
  if (!stage.ok) throw new Error(JSON.stringify(stage.problems));
  return { doors, project: project.value, stage: stage.value };
}
