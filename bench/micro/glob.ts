// What patterns match when no folder has changed: one stat a folder and its known names, beside statSync and endsWith.
import fs from "node:fs";
import { openDigest } from "../../src/staleness/digest.ts";
import { Globs } from "../../src/staleness/globs.ts";
import { openBuilt } from "./built.ts";
import type { Sides } from "./drive.ts";

export const floor = "statSync a folder, endsWith a name";
export const unit = "name";

export async function open(dir: string): Promise<Sides> {
  const { project } = await openBuilt(dir);
  await openDigest();
  const { world } = project;
  const folders = fs.readdirSync("src").map((name) => `src/${name}`);
  const listings = folders.map((folder) => fs.readdirSync(folder));
  const names = listings.reduce((sum, listing) => sum + listing.length, 0);
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
      folders.forEach((folder, i) => {
        if (!fs.statSync(folder).isDirectory()) return;
        for (const name of listings[i]!) if (name.endsWith(".txt")) found.push(`${folder}/${name}`);
      });
      return found.length;
    },
  };
}
