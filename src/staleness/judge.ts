// The only judge (docs/staleness.md): from a task, its record and the disk to a verdict with every clause that fails. build,
// status, why and -n all decide through it. Asks for identities; never waits, never writes.
import { openPlaces } from "../model/lockstep.ts";
import type { FilePath } from "../model/path.ts";
import type { Asked } from "../model/question.ts";
import type { OutputRole, Task, TaskName } from "../model/task.ts";
import { isCall, runsAlways } from "../model/task.ts";
import { ABSENT, GONE, HALF, isGoodRecord, type Digest, type Identity, type Parts, type Reason, type Seen, type TaskRecord, type Verdict } from "../model/state.ts";
import { makerAround } from "./behind.ts";
import { digestText } from "./digest.ts";
import { judgeStatus } from "./ended.ts";
import { declares } from "./match.ts";
import { comparedParts } from "./parts.ts";
import { takenBefore } from "./taken.ts";

/** The task that makes a path, and whether its content can still change in this build. */
export interface Producer {
  readonly task: TaskName;
  readonly pending: boolean;
  /** The producer is skipped and the path is one of its intermediates, so its absence makes no task stale. */
  readonly mayLack?: boolean;
}

/** What `deps` provide now, with barriers replaced by what they join. A key is null while it is unknown. */
export interface Consumed {
  readonly outputs: readonly { readonly path: FilePath; readonly identity: Identity; readonly task: TaskName; readonly pending: boolean }[];
  readonly keys: readonly { readonly key: Digest | null; readonly task: TaskName }[];
}

/** A member of an output pattern that is gone, with its last identity. */
export interface Lost {
  readonly path: FilePath;
  readonly identity: Identity;
  readonly task: TaskName;
  /** The task may yet be skipped; then nothing is lost. */
  readonly pending?: boolean;
}

/** A file, tree or output pattern that an undecided task may add to what the patterns match. */
export interface Newcomer {
  readonly task: TaskName;
  /** Absent: what the task will make is unknown, or it makes a list that decides which files there are. */
  readonly path?: FilePath;
}

/** Everything that the judge may ask about one task. */
export interface Case {
  readonly task: Task;
  readonly record: TaskRecord | null;
  readonly parts: Parts;
  /** Declared inputs that exist now or must exist, sorted. */
  readonly files: readonly FilePath[];
  readonly consumed: Consumed;
  /** Content taken from `deps` last time that its maker, which is still a dependency, no longer makes. */
  lost(): readonly Lost[];
  /** Files that patterns may additionally match once upstream has run. */
  readonly newcomers: readonly Newcomer[];
  readonly forced: boolean;
  /** Asked for by name: missing intermediates are not excused. */
  readonly named: boolean;
  /** An instance of an open list: it may have left the list, and then it does not run, whatever its reasons. */
  readonly mayGo: boolean;
  /** A task whose list is still to be made and may bring a maker of a file that no task makes now. */
  openList(path: FilePath, now: Identity): TaskName | null;
  /** Input identity; the recorded one for a virtually present intermediate. */
  identity(path: FilePath): Identity;
  /** A link that is gone, and the record of its maker does not tell what it led to: until it is made again, nobody can compare it. */
  isLostLink(path: FilePath): boolean;
  producer(path: FilePath): Producer | null;
  /** The maker of a discovered file if nothing orders the task after it any more: in a clean tree the order would be luck. */
  unordered(path: FilePath): TaskName | null;
  /** Identity by the config's own hash function, or null if the input has none. */
  custom(path: FilePath): Identity | null;
  outputs: OutputsNow;
  /** Whether another task left an output like this one and no longer makes it. */
  isAnothers(path: FilePath, identity: Identity): boolean;
  /** The first question of the last run whose answer has or may have changed. */
  replay(trace: readonly Asked[]): Reason | null;
}

/** Outputs as they are on disk. */
export interface OutputsNow {
  file(path: FilePath): Identity;
  tree(path: FilePath): { readonly identity: Identity; readonly members: readonly Seen[] };
  role(path: FilePath): OutputRole | null;
}

/** The verdict and the key. */
export interface Findings {
  readonly verdict: Verdict;
  /** null while a part of it is pending. */
  readonly key: Digest | null;
}

