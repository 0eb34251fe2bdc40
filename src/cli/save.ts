// After judging or building: writes what is now known to the state, as a few journal entries or as a new snapshot. The
// caller holds the lock.
import type { CompactMeta } from "../model/ports.ts";
import { DiskError } from "../model/ports.ts";
import type { Emit } from "../model/event.ts";
import { movedSince, type CompactMemo } from "../model/memo.ts";
import { AFTER, VALIDATE, type Graph } from "../model/graph.ts";
import { lateUsers } from "../graph/graph.ts";
import { rowsOf, settledBits } from "../schedule/survey/settle.ts";
import type { Situation } from "../schedule/survey/situation.ts";
import { tempsOnDisk } from "../schedule/run/temps.ts";
import type { Doors } from "./doors.ts";
import { hasHashers } from "./project/given.ts";
import { markOf } from "./project/mark.ts";
import { paramsMark, type Stage } from "./stage.ts";

const NONE: ReadonlySet<number> = new Set();

/** `ended`: tasks that ended fresh or ran; a survey that is kept knows the others. A state that cannot be saved costs work next time, and is reported once. */
export function saveState(doors: Doors, stage: Stage, ended: readonly number[], emit: Emit): void {
  const { project, situation: s, live } = stage;
  const { store, world } = project;
  try {
    const settled = new Map<number, number>();
    const other = isOther(stage);
    const anew = other || (store.wantsCompaction({ watched: live !== null }) && store.hasCheckedAll());
    const judged = live === null || !anew ? null : live.judgedHere(ended);
    const good = live === null ? ended : judged === null ? live.takeUnsettled(ended) : new Set([...judged.good, ...ended]);
    const temps = tempsOnDisk(s.parts.graph);
    const standing = new Set<number>();
    for (const task of good) {
      if (live === null && s.trusted[task] === 1) continue;
      const stands = s.hanging?.stands(task) === true;
      if (stands) standing.add(task);
      settled.set(task, stands ? 1 : settledBits(s, task, temps));
    }
    const hasOnlyLooked = !other && live === null && !project.restamped && settled.size === 0 && world.changedRows.length === 0;
    if (hasOnlyLooked && store.wantsCompaction({ rows: world.touched.size }) && store.fold()) {
      // That was all there is to keep.
    } else if (anew) {
      const goesOn = live !== null && !other && !project.restamped;
      const written = store.compact(project.base, metaOf(doors, stage), { ...compactMemo(stage, settled, judged?.all ?? NONE), goesOn });
      if (goesOn) {
        live.wrote(written);
        // Each time the state has grown enough.
        s.forget();
        store.forget();
      }
    } else addToJournal(doors, stage, { settled, standing });
    world.touched.clear();
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    emit({ event: "notice", notice: { code: "state-not-saved", errno: error.errno } });
  }
}

/** `standing`: those settled tasks that depended on others, and were found fresh by the others' outputs. */
function addToJournal(doors: Doors, { project, situation: s, live }: Stage, { settled, standing }: { readonly settled: ReadonlyMap<number, number>; readonly standing: ReadonlySet<number> }): void {
  const { store, world } = project;
  const news = new Map<number, number>();
  const same = live === null ? whoGaveTheSame(s, settled, standing) : [];
  const asBefore = whoStandAsBefore(s, { settled, standing, same });
  for (const task of settled.keys()) {
    if (standing.has(task) && asBefore.has(task)) continue;
    const bits = settled.get(task)!;
    if (bits > 0 || live !== null || (s.parts.memo?.settled[task] ?? 0) > 0) news.set(task, bits);
  }
  if (project.restamped) store.restamp(stampFor(doors, project));
  if (news.size > 0 || world.touched.size > 0) store.refresh(world.touched, news, same);
}

/** More are not recorded: each is searched for among the tasks settled with it. */
const FEW_THE_SAME = 64;

/** Tasks that ran and gave what they gave before, if all their dependents were settled in this build. */
function whoGaveTheSame(s: Situation, settled: ReadonlyMap<number, number>, standing: ReadonlySet<number>): number[] {
  if (standing.size === 0) return [];
  const users = lateUsers(s.parts.graph);
  const same: number[] = [];
  for (const task of settled.keys()) {
    if (s.hanging?.givesTheSame(task) !== true || settled.get(task) !== 1 || !users.of(task).every(({ user, kind }) => kind === VALIDATE || settled.has(user))) continue;
    if (same.push(task) > FEW_THE_SAME) return [];
  }
  return same;
}

