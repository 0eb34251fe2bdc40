// Targets by what has changed in git (@since:REF), in real repositories.
import fs from "node:fs";
import path from "node:path";
import assert from "node:assert/strict";
import { test } from "node:test";
import { config, staged, tell, transcript } from "../support/story.ts";
import { onDeno, workspace, type RunOptions, type Workspace } from "../support/rig.ts";

const GIT = "git -c user.name=t -c user.email=t@t -c commit.gpgsign=false -c init.defaultBranch=main -c protocol.file.allow=always";

async function git(w: Workspace, text: string, options?: RunOptions): Promise<string> {
  const done = await w.sh(`set -e; git() { command ${GIT} "$@"; }; ${text}`, options);
  assert.equal(done.code, 0, done.stderr);
  return done.stdout;
}

const commit = (w: Workspace): Promise<string> => git(w, "git add -A; git commit -qm more");
/** The files so far are a commit, on main. */
const begun = (w: Workspace): Promise<string> => git(w, "git init -q .; [ ! -e tool.sh ] || chmod +x tool.sh; git add -A; git commit -qm one");
const write = (file: string, content: string) => (w: Workspace) => w.write(file, content);
const sh = (text: string) => (w: Workspace) => git(w, text);

/** The tasks that a word names, by what would be forced. */
async function named(w: Workspace, words: string | readonly string[], options?: RunOptions): Promise<string> {
  const told = await w.tg(["build", "-nf", "--json", ...(typeof words === "string" ? [words] : words)], options);
  assert.equal(told.code, 0, told.stderr);
  const tasks = told.stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as { task: string; reasons: { code: string }[] });
  return tasks.filter(({ reasons }) => reasons.some(({ code }) => code === "forced")).map(({ task }) => task).sort().join(" ");
}

const IGNORED = "out/\ndist/\n.tg/\n";
const TASKS = `    gen: { inputs: ["schema/*.json"], outputs: ["out/types.ts"], run: "cat schema/*.json > out/types.ts" },
    dist: { inputs: ["src/**/*.ts", "!src/**/*.test.ts", "out/types.ts"], outputs: ["dist/"], run: "cat out/types.ts > dist/all.js" },
    test: { deps: ["parts"], inputs: ["src/a.test.ts"], run: "true" },
    lint: { inputs: ["lib/", { path: "lint.json", optional: true }], run: "true", tags: ["check"] },
    late: { after: ["gen"], inputs: ["late"], run: "true" },
    fmt: { inout: ["fmt.txt"], run: "true" },
    in: { stdin: "in put.txt", tools: ["./tool.sh"], run: "cat" },
    parts: { deps: ["dist"] },
    all: { deps: ["test", "lint", "fmt", "in"], validate: ["late"] },`;
const FILES = {
  "tasks.config.ts": config(TASKS), ".gitignore": IGNORED, "schema/a.json": "{}\n", "schema/b.json": "{}\n", "src/a.ts": "1\n", "src/deep/ä b.ts": "1\n", "src/a.test.ts": "1\n",
  "lib/x": "1\n", "lib/.hidden": "1\n", late: "1\n", "fmt.txt": "1\n", "in put.txt": "1\n", "tool.sh": "#!/bin/sh\n", other: "1\n",
};

/** What an edit affects. */
const EDITS: readonly (readonly [title: string, edit: (w: Workspace) => unknown, names: string])[] = [
  ["nothing", () => {}, ""],
  ["a file that no task reads", write("other", "2\n"), ""],
  ["a file of a pattern, and all that takes content from it", write("schema/a.json", "[]\n"), "dist gen test"],
  ["a name with a blank and other letters", write("src/deep/ä b.ts", "2\n"), "dist test"],
  ["a negated file, named by another task", write("src/a.test.ts", "2\n"), "test"],
  ["a file in a folder", write("lib/x", "2\n"), "lint"],
  ["a hidden one", write("lib/.hidden", "2\n"), "lint"],
  ["an optional file that has come", write("lint.json", "{}\n"), "lint"],
  ["an untracked file", write("schema/c.json", "{}\n"), "dist gen test"],
  ["an ignored file", write("dist/x", "{}\n"), ""],
  ["a staged file", async (w) => (w.write("lib/y", "1\n"), git(w, "git add lib/y")), "lint"],
  ["a staged edit, taken back in the work tree", async (w) => (w.write("lib/x", "2\n"), await git(w, "git add lib/x"), w.write("lib/x", "1\n")), ""],
  ["a deleted file", (w) => w.remove("schema/b.json"), "dist gen test"],
  ["a renamed file: both names", sh("git mv schema/b.json src/b.ts"), "dist gen test"],
  ["a renamed file, in the work tree alone", sh("mv lib/x src/x.ts"), "dist lint test"],
  ["a mode", sh("chmod +x lib/x"), "lint"],
  ["a file that has become a link", sh("rm lib/x; ln -s y lib/x"), "lint"],
  ["a touched file", sh("touch -d 2001-01-01 lib/x"), ""],
  ["a file rewritten in place", write("fmt.txt", "2\n"), "fmt"],
  ["standard input", write("in put.txt", "2\n"), "in"],
  ["a program named by its path", write("tool.sh", "#!/bin/sh\ntrue\n"), "in"],
  ["order is no reason: what follows it is not affected", write("schema/a.json", "1\n"), "dist gen test"],
  ["a comment in the config: all, as the old definitions are not known", write("tasks.config.ts", config(TASKS) + "// more\n"), "dist fmt gen in late lint test"],
];

