// Translates a job into what the kernel gets, and the kernel's refusal back into a problem. Starts nothing.
import * as fs from "node:fs";
import { dirname } from "node:path";
import type { Job, JobAction } from "../model/ports.ts";
import type { FilePath } from "../model/path.ts";
import type { TaskProblem } from "../model/problem.ts";
import { makeLogFolder } from "./folder.ts";

/** Longest single argument or environment entry on Linux (MAX_ARG_STRLEN is 32 pages, including the closing NUL). */
const ARGUMENT_BYTES: number = 128 * 1024 - 1;

export type CommandAction = Extract<JobAction, { readonly kind: "argv" | "shell" }>;

export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  /** A script file written for this launch, to be removed after it. */
  readonly script: string | null;
  /** Executed instead of the shell; if the first is no program, the shell gets the text after all. null: the text is for the shell. */
  readonly words: readonly string[] | null;
}

/** Shells known to do nothing else with plain words. */
const POSIX_SHELLS: ReadonlySet<string> = new Set(["sh", "/bin/sh", "bash", "/bin/bash", "dash", "/bin/dash"]);

/** Text too long for an argument is written to a file beside the log, which the shell then reads. */
export function launchOf(action: CommandAction, { log, env }: Pick<Job, "log" | "env">): Launch {
  if (action.kind === "argv") return { program: action.argv[0] ?? "", args: action.argv.slice(1), script: null, words: null };
  // Text of up to a quarter of the limit in UTF-16 units cannot exceed it in bytes; only longer text is counted.
  const long = action.text.length > ARGUMENT_BYTES / 4 && Buffer.byteLength(action.text) > ARGUMENT_BYTES;
  if (!long) return { program: action.shell, args: ["-c", action.text], script: null, words: POSIX_SHELLS.has(action.shell) && !isPrepared(action.shell, env) ? directWords(action.text) : null };
  const script = log + ".script";
  makeLogFolder(dirname(script));
  fs.writeFileSync(script, action.text + "\n", { mode: 0o600 });
  return { program: action.shell, args: [script], script, words: null };
}

/** Whether the environment gives the shell something to run first, or functions named like programs. */
function isPrepared(shell: string, env: Job["env"]): boolean {
  return (shell.endsWith("bash") && env["BASH_ENV"] !== undefined) || hasFunctions(env);
}

/** Computed once for an environment that many jobs share. */
const functions: WeakMap<Job["env"], boolean> = new WeakMap();

/** As bash's `export -f` creates them; sh may be bash. */
function hasFunctions(env: Job["env"]): boolean {
  let known = functions.get(env);
  if (known === undefined) functions.set(env, (known = Object.keys(env).some((name) => name.startsWith("BASH_FUNC_"))));
  return known;
}

/** Words that a shell takes literally. */
const PLAIN = /^[\w@%+:,./-][\w@%+=:,./ \t-]*$/;

/** Builtins and reserved words of sh and its stand-ins: a program of that name is not meant. */
const SHELLS_OWN: ReadonlySet<string> = new Set((
  ". : alias bg bind break builtin caller case cd chdir command compgen complete continue coproc declare dirs disown do done echo elif " +
  "else enable esac eval exec exit export false fc fg fi for function getopts hash help history if in jobs kill let local logout mapfile " +
  "popd print printf pushd pwd read readarray readonly return select set shift shopt source suspend test then time times trap true type " +
  "typeset ulimit umask unalias unset until wait whence while"
).split(" "));

/** The words of a text that a shell would only execute; null for any other. */
export function directWords(text: string): readonly string[] | null {
  if (!PLAIN.test(text)) return null;
  const words = text.trimEnd().split(/[ \t]+/);
  const first = words[0]!;
  // An assignment, or `%1` of job control.
  return first.includes("=") || first.startsWith("%") || SHELLS_OWN.has(first) ? null : words;
}

/** Why the kernel would not start it. `bad-cwd` and `input-unreadable` carry absolute paths: engines know no root. */
export function refusal(job: Job, launch: Launch, errno: string): TaskProblem {
  const { task } = job;
  if (errno === "E2BIG") return { code: "command-too-long", task, ...tooLong(job, launch) };
  const cwd = folderFault(job.cwd);
  if (cwd !== null) return { code: "bad-cwd", task, cwd: job.cwd as FilePath, errno: cwd };
  // A script whose interpreter is missing also gives ENOENT, but the file itself exists.
  const there = launch.program.includes("/") && fs.existsSync(launch.program.startsWith("/") ? launch.program : `${job.cwd}/${launch.program}`);
  if (errno === "ENOENT" && !there) return { code: "command-not-found", task, command: launch.program };
  return { code: "spawn-failed", task, errno, command: launch.program };
}

function folderFault(path: string): string | null {
  try {
    if (!fs.statSync(path).isDirectory()) return "ENOTDIR";
    fs.accessSync(path, fs.constants.X_OK);
    return null;
  } catch (error) {
    return (error as { code?: string }).code ?? "EIO";
  }
}

/** The single argument or variable that is too long, or else the sum of all. */
function tooLong(job: Job, launch: Launch): { readonly bytes: number; readonly limit: number } {
  let sum = 0;
  let longest = 0;
  const count = (text: string): void => {
    const bytes = Buffer.byteLength(text);
    longest = Math.max(longest, bytes);
    // The kernel counts the text, its NUL, and the pointer to it.
    sum += bytes + 1 + 8;
  };
  count(launch.program);
  for (const arg of launch.args) count(arg);
  for (const name of Object.keys(job.env)) count(`${name}=${job.env[name]}`);
  return longest > ARGUMENT_BYTES ? { bytes: longest, limit: ARGUMENT_BYTES } : { bytes: sum, limit: sumLimit() };
}

/** execve(2): a quarter of the stack limit, at least 128 KiB, at most 6 MiB. */
function sumLimit(): number {
  const most = 6 * 1024 * 1024;
  try {
    const stack = /^Max stack size\s+(\d+)/m.exec(fs.readFileSync("/proc/self/limits", "latin1"))?.[1];
    return stack === undefined ? most : Math.min(most, Math.max(128 * 1024, Math.floor(Number(stack) / 4)));
  } catch {
    return 1024 * 1024;
  }
}
