// What tg says about a config that cannot be found, loaded or understood.
import type { CheckProblem, ConfigProblem, FieldHome, KeyRemedy } from "../model/problem.ts";
import { accessHint, errnoText, listText, pathText, quote, TOO_LARGE_HINT, visible } from "./format.ts";
import { meant, placeText, subjectText, type Texts } from "./message.ts";

/** `tasks.config.ts:12:5`, without the parts that are unknown. */
function position(file: string, line: number, column = 0): string {
  return pathText(file) + (line > 0 ? `:${line}` : "") + (line > 0 && column > 0 ? `:${column}` : "");
}

/** A name as a key of an object. */
function nameText(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name);
}

/** The one line about a config that takes long; Ctrl-C ends it in any case. */
export function stillText(files: readonly string[]): string {
  return `tg: still evaluating ${visible(listText(files.map(pathText), 3))} (Ctrl-C ends it)\n`;
}

export const CONFIG_TEXTS: Texts<ConfigProblem> = {
  "no-config": ({ from, file, other, near }) =>
    file !== undefined && other !== undefined
      ? { what: `${pathText(other)} is found now, the config of another project`, hint: `put ${pathText(file)} back in ${pathText(from)}, or start tg watch anew` }
      : file === undefined
      ? near === undefined
        ? { what: `no tasks.config.ts in ${pathText(from)} or its parents`, hint: "tg init writes a first one" }
        : { what: `no tasks.config.ts in ${pathText(from)} or its parents, but ${pathText(near)}`, hint: near.endsWith(".cts") ? "write it as an ES module: tasks.config.ts or .mts" : `name it tasks.config.ts (or .mts, .js, .mjs), or tg -c ${pathText(near)}` }
      : { what: `config file ${pathText(file)} does not exist`, hint: "check the path given to --config" },
  "config-no-file": ({ file, is, link }) => ({
    what: `${pathText(file)} cannot be a config: it is ${is === "link" ? `a link that leads nowhere (${pathText(link!)})` : is === "folder" ? "a folder" : "a FIFO, socket or device"}`,
    hint: is === "link" ? "correct the link, or remove it" : is === "special" ? "name a file" : /(^|\/)tasks\.config\.\w+$/.test(file) ? "rename the folder" : `name the file in it, or tg -C ${pathText(file)} to build there`,
  }),
  "config-ending": ({ file, ending, at }) => ({
    what: `${pathText(file)}: a module that ends in ${ending} cannot be loaded here`,
    where: placeText(at),
    hint: ending === ".cts" ? "write it as an ES module: .ts or .mts" : 'write it as .ts, .mts, .js, .mjs, .cjs or .json; with { type: "text" } its text can be imported',
  }),
  "no-folder": ({ path, taken }) => (taken === true ? { what: `${pathText(path)} is no folder`, hint: "-C takes a folder; a config file is named by -c" } : { what: `there is no folder ${pathText(path)}`, hint: "check the path given to -C" }),
  "config-conflict": ({ file, line, end }) => ({ what: `${position(file, line)}: an unresolved merge conflict, to line ${end}`, hint: "choose what is to stand, and take the marks out; nothing was run" }),
  "config-syntax": ({ file, line, column, message }) => ({ what: `${position(file, line, column)}: ${message}`, hint: "correct the syntax; nothing was run" }),
  "config-throws": ({ file, line, column, message, frames, late }) => ({ what: `${position(file, line, column)}: ${message}`, details: frames.length === 1 && frames[0] === position(file, line, column) ? [] : frames, hint: late === undefined ? "correct the config; nothing was run" : late === true ? "correct the config" : "correct the config; this was thrown after it had been evaluated, and ended the command" }),
  "config-import-missing": ({ file, line, specifier }) => ({
    what: `${position(file, line)}: cannot find ${quote(specifier)}`,
    hint: /^[./]/.test(specifier) ? "check the path, the file ending included" : `npm install ${specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/")}`,
  }),
  "config-export-missing": ({ file, line, column, specifier, name, suggestion, commonjs }) => ({
    what: `${position(file, line, column)}: ${quote(specifier)} has no ${name === "default" ? "default export" : `export ${quote(name)}${meant(suggestion)}`}`,
    hint: commonjs === true
      ? `it is a CommonJS module: import whole from ${quote(specifier)}, then whole.${name}`
      : name === "default" ? `import { … } from ${quote(specifier)}${/^[./]/.test(specifier) ? ", or an export default there" : ""}` : /^[./]/.test(specifier) ? "correct the name, or export it there; nothing was run" : "correct the name; nothing was run",
  }),
  "config-not-kept": ({ dir, errno }) => ({ what: `cannot keep the compiled config: ${pathText(dir)}: ${errnoText(errno)}`, hint: errno === "EFBIG" ? TOO_LARGE_HINT : "set TMPDIR to a folder that can be written, with some room" }),
  "config-unreadable": ({ file, errno }) => ({ what: `cannot read ${pathText(file)}: ${errnoText(errno)}`, hint: accessHint(file, errno) }),
  "config-no-default": ({ file, found }) => ({ what: `${pathText(file)}: the default export must be a config, found ${found}`, hint: found === "a promise" ? "export default await …" : found.includes("exports") ? "module.exports = { tasks: { … } }" : "export default defineConfig({ tasks: { … } })" }),
  "config-timeout": ({ file, seconds }) => ({ what: `${pathText(file)} ${seconds === null ? "waits for something that never comes" : `did not finish loading in ${seconds} s`}`, hint: "look for an await that never settles" }),
  "config-killed": ({ file, signal }) => ({ what: `${pathText(file)} was not loaded: the process that evaluated it was ended by ${signal}`, hint: signal === "SIGABRT" ? "look for what takes all memory, and save the config again" : "save the config again" }),
  "config-namespace": ({ file, line }) => ({ what: `${position(file, line)}: a TypeScript namespace cannot be loaded without a compiler`, hint: "use a plain object instead" }),
  "include-empty": ({ pattern, at }) => ({ what: `include ${quote(pattern)} matches no file`, where: placeText(at), hint: "correct the pattern or take it out of include" }),
  "include-no-task": ({ file, found }) => ({ what: `${pathText(file)}: the default export must be a task, found ${found}`, hint: "export default defineTask(import.meta, { … })" }),
};

