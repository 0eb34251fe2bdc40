// Completion as a shell uses it: bash for real, the words for all.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { staged, tell } from "../support/story.ts";
import type { Workspace } from "../support/rig.ts";

const TASKS = '    "build:app": { outputs: ["a"], run: "touch a", tags: ["ci", "app"] },\n    "build lib": { tags: ["ci"], outputs: ["b"], run: "touch b" },\n    clean: { outputs: ["c"], run: "touch c" },';

async function words(w: Workspace, ...line: string[]): Promise<string[]> {
  return (await w.tg(["completion", "words", "--", ...line])).stdout.split("\n").filter((word) => word !== "");
}

test("commands, flags of the command, and targets of the stored graph", async () => {
  const w = await staged({ tasks: TASKS });
  assert.deepEqual(await words(w, "buil"), ["build"], "nothing is stored yet, and nothing is evaluated for a key press");
  assert.equal(w.exists(".tg/state"), false);
  await w.tg("build");
  assert.deepEqual(await words(w, "buil"), ["build"], "the first word is a command");
  assert.deepEqual(await words(w, "build", "buil"), ["build lib", "build:app"]);
  assert.deepEqual(await words(w, "build", "--keep"), ["--keep-going"].concat((await words(w, "build", "--keep-t")).length > 0 ? ["--keep-temp"] : []));
  w.write("x/y", "");
  assert.deepEqual(await words(w, "-C", "x", "status", "cl"), ["clean"]);
  assert.deepEqual(await words(w, "list", ""), []);
  assert.deepEqual(await words(w, "graph", "--form"), ["--format"]);
  assert.deepEqual(await words(w, "status", "tag:"), ["tag:app", "tag:ci"]);
});

test("what a flag may be given, and nothing where that is anything", async () => {
  const w = await staged({ tasks: TASKS, given: ["build"] });
  assert.deepEqual(await words(w, "graph", "--format", ""), ["ascii", "dot", "html", "json", "mermaid"]);
  assert.deepEqual(await words(w, "graph", "--format=m"), ["--format=mermaid"]);
  assert.deepEqual(await words(w, "export", "--to", "ni"), ["ninja"]);
  assert.deepEqual(await words(w, "export", "--to", "ninja", "cl"), ["clean"]);
  assert.deepEqual(await words(w, "build", "--skip", "cl"), ["clean"]);
  for (const line of [["build", "-j", ""], ["build", "-kj", ""], ["build", "--summary", ""], ["logs", "--run", ""]]) assert.deepEqual(await words(w, ...line), [], line.join(" "));
  assert.deepEqual(await words(w, "cache", ""), ["clear", "gc", "size"]);
  assert.deepEqual(await words(w, "completion", "z"), ["zsh"]);
});

const MAKERS = '    app: { outputs: ["out/bin/app", "out/bin/app.map", { path: "out/log", optional: true }], run: "touch out/bin/app out/bin/app.map" },\n    docs: { outputs: ["site/"], run: "touch site/x" },\n    gen: { outputs: ["gen/*.c"], run: "mkdir -p gen; touch gen/a.c" },\n    deep: { intermediates: ["deep/a/b/c.o"], run: "touch deep/a/b/c.o" },';

test("declared outputs, on disk or not, as far as the next choice", async () => {
  const w = await staged({ tasks: MAKERS, given: ["build"] });
  await w.sh("rm -r out site gen deep");
  assert.deepEqual(await words(w, "build", "out/"), ["out/bin/", "out/log"]);
  assert.deepEqual(await words(w, "build", "out/b"), ["out/bin/app", "out/bin/app.map"], "there is but one way");
  assert.deepEqual(await words(w, "why", "./o"), ["./out/bin/", "./out/log"]);
  assert.deepEqual(await words(w, "build", "d"), ["deep", "docs", "deep/a/b/c.o"]);
  assert.deepEqual(await words(w, "build", "s"), ["site/"], "an owned folder is a target itself");
  assert.deepEqual(await words(w, "build", "gen/"), [], "a pattern names no file");
  assert.deepEqual(await words(w, "build", "--skip", "out/l"), ["out/log"]);
  assert.deepEqual(await words(w, "build", ""), ["app", "deep", "docs", "gen"], "names alone where nothing is written yet");
  w.write("sub/x", "");
  const below = await w.sh("cd sub && tg completion words -- build ../out/bin/app.");
  assert.equal(below.stdout, "../out/bin/app.map\n");
});

test("targets of the project that -C or -c names", async () => {
  const w = await staged({ files: { "p/tasks.config.ts": 'export default { tasks: { appear: { outputs: ["out/a"], run: "echo > out/a" } } };\n', "p/sub/x": "", "q/x": "" } });
  await w.tg("-C p build");
  for (const line of [["-C", "p", "build", "ap"], ["build", "-Cq", "-C", "../p", "ap"], ["-c", "p/tasks.config.ts", "build", "ap"], ["-C", "q", "status", "--config=../p/tasks.config.ts", "ap"]]) assert.deepEqual(await words(w, ...line), ["appear"], line.join(" "));
  assert.deepEqual(await words(w, "-C", "p/sub", "build", "../o"), ["../out/a"]);
  assert.deepEqual((await w.sh("cd p && tg completion words -- -C ../q build ap")).stdout, "");
});

test("outside a project there are commands all the same", async () => {
  const w = await staged({});
  assert.deepEqual(await words(w, "ver"), ["verify"]);
});

const ask = (line: string): string => `source <(tg completion bash); COMP_LINE=${JSON.stringify(line)}; COMP_POINT=\${#COMP_LINE}; _tg; printf '%s\\n' "\${COMPREPLY[@]}"`;

test("bash gets what it can put on the line", { skip: spawnSync("bash", ["--version"]).status !== 0 }, async () => {
  const w = await staged({ tasks: TASKS, given: ["build"] });
  const reply = async (line: string): Promise<string[]> => (await w.sh(`bash -c '${ask(line).replaceAll("'", "'\\''")}'`)).stdout.split("\n").filter((word) => word !== "");
  assert.deepEqual(await reply("tg stat"), ["status"]);
  assert.deepEqual(await reply("tg build bui"), ["build\\ lib", "build:app"]);
  assert.deepEqual(await reply("tg build build:"), ["app"], "bash has the part before the colon already");
  assert.deepEqual(await reply("tg status --ch"), ["--check"]);
});

test("zsh and fish read their scripts", async () => {
  const w = await staged({ tasks: MAKERS, given: ["build"] });
  const has = (shell: string): boolean => spawnSync(shell, ["--version"]).status === 0;
  if (has("zsh")) assert.equal((await w.sh("tg completion zsh > tg.zsh && zsh -n tg.zsh")).code, 0);
  if (has("fish")) assert.equal((await w.sh(`HOME=$PWD fish -c 'tg completion fish | source; complete -C "tg build out/"'`)).stdout, "out/bin/\nout/log\n");
});

tell([
  { title: "a shell that tg does not know", when: "completion tcsh", then: `
      2| tg: tg completion takes no "tcsh", expected bash, zsh or fish
      2|     try: tg completion --help
      exit 2` },
  { title: "no shell", when: "completion", then: `
      2| tg: tg completion needs a shell
      2|     try: tg completion --help
      exit 2` },
]);
