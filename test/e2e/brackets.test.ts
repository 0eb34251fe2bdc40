// Names with brackets, as Next.js has them, wherever a config names one file.
import assert from "node:assert/strict";
import { test } from "node:test";
import { workspace } from "../support/rig.ts";

test("inout and the target of tg's own work take a name with brackets", async () => {
  const w = await workspace({
    "tasks.config.ts": `export default { tasks: {
  fmt: { inout: [{ path: "pages/[slug].tsx" }, "pages/\\\\[id\\\\].tsx"], run: 'echo fmt >>ran.log; for f in "pages/[slug].tsx" "pages/[id].tsx"; do tr a-z A-Z <"$f" >t.tmp; cat t.tmp >"$f"; done' },
  copy: { run: { copy: { path: "src/[slug].txt" }, to: { path: "out/[slug].txt" } } },
  tree: { run: { copy: "src/", to: { path: "out/[all]/" } } },
  join: { run: { concat: "src/", to: "out/\\\\[join\\\\].txt" } },
} };
`,
    "pages/[slug].tsx": "a\n", "pages/[id].tsx": "b\n", "pages/s.tsx": "s\n", "src/[slug].txt": "slug\n",
  });
  assert.match((await w.tg("build")).stderr, /tg: 4 ran/);
  assert.deepEqual(["pages/[slug].tsx", "pages/[id].tsx", "pages/s.tsx", "out/[slug].txt", "out/[all]/[slug].txt", "out/[join].txt"].map((path) => w.read(path)), ["A\n", "B\n", "s\n", "slug\n", "slug\n", "slug\n"]);
  await w.tg("build");
  assert.equal(w.read("ran.log"), "fmt\n");
  w.write("pages/[slug].tsx", "c\n");
  await w.tg("build");
  assert.equal(w.read("pages/[slug].tsx") + w.read("ran.log"), "C\nfmt\nfmt\n");
});

test("where a name with brackets may be a pattern, the refusal says what to write", async () => {
  const w = await workspace({
    "tasks.config.ts": `export default { tasks: {
  fmt: { inout: ["[slug].tsx"], run: "true" },
  copy: { run: { copy: "a", to: "out/[slug].txt" } },
} };
`,
    a: "a\n", "[slug].tsx": "x\n",
  });
  const { stderr } = await w.tg("build");
  assert.match(stderr, /expected the path of one file, not a pattern \(the file of that name: \{ path: "\[slug\]\.tsx" \}\)/);
  assert.match(stderr, /expected the path of one file, or of a folder that ends in a slash \(the file of that name: \{ path: "out\/\[slug\]\.txt" \}\)/);
});

test("what an instance takes of its file's name is no pattern in outputs, whatever the name", async () => {
  const w = await workspace({
    "tasks.config.ts": `import { foreach } from "tg-build";
export default { tasks: {
  up: foreach("pages/**/*.txt", ({ file, key }) => ({ inputs: [file], outputs: [\`out/\${key}.up\`], run: ["sh", "-c", 'mkdir -p "$(dirname "$2")"; cat "$1" >"$2"', "up", file, \`out/\${key}.up\`] })),
  copy: foreach("pages/**/*.txt", ({ file, key }) => ({ run: { copy: file, to: \`copied/\${key}.txt\` } })),
  many: foreach("pages/**/*.txt", ({ file, key, stem }) => ({ inputs: [file], outputs: [\`many/\${key}/*.x\`], run: ["sh", "-c", 'mkdir -p "$1"; : >"$1/1.x"', "many", \`many/\${key}\`] })),
} };
`,
    "pages/[slug].txt": "slug\n", "pages/s.txt": "s\n", "pages/[id]/[slug].txt": "deep\n", "pages/{a,b}.txt": "either\n",
  });
  const { stderr } = await w.tg("build");
  assert.match(stderr, /tg: 12 ran/);
  assert.deepEqual(["out/[slug].up", "out/s.up", "out/[id]/[slug].up", "copied/{a,b}.txt", "copied/[id]/[slug].txt", "many/[slug]/1.x"].map((path) => w.read(path)), ["slug\n", "s\n", "deep\n", "either\n", "deep\n", ""]);
  w.write("pages/[slug].txt", "edited\n");
  await w.tg("build");
  assert.equal(w.read("out/[slug].up") + w.read("copied/[slug].txt") + w.read("out/s.up"), "edited\nedited\ns\n");
});

test("an output pattern that matches nothing is shown as written", async () => {
  const w = await workspace({ "tasks.config.ts": `export default { tasks: { gen: { outputs: ["gen/@x/*.ts"], run: "true" } } };\n` });
  const { stderr } = await w.tg("build");
  assert.match(stderr, /missing output: gen\/@x\/\*\.ts/);
});
