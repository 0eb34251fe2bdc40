// Messages about a command line tg cannot follow.
import { isFull } from "../model/ports.ts";
import type { UsageProblem } from "../model/problem.ts";
import { quoted } from "../model/shell.ts";
import { accessHint, errnoText, listText, pathText, quote, visible } from "./format.ts";
import { assignmentAdvice, flagAdvice } from "./other-tools.ts";
import { reasonText } from "./reasons.ts";
import { meant, placeText, type Texts } from "./message.ts";

function sourceText(file: string): string {
  return file === "-" ? "standard input" : pathText(file);
}

function refHint(ref: string): string {
  // No name of a commit has two dots.
  const [from, to] = ref.split(/\.{2,3}/);
  if (to !== undefined && (from !== "" || to !== "")) return `${quoted(`@since:${from === "" ? to : from}`)}, which asks for what came since HEAD and it parted`;
  // What is counted from a commit, or asked of the reflog, has no name at a remote.
  const fetched = /^-|^HEAD\b|[~^]|@\{/.test(ref) ? "" : `; one that only the remote has: git fetch origin ${quoted(ref.replace(/^origin\//, ""))}, then @since:FETCH_HEAD`;
  return `git branch --all and git tag list names${fetched}`;
}

/** `HEAD` in `HEAD:src` and in `HEAD^{tree}`. */
function commitIn(ref: string): string | null {
  const commit = /^([^:]+?)(?::.*|\^\{\w+\})$/s.exec(ref)?.[1];
  return commit === undefined ? null : quoted(`@since:${commit}`);
}

function fetchHint(ref: string): string {
  return ref.startsWith("origin/") ? `git fetch --unshallow origin ${quoted(ref.slice("origin/".length))}; on GitHub Actions "fetch-depth: 0" for actions/checkout` : 'git fetch --unshallow; on GitHub Actions "fetch-depth: 0" for actions/checkout';
}

export const USAGE_TEXTS: Texts<UsageProblem> = {
  "unknown-command": ({ command, suggestion, help }) => ({ what: `no command ${quote(command)}${meant(suggestion)}`, hint: assignmentAdvice(command) ?? `tg build ${quoted(command)}${help === true ? " --help" : ""} if it is a target; tg --help lists the commands` }),
  "unknown-flag": ({ command, flag, suggestion }) => ({ what: `tg ${command} has no flag ${quote(flag)}${meant(suggestion)}`, hint: flagAdvice(command, flag) ?? `tg ${command} --help` }),
  "since-not-here": ({ target, inConfig, at }) => inConfig === true
    ? { what: `config: "default" has ${quote(target)}, which is another list for each commit`, where: placeText(at), hint: `tg build ${quoted(target)}, or a script of package.json that says so` }
    : { what: `${quote(target)} may be many tasks, and one is meant here`, hint: `tg status ${quoted(target)} names them` },
  "git-missing": ({ target }) => ({ what: `${quote(target)} asks git, and there is no program "git" on PATH`, hint: "install it, or name tasks" }),
  "git-no-repository": ({ target, root }) => ({ what: `${quote(target)} asks git, and ${pathText(root)} is in no repository`, hint: "git init, or name tasks" }),
  "git-no-commit": ({ target }) => ({ what: `${quote(target)} asks what has changed since a commit, and the repository has none yet`, hint: "tg build, which runs nothing that is fresh" }),
  "git-unknown-ref": ({ target, ref, shallow, kind }) => ref === ""
    ? { what: `${quote(target)} names no commit`, hint: "@since:main, @since:HEAD~1, @since:v1.0" }
    : kind !== undefined ? { what: `${quote(ref)} is a ${kind === "blob" ? "file" : "folder"} to git, not a commit`, hint: commitIn(ref) ?? "git log --oneline lists commits" }
    : { what: `git knows no commit ${quote(ref)} here${shallow ? ", and this clone lacks history" : ""}`, hint: shallow ? fetchHint(ref) : refHint(ref) },
  "git-no-base": ({ ref, shallow }) => ({ what: `${quote(ref)} and HEAD have no commit in common${shallow ? " in this clone, which lacks history" : ""}, so nobody can tell what has changed since`, hint: shallow ? fetchHint(ref) : "name a commit that HEAD comes from: git log --oneline lists them" }),
  "git-failed": ({ target, message, partial }) => partial === true
    ? { what: `git cannot say what ${quote(target)} is: this is a partial clone, and what it lacks could not be fetched: ${message}`, hint: "again where the remote can be reached, or once, for all of it: git fetch --refetch --no-filter" }
    : { what: `git cannot say what ${quote(target)} is: ${message}`, hint: "git status in the config's folder says the same" },
  "bad-flag-value": ({ flag, found, expected }) => ({ what: `flag ${quote(flag)} is ${quote(found)}, expected ${expected}`, ...(flag === "--param" ? { hint: `--param ${/^\w+$/.test(found) ? found : "NAME"}=VALUE; tg build TASK --help names the parameters of a task` } : {}) }),
  "not-together": ({ words: [one, other] }) => ({ what: `${quote(one)} and ${quote(other)} do not go together`, hint: "leave one of them out" }),
  "missing-flag-value": ({ flag, expected }) => ({ what: `flag ${quote(flag)} needs a value`, hint: `${flag} ${expected}` }),
  "missing-argument": ({ command, argument }) => ({ what: `tg ${command} needs a ${argument}`, hint: command === "why" ? "tg status -v tells the reasons of all" : `tg ${command} --help` }),
  "extra-argument": ({ command, argument }) => ({ what: `tg ${command} takes no argument ${quote(argument)}`, hint: `tg ${command} --help` }),
  "export-cycle": ({ groups }) => ({ what: `the groups need each other: ${groups.map(quote).join(" → ")}`, hint: "--breakdown task, or other first tags" }),
  "export-path": ({ path, to }) => ({ what: `${to} cannot say the name of the file ${pathText(path)}`, hint: "rename it, or --to sh" }),
  "export-service": ({ service, to }) => ({ what: `the service ${quote(service)} cannot be said in the words of ${to}, which waits for the end of whatever it runs`, hint: "name targets that need no service; --to dot draws all" }),
  "no-strace": () => ({ what: "--audit needs strace, which is not on PATH", hint: "install it, or verify without --audit" }),
  "scratch-unwritable": ({ path, errno }) => ({ what: `cannot make a scratch copy: ${pathText(path)}: ${errnoText(errno)}`, hint: "TMPDIR names the folder for it, which may be written to and has room" }),
  "not-in-run": ({ run, task, suggestion }) => ({ what: `task ${quote(task)} did nothing in run ${run}${meant(suggestion)}`, hint: `tg runs ${run} lists what did` }),
  "run-too-old": ({ run }) => ({ what: `run ${quote(run)} does not say what its tasks were made from: an earlier version of tg kept it`, hint: "tg runs lists others" }),
  "replay-alone": ({ given }) => ({ what: `--replay takes everything from the run, and ${quote(given)} is given as well`, hint: "leave one of them out" }),
  "replay-differs": ({ run, task, how, reasons }) => ({
    what: how === "changed" ? `task ${quote(task)} is not what it was in run ${run}: ${listText(reasons.map(reasonText), 3)}`
      : how === "new" ? `task ${quote(task)} was not part of run ${run}` : `task ${quote(task)} of run ${run} is not part of this build any more`,
    hint: `tg runs ${run} tells of that run, its commit among it`,
  }),
  "unknown-run": ({ run, suggestion }) => ({ what: `there is no run ${quote(run)}${meant(suggestion)}`, hint: "tg runs lists them" }),
  "answer-unwritable": ({ errno }) => ({ what: `cannot write to standard output: ${errnoText(errno)}; what stands there is not whole`, hint: isFull(errno) ? "free some space" : "look at where standard output goes" }),
  "summary-unwritable": ({ file, errno }) => ({ what: `cannot write the summary ${pathText(file)}: ${errnoText(errno)}`, hint: "give --summary a file in a folder that exists and may be written to" }),
  "trace-unwritable": ({ file, errno }) => ({ what: `cannot write the trace ${pathText(file)}: ${errnoText(errno)}`, hint: "give --trace a file in a folder that exists and may be written to" }),
  "init-unwritable": ({ file, errno }) => ({ what: `cannot write ${pathText(file)}: ${errnoText(errno)}`, hint: accessHint(file, errno) }),
  "page-unwritable": ({ file, errno }) => ({ what: `cannot write ${pathText(file)}: ${errnoText(errno)}`, hint: "-o names another file" }),
  "unknown-action": ({ command, found, expected }) => ({ what: `tg ${command} takes no ${quote(found)}, expected ${expected}`, hint: `tg ${command} --help` }),
  "unknown-target": ({ target, suggestion, inConfig, at, script, readers, below, list }) => ({
    what: `${inConfig === true ? `config: "default" has ${quote(target)}: ` : ""}${nothingText(target)}${list === undefined ? "" : listedText(list)}${readers === undefined ? "" : `; ${listText(readers.map(quote), 3)} ${readers.length === 1 ? "takes" : "take"} it as an input`}${below === undefined ? "" : `; ${listText(below.map(pathText), 3)} ${below.length === 1 ? "lies" : "lie"} below it`}${meant(suggestion)}`,
    where: placeText(at),
    hint: list !== undefined ? list.empty ? `tg build ${quoted(list.from)} makes the list, tg build ${quoted(target)} both` : `tg build ${quoted(target)} has the list made first where it is stale` : script === true ? `the name is the npm script's; let the script say "tg build TARGET" if it is not the task's` : below !== undefined ? `name what is to be made: tg build ${below.slice(0, 3).map(quoted).join(" ")}` : readers !== undefined ? `name ${readers.length === 1 ? "the task" : "a task"} that reads it: tg build ${quoted(readers[0]!)}` : (assignmentAdvice(target) ?? "tg list shows the tasks"),
  }),
  "skip-unneeded": ({ target, targets }) => ({
    what: `--skip ${quote(target)}: ${targets.length === 0 ? "a build without targets" : listText(targets.map(quote), 3)} ${targets.length > 1 ? "need" : "needs"} no such task`,
    hint: `leave it out; tg graph${targets.length > 3 ? "" : targets.map((word) => " " + quoted(word)).join("")} shows what is needed`,
  }),
  "args-need-one-task": ({ targets }) => ({
    what: targets.length === 0 ? "words after -- go to one task, and none is named" : `words after -- go to one task, not to ${listText(targets.map(quote))}`,
    hint: "tg build TASK -- WORDS",
  }),
  "args-no-command": ({ task, runs }) => ({
    what: `words after -- go to a command, and ${quote(task)} ${{ nothing: "only joins others", function: "calls a function", file: "is a file that tg makes itself" }[runs]}`,
    hint: runs === "nothing" ? "tg list --tree shows what it joins; name one of these" : runs === "function" ? 'declare what it takes under "params", and give it with --param NAME=VALUE' : "leave them out",
  }),
  "unknown-param": ({ param, suggestion }) => ({ what: `no parameter ${quote(param)}${meant(suggestion)}`, hint: 'declare it under "params" in the config' }),
  "bad-param": ({ param, found, expected, file }) => ({ what: `parameter ${quote(param)} is ${file === undefined ? quote(found) : visible(found)}, expected ${expected}`, hint: file === undefined ? `--param ${param}=VALUE` : `correct it in ${sourceText(file)}` }),
  "missing-param": ({ param, task }) => ({ what: `task ${quote(task)} needs parameter ${quote(param)}`, hint: `--param ${param}=VALUE, or a default in the config` }),
  "params-file": ({ file, message }) => ({ what: `cannot read parameters from ${sourceText(file)}: ${errnoText(message)}`, hint: /^E[A-Z]+$/.test(message) && message !== "ENOENT" ? accessHint(file, message) : message === "ENOENT" ? "correct the path; it begins where tg is called, or in the folder of -C" : "give a JSON object of names and values" }),
  "no-log": ({ task }) => ({ what: `task ${quote(task)} has no log: it never ran`, hint: `tg build ${quoted(task)}` }),
  "runs-nothing": ({ task, what, joined }) => ({ what: `${quote(task)} runs nothing itself and has no ${what}`, hint: joined === null ? "tg list --tree shows what it joins" : `tg ${what === "log" ? "logs" : "results"} ${quoted(joined)}` }),
  "no-value": ({ task, ran }) => ({ what: ran ? `task ${quote(task)} returned no value` : `task ${quote(task)} has no value: it has not ended well`, hint: ran ? "let its function return one" : `tg build ${quoted(task)}` }),
  "unknown-key": ({ key, suggestion }) => ({ what: `no family has an instance ${quote(key)}${meant(suggestion)}`, hint: "tg list -v shows the instances" }),
  "file-exists": ({ file }) => ({ what: `${pathText(file)} exists already and is left as it is`, hint: "remove or rename it first" }),
};

function nothingText(target: string): string {
  if (target.startsWith("tag:")) return `no task has the tag ${quote(target.slice(4))}`;
  return /[*?{}]/.test(target) ? `no task or output ${quote(target)}, and no task's name matches it` : `no task or output ${quote(target)}`;
}

function listedText({ family, from, empty }: { readonly family: string; readonly from: string; readonly empty: boolean }): string {
  return empty ? `: ${quote(family)} has no tasks yet, ${quote(from)} makes its list` : `: it is not in the list that ${quote(from)} made last`;
}
