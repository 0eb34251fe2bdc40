// The state of a built project from disk, beside one read of the same bytes and a view over them.
import fs from "node:fs";
import { join } from "node:path";
import { thawGraph } from "../../src/graph/thaw.ts";
import { openBuilt } from "./built.ts";
import type { Sides } from "./drive.ts";

export const floor = "readFileSync, one view, one text";
export const unit = "task";

export async function open(dir: string): Promise<Sides> {
  const { doors, project } = await openBuilt(dir);
  const file = join(project.stateDir, "state");
  return {
    count: project.graph.count,
    ours: () => {
      const store = doors.openStore(project.stateDir, "");
      const frozen = store.frozen();
      if (frozen === null || store.memo() === null) throw new Error("no stored graph");
      const graph = thawGraph(frozen, store.table);
      store.close();
      return graph.count;
    },
    floor: () => {
      const bytes = fs.readFileSync(file);
      const view = new Float64Array(bytes.buffer, bytes.byteOffset + ((8 - (bytes.byteOffset % 8)) % 8), bytes.length >> 4);
      return view.length + bytes.toString("latin1", bytes.length >> 1).length;
    },
  };
}