for (const [title, edit, names] of EDITS) {
  test(`affected: ${title}`, async () => {
    const w = await staged({ files: FILES, given: [begun, edit] });
    assert.equal(await named(w, "@since:HEAD"), names);
    // The same once it is built, and committed.
    await w.tg("build");
    assert.equal(await named(w, "@since:HEAD"), names);
    await git(w, "git add -A; git commit -qm two --allow-empty");
    assert.equal(await named(w, "@since:HEAD"), "");
    assert.equal(await named(w, "@since:HEAD~1"), names);
  });
}

test("a file deleted from the index alone", async () => {
  const w = await staged({ files: FILES, given: [begun, sh("git rm -q --cached lib/x")] });
  assert.equal(await named(w, "@since:HEAD"), "lint");
  await git(w, "git commit -qm two");
  assert.equal(await named(w, "@since:HEAD"), "lint");
});

tell([
  { title: "builds what is affected and what that needs; fresh stays fresh", files: FILES, given: [begun, "build gen", write("src/a.ts", "2\n")], when: "build @since:HEAD", then: `
      2| ✓ dist (N s) — never ran
      2| ✓ test (N s) — never ran
      2| tg: 2 ran, 1 fresh (N s)
      exit 0` },
  { title: "once more: nothing runs", files: FILES, given: [begun, write("src/a.ts", "2\n"), "build @since:HEAD"], when: "build @since:HEAD", then: `
      1| tg: 3 tasks up to date (N s)
      exit 0` },
  ...[["clean", "remove"], ["clean -n", "remove"], ["touch", "accept"]].map(([command, what]) => ({ title: `nothing-affected: tg ${command} says it as well`, files: FILES, given: [begun, write("other", "2\n")], when: `${command} @since:HEAD`, then: `
      1| tg: nothing to ${what}
      2| tg: nothing to do: no task is affected by what has changed since "HEAD"
      exit 0` })),
  { title: "nothing-affected: in one line", files: FILES, given: [begun, write("other", "2\n")], when: "build @since:main @since:HEAD", then: `
      2| tg: nothing to do: no task is affected by what has changed since "main", "HEAD"
      exit 0` },
  { title: "nothing-affected: before the first build, -n", files: FILES, given: [begun], when: "build -n @since:main", then: `
      1| tg: nothing would run
      2| tg: nothing to do: no task is affected by what has changed since "main"
      exit 0` },
  { title: "nothing-affected: status", files: FILES, given: [begun], when: "status --check @since:main", then: `
      1| tg: no tasks
      2| tg: nothing to do: no task is affected by what has changed since "main"
      exit 0` },
  { title: "together with others: either", files: FILES, given: [begun, write("schema/a.json", "1\n")], when: "status @since:HEAD tag:check", then: `
      1| gen    stale        never ran
      1| dist   stale        never ran
      1| test   stale        never ran
      1| lint   stale        never ran
      1| parts  maybe stale  may change: what "dist" makes
      1|
      1| tg: 4 tasks: 4 stale
      exit 0` },
  { title: "with --skip, in either place", files: FILES, given: [begun, "build", write("schema/a.json", "1\n")], when: "build -n dist @since:HEAD --skip gen", then: `
      1| tg: nothing would run, 2 tasks are fresh, 1 skipped
      exit 0` },
  { title: "--skip of what has changed", files: FILES, given: [begun, "build", write("lib/x", "2\n"), write("late", "2\n")], when: "build lint late --skip @since:HEAD", then: `
      1| tg: nothing to do (N s)
      exit 0` },
  { title: "--skip of what has changed, when nothing has", files: FILES, given: [begun, "build"], when: "build lint --skip @since:HEAD", then: `
      1| tg: 1 task up to date (N s)
      exit 0` },
  { title: "why", files: FILES, given: [begun, "build", write("lib/x", "2\n")], when: "why @since:HEAD", then: `
      1| lint is stale:
      1|   input changed: lib/x
      1|     file, 2 B, 0d314824 → file, 2 B, cd7a79f2
      exit 0` },
  { title: "clean, list first", files: FILES, given: [begun, "build", write("schema/a.json", "2\n")], when: "clean -n @since:HEAD", then: `
      1| would remove dist/
      1| would remove out/types.ts
      1| tg: would remove 2 paths
      exit 0` },
  { title: "clean --state: of nothing that is affected, nothing", files: FILES, given: [begun, "build", "clean --state @since:HEAD"], when: "build", then: `
      1| tg: 7 tasks up to date (N s)
      exit 0` },
  { title: "since-not-here: where one task is meant", files: FILES, given: [begun], when: "logs @since:main", then: `
      2| tg: "@since:main" may be many tasks, and one is meant here
      2|     try: tg status @since:main names them
      exit 2` },
  { title: "since-not-here: in the config", files: { ...FILES, "tasks.config.ts": config(TASKS, '\n  default: ["@since:main"],') }, given: [begun], when: "build", then: `
      2| tg: config: "default" has "@since:main", which is another list for each commit
      2|     at tasks.config.ts:13
      2|     try: tg build @since:main, or a script of package.json that says so
      exit 2` },
  { title: "git-no-repository", files: FILES, when: "build @since:main", options: { env: { GIT_CEILING_DIRECTORIES: "/" } }, then: `
      2| tg: "@since:main" asks git, and <w> is in no repository
      2|     try: git init, or name tasks
      exit 2` },
  { title: "git-no-commit", files: FILES, given: [sh("git init -q .; git add -A")], when: "build @since:HEAD", then: `
      2| tg: "@since:HEAD" asks what has changed since a commit, and the repository has none yet
      2|     try: tg build, which runs nothing that is fresh
      exit 2` },
  { title: "git-unknown-ref", files: FILES, given: [begun], when: ["build", "@since:origin/no such"], then: `
      2| tg: git knows no commit "origin/no such" here
      2|     try: git branch --all and git tag list names; one that only the remote has: git fetch origin 'no such', then @since:FETCH_HEAD
      exit 2` },
  { title: "git-unknown-ref: more commits back than there are", files: FILES, given: [begun], when: ["build", "@since:HEAD~9"], then: `
      2| tg: git knows no commit "HEAD~9" here
      2|     try: git branch --all and git tag list names
      exit 2` },
  { title: "git-unknown-ref: one that would be an option", files: FILES, given: [begun], when: "build @since:--help", then: `
      2| tg: git knows no commit "--help" here
      2|     try: git branch --all and git tag list names
      exit 2` },
  { title: "git-unknown-ref: a range", files: FILES, given: [begun], when: "build @since:main...HEAD", then: `
      2| tg: git knows no commit "main...HEAD" here
      2|     try: @since:main, which asks for what came since HEAD and it parted
      exit 2` },
  { title: "git-unknown-ref: the files of a commit", files: FILES, given: [begun], when: "build @since:main^{tree}", then: `
      2| tg: "main^{tree}" is a folder to git, not a commit
      2|     try: @since:main
      exit 2` },
  { title: "git-unknown-ref: a file in a commit", files: FILES, given: [begun], when: "build @since:HEAD:tasks.config.ts", then: `
      2| tg: "HEAD:tasks.config.ts" is a file to git, not a commit
      2|     try: @since:HEAD
      exit 2` },
  { title: "git-unknown-ref: no name", files: FILES, given: [begun], when: "build @since:", then: `
      2| tg: "@since:" names no commit
      2|     try: @since:main, @since:HEAD~1, @since:v1.0
      exit 2` },
  { title: "git-no-base: histories without a common commit", files: FILES, given: [begun, sh("git checkout -q --orphan other; git commit -qm other")], when: "build @since:main", then: `
      2| tg: "main" and HEAD have no commit in common, so nobody can tell what has changed since
      2|     try: name a commit that HEAD comes from: git log --oneline lists them
      exit 2` },
  { title: "git-failed", files: FILES, given: [begun, write(".git/config", "[core\n")], when: "build @since:HEAD", then: `
      2| tg: git cannot say what "@since:HEAD" is: bad config line 1 in file .git/config
      2|     try: git status in the config's folder says the same
      exit 2` },
  { title: "an exact task name wins", tasks: '    "@since:main": { run: "true" },', when: "build @since:main", then: `
      2| ✓ @since:main (N s) — never ran (+1 more)
      2| tg: 1 ran (N s)
      exit 0` },
]);

