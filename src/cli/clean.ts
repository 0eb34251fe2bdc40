// tg clean and tg touch: remove outputs, or accept the existing ones. Both write, so both hold the lock.
import type { Emit } from "../model/event.ts";
import { isBelow, toFilePath, type FilePath } from "../model/path.ts";
import { DiskError, type Disk } from "../model/ports.ts";
import { bad, good, type Problem, type Result } from "../model/problem.ts";
import { ABSENT, HALF, type Identity, type Seen, type TaskRecord } from "../model/state.ts";
import type { TaskName } from "../model/task.ts";
import { addUsers } from "../graph/select.ts";
import { openDigest } from "../staleness/digest.ts";
import { dropGone, findLeftovers, removeLeftover } from "../schedule/files/leftovers.ts";
import { takenNow } from "../schedule/survey/lost.ts";
import { deniedFor } from "../schedule/survey/unwritten.ts";
import { withLinks } from "../schedule/survey/recorded.ts";
import { gatherAnew, inputsNow, ownHashes, watchedRows } from "../schedule/step/prepare.ts";
import { treeNow, matchedOutputs } from "../staleness/outputs.ts";
import type { Doors, HeldLock } from "./doors.ts";
import { timeName } from "./names.ts";
import { openProject, type OpenProject } from "./project/project.ts";
import { keepAdopted } from "./past/runs.ts";
import { saveState } from "./save.ts";
import { setStage, type Stage } from "./stage.ts";
import type { Wants } from "./words/wants.ts";
import { ownProblem } from "./trouble.ts";

export interface CleanOptions extends Wants {
  readonly cwd: string;
  readonly config: string | null;
  /** Include everything downstream of the targets. */
  readonly downstream: boolean;
  /** Only intermediates. */
  readonly intermediate: boolean;
  /** Only leftovers of earlier definitions, edited ones included. */
  readonly dead: boolean;
  /** Remove the whole state folder too: everything is judged as never run. */
  readonly state: boolean;
  readonly dryRun: boolean;
  readonly commandLine: string;
}

interface Kept {
  readonly path: string;
  readonly why: "edited" | "now-a-source" | "undecided" | "saved" | "refused";
}

export interface Cleaned {
  /** Paths that existed, sorted; owned trees end in `/`. */
  readonly paths: readonly string[];
  /** Kept although requested, and why. */
  readonly kept: readonly Kept[];
  /** The state folder, if all records go. */
  readonly forgot: string | null;
  /** Those of the files that somebody edited or created, and where they are saved; "" on a dry run. */
  readonly saved: readonly { readonly path: string; readonly to: string }[];
  readonly dryRun: boolean;
}

/** `refused`: what the machine refused to remove, one problem for each place that lacks the rights. */
export async function clean(doors: Doors, o: CleanOptions, emit: Emit): Promise<Result<{ readonly cleaned: Cleaned; readonly refused: readonly Problem[] }>> {
  return locked(doors, o, { readonly: o.dryRun, frees: true }, emit, (stage) => {
    const { project, situation: s } = stage;
    const { disk } = project;
    const kept: Kept[] = [];
    const doomed: Doomed[] = [];
    const cleared = new Set<number>();
    const forgets = o.state && o.targets.length === 0;
    // Once the records are gone nobody knows that a leftover is one.
    for (const { path, fate } of o.dead || forgets ? findLeftovers(s) : []) {
      if (fate === "undecided") kept.push({ path, why: "undecided" });
      else if (fate === "source") kept.push({ path, why: "now-a-source" });
      else if (fate === "edited" && !o.dead) kept.push({ path, why: "edited" });
      else doomed.push({ path, tree: disk.lstat(path).kind === "dir" });
    }
    if (!o.dead) for (const task of chosenTasks(stage, o.downstream)) addOutputs(stage, task, { intermediate: o.intermediate, doomed, cleared });
    const saved = toFilePath(`${project.stateDir}/${SAVED}`, project.root);
    if (forgets && disk.lstat(saved).kind === "dir") kept.push({ path: saved + "/", why: "saved" });
    const going = new Set<string>(doomed.map(({ path }) => path));
    const aside = o.dead ? [] : [...cleared].flatMap((task) => foreignIn(stage, task, going));
    const to = `${saved}/${timeName(doors.system.now())}`;
    const stays = o.dryRun ? new Refused(disk) : removeAll(stage, { doomed, aside, to });
    const undecided = kept.filter(({ why }) => why === "undecided").map(({ path }) => path);
    for (const { path, tree } of doomed) if (stays.paths.has(path)) kept.push({ path: path + (tree ? "/" : ""), why: "refused" });
    // What stays has to be known as what it is.
    const isForgotten = forgets && stays.paths.size === 0;
    if (!o.dryRun) {
      project.store.openForWriting();
      if (!o.intermediate || o.state) for (const task of cleared) if (!stays.hasOf(s.record(task))) project.store.drop(project.graph.name(task));
      if (o.dead) dropGone(s, project.store, new Set([...undecided, ...stays.paths]));
      if (isForgotten) removeState(project);
    }
    const paths = [...new Set(doomed.filter(({ path }) => !stays.paths.has(path)).map(({ path, tree }) => path + (tree ? "/" : "")))].sort();
    const moved = aside.filter((path) => !stays.paths.has(path)).map((path) => ({ path, to: o.dryRun ? "" : `${to}/${path}` }));
    return good({ cleaned: { paths, kept, forgot: isForgotten ? toFilePath(project.stateDir, project.root) : null, saved: moved, dryRun: o.dryRun }, refused: stays.problems });
  });
}

