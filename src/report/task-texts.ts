// Messages about a task that failed, and about tg's own trouble.
import { isFull } from "../model/ports.ts";
import type { HookProblem, OwnProblem, TaskProblem } from "../model/problem.ts";
import { accessHint, countText, durationText, errnoText, FULL_HINT, limitText, listText, pathText, plural, quote, sizeText, TOO_LARGE_HINT, visible } from "./format.ts";
import { cwdHint, type Message, type Texts } from "./message.ts";
import { commandAdvice, patternAdvice } from "./other-tools.ts";
import { toolFault } from "./reasons.ts";
import { endText, readyText } from "./ready-texts.ts";
import { quoted } from "../model/shell.ts";

/** `brief` is used in tables after the task's name; without `what` the first line is `task "x": brief`. */
interface TaskText extends Omit<Message, "what"> {
  readonly brief: string;
  readonly what?: string;
}

type TaskTexts = { readonly [C in TaskProblem["code"]]: (problem: Extract<TaskProblem, { readonly code: C }>) => TaskText };

/** Commands may be pages long; the first line shows which one it was. */
const COMMAND_SHOWN = 200;

export function commandLine(command: string): string {
  const line = command.trim().split("\n", 1)[0]!;
  const cut = line.length > COMMAND_SHOWN || line.length < command.trim().length;
  return visible(line.slice(0, COMMAND_SHOWN)) + (cut ? " …" : "");
}

const MORE_FILES = "raise the limit with ulimit -n, or lower --jobs";
const MORE_PROCESSES = "raise the limit with ulimit -u, or lower --jobs";

const DEPFILE_FAULTS: Readonly<Record<string, string>> = {
  "missing-colon": 'a rule without ":"', "not-text": "not a text file", "bad-json": "not valid JSON", "bad-shape": "valid JSON, but not of this format",
};

/** `TypeError: x is not a function`; a thrown value that is no error has no name: `threw undefined`. */
function thrownText(name: string, message: string): string {
  return name === "" ? `threw ${message === "" ? "an empty text" : message}` : message === "" ? name : `${name}: ${message}`;
}

function missingHint(path: string, several: boolean, pattern: boolean): string {
  const advice = patternAdvice(path, "output");
  if (advice !== null) return advice;
  if (pattern) return 'correct the pattern; where there may be no such file, own a folder instead ("dir/"), which may stay empty';
  if (path.endsWith("/")) return "let the command leave the folder there; it may be empty";
  return `correct the ${several ? "paths" : "path"}, or { path, optional: true } ${several ? "for what" : "if it"} may be absent`;
}

function hinted(hint: string | null): { readonly hint?: string } {
  return hint === null ? {} : { hint };
}