export function judge(c: Case): Findings {
  const { task, record } = c;
  const key = keyOf(c);
  if (task.action === null) return { verdict: { kind: "fresh", virtual: false }, key };
  const reasons: Reason[] = [];
  if (c.forced) reasons.push({ code: "forced" });
  if (runsAlways(task, returnedBy(record))) reasons.push({ code: "always" });
  if (record === null) return { verdict: verdictOf(c, [{ code: "never-ran" }, ...reasons], false), key };
  judgeStatus(record, reasons);
  // The run did not get far enough to be recorded: there is nothing to compare with.
  if (record.key === "" && reasons.length > 0) return { verdict: verdictOf(c, reasons, false), key };
  reasons.push(...comparedParts(record.parts, c.parts));
  judgeInputs(c, record, reasons);
  judgeConsumed(c, record, reasons);
  const need = record.trace === undefined ? null : c.replay(record.trace);
  if (need !== null) reasons.push(need);
  const virtual = judgeOutputs(c, record, reasons);
  return { verdict: verdictOf(c, reasons, virtual), key };
}

/** undefined: unknown whether the task returns a value, until it has succeeded once. */
function returnedBy(record: TaskRecord | null): string | null | undefined {
  return isGoodRecord(record) ? record.value : undefined;
}

function verdictOf({ mayGo }: Case, reasons: readonly Reason[], virtual: boolean): Verdict {
  if (reasons.length === 0) return { kind: "fresh", virtual };
  const definite = !mayGo && reasons.some((reason) => reason.pending !== true);
  return { kind: definite ? "stale" : "maybe", reasons: reasons as readonly [Reason, ...Reason[]] };
}

function judgeInputs(c: Case, record: TaskRecord, reasons: Reason[]): void {
  const placeBefore = openPlaces(record.inputs.length, (index) => record.inputs[index]![0]);
  const placeNow = openPlaces(c.files.length, (index) => c.files[index]!);
  const list = c.newcomers.find(({ path }) => path === undefined)?.task;
  for (const path of c.files) {
    const before = placeBefore(path);
    if (before < 0) {
      const maker = makerAround(c, path);
      reasons.push(maker?.pending === true ? pending(maker.task, path) : { code: "input-added", subject: path });
    } else judgePath(c, path, record.inputs[before]![1], reasons);
  }
  for (const [path, before] of record.inputs) {
    if (placeNow(path) >= 0 || before === ABSENT) continue;
    const maker = c.producer(path);
    if (isExcusedBelow(c, path)) continue;
    // If no task makes the path, a list that is still to be made may bring one that does.
    const awaited = maker === null ? list : maker.pending ? maker.task : undefined;
    reasons.push(awaited !== undefined && declares(c.task, path) ? pending(awaited, path) : { code: "input-removed", subject: path, old: before });
  }
  for (const [path, before] of record.discovered) {
    if (placeNow(path) >= 0) continue;
    const maker = c.unordered(path);
    if (maker === null) judgePath(c, path, before, reasons);
    else if (!reasons.some(({ code, task }) => code === "undeclared-order" && task === maker)) reasons.push({ code: "undeclared-order", subject: path, task: maker });
  }
  const told = new Set(reasons.map((reason) => reason.task));
  for (const { task, path } of c.newcomers) {
    if (told.has(task)) continue;
    reasons.push(pending(task, path));
    // A list that several families use stands for everything they may add.
    if (path === undefined) told.add(task);
  }
}

function judgePath(c: Case, path: FilePath, before: Identity, reasons: Reason[]): void {
  const maker = c.producer(path);
  if (maker !== null && (maker.pending || (before.startsWith("l") && c.isLostLink(path)))) {
    reasons.push(pending(maker.task, path));
    return;
  }
  const now = c.identity(path);
  // A list that is still open may bring a missing file, or a maker of it, even if the file was missing last time too.
  const list = maker === null ? c.openList(path, now) : null;
  if (list !== null) {
    reasons.push(pending(list, path));
    return;
  }
  if (now === before || isExcusedBelow(c, path)) return;
  const custom = now === ABSENT ? null : c.custom(path);
  if (custom !== null && c.record?.custom.some(([p, identity]) => p === path && identity === custom) === true) return;
  const change = { subject: path, old: before, new: now };
  if (maker !== null) reasons.push({ code: "upstream-changed", task: maker.task, ...change });
  else if (now === ABSENT) reasons.push({ code: "input-deleted", ...change });
  else if (before === ABSENT) reasons.push({ code: "input-appeared", ...change });
  else if (before.slice(1) === now.slice(1) && "fx".includes(before[0]!) && "fx".includes(now[0]!)) reasons.push({ code: "mode-changed", ...change });
  else reasons.push({ code: "input-changed", ...change });
}

