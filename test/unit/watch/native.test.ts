// What the watcher that listens folder by folder tells of the root itself.
import assert from "node:assert/strict";
import fs from "node:fs";
import process from "node:process";
import { test } from "node:test";
import type { FilePath } from "../../../src/model/path.ts";
import type { WatchSignal } from "../../../src/model/ports.ts";
import { openNativeWatcher } from "../../../src/watch/native.ts";
import { tempFolder } from "../../support/folder.ts";

const onLinux = { skip: process.platform !== "linux" && "inotify" };

/** All that is told until a file of the name `last` came into the root. */
async function toldBy(act: (top: string, root: string) => void): Promise<string[]> {
  const top = tempFolder("tg-native");
  const root = `${top}/p`;
  fs.mkdirSync(root);
  const told: WatchSignal[] = [];
  let heard = (): void => {};
  const end = new Promise<void>((resolve) => (heard = resolve));
  const watcher = openNativeWatcher(root, (signal) => {
    told.push(signal);
    if (signal.kind === "changed" && signal.path === "last") heard();
  });
  await watcher.watch(new Set(["" as FilePath]));
  act(top, root);
  fs.writeFileSync(`${root}/last`, "");
  await end;
  await watcher.close();
  return told.map((signal) => (signal.kind === "changed" ? signal.path : signal.kind));
}

test("a root that was moved away and back is told of: what was looked at in between was not there", onLinux, async () => {
  const told = await toldBy((top, root) => {
    fs.renameSync(root, `${top}/away`);
    fs.renameSync(`${top}/away`, root);
  });
  assert.ok(told.includes("moved"), told.join());
});

test("a file in the root that bears its name is a file", onLinux, async () => {
  const told = await toldBy((_top, root) => fs.writeFileSync(`${root}/p`, ""));
  assert.ok(told.includes("p") && !told.includes("moved"), told.join());
});