const TASK_TEXTS: TaskTexts = {
  exit: ({ task, exit, ms, command }) => ({ brief: `exit ${exit}`, what: `task ${quote(task)} failed: exit ${exit} after ${durationText(ms)}: ${commandLine(command)}`, ...hinted(commandAdvice(command)) }),
  signal: ({ task, signal }) => {
    const brief = `killed by ${signal}${signal === "SIGKILL" ? " (out of memory?)" : ""}`;
    return { brief, what: `task ${quote(task)} was ${brief}` };
  },
  timeout: ({ task, ms }) => ({ brief: `timed out after ${limitText(ms)}`, what: `task ${quote(task)} timed out after ${limitText(ms)}`, hint: 'raise its "timeout", or find out what it waits for' }),
  deadline: ({ task, ms, started }) => {
    const brief = started ? `ended at its deadline of ${limitText(ms)}` : `not started again within its deadline of ${limitText(ms)}`;
    return { brief, what: `task ${quote(task)} was ${brief}`, hint: 'raise its "deadline": it counts from when all it needs is made' };
  },
  "command-not-found": ({ command }) => ({ brief: `${pathText(command)}: command not found`, hint: "install it or correct its name; PATH begins with node_modules/.bin" }),
  "copy-clash": ({ path, from }) => ({ brief: `${pathText(from[0])} and ${pathText(from[1])} would both be copied to ${pathText(path)}`, hint: "copy from a folder they have in common, or to folders of their own" }),
  "bad-tool": ({ tool, why }) =>
    why === "missing"
      ? { brief: `tool ${quote(tool.split(" ", 1)[0]!)} is not found`, hint: "install it or correct its name; PATH begins with node_modules/.bin" }
      : { brief: `tool ${quote(tool)} does not tell its version: ${toolFault(why)}`, hint: "correct its arguments; it must exit 0 and print something" },
  "bad-cwd": ({ cwd, errno }) => ({ brief: `cannot start in ${pathText(cwd)}: ${errnoText(errno)}`, hint: 'correct "cwd", or make the folder an output of another task' }),
  "spawn-failed": ({ errno, command }) => ({ brief: `cannot start: ${errnoText(errno)}: ${commandLine(command)}`, ...(errno === "EACCES" ? { hint: "chmod +x the program" } : errno === "EMFILE" ? { hint: MORE_FILES } : errno === "EAGAIN" ? { hint: MORE_PROCESSES } : {}) }),
  "command-too-long": ({ bytes, limit }) => ({ brief: `command is ${countText(bytes)} bytes, the limit is ${countText(limit)}`, hint: 'write the long part to a response file with "files"' }),
  "missing-output": ({ task, path, below, others = [], pattern, touched }) => ({
    brief: `missing output${others.length === 0 ? "" : "s"}: ${listText([path, ...others].map(pathText))}`,
    what: touched === true ? `task ${quote(task)}: there is no ${pathText(path)} to accept` : `task ${quote(task)} exited 0 but did not make ${listText([path, ...others].map(pathText))}`,
    hint: touched === true ? `tg build ${quoted(task)}` : below !== undefined ? cwdHint(below) : missingHint(path, others.length > 0, pattern === true),
  }),
  "output-not-utf8": ({ dir }) => ({ brief: `made a file in ${pathText(dir)} whose name is not valid UTF-8`, hint: "give it another name" }),
  "output-kind": ({ path, kind, expected, before }) => ({
    brief: `output ${pathText(path)} is a ${kind}, expected a ${expected}`,
    ...(kind === "folder" ? { hint: `${before === true ? "remove it, or " : ""}write ${quote(path + "/")} in outputs to mean the folder` } : kind === "file" ? { hint: `write ${quote(path)} without the slash to mean a file` } : {}),
  }),
  "output-owned-by": ({ path, owner }) => ({ brief: `its output pattern takes ${pathText(path)}, which is an output of ${quote(owner)}`, hint: "narrow the output pattern of one of them" }),
  "input-kept-changing": ({ path, once, taken }) => ({ brief: `${pathText(path)} ${taken === true ? "was removed" : "changed"} while it ran${once === true ? "" : ", twice; the result is not recorded"}`, hint: taken === true ? "build again; find out what removes it during the build" : `find out what writes it during the build; if the task itself does: inout: [${quote(path)}]` }),
  "input-gone": ({ path, list }) =>
    list === undefined
      ? { brief: `input ${pathText(path)} is gone`, hint: "find out what removes it during the build" }
      : { brief: `input ${pathText(path)} does not exist`, hint: `correct the list that ${quote(list)} makes, or { path, optional: true } if it may be absent` },
  "input-unreadable": ({ path, errno, denied = path }) => ({ brief: `cannot read input ${pathText(path)}: ${errnoText(errno)}`, hint: accessHint(denied, errno) }),
  "glob-empty-now": ({ pattern, entry }) => ({ brief: `input ${quote(entry ?? pattern)} matches no file, although the tasks that could make one are done`, hint: "correct the pattern, or { glob, allowEmpty: true } if that is intended" }),
  "depfile-missing": ({ path }) => ({ brief: `did not write its depfile ${pathText(path)}`, hint: "let the command write it (gcc -MD -MF FILE), or { path, format, optional: true }" }),
  "depfile-bad": ({ path, line, message }) => ({ brief: `depfile ${pathText(path)}${line > 0 ? `:${line}` : ""}: ${DEPFILE_FAULTS[message] ?? errnoText(message)}`, hint: 'check "format" of the depfile: make, lines, json or esbuild' }),
  "undeclared-order": ({ path, producer }) => ({
    brief: `read ${pathText(path)}, which ${quote(producer)} makes, but nothing orders the two`,
    hint: `add deps: [${quote(producer)}] or inputs: [${quote(path)}]; in a clean build the order would be luck`,
  }),
  "output-drifted": ({ task, path, odd }) =>
    odd === "undeclared"
      ? { brief: `${pathText(path)}, which it no longer makes, was edited by hand`, hint: "move the file away, or remove it: tg clean --dead" }
      : odd === "foreign"
        ? { brief: `${pathText(path)} among its outputs was made by hand`, hint: `tg touch ${quoted(task)} to keep the file, or move it away` }
        : { brief: `output ${pathText(path)} was edited by hand`, hint: `tg touch ${quoted(task)} to keep the edit, or remove the file to have it made again` },
  "cannot-write": ({ path, errno, denied = path, output }) => output !== undefined ? { brief: `${pathText(path)} is a file, and ${pathText(output)} needs a folder there`, hint: `move ${pathText(path)} away, or remove it` } : ({ brief: `cannot write ${pathText(path)}: ${errnoText(errno)}`, hint: errno === "ENOENT" ? `look for a link at ${pathText(path)}, or above it, that leads nowhere` : isFull(errno) ? FULL_HINT : accessHint(denied, errno) }),
  threw: ({ name, message, stack }) => ({ brief: thrownText(name, message.split("\n", 1)[0]!), details: detailsOf(message, stack) }),
  "hook-failed": ({ hook, exit, signal, cause }) => ({ brief: `its ${quote(hook)} hook failed: ${hookText({ exit, signal, cause })}`, ...(cause?.code === "threw" ? { details: detailsOf(cause.message, cause.stack) } : {}) }),
  "bad-when": ({ found }) => ({ brief: `"when" said ${found}`, hint: "return true or false" }),
  "hash-function": ({ path, message }) => ({ brief: `the hash function of ${pathText(path)} failed: ${message}`, hint: "it must return a text for every content" }),
  "expand-failed": ({ families, count }) => ({ brief: `its list could not be made into tasks of ${families.map(quote).join(", ")}: ${plural(count, "problem")}`, hint: "correct what is said above" }),
  "value-too-large": ({ bytes, limit }) => ({ brief: `returned ${sizeText(bytes)} of JSON, the limit is ${sizeText(limit)}`, hint: "write it to a file, declare that as an output, and return its path" }),
  "service-not-ready": ({ ready, ms, last }) => ({ brief: `not ready after ${limitText(ms)}: ${readyText(ready, last)}`, hint: 'look at its log, or raise "service.ready.timeout"' }),
  "service-ended": ({ exit, signal, ready, owner }) => (owner !== undefined ? { brief: `ended or was started anew by the tg that runs it (process ${owner})`, hint: "build again" } : {
    brief: `ended ${ready ? "although it is needed" : "before it was ready"}: ${endText({ exit, signal })}`,
    ...(exit === 0 ? { hint: "a service stays in the foreground until it is stopped; correct its command" } : {}),
  }),
  "service-crashes": ({ exit, signal, times }) => ({ brief: `ended ${times} times in a row, at last ${endText({ exit, signal })}; it is not started again`, hint: "correct it; r in tg watch tries again as it is" }),
  "port-taken": ({ port, owner }) => (owner !== undefined ? {
    brief: `another tg (process ${owner}) runs it on port ${port}`,
    hint: "it is not ready there, or from another state of its files, or wanted up by name here: wait for that tg, or end it",
  } : { brief: `port ${port} is in use already by another program`, hint: "end that program, or choose another port" }),
  "service-lost": ({ service }) => ({ brief: `stopped, because its service ${quote(service)} ended` }),
  "bad-value": ({ message }) => ({ brief: `returned what JSON cannot hold: ${message}`, hint: "return plain data, or nothing" }),
};