test("git-missing", async () => {
  const w = await staged({ files: FILES });
  w.write("bin/node", "");
  const told = await w.tg("build @since:main", { env: { PATH: path.join(w.dir, "bin") } });
  assert.equal(transcript(told, w), '2| tg: "@since:main" asks git, and there is no program "git" on PATH\n2|     try: install it, or name tasks\nexit 2');
});

test("what counts since a branch is what came after the two parted, and not what came to it", async () => {
  const w = await staged({ files: FILES, given: [begun] });
  await git(w, "git checkout -q -b work; echo 2 > lib/x; git commit -qam work; git checkout -q main; echo 2 > late; git commit -qam main; git checkout -q work");
  assert.equal(await named(w, "@since:main"), "lint");
  await git(w, "git checkout -q --detach; git tag here");
  assert.equal(await named(w, "@since:main"), "lint");
  assert.equal(await named(w, "@since:here"), "");
  // As a service for pull requests checks it out: merged into main.
  await git(w, "git checkout -q main; git merge -q work -m merged");
  assert.equal(await named(w, "@since:HEAD^1"), "lint");
});

test("a conflict counts, as does what a merge brings", async () => {
  const w = await staged({ files: FILES, given: [begun] });
  await git(w, "git checkout -q -b work; echo 2 > lib/x; echo 2 > late; git commit -qam work; git checkout -q main; echo 3 > lib/x; git commit -qam main; git merge -q work || true");
  assert.equal(await named(w, "@since:HEAD"), "late lint");
});

