// Each thing that tg says in passing, word for word; none of them stops a build.
import fs from "node:fs";
import path from "node:path";
import assert from "node:assert/strict";
import { test } from "node:test";
import { config, neat, staged, tell, transcript } from "../support/story.ts";
import { entriesOf, journalOf, resealed, section, textIn, write } from "../support/reseal.ts";
import { workspace, type Workspace } from "../support/rig.ts";
import { HEADER_BYTES } from "../../src/store/container.ts";

const A = '    a: { inputs: ["in"], outputs: ["out"], run: "cp in out" },';
/** A task for each file of a folder into which another one writes. */
const LISTING = `import { readdirSync } from "node:fs";
const each = readdirSync("made").map((name) => ["made-" + name, { inputs: ["made/" + name], outputs: ["out/" + name], run: "cp made/" + name + " out/" + name }]);
export default { jobs: 1, tasks: { ...Object.fromEntries(each), gen: { inputs: ["in"], outputs: [{ path: "made/b" }], run: "cp in made/b" } } };
`;
const edit = (file: string, content: string) => (w: Workspace) => w.write(file, content);
const folder = (w: Workspace): void => {
  w.remove("out");
  w.write("out/mine", "1\n");
};
const redefine = (tasks: string) => (w: Workspace) => w.write("tasks.config.ts", config(tasks));

