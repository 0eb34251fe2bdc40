// The README is true: its config is the fixture's, and its transcript is what the commands print (times and sizes apart).
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { repo, workspace } from "../support/rig.ts";

const readme = fs.readFileSync(path.join(repo, "README.md"), "utf8");
const block = (language: string): string => new RegExp("```" + language + "\\n([\\s\\S]*?)```").exec(readme)?.[1] ?? "";

/** Seconds, digests and sizes differ from machine to machine. */
function settled(text: string): string {
  return text.replace(/\d+(\.\d+)? (s|ms)\b/g, "N s").replace(/\b[0-9a-f]{8}\b/g, "DIGEST").replace(/[ \t]+$/gm, "").trim();
}

test("the config of the README is the one of its fixture", () => {
  assert.equal(block("ts"), fs.readFileSync(path.join(repo, "test/fixtures/readme/tasks.config.ts"), "utf8"));
});

test("the transcript of the README is what happens", async () => {
  const w = await workspace({}, path.join(repo, "test/fixtures/readme"));
  for (const entry of [".bin", "typescript", "@typescript"]) fs.symlinkSync(path.join(repo, "node_modules", entry), path.join(w.dir, "node_modules", entry));
  let actual = "";
  for (const line of block("console").split("\n").filter((text) => text.startsWith("$ "))) {
    const run = await w.sh(`exec 2>&1; ${line.slice(2)}`);
    actual += `${line}\n${run.stdout}`;
  }
  assert.equal(settled(actual), settled(block("console")), `what the commands print now:\n${actual}`);
});

test("what the README has people paste does what its comments say", async () => {
  const [, commands = ""] = /^npm init .*\n([\s\S]*?)```/m.exec(readme) ?? [];
  const w = await workspace({});
  const run = await w.sh(`exec 2>&1\n${commands.replaceAll("npx tg", "tg")}`);
  const said = run.stdout.split("\n").filter((line) => line.startsWith("tg: ")).map((line) => line.replace(/^tg: | \(.*/g, ""));
  const meant = [...commands.matchAll(/^npx tg build\s+# ([^:\n]*)/gm)].map(([, comment]) => comment);
  assert.deepEqual([run.code, said, meant.length], [0, meant, 2], run.stdout);
});
