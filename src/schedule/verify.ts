// After a command exited 0: are the inputs still what they were, are the outputs there, what did the depfile say. The
// makings of an `ok` record, or what is wrong. Runs nothing.
import { mayFail } from "../graph/family.ts";
import { askedFor } from "../graph/needs.ts";
import { VALIDATE } from "../model/graph.ts";
import { parentOf, toFilePath, type AbsolutePath, type FilePath } from "../model/path.ts";
import { ABSENT, type Identity, type Seen } from "../model/state.ts";
import type { TaskProblem } from "../model/problem.ts";
import { DiskError } from "../model/ports.ts";
import type { Asked } from "../model/question.ts";
import type { Task } from "../model/task.ts";
import { KIND } from "../model/table.ts";
import { parseDepfile } from "../staleness/depfile.ts";
import { matchedOutputs, roleOf, treeNow } from "../staleness/outputs.ts";
import { forgetTree, gatherAnew, type Prepared } from "./prepare.ts";
import type { Situation } from "./situation.ts";
import type { Workshop } from "./workshop.ts";

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: TaskProblem };

function fail(problem: TaskProblem): { readonly ok: false; readonly problem: TaskProblem } {
  return { ok: false, problem };
}

/** First input that is no longer what it was at the start; null when all are. Rewritten `inout` files do not count. */
export function changedInput(s: Situation, index: number, p: Prepared): FilePath | null {
  const { graph } = s.parts;
  const gathered = gatherAnew(s, index);
  if (gathered.files.length === p.inputs.length && p.inputs.every(([path, was], i) => gathered.files[i] === path && s.parts.world.input(path) === was)) return null;
  const before = new Map(p.inputs);
  for (const path of gathered.files) {
    if (p.task.inout.includes(path)) continue;
    const was = before.get(path);
    before.delete(path);
    const now = s.parts.world.input(path);
    if (was === now || (now === ABSENT && was !== undefined && isIntermediate(s, path))) continue;
    return path;
  }
  for (const [path, was] of before) {
    if (was === ABSENT || p.task.inout.includes(path)) continue;
    if (isIntermediate(s, path) && graph.producerOf(path) >= 0) continue;
    return path;
  }
  return null;
}

/** A consumer may delete an intermediate it has read. */
function isIntermediate(s: Situation, path: FilePath): boolean {
  const maker = s.parts.graph.producerOf(path);
  return maker >= 0 && roleOf(s.parts.graph.task(maker).outputs, path) === "intermediate";
}

export interface Made {
  readonly outputs: readonly Seen[];
  readonly members: readonly Seen[];
}

/** Declared outputs as they are now; the first one that is missing or of the wrong kind is the problem. */
export function outputsMade(w: Workshop, p: Prepared, o: { claimed(path: FilePath): string | null; /** Put back from the store, perhaps untouched. */ back: readonly FilePath[]; /** It has left no process behind. */ alone: boolean }): Checked<Made> {
  const { world, globs } = w.situation.parts;
  const { task } = p;
  const outputs: Seen[] = [];
  const members: Seen[] = [];
  for (const output of task.outputs) {
    if (output.kind === "glob") continue;
    world.forgetFolders(output.path);
    if (output.kind === "tree") {
      const tree = treeNow(world, output.path, true);
      if (tree.identity === ABSENT) return fail({ code: "missing-output", task: task.name, path: output.path + "/" });
      if (!tree.identity.startsWith("t")) return fail({ code: "output-kind", task: task.name, path: output.path, kind: "file", expected: "folder" });
      if (tree.bad !== null) return fail({ code: "output-not-utf8", task: task.name, dir: tree.bad });
      outputs.push([output.path, tree.identity]);
      for (const member of tree.members) members.push(member);
      continue;
    }
    world.forget(output.path);
    const identity = world.output(output.path);
    if (o.alone) world.atRest(output.path);
    if (identity === ABSENT && !output.optional) return fail({ code: "missing-output", task: task.name, path: output.path, ...othersMissing(w, task, output.path) });
    if (identity === "d" || identity.startsWith("?")) return fail({ code: "output-kind", task: task.name, path: output.path, kind: identity === "d" ? "folder" : identity.slice(1), expected: "file" });
    outputs.push([output.path, identity]);
  }
  const matched = matchedOutputs(task, globs);
  for (const output of task.outputs) {
    const bad = output.kind === "glob" ? globs.match(output.pattern, false).bad[0] : undefined;
    if (bad !== undefined) return fail({ code: "output-not-utf8", task: task.name, dir: bad[0] });
  }
  const literal = new Set<string>(outputs.map(([path]) => path));
  const known = new Set<string>([...o.back, ...(p.case.record?.members ?? []).map(([path]) => path)]);
  for (const path of matched) {
    if (literal.has(path)) continue;
    const was = p.before.get(path);
    if (p.case.record !== null && !known.has(path) && was !== undefined && sameStat(w, path, was)) continue;
    const owner = o.claimed(path);
    if (owner !== null && owner !== task.name) return fail({ code: "output-owned-by", task: task.name, path, owner: owner as Task["name"] });
    world.forget(path);
    members.push([path, world.output(path)]);
  }
  const empty = task.outputs.find((o) => o.kind === "glob" && globs.match(o.pattern, false).files.length === 0);
  if (empty !== undefined && empty.kind === "glob") return fail({ code: "missing-output", task: task.name, path: empty.pattern });
  return { ok: true, value: { outputs, members: members.sort((a, b) => (a[0] < b[0] ? -1 : 1)) } };
}

