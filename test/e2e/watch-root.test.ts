// tg watch when the folder it stands on, or its config, goes away and comes back, or another one takes the place.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { onDeno, LIMIT_MS, workspace } from "../support/rig.ts";
import { atOnce, leave, replaceFile, rounds } from "../support/watching.ts";

const COPY = `export default { tasks: { a: { inputs: ["in.txt", "sub/*.txt"], outputs: ["out.txt"], run: "cat in.txt sub/*.txt > out.txt" } } };\n`;
const FILES = { "p/tasks.config.mjs": COPY, "p/in.txt": "1\n", "p/sub/s.txt": "s\n" };

test("a project moved away is told of once, not begun anew where it was, and built on when it is back", { timeout: LIMIT_MS }, async () => {
  const w = await workspace(FILES);
  const root = path.join(w.dir, "p");
  const watch = w.start("watch -C p");
  await rounds(watch, 1);
  fs.renameSync(root, root + ".away");
  await watch.until(/is gone/);
  // It is heard of still, by the folder itself.
  fs.writeFileSync(root + ".away/in.txt", "2\n");
  fs.writeFileSync(root + ".away/sub/t.txt", "t\n");
  await w.tg("status -C p.away");
  assert.equal(fs.existsSync(root), false);
  fs.renameSync(root + ".away", root);
  await rounds(watch, 2);
  assert.equal(w.read("p/out.txt"), "2\ns\nt\n");
  const said = await leave(watch);
  assert.equal(said.split(/tg: \S+\/p is gone; waiting until it is there again\n/).length, 2, said);
  assert.equal(said.split(/tg: \S+\/p is there again\n/).length, 2, said);
  assert.doesNotMatch(said, /no folder|last good config/);
});

for (const [what, root, moved, changed] of [["a project", "p", "../p", "."], ["a folder above a project", "o/p", "../../o", ".."]] as const) {
  const skip = onDeno && changed === ".." && "to Deno a folder that is some seconds old alone tells that it was moved (docs/watch.md)";
  test(`${what} that is away while a task runs and back before anybody looks, two times: all is built once more after each`, { timeout: LIMIT_MS, skip }, async () => {
    const outside = path.dirname(moved);
    const MOVING = `export default { tasks: {
      a: { inputs: ["in.txt"], outputs: ["out.txt"], run: "test -e ${outside}/2 || { test ! -e ${outside}/1 || : >${outside}/2; : >${outside}/1; mv ${moved} ${outside}/away; mv ${outside}/away ${moved}; exit 1; }; cp in.txt out.txt" },
      b: { inputs: ["in.txt"], outputs: ["b.txt"], run: "echo b >>${outside}/ran; chmod u+w ${changed}; exit 1" },
    } };\n`;
    const w = await workspace({ [`${root}/tasks.config.mjs`]: MOVING, [`${root}/in.txt`]: "1\n" });
    const watch = w.start(`watch -C ${root} -k -j1`);
    await rounds(watch, 3);
    assert.equal(w.read(`${root}/out.txt`), "1\n");
    // That a folder was changed is no move, nor is a failure anything to begin a round with.
    replaceFile(w, `${root}/in.txt`, "2\n");
    await rounds(watch, 4);
    assert.equal(w.read(`${root}/out.txt`), "2\n");
    assert.equal(w.read("ran"), "b\n".repeat(4));
    await leave(watch);
  });
}

test("another folder in the place of a project is watched within a second or so", { timeout: LIMIT_MS }, async () => {
  const w = await workspace({ ...FILES, "q/tasks.config.mjs": COPY, "q/in.txt": "2\n", "q/sub/s.txt": "q\n" });
  const watch = w.start("watch -C p");
  await rounds(watch, 1);
  atOnce(watch, () => {
    fs.renameSync(path.join(w.dir, "p"), path.join(w.dir, "o"));
    fs.renameSync(path.join(w.dir, "q"), path.join(w.dir, "p"));
  });
  await rounds(watch, 2);
  assert.equal(w.read("p/out.txt"), "2\nq\n");
  replaceFile(w, "p/sub/s.txt", "r\n");
  await rounds(watch, 3);
  assert.equal(w.read("p/out.txt"), "2\nr\n");
  await leave(watch);
});

test("a project that is removed and checked out anew is built again", { timeout: LIMIT_MS }, async () => {
  const w = await workspace({ ...FILES, "q/tasks.config.mjs": COPY, "q/in.txt": "2\n", "q/sub/s.txt": "q\n" });
  const root = path.join(w.dir, "p");
  const watch = w.start("watch --json -C p");
  await watch.until(/"round-ended"/);
  fs.renameSync(root, path.join(w.dir, "o"));
  await watch.until(/\{"event":"root-gone","root":"[^"]*\/p","time":\d+\}\n/);
  assert.equal(fs.existsSync(root), false);
  fs.renameSync(path.join(w.dir, "q"), root);
  await watch.until(/\{"event":"root-back","root":"[^"]*\/p","time":\d+\}\n[^]*"round-ended"/);
  assert.equal(w.read("p/out.txt"), "2\nq\n");
  await leave(watch);
});

test("while its config is gone a watch does not take up the one of a project above", { timeout: LIMIT_MS }, async () => {
  const w = await workspace({ ...FILES, "tasks.config.mjs": `export default { tasks: { above: { inputs: ["b.txt"], outputs: ["b.out"], run: "cp b.txt b.out" } } };\n`, "b.txt": "b\n" });
  const file = path.join(w.dir, "p/tasks.config.mjs");
  const watch = w.start("watch -C p");
  await rounds(watch, 1);
  fs.renameSync(file, path.join(w.dir, "away"));
  await watch.until(/last good config/);
  replaceFile(w, "p/in.txt", "2\n");
  await rounds(watch, 2);
  assert.equal(w.read("p/out.txt"), "2\ns\n");
  fs.renameSync(path.join(w.dir, "away"), file);
  await watch.until(/can be loaded again/);
  replaceFile(w, "p/in.txt", "3\n");
  await rounds(watch, 3);
  assert.equal(w.read("p/out.txt"), "3\ns\n");
  assert.equal(fs.existsSync(path.join(w.dir, "b.out")), false);
  assert.match(await leave(watch), /tasks\.config\.mjs is found now, the config of another project\n {4}try: put tasks\.config\.mjs back in \S+\/p, or start tg watch anew\ntg: going on with the tasks of the last good config\n/);
});
