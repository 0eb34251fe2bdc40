// What tasks share, on the built command: a pool of one, amounts, rates, priorities, and that whatever ends gives back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { workspace } from "../support/rig.ts";
import { config, tell } from "../support/story.ts";

function generated(count: number, task: string, top = ""): string {
  return `export default {${top}\n  tasks: Object.fromEntries(Array.from({ length: ${count} }, (_, i) => [\`t[\${i}]\`, ${task}])),\n};\n`;
}

test("a pool of one with 200 tasks: never two at once, though some are killed and some fail", async () => {
  const run = "`mkdir in || echo ${i} >>overlap; echo ${i} >>ran.log; rmdir in; case ${i} in *7) kill -9 $$;; *3) exit 1;; esac`";
  const w = await workspace({ "tasks.config.ts": generated(200, `{ pool: "db", run: ${run} }`, "\n  pools: { db: 1 },") });
  const end = await w.tg("build -k -j 8 -q");
  assert.equal(end.code, 1);
  assert.equal(w.exists("overlap"), false);
  assert.equal(w.ran().split(",").length, 200);
});

test("amounts: two that fit run together, a third waits; a timeout gives its amount back", async () => {
  const w = await workspace();
  const gate = w.gate("g");
  w.write("tasks.config.ts", config(`
    a: { resources: { lab: 1 }, timeout: "60s", run: ${JSON.stringify(gate.command)} },
    b: { resources: { lab: 0.5 }, run: ${JSON.stringify(gate.command)} },
    late: { resources: { lab: 1 }, timeout: "300ms", run: "sleep 30" },
    last: { resources: { lab: 1.5 }, run: "echo last >>ran.log" },`, "\n  resources: { lab: 1.5 },\n  jobs: 4,"));
  const run = w.start("build -k -v --no-prefix");
  await Promise.all([gate.reached(), gate.reached()]);
  gate.release(1);
  await run.until(/✓ [ab]/);
  gate.release(1);
  const end = await run.done;
  assert.equal(end.code, 1);
  assert.match(end.stderr, /✗ late .* timed out/);
  assert.equal(w.ran(), "last");
});

test("a rate spreads the starts of a family", async () => {
  const w = await workspace({ "tasks.config.ts": `import { foreach } from "tg-build";\nexport default { tasks: { t: foreach([1, 2, 3, 4, 5, 6, 7, 8, 9], () => ({ rate: "4/s", run: "true" })) } };\n` });
  const begun = Date.now();
  const out = (await w.tg("build -j 9 --json")).stdout.trim().split("\n").map((line) => JSON.parse(line) as { event: string; start: number });
  const starts = out.filter((event) => event.event === "task-started").map((event) => event.start);
  assert.equal(starts.length, 9);
  // How late each is told the machine decides; that none is early is known from before the first.
  for (const [i, start] of starts.entries()) assert.ok(start - begun >= 1000 * Math.floor(i / 4), `${begun}: ${starts}`);
});

test("priority decides among ready tasks; one by one in the order of the config it does not", async () => {
  const w = await workspace({ "tasks.config.ts": config(["a", "b", "c"].map((name, i) => `    ${name}: { pool: "one", priority: ${i}, run: "echo ${name} >>ran.log" },`).join("\n"), "\n  pools: { one: 1 },") });
  await w.tg("build -j 2");
  assert.equal(w.ranInOrder(), "c,b,a");
  await w.tg("build -j 1");
  assert.equal(w.ranInOrder(), "a,b,c");
});

tell([
  { title: "more than there is: it runs alone, with a warning", files: { "tasks.config.ts": config('    big: { resources: { lab: 3 }, run: "true" },', "\n  resources: { lab: 2 },") }, when: "build", then: `
      2| tg: warning: task "big" asks for 3 of "lab", and there is 2; it runs with nothing beside it
      2|     try: correct one of them: "resources" of the task, or "resources" at the top of the config
      2| ✓ big (N s) — never ran (+1 more)
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "a misspelt pool and resource", files: { "tasks.config.ts": config('    a: { pool: "lnik", resources: { gup: 1 }, run: "true" },', "\n  pools: { link: 2 },\n  resources: { gpu: 1 },") }, when: "build", then: `
      2| tg: task "a": "pool" is "lnik", expected the name of a pool in "pools" at the top of the config (did you mean "link"?)
      2|     at tasks.config.ts:3
      2| tg: task "a": "resources.gup" is 1, expected a resource with a total in "resources" at the top of the config (did you mean "gpu"?)
      2|     at tasks.config.ts:3
      exit 2` },
  { title: "limits are not in the key", files: { in: "1", "tasks.config.ts": config('    a: { inputs: ["in"], run: "true" },') }, given: ["build", (w) => w.write("tasks.config.ts", config('    a: { inputs: ["in"], run: "true", timeout: "5m", deadline: "1h", retries: 2, pool: "p", rate: "1/s", priority: 1, resources: { cpu: 1 } },', "\n  pools: { p: 1 },"))], when: "build", then: `
      1| tg: 1 task up to date (N s)
      exit 0` },
]);

test("a task that is made again for another keeps to its pool", async () => {
  const alone = (text: string): string => `mkdir lock || exit 9; ${text}; rmdir lock`;
  const w = await workspace({ in: "1", n: "1", "tasks.config.ts": config(`
    mid: { inputs: ["in"], intermediates: ["mid"], pool: "one", run: "${alone("cp in mid")}" },
    gen: { inputs: ["n"], outputs: ["g"], run: "cp n g" },
    first: { inputs: ["mid", "g"], outputs: ["u"], run: "cat g > u; rm mid" },
    then: { inputs: ["mid", "g"], after: ["first"], outputs: ["v"], run: "cat mid g > v" },
    long: { always: true, pool: "one", run: "${alone("sleep 1")}" },`, '\n  pools: { one: 1 },') });
  assert.equal((await w.tg("build -j4")).code, 0);
  w.write("n", "2");
  const run = await w.tg("build -j4");
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /5 ran/);
});
