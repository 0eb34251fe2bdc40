// Writes help from the table: for a terminal of any width, and as the page docs/cli.md. Prints nothing itself.
import type { Paint } from "../../report/color.ts";
import { COMMANDS, commandRow, GLOBAL_FLAGS, type CommandRow, type Flag } from "./table.ts";

const GROUPS = ["Build", "Ask", "Tend", "Other"] as const;

const TARGET_FORMS: readonly (readonly [string, string])[] = [
  ["name", "a task"],
  ["'name[key]'", "one of a family; 'name[a/*]' some of it, the name alone all"],
  ["path/of/output", "the task that makes this file, from where you stand"],
  ["'test-*'", "all tasks whose names match"],
  ["tag:NAME", "all tasks with this tag"],
  ["name+", "a task and all that depends on it"],
  ["+name", "a task and what it needs (the same as name)"],
  ["@since:REF", "what changes since a commit affect: @since:main, @since:HEAD~1"],
];

const EXIT_CODES: readonly (readonly [string, string])[] = [
  ["0", "all is well"],
  ["1", "a task failed, or status --check found work"],
  ["2", "nothing was run: the command line, the config or the graph is wrong"],
  ["3", "tg could not do its own work (state folder, lock, standard output)"],
  ["128+n", "ended by signal n"],
];

/** `--jobs=N`, `--shuffle[=SEED]`, `--quiet`. */
function longForm(flag: Flag): string {
  if (flag.value === undefined) return "--" + flag.name;
  return flag.kind === "optional" ? `--${flag.name}[=${flag.value}]` : `--${flag.name} ${flag.value}`;
}

function flagForms(flag: Flag): string {
  return (flag.short === undefined ? "    " : `-${flag.short}, `) + longForm(flag);
}

/** Wraps at spaces; a word longer than `width` gets its own line. */
function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : line + " " + word;
  }
  lines.push(line);
  return lines;
}

/** Two columns; the right one wraps, and moves below the left one if that is too long. */
function columns(rows: readonly (readonly [string, string])[], width: number, least = 0): string[] {
  const longest = Math.max(least, ...rows.map(([left]) => left.length));
  const left = Math.min(longest, Math.max(12, Math.floor(width * 0.45)));
  const room = Math.max(16, width - left - 4);
  const lines: string[] = [];
  for (const [term, text] of rows) {
    const [first = "", ...more] = wrapText(text, room);
    if (term.length > left) lines.push("  " + term, ...[first, ...more].map((line) => " ".repeat(left + 4) + line));
    else lines.push(`  ${term.padEnd(left)}  ${first}`.trimEnd(), ...more.map((line) => " ".repeat(left + 4) + line));
  }
  return lines;
}

function flagRows(flags: readonly Flag[]): (readonly [string, string])[] {
  return flags.map((flag) => [flagForms(flag), flag.help] as const);
}

function usageOf(row: CommandRow): string {
  return ["tg", row.name, row.flags.length > 0 ? "[FLAGS]" : "", row.words].filter((part) => part !== "").join(" ");
}

function commandHelp(row: CommandRow, width: number, paint: Paint): string[] {
  const lines = [`${paint.strong("Usage:")} ${usageOf(row)}`, "", ...wrapText(row.summary + ".", width)];
  for (const detail of row.details ?? []) lines.push(...wrapText(detail, width));
  const flags = flagRows(row.flags);
  if (flags.length > 0) lines.push("", paint.strong("Flags"), ...columns(flags, width));
  lines.push("", paint.strong("Flags of every command"), ...columns(flagRows(GLOBAL_FLAGS), width));
  if (row.words.includes("TARGET")) lines.push("", paint.strong("Targets"), ...columns(TARGET_FORMS, width));
  if (row.examples.length > 0) lines.push("", paint.strong("Examples"), ...columns(row.examples, width));
  return lines;
}

function overview(width: number, paint: Paint): string[] {
  const lines = [`${paint.strong("Usage:")} tg [COMMAND] [FLAGS] [TARGET…]`, "", ...wrapText("Runs what is stale, skips what is fresh, and says why. Without a command: tg build.", width)];
  for (const group of GROUPS) {
    const rows = COMMANDS.filter((row) => row.group === group).map((row) => [row.name, row.summary] as const);
    if (rows.length > 0) lines.push("", paint.strong(group), ...columns(rows, width, 8));
  }
  lines.push("", paint.strong("Flags of every command"), ...columns(flagRows(GLOBAL_FLAGS), width));
  lines.push("", paint.strong("Exit codes"), ...columns(EXIT_CODES, width, 8), "", ...wrapText("tg COMMAND --help tells more about a command, tg build TASK --help about a task.", width));
  return lines;
}

/** The text of `--help`, ending in a newline. `command` null: the overview. */
export function helpText(command: string | null, width: number, paint: Paint): string {
  const row = command === null ? null : commandRow(command);
  const room = Math.max(40, Math.min(width, 100));
  return (row === null ? overview(room, paint) : commandHelp(row, room, paint)).join("\n") + "\n";
}

function tableOf(head: string, rows: readonly (readonly [string, string])[]): string[] {
  const cell = (text: string): string => text.replaceAll("|", "\\|");
  return [`| ${head} | |`, "|---|---|", ...rows.map(([left, right]) => `| \`${cell(left.trim())}\` | ${cell(right)} |`), ""];
}

function commandSection(row: CommandRow): string[] {
  const lines = [`## tg ${row.name}`, "", row.summary + ".", "", "```", usageOf(row), "```", ""];
  if (row.details !== undefined) lines.push(...row.details, "");
  const flags = flagRows(row.flags);
  if (flags.length > 0) lines.push(...tableOf("flag", flags));
  if (row.examples.length > 0) lines.push(...tableOf("example", row.examples));
  return lines;
}

/** The page docs/cli.md. A test compares the file with this. */
export function referencePage(): string {
  const lines = ["# Command line", "", "Written from the table in `src/cli/words/table.ts`; `tg --help` shows the same.", "", "`tg` without a command is `tg build`.", ""];
  for (const row of COMMANDS) lines.push(...commandSection(row));
  lines.push("## Flags of every command", "", ...tableOf("flag", flagRows(GLOBAL_FLAGS)));
  lines.push("## Targets", "", ...tableOf("form", TARGET_FORMS));
  lines.push("An exact task name or output path wins over the operators. Paths are resolved from the folder where you stand, wherever the config is; absolute ones are taken, too.", "", "A file that tasks only read, and a folder that is nobody's output, are no targets: tg names the task that reads the file, or the outputs below the folder. For a mistyped name it offers the nearest one.", "", "What `@since:REF` names, and when that is everything: [what has changed since a commit](since.md).", "");
  lines.push("## Exit codes", "", ...tableOf("code", EXIT_CODES));
  return lines.join("\n").trimEnd() + "\n";
}