/** The state. */
tell([
  { title: "state-damaged: the state", tasks: A, files: { in: "1\n" }, given: ["build", (w) => damage(w, "state", 200)], when: "build", then: `
      2| tg: warning: the state was damaged at byte N; what is lost of it will run again
      2| ✓ a (N s) — never ran
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "state-damaged: status says so as well", tasks: A, files: { in: "1\n" }, given: ["build", (w) => damage(w, "state", 200)], when: "status", then: `
      1| a  stale        never ran
      1|
      1| tg: 1 task: 1 stale
      2| tg: warning: the state was damaged at byte N; what is lost of it will run again
      exit 0` },
  { title: "state-damaged: so does why", tasks: A, files: { in: "1\n" }, given: ["build", (w) => damage(w, "state", 200)], when: "why a", then: `
      1| a is stale:
      1|   never ran
      2| tg: warning: the state was damaged at byte N; what is lost of it will run again
      exit 0` },
  { title: "state-damaged: and a dry run", tasks: A, files: { in: "1\n" }, given: ["build", (w) => damage(w, "state", 200)], when: "build -n", then: `
      1| * a  never ran
      1|
      1| tg: 1 would run, 0 fresh (dry run)
      2| tg: warning: the state was damaged at byte N; what is lost of it will run again
      exit 0` },
  { title: "state-damaged: the journal's end", tasks: A, files: { in: "1\n" }, given: ["build", edit("in", "2\n"), "build", (w) => fs.appendFileSync(path.join(w.dir, ".tg/journal"), "torn")], when: "build", then: `
      1| tg: 1 task up to date (N s)
      2| tg: warning: the journal of the state was damaged at byte N; what is lost of it will run again
      exit 0` },
  { title: "state-foreign", tasks: A, files: { in: "1\n" }, given: ["build", foreign], when: "build", then: `
      2| tg: warning: the state was written by another version (99); starting over
      2| ✓ a (N s) — never ran
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "state-not-saved", tasks: '    a: { outputs: ["out"], run: "touch out; rm -f .tg/state; mkdir -p .tg/state/x" },', when: "build", then: `
      2| ✓ a (N s) — never ran
      2| tg: warning: could not save the state: is a folder; the next build will repeat work
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "took-over-lock", tasks: A, files: { in: "1\n" }, given: [(w) => w.write(".tg/lock", JSON.stringify({ pid: 999999999, start: "1", boot: "gone", command: "tg build", nonce: "00ff", since: 1 }))], when: "build", then: `
      2| tg: took over from a tg that ended without cleaning up (pid N)
      2| ✓ a (N s) — never ran
      2| tg: 1 ran (N s)
      exit 0` },
]);

test("wherever the state is damaged, what only tells of it starts over", async () => {
  const w = await workspace({ in: "1\n", "tasks.config.ts": config(A) });
  await w.tg("build");
  const file = path.join(w.dir, ".tg/state");
  const whole = fs.readFileSync(file);
  const told = async (args: string, share: number): Promise<void> => {
    fs.writeFileSync(file, whole);
    damage(w, "state", Math.floor(whole.length * share));
    const { code, stdout, stderr } = await w.tg(args);
    assert.equal(code, 0, `${args} at ${share}: ${stderr}`);
    assert.match(stderr, /^(tg: warning: the state was (damaged at byte [\d,]+; what is lost of it will run again|written by another version \(.*\); starting over)\n)?$/, `${args} at ${share}`);
    assert.notEqual(stdout, "");
  };
  for (let part = 0; part < 32; part++) await told("status --json", part / 32);
  for (const args of ["status -vv", "graph --format html", "report -o -"]) for (const share of [0.48, 0.5, 0.52]) await told(args, share);
});

test("a state that makes no sense, and has the right checksums, is put aside", async () => {
  const tasks = `${A}
    b: { inputs: ["out"], outputs: ["copy"], run: "cp out copy" },`;
  const w = await workspace({ in: "1\n", "tasks.config.ts": config(tasks) });
  await w.tg("build");
  w.write("in", "2\n");
  await w.tg("build");
  const read = (file: string): Buffer => fs.readFileSync(path.join(w.dir, ".tg", file));
  const [state, journal] = [read("state"), read("journal")];
  const entries = entriesOf(journal);
  const others = (entry: number, text: string): Buffer => journalOf(entries.map((bytes, at) => (at === entry ? Buffer.from(text) : bytes)));
  const written = (name: string, text: string) => resealed(state, (bytes) => write(bytes, section(bytes, name), text));
  const texts = (name: string, text: string) => resealed(state, (bytes) => write(bytes, textIn(bytes, name, 0), text));
  const senseless: readonly (readonly [what: string, state: Buffer, journal: Buffer | null])[] = [
    ["no record", texts("records", "null"), null],
    ["a record of nothing", texts("records", '["ok"]'), null],
    ["no text of a record", texts("records", '["ok'), null],
    ["no task", texts("definitions", "{}"), null],
    ["an action of no kind", texts("definitions", '{"name":"a","action":7}'), null],
    ["no meta", written("meta", "[]"), null],
    ["offsets that go back", written("needStart", "\0\0\0\0\xff\xff\xff\xff\x01\0\0\0"), null],
    ["a need that is no task", written("needs", "\xf0\xf0\xf0\xf0"), null],
    ["an order of other tasks", written("order", "\xf0\xf0\xf0\xf0\xf1\xf0\xf0\xf0"), null],
    ["no directory", resealed(state, (bytes) => bytes.write("!", HEADER_BYTES)), null],
    ["an entry that is none", state, others(1, "nonsense")],
    ["an entry of null", state, others(1, "null")],
    ["rows that do not follow", state, others(1, '["p",999,"x"]')],
  ];
  for (const [what, first, second] of senseless) {
    fs.writeFileSync(path.join(w.dir, ".tg/state"), first);
    if (second === null) w.remove(".tg/journal");
    else fs.writeFileSync(path.join(w.dir, ".tg/journal"), second);
    w.write("in", "3\n");
    for (const args of ["status", "why a", "build", "build"]) {
      const { code, stderr } = await w.tg(args);
      assert.equal(code, 0, `${what}: ${args}: ${stderr}`);
      assert.doesNotMatch(stderr, /internal error/, `${what}: ${args}`);
      if (args === "status") assert.match(stderr, /^tg: warning: the (journal of the )?state was damaged at byte [\d,]+; what is lost of it will run again$/m, what);
    }
    assert.deepEqual([w.read("copy"), (await w.tg("build")).stderr], ["3\n", ""], what);
  }
});

function damage(w: Workspace, file: string, at: number): void {
  const full = path.join(w.dir, ".tg", file);
  const bytes = fs.readFileSync(full);
  bytes[at]! ^= 0xff;
  fs.writeFileSync(full, bytes);
}

/** The format's number stands behind the magic. */
function foreign(w: Workspace): void {
  const full = path.join(w.dir, ".tg/state");
  const bytes = fs.readFileSync(full);
  bytes.writeUInt32LE(99, 4);
  fs.writeFileSync(full, bytes);
}

/** Outputs that somebody edited or nobody makes any more. */
tell([
  { title: "drift-saved", tasks: A, files: { in: "1\n" }, given: ["build", edit("out", "by hand\n")], when: "build", then: `
      2| tg: out was edited by hand and is made again by "a"; the edit is kept in .tg/saved/<time>/out
      2| ✓ a (N s) — output changed outside tg: out
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "drift-saved: a folder where the file was", tasks: A, files: { in: "1\n" }, given: ["build", folder], when: "build", then: `
      2| tg: out was edited by hand and is made again by "a"; the edit is kept in .tg/saved/<time>/out
      2| ✓ a (N s) — output changed outside tg: out
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "drift-saved: a folder that came after a failure", tasks: A.replace("cp in out", "test ! -e bad && cp in out"), files: { in: "1\n" }, given: ["build", edit("in", "2\n"), edit("bad", ""), "build", folder, (w) => w.remove("bad")], when: "build", then: `
      2| tg: out was edited by hand and is made again by "a"; the edit is kept in .tg/saved/<time>/out
      2| ✓ a (N s) — failed last time (+1 more)
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "drift-saved: a folder among the files of a pattern", tasks: '    a: { inputs: ["in"], outputs: ["g/*.x"], run: "cp in g/1.x" },', files: { in: "1\n" }, given: ["build", (w) => (w.remove("g/1.x"), w.write("g/1.x/mine", "1\n"))], when: "build", then: `
      2| tg: g/1.x was edited by hand and is made again by "a"; the edit is kept in .tg/saved/<time>/g/1.x
      2| ✓ a (N s) — output changed outside tg: g/1.x
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "drift: keep says nothing", tasks: A.replace("run", 'drift: "keep", run'), files: { in: "1\n" }, given: ["build", edit("out", "by hand\n")], when: "build", then: `
      1| tg: 1 task up to date (N s)
      exit 0` },
  { title: "foreign-saved", tasks: '    a: { inputs: ["in"], outputs: ["d/"], run: "cp in d/x" },', files: { in: "1\n", "d/mine": "1\n" }, when: "build", then: `
      2| tg: d/mine is not of "a", which begins without it; it is kept in .tg/saved/<time>/d/mine
      2| ✓ a (N s) — never ran
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "foreign-saved: not what it made itself by another definition", tasks: A, files: { in: "1\n" }, given: ["build", redefine(A.replace('["out"]', '["out/"]').replace("cp in out", "cp in out/x"))], when: "build", then: `
      2| ✓ a (N s) — command changed (cp in out → cp in out/x) (+1 more)
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "foreign-saved: several, and after the state was lost", tasks: '    a: { inputs: ["in"], outputs: ["d/"], run: "cp in d/x; cp in d/y" },', files: { in: "1\n" }, given: ["build", (w) => w.remove(".tg")], when: "build", then: `
      2| tg: 2 files in d that tg has no record of are kept in .tg/saved/<time>/d; "a" owns the folder and empties it
      2| ✓ a (N s) — never ran
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "output-in-cwd", tasks: '    a: { cwd: "p", inputs: ["p/in"], outputs: ["dist/"], run: "mkdir dist; cp in dist/" },', files: { "p/in": "1\n" }, when: "build", then: `
      2| tg: warning: task "a" left dist/ empty, and there is p/dist/
      2|     try: paths begin at the root, not in "cwd": p/dist/
      2| ✓ a (N s) — never ran
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "foreign-matched", tasks: '    a: { inputs: ["in"], outputs: ["g/*"], run: "cp in g/x" },', files: { in: "1\n", "g/mine": "1\n" }, when: "build", then: `
      2| tg: g/mine was there before the first run of "a" and matches its outputs: it counts as one of them, and goes before the next run; a copy is kept in .tg/saved/<time>/g/mine
      2| ✓ a (N s) — never ran
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "foreign-matched: several", tasks: '    a: { inputs: ["in"], outputs: ["g/*"], run: "cp in g/x" },', files: { in: "1\n", "g/mine": "1\n", "g/my": "2\n" }, when: "build", then: `
      2| tg: 2 files that were there before the first run of "a" match its outputs (g/mine, …): they count as such, and go before the next run; copies are kept in .tg/saved/<time>/
      2| ✓ a (N s) — never ran
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "foreign-matched: status and -n tell what goes", tasks: '    a: { inputs: ["in"], outputs: ["g/*"], run: "cp in g/x" },', files: { in: "1\n", "g/mine": "1\n" }, given: ["build", edit("in", "2\n")], when: "status -v", then: `
      1| a  stale        input changed: in
      1|                   file, 2 B, 0d314824 → file, 2 B, cd7a79f2
      1|                 goes before it runs: g/mine (there before the first run; a copy was kept then)
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "foreign-matched: so does -n", tasks: '    a: { inputs: ["in"], outputs: ["g/*"], run: "cp in g/x" },', files: { in: "1\n", "g/mine": "1\n" }, given: ["build", edit("in", "2\n")], when: "build -n", then: `
      1| * a  input changed: in
      1|      goes before it runs: g/mine (there before the first run; a copy was kept then)
      1|
      1| tg: 1 would run, 0 fresh (dry run)
      exit 0` },
  { title: "foreign-matched: nothing is left to tell once it has gone", tasks: '    a: { inputs: ["in"], outputs: ["g/*"], run: "cp in g/x" },', files: { in: "1\n", "g/mine": "1\n" }, given: ["build", edit("in", "2\n"), "build", edit("in", "3\n")], when: "build -n", then: `
      1| * a  input changed: in
      1|
      1| tg: 1 would run, 0 fresh (dry run)
      exit 0` },
  { title: "leftover-removed: what stands beside outputs", tasks: A + '\n    b: { outputs: ["b"], depfile: "b.d", files: { "b.rsp": "1", "b.txt": "2" }, run: "touch b; echo b: in > b.d" },', files: { in: "1\n" }, given: ["build", edit("b.txt", "by hand"), redefine(A)], when: "build", then: `
      1| tg: 1 task up to date (N s)
      2| tg: removed 3 leftovers that no task makes any more: b, b.rsp, b.d
      exit 0` },
  { title: "leftover-removed: a depfile that is an output, too", tasks: A + '\n    b: { outputs: ["b"], intermediates: ["b.d"], depfile: "b.d", run: "touch b; echo b: in > b.d" },', files: { in: "1\n" }, given: ["build", redefine(A)], when: "build", then: `
      1| tg: 1 task up to date (N s)
      2| tg: removed 2 leftovers that no task makes any more: b, b.d
      exit 0` },
  { title: "leftovers, as status sees what the build will remove", tasks: '    gen: { inputs: ["in"], outputs: ["gen/old.c"], run: "cp in gen/old.c" },\n    use: { inputs: ["gen/*.c"], run: "true" },', files: { in: "1\n", "gen/kept.c": "" }, given: ["build", redefine('    use: { inputs: ["gen/*.c"], run: "true" },')], when: "status -v", then: `
      1| use  stale        input removed: gen/old.c
      1|                     file, 2 B, 0d314824 → nothing
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "leftovers, and the build then", tasks: '    gen: { inputs: ["in"], outputs: ["gen/old.c"], run: "cp in gen/old.c" },\n    use: { inputs: ["gen/*.c"], run: "true" },', files: { in: "1\n", "gen/kept.c": "" }, given: ["build", redefine('    use: { inputs: ["gen/*.c"], run: "true" },')], when: "build", then: `
      2| tg: removed 1 leftover that no task makes any more: gen/old.c
      2| ✓ use (N s) — input removed: gen/old.c
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "param-unused", files: { "tasks.config.ts": config('    a: { outputs: ["a"], run: "touch a" },', '\n  params: { n: { type: "number", default: 1 } },') }, when: "build --param n=2", then: `
      2| tg: warning: no task has the parameter "n"; setting it changes nothing
      2|     try: params: ["n"] in the tasks that use it
      2| ✓ a (N s) — never ran
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "leftover-removed", tasks: A, files: { in: "1\n" }, given: ["build", redefine(A.replace('"out"', '"new"').replace("cp in out", "cp in new"))], when: "build", then: `
      2| tg: removed 1 leftover that no task makes any more: out
      2| ✓ a (N s) — command changed (cp in out → cp in new) (+1 more)
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "leftover-removed: of a vanished task", tasks: A + '\n    b: { outputs: ["b"], run: "touch b" },', files: { in: "1\n" }, given: ["build", redefine(A)], when: "build", then: `
      1| tg: 1 task up to date (N s)
      2| tg: removed 1 leftover that no task makes any more: b
      exit 0` },
  { title: "leftover-kept: edited", tasks: A, files: { in: "1\n" }, given: ["build", edit("out", "by hand\n"), redefine('    b: { run: "true", inputs: ["in"] },')], when: "build", then: `
      2| tg: warning: out is made by no task any more, but was edited; it is kept
      2|     try: tg clean --dead removes it
      2| ✓ b (N s) — never ran
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "leftover-kept: edited, of a task that has another output and has run since", tasks: A, files: { in: "1\n" }, given: ["build", edit("out", "by hand\n"), redefine(A.replace('"out"', '"new"').replace("cp in out", "cp in new")), "build", "build"], when: "status", then: `
      1| a  fresh
      1| left over, edited, kept: out (tg clean --dead removes it)
      1|
      1| tg: 1 task, fresh
      exit 0` },
  { title: "leftover-kept: edited, and removed once the task has run", tasks: A, files: { in: "1\n" }, given: ["build", edit("out", "by hand\n"), redefine(A.replace('"out"', '"new"').replace("cp in out", "cp in new")), "build"], when: "clean --dead", then: `
      1| removed out
      1| tg: removed 1 path
      exit 0` },
  { title: "leftover-kept: edited, of a task that has not run yet", tasks: A, files: { in: "1\n" }, given: ["build", edit("out", "by hand\n"), redefine(A.replace('"out"', '"new"').replace("cp in out", "cp in new") + '\n    b: { outputs: ["b"], run: "touch b" },'), "build b"], when: "status", then: `
      1| a  stale        command changed (cp in out → cp in new) (+2 more)
      1| b  fresh
      1| left over, edited, kept: out (tg clean --dead removes it)
      1|
      1| tg: 2 tasks: 1 stale, 1 fresh
      exit 0` },
  { title: "leftover-kept: a source now", tasks: A, files: { in: "1\n" }, given: ["build", redefine('    b: { inputs: ["out"], run: "true" },')], when: "build", then: `
      2| tg: warning: out is made by no task any more and is a source now
      2| ✓ b (N s) — never ran
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "renamed", tasks: A, files: { in: "1\n" }, given: ["build", redefine(A.replace("a:", "copy:"))], when: "build", then: `
      1| tg: 1 task up to date (N s)
      2| tg: task "a" is now "copy"; its record is kept
      exit 0` },
  { title: "two tasks that exchange names run, against what these stood for", tasks: `${A}\n    b: { inputs: ["in2"], outputs: ["out2"], run: "cp in2 out2" },`, files: { in: "1\n", in2: "2\n" }, given: ["build", redefine(`${A.replace("a:", "b:")}\n    a: { inputs: ["in2"], outputs: ["out2"], run: "cp in2 out2" },`)], when: "build -j1", then: `
      2| ✓ b (N s) — command changed (cp in2 out2 → cp in out) (+4 more)
      2| ✓ a (N s) — command changed (cp in out → cp in2 out2) (+4 more)
      2| tg: 2 ran (N s)
      exit 0` },
  { title: "nondeterministic", tasks: '    a: { inputs: ["in"], outputs: ["out"], run: "echo $$ > out" },', files: { in: "1\n" }, given: ["build"], when: "build -f", then: `
      2| ✓ a (N s) — forced
      2| tg: warning: task "a" made another out from the same inputs
      2| tg: 1 ran (N s)
      exit 0` },
]);