/** All that a wrong command forgot is told in one run. */
function othersMissing(w: Workshop, task: Task, first: FilePath): { others?: readonly FilePath[] } {
  const { disk } = w.situation.parts.world;
  const others = task.outputs.flatMap((o) => (o.kind === "file" && !o.optional && o.path !== first && disk.lstat(o.path).kind === "absent" ? [o.path] : []));
  return others.length === 0 ? {} : { others };
}

function sameStat(w: Workshop, path: FilePath, was: ReturnType<Workshop["situation"]["parts"]["world"]["disk"]["lstat"]>): boolean {
  const now = w.situation.parts.world.disk.lstat(path);
  return now.mtimeMs === was.mtimeMs && now.ctimeMs === was.ctimeMs && now.size === was.size && now.ino === was.ino;
}

/** Inputs the depfile names, without the declared ones and the task's own outputs. Absent ones stay, as absent. */
export function discoveredInputs(w: Workshop, index: number, p: Prepared): Checked<Seen[]> {
  const { task } = p;
  const { world } = w.situation.parts;
  if (task.depfile === null) return { ok: true, value: [] };
  const { path, format, optional } = task.depfile;
  let text: string;
  try {
    if (world.disk.lstat(path).kind === "absent") {
      return optional ? { ok: true, value: [] } : fail({ code: "depfile-missing", task: task.name, path });
    }
    text = Buffer.from(world.disk.read(path)).toString("utf8");
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    return fail({ code: "depfile-bad", task: task.name, path, line: 0, message: error.errno });
  }
  const parsed = parseDepfile(format, text);
  if (!parsed.ok) return fail({ code: "depfile-bad", task: task.name, path, line: parsed.line, message: parsed.message });
  const root = world.disk.root as AbsolutePath;
  const declared = new Set<string>(p.inputs.map(([input]) => input));
  const found = new Map<FilePath, Identity>();
  for (const raw of parsed.paths) {
    const file = toFilePath(raw, root, task.cwd);
    if (file === "" || declared.has(file) || found.has(file) || w.situation.parts.graph.producerOf(file) === index) continue;
    world.forget(file);
    const kind = world.kindOf(file);
    if (kind === KIND.dir || kind === KIND.special) continue;
    found.set(file, world.input(file));
  }
  return { ok: true, value: [...found].sort((a, b) => (a[0] < b[0] ? -1 : 1)) };
}

/** Paths that an earlier run has discovered, as they are now. */
export function seenNow(w: Workshop, paths: readonly FilePath[]): Seen[] {
  const { world } = w.situation.parts;
  return paths.map((path): Seen => {
    world.forget(path);
    return [path, world.input(path)];
  });
}

