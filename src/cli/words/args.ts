// Parses argv into one typed command. Knows neither config nor graph: targets stay words.
import type { Breakdown } from "../../export/units.ts";
import type { ExportTarget } from "../../export/writers.ts";
import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { bad, good, type Problem, type Result } from "../../model/problem.ts";
import type { BuildWords, CacheCommand, ColorChoice, Command, Common, CompletionCommand, GraphFormat, Judging, ListCommand } from "./commands.ts";
import { hookOf, startOf, type Env, type Hook } from "./hook.ts";
import { BREAKDOWNS, COLORS, EXPORT_TARGETS, GRAPH_FORMATS } from "./table.ts";
import { listed, splitWords, withHelp, type FirstWord, type Words } from "./words.ts";

/** Reads the flags of one command and collects faults in their values. */
class Reader {
  readonly words: Words;
  /** Those of an npm script's own text; null if no script called. */
  readonly own: Words | null;
  /** The person's folder. */
  readonly start: string;
  readonly problems: Problem[] = [];

  constructor(words: Words, { own, start }: { readonly own: Words | null; readonly start: string }) {
    this.words = words;
    this.own = own;
    this.start = start;
  }

  has(name: string): boolean {
    return this.words.flags.has(name);
  }

  all(name: string): readonly string[] {
    return this.words.flags.get(name) ?? [];
  }

  last(name: string): string | null {
    return this.all(name).at(-1) ?? null;
  }

  /** Whether what was given is the npm script's, all of it. */
  isOwn(name: "target" | "trace" | "summary" | "output" | "params-file"): boolean {
    const count = ({ words, flags }: Words): number => (name === "target" ? words.length + (flags.get("skip")?.length ?? 0) : (flags.get(name)?.length ?? 0));
    return this.own !== null && count(this.own) > 0 && count(this.own) === count(this.words);
  }

  number(name: string, rule: { pattern: RegExp; expected: string }): number | null {
    const text = this.last(name);
    if (text === null) return null;
    if (rule.pattern.test(text) && Number(text) > 0) return Math.min(Number(text), 999_999_999);
    this.problems.push({ code: "bad-flag-value", flag: "--" + name, found: text, expected: rule.expected });
    return null;
  }

  choice<T extends string>(name: string, choices: readonly T[]): T | null {
    const text = this.last(name);
    const found = choices.find((choice) => choice === text);
    if (text === null || found !== undefined) return found ?? null;
    this.problems.push({ code: "bad-flag-value", flag: "--" + name, found: text, expected: listed(choices) });
    return null;
  }
}

const WHOLE = { pattern: /^\d+$/, expected: "a whole number of at least 1" };
const MILLISECONDS = { pattern: /^\d{1,6}$/, expected: "a whole number of milliseconds from 1 to 999999" };
const DECIMAL = { pattern: /^(\d+(\.\d*)?|\.\d+)$/, expected: "a number above 0" };
const SEED = /^\d{1,15}$/;

/** Returns the command, or everything wrong with the command line. `cwd` is the folder of the process. */
export function parseArgs(argv: readonly string[], env: Env, cwd: string): Result<Command> {
  const hook = hookOf(argv, env, cwd);
  if (hook === null) argv = withHelp(argv);
  const first: FirstWord = hook === null ? "command" : hook.bare ? "target" : "command or target";
  const words = splitWords(argv, first);
  const reader = new Reader(words, { own: hook === null ? null : splitWords(argv.slice(0, hook.own), first), start: hook?.standsIn ?? startOf(env, cwd) });
  const common = commonOf(reader, cwd);
  const asked = words.problems.filter((problem) => problem.code !== "unknown-command");
  if (reader.has("help") && asked.length === words.problems.length) return good({ ...common, verb: "help", command: words.named ? words.row.name : null, targets: words.named && words.row.words.includes("TARGET") ? words.words : [] });
  if (reader.has("version")) return good({ ...common, verb: "version" });
  if (asked.length < words.problems.length) return bad(words.problems.flatMap((problem) => (problem.code === "unknown-command" ? [reader.has("help") ? { ...problem, help: true as const } : problem] : [])));
  const command = commandOf(reader, common, hook);
  const problems = [...words.problems, ...reader.problems, ...wordProblems(words), ...togetherProblems(words)];
  return problems.length > 0 || command === null ? bad(problems) : good(command);
}

function commonOf(reader: Reader, processCwd: string): Common {
  const color = reader.has("color") && reader.last("color") === "" ? "always" : reader.choice<ColorChoice>("color", COLORS);
  let cwd = processCwd;
  for (const dir of reader.all("directory")) cwd = entered(cwd, dir);
  return {
    cwd,
    standsIn: reader.has("directory") || reader.isOwn("target") ? cwd : reader.start,
    config: reader.last("config"),
    color: reader.has("no-color") ? "never" : (color ?? "auto"),
    quiet: reader.has("quiet"),
    verbose: reader.all("verbose").length,
  };
}

