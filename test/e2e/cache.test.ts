// The store of results on the built command: an earlier state comes back without running, and only when it is the same.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { config, staged, tell, transcript } from "../support/story.ts";
import { workspace, type Workspace } from "../support/rig.ts";

const CP = '    a: { inputs: ["in"], outputs: ["out"], run: "echo a >> ran.log; echo said; cp in out", cache: { store: true } },';
const edit = (file: string, content: string) => (w: Workspace) => w.write(file, content);
const check = (look: (w: Workspace) => void) => look;

tell([
  { title: "an edit taken back is restored, with what the command said", tasks: CP, files: { in: "1\n" }, given: ["build", edit("in", "2\n"), "build", edit("in", "1\n"), check((w) => w.ran())], when: "build", then: `
      2| ↺ a (N s) — input changed: in
      2| said
      2| tg: 1 restored (N s)
      exit 0` },
  { title: "after it nothing is left to do", tasks: CP, files: { in: "1\n" }, given: ["build", edit("in", "2\n"), "build", edit("in", "1\n"), "build"], when: "build", then: `
      1| tg: 1 task up to date (N s)
      exit 0` },
  { title: "--no-cache runs it", tasks: CP, files: { in: "1\n" }, given: ["build", edit("in", "2\n"), "build", edit("in", "1\n")], when: "build --no-cache", then: `
      2| ✓ a (N s) — input changed: in
      2| said
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "--force runs it", tasks: CP, files: { in: "1\n" }, given: ["build"], when: "build --force a", then: `
      2| ✓ a (N s) — forced
      2| said
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "tg cache", tasks: CP, files: { in: "1\n" }, given: ["build"], when: "cache", then: `
      1| tg: the store holds 1 result in 2 files, 12 KiB; limit 10 GiB
      exit 0` },
  { title: "tg cache, as JSON", tasks: CP, files: { in: "1\n" }, given: ["build"], when: "cache --json", then: `
      1| {"version":1,"action":"size","maxBytes":10737418240,"results":1,"files":2,"bytes":12288}
      exit 0` },
  { title: "tg cache clear", tasks: CP, files: { in: "1\n" }, given: ["build"], when: "cache clear", then: `
      1| tg: removed 1 result in 2 files, 12 KiB from the store
      exit 0` },
  { title: "tg cache in a project that keeps none", tasks: '    a: { outputs: ["out"], run: "touch out" },', when: "cache", then: `
      1| tg: the store holds 0 results in 0 files, 0 B; no task of this config keeps results (cache: { store: true })
      exit 0` },
  { title: "tg cache with another word", tasks: CP, files: { in: "1\n" }, when: "cache empty", then: `
      2| tg: tg cache takes no "empty", expected size, gc or clear
      2|     try: tg cache --help
      exit 2` },
  { title: "store: true of a task that rewrites its input", tasks: '    a: { inout: ["in"], run: "true", cache: { store: true } },', files: { in: "1\n" }, when: "build", then: `
      2| tg: task "a": "cache.store" is true, expected false, since the task rewrites its own inputs (inout)
      2|     at tasks.config.ts:3
      exit 2` },
  { title: "a size that is none", files: { "tasks.config.ts": 'export default { cache: { store: true, maxSize: "big" }, tasks: { a: { outputs: ["o"], run: "touch o" } } };\n' }, when: "build", then: `
      2| tg: config: "cache.maxSize" is "big", expected a size as "500MB" or "10GB", or bytes
      2|     at tasks.config.ts:1
      exit 2` },
]);

test("a deleted output comes back, and what hangs below it does not run", async () => {
  const w = await staged({ tasks: CP + '\n    b: { inputs: ["out"], outputs: ["b.out"], run: "echo b >> ran.log; cp out b.out" },', files: { in: "1\n" }, given: ["build"] });
  w.ran();
  w.remove("out");
  const built = await w.tg("build");
  assert.equal(built.code, 0);
  assert.equal(w.ran(), "");
  assert.equal(w.read("out"), "1\n");
  assert.match(built.stderr, /1 restored, 1 fresh/);
});

test("an earlier parameter comes back without running (R12)", async () => {
  const w = await staged({ tasks: '    p: { params: { N: { type: "number", default: 0 } }, outputs: ["p.txt"], run: "echo p >> ran.log; echo $N > p.txt", cache: { store: true } },' });
  for (const n of [1, 2, 1]) assert.equal((await w.tg(`build --param N=${n}`)).code, 0);
  assert.equal(w.read("p.txt"), "1\n");
  assert.equal(w.ran(), "p,p");
});

