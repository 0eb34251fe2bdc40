// Content of small files: digestFile through the disk's door, beside open, read into one buffer, close and h64Raw.
import fs from "node:fs";
import xxhash from "xxhash-wasm";
import { digestFile } from "../../src/staleness/content.ts";
import { openDigest } from "../../src/staleness/digest.ts";
import { openBuilt } from "./built.ts";
import type { Sides } from "./drive.ts";

export const floor = "openSync, readSync, closeSync, h64Raw";
export const unit = "file";

export async function open(dir: string): Promise<Sides> {
  const { project } = await openBuilt(dir);
  await openDigest();
  const { h64Raw } = await xxhash();
  const { disk } = project;
  const paths = fs.readdirSync("src").flatMap((folder) => fs.readdirSync(`src/${folder}`).map((name) => `src/${folder}/${name}`));
  const buffer = Buffer.allocUnsafe(1 << 16);
  return {
    count: paths.length,
    ours: () => {
      for (const path of paths) digestFile(disk, path, 200);
    },
    floor: () => {
      let all = 0n;
      for (const path of paths) {
        const fd = fs.openSync(path, "r");
        all ^= h64Raw(buffer.subarray(0, fs.readSync(fd, buffer, 0, buffer.length, 0)));
        fs.closeSync(fd);
      }
      return all;
    },
  };
}
