// Sets the scene for a verb: chooses targets, trusts the memo or not, sweeps the disk, judges every wanted task. The same for
// build, status, why and -n. Writes nothing.
import { instancesOf, listSource } from "../graph/family.ts";
import type { Records } from "../model/ports.ts";
import { bad, good, type Problem, type Result } from "../model/problem.ts";
import { openDigest } from "../staleness/digest.ts";
import type { Given } from "../staleness/parts.ts";
import { clearedRecords, findLeftovers, relabelledRecords, undecidedIn, type Leftover } from "../schedule/files/leftovers.ts";
import { keepSightings, LiveSurvey } from "../schedule/survey/live.ts";
import { Readers } from "../schedule/survey/readers.ts";
import { Situation, type CustomHash, type SituationParts } from "../schedule/survey/situation.ts";
import { survey, type Survey } from "../schedule/survey/survey.ts";
import { memoRows } from "../schedule/survey/trust.ts";
import { waitsFor, withDeciders } from "../schedule/files/undecided.ts";
import { withVain } from "../schedule/run/vain.ts";
import { suggest } from "../model/suggest.ts";
import type { Rows } from "../model/table.ts";
import type { ServiceSpec } from "../model/service.ts";
import type { ParamValue, TaskName } from "../model/task.ts";
import { customHashes, givenOf, hasHashers } from "./project/given.ts";
import { choose, type Choice } from "./choose.ts";
import type { Doors } from "./doors.ts";
import { markOf } from "./project/mark.ts";
import type { OpenProject } from "./project/project.ts";
import { missingFor, readParams, type GivenParams } from "./words/params.ts";
import { relisted, withRenamedNeeds } from "./project/relist.ts";
import { unlistedFamilies } from "./project/unlisted.ts";
import type { Wants } from "./words/wants.ts";

export interface Stage {
  readonly project: OpenProject;
  readonly situation: Situation;
  readonly survey: Survey;
  readonly given: Given;
  readonly params: Readonly<Record<string, ParamValue>>;
  /** The given parameters, plus any that only instances of a list not made yet can declare: these move to `params` once it is made. */
  readonly givenParams: GivenParams;
  /** The memo is valid: environment and parameters are those it was made with. */
  readonly memoHeld: boolean;
  /** Keeps the survey current as rows change; null: not asked for, or not possible. */
  readonly live: LiveSurvey | null;
}

/** `live`: keep the survey current. `suspends`: the survey will be carried out (SurveyOptions). */
export interface StageOptions {
  readonly readonly: boolean;
  readonly unjudged?: boolean;
  readonly live?: boolean;
  readonly suspends?: boolean;
  /** Called before the disk is swept, with the rows to be swept. */
  readonly ahead?: (rows: Rows) => Promise<void>;
}

type Base = Omit<SituationParts, "records" | "custom">;

export async function setStage(doors: Doors, project: OpenProject, wants: Wants, o: StageOptions): Promise<Result<Stage>> {
  const again = await relisted(doors, project, wants, o.readonly);
  if (again !== null) return setStage(doors, again, wants, o);
  return stageOf(doors, o.readonly ? await withRenamedNeeds(doors, project, wants) : project, wants, o);
}

/** The stored graph does not record where `default` is written. */
async function withDefaultsPlace({ config }: Doors, { file, root }: OpenProject, problems: readonly Problem[]): Promise<Result<never>> {
  const isDefaults = (problem: Problem): boolean => (problem.code === "unknown-target" || problem.code === "since-not-here") && problem.inConfig === true;
  const at = problems.some(isDefaults) ? await config.placeIn?.(file, root, "default") : undefined;
  return bad(at === undefined ? problems : problems.map((problem) => (isDefaults(problem) ? { ...problem, at } as Problem : problem)));
}