/** Settled tasks whose needs are all as before: they are settled as before too, and need no entry. */
function whoStandAsBefore(s: Situation, { settled, standing, same }: { readonly settled: ReadonlyMap<number, number>; readonly standing: ReadonlySet<number>; readonly same: readonly number[] }): ReadonlySet<number> {
  const { graph } = s.parts;
  const found = new Set<number>(same);
  for (const task of settled.keys()) {
    let stands = same.length > 0 && standing.has(task);
    for (let e = graph.needStart[task]!; stands && e < graph.needStart[task + 1]!; e++) {
      const need = graph.needs[e]!;
      if (graph.needKinds[e] !== VALIDATE && (graph.isBarrier(need) || (settled.has(need) && !found.has(need)))) stands = false;
    }
    if (stands) found.add(task);
  }
  return found;
}

/** Whether the state is out of date about the project as a whole: graph, environment, parameters or programs. */
export function isOther({ project, memoHeld }: Stage): boolean {
  return !project.stored || (project.evaluated && !project.restamped) || !memoHeld || project.tools.isNews();
}

/** `judged`: only these, of the tasks the survey keeps track of, may differ from `live.written`. */
function compactMemo(stage: Stage, settled: ReadonlyMap<number, number>, judged: ReadonlySet<number>): CompactMemo {
  const { project, situation: s, live } = stage;
  const { graph } = project;
  const { wanted, memo } = s.parts;
  const written = live?.written ?? null;
  const before = written ?? memo;
  // A task that ran for a reason other than a changed row, and did not end well, has nothing else than its record to show it.
  const noted = before === null ? null : project.store.memo();
  const bits = new Uint8Array(graph.count);
  for (const task of graph.order) {
    if (graph.isBarrier(task)) continue;
    const known = settled.get(task);
    if (known !== undefined) bits[task] = known;
    else if (judged.has(task) || written?.settled[task] === 0 || noted?.settled[task] === 0) bits[task] = 0;
    // The survey covers wanted tasks only.
    else bits[task] = written === null || wanted[task] === 0 ? inherited(stage, task) : written.settled[task]!;
  }
  // Includes unsettled ones: the journal may later settle them against the record written now.
  const isNew = (task: number): boolean => settled.has(task) || before === null || (written === null ? bits[task] === 0 : judged.has(task));
  return { settled: bits, refs: (task) => (graph.isBarrier(task) ? [] : isNew(task) ? rowsOf(s, task) : before!.refs(task)) };
}

/** Bits of a task that this build did not judge: kept if none of its rows moved and nothing upstream of it ran. */
function inherited(stage: Stage, task: number): number {
  const { project, situation: s } = stage;
  const { graph, world } = project;
  const { memo } = s.parts;
  if (memo === null || memo.settled[task] === 0) return 0;
  const refs: readonly number[] | Uint32Array = memo.refs(task);
  for (let i = 0; i < refs.length; i++) if (world.changed[refs[i]!] === 1 || movedSince(memo, task, refs[i]!)) return 0;
  return takesFromTrusted(s, graph, task) ? memo.settled[task]! : 0;
}

function takesFromTrusted(s: Situation, graph: Graph, task: number): boolean {
  const { memo, wanted } = s.parts;
  const stack = [task];
  const visited = new Set<number>(stack);
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (let e = graph.needStart[at]!; e < graph.needStart[at + 1]!; e++) {
      const need = graph.needs[e]!;
      if (graph.needKinds[e]! >= AFTER || visited.has(need)) continue;
      visited.add(need);
      if (graph.isBarrier(need)) stack.push(need);
      else if ((wanted[need] === 1 && s.trusted[need] === 0) || memo!.gaveSeq[need]! > memo!.settledSeq[task]!) return false;
    }
  }
  return true;
}

/** Variables declared by tasks. */
function envNamesOf(graph: Graph): string[] {
  const names = new Set<string>();
  let tools = false;
  for (let task = 0; task < graph.count; task++) {
    const declared = graph.task(task);
    for (const name of declared.envNames) names.add(name);
    tools ||= declared.tools.length > 0;
  }
  if (tools) names.add("PATH");
  return [...names].sort();
}

/** A build that does not evaluate the config would not report again what it threw. */
function stampFor(doors: Doors, { stamp }: Stage["project"]): Stage["project"]["stamp"] {
  return doors.config.hasThrown?.() === true ? { ...stamp, settled: false } : stamp;
}

function metaOf(doors: Doors, stage: Stage): CompactMeta {
  const { project } = stage;
  // An unchanged stored graph keeps what was stored with it.
  const kept = project.stored && !project.evaluated ? project.store.meta() : null;
  return {
    stamp: stampFor(doors, project),
    declaredEnv: (kept?.declaredEnv.map(([name]) => name) ?? envNamesOf(project.graph)).map((name) => [name, markOf(doors.system.env[name])] as const),
    versions: project.tools.versions(),
    params: paramsMark(stage.params),
    lists: project.lists,
    said: project.said,
    hashers: kept?.hashers ?? hasHashers(project.graph),
  };
}
