// This machine's disk and the one in memory against the same contract.
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { openDisk } from "../../src/system/disk.ts";
import { tempFolder } from "../support/folder.ts";
import { openMemoryDisk } from "../support/memory-disk.ts";
import { diskContract } from "./disk.ts";
import type { DiskStage } from "./disk.ts";

diskContract("the disk of this machine", (): DiskStage => {
  const root = tempFolder("tg-disk");
  const at = (path: string): string => join(root, path);
  return {
    disk: openDisk(root, join(root, ".tg")),
    symlink: (path, target) => fs.symlinkSync(target, at(path)),
    fifo: (path) => void execFileSync("mkfifo", [at(path)]),
    chmod: (path, mode) => fs.chmodSync(at(path), mode),
  };
});

diskContract("the disk in memory", (): DiskStage => {
  const disk = openMemoryDisk();
  return { disk, symlink: disk.symlink, fifo: (path) => disk.special(path, "fifo"), chmod: disk.chmod };
});