async function stageOf(doors: Doors, opened: OpenProject, wants: Wants, o: StageOptions): Promise<Result<Stage>> {
  const { graph, world, store } = opened;
  const chosen = await choose(doors, opened, wants);
  if (!chosen.ok) return withDefaultsPlace(doors, opened, chosen.problems);
  const project = withUnaffected(opened, chosen.value.unaffected);
  const read = readParams(graph, wants);
  if (!read.ok) return read;
  const { values: params } = read.value;
  const known = memoHolds(doors, project, params) ? (store.memo()?.settled ?? null) : null;
  const missing = missingParams(project, chosen.value.wanted, { params, known });
  if (missing.length > 0) return bad(missing);
  const args = argsFor(wants, chosen.value.named, project);
  if (!args.ok) return args;
  const given = givenOf(doors, project, { params, args: args.value });
  const memoHeld = memoHolds(doors, project, params) && args.value === null;
  const forced = new Uint8Array(graph.count);
  if (wants.force) (wants.targets.length === 0 ? chosen.value.wanted : chosen.value.named).forEach((bit, task) => (forced[task] = bit));
  const named = wants.targets.length === 0 || wants.unnamed === true ? new Uint8Array(graph.count) : o.unjudged === true ? chosen.value.named : nowNamed(chosen.value);
  const memo = memoHeld ? store.memo() : null;
  for (const task of memo === null ? [] : project.redeclared) memo!.settled[task] = 0;
  let base: Base = { graph, world, globs: project.globs, given, memo, wanted: chosen.value.wanted, named, skipped: chosen.value.skipped, forced, awaited: chosen.value.awaited, ...(project.unlisted === undefined ? {} : { unlisted: unlistedFamilies(graph, project.unlisted) }), ...servicesFor(doors, wants, chosen.value.kept) };
  if (o.unjudged === true) return good({ project, situation: new Situation({ ...base, records: store, custom: await hashesOrNone(doors, project) }), survey: { verdicts: [], open: [], doubted: [], reach: [], total: 0, problems: [] }, given, params, givenParams: read.value, memoHeld, live: null });
  const unjudged = (): Situation => new Situation({ ...base, records: store, custom: () => null });
  if (o.live === true) base = { ...base, wanted: withVain(unjudged()) };
  const rows = memoRows(base, base.wanted);
  await o.ahead?.(rows);
  const later = world.sweep(rows);
  if (later.length > 0 || !memoHeld || store.unfinished()) await openDigest();
  world.sweep(later);
  const custom = !memoHeld || store.meta().hashers ? await hashesOrNone(doors, project) : () => null;
  let records: Records = store;
  const ahead = needsLockFirst(project);
  if (ahead) {
    await openDigest();
    if (o.readonly) records = relabelledRecords(unjudged());
    const before = new Situation({ ...base, records, custom });
    const found = findLeftovers(before);
    if (o.readonly) {
      for (const { path, fate } of found) if (fate === "remove") world.hide(path);
      records = clearedRecords(before, found);
    }
    const waiting = withWaits(before, found);
    // A list that cannot be made for want of a parameter is not waited for.
    if (waiting !== null && missingParams(project, waiting.wanted, { params, known }).length === 0) base = { ...base, ...waiting };
  }
  let situation = new Situation({ ...base, records, custom });
  if (o.live === true && !ahead) {
    await openDigest();
    const kept = keptSurvey(situation, store, chosen.value.wanted);
    return listFault(project, situation) ?? good({ project, situation, given, params, givenParams: read.value, memoHeld, ...kept });
  }
  const suspends = o.suspends === true;
  let answer = survey(situation, { suspends });
  if (answer === null) {
    await openDigest();
    situation = new Situation({ ...base, records, custom });
    answer = survey(situation, { suspends })!;
  }
  return listFault(project, situation) ?? good({ project, situation, survey: { ...answer, problems: [...answer.problems, ...askedInVain(situation)] }, given, params, givenParams: read.value, memoHeld, live: null });
}

function withUnaffected(project: OpenProject, refs: readonly string[]): OpenProject {
  return refs.length === 0 ? project : { ...project, notices: [...project.notices, { code: "nothing-affected", refs }] };
}

/** What has only changed is not asked for by name: its missing intermediates stay excused. */
function nowNamed({ named, byName }: Choice): Uint8Array {
  return byName === named ? named : named.map((bit, task) => bit & byName[task]!);
}

/** A list the config cannot take, which no task will make again: the fault is in the config. */
function listFault({ unlisted, graph }: OpenProject, { pending }: Situation): Result<never> | null {
  return unlisted === undefined || unlisted.sources.every((name) => pending[graph.indexOf(name)] === 1) ? null : bad(unlisted.problems);
}

/** Requested instances that no list will contain, because the task that makes the list is fresh. */
function askedInVain({ parts: { graph, awaited }, pending }: Situation): Problem[] {
  const problems: Problem[] = [];
  for (const [name, family] of awaited ?? []) {
    if (pending[listSource(graph, family)] === 1) continue;
    problems.push({ code: "unknown-target", target: name, suggestion: suggest(name, instancesOf(graph, family).map((task) => graph.name(task))) });
  }
  return problems;
}

