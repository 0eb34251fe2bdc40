// The one table of commands and flags. Parsing, help, completion words and docs/cli.md all read it; no flag is listed
// anywhere else. Data only: it knows neither how words are parsed nor what a command does.

export type FlagKind =
  /** Present or absent. */
  | "switch"
  /** Counts occurrences (`-vv`). */
  | "count"
  /** Takes the next word or the text after `=`; the last one wins. */
  | "value"
  /** Like `value`, but every occurrence counts. */
  | "list"
  /** Takes a value only after `=`. */
  | "optional";

export interface Flag {
  /** Long name without dashes. */
  readonly name: string;
  readonly short?: string;
  readonly kind: FlagKind;
  /** Name of the value in help: `N`, `FILE`. */
  readonly value?: string;
  /** All that the value may be. */
  readonly choices?: readonly string[];
  readonly help: string;
}

export interface CommandRow {
  readonly name: string;
  readonly group: "Build" | "Ask" | "Tend" | "Other";
  /** As shown in the usage line: `[TARGET…]`. */
  readonly words: string;
  readonly least: number;
  readonly most: number;
  /** What to call a missing or extra word: `target`. */
  readonly word: string;
  readonly summary: string;
  readonly details?: readonly string[];
  readonly flags: readonly Flag[];
  /** A command line and what it does. */
  readonly examples: readonly (readonly [string, string])[];
}

export const COLORS = ["auto", "always", "never"] as const;
export const GRAPH_FORMATS = ["ascii", "dot", "mermaid", "json", "html"] as const;
export const EXPORT_TARGETS = ["sh", "make", "ninja", "npm", "github", "dot"] as const;
export const BREAKDOWNS = ["all", "group", "task"] as const;

export const GLOBAL_FLAGS: readonly Flag[] = [
  { name: "directory", short: "C", kind: "list", value: "DIR", help: "Start in DIR; several add up, each from the one before" },
  { name: "config", short: "c", kind: "value", value: "FILE", help: "Use this config file instead of the nearest tasks.config.ts" },
  { name: "color", kind: "optional", value: "WHEN", choices: COLORS, help: "Colour: auto (on terminals), always or never" },
  { name: "no-color", kind: "switch", help: "The same as --color=never" },
  { name: "quiet", short: "q", kind: "switch", help: "Say only what went wrong" },
  { name: "verbose", short: "v", kind: "count", help: "Say more; twice for all there is" },
  { name: "help", short: "h", kind: "switch", help: "Show this help, or that of the command or task before it" },
  { name: "version", short: "V", kind: "switch", help: "Show the version" },
];

const JSON_FLAG: Flag = { name: "json", kind: "switch", help: "Print JSON for programs (versioned)" };
const EVENTS: Flag = { name: "json", kind: "switch", help: "Print events for programs, one JSON object a line" };

const PARAMS: readonly Flag[] = [
  { name: "param", kind: "list", value: "NAME=VALUE", help: "Set a parameter that the config declares" },
  { name: "params-file", kind: "value", value: "FILE", help: "Read parameters from a JSON file; - reads standard input" },
];

const DRY_RUN: Flag = { name: "dry-run", short: "n", kind: "switch", help: "Say what would be done and why, and do nothing" };

const SUMMARY: Flag = { name: "summary", kind: "value", value: "FILE", help: "Write a JSON summary of the build: outcome, reasons and times of each task" };
const TRACE: Flag = { name: "trace", kind: "value", value: "FILE", help: "Write where the time went, for chrome://tracing and ui.perfetto.dev" };

const KEEP_TEMP: Flag = { name: "keep-temp", kind: "switch", help: "Leave intermediates of temp tasks where they are" };

const REPLAY: Flag = { name: "replay", kind: "value", value: "RUN", help: "Build what that run built, with its parameters; refused where tasks or inputs are not what they were" };