/** All but the first line of what was thrown, which is in the sentence. */
function detailsOf(message: string, stack: readonly string[]): string[] {
  return [...message.split("\n").slice(1), ...stack];
}

function hookText({ exit, signal, cause }: { exit: number | null; signal: string | null; cause: TaskProblem | null }): string {
  return cause !== null ? briefProblem(cause) : signal !== null ? `killed by ${signal}` : `exit ${exit}`;
}

function taskText(problem: TaskProblem): TaskText {
  return (TASK_TEXTS[problem.code] as (problem: TaskProblem) => TaskText)(problem);
}

/** What went wrong, to follow the task's name. */
export function briefProblem(problem: TaskProblem): string {
  return visible(taskText(problem).brief);
}

/** The same from the text in a record (`error`). A later version may know more codes. */
export function storedBrief(stored: string): string {
  const problem = JSON.parse(stored) as { readonly code: string };
  return isTaskProblem(problem) ? briefProblem(problem) : visible(problem.code);
}

export function isTaskProblem(problem: { readonly code: string }): problem is TaskProblem {
  return Object.hasOwn(TASK_TEXTS, problem.code);
}

export function taskMessage(problem: TaskProblem): Message {
  const { brief, what, ...rest } = taskText(problem);
  return { what: what ?? `task ${quote(problem.task)}: ${brief}`, ...rest };
}