test("a shallow clone says so, and knows more when it has the history", async () => {
  const w = await staged({ files: FILES, given: [begun] });
  await git(w, "git checkout -q -b work; echo 2 > lib/x; git commit -qam work; git checkout -q main; echo 2 > late; git commit -qam main");
  await git(w, 'git clone -q --depth 1 --no-single-branch --branch work "file://$PWD" clone; echo clone >> .git/info/exclude');
  const at = { cwd: "clone" };
  assert.equal(transcript(await w.tg("build @since:origin/main", at), w), `2| tg: "origin/main" and HEAD have no commit in common in this clone, which lacks history, so nobody can tell what has changed since
2|     try: git fetch --unshallow origin main; on GitHub Actions "fetch-depth: 0" for actions/checkout
exit 2`);
  assert.equal(transcript(await w.tg("build @since:v1", at), w), `2| tg: git knows no commit "v1" here, and this clone lacks history
2|     try: git fetch --unshallow; on GitHub Actions "fetch-depth: 0" for actions/checkout
exit 2`);
  await git(w, "git fetch -q --unshallow", at);
  assert.equal(await named(w, "@since:origin/main", at), "lint");
});

test("a partial clone has git fetch what it lacks, and says so where it cannot", async () => {
  const w = await staged({ files: { ...FILES, late: "as it was\n" }, given: [begun] });
  await git(w, "echo 22 > late; git commit -qam two; git config uploadpack.allowFilter true; git config uploadpack.allowAnySHA1InWant true");
  await git(w, 'git clone -q --filter=blob:none "file://$PWD" clone; echo clone >> .git/info/exclude');
  const at = { cwd: "clone" };
  assert.equal(await named(w, "@since:HEAD~1", at), "late");
  w.write("clone/late", "333\n");
  await git(w, "mv .git away");
  const told = transcript(await w.tg("build -n @since:HEAD~1", at), w);
  assert.equal(told.replaceAll(/'[^']*'/g, "'DIR'"), `2| tg: git cannot say what "@since:HEAD~1" is: this is a partial clone, and what it lacks could not be fetched: 'DIR' does not appear to be a git repository
2|     try: again where the remote can be reached, or once, for all of it: git fetch --refetch --no-filter
exit 2`);
  await git(w, "mv away .git");
  assert.equal(await named(w, "@since:HEAD~1", at), "late");
});

test("a sparse checkout: what is not checked out is no change", async () => {
  const w = await staged({ files: { ...FILES, "big/x": "1\n" }, given: [begun] });
  await git(w, "echo 2 > big/x; echo 2 > late; git commit -qam two; git sparse-checkout set --no-cone '/*' '!/big/' > said");
  assert.equal(fs.existsSync(path.join(w.dir, "big/x")), false);
  assert.equal(await named(w, "@since:HEAD~1"), "late");
});

test("a root below the top of the repository: files beside it count where tasks read them", async () => {
  const files = { "app one/tasks.config.ts": config('    a: { inputs: ["in"], run: "true" },\n    b: { inputs: ["../shared/*.h"], run: "true" },\n    c: { inputs: ["sub/**"], outputs: ["o"], run: "cp sub/x o" },'), "app one/in": "", "app one/sub/x": "", "shared/x.h": "", in: "", ".gitignore": "o\n.tg\n" };
  const w = await staged({ files, given: [begun] });
  const at = { cwd: "app one" };
  for (const [file, names] of [["app one/in", "a"], ["shared/x.h", "b"], ["in", ""], ["shared/new.h", "b"], ["app one/sub/y", "c"]] as const) {
    w.write(file, "2\n");
    assert.equal(await named(w, "@since:HEAD", at), names, file);
    assert.equal(await named(w, "@since:HEAD", { cwd: "app one/sub" }), names, file);
    assert.equal(await named(w, ["-C", "app one", "@since:HEAD"]), names, file);
    await git(w, 'git checkout -q .; git clean -qfd');
  }
  await git(w, 'ln -s "app one" link; echo link >> .git/info/exclude; echo 2 > shared/x.h; echo 2 > "app one/in"');
  assert.equal(await named(w, ["-C", "link", "@since:HEAD"]), "a b");
});

test("in a hook of git, which tells where it is in variables", async () => {
  const w = await staged({ files: { "sub/tasks.config.ts": config('    a: { inputs: ["in"], run: "true" },'), "sub/in": "1\n", ".gitignore": ".tg\n" }, given: [begun, write("sub/in", "2\n")] });
  assert.equal(await named(w, ["-C", "sub", "@since:HEAD"], { env: { GIT_DIR: ".git", GIT_INDEX_FILE: ".git/index", GIT_PREFIX: "" } }), "a");
});

test("a worktree of its own, and a submodule: any difference in it affects what reads below it", async () => {
  const w = await staged({ files: { "tasks.config.ts": config('    a: { inputs: ["mod/x"], run: "true" },\n    b: { inputs: ["mod/**/*.c"], run: "true" },\n    c: { inputs: ["in"], run: "true" },'), in: "1\n", ".gitignore": ".tg\n" }, given: [begun] });
  await git(w, 'git init -q ../mod; cd ../mod; echo 1 > x; echo 1 > y.c; git add -A; git commit -qm one');
  await git(w, 'git submodule --quiet add ../mod mod 2>/dev/null || git submodule --quiet add "$PWD/../mod" mod; git commit -qm mod');
  assert.equal(await named(w, "@since:HEAD"), "");
  w.write("mod/x", "2\n");
  assert.equal(await named(w, "@since:HEAD"), "a b");
  await git(w, "cd mod; git add -A; git commit -qm two");
  assert.equal(await named(w, "@since:HEAD"), "a b");
  await git(w, "git commit -qam three; git worktree add -q ../tree HEAD~1; cd ../tree; echo 2 > in; git submodule --quiet update --init");
  assert.equal(await named(w, "@since:HEAD", { cwd: "../tree" }), "c");
});

test("a tracked link: what it leads to counts by its own name, and another link counts for what is read through it", async () => {
  const w = await staged({ files: { "tasks.config.ts": config('    a: { inputs: ["now/x"], run: "true" },\n    b: { inputs: ["v1/x"], run: "true" },\n    c: { inputs: ["v2/x"], run: "true" },'), "v1/x": "1\n", "v2/x": "2\n", ".gitignore": ".tg\n" }, given: [sh("ln -s v1 now"), begun] });
  await git(w, "rm now; ln -s v2 now");
  assert.equal(await named(w, "@since:HEAD"), "a");
  await git(w, "git checkout -q now; echo 3 > v1/x");
  assert.equal(await named(w, "@since:HEAD"), "a b");
});

test("what is read through links that patterns, depfiles, functions, tools, families and the config come across", async () => {
  const w = await staged({
    files: {
      "tasks.config.ts": `import { readFileSync } from "node:fs";\nimport { foreach } from "tg-build";\nconst text = readFileSync("now/data.json", "utf8").trim();\n${config(`    all: { inputs: ["none"], run: "true " + text },
    star: { inputs: ["pk/*/x"], run: "true" },
    folder: { inputs: ["pk/"], run: "true" },
    cc: { inputs: ["none"], depfile: { path: "out/d", format: "lines" }, run: "mkdir -p out; echo now/x.h > out/d" },
    ask: { inputs: ["none"], run: async (ctx) => { await ctx.glob("now/*.ask"); } },
    tool: { inputs: ["none"], tools: ["./tool"], run: "true" },
    again: { inputs: ["self/deep/*", "self/none"], run: "true" },
    pages: foreach("now/*.md", ({ file, stem }) => ({ inputs: [file], outputs: ["out/" + stem], run: "cp " + file + " out/" + stem })),`)}`,
      none: "", "v1/data.json": "1\n", "v1/x.h": "1\n", "v1/a.md": "1\n", "v1/b.md": "1\n", "v1/tool.sh": "#!/bin/sh\n", "real/a/x": "1\n", "deep/x": "1\n", ".gitignore": "out/\n.tg/\n",
    },
    given: [sh("chmod +x v1/tool.sh; ln -s . self; ln -s v1 now; ln -s v1/tool.sh tool; mkdir pk; ln -s ../real/a pk/a; mkdir v1/sub; ln -s ../../deep/x v1/sub/x; ln -s ../v1/sub pk/sub"), begun, "build"],
  });
  const all = "again all ask cc folder pages[a] pages[b] star tool";
  for (const [text, names] of [
    ["echo 2 > real/a/x", "folder star"], ["echo 2 > deep/x", "again folder star"], ["echo 2 > none", "again all ask cc tool"], ["ln -s ../v1 pk/new", "folder star"], ["echo 2 > v1/x.h", "cc"], ["touch v1/new.ask", "ask"], ["echo true >> v1/tool.sh", "tool"],
    ["echo 2 > v1/a.md", "pages[a]"], ["rm v1/a.md", all.replace("pages[a] ", "")], ["echo 2 > v1/data.json", all],
  ] as const) {
    await git(w, text);
    assert.equal(await named(w, "@since:HEAD"), names, text);
    await git(w, "git checkout -q .; git clean -qfd");
  }
});

test("what git is set to say less of: files that came to a submodule, and how it takes paths", async () => {
  const w = await staged({ files: { "tasks.config.ts": config('    a: { inputs: ["mod/*.c"], run: "true" },\n    b: { inputs: ["*.txt"], run: "true" },'), "in.txt": "1\n", ".gitignore": ".tg\n" }, given: [begun] });
  await git(w, 'git init -q ../mod; cd ../mod; echo 1 > y.c; git add -A; git commit -qm one');
  await git(w, 'git submodule --quiet add "$PWD/../mod" mod; git commit -qm mod; touch mod/z.c');
  assert.equal(await named(w, "@since:HEAD"), "a");
  await git(w, "git config diff.ignoreSubmodules all");
  assert.equal(await named(w, "@since:HEAD"), "a");
  await git(w, "rm mod/z.c; touch new.txt");
  assert.equal(await named(w, "@since:HEAD", { env: { GIT_LITERAL_PATHSPECS: "1" } }), "b");
});

test("outputs under version control: their maker and what takes them; untracked ones say nothing", async () => {
  const w = await staged({ files: { "tasks.config.ts": config('    a: { inputs: ["in"], outputs: ["gen.ts"], run: "cp in gen.ts" },\n    b: { inputs: ["gen.ts"], outputs: ["b"], run: "cp gen.ts b" },\n    c: { inputs: ["*.txt"], outputs: ["c/"], run: "cp *.txt c" },'), in: "1\n", "x.txt": "", ".gitignore": ".tg\n" } });
  await git(w, "git init -q .; cp in gen.ts; git add -A; git commit -qm one");
  await w.tg("build");
  assert.equal(await named(w, "@since:HEAD"), "");
  w.write("gen.ts", "2\n");
  assert.equal(await named(w, "@since:HEAD"), "a b");
});

test("what a depfile has told, and what a function has asked for", async () => {
  const w = await staged({
    files: {
      "tasks.config.ts": config(`    h: { inputs: ["h.in"], outputs: ["gen.h"], run: "cp h.in gen.h" },
    cc: { inputs: ["a.c"], after: ["h"], depfile: { path: "out/d", format: "lines" }, outputs: ["out/a.o"], run: "mkdir -p out; printf 'x.h\\\\ngen.h\\\\n' > out/d; cp a.c out/a.o" },
    ask: { inputs: ["a.ask"], run: async (ctx) => { await ctx.need("asked.txt"); await ctx.glob("some/*.txt"); await ctx.absent("maybe.txt"); } },
    top: { deps: ["ask"], run: "true" },`),
      "a.c": "1\n", "x.h": "1\n", "h.in": "1\n", "a.ask": "1\n", "asked.txt": "1\n", "some/a.txt": "1\n", ".gitignore": "out/\n.tg/\ngen.h\n",
    },
    given: [begun, "build"],
  });
  for (const [edit, names] of [[write("x.h", "2\n"), "cc"], [write("h.in", "2\n"), "cc h"], [write("asked.txt", "2\n"), "ask top"], [write("some/b.txt", "1\n"), "ask top"], [write("maybe.txt", "1\n"), "ask top"], [write("some/c.md", "1\n"), ""]] as const) {
    edit(w);
    assert.equal(await named(w, "@since:HEAD"), names);
    await git(w, "git checkout -q .; git clean -qfd");
  }
});

test("families: an added file brings its instance, a deleted one is a definition that nobody knows", async () => {
  const tasks = `    pages: foreach("pages/**/*.md", ({ file, key }) => ({ inputs: [file], outputs: ["out/" + key + ".html"], run: "cp " + file + " out/" + key + ".html" })),
    plain: foreach("plain/*", ({ stem }) => ({ outputs: ["out/plain-" + stem], run: "touch out/plain-" + stem })),
    site: { deps: ["pages"], run: "true" },
    other: { inputs: ["in"], run: "true" },`;
  const w = await staged({ files: { "tasks.config.ts": `import { foreach } from "tg-build";\n${config(tasks)}`, "pages/a.md": "1\n", "pages/x/b.md": "1\n", "plain/a.x": "", "plain/b.x": "", in: "1\n", ".gitignore": "out/\n.tg/\n" }, given: [begun, "build"] });
  for (const [text, names] of [
    ["echo 2 > pages/a.md", "pages[a] site"], ["echo 2 > pages/c.md", "pages[c] site"], ["mkdir pages/y; echo 2 > pages/y/c.md", "pages[y/c] site"], ["touch plain/c.x", "plain[c]"], ["touch pages/c.txt", ""],
    ["rm pages/a.md", "other pages[x/b] plain[a] plain[b] site"], ["rm pages/x/b.md", "other pages[a] plain[a] plain[b] site"],
  ] as const) {
    await git(w, text);
    assert.equal(await named(w, "@since:HEAD"), names, text);
    await git(w, "git checkout -q .; git clean -qfd");
  }
});

test("what the config is made of: all tasks", async () => {
  const w = await staged({
    files: {
      "tasks.config.ts": `import { readdirSync, readFileSync, existsSync } from "node:fs";\nimport { words } from "./lib/words.ts";\nconst own = existsSync("own.json") ? "own" : "none";\nconst known = JSON.parse(readFileSync("data.json", "utf8"));\nexport default { include: ["tasks/*.task.ts"], tasks: {\n  a: { inputs: ["in"], run: "true " + words + own + known + readdirSync("plugins").length },\n} };\n`,
      "lib/words.ts": 'export const words: string = "x";\n', "data.json": "1\n", "tasks/t.task.ts": 'import { defineTask } from "tg-build";\nexport default defineTask(import.meta, { inputs: ["in2"], run: "true" });\n', "tasks/u.task.ts": 'import { defineTask } from "tg-build";\nexport default defineTask(import.meta, { inputs: ["in2"], run: "true" });\n',
      "plugins/one/p.txt": "", in: "1\n", in2: "1\n", ".gitignore": ".tg/\n", "package.json": '{ "type": "module" }\n',
    },
    given: [begun, "build"],
  });
  for (const [text, names] of [
    ["echo // >> lib/words.ts", "a t u"], ["echo 2 > data.json", "a t u"], ["echo {} > own.json", "a t u"], ["echo // >> tasks/t.task.ts", "a t u"], ["rm tasks/t.task.ts", "a u"],
    ["mkdir plugins/two; touch plugins/two/p.txt", "a t u"], ["rm -r plugins/one; mkdir plugins; true", "a t u"], ["echo 2 > plugins/one/p.txt; touch plugins/one/q.txt", ""], ["echo 2 > in2", "t u"], ["touch tasks/readme.md", ""],
  ] as const) {
    await git(w, text.replace("mkdir plugins; true", "mkdir -p plugins"));
    assert.equal(await named(w, "@since:HEAD"), names, text);
    await git(w, "git checkout -q .; git clean -qfd");
  }
});

test("a config that starts processes: all tasks, once anything differs", async () => {
  const w = await staged({ files: { "tasks.config.ts": `import { execSync } from "node:child_process";\nconst words = execSync("cat words", { encoding: "utf8" });\n${config('    a: { inputs: ["in"], run: "true " + words },')}`, words: "x\n", in: "", other: "", ".gitignore": ".tg/\n" }, given: [begun, "build"] });
  assert.equal(await named(w, "@since:HEAD"), "");
  w.write("words", "y\n");
  assert.equal(await named(w, "@since:HEAD"), "a");
});

test("a lock file: functions that use packages", async () => {
  const w = await staged({
    files: {
      "tasks.config.ts": config('    a: { inputs: ["in"], run: "true" },'), "package-lock.json": "{}\n", in: "1\n", ".gitignore": ".tg/\nnode_modules\n",
      "fn.mjs": 'import "used";\nexport const run = () => {};\n', "node_modules/used/package.json": '{ "name": "used", "version": "1.0.0", "exports": "./index.js", "type": "module" }', "node_modules/used/index.js": "",
      "sub/tasks.config.mjs": 'import { run } from "../fn.mjs";\nexport default { tasks: { f: { inputs: ["../in"], run }, g: { inputs: ["../in"], run: "true" } } };\n',
    },
    given: [begun, write("package-lock.json", "[]\n")],
  });
  assert.equal(await named(w, "@since:HEAD"), "");
  assert.match(await named(w, "@since:HEAD", { cwd: "sub" }), /^f/);
});

test("a list that a task makes: its instances, those that come included", async () => {
  const tasks = `    plan: { inputs: ["list"], outputs: ["out/list"], run: "cp list out/list" },
    each: foreach({ from: "plan", lines: "out/list" }, ({ value }) => ({ outputs: ["out/" + value], run: "touch out/" + value })),
    other: { inputs: ["in"], run: "true" },`;
  const w = await staged({ files: { "tasks.config.ts": `import { foreach } from "tg-build";\n${config(tasks)}`, list: "a\n", in: "1\n", ".gitignore": "out/\n.tg/\n" }, given: [begun, "build"] });
  w.write("list", "a\nb\n");
  assert.equal(await named(w, "@since:HEAD"), "each[a] plan");
  assert.equal(transcript(await w.tg("build @since:HEAD"), w), "2| ✓ plan (N s) — input changed: list\n2| ✓ each[b] (N s) — never ran\n2| tg: 2 ran, 1 fresh (N s)\nexit 0");
});

test("a service is not started for itself", async () => {
  const w = await staged({ files: { "tasks.config.ts": config('    up: { inputs: ["in"], run: "exec sleep 1000", service: {} },\n    use: { deps: ["up"], inputs: ["in2"], run: "true" },'), in: "1\n", in2: "1\n", ".gitignore": ".tg/\n" }, given: [begun] });
  w.write("in", "2\n");
  assert.equal(await named(w, "@since:HEAD"), "use");
});

test("intermediates that are gone stay excused, and temporary ones go", async () => {
  const w = await staged({ files: { "tasks.config.ts": config('    a: { inputs: ["in"], intermediates: ["mid"], temp: true, run: "cp in mid" },\n    b: { inputs: ["mid"], outputs: ["out"], run: "cp mid out" },'), in: "1\n", ".gitignore": ".tg/\nmid\nout\n" }, given: [begun, "build", write("in", "2\n"), "build"] });
  assert.equal(w.exists("mid"), false);
  assert.equal(transcript(await w.tg("build @since:HEAD"), w), "1| tg: 2 tasks up to date (N s)\nexit 0");
  w.write("in", "3\n");
  await w.tg("build @since:HEAD");
  assert.deepEqual([w.exists("mid"), w.read("out")], [false, "3\n"]);
});

test("npm scripts, help of a task, graph, verify, touch, export and --replay", async () => {
  const w = await staged({ files: FILES, given: [begun, "build", write("lib/x", "2\n")] });
  assert.match((await w.tg("build @since:HEAD --help")).stdout, /lint/);
  assert.match((await w.tg("graph @since:HEAD")).stdout, /^lint/);
  assert.doesNotMatch((await w.tg("graph @since:HEAD")).stdout, /gen/);
  assert.match((await w.tg("export --to sh @since:HEAD")).stdout, /lint/);
  assert.doesNotMatch((await w.tg("export --to sh @since:HEAD")).stdout, /schema/);
  assert.equal((await w.tg("verify @since:HEAD")).code, 1);
  assert.equal(transcript(await w.tg("@since:HEAD", { env: { npm_lifecycle_event: "lint-all", npm_lifecycle_script: "tg" } }), w), "2| ✓ lint (N s) — input changed: lib/x\n2| tg: 1 ran (N s)\nexit 0");
  w.write("lib/x", "3\n");
  assert.equal((await w.tg("touch @since:HEAD")).code, 0);
  assert.equal(transcript(await w.tg("build"), w), "1| tg: 7 tasks up to date (N s)\nexit 0");
  const { runs } = JSON.parse((await w.tg("runs --json")).stdout) as { runs: { id: string; targets: string[] }[] };
  assert.deepEqual(runs[0]!.targets, ["@since:HEAD"]);
  assert.equal((await w.tg(`build -n --replay ${runs[0]!.id}`)).code, 2);
  w.write("lib/x", "2\n");
  await w.tg("build");
  assert.equal((await w.tg(`build -n --replay ${runs[0]!.id}`)).code, 0);
});

test("completion offers commits", async () => {
  const w = await staged({ files: FILES, given: [begun, sh("git tag v1; git branch feature/x")] });
  assert.equal((await w.tg(["completion", "words", "--", "build", "@since:"])).stdout, "@since:HEAD\n@since:feature/x\n@since:main\n@since:v1\n");
});

test("a watch stays with what was affected when it began", async () => {
  const w = await staged({ files: FILES, given: [begun, "build", write("lib/x", "2\n")] });
  const running = w.start("watch @since:HEAD");
  await running.until(/lint.*input changed/);
  await running.until(/waiting|watching/);
  w.write("lib/x", "3\n");
  await running.until(/lint.*input changed/, 2);
  w.write("late", "2\n");
  w.write("lib/x", "4\n");
  await running.until(/lint.*input changed/, 3);
  running.signal("SIGINT");
  await running.done;
  assert.doesNotMatch(running.said(), /late/);
});

test("a command that a running watch could answer asks git itself", async () => {
  const w = await staged({ files: FILES, given: [begun, "build"] });
  const running = w.start("watch");
  await running.until(/waiting|watching|up to date/);
  w.write("lib/x", "2\n");
  await running.until(/lint/);
  assert.match(transcript(await w.tg("build @since:HEAD"), w), /1\| tg: 1 task up to date/);
  running.signal("SIGINT");
  await running.done;
});

if (!onDeno) {
  test("a line break in a name", async () => {
    const w = await workspace({ ...FILES });
    fs.writeFileSync(path.join(w.dir, "lib/a\nb"), "1\n");
    await begun(w);
    fs.writeFileSync(path.join(w.dir, "lib/a\nb"), "2\n");
    assert.equal(await named(w, "@since:HEAD"), "lint");
    await commit(w);
    assert.equal(await named(w, "@since:HEAD~1"), "lint");
  });
}