test("trees, executables, optional outputs, stamps and functions come back", async () => {
  const w = await workspace({
    in: "1\n",
    "tasks.config.ts": `export default { cache: { store: true }, tasks: {
      tree: { inputs: ["in"], outputs: ["dist/"], run: "echo tree >> ran.log; mkdir -p dist/empty dist/d; cp in dist/d/f; chmod +x dist/d/f; ln -s d/f dist/l" },
      maybe: { inputs: ["in"], outputs: [{ path: "opt", optional: true }], run: "echo maybe >> ran.log; grep -q 2 in && touch opt; true" },
      lint: { inputs: ["in"], run: "echo lint >> ran.log; echo checked" },
      fn: { inputs: ["in"], run: async (ctx) => { const fs = await import("node:fs"); fs.appendFileSync("ran.log", "fn\\n"); return fs.readFileSync("in", "utf8"); } },
      user: { deps: ["fn"], outputs: ["u"], run: async (ctx) => { const fs = await import("node:fs"); fs.writeFileSync("u", ctx.deps.fn.value); } },
    } };\n`,
  });
  assert.equal((await w.tg("build")).code, 0);
  w.write("in", "2\n");
  assert.equal((await w.tg("build")).code, 0);
  assert.ok(w.exists("opt"));
  w.ran();
  w.write("in", "1\n");
  const back = await w.tg("build");
  assert.equal(back.code, 0, back.stderr);
  assert.equal(w.ran(), "");
  assert.match(back.stderr, /5 restored/);
  assert.equal(w.exists("opt"), false);
  assert.equal(w.read("dist/d/f"), "1\n");
  assert.equal(fs.statSync(path.join(w.dir, "dist/d/f")).mode & 0o111, 0o111);
  assert.deepEqual(fs.readdirSync(path.join(w.dir, "dist")), ["d", "empty", "l"]);
  assert.equal(w.read("u"), "1\n");
  assert.match((await w.tg("build")).stdout, /5 tasks up to date/);
});

test("a header that a depfile reported decides as well", async () => {
  const w = await staged({
    tasks: '    o: { inputs: ["a.c"], outputs: ["a.o"], depfile: "a.d", run: "echo o >> ran.log; cat a.c a.h > a.o; echo a.o: a.c a.h > a.d", cache: { store: true } },',
    files: { "a.c": "c\n", "a.h": "1\n" }, given: ["build", edit("a.h", "2\n"), "build"],
  });
  assert.equal(w.ran(), "o,o");
  w.write("a.h", "1\n");
  assert.match((await w.tg("build")).stderr, /1 restored/);
  assert.equal(w.read("a.o"), "c\n1\n");
  w.write("a.h", "3\n");
  assert.match((await w.tg("build")).stderr, /1 ran/);
  assert.equal(w.read("a.o"), "c\n3\n");
  w.write("a.h", "2\n");
  assert.match((await w.tg("build")).stderr, /1 restored/);
  assert.match((await w.tg("build")).stdout, /up to date/);
});

test("a store that cannot be written is one warning, not a failure", async () => {
  const w = await staged({ tasks: CP, files: { in: "1\n", ".tg/cache": "a file in the way" } });
  assert.equal(transcript(await w.tg("build"), w), `2| tg: warning: could not keep the result of "a" in the store: not a folder
2|     try: look at what stands at .tg/cache
2| ✓ a (N s) — never ran
2| said
2| tg: 1 ran (N s)
exit 0`);
});

test("a file where the store should be is no bug of gc", async () => {
  const w = await staged({ tasks: CP, files: { in: "1\n", ".tg/cache": "a file in the way" } });
  assert.equal(transcript(await w.tg("cache gc"), w), `2| tg: cannot use the state folder <w>/.tg/cache: not a folder
2|     try: remove what stands there, or set "stateDir" in the config
exit 3`);
});

test("a result larger than the store may be is not kept, which is said once, and the others stay; one just below it is kept", async () => {
  const w = await workspace({ in: "1\n", "tasks.config.ts": config(CP + `
    big: { params: ["N"], outputs: ["big"], run: "head -c $N /dev/zero > big; echo big >> ran.log" },
    dir: { params: ["N"], outputs: ["dir/"], run: "head -c $N /dev/zero > dir/1; cp dir/1 dir/2; echo dir >> ran.log" },`, '\n  cache: { store: true, maxSize: 100000 }, params: { N: { type: "number", default: 1 } },') });
  assert.equal((await w.tg("build")).code, 0);
  const held = (await w.tg("cache")).stdout;
  assert.equal(transcript(await w.tg("build -j 1 --param N=100000"), w), `2| tg: warning: the result of "big" is not kept: it takes 104 KiB, more than the whole store may (98 KiB)
2|     try: a larger "cache.maxSize" at the top of the config, or cache: { store: false } in the task
2| ✓ big (N s) — param changed: N (1 → 100000)
2| tg: warning: the result of "dir" is not kept: it takes 104 KiB, more than the whole store may (98 KiB)
2|     try: a larger "cache.maxSize" at the top of the config, or cache: { store: false } in the task
2| ✓ dir (N s) — param changed: N (1 → 100000)
2| tg: 2 ran, 1 fresh (N s)
exit 0`);
  assert.equal((await w.tg("cache")).stdout, held);
  for (const n of [80000, 1]) assert.equal((await w.tg(`build big --param N=${n}`)).code, 0);
  w.ran();
  assert.match((await w.tg("build big --param N=80000")).stderr, /1 restored/);
});

test("a store over its limit is shrunk by the build that filled it", async () => {
  const w = await workspace({ in: "1\n", "tasks.config.ts": config('    a: { inputs: ["in"], outputs: ["out"], run: "head -c 1000 /dev/zero > out; cat in >> out" },', '\n  cache: { store: true, maxSize: 20000 },') });
  for (const text of ["1", "2", "3", "4"]) {
    w.write("in", text);
    assert.equal((await w.tg("build")).code, 0);
  }
  const { bytes } = JSON.parse((await w.tg("cache --json")).stdout) as { bytes: number };
  assert.ok(bytes > 0 && bytes <= 20000, String(bytes));
});
