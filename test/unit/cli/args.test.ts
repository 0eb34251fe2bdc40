// From argv to a command, and everything that can be wrong with one.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import type { BuildCommand, Command } from "../../../src/cli/words/commands.ts";
import { parseArgs } from "../../../src/cli/words/args.ts";
import type { Env } from "../../../src/cli/words/hook.ts";
import { helpText, referencePage } from "../../../src/cli/words/help.ts";
import { COMMANDS, flagsOf } from "../../../src/cli/words/table.ts";
import { completionWords } from "../../../src/cli/words/words.ts";
import type { Problem } from "../../../src/model/problem.ts";
import { PLAIN } from "../../../src/report/color.ts";

const CWD = "/home/me/project";

function parse(line: string, env: Env = {}): Command {
  const result = parseArgs(line === "" ? [] : line.split(" "), env, CWD);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

function build(line: string, env: Env = {}): BuildCommand {
  const command = parse(line, env);
  assert.equal(command.verb, "build");
  return command as BuildCommand;
}

function wrong(line: string, env: Env = {}): readonly Problem[] {
  const result = parseArgs(line.split(" "), env, CWD);
  assert.equal(result.ok, false, line);
  return result.ok ? [] : result.problems;
}

test("tg alone builds", () => {
  assert.deepEqual(parse(""), {
    verb: "build", targets: [], npmEvent: null, jobs: null, load: null, keepGoing: false, maxFailures: null, dryRun: false, force: false, skip: [],
    noWait: false, noCache: false, trace: null, summary: null, keepTemp: false, replay: null, shuffle: null, explain: false, prefix: true, json: false, args: null, params: [], paramsFile: null,
    cwd: CWD, standsIn: CWD, config: null, color: "auto", quiet: false, verbose: 0,
  });
});

test("a number in all its spellings", () => {
  for (const line of ["-j4", "-j 4", "-j=4", "--jobs=4", "--jobs 4", "build -j4", "-j4 build"]) assert.equal(build(line).jobs, 4, line);
  const both = build("-kj4 build a");
  assert.deepEqual([both.keepGoing, both.jobs, both.targets], [true, 4, ["a"]]);
  assert.equal(build("-l 2.5").load, 2.5);
});

test("numbers that are none", () => {
  for (const text of ["0", "x", "-1", "1.5", "1e3"]) {
    assert.deepEqual(wrong(`build --jobs=${text}`), [{ code: "bad-flag-value", flag: "--jobs", found: text, expected: "a whole number of at least 1" }]);
  }
  assert.deepEqual(wrong("build -l 0"), [{ code: "bad-flag-value", flag: "--load", found: "0", expected: "a number above 0" }]);
});

test("numbers as large or as short as anyone writes them", () => {
  assert.deepEqual([build("-j 99999999999").jobs, build("-l .5").load, build("-l 2.").load], [999_999_999, 0.5, 2]);
});

test("lists add up, values are replaced", () => {
  const command = build("build a --skip b --skip=c --param N=1 --param M=x=y -c one.ts -c two.ts");
  assert.deepEqual([command.skip, command.params, command.config], [["b", "c"], [["N", "1"], ["M", "x=y"]], "two.ts"]);
  assert.deepEqual(wrong("build --param N"), [{ code: "bad-flag-value", flag: "--param", found: "N", expected: "NAME=VALUE" }]);
});

test("directories add up", () => {
  const command = build("-C sub -C ../other build x");
  assert.deepEqual([command.cwd, command.standsIn, command.targets], [`${CWD}/other`, `${CWD}/other`, ["x"]]);
  assert.equal(build("-C /tmp").cwd, "/tmp");
});

test("colour", () => {
  const colors = ["--color=never", "--no-color", "--color", "--color=always", "--color=auto"].map((line) => build(line).color);
  assert.deepEqual(colors, ["never", "never", "always", "always", "auto"]);
  assert.deepEqual(wrong("--color=blue"), [{ code: "bad-flag-value", flag: "--color", found: "blue", expected: "auto, always or never" }]);
});

test("verbosity counts", () => {
  assert.deepEqual([build("-v").verbose, build("-vv").verbose, build("-v --verbose -n").verbose, build("-q").quiet], [1, 2, 2, true]);
});

test("shuffle takes its seed only after =", () => {
  assert.equal(build("--shuffle").shuffle, "random");
  assert.equal(build("--shuffle=7").shuffle, 7);
  assert.deepEqual(build("build --shuffle a").targets, ["a"]);
  assert.equal(wrong("--shuffle=x")[0]?.code, "bad-flag-value");
});

test("words after -- go to one task", () => {
  assert.deepEqual(build("build test -- --grep x -- y").args, ["--grep", "x", "--", "y"]);
  assert.deepEqual(build("build test --").args, []);
  assert.deepEqual(wrong("build a b -- x"), [{ code: "args-need-one-task", targets: ["a", "b"] }]);
  assert.deepEqual(wrong("-- x"), [{ code: "args-need-one-task", targets: [] }]);
  assert.deepEqual(wrong("status a -- x"), [{ code: "extra-argument", command: "status", argument: "-- x" }]);
});

test("every other command", () => {
  const common = { cwd: CWD, standsIn: CWD, config: null, color: "auto", quiet: false, verbose: 0 };
  const judging = { ...common, params: [], paramsFile: null };
  assert.deepEqual(parse("status --check a --json"), { ...judging, verb: "status", targets: ["a"], all: false, check: true, json: true });
  assert.equal((parse("status -a") as { all: boolean }).all, true);
  assert.deepEqual(parse("why a b --params-file -"), { ...judging, verb: "why", targets: ["a", "b"], json: false, paramsFile: "-" });
  assert.deepEqual(parse("list --tree"), { ...common, verb: "list", show: "tree", json: false });
  assert.deepEqual(parse("graph --format dot a"), { ...judging, verb: "graph", format: "dot", targets: ["a"] });
  assert.deepEqual(parse("graph --json"), { ...judging, verb: "graph", format: "json", targets: [] });
  assert.deepEqual(parse("logs a"), { ...common, verb: "logs", task: "a", run: null, follow: false, json: false });
  assert.deepEqual(parse("clean a -n --downstream --state"), { ...common, verb: "clean", targets: ["a"], downstream: true, intermediate: false, dead: false, state: true, dryRun: true, json: false });
  assert.deepEqual(parse("touch a"), { ...judging, verb: "touch", targets: ["a"] });
  assert.deepEqual(parse("info"), { ...common, verb: "info", json: false });
  assert.deepEqual(parse("init --vscode"), { ...common, verb: "init", npmHooks: false, vscode: true });
});

test("help and version win over everything else", () => {
  const help = (line: string): string | null => (parse(line) as { command: string | null }).command;
  assert.deepEqual(["--help", "-h", "help", "build --help", "help clean", "why -h", "-q help", "-C sub help clean"].map(help), [null, null, null, "build", "clean", "why", null, "clean"]);
  const tasks = (line: string): readonly string[] => (parse(line) as { targets: readonly string[] }).targets;
  assert.deepEqual(["build a b --help", "help build a", "build --help", "logs a --help"].map(tasks), [["a", "b"], ["a"], [], []]);
  assert.equal(parse("--version").verb, "version");
  assert.equal(parse("-V").verb, "version");
});

test("what is unknown, with what may have been meant", () => {
  assert.deepEqual(wrong("biuld"), [{ code: "unknown-command", command: "biuld", suggestion: "build" }]);
  assert.deepEqual(wrong("dist -j x"), [{ code: "unknown-command", command: "dist", suggestion: "list" }]);
  assert.deepEqual(wrong("build --job 4"), [{ code: "unknown-flag", command: "build", flag: "--job", suggestion: "--jobs" }]);
  assert.deepEqual(wrong("build -kx"), [{ code: "unknown-flag", command: "build", flag: "-x", suggestion: null }]);
  for (const [line, flag] of [["build -json", "json"], ["build -jobs 4", "jobs"], ["build -color=never", "color"], ["list -tree", "tree"], ["-force build", "force"], ["build -help", "help"]]) assert.deepEqual(wrong(line!).slice(0, 1).map((problem) => problem.code === "unknown-flag" && [problem.flag, problem.suggestion]), [["-" + flag, "--" + flag]], line);
  assert.deepEqual(wrong("info --check"), [{ code: "unknown-flag", command: "info", flag: "--check", suggestion: null }]);
});

test("what is missing or too much", () => {
  assert.deepEqual(wrong("why"), [{ code: "missing-argument", command: "why", argument: "target" }]);
  assert.deepEqual(wrong("logs a b"), [{ code: "extra-argument", command: "logs", argument: "b" }]);
  assert.deepEqual(wrong("build --jobs"), [{ code: "missing-flag-value", flag: "--jobs", expected: "N" }]);
  for (const line of ["build --jobs=", "build --jobs -k", "build --jobs --keep-going", "build --jobs --", "--jobs -k build"]) assert.deepEqual(wrong(line).slice(0, 1), [{ code: "missing-flag-value", flag: "--jobs", expected: "N" }], line);
  assert.deepEqual(wrong("build --trace -n"), [{ code: "missing-flag-value", flag: "--trace", expected: "FILE" }]);
  assert.deepEqual(build("build --trace=-n").trace, `${CWD}/-n`);
  assert.deepEqual(wrong("export --to"), [{ code: "missing-flag-value", flag: "--to", expected: "sh, make, ninja, npm, github or dot" }]);
  assert.deepEqual(wrong("--color="), [{ code: "bad-flag-value", flag: "--color", found: "", expected: "auto, always or never" }]);
  assert.deepEqual(wrong("build -vk=1"), [{ code: "bad-flag-value", flag: "-k", found: "1", expected: "no value" }]);
  assert.deepEqual(wrong("build --force=yes"), [{ code: "bad-flag-value", flag: "--force", found: "yes", expected: "no value" }]);
  assert.deepEqual(wrong("list --tree --names"), [{ code: "not-together", words: ["--tree", "--names"] }]);
  assert.deepEqual(wrong("list --json --names"), [{ code: "not-together", words: ["--names", "--json"] }]);
  assert.deepEqual(wrong("graph --json --format dot"), [{ code: "not-together", words: ["--format dot", "--json"] }]);
  assert.equal(parseArgs(["graph", "--json", "--format", "json"], {}, CWD).ok, true);
  assert.deepEqual(wrong("clean --dead --downstream lib").map((problem) => problem.code === "not-together" && problem.words), [["--dead", "--downstream"], ["--dead", "lib"]]);
  assert.deepEqual(wrong("clean --dead --intermediate"), [{ code: "not-together", words: ["--dead", "--intermediate"] }]);
  assert.equal(parseArgs(["clean", "--dead", "--state", "-n"], {}, CWD).ok, true);
  assert.deepEqual(wrong("status --all lib"), [{ code: "not-together", words: ["--all", "lib"] }]);
  assert.deepEqual(wrong("-c my.config.ts init"), [{ code: "not-together", words: ["--config", "init"] }]);
  assert.deepEqual(wrong("runs --last 20261121-074455-0"), [{ code: "not-together", words: ["--last", "20261121-074455-0"] }]);
});

test("all that is wrong is said at once", () => {
  assert.deepEqual(wrong("build --nope -j x --param y").map((problem) => problem.code), ["unknown-flag", "bad-flag-value", "bad-flag-value"]);
});

const HOOK: Env = { npm_lifecycle_event: "test", npm_package_json: `${CWD}/package.json`, INIT_CWD: `${CWD}/src`, npm_lifecycle_script: "tg" };

test("an npm script that is tg builds the task of its name", () => {
  const command = build("", HOOK);
  assert.deepEqual([command.npmEvent, command.targets, command.standsIn, command.cwd], ["test", [], `${CWD}/src`, CWD]);
  assert.deepEqual(build("-- --grep x", HOOK).args, ["--grep", "x"]);
});

test("words behind an npm script are targets", () => {
  assert.deepEqual([build("lib", HOOK).targets, build("lib", HOOK).npmEvent], [["lib"], null]);
  assert.deepEqual(build("clean", HOOK).targets, ["clean"]);
  assert.deepEqual(build("-k lib", { ...HOOK, npm_lifecycle_script: "tg -k" }).targets, ["lib"]);
  assert.equal(parse("status", { ...HOOK, npm_lifecycle_script: "tg status" }).verb, "status");
});

test("a named command keeps its own targets behind an npm script", () => {
  const command = build("build gen", { ...HOOK, npm_lifecycle_script: "tg build gen" });
  assert.deepEqual([command.targets, command.npmEvent, command.standsIn], [["gen"], null, CWD]);
  assert.equal(build("build", { ...HOOK, npm_lifecycle_script: "tg build" }).npmEvent, null);
});

test("paths begin in the package if the script's own text has all of them, else where npm was called", () => {
  const own = (script: string, words: string): boolean => build(words, { ...HOOK, npm_lifecycle_script: script }).standsIn === CWD;
  for (const [script, words] of [
    ["tg build a", "build a"], ["tg build a", "build a -k"], ["tg a", "a"], ["tg -j 2 build a b", "-j 2 build a b"], ["X=1 tg-build build 'a' \"b\"", "build a b"],
    ["node_modules/.bin/tg build a", "build a"], ["node ../tg/bin/tg.cjs build a >log 2>&1", "build a"], ["deno run -A npm:tg-build/tg build a", "build a"], ["(tg gen);tg build a&&x", "build a"],
    ["tg build $A", "build a"], ["tg build a --skip b", "build a --skip b"],
  ] as const) assert.equal(own(script, words), true, script);
  for (const [script, words] of [
    ["tg build", "build a"], ["tg", "a"], ["tg build a", "build a b"], ["tg build a", "build a --skip b"], ["sh build.sh", "build a"], ["echo tgx build a", "build a"], ["tg; echo build a", "build a"], ["", "build a"],
  ] as const) assert.equal(own(script, words), false, script);
});

test("npm variables that were only inherited do not count", () => {
  for (const env of [{ ...HOOK, npm_package_json: "/elsewhere/package.json" }, { ...HOOK, npm_lifecycle_event: "npx" }, { ...HOOK, npm_command: "exec" }, { npm_lifecycle_event: "test", INIT_CWD: "/elsewhere" }]) {
    const command = build("", env);
    assert.deepEqual([command.npmEvent, command.standsIn], [null, CWD]);
    assert.equal(wrong("lib", env)[0]?.code, "unknown-command");
  }
});

test("npx goes to the package of a workspace, not the person", () => {
  const npx = { npm_command: "exec", npm_lifecycle_event: "npx", npm_package_json: `${CWD}/package.json`, npm_config_local_prefix: "/above", INIT_CWD: `${CWD}/src` };
  assert.deepEqual([build("", npx).standsIn, build("", npx).npmEvent, build("-C sub", npx).standsIn], [`${CWD}/src`, null, `${CWD}/sub`]);
  // Somebody below npx went there on purpose.
  for (const env of [{ ...npx, npm_config_local_prefix: CWD }, { ...npx, npm_package_json: "/above/package.json" }, { ...npx, INIT_CWD: `${CWD}2` }]) assert.equal(build("", env).standsIn, CWD);
});

test("a manager that tells no start folder, or no package file", () => {
  assert.equal(build("", { npm_lifecycle_event: "test", npm_package_json: `${CWD}/package.json` }).standsIn, CWD);
  assert.equal(build("", { npm_lifecycle_event: "test", INIT_CWD: `${CWD}/a` }).standsIn, `${CWD}/a`);
});

test("-C decides where the person stands, also behind an npm script", () => {
  assert.equal(build("-C sub", HOOK).standsIn, `${CWD}/sub`);
});

test("completion offers commands, then flags of the command", () => {
  assert.deepEqual(completionWords([], "st"), ["status"]);
  assert.deepEqual(completionWords(["status"], "--ch"), ["--check"]);
  assert.deepEqual(completionWords(["-C", "why"], "cl"), ["clean"]);
});

test("help fits its width and hides what is not built", () => {
  for (const command of [null, ...COMMANDS.map((row) => row.name)]) {
    for (const width of [40, 80, 200]) {
      const text = helpText(command, width, PLAIN);
      // Command lines are not broken.
      const widest = Math.max(...text.split("\n").filter((line) => !/^(Usage:| {2}tg )/.test(line)).map((line) => line.length));
      assert.ok(widest <= Math.min(width, 100), `${command} at ${width}: ${widest}`);
    }
  }
});

test("names and flags of the table are there once", () => {
  for (const row of COMMANDS) {
    const flags = flagsOf(row);
    assert.equal(new Set(flags.map((flag) => flag.name)).size, flags.length, row.name);
    const shorts = flags.flatMap((flag) => flag.short ?? []);
    assert.equal(new Set(shorts).size, shorts.length, row.name);
  }
});

test("docs/cli.md is what the table says", () => {
  const file = join(process.env["TG_REPO"] ?? process.cwd(), "docs/cli.md");
  assert.equal(readFileSync(file, "utf8"), referencePage());
});
