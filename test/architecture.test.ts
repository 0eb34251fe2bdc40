// The rules of the house (docs/ARCHITECTURE.md), checked on the sources. An exception is a line here, with its reason.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { test } from "node:test";

const repo = process.env["TG_REPO"] ?? process.cwd();

/** Which rooms a room may import from, besides itself. The front files are rooms of their own. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  model: [],
  "folders.ts": [],
  config: ["model", "folders.ts"],
  graph: ["model"],
  staleness: ["model"],
  schedule: ["model", "graph", "staleness"],
  export: ["model", "graph"],
  cli: ["model", "graph", "staleness", "schedule", "export", "report", "watch"],
  engine: ["model", "folders.ts"],
  store: ["model", "folders.ts"],
  system: ["model", "folders.ts"],
  report: ["model"],
  cache: ["model", "folders.ts"],
  watch: ["model"],
  public: [],
  "index.ts": ["public"],
  "register.ts": ["config"],
  "looking.ts": ["model", "config", "cli", "store", "system"],
  "machine.ts": ["model", "config", "cli", "engine", "store", "system", "cache", "watch", "looking.ts"],
  "pages.ts": ["model", "cli", "report"],
  "apart.ts": ["config"],
  "hasher.ts": ["model", "staleness", "system"],
  "answers.ts": ["graph", "cli", "report"],
  "reports.ts": ["model", "cli", "report", "pages.ts", "answers.ts"],
  "api.ts": ["model", "cli", "machine.ts"],
  "ask.ts": ["model", "config", "cli", "report", "watch"],
  "quick.ts": ["cli", "report", "answers.ts", "looking.ts", "main.ts"],
  "main.ts": ["model", "cli", "machine.ts", "reports.ts"],
};

/** Rooms with floors: what a floor may import from its own room, besides itself. "cli/" stands for the files that are on no floor. */
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  "schedule/plan": [],
  "schedule/services": [],
  "schedule/survey": [],
  "schedule/files": ["schedule/survey"],
  "schedule/step": ["schedule/survey", "schedule/files"],
  "schedule/run": ["schedule/plan", "schedule/services", "schedule/survey", "schedule/files", "schedule/step"],
  "cli/words": [],
  "cli/project": ["cli/words", "cli/doors.ts"],
  "cli/past": ["cli/words", "cli/project", "cli/doors.ts"],
  "cli/": ["cli/words", "cli/project", "cli/past"],
  "cli/dispatch.ts": ["cli/", "cli/words", "cli/past", "cli/watch"],
  "cli/watch": ["cli/", "cli/words", "cli/project", "cli/past"],
};

/** Each package has one door. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  picomatch: ["src/model/pattern.ts"],
  "xxhash-wasm": ["src/staleness/digest.ts"],
  kleur: ["src/report/paint.ts"],
  chokidar: ["src/watch/watcher.ts"],
  marked: ["src/report/markdown.ts"],
  sucrase: ["src/config/strip.ts"],
  "es-module-lexer": ["src/config/compile.ts", "src/config/rewrite.ts"],
};

/** Rooms and files that think and never wait: no async, no clock, no process, no disk. */
const THOUGHT = [/^src\/(graph|export)\//, /^src\/model\/(?!ports)/, /^src\/staleness\/(?!(ahead|content|digest)\.ts$)/, /^src\/schedule\/plan\//, /^src\/watch\/machine\.ts$/];

/** `file function` → why it may be longer than 60 lines; `file` → why it may be longer than 350. */
const LONGER: Readonly<Record<string, string>> = {};

/** Files with prose that no report writes, and why. */
const PROSE: Readonly<Record<string, string>> = {
  "src/cli/words/table.ts": "the help texts are data of the one table of commands",
  "src/cli/words/help.ts": "lays out that table for help and docs/cli.md",
};

const files = (fs.readdirSync(path.join(repo, "src"), { recursive: true }) as string[])
  .map((file) => "src/" + file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".ts"))
  .sort();
const texts = new Map(files.map((file) => [file, fs.readFileSync(path.join(repo, file), "utf8")]));

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"/gm, (found) => (found[0] === '"' ? found : found.replace(/[^\n]/g, " ")));
}

/** Comments and the contents of texts replaced by spaces, line breaks kept. Good enough for sources without `//` in a regex. */
function codeOnly(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<![:\\])\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, (found) => (found[0] === "/" ? found.replace(/[^\n]/g, " ") : '""'));
}

