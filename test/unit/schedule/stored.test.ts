// What was hashed is what is kept: between the two readings nothing may have changed, within folders that are kept whole either.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilePath } from "../../../src/model/path.ts";
import { isAsHashed } from "../../../src/schedule/step/stored.ts";
import { openDigest } from "../../../src/staleness/digest.ts";
import { treeNow } from "../../../src/staleness/outputs.ts";
import { World } from "../../../src/staleness/world.ts";
import { FileTable } from "../../../src/model/table.ts";
import { openMemoryDisk, type MemoryDisk } from "../../support/memory-disk.ts";

async function built(): Promise<{ disk: MemoryDisk; holds(): boolean }> {
  await openDigest();
  const disk = openMemoryDisk();
  for (const file of ["dist/a", "dist/sub/b"]) disk.write(file, "1");
  disk.makeDir("dist/empty");
  const world = new World(disk, FileTable.empty());
  const { identity, members } = treeNow(world, "dist" as FilePath);
  return { disk, holds: () => isAsHashed(world, { outputs: [["dist" as FilePath, identity]], members } as never) };
}

test("a folder that stood still is as it was hashed", async () => {
  assert.equal((await built()).holds(), true);
});

for (const [what, change] of Object.entries<(disk: MemoryDisk) => void>({
  "a file in it was written": (disk) => disk.write("dist/sub/b", "2"),
  "a file came into it": (disk) => disk.write("dist/sub/c", "1"),
  "a file came into its top": (disk) => disk.write("dist/c", "1"),
  "a file came into a folder that was empty": (disk) => disk.write("dist/empty/c", "1"),
  "a file in it went": (disk) => disk.remove("dist/a"),
  "a folder in it went": (disk) => disk.removeTree("dist/empty"),
  "it went": (disk) => disk.removeTree("dist"),
})) {
  test(`a folder is not as it was hashed: ${what}`, async () => {
    const { disk, holds } = await built();
    change(disk);
    assert.equal(holds(), false);
  });
}
