// Notes that a holder of the lock died: what it had recorded is in no run (model/run.ts). Knows no lock.
import * as fs from "node:fs";
import { dirname } from "node:path";
import { UNTOLD } from "../model/run.ts";
import { inFolder } from "./folder.ts";

/** One that stands there is older. Where it cannot be written, a replay compares with an earlier run. */
export function noteUntold(stateDir: string, since: number): void {
  const file = `${stateDir}/${UNTOLD}`;
  try {
    inFolder(dirname(file), stateDir, () => fs.writeFileSync(file, String(since), { flag: "wx" }));
  } catch (error) {
    if (typeof (error as { code?: unknown }).code !== "string") throw error;
  }
}
