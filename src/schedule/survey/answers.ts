// The current answer to a question, as a hash: recorded when a function asks, compared when its task is judged, and again when
// it has ended. Starts nothing.
import { familiesOverLists } from "../../graph/family.ts";
import { askedFor, makersOf, neededTask } from "../../graph/needs.ts";
import { AFTER, VALIDATE, type Graph } from "../../model/graph.ts";
import { isOutside, normalizeText, toFilePath, type AbsolutePath, type FilePath } from "../../model/path.ts";
import { questionOf, UNMADE, type Asked, type Question } from "../../model/question.ts";
import { matcherOf } from "../../model/pattern.ts";
import { ABSENT, MOVED, type Digest, type Identity, type Reason, type Seen, type TaskRecord } from "../../model/state.ts";
import type { Records } from "../../model/ports.ts";
import type { Task, TaskName } from "../../model/task.ts";
import { KIND } from "../../model/table.ts";
import { digestText } from "../../staleness/digest.ts";
import type { Globs } from "../../staleness/globs.ts";
import { roleOf } from "../../staleness/outputs.ts";
import type { Given } from "../../staleness/parts.ts";
import type { World } from "../../staleness/world.ts";
import { listsAbove, mayTakeAway } from "./awaited.ts";
import { isLostLink, recordedAs } from "./recorded.ts";
import { hasStayed } from "./stayed.ts";

/** The parts of a situation that are used. */
export interface Known {
  readonly parts: { readonly graph: Graph; readonly records: Pick<Records, "get">; readonly world: World; readonly globs: Globs; readonly given: Given; readonly skipped: Uint8Array };
  readonly pending: Uint8Array;
  readonly unshown: ReadonlySet<number>;
  record(task: number): TaskRecord | null;
  valueOf(task: number): string | null;
  identity(path: FilePath): Identity;
  virtual(path: FilePath): Identity | null;
  outputsOf(task: number, declared: Task, open: boolean): readonly Seen[];
  keyNow(task: number): Digest | null;
}

/** `open`: a task that may still change the answer. */
export type Answer = { readonly hash: string } | { readonly open: TaskName };

export function housePath(s: Known, path: string): FilePath {
  return toFilePath(normalizeText(path), s.parts.world.disk.root as AbsolutePath);
}

export function answerNow(s: Known, task: number, question: Question): Answer {
  const { graph, world, given } = s.parts;
  switch (question.kind) {
    case "env": {
      const value = given.env(question.name);
      return { hash: value === undefined ? "unset" : digestText(value) };
    }
    case "absent":
      if (makerOfAbsent(s, task, question) >= 0) return { hash: UNMADE };
      return { hash: world.kindOf(housePath(s, question.path)) === KIND.absent ? "absent" : "present" };
    case "glob": {
      const open = makersOf(graph, question.pattern).map((maker) => (maker === task ? -1 : openAt(s, maker))).find((maker) => maker >= 0);
      if (open !== undefined) return { open: graph.name(open) };
      return { hash: digestText(filesOf(s, question.pattern).join("\0")) };
    }
    case "need": {
      const need = neededTask(graph, question.target);
      const open = need < 0 ? -1 : openIn(s, need);
      if (open >= 0) return { open: graph.name(open) };
      if (need >= 0 && graph.name(need) === question.target) return { hash: digestText(madeBy(s, need).join("\0")) };
      return { hash: s.identity(housePath(s, question.target)) };
    }
    default:
      return question satisfies never;
  }
}

/** Another task that makes the path asked about by `absent`, which makes the question invalid. -1: there is none. */
export function makerOfAbsent(s: Known, task: number, { path }: Extract<Question, { kind: "absent" }>): number {
  const maker = s.parts.graph.producerOf(housePath(s, path));
  return maker === task ? -1 : maker;
}

/** A task that may still change what `top` stands for, including all that a barrier joins; -1: there is none. */
function openIn(s: Known, top: number): number {
  const { graph } = s.parts;
  const seen = new Set([top]);
  for (const task of seen) {
    // In a build a barrier keeps its verdict; the tasks it joins end.
    if (!graph.isBarrier(task)) {
      const open = openAt(s, task);
      if (open >= 0) return open;
      continue;
    }
    for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) if (graph.needKinds[e] !== VALIDATE) seen.add(graph.needs[e]!);
  }
  return -1;
}