export interface Discovery {
  readonly discovered: readonly Seen[];
  /** Tasks that it asked for while it ran: what they make was there before it was told. */
  readonly needed: ReadonlySet<number>;
}

export function discoveryOf(w: Workshop, discovered: readonly Seen[], trace: readonly Asked[]): Discovery {
  return { discovered, needed: new Set(trace.flatMap(([text]) => askedFor(w.situation.parts.graph, text))) };
}

/**
 * A discovered file that was written after the task began and not by a task that had ended before: nobody knows which
 * content the command read. `startedMs` is the filesystem's clock at the start.
 */
export function youngDiscovery(w: Workshop, { discovered, needed }: Discovery, startedMs: number): FilePath | null {
  const { world, graph } = w.situation.parts;
  for (const [path, identity] of discovered) {
    if (identity === ABSENT) continue;
    const row = world.table.idOf(path);
    const young = Math.max(world.table.columns.mtimeMs[row]!, world.table.columns.ctimeMs[row]!) >= startedMs;
    if (!young) continue;
    const maker = graph.producerOf(path);
    if (needed.has(maker)) continue;
    const ended = maker < 0 ? undefined : w.endedAt.get(maker);
    if (ended === undefined || ended > startedMs) return path;
  }
  return null;
}

/** A discovered file made by a task that nothing declared orders before this one. */
export function undeclaredOrder(w: Workshop, index: number, { discovered, needed }: Discovery): TaskProblem | null {
  const { graph } = w.situation.parts;
  for (const [path] of discovered) {
    const maker = graph.producerOf(path);
    if (maker >= 0 && maker !== index && !needed.has(maker) && !standsBefore(w, maker, index)) {
      return { code: "undeclared-order", task: graph.name(index), path, producer: graph.name(maker) };
    }
  }
  return null;
}

function standsBefore(w: Workshop, maker: number, index: number): boolean {
  const { graph } = w.situation.parts;
  const visited = new Set<number>([index]);
  const stack = [index];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (let e = graph.needStart[at]!; e < graph.needStart[at + 1]!; e++) {
      const need = graph.needs[e]!;
      if (graph.needKinds[e] === VALIDATE || visited.has(need)) continue;
      if (need === maker) return true;
      visited.add(need);
      stack.push(need);
    }
  }
  return false;
}

/** Removes outputs that a failed attempt touched; of a task that may fail all, since others go on without it. */
export function removeTouched(w: Workshop, p: Prepared): void {
  const { world, globs } = w.situation.parts;
  const { task } = p;
  if (task.onFail === "keep") return forgetOutputs(w, task);
  const { graph } = w.situation.parts;
  const all = mayFail(graph, graph.indexOf(task.name));
  for (const output of task.outputs) {
    if (output.kind === "file") {
      const was = p.before.get(output.path);
      const now = world.disk.lstat(output.path);
      if (now.kind !== "absent" && now.kind !== "dir" && (all || was === undefined || !sameStat(w, output.path, was))) ifPossible(() => world.disk.remove(output.path));
    } else if (output.kind === "tree" && (!task.incremental || world.disk.lstat(output.path).kind !== "dir")) {
      forgetTree(w.situation, output.path);
      ifPossible(() => world.disk.removeTree(output.path));
    }
  }
  for (const member of matchedOutputs(task, globs)) {
    const was = p.before.get(member);
    if (was === undefined || !sameStat(w, member, was)) ifPossible(() => world.disk.remove(member));
  }
  forgetOutputs(w, task);
}

/** What cannot be removed after a failure is in the way of the next run, which says so. */
function ifPossible(call: () => void): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
  }
}

export function forgetOutputs(w: Workshop, task: Task): void {
  const { world, globs } = w.situation.parts;
  for (const output of task.outputs) {
    if (output.kind === "glob") globs.refresh(output.pattern, false);
    else if (output.kind === "tree") forgetTree(w.situation, output.path);
    else world.forget(output.path);
    world.forgetFolders(output.kind === "glob" ? (output.pattern as FilePath) : output.path);
  }
  for (const path of task.inout) {
    world.forget(path);
    world.forgetFolders(parentOf(path));
  }
}