/** Paths of tg's own files are absolute; others, in the project, are not. */
function ownHint(path: string, errno: string): string {
  return path.startsWith("/") ? stateHint(errno) : accessHint(path, errno);
}

function stateHint(errno: string): string {
  if (isFull(errno)) return FULL_HINT;
  if (errno === "EFBIG") return TOO_LARGE_HINT;
  if (errno === "EROFS") return 'work in a copy where it can be written, or set "stateDir" in the config to a folder that can';
  if (["EACCES", "EPERM"].includes(errno)) return 'check the rights of the state folder, or set "stateDir" in the config';
  return errno === "ENOENT" ? "look for a link above it that leads nowhere" : 'remove what stands there, or set "stateDir" in the config';
}

export const HOOK_TEXTS: Texts<HookProblem> = {
  "build-hook-failed": ({ hook, exit, signal, cause }) => ({ what: `the ${quote(hook)} hook failed: ${hookText({ exit, signal, cause })}`, ...(cause?.code === "threw" ? { details: detailsOf(cause.message, cause.stack) } : {}) }),
};

export const OWN_TEXTS: Texts<OwnProblem> = {
  "state-unwritable": ({ path, errno, denied = path }) => ({ what: `cannot ${["EACCES", "EPERM"].includes(errno) ? "read or write" : "write"} ${pathText(path)}: ${errnoText(errno)}`, hint: ownHint(denied, errno) }),
  "state-dir-bad": ({ path, why }) => ({ what: `cannot ${why === "ENOTDIR" ? "use the state folder" : "read"} ${pathText(path)}: ${errnoText(why)}`, hint: ownHint(path, why) }),
  "locked-above": ({ pid, command }) => ({ what: `${command} (pid ${pid}) waits for the command that calls tg here: neither would ever end`, hint: 'name what it needs in "deps" instead of calling tg in a command' }),
  locked: ({ pid, command, seconds }) => ({ what: `${command} (pid ${pid}, started ${durationText(seconds * 1000)} ago) is working here`, hint: "wait for it, or leave out --no-wait" }),
  "no-address-space": ({ bytes }) => ({
    what: `cannot start WebAssembly: ${bytes === null ? "the machine has no memory for it" : `${sizeText(bytes)} of address space is too little`}`,
    hint: bytes === null ? "free some memory, or lower what vm.overcommit_memory forbids" : "ulimit -v unlimited: Node reserves much more address space than it uses; to limit memory itself, limit the container or cgroup",
  }),
  "no-webassembly": () => ({ what: "WebAssembly, which tg hashes with, is switched off here", hint: "leave --jitless out of NODE_OPTIONS and of what starts tg" }),
  "too-many-files": ({ path }) => ({ what: `too many open files, at ${pathText(path)}`, hint: MORE_FILES }),
};
