// Advice for what is written in the words of make, ninja or Snakemake: flags, variables, patterns and names in commands. Looks
// only at what has failed already; all of it may be meant.
import { quoted } from "../model/shell.ts";
import { quote } from "./format.ts";

const FORCE = "-f (--force) runs the named targets whatever their state; all without a name";
const QUIET = "-q (--quiet) says only what went wrong";
const GO_ON = "-k (--keep-going) goes on after a failure; a task with allowFailure: true does not fail the build";
const ACCEPT = "tg touch TARGET accepts the files as they are; tg clean, graph, list and why are ninja's -t";
const REASONS = "tg status -v tells why each task would run, tg why TARGET what it comes from";
const SHOW = "-n (--dry-run) says what would be done and why";
const JOBS = "-j N (--jobs N) runs up to N tasks at once";
const WATCH = "tg watch builds again on each change";

const FLAGS: ReadonlyMap<string, string> = new Map([
  ["-B", FORCE], ["--always-make", FORCE], ["-F", FORCE], ["--forceall", FORCE], ["-R", FORCE], ["--forcerun", FORCE],
  ["-s", QUIET], ["--silent", QUIET], ["-i", GO_ON], ["--ignore-errors", GO_ON], ["--continue", GO_ON], ["-t", ACCEPT], ["--touch", ACCEPT],
  ["-d", REASONS], ["--debug", REASONS], ["--just-print", SHOW], ["--recon", SHOW], ["--dry", SHOW],
  ["--question", "tg status --check answers with its exit code"],
  ["-o", "--skip TARGET leaves it out and takes its files as they are"], ["--old-file", "--skip TARGET leaves it out and takes its files as they are"],
  ["-p", "tg list -v and tg graph show what the config declares"], ["--print-data-base", "tg list -v and tg graph show what the config declares"],
  ["--makefile", "-c FILE (--config FILE) names the config"], ["--file", "-c FILE (--config FILE) names the config"],
  ["-w", WATCH], ["--watch", WATCH], ["--cores", JOBS], ["--concurrency", JOBS], ["--parallel", JOBS], ["--notemp", "--keep-temp leaves intermediates where they are"],
  ["--list", "tg list"], ["--graph", "tg graph"], ["--dag", "tg graph"], ["--clean", "tg clean"],
]);

/** What another tool's flag of a build is called here; null: none that is known. */
export function flagAdvice(command: string, flag: string): string | null {
  return command === "build" || command === "watch" ? (FLAGS.get(flag) ?? null) : null;
}

/** For `CC=gcc` where a target stands. */
export function assignmentAdvice(word: string): string | null {
  const [, name, value] = /^([A-Za-z_]\w*)[:?+]?=(.*)$/s.exec(word) ?? [];
  if (name === undefined) return null;
  const text = `${name}=${quoted(value!)}`.replace(/=''$/, "=");
  return `--param ${text} sets a parameter; in front of tg, ${text} sets a variable, which counts for tasks that name it in "env"`;
}

/** Functions of make that are programs nowhere; those of TypeScript do their work. */
const CALL = /\$\((wildcard|shell|patsubst|subst|addprefix|addsuffix|notdir|filter|filter-out|firstword|lastword|abspath|foreach|call|strip)\s+([^()]*)\)/;
/** More that may follow in a path, where no shell reads it. */
const PATH_CALL = /\$\((sort|dir|basename|suffix|join|word|words|realpath|if|or|and|value|info|eval)\s+([^()]*)\)/;

/** For a path or pattern that nothing is found by. */
export function patternAdvice(written: string, role: "input" | "output"): string | null {
  // A pattern has its fixed part with a backslash before what means something to patterns.
  const path = written.replace(/\\([()[\]{}])/g, "$1");
  const call = CALL.exec(path) ?? PATH_CALL.exec(path);
  if (call !== null) return call[1] === "wildcard" ? `a pattern stands for itself: ${quote(path.replace(call[0], call[2]!))}` : `nothing is substituted in paths; what make's $(${call[1]} …) does, TypeScript does between backticks, \`\${…}\``;
  const variable = /\$[({]([\w.]+)[)}]/.exec(path);
  if (variable !== null) return `nothing is substituted in paths: TypeScript does it between backticks, \`${path.replace(/\$[({]([\w.]+)[)}]/g, "${$1}")}\``;
  if (!/%|\{\w+\}/.test(path)) return null;
  return `${path.includes("%") ? "% is a character like others" : "a name in braces stands for itself"}; foreach${role === "input" ? `(${quote(path.replace(/%|\{\w+\}/g, "*"))}, …)` : ""} makes a task for each file`;
}

/** What a shell replaces. Between single quotes it leaves all as it is; a list is shown with quotes around what needs them. */
function unquotedPart(command: string): string {
  return command.replace(/\\\$/g, "").replace(/'([^']*)'/g, (_, text: string) => (/^\$[<^@]$/.test(text) ? text : "''"));
}

/** For a command that failed. */
export function commandAdvice(command: string): string | null {
  const text = unquotedPart(command);
  const named = /\$[<^]|\{\{?(?:in|out)puts?\}?\}/.exec(text) ?? (/\bset\b|\(\)|\bsh\b/.test(text) ? null : /\$@/.exec(text)) ?? (/\b(?:in|out)=|\b(?:for|read) (?:in|out)\b/.test(text) ? null : /\$(?:in|out)\b|\$\{(?:in|out)\}/.exec(text));
  if (named !== null) return `tg puts nothing in the place of ${quote(named[0])}: write the path, or ${"`${file}`"} in the callback of foreach`;
  const call = CALL.exec(text);
  if (call !== null) return `a shell runs ${call[1]} for ${quote(call[0])}; ${call[1] === "wildcard" ? `write ${call[2]}` : call[1] === "shell" ? `write $(${call[2]})` : "TypeScript does it between backticks, `${…}`"}`;
  const variable = /\$\(([A-Z][A-Z0-9_]*)\)/.exec(text);
  if (variable !== null) return `a shell runs ${variable[1]} for ${quote(variable[0])}; write "$${variable[1]}", and declare it in "env" or "params"`;
  if (/\$\$[A-Za-z({]/.test(text)) return 'write one "$": the shell is the first to read it';
  return /^[@-][a-z][\w-]*(\s|$)/.test(text) ? `leave the ${quote(text[0]!)} in front out` : null;
}
