// Notes that a holder of the lock died: what it had recorded is in no run (model/run.ts). Knows no lock.
import * as fs from "node:fs";
import { dirname } from "node:path";
import { UNTOLD } from "../model/run.ts";
import { inFolder } from "./folder.ts";
import { suffixesIn } from "./others.ts";

/** For each state in the folder: nobody knows which of them was written. Where it cannot be noted, a replay compares with an earlier run. */
export function noteUntold(stateDir: string, since: number): void {
  for (const suffix of suffixesIn(stateDir)) {
    const file = `${stateDir}/${UNTOLD}${suffix}`;
    try {
      // One that stands there is older.
      inFolder(dirname(file), stateDir, () => fs.writeFileSync(file, String(since), { flag: "wx" }));
    } catch (error) {
      if (typeof (error as { code?: unknown }).code !== "string") throw error;
    }
  }
}
