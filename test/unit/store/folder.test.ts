// Folders that somebody removes in the moment in which they are made.
import assert from "node:assert/strict";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { mock, test } from "node:test";
import { keepSomewhere } from "../../../src/config/folder.ts";
import { acquireLock } from "../../../src/store/lock.ts";
import { makeOutside } from "../../../src/store/outside.ts";
import { tempFolder } from "../../support/folder.ts";

/** The first `count` folders that are made are gone again at once, and with them what `also` names. */
async function takenAway<T>(count: number, act: () => T | Promise<T>, also: string | null = null): Promise<T> {
  const real = fs.mkdirSync;
  let left = count;
  const made = mock.method(fs, "mkdirSync", ((dir: string, options?: fs.MakeDirectoryOptions) => {
    if (left > 0 && also !== null) fs.rmSync(also, { recursive: true, force: true });
    const result = real(dir, options);
    if (left-- > 0) fs.rmdirSync(dir);
    return result;
  }) as typeof fs.mkdirSync);
  syncBuiltinESMExports();
  try {
    return await act();
  } finally {
    made.mock.restore();
    syncBuiltinESMExports();
  }
}

const request = (root: string): Parameters<typeof keepSomewhere>[0] => ({ root, configFile: join(root, "tasks.config.ts") }) as never;

test("a state folder that is removed as it is made is made again", async () => {
  const root = tempFolder("tg-folder");
  const state = join(root, ".tg");
  const lock = await takenAway(2, () => acquireLock(state, { command: "tg build" }, { wait: false, root, onWait: () => {} }));
  assert.ok(lock.ok, JSON.stringify(lock));
  lock.value.release();
  fs.rmSync(state, { recursive: true });
  await takenAway(2, () => makeOutside(state, join(root, "tg-")));
  assert.equal(fs.readdirSync(join(state, "outside")).length, 1);
});

test("whoever removes it each time is not waited for", async () => {
  const root = tempFolder("tg-folder");
  const lock = await takenAway(1_000, () => acquireLock(join(root, ".tg"), { command: "tg build" }, { wait: false, root, onWait: () => {} }));
  assert.deepEqual(lock, { ok: false, problems: [{ code: "state-unwritable", path: join(root, ".tg"), errno: "ENOENT" }] });
});

test("a project that is moved away in that moment is not begun anew where it was", async () => {
  const root = join(tempFolder("tg-folder"), "p");
  const acts: readonly (() => unknown)[] = [
    () => acquireLock(join(root, ".tg"), { command: "tg build" }, { wait: false, root, onWait: () => {} }),
    () => makeOutside(join(root, ".tg"), join(root, "tg-")),
    () => keepSomewhere(request(root), join(root, ".tg"), false).catch(() => null),
  ];
  for (const act of acts) {
    fs.mkdirSync(root);
    await takenAway(1, act, root).catch(() => null);
    assert.equal(fs.existsSync(root), false, String(act));
  }
});
