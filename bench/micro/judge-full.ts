// A verdict for each task without the memo, as after an edit of the config: every clause of every record.
import { Situation } from "../../src/schedule/survey/situation.ts";
import { survey } from "../../src/schedule/survey/survey.ts";
import { openDigest } from "../../src/staleness/digest.ts";
import { openBuilt } from "./built.ts";
import type { Sides } from "./drive.ts";

export const floor = "each input's identity looked up in a map";
export const unit = "task";

export async function open(dir: string): Promise<Sides> {
  const { project, stage } = await openBuilt(dir);
  await openDigest();
  const parts = { ...stage.situation.parts, memo: null };
  const { graph, records } = parts;
  const { table } = project.world;
  const inputs = Array.from({ length: graph.count }, (_, task) => records.get(graph.name(task))?.inputs ?? []);
  const known = new Map<string, string>();
  for (const list of inputs) for (const [path] of list) known.set(path, table.identityOf(table.idOf(path)));
  return {
    count: graph.count,
    ours: () => {
      const answer = survey(new Situation(parts));
      if (answer === null || answer.open.length > 0) throw new Error("a task is open");
    },
    floor: () => {
      let open = 0;
      for (const list of inputs) if (!list.every(([path, identity]) => known.get(path) === identity)) open++;
      return open;
    },
  };
}
