// Remarks that are made once: nothing here stops a build.
import { isFull } from "../model/ports.ts";
import type { Notice } from "../model/problem.ts";
import { accessHint, BESIDE_HINT, besideText, countText, FULL_HINT, durationText, errnoText, listText, pathText, plural, quote, sizeText } from "./format.ts";
import { cwdHint, type Message, type Texts } from "./message.ts";

/** Shown as news; all others are warnings. */
const NEWS: ReadonlySet<Notice["code"]> = new Set(["waiting-for-lock", "others-at-work", "took-over-lock", "drift-saved", "foreign-saved", "foreign-matched", "leftover-removed", "renamed", "nothing-affected"] as const);

const NOTICE_TEXTS: Texts<Notice> = {
  "state-damaged": ({ what, at }) => ({ what: `the ${what === "state" ? "state" : "journal of the state"} was damaged at byte ${countText(at)}; what is lost of it will run again` }),
  "state-foreign": ({ version }) => ({ what: `the state was written by another version (${version}); starting over` }),
  "state-not-saved": ({ errno }) => ({ what: `could not save the state: ${errnoText(errno)}; the next build will repeat work`, ...(isFull(errno) ? { hint: FULL_HINT } : {}) }),
  "waiting-for-lock": ({ pid, command, seconds }) => ({ what: pid === 0 ? "waiting for a lock that cannot be read" : `waiting for ${command} (pid ${pid}, started ${durationText(seconds * 1000)} ago)` }),
  "others-at-work": ({ pid, command, seconds }) => ({ what: `${command} (pid ${pid}, started ${durationText(seconds * 1000)} ago) is working here; what it runs just now is told as interrupted` }),
  "took-over-lock": ({ pid }) => ({ what: pid === 0 ? "took over a lock that could not be read" : `took over from a tg that ended without cleaning up (pid ${pid})` }),
  "drift-saved": ({ task, path, saved }) => ({ what: `${pathText(path)} was edited by hand and is made again by ${quote(task)}; the edit is kept in ${pathText(saved)}` }),
  "foreign-saved": ({ task, path, saved, files }) => ({
    what: files === 1
      ? `${pathText(path)} is not of ${quote(task)}, which begins without it; it is kept in ${pathText(saved)}`
      : `${countText(files)} files in ${pathText(path)} that tg has no record of are kept in ${pathText(saved)}; ${quote(task)} owns the folder and empties it`,
  }),
  "foreign-matched": ({ task, path, saved, files }) => ({
    what: files === 1
      ? `${pathText(path)} was there before the first run of ${quote(task)} and matches its outputs: it counts as one of them, and goes before the next run; a copy is kept in ${pathText(saved)}`
      : `${countText(files)} files that were there before the first run of ${quote(task)} match its outputs (${pathText(path)}, …): they count as such, and go before the next run; copies are kept in ${pathText(saved)}`,
  }),
  "leftover-removed": ({ paths }) => ({ what: `removed ${plural(paths.length, "leftover")} that no task makes any more: ${listText(paths.map(pathText))}` }),
  "leftover-kept": ({ path, why }) =>
    why === "edited"
      ? { what: `${pathText(path)} is made by no task any more, but was edited; it is kept`, hint: "tg clean --dead removes it" }
      : { what: `${pathText(path)} is made by no task any more and is a source now` },
  "output-in-cwd": ({ task, path, below }) => ({ what: `task ${quote(task)} left ${pathText(path + "/")} empty, and there is ${pathText(below + "/")}`, hint: cwdHint(below + "/") }),
  nondeterministic: ({ task, path }) => ({ what: `task ${quote(task)} made another ${pathText(path)} from the same inputs` }),
  renamed: ({ from, to }) => ({ what: `task ${quote(from)} is now ${quote(to)}; its record is kept` }),
  "env-not-declared": ({ task, name }) => ({ what: `task ${quote(task)} uses $${name} without declaring it: a change of it is not seen`, hint: `env: [${quote(name)}], or \\$${name} if the shell sets it` }),
  "param-unused": ({ name }) => ({ what: `no task has the parameter ${quote(name)}; setting it changes nothing`, hint: `params: [${quote(name)}] in the tasks that use it` }),
  deprecated: ({ task, message }) => ({ what: `task ${quote(task)} is deprecated: ${message}` }),
  "processes-left": ({ task, pids }) => ({ what: `task ${quote(task)} left ${pids.length === 1 ? "a process" : `${pids.length} processes`} running: ${listText(pids.map(String))}` }),
  "skipped-upstream": ({ task, skipped }) => ({ what: `task ${quote(task)} is judged by files of ${quote(skipped)}, which is not fresh but skipped` }),
  "skipped-intermediate": ({ task, skipped, path }) => ({ what: `task ${quote(task)} runs without ${pathText(path)}: ${quote(skipped)}, which makes it, is skipped` }),
  "resource-over-total": ({ task, resource, asked, total }) => ({ what: `task ${quote(task)} asks for ${asked} of ${quote(resource)}, and there is ${total}; it runs with nothing beside it`, hint: 'correct one of them: "resources" of the task, or "resources" at the top of the config' }),
  "jobserver-unreachable": ({ jobs }) => ({ what: `make shares its jobs, but its pipe did not get here; going on with ${jobs} of its own`, hint: "begin the line in the makefile with +" }),
  "future-mtime": ({ path }) => ({ what: `${pathText(path)} is dated in the future; its content is read every time` }),
  "result-not-kept": ({ task, store, errno }) => ({ what: `could not keep the result of ${quote(task)} in the store: ${errnoText(errno)}`, hint: isFull(errno) ? "tg cache shows its size, tg cache clear empties it" : accessHint(store, errno) }),
  "result-too-large": ({ task, bytes, limit }) => ({ what: `the result of ${quote(task)} is not kept: it takes ${sizeText(bytes)}, more than the whole store may (${sizeText(limit)})`, hint: 'a larger "cache.maxSize" at the top of the config, or cache: { store: false } in the task' }),
  "temp-not-removed": ({ task, path, errno }) => ({ what: `could not remove ${pathText(path)}, which ${quote(task)} made for a time: ${errnoText(errno)}`, hint: "the next build tries again" }),
  "replay-elsewhere": ({ run, what, then, now }) => ({ what: `run ${run} was made with another ${what}: ${then} then, ${now} now` }),
  "replay-unknown": ({ run, count }) => ({ what: `${plural(count, "task")} cannot be compared with run ${run}: what ${count === 1 ? "it was" : "they were"} made from is not kept any more` }),
  "replay-other": ({ run, task, what }) => ({ what: what === "made" ? `task ${quote(task)} made other bytes than in run ${run}, from the same` : `task ${quote(task)} had other inputs than in run ${run}: what was made for it came out different` }),
  "nothing-affected": ({ refs }) => ({ what: `nothing to do: no task is affected by what has changed since ${listText(refs.map(quote))}` }),
  "config-unsettled": ({ paths, open }) => ({
    what: `this build changed ${listText(paths.map(pathText), 3)}, which the config had read; ${open === null ? "as it is now, the same build is refused" : `by what it says now ${open.length === 1 ? "a task is" : `${countText(open.length)} tasks are`} to run: ${listText(open.map(quote))}`}`,
    hint: open === null ? "tg build again says why" : "tg build again; a list that a task makes is taken up in the same build by foreach({ from })",
  }),
  "config-beside": ({ file, others }) => ({ what: besideText(file, others), hint: BESIDE_HINT }),
  "untracked-import": ({ file, line }) => ({ what: `${pathText(file)}:${line} imports by a computed name; tg cannot see when that file changes`, hint: "import it by a literal name" }),
};

export function noticeMessage(notice: Notice): Message {
  return (NOTICE_TEXTS[notice.code] as (notice: Notice) => Message)(notice);
}

export function isNews(notice: Notice): boolean {
  return NEWS.has(notice.code);
}
