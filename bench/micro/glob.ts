// What patterns match now, every folder listed anew, beside readdirSync and endsWith on the same folders.
import fs from "node:fs";
import { openDigest } from "../../src/staleness/digest.ts";
import { Globs } from "../../src/staleness/match.ts";
import { openBuilt } from "./built.ts";
import type { Sides } from "./drive.ts";

export const floor = "readdirSync, endsWith";
export const unit = "name";

export async function open(dir: string): Promise<Sides> {
  const { project } = await openBuilt(dir);
  await openDigest();
  const { world } = project;
  const folders = fs.readdirSync("src").map((name) => `src/${name}`);
  const names = folders.reduce((sum, folder) => sum + fs.readdirSync(folder).length, 0);
  return {
    count: names,
    ours: () => {
      const globs = new Globs(world);
      let found = 0;
      for (const folder of folders) {
        globs.refresh(`${folder}/*.txt`, false);
        found += globs.match(`${folder}/*.txt`, false).files.length;
      }
      if (found !== names) throw new Error(`${found} of ${names} names matched`);
    },
    floor: () => {
      const found: string[] = [];
      for (const folder of folders) {
        for (const entry of fs.readdirSync(folder, { withFileTypes: true })) if (entry.name.endsWith(".txt")) found.push(`${folder}/${entry.name}`);
      }
      return found.length;
    },
  };
}