const KEY_REMEDIES: Readonly<Record<KeyRemedy, string>> = {
  give: "give a third argument: { key: ({ value }) => … }",
  mend: "let the function `key` in the third argument give another text",
  items: "go over texts, numbers, or lists and objects of them",
};

function homeHint(home: FieldHome, field: string): string {
  switch (home) {
    case "config":
      return 'put it at the top of the config, beside "tasks"';
    case "task":
      return `put it in a task: tasks: { NAME: { ${field}: … } }`;
    case "run":
      return "put it in run: { copy, to }, { concat, to } or { write, to }";
    case "member":
      return "put it in a member of the chain";
    case "instance":
      return "put it in the task that the function of foreach returns";
    case "foreach":
      return `put it in the third argument of foreach: foreach(over, make, { ${field}: … })`;
    case "cache":
      return `write cache: { ${field}: … }`;
    case "service":
      return `write service: { ${field}: { … } }`;
    case "retries":
      return `write retries: { count: …, ${field}: … }`;
    case "path":
      return `it goes with one path: { path: …, ${field}: true }; for a pattern: { glob: …, allowEmpty: true }`;
    case "glob":
      return `it goes with a pattern: { glob: …, ${field}: true }`;
    default:
      return home satisfies never;
  }
}

export const CHECK_TEXTS: Texts<CheckProblem> = {
  "unknown-field": ({ task, field, suggestion, isTask, home, at }) => ({
    what: `${subjectText(task)}: unknown field ${quote(field)}${meant(suggestion)}`,
    where: placeText(at),
    ...(isTask === undefined ? {} : { hint: task === null ? `tasks stand in "tasks": tasks: { ${nameText(field)}: { … } }` : "tasks do not hold tasks: put it beside this one; of sequence, write ...sequence({ … })" }),
    ...(home === undefined ? {} : { hint: homeHint(home, field.slice(field.lastIndexOf(".") + 1)) }),
  }),
  "field-not-built": ({ task, field, at }) => ({
    what: `${subjectText(task)}: field ${quote(field)} is not built yet`,
    where: placeText(at),
    hint: "take it out; this version of tg refuses it rather than ignore it",
  }),
  "bad-field": ({ task, field, found, expected, suggestion, at }) => ({ what: `${task !== null && field === "tasks" ? subjectText(task) : `${subjectText(task)}: ${quote(field)}`} is ${found}, expected ${expected}${meant(suggestion)}`, where: placeText(at) }),
  "bad-name": ({ task, why, at }) => ({ what: why === "empty" ? "a task has an empty name" : why === "dash" ? `task name ${quote(task)} begins with a dash: on a command line it would be a flag` : `task name ${quote(task)} contains ${why === "half-character" ? "half a character (a lone surrogate)" : "a control character"}`, where: placeText(at), hint: "rename the task" }),
  "duplicate-name": ({ task, other, at }) => ({
    what: `two tasks are named ${quote(task)}`,
    where: placeText(at),
    ...(placeText(other) === null ? {} : { details: [`the other at ${placeText(other)}`] }),
    hint: "rename one of them",
  }),
  "bad-pattern": ({ task, field, pattern, why, at }) => ({ what: `${subjectText(task)}: bad pattern ${quote(pattern)} in ${quote(field)}: ${why}`, where: placeText(at), hint: "close it, or put a backslash before the character to mean itself" }),
  "foreach-empty": ({ task, pattern, at }) => ({ what: `task ${quote(task)}: foreach over ${quote(pattern)} finds no file`, where: placeText(at), hint: "correct the pattern, or { files, allowEmpty: true } if that is intended" }),
  "foreach-list": ({ task, from, found, at }) => ({ what: `task ${quote(task)}: foreach goes over what ${quote(from)} made, which is ${found}, expected a list`, where: placeText(at), hint: `let ${quote(from)} return an array, or { from, lines: "FILE" } for the lines of a file` }),
  "foreach-key": ({ task, item, found, expected, remedy, at }) => ({ what: `task ${quote(task)}: ${visible(item)} has ${found}, expected ${expected}`, where: placeText(at), hint: KEY_REMEDIES[remedy] }),
  "foreach-collision": ({ task, key, items, remedy, at }) => ({
    what: `task ${quote(task)}: ${items[0] === items[1] ? `two items have the key ${quote(key)}` : `${pathText(items[0])} and ${pathText(items[1])} have the same key ${quote(key)}`}`,
    where: placeText(at),
    hint: `${items[0] === items[1] ? "take one away, or " : ""}${KEY_REMEDIES[remedy]}`,
  }),
  "output-outside-root": ({ task, path, at }) => ({ what: `task ${quote(task)}: output ${pathText(path)} is outside the project root`, where: placeText(at), hint: "write below the folder of the config" }),
  "cache-ignore-off": ({ task, at }) => ({ what: `task ${quote(task)}: "cache.ignore" has no meaning in a task that runs in every build`, where: placeText(at), hint: 'take "ignore" out, or let the task be judged' }),
  "ignore-unknown": ({ task, entry, suggestion, at }) => ({
    what: `task ${quote(task)}: "cache.ignore" names ${quote(entry)}, which the task does not declare${meant(suggestion)}`,
    where: placeText(at),
    hint: 'name a declared "param:NAME", "env:NAME" or "input:GLOB"',
  }),
};
