import assert from "node:assert/strict";
import fs from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { makeOutside, removeLeftFolders } from "../../../src/store/outside.ts";
import { tempFolder } from "../../support/folder.ts";

/** Of a process that has gone: pids end at 2^22. */
const DEAD = "4194305.1.";

function place(): { base: string; state: string; notes: string; made(prefix: string): string; noted(dir: string, name?: string): void } {
  const base = tempFolder("outside");
  const notes = `${base}/.tg/outside`;
  fs.mkdirSync(notes, { recursive: true });
  return {
    base,
    state: `${base}/.tg`,
    notes,
    made: (prefix) => {
      const dir = fs.mkdtempSync(`${base}/${prefix}`);
      fs.writeFileSync(`${dir}/inside`, "");
      return dir;
    },
    noted: (dir, name = `${DEAD}.${fs.readdirSync(notes).length}`) => fs.symlinkSync(dir, `${notes}/${name}`),
  };
}

test("folders of a tg that has gone are removed, whole; those of a living one stay until it forgets them", () => {
  const p = place();
  const [left, verified] = [p.made("tg-"), p.made("tg-verify-")];
  p.noted(left);
  p.noted(verified);
  const { dir: mine, forget } = makeOutside(p.state, `${p.base}/tg-`);
  removeLeftFolders(p.state);
  assert.deepEqual([left, verified, mine].map((dir) => fs.existsSync(dir)), [false, false, true]);
  assert.equal(fs.readdirSync(p.notes).length, 1);
  forget();
  removeLeftFolders(p.state);
  assert.equal(fs.existsSync(mine), true);
  assert.deepEqual(fs.readdirSync(p.notes), []);
});

test("a note of an earlier process with the same number counts as left", { skip: !fs.existsSync("/proc/self/stat") }, () => {
  const p = place();
  const left = p.made("tg-");
  p.noted(left, `${process.pid}.1.another-boot.1`);
  removeLeftFolders(p.state);
  assert.equal(fs.existsSync(left), false);
});

test("what a note does not name as tg makes it is never touched, and the note goes", () => {
  const p = place();
  const [other, open, real] = [p.made("project-"), p.made("tg-"), p.made("tg-")];
  fs.chmodSync(open, 0o755);
  const linked = `${p.state}/tg-abcdef`;
  fs.symlinkSync(real, linked);
  for (const dir of [other, open, linked, `${p.state}/tg-nobody`, "tg-abc123", "../../.."]) p.noted(dir);
  fs.writeFileSync(`${p.notes}/no-link`, "");
  fs.mkdirSync(`${p.notes}/folder`);
  removeLeftFolders(p.state);
  assert.deepEqual([other, open, real].map((dir) => fs.existsSync(`${dir}/inside`)), [true, true, true]);
  assert.deepEqual(fs.readdirSync(p.notes), []);
});

test("a state folder that cannot be written costs the note alone", () => {
  const p = place();
  fs.writeFileSync(`${p.state}/file`, "");
  makeOutside(`${p.state}/file`, `${p.base}/tg-`).forget();
  removeLeftFolders(`${p.state}/file`);
});