/** The folder a command is in after it changed to `dir`: `..` in its words is relative to the target of a link. */
export function entered(cwd: string, dir: string): string {
  try {
    return realpathSync.native(dir.startsWith("/") ? dir : `${cwd}/${dir}`);
  } catch {
    return resolve(cwd, dir);
  }
}

function wordProblems({ row, words, rest }: Words): Problem[] {
  const problems: Problem[] = [];
  if (words.length < row.least) problems.push({ code: "missing-argument", command: row.name, argument: row.word });
  for (const word of words.slice(Math.min(row.most, words.length))) problems.push({ code: "extra-argument", command: row.name, argument: word });
  if (rest !== null && row.name !== "build" && row.name !== "watch" && !(row.name === "completion" && words[0] === "words")) problems.push({ code: "extra-argument", command: row.name, argument: ["--", ...rest].join(" ") });
  return problems;
}

function judgingOf(reader: Reader, common: Common): Judging {
  const params: (readonly [string, string])[] = [];
  for (const text of reader.all("param")) {
    const cut = text.indexOf("=");
    if (cut > 0) params.push([text.slice(0, cut), text.slice(cut + 1)]);
    else reader.problems.push({ code: "bad-flag-value", flag: "--param", found: text, expected: "NAME=VALUE" });
  }
  return { ...common, params, paramsFile: asGiven(reader, "params-file", common) };
}

function commandOf(reader: Reader, common: Common, hook: Hook | null): Command | null {
  const targets = reader.words.words;
  const json = reader.has("json");
  switch (reader.words.row.name) {
    case "build": return { ...buildOf(reader, common, hook), verb: "build", trace: fileOf(reader, "trace", common), summary: fileOf(reader, "summary", common), keepTemp: reader.has("keep-temp"), replay: replayOf(reader) };
    case "watch": return { ...buildOf(reader, common, null), verb: "watch", debounceMs: reader.number("debounce", MILLISECONDS), poll: reader.has("poll"), clear: reader.has("clear") };
    case "status": return { ...judgingOf(reader, common), verb: "status", targets, all: reader.has("all"), check: reader.has("check"), json };
    case "why": return { ...judgingOf(reader, common), verb: "why", targets, json };
    case "list": return { ...common, verb: "list", show: shownOf(reader), json };
    case "graph": return { ...judgingOf(reader, common), verb: "graph", targets, format: formatOf(reader, json) };
    case "logs": return { ...common, verb: "logs", task: targets[0] ?? "", run: reader.last("run"), follow: reader.has("follow"), json };
    case "runs": return { ...common, verb: "runs", run: targets[0] ?? null, last: reader.has("last"), json };
    case "report": return { ...judgingOf(reader, common), verb: "report", targets, output: asGiven(reader, "output", common) };
    case "completion": return { ...common, verb: "completion", shell: shellOf(reader), line: reader.words.rest ?? [] };
    case "doctor": return { ...common, verb: "doctor", json };
    case "results": return { ...common, verb: "results", task: targets[0] ?? null, json };
    case "trace": return { ...judgingOf(reader, common), verb: "trace", key: targets[0] ?? "", json };
    case "clean": return { ...common, verb: "clean", targets, downstream: reader.has("downstream"), intermediate: reader.has("intermediate"), dead: reader.has("dead"), state: reader.has("state"), dryRun: reader.has("dry-run"), json };
    case "touch": return { ...judgingOf(reader, common), verb: "touch", targets };
    case "cache": return { ...common, verb: "cache", action: cacheAction(reader), json };
    case "export": return { ...judgingOf(reader, common), verb: "export", targets, to: exportTarget(reader), breakdown: reader.choice<Breakdown>("breakdown", BREAKDOWNS) ?? "task" };
    case "verify": return { ...judgingOf(reader, common), verb: "verify", targets, audit: reader.has("audit"), jobs: reader.number("jobs", WHOLE), json };
    case "info": return { ...common, verb: "info", json };
    case "init": return { ...common, verb: "init", npmHooks: reader.has("npm-hooks"), vscode: reader.has("vscode") };
    default: return null;
  }
}

function buildOf(reader: Reader, common: Common, hook: Hook | null): BuildWords {
  const { words, rest, named } = reader.words;
  const npmEvent = named || words.length > 0 ? null : (hook?.event ?? null);
  if (rest !== null && new Set(words).size !== 1 && npmEvent === null && !reader.has("replay")) reader.problems.push({ code: "args-need-one-task", targets: words });
  return {
    ...judgingOf(reader, common),
    targets: words,
    npmEvent,
    jobs: reader.number("jobs", WHOLE),
    load: reader.number("load", DECIMAL),
    keepGoing: reader.has("keep-going"),
    maxFailures: reader.number("max-failures", WHOLE),
    dryRun: reader.has("dry-run"),
    force: reader.has("force"),
    skip: reader.all("skip"),
    noWait: reader.has("no-wait"),
    noCache: reader.has("no-cache"),
    shuffle: shuffleOf(reader),
    explain: reader.has("explain"),
    prefix: !reader.has("no-prefix"),
    json: reader.has("json"),
    args: rest,
  };
}

