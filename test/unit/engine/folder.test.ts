// What a job writes below the state folder makes what is missing there, and nothing above it.
import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { notesIn } from "../../../src/engine/notes.ts";
import { openLog } from "../../../src/engine/output.ts";
import { tempFolder } from "../../support/folder.ts";

function say(root: string): void {
  const log = openLog(`${root}/.tg/logs/t.log`);
  log.write(Buffer.from("said\n"));
  log.close();
}

test("logs and notes stand again after the state folder was removed", () => {
  const dir = tempFolder("tg-engine-folder");
  say(dir);
  notesIn(`${dir}/.tg/notes/t`).md("noted");
  assert.equal(fs.readFileSync(`${dir}/.tg/logs/t.log`, "utf8"), "said\n");
  assert.deepEqual(fs.readdirSync(`${dir}/.tg/notes/t`), ["1.json"]);
});

test("a project that has been moved away is not begun anew where it was", () => {
  const root = tempFolder("tg-engine-folder") + "/p";
  say(root);
  assert.throws(() => notesIn(`${root}/.tg/notes/t`).md("noted"), { code: "ENOENT" });
  assert.equal(fs.existsSync(root), false);
});
