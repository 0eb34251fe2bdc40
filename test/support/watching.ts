// What stories of a running tg watch share: waiting for its rounds, edits that it sees whole, and leaving it. Knows no task.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import type { Background, Workspace } from "./rig.ts";

/** Resolves when tg has said so often that it waits for changes. */
export function rounds(watch: Background, count: number): Promise<void> {
  return watch.until(/watching for changes/, count);
}

/** In one step, from outside: a watch never sees half of it. */
export function replaceFile(w: Workspace, file: string, text: string): void {
  const draft = path.join(w.dir, "..", "draft");
  fs.writeFileSync(draft, text);
  fs.mkdirSync(path.dirname(path.join(w.dir, file)), { recursive: true });
  fs.renameSync(draft, path.join(w.dir, file));
}

/** Several edits that are one quiet time to the watch, however long they take. */
export function atOnce(watch: Background, edit: () => void): void {
  watch.signal("SIGSTOP");
  edit();
  watch.signal("SIGCONT");
}

/** Resolves with what it said on stderr. */
export async function leave(run: Background, signal: NodeJS.Signals = "SIGINT"): Promise<string> {
  run.signal(signal);
  const end = await run.done;
  assert.equal(end.signal ?? end.code, signal, end.stdout + end.stderr);
  return end.stderr;
}