/** The task itself, or the maker of the list that a skipped instance may leave; -1: it stays as it is. */
function openAt({ parts: { graph, skipped }, pending }: Known, task: number): number {
  return pending[task] === 1 ? task : mayTakeAway({ graph, pending, skipped }, task);
}

/** What the pattern matches, including intermediates represented by their record alone. Sorted. */
export function filesOf(s: Known, pattern: string): FilePath[] {
  const { graph, globs } = s.parts;
  const files = new Set<FilePath>(globs.match(pattern, false).files);
  const matches = matcherOf(pattern);
  for (const maker of makersOf(graph, pattern)) for (const path of virtualFiles(s, maker)) if (matches(path)) files.add(path);
  return [...files].sort();
}

/** Files that a fresh task has made and that are not on disk. */
export function virtualFiles(s: Known, task: number): FilePath[] {
  const record = s.record(task);
  if (record === null) return [];
  const made = [...record.outputs, ...record.members].filter(([, identity]) => !identity.startsWith("t") && identity !== "d" && identity !== ABSENT);
  return made.map(([path]) => path).filter((path) => s.parts.world.kindOf(path) === KIND.absent && s.virtual(path) !== null);
}

/** Whether something the question is about, made by a task, is not on disk. */
export function lacks(s: Known, question: Question, maker: number): boolean {
  if (question.kind === "glob") return virtualFiles(s, maker).some(matcherOf(question.pattern));
  const record = question.kind === "need" ? s.record(maker) : null;
  const isGone = ([path, identity]: Seen): boolean => identity !== ABSENT && s.parts.world.kindOf(path) === KIND.absent;
  if (record === null) return false;
  // A file removed from a folder whose drift is kept is not missed as long as the folder exists.
  const keeps = s.parts.graph.task(maker).drift === "keep";
  return record.outputs.some(isGone) || record.members.some((seen) => isGone(seen) && !(keeps && isInTree(record, seen[0])));
}

/** The maker of the link that was asked for, if it has to be made again for an answer; otherwise -1. */
export function linkMaker(s: Known & Parameters<typeof isLostLink>[0], asked: string): number {
  const question = questionOf(asked);
  const path = question.kind === "need" ? housePath(s, question.target) : null;
  return path !== null && isLostLink(s, path) ? s.parts.graph.producerOf(path) : -1;
}

function isInTree(record: TaskRecord, path: FilePath): boolean {
  return record.outputs.some(([tree, identity]) => identity.startsWith("t") && path.startsWith(tree + "/"));
}

/** What stands for a task: outputs and value, or its key if it has neither; for a barrier, what stands for everything it joins. */
function madeBy(s: Known, top: number, standing: (task: number, seen: Seen) => Identity = (_, [, identity]) => identity): string[] {
  const { graph } = s.parts;
  const pieces: string[] = graph.isBarrier(top) && graph.task(top).family === undefined ? ["no value"] : [];
  const seen = new Set([top]);
  for (const task of seen) {
    if (graph.isBarrier(task)) {
      for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) if (graph.needKinds[e]! < AFTER) seen.add(graph.needs[e]!);
      continue;
    }
    const declared = graph.task(task);
    const value = s.valueOf(task);
    const makes = declared.outputs.length + declared.inout.length > 0;
    const made = makes ? s.outputsOf(task, declared, false).map((seen) => `${seen[0]} ${standing(task, seen)}`).sort() : [];
    if (value !== null) made.push(`value ${graph.name(task)} ${value}`);
    for (const piece of makes || value !== null ? made : [s.keyNow(task) ?? ""]) pieces.push(piece);
  }
  // A family has a value even if no instance returned anything, unlike a task that makes the same files.
  if (graph.task(top).family !== undefined && !pieces.some((piece) => piece.startsWith("value "))) pieces.push("no values");
  // What a barrier joins, and the items of a family, may change places.
  return pieces.sort();
}

