// tg report on the built command: one page with everything in it, after success and after failure.
import assert from "node:assert/strict";
import { test } from "node:test";
import { staged, tell } from "../support/story.ts";
import { workspace } from "../support/rig.ts";

const TASKS = `
    gen: { inputs: ["in"], outputs: ["gen.txt"], run: "cp in gen.txt" },
    size: { inputs: ["gen.txt"], run: async (ctx) => {
      const fs = await import("node:fs");
      ctx.report.md("# How large\\n\\n| file | bytes |\\n|--|--|\\n| gen | " + fs.statSync("gen.txt").size + " |", "Size");
      ctx.report.html("<b id=own>own</b>");
      ctx.report.image(Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'></svg>"), "a picture");
      return 1;
    } },
    bad: { inputs: ["gen.txt"], run: async (ctx) => { ctx.report.md("before the end"); throw new Error("no <good>"); } },
    log: { deps: ["gen"], run: "echo '<script>alert(1)</script>'; printf '\\\\033[31mred\\\\033[0m\\\\n'" },
    below: { deps: ["bad"], run: "true" },
    all: { deps: ["log", "size"] },`;

test("a page after a failed build: states, reasons, logs, timeline, what tasks said", async () => {
  const w = await staged({ tasks: TASKS, files: { in: "1\n" }, given: ["build -k"] });
  const made = await w.tg("report -o page.html");
  assert.deepEqual([made.code, made.stdout], [0, "tg: wrote page.html\n"]);
  const page = w.read("page.html");
  assert.match(page, /1 failed/);
  assert.match(page, /1 blocked/);
  assert.match(page, /3 fresh/);
  assert.match(page, /<td>gen<\/td>\s*<td>2<\/td>/);
  assert.match(page, /<b id=own>own<\/b>/);
  assert.match(page, /src="data:image\/svg\+xml;base64,/);
  assert.match(page, /before the end/);
  assert.match(page, /no &#60;good&#62;/);
  assert.match(page, /&#60;script&#62;alert\(1\)/);
  assert.ok(!page.includes("<script>alert(1)"));
  assert.match(page, /<pre>[^<]*red\n/);
  assert.match(page, /<svg class="timeline"/);
  assert.match(page, /critical path \(outlined\) is/);
  assert.equal((page.match(/<g class="node/g) ?? []).length, 6);
  assert.doesNotMatch(page, /(?:src|href)="(?:https?:)?\/\//);
});

test("notes are those of the last run", async () => {
  const w = await staged({ tasks: '    a: { inputs: ["in"], run: async (ctx) => { const fs = await import("node:fs"); for (const word of fs.readFileSync("in", "utf8").split(" ")) ctx.report.md(word); } },', files: { in: "one two three" }, given: ["build"] });
  w.write("in", "four");
  await w.tg("build");
  const page = (await w.tg("report -o -")).stdout;
  assert.match(page, /four/);
  assert.doesNotMatch(page, /two|three/);
});

test("a result that comes back from the store brings its notes along, and one without notes none", async () => {
  const w = await staged({ tasks: '    a: { inputs: ["in"], cache: { store: true }, run: async (ctx) => { const text = (await import("node:fs")).readFileSync("in", "utf8"); if (text !== "none") ctx.report.md("says " + text, "Sizes"); return text; } },', files: { in: "one" }, given: ["build"] });
  for (const text of ["two", "none"]) {
    w.write("in", text);
    await w.tg("build");
  }
  for (const [text, other] of [["one", "two"], ["two", "one"], ["none", "one"]] as const) {
    w.write("in", text);
    assert.match((await w.tg("build")).stderr, /1 restored/);
    const page = (await w.tg("report -o -")).stdout;
    assert.equal(page.includes(`<p>says ${text}`), text !== "none", text);
    assert.equal(page.includes(`<p>says ${other}`), false, text);
  }
});

test("what hooks and the members of a chain say stands behind one another, and goes with the function that said it", async () => {
  const says = (text: string): string => `(ctx) => { ctx.report.md("by ${text}"); }`;
  const tasks = (run: string): string => `
    two: chain([{ inputs: ["in"], run: ${says("one")} }, { outputs: ["out"], run: async (ctx) => { ctx.report.md("by two"); (await import("node:fs")).writeFileSync("out", "1"); } }]),
    cmd: { inputs: ["in"], before: ${says("before")}, run: "true", afterRun: ${says("after")} },
    fn: { inputs: ["in"], before: ${says("early")}, run: ${run}, afterRun: ${says("late")} },
    was: { inputs: ["in"], run: ${run} },`;
  const config = (text: string): string => `import { chain } from "tg-build";\nexport default { tasks: {${text}\n} };\n`;
  const w = await workspace({ in: "1", "tasks.config.ts": config(tasks(says("run"))) });
  const said = async (): Promise<string[]> => [...(await w.tg("report -o -")).stdout.matchAll(/<h3>([^<]*)<\/h3><p>by (\w+)/g)].map(([, task, word]) => `${task}: ${word}`).sort();
  assert.equal((await w.tg("build")).code, 0);
  const always = ["cmd: after", "cmd: before", "fn: early", "fn: late", "two: one", "two: two"];
  assert.deepEqual(await said(), [...always, "fn: run", "was: run"].sort());
  w.write("in", "2");
  assert.equal((await w.tg("build")).code, 0);
  assert.deepEqual(await said(), [...always, "fn: run", "was: run"].sort());
  w.write("tasks.config.ts", config(tasks('"true"')));
  assert.equal((await w.tg("build")).code, 0);
  assert.deepEqual(await said(), always);
});

test("a picture of the graph alone, and of more tasks than can be drawn none", async () => {
  const w = await workspace({ "tasks.config.ts": 'export default { tasks: Object.fromEntries(Array.from({ length: 500 }, (_, i) => ["t" + i, { outputs: ["o" + i], run: "touch o" + i }])) };\n' });
  assert.match((await w.tg("graph --format html")).stdout, /500 tasks are too many to draw/);
  const few = (await w.tg("graph t1 t2 --format html")).stdout;
  assert.equal((few.match(/<g class="node stale"/g) ?? []).length, 2);
  assert.doesNotMatch(few, /Timeline|id="tasks"/);
});

tell([
  { title: "a page that cannot be written", tasks: '    a: { outputs: ["a"], run: "touch a" },', when: "report -o no/where/page.html", then: `
      2| tg: cannot write no/where/page.html: no such file or folder
      2|     try: -o names another file
      exit 2` },
  { title: "a page before the first build", tasks: '    a: { outputs: ["a"], run: "touch a" },', when: "report -o p.html", then: `
      1| tg: wrote p.html
      exit 0` },
  { title: "an image that is none", tasks: '    a: { run: (ctx) => { ctx.report.image(new Uint8Array([1, 2])); } },', when: "build", then: `
      2| ✗ a (N s) — TypeError: ctx.report.image takes a PNG, JPEG, GIF, WebP or SVG
      2| tg: task "a": TypeError: ctx.report.image takes a PNG, JPEG, GIF, WebP or SVG
      2|     Object.run tasks.config.ts:3:37
      2| tg: 1 failed (N s)
      exit 1` },
]);

test("a page about a build in which everything is known to be fresh", async () => {
  const w = await workspace({ "tasks.config.ts": 'import { foreach } from "tg-build";\nexport default { tasks: { a: foreach(Array.from({ length: 12 }, (_, i) => i), ({ key }) => ({ inputs: ["x"], outputs: [`o/${key}`], run: `echo said; cp x o/${key}` })) } };', x: "1" });
  assert.equal((await w.tg("build -q")).code, 0);
  // Files that were young then are read again here, and are known from then on.
  assert.equal((await w.tg("build")).code, 0);
  const made = await w.tg("report -o page.html");
  assert.deepEqual([made.code, made.stdout, made.stderr], [0, "tg: wrote page.html\n", ""]);
  assert.equal(w.read("page.html").match(/said/g)?.length, 12);
});
