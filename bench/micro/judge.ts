// A verdict for each task when nothing has moved: the survey by the memo, beside one look at each row of each task.
import { Situation } from "../../src/schedule/survey/situation.ts";
import { survey } from "../../src/schedule/survey/survey.ts";
import { openBuilt } from "./built.ts";
import type { Sides } from "./drive.ts";

export const floor = "one byte a row";
export const unit = "task";

export async function open(dir: string): Promise<Sides> {
  const { stage } = await openBuilt(dir);
  const { parts } = stage.situation;
  const { graph, memo, world } = parts;
  if (memo === null) throw new Error("There is no memo.");
  const starts = new Uint32Array(graph.count + 1);
  for (let task = 0; task < graph.count; task++) starts[task + 1] = starts[task]! + memo.refs(task).length;
  const refs = new Uint32Array(starts[graph.count]!);
  for (let task = 0; task < graph.count; task++) refs.set(memo.refs(task), starts[task]!);
  return {
    count: graph.count,
    ours: () => {
      const answer = survey(new Situation(parts));
      if (answer === null || answer.open.length > 0) throw new Error("a task is open");
    },
    floor: () => {
      let open = 0;
      for (let task = 0; task < graph.count; task++) {
        for (let at = starts[task]!; at < starts[task + 1]!; at++) {
          if (world.changed[refs[at]!] === 0) continue;
          open++;
          break;
        }
      }
      return open;
    },
  };
}