/** By command: flags of which one at most is given. */
const APART: Readonly<Record<string, readonly (readonly string[])[]>> = {
  // What has not run has no outcome, and the file may tell of a build that had.
  build: [["dry-run", "summary"]],
  // Live output is neither that of a past run nor one piece of data.
  logs: [["follow", "run"], ["follow", "json"]],
  list: [["tree", "names", "sources", "sinks"], ["tree", "json"], ["names", "json"]],
  // Leftovers are nobody's outputs: nothing follows from them.
  clean: [["dead", "intermediate"], ["dead", "downstream"]],
};

/** By command: flags that leave no choice to a word beside them. */
const ALONE: Readonly<Record<string, string>> = { clean: "dead", runs: "last", status: "all" };

function togetherProblems({ row, flags, words }: Words): Problem[] {
  const problems: Problem[] = [];
  // The first config has the name that is looked for.
  if (row.name === "init" && flags.has("config")) problems.push({ code: "not-together", words: ["--config", row.name] });
  for (const group of APART[row.name] ?? []) {
    const [one, other] = group.filter((flag) => flags.has(flag));
    if (one !== undefined && other !== undefined) problems.push({ code: "not-together", words: ["--" + one, "--" + other] });
  }
  const alone = ALONE[row.name];
  if (alone !== undefined && flags.has(alone) && words[0] !== undefined) problems.push({ code: "not-together", words: ["--" + alone, words[0]] });
  return problems;
}

/** The recorded run decides what to build, and with which options. */
function replayOf(reader: Reader): string | null {
  const { words, rest } = reader.words;
  const run = reader.last("replay");
  if (run === null) return null;
  const given = words[0] ?? (rest === null ? null : "--") ?? ["param", "params-file", "skip"].find((flag) => reader.has(flag));
  if (given !== undefined) reader.problems.push({ code: "replay-alone", given: given === words[0] || given === "--" ? given : "--" + given });
  return run;
}

function fileOf(reader: Reader, flag: "trace" | "summary" | "output" | "params-file", { cwd }: Common): string | null {
  const file = reader.last(flag);
  return file === null ? null : resolve(reader.has("directory") || reader.isOwn(flag) ? cwd : reader.start, file);
}

/** A path that begins where targets do, as it was given; absolute if it begins elsewhere. */
function asGiven(reader: Reader, flag: "output" | "params-file", common: Common): string | null {
  const file = reader.last(flag);
  const full = fileOf(reader, flag, common);
  return file === null || file === "-" || full === resolve(common.standsIn, file) ? file : full;
}

function shuffleOf(reader: Reader): number | "random" | null {
  const text = reader.last("shuffle");
  if (text === null) return null;
  if (text === "") return "random";
  if (SEED.test(text)) return Number(text);
  reader.problems.push({ code: "bad-flag-value", flag: "--shuffle", found: text, expected: "a whole number of at most 15 digits" });
  return null;
}

function shownOf(reader: Reader): ListCommand["show"] {
  return (["tree", "names", "sources", "sinks"] as const).find((name) => reader.has(name)) ?? "table";
}

function exportTarget(reader: Reader): ExportTarget {
  if (reader.last("to") === null && !reader.words.problems.some(({ code }) => code === "missing-flag-value")) reader.problems.push({ code: "missing-flag-value", flag: "--to", expected: listed(EXPORT_TARGETS) });
  return reader.choice<ExportTarget>("to", EXPORT_TARGETS) ?? "sh";
}

const SHELL_WORDS = ["bash", "zsh", "fish", "words"] as const;

function shellOf(reader: Reader): CompletionCommand["shell"] {
  const word = reader.words.words[0];
  const found = SHELL_WORDS.find((shell) => shell === word);
  if (word !== undefined && found === undefined) reader.problems.push({ code: "unknown-action", command: "completion", found: word, expected: listed(SHELL_WORDS.slice(0, 3)) });
  return found ?? "bash";
}

const CACHE_ACTIONS = ["size", "gc", "clear"] as const;

function cacheAction(reader: Reader): CacheCommand["action"] {
  const word = reader.words.words[0];
  const found = CACHE_ACTIONS.find((action) => action === word);
  if (word !== undefined && found === undefined) reader.problems.push({ code: "unknown-action", command: "cache", found: word, expected: listed(CACHE_ACTIONS) });
  return found ?? "size";
}

function formatOf(reader: Reader, json: boolean): GraphFormat {
  const format = reader.choice<GraphFormat>("format", GRAPH_FORMATS);
  if (json && format !== null && format !== "json") reader.problems.push({ code: "not-together", words: ["--format " + format, "--json"] });
  return json ? "json" : (format ?? "ascii");
}
