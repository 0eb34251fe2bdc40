// tg build --replay: what a past run was asked for, what each of its tasks was made from, and how that differs from now. Runs
// nothing.
import { absoluteOf, type FilePath } from "../../model/path.ts";
import type { Disk } from "../../model/ports.ts";
import { bad, good, type Notice, type Problem, type Result } from "../../model/problem.ts";
import type { MadeFrom, RunRecord } from "../../model/run.ts";
import { EMPTY_RECORD, isRunKey, type Reason } from "../../model/state.ts";
import type { TaskName } from "../../model/task.ts";
import { suggest } from "../../model/suggest.ts";
import { openDigest } from "../../staleness/digest.ts";
import { judge } from "../../staleness/judge.ts";
import type { Situation } from "../../schedule/survey/situation.ts";
import type { Doors } from "../doors.ts";
import { openProject } from "../project/project.ts";
import { isListed, madeDigest, readMade, countTasks } from "./made.ts";
import { idsIn, readRuns } from "./run-files.ts";
import { lockfileOf } from "./runs.ts";
import type { Wants } from "../words/wants.ts";

/** A run to be repeated. */
export interface Replay {
  readonly run: RunRecord;
  /** What tasks were made from when the run ended, as far as still known. */
  readonly known: ReadonlyMap<string, MadeFrom>;
}

type Asked = Wants & { readonly cwd: string; readonly config: string | null };

/** What to build instead of what was asked, and the run to compare with. */
export async function openReplay(doors: Doors, wants: Asked, id: string): Promise<Result<{ wants: Asked; replay: Replay }>> {
  await openDigest();
  const opened = await openProject(doors, { ...wants, readonly: true });
  if (!opened.ok) return opened;
  const { disk, graph, root } = opened.value;
  const dir = `${graph.stateDir}/runs`;
  const run = readRuns(disk, dir, Infinity).find((one) => one.id === id);
  if (run === undefined) return bad([{ code: "unknown-run", run: id, suggestion: suggest(id, readRuns(disk, dir, Infinity).map((one) => one.id)) }]);
  if (run.again === undefined) return bad([{ code: "run-too-old", run: id }]);
  const { args, skip, from } = run.again;
  return good({
    wants: { ...wants, targets: run.targets, skip, args, recorded: run.params, standsIn: absoluteOf(from as FilePath, root) },
    replay: { run, known: knownAt(disk, dir, run) },
  });
}

/** For each task, what it was made from in that run; for one that was fresh, in its last run before, or as `tg touch` accepted it (a killed run is part of the next: model/run.ts). */
function knownAt(disk: Disk, dir: string, { id, tasks }: RunRecord): Map<string, MadeFrom> {
  const known = new Map<string, MadeFrom>(readMade(disk, `${dir}/${id}.made`));
  // For tasks it never reached (cancelled, blocked), an earlier run says nothing: they were not fresh.
  const own = new Set<string>(tasks.map(({ task }) => task));
  const ids = idsIn(disk, dir, ["json", "made"]);
  for (const before of ids.slice(0, Math.max(0, ids.indexOf(id))).reverse()) {
    for (const [task, from] of readMade(disk, `${dir}/${before}.made`)) if (!known.has(task) && !own.has(task)) known.set(task, from);
  }
  return known;
}

/** Reasons for which a task would run, but its run would be the same. */
const STANDING: ReadonlySet<Reason["code"]> = new Set(["forced", "always", "output-missing", "output-changed"] as const);

/** Everything in which the tasks differ from the run. Outputs not made yet are unknown: the upstream task is compared by its own reasons. */
export function replayProblems(s: Situation, { run, known }: Replay): Problem[] {
  const { graph, wanted } = s.parts;
  const problems: Problem[] = [];
  const others = run.again!.tasks !== countTasks(s.parts);
  const part = new Set<string>(run.tasks.map(({ task }) => task));
  for (const task of graph.order) {
    if (wanted[task] === 0 || graph.isBarrier(task) || s.parts.skipped[task] === 1) continue;
    const name = graph.name(task);
    const before = known.get(name);
    if (before === undefined) {
      if (others && !part.has(name) && !isListed(graph, task)) problems.push({ code: "replay-differs", run: run.id, task: name, how: "new", reasons: [] });
      continue;
    }
    const now = s.caseOf(task, s.gather(task));
    const consumed = { ...now.consumed, keys: now.consumed.keys.filter(({ key }) => key === null || !isRunKey(key)) };
    const { verdict } = judge({ ...now, consumed, record: { ...EMPTY_RECORD, status: "ok", ...before, upstreamKeys: before.upstreamKeys.filter((key) => !isRunKey(key)) } });
    const reasons = verdict.kind === "fresh" ? [] : verdict.reasons.filter(({ code, pending }) => pending !== true && !STANDING.has(code));
    if (reasons.length > 0) problems.push({ code: "replay-differs", run: run.id, task: name, how: "changed", reasons });
  }
  for (const { task } of run.tasks) {
    const index = graph.indexOf(task);
    if (known.get(task)?.late === false && (index < 0 || wanted[index] === 0)) problems.push({ code: "replay-differs", run: run.id, task: task as TaskName, how: "gone", reasons: [] });
  }
  return problems;
}

/** What a person should know before it starts. */
export function replayNotices(doors: Doors, s: Situation, { run, known }: Replay): Notice[] {
  const { graph, wanted, world } = s.parts;
  const notices: Notice[] = [];
  const lock = lockfileOf(world);
  const pairs: [string, string, string][] = [
    ["tg", run.tool, doors.tool], ["platform", run.platform, doors.system.platform],
    ["lock file", run.lockfile === null ? "none" : `${run.lockfile.file} ${run.lockfile.identity}`, lock === null ? "none" : `${lock.file} ${lock.identity}`],
  ];
  for (const [what, then, now] of pairs) if (then !== now) notices.push({ code: "replay-elsewhere", run: run.id, what, then, now });
  const unmade = new Set<string>(run.tasks.filter(({ outcome }) => outcome !== "ran" && outcome !== "restored").map(({ task }) => task));
  let count = 0;
  for (let task = 0; task < graph.count; task++) if (wanted[task] === 1 && !graph.isBarrier(task) && s.parts.skipped[task] === 0 && !isListed(graph, task) && !known.has(graph.name(task)) && !unmade.has(graph.name(task))) count++;
  if (count > 0) notices.push({ code: "replay-unknown", run: run.id, count });
  return notices;
}

/** Which runs a task followed. The key holds them too. */
const runsIn = ({ upstreamKeys }: Pick<MadeFrom, "upstreamKeys">): string => upstreamKeys.filter(isRunKey).join(" ");

/** Tasks that ended well, but with a result that differs from the run's. */
export function replayOthers(s: Situation, good: readonly number[], { run, known }: Replay): Notice[] {
  const notices: Notice[] = [];
  for (const task of good) {
    const before = known.get(s.parts.graph.name(task));
    const record = s.record(task);
    if (before === undefined || before.failed === true || record === null) continue;
    const sameKey = before.key === record.key || runsIn(before) !== runsIn(record);
    if (!sameKey || before.made !== madeDigest(record)) notices.push({ code: "replay-other", run: run.id, task: s.parts.graph.name(task), what: sameKey ? "made" : "key" });
  }
  return notices;
}
