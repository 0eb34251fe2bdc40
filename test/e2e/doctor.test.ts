// tg doctor on the built command: each thing it finds, and that it writes nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { staged, tell, transcript } from "../support/story.ts";
import type { Workspace } from "../support/rig.ts";

/** What depends on the machine that runs the test is left out. */
async function diagnosis(w: Workspace): Promise<string> {
  return transcript(await w.tg("doctor"), w).split("\n").filter((line) => !/✓ tg |files may be open|ulimit|folders may be watched|sysctl/.test(line)).join("\n").replace(/: \d[\d.]* [KM]?i?B/, ": <size>");
}

test("a project in order", async () => {
  const w = await staged({ tasks: '    a: { inputs: ["in"], outputs: ["out"], run: "cp in out" },', files: { in: "1\n" }, given: ["build"] });
  assert.equal(await diagnosis(w), "1| ✓ <w>/tasks.config.ts: 1 task\n1| ✓ state in <w>/.tg: <size>\n1| tg: all is well\nexit 0");
});

test("the whole version of the runtime", async () => {
  const w = await staged({ tasks: "" });
  assert.match((await w.tg("doctor")).stdout, /^✓ tg \S+ (node|bun|deno) \d+\.\d+\.\d+\S*\n/);
});

test("what works today and hurts later", async () => {
  const w = await staged({ tasks: '    a: { run: "echo $STAGE" },\n    b: { outputs: ["dist/"], run: "touch dist/x" },\n    c: { outputs: ["kept"], run: ["no-such-program"], tools: ["nor-this --version"] },\n    d: { inputs: ["kept"], run: "cd lib && make -j8" },\n    e: { inputs: ["kept"], run: "ninja -j 4" },', files: { "dist/x": "", kept: "" } });
  await w.sh("git init -q . && git add dist kept");
  const before = w.list();
  assert.equal(await diagnosis(w), `1| ✓ <w>/tasks.config.ts: 5 tasks
1| ! 1 task with nothing to judge by, run in every build: a
1|     say what they read (inputs) or make (outputs), or always: true if that is meant
1| ! 1 task with variables that nobody declares: a ($STAGE)
1|     env: [NAME] makes a change of it count; \\$NAME if the shell sets it
1| ! 2 tasks with jobs beside those of tg -j: d (make -j8), e (ninja -j 4)
1|     leave -j out of it: it then takes those of tg's that are free
1| ✗ 2 programs not found: "no-such-program" of "c", "nor-this" of "c"
1|     install it, or correct the name
1| ! 2 files that tasks make are under version control: dist/x, kept
1|     git rm --cached, and a line in .gitignore; or leave it if it is meant to be kept
1| tg: 1 fault, 4 pieces of advice
exit 1`);
  assert.deepEqual(w.list(), before);
  assert.equal(w.exists(".tg"), false);
});

test("a state folder that is computed", async () => {
  const w = await staged({ tasks: '    a: { always: true, run: "true" },\n  },\n  stateDir: ["st", "ate"].join(""),\n  pools: {' });
  assert.equal(await diagnosis(w), `1| ✓ <w>/tasks.config.ts: 1 task
1| ! stateDir is computed (state): tg evaluates the config in every build, and keeps what it made of it in .tg
1|     write it as a literal text in the config
1| tg: 1 piece of advice
exit 0`);
});

test("a file where the state folder is to be", async () => {
  const w = await staged({ tasks: '    a: { run: "true" },', files: { ".tg": "a file" } });
  assert.equal(await diagnosis(w), `1| ✗ no build can begin here
1|     tg: cannot use the state folder <w>/.tg: not a folder
1|         try: remove what stands there, or set "stateDir" in the config
1| tg: 1 fault
exit 1`);
});

test("a config that does not load", async () => {
  const w = await staged({ tasks: '    a: { run: "true", deps: ["b"] },' });
  assert.match(await diagnosis(w), /^1\| ✗ the config does not load\n1\| {5}tg: task "a": .*"b"[^]*exit 1$/);
});

tell([
  { title: "doctor takes no words", tasks: '    a: { run: "true" },', when: "doctor x", then: `
      2| tg: tg doctor takes no argument "x"
      2|     try: tg doctor --help
      exit 2` },
]);
