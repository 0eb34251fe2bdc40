// What the hashing threads run: one queue after another. A front door of its own: it joins the disk and the hash.
import { parentPort, workerData } from "node:worker_threads";
import { openDigest } from "./staleness/digest.ts";
import { workOff } from "./staleness/content.ts";
import { openTexts } from "./model/texts.ts";
import { openDisk } from "./system/disk.ts";
import { helpWith, type SharedQueue } from "./system/hash-queue.ts";

/** A thread idle for this long is not worth its memory. */
const IDLE_MS = 1000;

const port = parentPort!;
let leave: NodeJS.Timeout | undefined;

function work(queue: SharedQueue): void {
  clearTimeout(leave);
  const disk = openDisk(queue.root, "", { readonly: true });
  const pathOf = openTexts(queue.paths);
  pathOf(0);
  helpWith(queue, (take) => workOff(disk, { entries: queue.entries, pathOf, take }));
  leave = setTimeout(() => port.close(), IDLE_MS);
}

void openDigest().then(() => {
  port.on("message", work);
  work(workerData as SharedQueue);
});