/** Specifiers a file imports or re-exports, types included, dynamic imports of plain texts too. */
function importsOf(file: string): string[] {
  const text = withoutComments(texts.get(file)!);
  const found = [...text.matchAll(/^(?:import|export)\b[^"'`;]*?from\s+"([^"]+)"/gm), ...text.matchAll(/^import\s+"([^"]+)"/gm), ...text.matchAll(/\bimport\(\s*"([^"]+)"\s*\)/g)];
  return found.map((match) => match[1]!);
}

function sourceImports(file: string): string[] {
  return importsOf(file).filter((specifier) => specifier.startsWith(".")).map((specifier) => path.posix.join(path.posix.dirname(file), specifier));
}

function roomOf(file: string): string {
  return file.split("/")[1]!;
}

/** The floor in a room that has floors, in words of FLOORS; null in others. */
function floorOf(file: string): string | null {
  const [, room, name, inner] = file.split("/") as [string, string, string, string | undefined];
  if (!Object.keys(FLOORS).some((floor) => floor.startsWith(room + "/"))) return null;
  const own = `${room}/${name}`;
  return inner !== undefined || own in FLOORS ? own : room + "/";
}

function isOnFloors(file: string, floors: readonly string[]): boolean {
  return floors.includes(floorOf(file)!) || floors.includes(file.slice("src/".length));
}

function none(violations: readonly string[], rule: string): void {
  assert.equal(violations.length, 0, `${rule}\n  ${violations.join("\n  ")}`);
}

test("every import names a file that exists, with its extension", () => {
  none(files.flatMap((file) => sourceImports(file).filter((target) => !texts.has(target)).map((target) => `${file} imports ${target}`)), "imports of sources that are not there:");
});

test("arrows go down only", () => {
  const violations: string[] = [];
  for (const file of files) {
    const from = roomOf(file), allowed = ARROWS[from];
    if (allowed === undefined) violations.push(`${file}: the room "${from}" is not in the table of arrows`);
    else for (const target of sourceImports(file)) if (roomOf(target) !== from && !allowed.includes(roomOf(target))) violations.push(`${file} imports ${target}`);
  }
  none(violations, "imports against the arrows:");
});

test("inside a room arrows go down only, from floor to floor", () => {
  const violations: string[] = [];
  for (const file of files) {
    const from = floorOf(file);
    if (from === null) continue;
    const allowed = FLOORS[from];
    if (allowed === undefined) violations.push(`${file}: "${from}" is not in the table of floors`);
    else for (const target of sourceImports(file)) if (roomOf(target) === roomOf(file) && !isOnFloors(target, [from, ...allowed])) violations.push(`${file} imports ${target}`);
  }
  none(violations, "imports against the arrows:");
});

test("verbs know the machine of the watch, not its adapters", () => {
  none(files.filter((file) => roomOf(file) === "cli").flatMap((file) => sourceImports(file).filter((target) => roomOf(target) === "watch" && target !== "src/watch/machine.ts").map((target) => `${file} imports ${target}`)), "adapters named by verbs:");
});

test("no cycles between files, type imports included", () => {
  const state = new Map<string, "open" | "done">();
  const cycles: string[] = [];
  for (const start of files) {
    if (state.has(start)) continue;
    const stack = [{ file: start, targets: sourceImports(start) }];
    state.set(start, "open");
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const target = top.targets.pop();
      if (target === undefined) {
        state.set(top.file, "done");
        stack.pop();
      } else if (state.get(target) === "open") {
        const names = stack.map((entry) => entry.file);
        cycles.push([...names.slice(names.indexOf(target)), target].join(" → "));
      } else if (!state.has(target) && texts.has(target)) {
        state.set(target, "open");
        stack.push({ file: target, targets: sourceImports(target) });
      }
    }
  }
  none(cycles, "cycles:");
});

test("each npm package has one door", () => {
  const violations: string[] = [];
  for (const file of files) {
    for (const specifier of importsOf(file)) {
      if (specifier.startsWith(".") || specifier.startsWith("node:")) continue;
      const name = specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
      if (DOORS[name]?.includes(file) !== true) violations.push(`${file} imports ${specifier}`);
    }
  }
  none(violations, "packages imported elsewhere than at their door:");
});

test("thought never waits: no async, clock, process or disk", () => {
  const violations: string[] = [];
  for (const file of files.filter((name) => THOUGHT.some((pattern) => pattern.test(name)))) {
    for (const specifier of importsOf(file)) if (specifier.startsWith("node:")) violations.push(`${file} imports ${specifier}`);
    codeOnly(texts.get(file)!).split("\n").forEach((line, i) => {
      const found = /\b(async|await|Promise|Date\.now|new Date|performance\.|setTimeout|setImmediate|process\.|Math\.random)\b/.exec(line);
      if (found !== null) violations.push(`${file}:${i + 1} uses ${found[1]}`);
    });
  }
  none(violations, "thought that waits or looks around:");
});

test("only doors look at the real process", () => {
  const violations = files
    .filter((file) => /^src\/(model|graph|staleness|schedule)\//.test(file))
    .flatMap((file) => importsOf(file).filter((specifier) => /^node:(fs|os|process|child_process|net)/.test(specifier)).map((specifier) => `${file} imports ${specifier}`));
  none(violations, "the machine, reached for past the ports:");
});

test("sentences for people stand in report/ only", () => {
  const violations: string[] = [];
  for (const file of files) {
    if (file.startsWith("src/report/") || PROSE[file] !== undefined) continue;
    texts.get(file)!.split("\n").forEach((line, i) => {
      if (/^\s*(\/\/|\*|\/\*)/.test(line) || /throw new |Error\(/.test(line)) return;
      const sentence = /["`][A-Z][a-z]+( [a-z$"'{][^"`]*){3,}[."`]/.exec(line.replace(/\/\/.*$/, ""));
      if (sentence !== null) violations.push(`${file}:${i + 1} ${sentence[0]}`);
    });
  }
  none(violations, "sentences outside report/:");
});

test("machine-dependent ordering and formatting are not used", () => {
  const violations: string[] = [];
  for (const file of files) {
    codeOnly(texts.get(file)!).split("\n").forEach((line, i) => {
      const found = /localeCompare|\bIntl\.|toLocale\w+/.exec(line);
      if (found !== null) violations.push(`${file}:${i + 1} uses ${found[0]}`);
    });
  }
  none(violations, "locale-dependent calls:");
});

test("a test awaits what it runs: under load the next line would come first", () => {
  const tests = (fs.readdirSync(path.join(repo, "test"), { recursive: true }) as string[]).filter((file) => file.endsWith(".ts"));
  const lines = tests.flatMap((file) => fs.readFileSync(path.join(repo, "test", file), "utf8").split("\n").map((line, i) => [`test/${file}:${i + 1}`, line] as const));
  none(lines.filter(([, line]) => /^\s*\w+\.(sh|tg|until|reached)\(/.test(line)).map(([at, line]) => `${at} ${line.trim()}`), "not awaited:");
});

test("every file opens with what it is; no file is called util or helpers", () => {
  none(files.filter((file) => !texts.get(file)!.startsWith("//")).map((file) => `${file} has no header`), "headers:");
  none(files.filter((file) => /\/(utils?|helpers?|common|misc|shared)(\/|\.ts$)/.test(file)), "names that say nothing:");
});

/** Files whose exports are for others than our own code. */
const ENTRIES = ["src/index.ts", "src/api.ts", "src/register.ts"];

test("what a file exports besides types somebody else uses", () => {
  const users = new Map<string, number>();
  const outside = ["test", "scripts", "bench"].flatMap((dir) => (fs.readdirSync(path.join(repo, dir), { recursive: true }) as string[]).filter((file) => /\.(ts|mjs)$/.test(file)).map((file) => fs.readFileSync(path.join(repo, dir, file), "utf8")));
  for (const text of [...texts.values(), ...outside]) for (const word of new Set(text.match(/\w+/g))) users.set(word, (users.get(word) ?? 0) + 1);
  const exported = (file: string): string[] => [...texts.get(file)!.matchAll(/^export (?:async )?(?:function\*?|const|class) (\w+)/gm)].map((match) => match[1]!);
  none(files.filter((file) => !ENTRIES.includes(file)).flatMap((file) => exported(file).filter((name) => users.get(name) === 1).map((name) => `${file} exports ${name}`)), "exports that nobody imports:");
});

interface LintReport {
  readonly diagnostics: readonly { readonly code: string; readonly message: string; readonly filename: string; readonly labels: readonly { readonly span: { readonly line: number } }[] }[];
}

test("functions have at most 60 lines, files at most 350", () => {
  const run = spawnSync(process.execPath, [path.join(repo, "node_modules/oxlint/bin/oxlint"), "-c", "test/support/sizes.oxlint.json", "--format", "json", "src"], { cwd: repo, encoding: "utf8", maxBuffer: 1 << 26 });
  const report = JSON.parse(run.stdout) as LintReport;
  const found = new Map(report.diagnostics.map((d) => {
    const name = /`(\w+)`/.exec(d.message)?.[1];
    const key = d.code.includes("max-lines-per-function") ? `${d.filename} ${name ?? `line ${d.labels[0]?.span.line}`}` : d.filename;
    return [key, `${key}: ${d.message}`];
  }));
  none([...found].filter(([key]) => LONGER[key] === undefined).map(([, text]) => text), "too long (split it, or name it in LONGER with a reason):");
  none(Object.keys(LONGER).filter((key) => !found.has(key)), "exceptions that are no longer needed:");
});

test("the bugs that the random tester must find still fit the source", () => {
  const { status, stdout } = spawnSync(process.execPath, [path.join(repo, "scripts/mutants.mjs"), "--check"], { cwd: repo, encoding: "utf8" });
  assert.equal(status, 0, stdout);
});
