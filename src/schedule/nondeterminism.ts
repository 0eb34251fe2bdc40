// A task has made something else from the same: it is told, and who was called fresh on what was recorded is judged again.
// Runs nothing.
import type { Users } from "../graph/graph.ts";
import { AFTER } from "../model/graph.ts";
import type { FilePath } from "../model/path.ts";
import type { Endings } from "./endings.ts";
import type { Plan } from "./plan.ts";
import type { Workshop } from "./workshop.ts";

interface Standing {
  readonly w: Workshop;
  readonly plan: Plan;
  readonly endings: Endings;
  readonly users: Users;
}

export function judgeReadersAgain({ w, plan, endings, users: { start, users, kinds } }: Standing, task: number, path: FilePath): void {
  const s = w.situation;
  w.emit({ event: "notice", notice: { code: "nondeterministic", task: s.parts.graph.name(task), path } });
  for (let e = start[task]!; e < start[task + 1]!; e++) {
    const user = users[e]!;
    if (kinds[e]! >= AFTER || s.parts.wanted[user] === 0 || !endings.isGood(user)) continue;
    if (!plan.want(user)) continue;
    endings.uncount(user);
    s.pending[user] = 1;
  }
}
