// Remarks beside a build: deprecations of named tasks, skipped upstream tasks, variables that nobody declared. Decides
// nothing.
import { awaitsList } from "../graph/family.ts";
import type { Notice } from "../model/problem.ts";
import { KIND } from "../model/table.ts";
import type { ChainMember, Task } from "../model/task.ts";
import { declares } from "../staleness/match.ts";
import type { Stage } from "./stage.ts";
import type { Wants } from "./words/wants.ts";

export function asidesOf(stage: Stage, wants: Wants): Notice[] {
  const notices: Notice[] = [];
  const { graph, named, skipped, wanted } = stage.situation.parts;
  for (let task = named.indexOf(1); task >= 0; task = named.indexOf(1, task + 1)) {
    if (graph.task(task).deprecated !== "") notices.push({ code: "deprecated", task: graph.name(task), message: graph.task(task).deprecated });
  }
  for (const [name] of wants.params) if (Object.hasOwn(graph.spareParams ?? {}, name) && !awaitsList(graph)) notices.push({ code: "param-unused", name });
  for (const task of stage.survey.open) {
    for (const name of undeclaredEnv(stage, task)) notices.push({ code: "env-not-declared", task: graph.name(task), name });
  }
  const { future } = stage.project.world;
  if (future !== null) notices.push({ code: "future-mtime", path: future });
  if (!skipped.includes(1)) return notices;
  for (let task = 0; task < graph.count; task++) {
    if (wanted[task] === 0 || skipped[task] === 1) continue;
    for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
      if (skipped[graph.needs[e]!] === 1) notices.push(...skippedNeed(stage, task, graph.needs[e]!));
    }
  }
  return notices;
}

/** What `task` is judged by, or must do without, because `need` does not run. */
function skippedNeed({ situation: { parts: { graph, world } }, survey: { verdicts } }: Stage, task: number, need: number): Notice[] {
  const about = { task: graph.name(task), skipped: graph.name(need) };
  const maker = graph.task(need);
  if (verdicts[need]?.kind !== "fresh") return maker.when === false ? [] : [{ code: "skipped-upstream", ...about }];
  if (verdicts[task]?.kind === "fresh") return [];
  return maker.outputs.flatMap((output) => (output.kind === "file" && output.role === "intermediate" && declares(graph.task(task), output.path) && world.kindOf(output.path) === KIND.absent ? [{ code: "skipped-intermediate", ...about, path: output.path }] : []));
}

/** Set by every shell or by tg itself; using them is no sign of a missing declaration. */
const USUAL = new Set(["HOME", "PATH", "PWD", "OLDPWD", "USER", "SHELL", "TMPDIR", "IFS", "HOSTNAME", "LANG", "TERM", "OUT", "PPID", "UID", "RANDOM", "TG_ATTEMPT", "TG_SCRATCH", "MAKEFLAGS"]);

/** Reported once: for a new or changed command. */
function undeclaredEnv(stage: Stage, task: number): string[] {
  const verdict = stage.survey.verdicts[task]!;
  const news = verdict.kind === "stale" && verdict.reasons.some((reason) => reason.code === "never-ran" || reason.code === "command-changed");
  return news ? undeclaredEnvOf(stage.situation.parts.graph.task(task)) : [];
}

/** `$NAME` in a shell command of the task, not declared, not assigned in the text. */
export function undeclaredEnvOf(declared: Task): string[] {
  const known = [...declared.envNames, ...Object.keys(declared.envValues), ...Object.keys(declared.params)];
  return [...new Set(commandsOf(declared).flatMap(({ text, env }) => undeclaredIn(text, new Set([...known, ...Object.keys(env)]))))];
}

/** Members of a chain set values for themselves alone. */
function commandsOf({ action }: Task): { readonly text: string; readonly env: ChainMember["env"] }[] {
  const members = action?.kind === "chain" ? action.members : [{ action, env: {} }];
  return members.flatMap((member) => (member.action?.kind === "shell" ? [{ text: member.action.text, env: member.env }] : []));
}

function undeclaredIn(command: string, known: ReadonlySet<string>): string[] {
  const text = command.replace(/'[^']*'/g, "''").replace(/\\\$/g, "");
  const names = new Set([...text.matchAll(/\$\{?([A-Z_][A-Z0-9_]*)/g)].map((match) => match[1]!));
  return [...names].filter((name) => !known.has(name) && !USUAL.has(name) && !new RegExp(`(^|[\\s;&|(])(${name}=|for ${name} |read .*${name})`).test(text));
}
