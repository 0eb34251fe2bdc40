// Edges from declarations: linkGraph, beside a map from output to task and one look-up an input.
import { linkGraph } from "../../src/graph/link.ts";
import type { AbsolutePath } from "../../src/model/path.ts";
import { openBuilt } from "./built.ts";
import type { Sides } from "./drive.ts";

export const floor = "one Map of outputs, one look-up an input";
export const unit = "task";

export async function open(dir: string): Promise<Sides> {
  const { doors, project } = await openBuilt(dir);
  const { file, root, stateDir } = project;
  const loaded = await doors.config.load({ file, root: root as AbsolutePath, stateDir, readonly: true, list: () => null });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const declared = loaded.value.project!;
  return {
    count: declared.tasks.length,
    ours: () => {
      if (!linkGraph(declared).ok) throw new Error("does not link");
    },
    floor: () => {
      const makers = new Map<string, number>();
      declared.tasks.forEach((task, i) => task.outputs.forEach((output) => makers.set("path" in output ? output.path : "", i)));
      const edges: number[] = [];
      for (const task of declared.tasks) {
        for (const input of task.inputs) {
          const maker = input.kind === "file" ? makers.get(input.path) : undefined;
          if (maker !== undefined) edges.push(maker);
        }
      }
      return edges.length;
    },
  };
}