/** A consumer may have deleted it, and no task makes it again: absence is excused, difference is not. */
function isExcusedBelow(c: Case, path: FilePath): boolean {
  return c.producer(path)?.mayLack === true && c.identity(path) === ABSENT;
}

function pending(task: TaskName, path?: FilePath): Reason {
  return { code: "upstream-changed", task, ...(path === undefined ? {} : { subject: path }), pending: true };
}

const COUNT = "of:";

/** Key that stands for the number of a family's instances. */
export function countKey(family: TaskName, instances: number): Digest {
  return `${COUNT}${instances} ${family}` as Digest;
}

/** Such a key without the family's name; below, the name alone. */
function countOf(key: string): string {
  return key.split(" ", 1)[0]!;
}

function familyOf(key: string): string {
  return key.slice(countOf(key).length + 1);
}

/** Index of a key among the recorded ones; for a renamed family, by the number alone. */
function placeIn(recorded: readonly string[], key: string, families: ReadonlySet<string>): number {
  const at = recorded.indexOf(key);
  if (at >= 0 || !key.startsWith(COUNT) || recorded.some((known) => known.startsWith(COUNT) && familyOf(known) === familyOf(key))) return at;
  return recorded.findIndex((known) => known.startsWith(COUNT) && countOf(known) === countOf(key) && !families.has(familyOf(known)));
}

function isChangeOfSet({ code, pending: open }: Reason): boolean {
  return open !== true && (code === "upstream-changed" || code === "input-removed" || code === "input-added");
}

/**
 * Early cut-off for `deps`: equal content is no reason to run, and neither is an entry that left the list, which is not in the
 * key. Content that a task no longer makes is a reason: an instance that left its family took its value and files along, and a
 * task that made files and a value may now make only files.
 */
function judgeConsumed(c: Case, record: TaskRecord, reasons: Reason[]): void {
  const before = takenBefore(record.upstream);
  // A path has one maker; without a path, the task identifies the reason.
  const nameOf = ({ code, subject, task }: Reason): string => `${code} ${subject ?? `\u0001${task}`}`;
  const said = new Set(reasons.map(nameOf));
  const say = (reason: Reason): void => {
    if (!said.has(nameOf(reason))) reasons.push(reason);
    said.add(nameOf(reason));
  };
  c.consumed.outputs.forEach(({ path, identity, task, pending: open }, at) => {
    if (open) return say(pending(task, path === "" ? undefined : path));
    const was = before(path, at);
    if ((was ?? ABSENT) !== identity && !(was !== undefined && isExcusedBelow(c, path))) say({ code: "upstream-changed", task, subject: path, old: was ?? ABSENT, new: identity });
  });
  for (const { path, identity, task, pending: open } of c.lost()) {
    if (!reasons.some(({ subject }) => subject === path)) say(open === true ? pending(task, path) : { code: "upstream-changed", task, subject: path, old: identity, new: ABSENT });
  }
  const keys = [...record.upstreamKeys];
  const families = new Set<string>(c.consumed.keys.flatMap(({ key, task }) => (key?.startsWith(COUNT) === true ? [task] : [])));
  for (const { key, task } of c.consumed.keys) {
    const at = key === null ? -1 : placeIn(keys, key, families);
    if (at >= 0) keys.splice(at, 1);
    else if (key === null) say(pending(task));
    else if (!key.startsWith(COUNT)) say({ code: "upstream-changed", task });
    // The reasons already name the instances that came and the files that went.
    else if (!reasons.some(isChangeOfSet)) reasons.push({ code: "upstream-changed", task, ...countBefore(keys, task), new: countOf(key) });
  }
  for (const { task, pending: open } of c.consumed.outputs) if (!open && keys.some((key) => key.startsWith(`value:${task} `))) say({ code: "upstream-changed", task });
  // A function gets another value, or none, for a target that is no longer a family.
  const isOpen = c.consumed.keys.some(({ key }) => key === null);
  for (const { target } of isOpen || !isCall(c.task) ? [] : c.task.deps) {
    if (!families.has(target) && record.upstreamKeys.some((key) => key.startsWith(COUNT) && familyOf(key) === target)) say({ code: "upstream-changed", task: target as TaskName });
  }
}

/** Empty if the family had another name. */
function countBefore(keys: readonly string[], family: TaskName): { readonly old?: string } {
  const before = keys.find((key) => key.startsWith(COUNT) && familyOf(key) === family);
  return before === undefined ? {} : { old: countOf(before) };
}

