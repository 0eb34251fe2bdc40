// A temporary folder that is gone when the test's process is. Knows nothing of what tests put there.
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";

const made: string[] = [];

/** A new folder `NAME-XXXXXX`, without links in its path, below that of the machine for such things or below `base`. */
export function tempFolder(name: string, base: string = os.tmpdir()): string {
  // Not before the first is made: whoever has processes in it has said by then how they end.
  if (made.length === 0) process.on("exit", removeAll);
  const dir = fs.realpathSync(fs.mkdtempSync(path.join(base, `${name}-`)));
  made.push(dir);
  return dir;
}

function removeAll(): void {
  for (const dir of made) {
    try {
      fs.rmSync(dir, { recursive: true, force: true });
    } catch {
      // Folders that a test has closed, for who is not root.
      spawnSync("chmod", ["-R", "u+rwx", dir]);
      fs.rmSync(dir, { recursive: true, force: true });
    }
  }
}