/** What the machine refuses to remove or to move. */
class Refused {
  readonly paths: Set<string> = new Set();
  readonly #disk: Disk;
  readonly #problems: Map<string, Problem> = new Map();

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** One for each place that lacks the rights: it may hold thousands. */
  get problems(): Problem[] {
    return [...this.#problems.values()];
  }

  hasOf(record: TaskRecord | null): boolean {
    return this.paths.size > 0 && record !== null && [...record.outputs, ...record.members].some(([path]) => this.paths.has(path));
  }

  /** Goes on without what is refused. */
  try(path: FilePath, act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      // Only the folder above it stays.
      if (this.#disk.lstat(path).kind === "absent") return;
      const { denied } = deniedFor(this.#disk, error.path, error.errno);
      this.paths.add(path);
      const at = denied ?? path;
      if (!this.#problems.has(at)) this.#problems.set(at, { ...ownProblem(error, "write"), ...(denied === undefined ? {} : { denied }) });
    }
  }
}

/** Moves `aside` what somebody edited or put there, and removes the rest. */
function removeAll({ project: { disk }, situation: s }: Stage, { doomed, aside, to }: { readonly doomed: readonly Doomed[]; readonly aside: readonly FilePath[]; readonly to: string }): Refused {
  const refused = new Refused(disk);
  const holds = ({ path, tree }: Doomed, foreign: string): boolean => foreign === path || (tree && isBelow(foreign as FilePath, path));
  // Copies and the journal need room: on a full disk there is some once the rest has gone.
  const holding = new Set(doomed.filter((one) => aside.some((foreign) => holds(one, foreign))));
  for (const one of doomed) if (!holding.has(one)) refused.try(one.path, () => removeLeftover(s, one.path));
  const ownedAbove = (path: FilePath): FilePath | undefined => [...holding].find((one) => one.tree && isBelow(path, one.path))?.path;
  for (const path of aside) refused.try(path, () => disk.move(path, `${to}/${path}`, ownedAbove(path)));
  for (const one of holding) {
    if (aside.some((foreign) => refused.paths.has(foreign) && holds(one, foreign))) refused.paths.add(one.path);
    else refused.try(one.path, () => removeLeftover(s, one.path));
  }
  return refused;
}

/**
 * Of what is going to be removed, the files that are not as the last run left them, be it a failed one: what a build would move
 * aside. Unknown if no run is recorded; what a killed run was making is not.
 */
function foreignIn({ project, situation: s }: Stage, index: number, going: ReadonlySet<string>): FilePath[] {
  const record = s.record(index);
  if (record === null) return [];
  const { world, graph } = project;
  const known = new Map<string, string>([...record.outputs, ...record.members]);
  const isTold = record.status !== "running";
  const strange = graph.task(index).outputs.flatMap((output): Seen[] => (output.kind === "tree" && !known.has(output.path) ? [[output.path, NO_TREE]] : []));
  const foreign: FilePath[] = [];
  for (const [path, before] of [...record.outputs, ...(isTold ? record.members : []), ...strange]) {
    if (!going.has(path) || before === HALF) continue;
    if (!before.startsWith("t")) {
      if (world.output(path) !== before) foreign.push(path);
    } else for (const [member, identity] of treeNow(world, path).members) if (identity !== "d" && known.get(member) !== HALF && known.get(member) !== identity) foreign.push(member);
  }
  return foreign;
}

/** Stands for an owned tree that no run has left: nothing in it is a task's. */
const NO_TREE = "t" as Identity;

/** Edits that tg saved are a person's work. */
const SAVED = "saved";

/** Removes all of tg's state except what it saved. A link to the folder stays, or the next build would use another one. */
function removeState({ disk, stateDir }: OpenProject): void {
  const names = disk.list(stateDir)?.names ?? [];
  if (!names.includes(SAVED) && disk.lstat(stateDir).kind !== "link") return disk.removeTree(stateDir);
  for (const name of names) if (name !== SAVED && name !== ".gitignore") disk.removeTree(`${stateDir}/${name}`);
}

/** The named tasks (all if none is named), with their dependents if asked for. */
function chosenTasks(stage: Stage, downstream: boolean): number[] {
  const { graph, named, wanted } = stage.situation.parts;
  const chosen = (named.includes(1) ? named : wanted).slice();
  if (downstream) addUsers(graph, chosen);
  return Array.from({ length: graph.count }, (_, task) => task).filter((task) => chosen[task] === 1);
}

interface Doomed {
  readonly path: FilePath;
  readonly tree: boolean;
}

interface Clearing {
  readonly intermediate: boolean;
  readonly doomed: Doomed[];
  readonly cleared: Set<number>;
}

/** Adds the existing outputs of a task. */
function addOutputs(stage: Stage, index: number, { intermediate, doomed, cleared }: Clearing): void {
  const { project, situation: s } = stage;
  const task = project.graph.task(index);
  const { disk } = project;
  const trees: FilePath[] = [];
  for (const output of task.outputs) {
    if (intermediate && output.role !== "intermediate") continue;
    if (output.kind === "glob") continue;
    const kind = disk.lstat(output.path).kind;
    if (kind === "dir") trees.push(output.path);
    if (kind !== "absent") doomed.push({ path: output.path, tree: kind === "dir" });
  }
  for (const [member, identity] of s.record(index)?.members ?? []) {
    if (intermediate || identity === "d" || trees.some((path) => isBelow(member, path)) || task.inout.includes(member)) continue;
    if (disk.lstat(member).kind !== "absent") doomed.push({ path: member, tree: false });
  }
  if (task.depfile !== null && !intermediate && disk.lstat(task.depfile.path).kind === "file") doomed.push({ path: task.depfile.path, tree: false });
  cleared.add(index);
}

/** Takes the lock (except on a dry run), opens everything, and saves what changed. */
async function locked<T>(doors: Doors, o: Wants & { cwd: string; config: string | null; commandLine: string }, { readonly, frees }: { readonly readonly: boolean; readonly frees: boolean }, emit: Emit, act: (stage: Stage) => Result<T>): Promise<Result<T>> {
  let lock: HeldLock | null = null;
  let disk: Disk | null = null;
  try {
    let opened = await openProject(doors, { ...o, readonly });
    if (!opened.ok) return opened;
    if (!readonly) {
      const got = await doors.acquireLock(opened.value.stateDir, o.commandLine, {
        wait: true,
        frees,
        onWait: (holder) => emit({ event: "notice", notice: { code: "waiting-for-lock", ...holder } }),
      });
      if (!got.ok) return got;
      lock = got.value;
      if (lock.tookOver != null) emit({ event: "notice", notice: { code: "took-over-lock", pid: lock.tookOver } });
      if (!opened.value.store.isCurrent()) opened = await openProject(doors, { ...o, readonly });
      if (!opened.ok) return opened;
    }
    await openDigest();
    const set = await setStage(doors, opened.value, o, { readonly, unjudged: true });
    if (!set.ok) return set;
    disk = opened.value.disk;
    for (const notice of set.value.project.notices) if (notice.code === "nothing-affected") emit({ event: "notice", notice });
    const result = act(set.value);
    opened.value.store.close();
    return result;
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    return bad([{ ...ownProblem(error, "write"), ...(disk === null ? {} : deniedFor(disk, error.path, error.errno)) }]);
  } finally {
    lock?.release();
  }
}

export interface Touched {
  readonly adopted: readonly TaskName[];
}

/** Records the named tasks' existing outputs as current (`adopted`); refuses if one is missing, and names it. */
export async function touch(doors: Doors, o: Wants & { cwd: string; config: string | null; commandLine: string }, emit: Emit): Promise<Result<Touched>> {
  return locked(doors, o, { readonly: false, frees: false }, emit, (stage) => {
    stage.project.store.openForWriting();
    const { graph } = stage.project;
    const problems: Problem[] = [];
    const records: [number, TaskRecord][] = [];
    for (const task of graph.order) {
      if (stage.situation.parts.named[task] === 0 || graph.isBarrier(task)) continue;
      const record = adopt(stage, task, doors.system.now());
      if ("code" in record) problems.push(record);
      else {
        records.push([task, record]);
        stage.project.store.put(graph.name(task), record, new Set(stage.project.world.touched));
        stage.project.world.touched.clear();
      }
    }
    if (records.length > 0) keepAdopted(stage.project, stage.situation.parts, { now: doors.system.now(), records: records.map(([task, record]) => [graph.name(task), record]) });
    if (problems.length > 0) return bad(problems);
    saveState(doors, stage, records.map(([task]) => task), emit);
    return good({ adopted: records.map(([task]) => graph.name(task)) });
  });
}

/** Members of intermediates that are not all present. */
function goneMembers({ project: { world }, situation: s }: Stage, before: TaskRecord | null, index: number): readonly Seen[] {
  const trees = (before?.outputs ?? []).filter(([, identity]) => identity.startsWith("t")).map(([tree]) => tree);
  return (before?.members ?? []).filter(([member]) => {
    const tree = trees.find((path) => isBelow(member, path));
    return s.intermediate(index, member) !== null && world.output(tree ?? member) === ABSENT;
  });
}

function adopt(stage: Stage, index: number, now: number): TaskRecord | Problem {
  const { project, situation: s } = stage;
  const task = project.graph.task(index);
  project.world.tick();
  project.world.moments.begin(now);
  const gathered = gatherAnew(s, index);
  const before = s.record(index);
  const { key } = s.judge(index, gathered);
  const c = s.caseOf(index, gathered);
  const there = outputsThere(stage, index, before);
  if ("code" in there) return there;
  const { outputs, members } = there;
  const inputs = inputsNow(s, gathered);
  const record: TaskRecord = {
    status: "adopted", key: key ?? "", parts: c.parts,
    inputs, folders: watchedRows(s, index, { gathered, members }), custom: ownHashes(c, inputs),
    discovered: (before?.discovered ?? []).map(([path]): Seen => [path, s.identity(path)]),
    ...takenNow(c.consumed),
    outputs: outputs.filter(([, identity]) => identity !== HALF), members, value: before?.value ?? null,
    start: now, end: now, goodMs: before?.goodMs ?? 0, exit: 0, signal: null, attempts: 0, peakKb: 0, reasons: [], error: null,
  };
  const { links = [] } = withLinks(project.world, task, record);
  const gone = goneLinks(stage, before, record);
  return links.length + gone.length === 0 ? record : { ...record, links: [...links, ...gone] };
}

/** Outputs as they are; the first one that is missing and may not be is the problem. */
function outputsThere(stage: Stage, index: number, before: TaskRecord | null): Pick<TaskRecord, "outputs" | "members"> | Problem {
  const { project: { graph, world, globs }, situation: s } = stage;
  const task = graph.task(index);
  const outputs: Seen[] = [];
  const members: Seen[] = [];
  for (const output of task.outputs) {
    if (output.kind === "glob") continue;
    const tree = output.kind === "tree" ? treeNow(world, output.path) : null;
    const now = tree?.identity ?? world.output(output.path);
    // One removed after use keeps its recorded identity.
    const identity = now === ABSENT ? (s.intermediate(index, output.path) ?? ABSENT) : now;
    if (identity === ABSENT && !(output.kind === "file" && output.optional) && output.role === "output") return { code: "missing-output", task: task.name, path: output.path, touched: true };
    outputs.push([output.path, identity]);
    for (const member of tree?.members ?? []) members.push(member);
  }
  for (const path of matchedOutputs(task, globs)) members.push([path, world.output(path)]);
  for (const member of goneMembers(stage, before, index)) members.push(member);
  return { outputs, members };
}

/** Links that are not on disk: they lead where they did if everything that they may lead to is unchanged. */
function goneLinks({ project: { world } }: Stage, before: TaskRecord | null, now: TaskRecord): readonly Seen[] {
  if (before?.links === undefined || before.key !== now.key || JSON.stringify([before.outputs, before.members]) !== JSON.stringify([now.outputs, now.members])) return [];
  return before.links.filter(([path]) => world.output(path) === ABSENT);
}