const BUILD: readonly Flag[] = [
  { name: "jobs", short: "j", kind: "value", value: "N", help: "Run up to N tasks at once; 1 runs them one by one in the order of the config" },
  { name: "load", short: "l", kind: "value", value: "LOAD", help: "Start nothing new while the load average is above LOAD" },
  { name: "keep-going", short: "k", kind: "switch", help: "After a failure, go on with all that does not hang below it" },
  { name: "max-failures", kind: "value", value: "N", help: "Stop starting tasks after N failures (1 without --keep-going)" },
  DRY_RUN,
  { name: "force", short: "f", kind: "switch", help: "Run the named targets whatever their state, not what they need; all without a name" },
  { name: "skip", kind: "list", value: "TARGET", help: "Leave these tasks out and take their files as they are; refused where nothing needs them" },
  ...PARAMS,
  { name: "no-wait", kind: "switch", help: "Leave with exit code 3 if another tg is building here, instead of waiting" },
  { name: "no-cache", kind: "switch", help: "Run what is stale even if the store has its result, and keep none" },
  { name: "shuffle", kind: "optional", value: "SEED", help: "Start ready tasks in random order, to find undeclared dependencies" },
  TRACE,
  SUMMARY,
  { name: "explain", kind: "switch", help: "Show all reasons before each task, and what is fresh" },
  { name: "no-prefix", kind: "switch", help: "Show the output of tasks without their names in front" },
  KEEP_TEMP,
  REPLAY,
  EVENTS,
];

const TARGETS = "[TARGET…]";
const MANY = Infinity;

