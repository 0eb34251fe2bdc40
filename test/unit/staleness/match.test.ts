// A walk passes by what cannot match; it finds all the same what the pattern says of every file there is.
import assert from "node:assert/strict";
import fs from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { matcherOf } from "../../../src/model/pattern.ts";
import { FileTable } from "../../../src/model/table.ts";
import { openDigest } from "../../../src/staleness/digest.ts";
import { Globs } from "../../../src/staleness/globs.ts";
import { World } from "../../../src/staleness/world.ts";
import { openDisk } from "../../../src/system/disk.ts";
import { tempFolder } from "../../support/folder.ts";

const FILES = ["f1.txt", "f10.txt", "g1.txt", ".f1", "a+b.c", "a(b).c", "a|b", "{a}", "[x]", "@x", "!x", "a*b", "aab", "src/f1.txt", "src/f/1.txt", "src/.f/1.txt", "src/deep/er/f1.txt", "srcs/f1.txt", "x y/f z.txt"];
const PATTERNS = ["f1*", "f*.txt", "*", "**", "f**/*.txt", "s**/f1.txt", "src/f1*", "src/f*/1.txt", "src/**", "src/**/f1.txt", "{f,g}1.txt", "f{1,10}.txt", "s{rc,rcs}/f1.txt", "src/{f/1,f1}.txt", "a+(a)b", "a+b.*", "a\\+b.c*", "a(b).?", "a\\*b", "a*b", "a|*", "a@(+|a)b*", "\\{a\\}", "\\[x\\]", "[f]1.txt", "f[!2].txt", "@x*", "\\!x", ".f*", "src/.f/*", "x y/f*", "x y/f z.*", "?1.txt", "f1.txt"];

await openDigest();

const root = tempFolder("tg-match");
for (const file of FILES) {
  fs.mkdirSync(join(root, dirname(file)), { recursive: true });
  fs.writeFileSync(join(root, file), file);
}

for (const dot of [false, true]) {
  test(`each pattern finds what matches of all files, hidden ones ${dot ? "too" : "not"}`, () => {
    const globs = new Globs(new World(openDisk(root, join(root, ".tg")), FileTable.empty()));
    for (const pattern of PATTERNS) assert.deepEqual([...globs.match(pattern, dot).files].sort(), FILES.filter(matcherOf(pattern, { dot })).sort(), pattern);
  });
}