/** Returns whether an intermediate is excused from being on disk. */
function judgeOutputs(c: Case, record: TaskRecord, reasons: Reason[]): boolean {
  let virtual = false;
  const known = new Set<string>(record.outputs.map(([path]) => path));
  for (const { code, subject } of reasons) if (code === "output-missing" && subject !== undefined) known.add(subject);
  for (const output of c.task.outputs) {
    if (output.kind !== "glob" && !known.has(output.path) && record.parts["outputs"] === c.parts["outputs"]) reasons.push({ code: "output-missing", subject: output.path });
  }
  const isInTree = (path: FilePath): boolean => record.outputs.some(([tree, identity]) => identity.startsWith("t") && path.startsWith(tree + "/"));
  for (const [path, before] of [...record.outputs, ...record.members.filter(([member]) => !isInTree(member))]) {
    if (before === HALF) continue;
    const isTree = before.startsWith("t");
    const now = isTree ? c.outputs.tree(path).identity : c.outputs.file(path);
    if (now === before) continue;
    if (isExcused(c, { path, before, now })) virtual = true;
    else judgeOutput(c, { path, before, now, isTree }, reasons);
  }
  return virtual;
}

/** An intermediate may be absent from the disk as long as its identity is known. */
function isExcused(c: Case, { path, before, now }: Omit<OutputChange, "isTree">): boolean {
  return now === ABSENT && before !== GONE && c.outputs.role(path) === "intermediate" && !c.named;
}

interface OutputChange {
  readonly path: FilePath;
  readonly before: Identity;
  readonly now: Identity;
  readonly isTree: boolean;
}

function judgeOutput(c: Case, change: OutputChange, reasons: Reason[]): void {
  const { path, before, now, isTree } = change;
  if (now === ABSENT) {
    // An output that is no longer declared is not missed; the changed declaration is a reason of its own.
    const isOwn = c.record!.parts["outputs"] === c.parts["outputs"] || c.outputs.role(path) !== null || c.task.inout.includes(path);
    if (isOwn) reasons.push({ code: "output-missing", subject: path, ...asBefore(before) });
    return;
  }
  // An output that another task left is not an edit.
  const stands = (one: FilePath, identity: Identity): boolean => c.task.drift === "keep" && !c.isAnothers(one, identity);
  if (!isTree) {
    if (!stands(path, now)) reasons.push({ code: "output-changed", subject: path, ...asBefore(before), new: now });
    return;
  }
  const was = new Map(c.record!.members.filter(([member]) => member.startsWith(path + "/")));
  const isDeclared = c.task.outputs.some((output) => output.kind === "tree" && output.path === path);
  for (const [member, identity] of c.outputs.tree(path).members) {
    // In a folder that is no longer this task's, files of others are not its concern.
    if (!isDeclared && !was.has(member)) continue;
    if (was.get(member) !== identity && !stands(member, identity)) reasons.push({ code: "output-changed", subject: member, ...asBefore(was.get(member) ?? ABSENT), new: identity });
    was.delete(member);
  }
  if (c.task.drift !== "keep") for (const [member, identity] of was) reasons.push({ code: "output-missing", subject: member, ...asBefore(identity) });
}

function asBefore(identity: Identity): { readonly old?: Identity } {
  return identity === GONE ? {} : { old: identity };
}

/** Hash of everything that decides what the task makes; null while part of it is pending. */
export function keyOf(c: Pick<Case, "parts" | "files" | "newcomers" | "consumed" | "identity" | "isLostLink" | "producer" | "custom">): Digest | null {
  if (c.newcomers.length > 0 || c.consumed.outputs.some((output) => output.pending) || c.consumed.keys.some(({ key }) => key === null)) return null;
  // Check cheaply for unknown parts first: in a full build, most tasks are asked twice.
  for (const path of c.files) if (c.producer(path)?.pending === true) return null;
  let text = "";
  for (const name of Object.keys(c.parts).sort()) text += piece(name) + piece(c.parts[name]!);
  text += piece("\u0001inputs");
  for (const path of c.files) {
    const now = c.identity(path);
    if (now.startsWith("l") && c.isLostLink(path)) return null;
    text += piece(path) + piece((now === ABSENT ? null : c.custom(path)) ?? now);
  }
  text += piece("\u0001deps");
  const outputs = c.consumed.outputs.length < 2 ? c.consumed.outputs : [...c.consumed.outputs].sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const output of outputs) text += piece(output.path) + piece(output.identity);
  const keys = c.consumed.keys.map(({ key }) => key!).sort();
  for (const key of keys) text += piece(key);
  return digestText(text);
}

function piece(text: string): string {
  return `${text.length}:${text}`;
}
