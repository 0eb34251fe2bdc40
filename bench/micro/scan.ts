// One stat a path: World's sweep over all rows of a built project, beside statSync and two comparisons.
import fs from "node:fs";
import { memoRows } from "../../src/schedule/survey/trust.ts";
import { openBuilt } from "./built.ts";
import type { Sides } from "./drive.ts";

export const floor = "statSync, two comparisons";
export const unit = "path";

export async function open(dir: string): Promise<Sides> {
  const { project, stage } = await openBuilt(dir);
  const { world } = project;
  const rows = memoRows(stage.situation.parts, stage.situation.parts.wanted);
  const paths = Array.from(rows, (row) => world.table.pathOf(row)).map((path) => (path.endsWith("/") ? path.slice(0, -1) || "." : path));
  const mtimes = Float64Array.from(rows, (row) => world.table.columns.mtimeMs[row]!);
  const sizes = Float64Array.from(rows, (row) => world.table.columns.size[row]!);
  const quiet = { throwIfNoEntry: false } as const;
  return {
    count: rows.length,
    ours: () => {
      world.forgetAll();
      if (world.sweep(rows).length > 0) throw new Error("a row moved");
    },
    floor: () => {
      let moved = 0;
      for (let i = 0; i < paths.length; i++) {
        const stat = fs.statSync(paths[i]!, quiet);
        if (stat === undefined || stat.mtimeMs !== mtimes[i] || stat.size !== sizes[i]) moved++;
      }
      return moved;
    },
  };
}