/** Renamed tasks and leftovers are handled before anything is judged, and that writes. */
export function needsLockFirst(project: OpenProject): boolean {
  return !project.stored || project.store.unfinished() || Object.keys(project.store.meta().orphans).length > 0;
}

/** The hash is open. `asked`: wanted tasks without those that failed tasks asked for in vain: the next failure may ask for something else. */
function keptSurvey(situation: Situation, store: OpenProject["store"], asked: Uint8Array): Pick<Stage, "survey" | "live"> {
  const { world, memo, graph } = situation.parts;
  const { moved, forgotten } = keepSightings(world);
  // Earlier moves are already part of the verdicts.
  for (const set of [moved, forgotten]) set.clear();
  const readers = new Readers({ world, memo, count: graph.count, trusted: situation.trusted });
  const answer = survey(situation, { readers })!;
  const live = new LiveSurvey({ situation, survey: answer, readers, traced: store.traced() });
  return { survey: answer, live: situation.parts.wanted === asked && live.isSound() ? live : null };
}

function servicesFor({ services }: Doors, { keepUp }: Wants, kept: Uint8Array | null): Pick<SituationParts, "kept" | "running" | "givenUp"> {
  return { ...(keepUp === true && kept !== null ? { kept } : {}), ...(services === undefined ? {} : { running: (service: TaskName) => services.keyOf(service), givenUp: (service: TaskName, spec: ServiceSpec) => services.failedKey(service, spec) }) };
}

/** A parameter without a default must be given; for `known` tasks, fresh under these parameters, it was. */
function missingParams({ graph, redeclared }: OpenProject, wanted: Uint8Array, { params, known }: { params: Readonly<Record<string, ParamValue>>; known: Uint8Array | null }): Problem[] {
  const problems: Problem[] = [];
  for (const task of unknownTasks(graph.count, known, redeclared)) {
    if (wanted[task] === 1) problems.push(...missingFor(graph, task, params));
  }
  return problems;
}

function unknownTasks(count: number, known: Uint8Array | null, redeclared: readonly number[]): number[] {
  if (known === null) return Array.from({ length: count }, (_, task) => task);
  const found = new Set(redeclared);
  for (let task = known.indexOf(0); task >= 0; task = known.indexOf(0, task + 1)) found.add(task);
  return [...found].sort((a, b) => a - b);
}

function hashesOrNone(doors: Doors, project: OpenProject): Promise<CustomHash> {
  return hasHashers(project.graph) ? customHashes(doors, project) : Promise.resolve(() => null);
}

/** Tasks that must not read until it is known which files exist, and what that requires; null if no task waits. */
function withWaits(s: Situation, found: readonly Leftover[]): Pick<SituationParts, "memo" | "undecided" | "waits" | "wanted"> | null {
  const undecided = undecidedIn(s, found);
  if (undecided.size === 0) return null;
  const wanted = withDeciders(s, undecided);
  return { memo: null, undecided, wanted, waits: waitsFor(new Situation({ ...s.parts, wanted }), undecided) };
}

function memoHolds(doors: Doors, { stored, store, tools }: OpenProject, params: Readonly<Record<string, ParamValue>>): boolean {
  if (!stored) return false;
  const meta = store.meta();
  return meta.params === paramsMark(params) &&
    meta.declaredEnv.every(([name, mark]) => markOf(doors.system.env[name]) === mark) &&
    meta.versions.every(([command, mark]) => tools.mark(command) === mark);
}

export function paramsMark(params: Readonly<Record<string, ParamValue>>): string {
  const names = Object.keys(params).sort();
  return names.length === 0 ? "" : (markOf(JSON.stringify(names.map((name) => [name, params[name]]))) ?? "");
}

function argsFor(wants: Wants, named: Uint8Array, project: OpenProject): Result<Given["args"]> {
  if (wants.args === null || wants.args.length === 0) return good(null);
  const tasks: number[] = [];
  named.forEach((bit, task) => {
    if (bit === 1) tasks.push(task);
  });
  const problem: Problem = { code: "args-need-one-task", targets: wants.targets };
  if (tasks.length !== 1 || wants.targets.length === 0) return bad([problem]);
  const { name, action } = project.graph.task(tasks[0]!);
  const runs = action === null ? "nothing" : action.kind;
  if (runs === "nothing" || runs === "function" || runs === "file") return bad([{ code: "args-no-command", task: name, runs }]);
  return good({ task: name, words: wants.args });
}