export const COMMANDS: readonly CommandRow[] = [
  {
    name: "build", group: "Build", words: `${TARGETS} [-- ARGS]`, least: 0, most: MANY, word: "target",
    summary: "Make targets up to date; everything if none is named",
    details: ["Words after -- are added to the command of the one named task, and count for it alone."],
    flags: BUILD,
    examples: [["tg build", "everything, or what the config calls default"], ["tg build dist/app.js", "the task that makes this file, and what it needs"], ["tg build -nv", "what would run, with its reasons"]],
  },
  {
    name: "watch", group: "Build", words: `${TARGETS} [-- ARGS]`, least: 0, most: MANY, word: "target",
    summary: "Build, then build again what each change affects",
    details: ["While it has nothing to do, tg build, status and why ask it instead of looking at the files. Keys at a terminal: r runs all that is not fresh, f forces, s shows what is not fresh, c clears, q quits."],
    flags: [
      ...BUILD.filter((flag) => flag !== DRY_RUN && flag !== TRACE && flag !== SUMMARY && flag !== KEEP_TEMP && flag !== REPLAY),
      { name: "debounce", kind: "value", value: "MS", help: "Wait until nothing has changed for MS milliseconds before building" },
      { name: "poll", kind: "switch", help: "Look at the files again and again instead of waiting to be told: network and container mounts" },
      { name: "clear", kind: "switch", help: "Clear the screen before each build" },
    ],
    examples: [["tg watch", "everything, or what the config calls default"], ["tg watch test --clear", "one target, the screen to itself"]],
  },
  {
    name: "status", group: "Ask", words: TARGETS, least: 0, most: MANY, word: "target",
    summary: "Show the state of each task and why",
    flags: [
      { name: "all", short: "a", kind: "switch", help: "Every task of the config, not only what a bare build would make" },
      { name: "check", kind: "switch", help: "Exit with 1 if anything is not fresh; with -q that is all" },
      ...PARAMS, JSON_FLAG,
    ],
    examples: [["tg status -v", "with reasons and the last error; of more than eleven reasons ten, -vv has all"], ["tg status --check", "for scripts and continuous integration"]],
  },
  {
    name: "why", group: "Ask", words: "TARGET…", least: 1, most: MANY, word: "target",
    summary: "Tell why a target would run, back to the root cause",
    details: ["First what it all comes from: each changed file, or other cause, with its old and new value, the tasks that have it and the shortest way from the nearest of them to the target. Then what the target itself is waiting for. Of very many some are named and the others counted; -v lists everything, each task on the way with its own reasons."],
    flags: [...PARAMS, JSON_FLAG], examples: [["tg why dist/app.js", "the changed file, and by which tasks it gets there"], ["tg why -v dist/app.js", "every task between, too"]],
  },
  {
    name: "list", group: "Ask", words: "", least: 0, most: 0, word: "target",
    summary: "List the tasks with their descriptions",
    flags: [
      { name: "tree", kind: "switch", help: "Each task with what it needs below it" },
      { name: "names", kind: "switch", help: "Names only, one a line" },
      { name: "sources", kind: "switch", help: "Only tasks that need no other" },
      { name: "sinks", kind: "switch", help: "Only tasks that no other needs" },
      JSON_FLAG,
    ],
    examples: [["tg list --tree", "the graph as an indented list"]],
  },
  {
    name: "graph", group: "Ask", words: TARGETS, least: 0, most: MANY, word: "target",
    summary: "Draw the graph, coloured by state",
    flags: [{ name: "format", kind: "value", value: "FORMAT", choices: GRAPH_FORMATS, help: "ascii (default), dot, mermaid, json or html" }, ...PARAMS, JSON_FLAG],
    examples: [["tg graph --format dot | dot -Tsvg > graph.svg", "a picture with Graphviz"]],
  },
  {
    name: "logs", group: "Ask", words: "TASK", least: 1, most: 1, word: "task",
    summary: "Show the last log of a task",
    flags: [
      { name: "run", kind: "value", value: "RUN", help: "The log of that run (tg runs lists them) instead of the last one" },
      { name: "follow", short: "f", kind: "switch", help: "If it is running: go on with what it says until it ends" },
      JSON_FLAG,
    ],
    examples: [["tg logs test", "when it ran, how it ended, and what it said"], ["tg logs -f test", "in another terminal, while a build is on"]],
  },
  {
    name: "results", group: "Ask", words: "[TASK]", least: 0, most: 1, word: "task",
    summary: "Show what functions returned, as JSON",
    flags: [JSON_FLAG], examples: [["tg results", "a line for each task that returned something"], ["tg results plan", "one value; of a family, the values by key"]],
  },
  {
    name: "runs", group: "Ask", words: "[RUN]", least: 0, most: 1, word: "run",
    summary: "List past builds that ran something, or show one whole",
    flags: [{ name: "last", kind: "switch", help: "Only the last one, whole" }, JSON_FLAG],
    examples: [["tg runs --last", "what ran, why, on which commit, with which parameters"]],
  },
  {
    name: "trace", group: "Ask", words: "KEY", least: 1, most: 1, word: "key",
    summary: "Follow one key through all families",
    flags: [...PARAMS, JSON_FLAG], examples: [["tg trace a/x", "how far has this one come?"]],
  },
  {
    name: "clean", group: "Tend", words: TARGETS, least: 0, most: MANY, word: "target",
    summary: "Remove outputs; of every task if none is named",
    flags: [
      { ...DRY_RUN, help: "List what would be removed, and remove nothing" },
      { name: "downstream", kind: "switch", help: "Also what depends on the targets" },
      { name: "intermediate", kind: "switch", help: "Only intermediates" },
      { name: "dead", kind: "switch", help: "Only files of tasks and outputs that are no longer declared" },
      { name: "state", kind: "switch", help: "Also forget all that .tg records; with targets: their records, even with --intermediate" },
      JSON_FLAG,
    ],
    examples: [["tg clean -n", "look first"], ["tg clean lib --downstream", "one task and all that follows from it"]],
  },
  {
    name: "touch", group: "Tend", words: "TARGET…", least: 1, most: MANY, word: "target",
    summary: "Accept the files on disk as the current outputs of the targets",
    flags: PARAMS, examples: [["tg touch gen", "after an edit that changes nothing that counts"]],
  },
  {
    name: "verify", group: "Tend", words: TARGETS, least: 0, most: MANY, word: "target",
    summary: "Run fresh tasks again in a scratch copy of what they declare, and compare the bytes",
    details: ["Finds undeclared inputs and outputs, and commands that are not deterministic. The project is only read. Exit code 1 if anything differs or is not up to date."],
    flags: [
      { name: "audit", kind: "switch", help: "Also name the undeclared files that commands read (needs strace)" },
      { name: "jobs", short: "j", kind: "value", value: "N", help: "Run up to N tasks at once" },
      ...PARAMS, JSON_FLAG,
    ],
    examples: [["tg verify --audit dist", "one task and what it needs"]],
  },
  {
    name: "report", group: "Ask", words: TARGETS, least: 0, most: MANY, word: "target",
    summary: "Write one HTML page about the build: graph, timeline, reasons, logs, reports of tasks",
    flags: [{ name: "output", short: "o", kind: "value", value: "FILE", help: "Where it goes; - is standard output (default: report.html in the state folder)" }, ...PARAMS],
    examples: [["tg report -o build.html", "a file to send or to keep with a failed build"]],
  },
  {
    name: "export", group: "Other", words: TARGETS, least: 0, most: MANY, word: "target",
    summary: "Write the graph for another tool, on standard output",
    details: ["What is written runs without tg; functions need Node and the tg-build package. Patterns are written as the files that match now."],
    flags: [
      { name: "to", kind: "value", value: "TOOL", choices: EXPORT_TARGETS, help: "sh, make, ninja, npm (scripts), github (a workflow) or dot" },
      { name: "breakdown", kind: "value", value: "GRAIN", choices: BREAKDOWNS, help: "One unit for all, one a group (first tag) or one a task (default)" },
      ...PARAMS,
    ],
    examples: [["tg export --to sh > build.sh", "a script that makes everything in order"], ["tg export dist --to make > Makefile", "one target and what it needs"]],
  },
  {
    name: "init", group: "Other", words: "", least: 0, most: 0, word: "file",
    summary: "Write a first tasks.config.ts from the scripts of package.json",
    flags: [
      { name: "npm-hooks", kind: "switch", help: "Let the scripts of package.json call tg" },
      { name: "vscode", kind: "switch", help: "Also write .vscode/tasks.json" },
    ],
    examples: [["tg init", "never overwrites a file"]],
  },
  {
    name: "cache", group: "Tend", words: "[size|gc|clear]", least: 0, most: 1, word: "action",
    summary: "Show the store of results, shrink it to its limit, or empty it",
    details: ["Tasks with cache: { store: true } keep what each run left; a run that was made before is put back instead of repeated."],
    flags: [JSON_FLAG], examples: [["tg cache", "how much is kept"], ["tg cache clear", "forget all of it; outputs stay where they are"]],
  },
  {
    name: "info", group: "Other", words: "", least: 0, most: 0, word: "target",
    summary: "Show versions, paths and settings, for reports of problems",
    flags: [JSON_FLAG], examples: [],
  },
  {
    name: "completion", group: "Other", words: "bash|zsh|fish", least: 1, most: 1, word: "shell",
    summary: "Print a script that teaches a shell to complete commands, flags and targets",
    details: ["Targets come from the last build's graph: completing never evaluates the config."],
    flags: [], examples: [['eval "$(tg completion bash)"', "in ~/.bashrc; zsh alike; fish: tg completion fish | source"]],
  },
  {
    name: "doctor", group: "Other", words: "", least: 0, most: 0, word: "target",
    summary: "Look for what goes wrong later: config, programs, undeclared variables, tracked outputs, limits",
    details: ["Exit code 1 if something will not work; advice alone is 0. Nothing is written."],
    flags: [JSON_FLAG], examples: [],
  },
];

export function commandRow(name: string): CommandRow | null {
  return COMMANDS.find((row) => row.name === name) ?? null;
}

/** Flags accepted by a command, global ones last. */
export function flagsOf(row: CommandRow): readonly Flag[] {
  return [...row.flags, ...GLOBAL_FLAGS];
}
