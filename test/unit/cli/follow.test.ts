// Listening to a running task: how often the state is read anew for it.
import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import type { Doors } from "../../../src/cli/doors.ts";
import { follow } from "../../../src/cli/follow.ts";
import type { OpenProject } from "../../../src/cli/project/project.ts";
import type { TaskName } from "../../../src/model/task.ts";
import { tempFolder } from "../../support/folder.ts";

test("a state that takes long to read is not read anew at each look, though the build writes to it", async () => {
  const root = tempFolder("tg-follow");
  fs.writeFileSync(`${root}/log`, "said");
  let nowMs = 0;
  let looks = 0;
  let opened = 0;
  const doors = {
    config: { stateDirIn: () => null },
    system: { monotonicMs: () => nowMs },
    lockHolder: () => (looks++, (nowMs += 100), { pid: 1, command: "tg build" }),
    openStore: () => (opened++, (nowMs += 50), { isCurrent: () => false, get: () => ({ status: "running" }) }),
  } as unknown as Doors;
  let said = "";
  const to = { take: (text: string) => void (said += text), get closed() { return looks >= 12; } };
  assert.equal(await follow(doors, { root, stateDir: `${root}/.tg`, file: `${root}/tasks.config.ts` } as OpenProject, { task: "a" as TaskName, file: `${root}/log` }, to), true);
  assert.deepEqual([said, looks, opened], ["said", 12, 2]);
});
