// Messages about tasks that do not fit together.
import { isBelow } from "../model/path.ts";
import type { LinkProblem } from "../model/problem.ts";
import { accessHint, errnoText, listText, pathText, quote } from "./format.ts";
import { cwdHint, meant, placeText, type Texts } from "./message.ts";
import { patternAdvice } from "./other-tools.ts";

/** Longer cycles are cut in the middle: a reader starts at the ends. */
const SHOWN = 12;

function ringText(path: readonly string[]): string {
  const names = path.map((name) => (/^[^\s"]+$/.test(name) ? name : quote(name)));
  if (names.length <= SHOWN) return names.join(" -> ");
  return [...names.slice(0, SHOWN / 2), `… ${names.length - SHOWN} more …`, ...names.slice(-SHOWN / 2)].join(" -> ");
}

export const LINK_TEXTS: Texts<LinkProblem> = {
  "unknown-dep": ({ task, field, target, suggestion, alone, at }) => ({ what: `task ${quote(task)}: ${quote(field)} names ${quote(target)}, which is neither a task nor an output${meant(suggestion)}`, where: placeText(at), hint: alone === true ? "build it with the config that includes it; a task file that is built alone knows no other task" : target.startsWith("^") ? "tg knows no packages: name their tasks, or nothing where inputs are what they make" : "correct the name, or declare the task" }),
  cycle: ({ path, via, at }) => ({
    what: `dependency cycle: ${ringText(path)}`,
    where: placeText(at),
    details: via.slice(0, SHOWN).map((edge, i) => `${quote(path[i]!)} needs ${quote(path[i + 1]!)} by ${edge}`),
    hint: "take one of these edges away",
  }),
  "duplicate-output": ({ path, tasks, at }) => ({
    what: `${pathText(path)} is an output of both ${quote(tasks[0])} and ${quote(tasks[1])}`,
    where: placeText(at),
    hint: "let one task make it, or give each its own file",
  }),
  "output-in-tree": ({ path, task, tree, owner, at }) => ({
    what: `task ${quote(task)}: output ${pathText(path)} lies inside ${pathText(tree + "/")}, which ${quote(owner)} owns and empties`,
    where: placeText(at),
    hint: `write elsewhere, or list the files of ${quote(owner)} instead of the folder`,
  }),
  "output-below-file": ({ path, task, above, owner, at }) => ({
    what: `task ${quote(task)}: output ${pathText(path)} lies below ${pathText(above)}, which ${quote(owner)} makes as a file`,
    where: placeText(at),
    hint: `give one of them another name; if ${pathText(above)} is a link to a folder, add deps: [${quote(owner)}]`,
  }),
  "output-in-state": ({ path, task, folder, at }) => ({
    what: `task ${quote(task)}: output ${isBelow(folder, path) ? `${pathText(path + "/")} lies around` : `${pathText(path)} lies inside`} ${folder === ".git" ? ".git" : "tg's state folder"}`,
    where: placeText(at),
    hint: "write elsewhere",
  }),
  "output-is-config": ({ path, task, at }) => ({ what: `task ${quote(task)}: output ${pathText(path)} is the file in which the task is declared`, where: placeText(at), hint: "write another file, or list it as \"inout\" if it is rewritten in place" }),
  "own-output-as-input": ({ task, path, pattern, byCopy, at }) => ({
    what: `task ${quote(task)}: output ${pathText(path)} is matched by its own input ${quote(pattern)}`,
    where: placeText(at),
    hint: byCopy === undefined ? `add ${quote("!" + path)} to inputs, or list the file as "inout" if it is rewritten in place` : pattern === path ? 'give "run.to" another path' : `give "run.to" another path, or add ${quote("!" + path)} to ${byCopy ? "what is read" : "inputs"}`,
  }),
  "foreach-generated": ({ task, path, producer, at }) => ({
    what: `task ${quote(task)}: foreach goes over ${pathText(path)}, which ${quote(producer)} makes`,
    where: placeText(at),
    hint: "go over the files it is made from; in a clean build these would not be there",
  }),
  "foreach-order": ({ task, family, instance, at }) => ({
    what: `task ${quote(task)} reads what ${quote(instance)} makes, but does not wait for the list of ${quote(family)}`,
    where: placeText(at),
    hint: `add deps: [${quote(family)}]; in a clean build there is no instance yet`,
  }),
  "missing-input": ({ task, path, suggestion, below, families = [], at }) => ({
    what: `task ${quote(task)}: input ${pathText(path)} does not exist and no task makes it${meant(suggestion)}`,
    where: placeText(at),
    hint: below !== undefined ? cwdHint(below) : (patternAdvice(path, "input") ?? `${familiesHint(families)}correct the path, or { path, optional: true } if it may be absent`),
  }),
  "empty-glob": ({ task, pattern, entry, below, families = [], at }) => ({ what: `task ${quote(task)}: input ${quote(entry ?? pattern)} matches no file`, where: placeText(at), hint: below !== undefined ? cwdHint(below) : patternAdvice(entry ?? pattern, "input") ?? `${familiesHint(families)}correct the pattern, or { glob, allowEmpty: true } if that is intended` }),
  "special-input": ({ task, path, kind, at }) => ({ what: `task ${quote(task)}: input ${pathText(path)} is a ${kind}; only files, folders and links can be inputs`, where: placeText(at), hint: `take it out of inputs, ${quote("!" + path)} does so for a pattern` }),
  "unreadable-input": ({ task, path, errno, denied = path, at }) => ({ what: `task ${quote(task)}: cannot read input ${pathText(path)}: ${errnoText(errno)}`, where: placeText(at), hint: accessHint(denied, errno) }),
  "name-not-utf8": ({ task, dir, name, at }) => ({ what: `task ${quote(task)}: the name of ${name.endsWith("/") ? "folder" : "input"} ${bytesText(name.replace(/\/$/, ""))} in ${pathText(dir)} is not valid UTF-8`, where: placeText(at), hint: "rename it, or narrow the pattern" }),
};

/** Outputs of instances are known once their list is. */
function familiesHint(families: readonly string[]): string {
  return families.length === 0 ? "" : `add deps: [${listText(families.map(quote))}] if instances make it; otherwise `;
}

/** A name given as latin1 text, its bytes above ASCII as `\xe9`. */
function bytesText(name: string): string {
  return `"${name.replace(/[^ -~]/g, (c) => "\\x" + c.charCodeAt(0).toString(16).padStart(2, "0"))}"`;
}