/** The first question, in recorded order, whose answer has or may have changed. */
export function replay(s: Known, task: number, trace: readonly Asked[]): Reason | null {
  for (const [text, before] of trace) {
    const list = openList(s, task, [text, before]);
    if (list >= 0) return { code: "upstream-changed", task: s.parts.graph.name(list), pending: true };
    const now = answerNow(s, task, questionOf(text));
    if ("open" in now) return { code: "upstream-changed", task: now.open, pending: true };
    if (now.hash !== before && !isExcused(s, questionOf(text), before)) return { code: "need-changed", subject: text, ...(before === MOVED ? { old: MOVED } : {}) };
  }
  return null;
}

/** The maker of a list that may yet bring the missing maker of a file, or the missing instance; -1: none will. */
function openList(s: Known, task: number, asked: Asked): number {
  const question = questionOf(asked[0]);
  if (question.kind !== "need" || neededTask(s.parts.graph, question.target) >= 0) return -1;
  return askedFor(s.parts.graph, task, asked, (path) => hasStayed(s.parts.records, path)).find((source) => s.pending[source] === 1 || s.unshown.has(source)) ?? -1;
}

/** A task still to make a list that may bring a maker of the file, which is missing or exists only because a removed task once made it. */
export function listFor(s: Known, task: number, path: FilePath, now: Identity): TaskName | null {
  const { graph, records } = s.parts;
  if (familiesOverLists(graph).length === 0 || isOutside(path) || !(now === ABSENT || hasStayed(records, path))) return null;
  return listsAbove({ graph, pending: s.pending }, task)[0] ?? listAskedFor(s, task, path);
}

/** The same if it asked for the file by name as well as getting it otherwise. */
function listAskedFor(s: Known, task: number, path: FilePath): TaskName | null {
  for (const asked of s.record(task)?.trace ?? []) {
    const question = questionOf(asked[0]);
    const list = question.kind === "need" && housePath(s, question.target) === path ? openList(s, task, asked) : -1;
    if (list >= 0) return s.parts.graph.name(list);
  }
  return null;
}

/** Whether only an intermediate of a skipped task is gone. */
function isExcused(s: Known, question: Question, before: string): boolean {
  if (question.kind !== "need") return false;
  const { graph, skipped } = s.parts;
  const isGone = (maker: number, path: FilePath): boolean => skipped[maker] === 1 && roleOf(graph.task(maker).outputs, path) === "intermediate" && s.identity(path) === ABSENT;
  const need = neededTask(graph, question.target);
  if (need < 0) return false;
  if (graph.name(need) !== question.target) return isGone(need, housePath(s, question.target));
  const lastMade = (task: number, path: FilePath): Identity => {
    const record = s.record(task);
    return (record === null ? undefined : recordedAs(record, path)) ?? ABSENT;
  };
  return before === digestText(madeBy(s, need, (task, [path, identity]) => (isGone(task, path) ? lastMade(task, path) : identity)).join("\0"));
}

/** Makes the next answer reflect the disk at this moment, unless a task determines it. */
export function lookAnew(s: Known, question: Question): void {
  const { graph, world, globs } = s.parts;
  if (question.kind === "glob") globs.refresh(question.pattern, false);
  else if (question.kind === "absent") world.forget(housePath(s, question.path));
  // A link that a task made may have been followed before what it leads to was made.
  else if (question.kind === "need" && (neededTask(graph, question.target) < 0 || world.kindOf(housePath(s, question.target)) === KIND.link)) world.forget(housePath(s, question.target));
}

/** The file that a question was about; null: it was about something else, or about a task. */
export function fileAsked(s: Known, text: string): FilePath | null {
  const question = questionOf(text);
  return question.kind === "need" && neededTask(s.parts.graph, question.target) < 0 ? housePath(s, question.target) : null;
}

/** A path that is no longer as the function was told, though no task changed it. Looks at the disk again. */
export function movedSince(s: Known, task: number, trace: readonly Asked[]): FilePath | null {
  const { graph } = s.parts;
  for (const [text, before] of trace) {
    const question = questionOf(text);
    if (question.kind === "env" || before === UNMADE) continue;
    if (question.kind === "need" && neededTask(graph, question.target) >= 0) continue;
    lookAnew(s, question);
    const now = answerNow(s, task, question);
    if (!("hash" in now) || now.hash !== before) return (question.kind === "glob" ? question.pattern : housePath(s, question.kind === "need" ? question.target : question.path)) as FilePath;
  }
  return null;
}