/** Declarations, and what a command left behind. */
tell([
  { title: "env-not-declared", tasks: `    a: { inputs: ["in"], run: "echo $TARGET_HOST \\\\$OTHER '$THIRD'" },`, files: { in: "1\n" }, when: "build", then: `
      2| tg: warning: task "a" uses $TARGET_HOST without declaring it: a change of it is not seen
      2|     try: env: ["TARGET_HOST"], or \\$TARGET_HOST if the shell sets it
      2| ✓ a (N s) — never ran
      2| $OTHER $THIRD
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "env-not-declared: in a chain", files: { "tasks.config.ts": `import { chain } from "tg-build";\nexport default { tasks: { a: chain([{ env: { OWN: "1" }, inputs: ["in"], run: "echo $OWN $TARGET_HOST" }, { env: ["SAID"], run: "echo $OWN $SAID $TARGET_HOST" }, { run: ["echo", "$NONE"] }]) } };\n`, in: "1\n" }, when: "build", options: { env: { TARGET_HOST: "" } }, then: `
      2| tg: warning: task "a" uses $TARGET_HOST without declaring it: a change of it is not seen
      2|     try: env: ["TARGET_HOST"], or \\$TARGET_HOST if the shell sets it
      2| tg: warning: task "a" uses $OWN without declaring it: a change of it is not seen
      2|     try: env: ["OWN"], or \\$OWN if the shell sets it
      2| ✓ a (N s) — never ran
      2| 1
      2|
      2| $NONE
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "env-not-declared: once", tasks: `    a: { inputs: ["in"], run: "echo $TARGET_HOST" },`, files: { in: "1\n" }, given: ["build", edit("in", "2\n")], when: "build", then: `
      2| ✓ a (N s) — input changed: in
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "deprecated", tasks: '    a: { deprecated: "use dist", inputs: ["in"], run: "true" },', files: { in: "1\n" }, when: "build a", then: `
      2| tg: warning: task "a" is deprecated: use dist
      2| ✓ a (N s) — never ran
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "deprecated: not named, not told", tasks: '    a: { deprecated: "use dist", inputs: ["in"], run: "true" },\n    all: { deps: ["a"] },', files: { in: "1\n" }, when: "build all", then: `
      2| ✓ a (N s) — never ran
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "skipped-upstream", tasks: '    gen: { inputs: ["in"], outputs: ["mid"], run: "cp in mid" },\n    use: { inputs: ["mid"], run: "true" },', files: { in: "1\n" }, given: ["build", edit("in", "2\n")], when: "build --skip gen", then: `
      1| tg: 1 task up to date, 1 skipped (N s)
      2| tg: warning: task "use" is judged by files of "gen", which is not fresh but skipped
      exit 0` },
  { title: "skipped-intermediate", tasks: '    gen: { inputs: ["in"], intermediates: ["mid"], run: "cp in mid" },\n    use: { inputs: ["mid", "more"], outputs: ["out"], run: "cat more > out; cat mid >> out 2> /dev/null; rm -f mid" },', files: { in: "1\n", more: "m\n" }, given: ["build", edit("more", "2\n")], when: "build --skip gen", then: `
      2| tg: warning: task "use" runs without mid: "gen", which makes it, is skipped
      2| ✓ use (N s) — input changed: more
      2| tg: 1 ran, 1 skipped (N s)
      exit 0` },
  { title: "future-mtime", tasks: A, files: { in: "1\n" }, given: [(w) => fs.utimesSync(path.join(w.dir, "in"), 4e9, 4e9)], when: "build", then: `
      2| tg: warning: in is dated in the future; its content is read every time
      2| ✓ a (N s) — never ran
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "future-mtime: and its content counts", tasks: A, files: { in: "1\n" }, given: ["build", edit("in", "2\n"), (w) => fs.utimesSync(path.join(w.dir, "in"), 4e9, 4e9)], when: "status", then: `
      1| a  stale        input changed: in
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "config-unsettled", files: { "tasks.config.ts": LISTING, in: "1\n", "made/a": "1\n" }, when: "build", then: `
      2| ✓ made-a (N s) — never ran
      2| ✓ gen (N s) — never ran
      2| tg: warning: this build changed made/, which the config had read; by what it says now a task is to run: "made-b"
      2|     try: tg build again; a list that a task makes is taken up in the same build by foreach({ from })
      2| tg: 2 ran (N s)
      exit 0` },
  { title: "config-unsettled: it is so", files: { "tasks.config.ts": LISTING, in: "1\n", "made/a": "1\n" }, given: ["build"], when: "build", then: `
      2| ✓ made-b (N s) — never ran
      2| tg: 1 ran, 2 fresh (N s)
      exit 0` },
  { title: "config-unsettled: it says nothing else now", files: { "tasks.config.ts": LISTING, in: "1\n", "made/b": "1\n" }, given: [(w) => w.remove("made/b"), (w) => w.write("made/.keep", "")], when: "build gen", then: `
      2| ✓ gen (N s) — never ran
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "config-unsettled: it cannot be loaded any more", files: { "tasks.config.ts": 'import { existsSync } from "node:fs";\nif (existsSync("out")) throw new Error("no");\nexport default { tasks: { a: { inputs: ["in"], outputs: ["out"], run: "cp in out" } } };\n', in: "1\n" }, when: "build", then: `
      2| ✓ a (N s) — never ran
      2| tg: warning: this build changed out, which the config had read; as it is now, the same build is refused
      2|     try: tg build again says why
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "untracked-import", files: { "tasks.config.ts": 'const name = "x";\nconst { tasks } = await import(`./${name}.mjs`);\nexport default { tasks };\n', "x.mjs": 'export const tasks = { a: { run: "true" } };\n' }, when: "build", then: `
      2| tg: warning: tasks.config.ts:2 imports by a computed name; tg cannot see when that file changes
      2|     try: import it by a literal name
      2| ✓ a (N s) — never ran (+1 more)
      2| tg: 1 ran (N s)
      exit 0` },
]);

test("config-beside: told when the config is evaluated, and when another one comes; not of one that is named", async () => {
  const w = await staged({ tasks: A, files: { in: "1\n" } });
  const said = async (words: string): Promise<string> => transcript(await w.tg(words), w);
  const warning = "2| tg: warning: tasks.config.ts is the config; tasks.config.mjs beside it is not read\n2|     try: remove what is not meant, or name what is: -c FILE\n";
  assert.equal(await said("build"), "2| ✓ a (N s) — never ran\n2| tg: 1 ran (N s)\nexit 0");
  w.write("tasks.config.mjs", "export default { tasks: {} };\n");
  assert.equal(await said("status"), "1| a  fresh\n1|\n1| tg: 1 task, fresh\n" + warning + "exit 0");
  assert.equal(await said("build -c tasks.config.ts"), "1| tg: 1 task up to date (N s)\nexit 0");
  w.write("tasks.config.ts", config(A + "\n    // a word"));
  assert.equal(await said("build"), "1| tg: 1 task up to date (N s)\n" + warning + "exit 0");
  assert.equal(await said("build"), "1| tg: 1 task up to date (N s)\nexit 0");
  assert.match((await w.tg("doctor")).stdout, /^! tasks\.config\.ts is the config; tasks\.config\.mjs beside it is not read\n {4}remove what is not meant, or name what is: -c FILE$/m);
});

test("processes-left", async () => {
  const w = await staged({});
  const gate = w.gate("g");
  w.write("tasks.config.mjs", `export default { tasks: { a: { run: ${JSON.stringify(`(${gate.command}) > /dev/null 2>&1 &`)} } } };`);
  const run = await w.tg("build");
  gate.release();
  assert.equal(transcript(run, w), ['2| tg: warning: task "a" left a process running: N', "2| ✓ a (N s) — never ran (+1 more)", "2| tg: 1 ran (N s)", "exit 0"].join("\n"));
});

test("processes-left: what a command of a function has left", { skip: process.platform !== "linux" }, async () => {
  const w = await staged({});
  const gate = w.gate("g");
  w.write("tasks.config.mjs", `import { execSync } from "node:child_process";\nexport default { tasks: { a: { run: () => void execSync(${JSON.stringify(`(${gate.command}) > /dev/null 2>&1 &`)}) } } };`);
  const run = await w.tg("build");
  gate.release();
  assert.equal(transcript(run, w), ['2| tg: warning: task "a" left a process running: N', "2| ✓ a (N s) — never ran", "2| tg: 1 ran (N s)", "exit 0"].join("\n"));
});

test("processes-left: not who has ended while tg heard it", async () => {
  const w = await staged({ tasks: '    a: { run: "{ sleep 0.4; echo late; } & echo early" },' });
  assert.equal(transcript(await w.tg("build"), w), ["2| ✓ a (N s) — never ran (+1 more)", "2| early", "2| late", "2| tg: 1 ran (N s)", "exit 0"].join("\n"));
});

test("a dry run tells what the build removes, and what it keeps no word of", async () => {
  const w = await staged({ tasks: '    a: { outputs: ["a", "b", "c"], run: "touch a b c" },', given: ["build"] });
  w.write("tasks.config.ts", config('    a: { outputs: ["a"], run: "touch a" },'));
  w.write("c", "mine\n");
  const dry = await w.tg("build -n");
  assert.equal(transcript(dry, w), ["1| * a  command changed (touch a b c → touch a) (+2 more)", "1|", "1| tg: would remove 1 leftover that no task makes any more: b", "1| tg: 1 would run, 0 fresh (dry run)", "exit 0"].join("\n"));
  assert.match((await w.tg("build")).stderr, /removed 1 leftover that no task makes any more: b$/m);
  assert.equal(transcript(await w.tg("build -n"), w), "1| tg: nothing would run, 1 task is fresh\nexit 0");
});

test("others-at-work", async () => {
  const w = await staged({});
  const gate = w.gate("g");
  w.write("tasks.config.mjs", `export default { tasks: { a: { outputs: ["out"], run: ${JSON.stringify(gate.command + "; touch out")} } } };`);
  const first = w.start("build a");
  await gate.reached();
  const news = "2| tg: tg build a (pid N, started N s ago) is working here; what it runs just now is told as interrupted";
  assert.equal(transcript(await w.tg("status -v"), w), ["1| a  stale        was interrupted", "1|", "1| tg: 1 task: 1 stale", news, "exit 0"].join("\n"));
  assert.match(transcript(await w.tg("build -n"), w), /is working here/);
  assert.doesNotMatch(transcript(await w.tg("status -q"), w), /is working here/);
  gate.release();
  assert.equal((await first.done).code, 0);
  assert.equal(transcript(await w.tg("status"), w), "1| a  fresh\n1|\n1| tg: 1 task, fresh\nexit 0");
});

test("locked-above: a command that calls tg", { skip: process.platform !== "linux" }, async () => {
  const w = await staged({ tasks: '    a: { outputs: ["a"], run: "touch a" },\n    b: { run: "tg build a > nested 2>&1; echo $? >> nested" },' });
  const run = await w.tg("build b");
  assert.equal(run.code, 0, run.stderr);
  assert.equal(neat(w.read("nested"), w), 'tg: tg build b (pid N) waits for the command that calls tg here: neither would ever end\n    try: name what it needs in "deps" instead of calling tg in a command\n3\n');
});

test("locked-above: not where all it asks for is fresh", { skip: process.platform !== "linux" }, async () => {
  const w = await staged({ files: { in: "1\n" }, tasks: '    a: { inputs: ["in"], outputs: ["a"], run: "cp in a" },\n    b: { after: ["a"], inputs: ["in"], run: "tg build a > nested 2>&1; echo $? >> nested; tg build c >> nested 2>&1; echo $? >> nested" },\n    c: { inputs: ["in"], outputs: ["c"], run: "cp in c" },' });
  const told = "tg: 1 task up to date (N s)\n0\ntg: tg build b (pid N) waits for the command that calls tg here: neither would ever end\n    try: name what it needs in \"deps\" instead of calling tg in a command\n3\n";
  for (const text of ["1\n", "2\n"]) {
    w.write("in", text);
    const run = await w.tg("build b");
    assert.equal(run.code, 0, run.stderr);
    assert.equal(neat(w.read("nested"), w), told);
    assert.deepEqual([w.read("a"), w.exists("c")], [text, false]);
  }
  assert.match((await w.tg("build a b")).stdout, /2 tasks up to date/);
});

test("waiting-for-lock", async () => {
  const w = await staged({});
  const gate = w.gate("g");
  w.write("tasks.config.mjs", `export default { tasks: { a: { outputs: ["out"], run: ${JSON.stringify(gate.command + "; touch out")} } } };`);
  const first = w.start("build a");
  await gate.reached();
  const second = w.start("build");
  await second.until(/waiting/);
  gate.release();
  assert.equal((await first.done).code, 0);
  assert.equal(transcript(await second.done, w), ["1| tg: 1 task up to date (N s)", "2| tg: waiting for tg build a (pid N, started N s ago)", "exit 0"].join("\n"));
});

test("what is edited while another build gets ready is seen by who has waited for it", async () => {
  const w = await staged({});
  const gate = w.gate("g");
  w.write("tasks.config.mjs", `export default { setup: ${JSON.stringify(gate.command)}, tasks: { a: { inputs: ["a.txt"], outputs: ["a.out"], run: "cp a.txt a.out" }, b: { inputs: ["b.txt"], run: "true" } } };`);
  w.write("a.txt", "1");
  w.write("b.txt", "1");
  gate.release();
  assert.equal((await w.tg("build")).code, 0);
  await gate.reached();
  w.write("b.txt", "2");
  const first = w.start("build");
  await gate.reached();
  w.write("a.txt", "2");
  const second = w.start("build");
  await second.until(/waiting/);
  gate.release(2);
  assert.equal((await first.done).code, 0);
  assert.match(transcript(await second.done, w), /^2\| ✓ a .*input changed: a\.txt$/m);
  assert.equal(w.read("a.out"), "2");
});
