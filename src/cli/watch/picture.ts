// The project as it was last looked at: what tg watch compares a hint with to decide whether it means anything. Opens and
// judges as every verb does; waits for nothing, builds nothing.
import { baseName, isBelow, joinPath, normalizeText, parentOf, type AbsolutePath, type FilePath } from "../../model/path.ts";
import { DiskError } from "../../model/ports.ts";
import { bad, good, type Problem, type Result, type TaskProblem } from "../../model/problem.ts";
import type { Change } from "../../model/event.ts";
import { ABSENT, changedAtMs, type Outcome, type Reason, type ReasonCode, type TaskRecord } from "../../model/state.ts";
import { listingKey, MARK, type Rows } from "../../model/table.ts";
import { openDigest } from "../../staleness/digest.ts";
import { isRedeclared } from "../../schedule/step/failed.ts";
import { isAnswered } from "../../schedule/run/vain.ts";
import type { Moved } from "../../staleness/sightings.ts";
import type { Doors } from "../doors.ts";
import { openProject, STAMP_AGE_MS, type OpenProject } from "../project/project.ts";
import { setStage, type Stage } from "../stage.ts";
import { leftoversIn } from "../status.ts";
import type { Wants } from "../words/wants.ts";
import { ownProblem } from "../trouble.ts";

export interface Picture {
  readonly project: OpenProject;
  readonly stage: Stage;
  /** The config could not be loaded: these are the tasks of the last good one, and what was wrong. */
  readonly broken: Broken | null;
  /** Files no task makes any more, which a build removes. */
  readonly doomed: readonly string[];
  /** Rows of files the config is made of that were written during its evaluation: it may have seen other content. */
  readonly written: readonly string[];
}

type Unwatched = Omit<Picture, "written">;
type Judged = Pick<Picture, "project" | "stage" | "doomed">;

export interface Broken {
  readonly problems: readonly Problem[];
  /** Identity of the config's files and the fault: while it is unchanged, and no file is being written, evaluating again is pointless. */
  readonly mark: string;
}

export type PictureWants = Wants & { readonly cwd: string; readonly config: string | null };

/** Resolves when watching has started, before files are looked at; `rows` are those about to be. */
export type Ahead = (project: OpenProject, rows: Rows) => Promise<void>;

/** A stale task with its reasons. Problems of the project as a whole, and files to be removed, have the task `""`. */
export interface Due {
  readonly task: string;
  readonly reasons: readonly Reason[];
  readonly signature: string;
  /** It failed, and its outputs are gone as a result. */
  readonly lacking: boolean;
  /** It failed because of something that is different now: the config changed, or an edited output is no longer as it was. */
  readonly mended?: boolean;
  readonly service?: boolean;
}

/** Resolution of a filesystem's clock. */
const CLOCK_GRAIN_MS = 10;
/** How often to evaluate: a config that writes what it reads differs after each evaluation. */
const EVALUATIONS = 3;
const NONE: ReadonlySet<string> = new Set();

/** Opens the project again and judges it. `last`: keep its tasks if the config cannot be loaded. */
export async function takePicture(doors: Doors, wants: PictureWants, last: Picture | null, ahead?: Ahead): Promise<Result<Picture>> {
  // Do not touch a folder that is gone: opening its state would create it again.
  if (last !== null && last.project.disk.lstat("" as FilePath).kind === "absent") return bad([{ code: "no-folder", path: last.project.root }]);
  if (last?.broken != null && last.written.length === 0) {
    const kept = await keptPicture(doors, wants, last, last.broken.problems);
    if (kept.ok && kept.value.broken!.mark === last.broken.mark) return good({ ...kept.value, written: [] });
  }
  for (let turn = 1; ; turn++) {
    // Taken first: a file written during evaluation must make a difference next time.
    const startedMs = last === null ? Infinity : last.project.disk.clockMs();
    const made = last === null ? "" : madeOf(last.project, true);
    const elsewhere = last === null ? null : configElsewhere(doors, wants, last.project);
    const whole = elsewhere === null ? await openAndJudge(doors, wants, { kept: null, ahead }) : bad([elsewhere]);
    if (whole.ok) return good(noted({ ...whole.value, broken: null }, startedMs));
    if (last === null) return whole;
    // Do not report faults, with line numbers, of a config that has changed since.
    if (turn < EVALUATIONS && madeOf(last.project, true) !== made) continue;
    const kept = await keptPicture(doors, wants, last, whole.problems, made);
    return kept.ok ? good(noted(kept.value, startedMs)) : kept;
  }
}

/** If this project's config is gone, one found further up belongs to another project, which nobody asked to build. */
function configElsewhere(doors: Doors, { cwd, config }: PictureWants, { root, file }: OpenProject): Problem | null {
  const found = doors.config.find(cwd as AbsolutePath, config);
  return found.ok && found.value.root !== root ? { code: "no-config", from: root, file: baseName(file), other: found.value.file } : null;
}

async function keptPicture(doors: Doors, wants: PictureWants, last: Picture, problems: readonly Problem[], made?: string): Promise<Result<Unwatched>> {
  const kept = await openAndJudge(doors, wants, { kept: last.project });
  if (!kept.ok) return bad(problems);
  const { project } = kept.value;
  const mark = `${made ?? madeOf(project, false)}\n${problemRows(problems).map((key) => `${key}=${project.world.input(key)}`).join("\n")}`;
  return good({ ...kept.value, broken: { problems, mark } });
}

/** Identity of what the config is made of. `anew`: as of this moment. */
function madeOf({ stamp, world }: OpenProject, anew: boolean, except: ReadonlySet<string> = NONE): string {
  if (anew) {
    world.tick();
    world.recheck(stamp.rows.map(([key]) => world.table.idOf(key)));
  }
  return stamp.rows.filter(([key]) => !except.has(key)).map(([key]) => `${key}=${world.input(key)}`).join("\n");
}

/**
 * Time in ms until the config's files are old enough to be evaluated for good. Right after an edit, the result could not be
 * used to answer anyone until something else happens. 0 if waiting does not help: a time in the future, or long ago.
 */
export function ripeInMs({ project: { stamp, world, disk } }: Picture): number {
  const { mtimeMs, ctimeMs } = world.table.columns;
  const rows = stamp.rows.map(([key]) => world.table.idOf(key));
  const newest = rows.reduce((latest, row) => Math.max(latest, mtimeMs[row]!, ctimeMs[row]!), 0);
  const age = disk.clockMs() - newest;
  return age < 0 || age > STAMP_AGE_MS ? 0 : STAMP_AGE_MS - age + CLOCK_GRAIN_MS;
}

function noted(taken: Unwatched, startedMs: number): Picture {
  return { ...taken, written: writtenSince(taken, startedMs) };
}

/** As far as rows have been looked at. */
function writtenSince({ project: { stamp, unsure, world }, broken }: Unwatched, timeMs: number): string[] {
  const { mtimeMs, ctimeMs } = world.table.columns;
  const keys = broken === null ? unsure : [...stamp.rows.map(([key]) => key), ...problemRows(broken.problems)];
  return keys.filter((key) => {
    const row = world.table.idOf(key);
    world.look(row);
    return Math.max(mtimeMs[row]!, ctimeMs[row]!) > timeMs;
  });
}

async function openAndJudge(doors: Doors, wants: PictureWants, { kept, ahead }: { readonly kept: OpenProject | null; readonly ahead?: Ahead | undefined }): Promise<Result<Judged>> {
  try {
    await openDigest();
    const project = await openProject(doors, { cwd: wants.cwd, config: wants.config, readonly: false, kept });
    return project.ok ? await judged(doors, project.value, wants, ahead) : project;
  } catch (error) {
    if (error instanceof DiskError) return bad([ownProblem(error, "read")]);
    throw error;
  }
}

async function judged(doors: Doors, project: OpenProject, wants: Wants, ahead?: Ahead): Promise<Result<Judged>> {
  const stage = await setStage(doors, project, wants, { readonly: true, live: true, ...(ahead === undefined ? {} : { ahead: (rows) => ahead(project, rows) }) });
  return stage.ok ? good({ project: stage.value.project, stage: stage.value, doomed: (await leftoversIn(stage.value)).doomed }) : stage;
}

/** Judges the same project again, after some of its rows changed. */
export async function judgeAgain(doors: Doors, picture: Picture, wants: PictureWants): Promise<Result<Picture>> {
  picture.project.globs.forgetAll();
  const again = await judged(doors, picture.project, wants);
  return again.ok ? good({ ...picture, ...again.value }) : again;
}

/** Where a problem of the config may be mended, besides the files it is known to be made of. */
function problemRows(problems: readonly Problem[]): string[] {
  const rows: string[] = [];
  for (const problem of problems) {
    const { file, at, specifier } = problem as { readonly file?: string; readonly at?: { readonly file: string } | null; readonly specifier?: string };
    for (const one of [file, at?.file]) if (one !== undefined) rows.push(one);
    if (file !== undefined && specifier?.startsWith(".") === true) rows.push(listingKey(parentOf(normalizeText(joinPath(parentOf(file as FilePath), specifier)) as FilePath)));
  }
  return rows;
}

/** Looks again where hints point, or everywhere. `folders`: the watched folders. Returns what differs, by row. */
export function lookAgain(picture: Picture, hints: ReadonlySet<FilePath> | null, folders: ReadonlySet<FilePath>): Moved[] {
  const { project } = picture;
  return lookAtRows(picture, hints === null ? project.world.seenRows() : [...hintedRows(project, hints, folders)]);
}

/** Looks again at these rows. Returns what differs. */
export function lookAtRows({ project: { world } }: Picture, rows: readonly number[]): Moved[] {
  world.tick();
  return world.recheck(rows);
}

/** For a file that is gone, the time of its folder tells when it went. */
export function changedBefore({ project }: Picture, path: FilePath, timeMs: number): boolean {
  for (let at = path; ; at = parentOf(at)) {
    const stat = project.disk.lstat(at);
    if (stat.kind !== "absent") return changedAtMs(stat) <= timeMs;
    if (at === "") return false;
  }
}

/** The same picture with verdicts updated after rows changed; after a build, `ended` names the tasks that did not stay fresh. null: everything must be judged again. */
export function followOn(picture: Picture, ended: readonly string[] | null): Picture | null {
  const { stage, project } = picture;
  const { live } = stage;
  if (live === null) return null;
  const { world, graph } = project;
  // A build forgets what it is about to change, and looks again only where it must.
  const { forgotten } = world.journal!;
  world.recheck([...forgotten].filter((row) => world.seen()[row] !== MARK.same));
  forgotten.clear();
  const sound = ended === null ? live.update() : live.updateAfter(ended.map((name) => graph.indexOf(name)).filter((task) => task >= 0));
  return sound ? { ...picture, stage: { ...stage, survey: live.current() }, doomed: ended === null ? picture.doomed : [] } : null;
}

/** Whether a file the config is made of has changed since the verdicts were computed. */
export function movedConfig(picture: Picture): boolean {
  const { world } = picture.project;
  const rows = configRows(picture);
  return [...(world.journal?.moved ?? [])].some((row) => rows.has(world.table.pathOf(row)));
}

/** Whether a program that was asked for its version has changed. */
export function toolsMoved({ project: { tools, store } }: Picture): boolean {
  tools.forget();
  return store.meta().versions.some(([command, mark]) => tools.mark(command) !== mark);
}

function hintedRows({ world }: OpenProject, hints: ReadonlySet<FilePath>, watched: ReadonlySet<FilePath>): Set<number> {
  const { table } = world;
  const rows = new Set<number>();
  const folders: FilePath[] = [];
  for (const hint of hints) {
    for (const key of [hint, listingKey(hint), listingKey(parentOf(hint))]) {
      const row = table.find(key);
      if (row >= 0) rows.add(row);
    }
    if (watched.has(hint) || table.find(listingKey(hint)) >= 0) folders.push(hint);
  }
  for (const link of world.linksTo(hints)) rows.add(table.idOf(link));
  // A folder that came, went or became inaccessible affects everything below it, but only the folder itself is reported.
  if (folders.length > 0) for (const row of world.seenRows()) if (folders.some((folder) => isBelow(table.pathOf(row), folder))) rows.add(row);
  return rows;
}

/** Rows of files the config is made of, and of those where it may be mended. */
function configRows({ project, broken }: Picture): Set<string> {
  return new Set([...project.stamp.rows.map(([key]) => key), ...problemRows(broken?.problems ?? [])]);
}

/** Whether any of the moved rows belongs to the config. */
export function movesConfig(picture: Picture, moved: readonly Moved[]): boolean {
  if (moved.length === 0) return false;
  const rows = configRows(picture);
  const { table } = picture.project.world;
  return moved.some(({ row }) => rows.has(table.pathOf(row)));
}

/** The files that make the config of `now` differ from that of `then`. A file that is only imported since then has not changed. */
export function configChanges(then: Picture, now: Picture): Change[] {
  const before = new Map(then.project.stamp.rows);
  const after = new Map(now.project.stamp.rows);
  const isListedAnew = (path: FilePath): boolean => before.get(listingKey(parentOf(path))) !== after.get(listingKey(parentOf(path)));
  const changes: Change[] = [];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const path = key as FilePath;
    const [was, is] = [before.get(key), after.get(key)];
    if (key.endsWith("/") || was === is) continue;
    if (was === undefined && isListedAnew(path)) changes.push({ path, how: "added" });
    else if (is === undefined && was !== ABSENT && now.project.disk.lstat(path).kind === "absent") changes.push({ path, how: "removed" });
    else if (was !== undefined && is !== undefined) changes.push({ path, how: was === ABSENT ? "added" : is === ABSENT ? "removed" : "changed" });
  }
  return changes;
}

/**
 * The config was being written during its evaluation: what was read may not be what is there. `hints`: null for all. A config
 * that does something unrecordable is always in doubt. `except`: rows to ignore.
 */
export function isDoubtful(picture: Picture, hints: ReadonlySet<FilePath> | null, except: ReadonlySet<string>): boolean {
  if (picture.project.stamp.settled && picture.broken === null) return false;
  if (hints === null) return true;
  const rows = configRows(picture);
  return [...hints].some((hint) => [hint, listingKey(parentOf(hint))].some((key) => rows.has(key) && !except.has(key)));
}

export function markOf(picture: Picture, except: ReadonlySet<string>): string {
  return madeOf(picture.project, false, except);
}

/** Whether a hint at `path` could mean anything. `folders`: the watched folders. */
export function isOfInterest({ project }: Picture, path: FilePath, folders: ReadonlySet<FilePath>): boolean {
  const { table } = project.world;
  return table.find(path) >= 0 || folders.has(path) || table.find(listingKey(parentOf(path))) >= 0;
}

export function openTasks({ stage, doomed }: Picture): Due[] {
  const { survey, project } = stage;
  const open: Due[] = [];
  for (const task of survey.open) {
    const verdict = survey.verdicts[task]!;
    if (verdict.kind === "fresh") continue;
    const { reasons } = verdict;
    const record = stage.situation.record(task);
    const redeclared = record?.status === "failed" && record.error !== null && (isRedeclared(stage.situation.parts.graph, task, record.error) || isAnswered(stage.situation, task));
    open.push({ task: project.graph.name(task), reasons, signature: JSON.stringify(redeclared ? [...reasons, record!.error] : reasons), mended: redeclared || isCleared(reasons, record), lacking: isLacking(reasons, record), service: project.graph.task(task).service !== null });
  }
  if (survey.problems.length + doomed.length > 0) open.push({ task: "", reasons: [], signature: JSON.stringify([...survey.problems, ...doomed]), lacking: false });
  return open;
}

/** Reasons to run that do not imply that anything changed. */
const STANDING: ReadonlySet<ReasonCode> = new Set(["always", "forced", "failed-last-time", "needed-by"]);

const INPUTS: readonly ReasonCode[] = ["input-changed", "mode-changed", "input-added", "input-removed", "input-deleted", "input-appeared", "upstream-changed"];
const RIGHT: ReadonlySet<ReasonCode> = new Set([...INPUTS, "output-missing", "output-changed"] as const);

/**
 * Reasons about files that a build recorded, or found correct, when the task ended this way: any difference arose after the
 * build, even if it restores the state before it.
 */
const SETTLED: Partial<Record<Outcome, ReadonlySet<ReasonCode>>> = { ran: RIGHT, restored: RIGHT, fresh: RIGHT, failed: new Set(INPUTS) };

/** Reasons of `due` that did not exist `before` the round, or cannot have existed at its end. */
export function newReasons(due: Due, before: readonly Reason[], outcome: Outcome | undefined): Reason[] {
  const known = new Set(before.map((reason) => JSON.stringify(reason)));
  // A service that never became ready left no record: it still differs from when it last was.
  const unrecorded = outcome === "failed" && due.service === true;
  const settled = outcome === undefined || unrecorded ? undefined : SETTLED[outcome];
  return due.reasons.filter((reason) => {
    if (reason.pending === true || (STANDING.has(reason.code) && reason.new === undefined) || (due.lacking && reason.code === "output-missing")) return false;
    return (reason.subject !== undefined && settled?.has(reason.code) === true) || !known.has(JSON.stringify(reason));
  });
}

/** A task that refused to overwrite an edited output left it in place. */
function isLacking(reasons: readonly Reason[], record: TaskRecord | null): boolean {
  return reasons.some(({ code }) => code === "failed-last-time") && refusedOver(record) === null;
}

/** It refused to overwrite an edited output that has changed since. */
function isCleared(reasons: readonly Reason[], record: TaskRecord | null): boolean {
  const path = refusedOver(record);
  const edit = path === null ? undefined : record!.reasons.find(({ code, subject }) => code === "output-changed" && subject === path);
  return edit !== undefined && !reasons.some(({ code, subject, new: now }) => code === edit.code && subject === path && now === edit.new);
}

/** The edited output that a task refused to overwrite. */
export function refusedOver(record: TaskRecord | null): string | null {
  if (record?.error == null) return null;
  const problem = JSON.parse(record.error) as TaskProblem;
  return problem.code === "output-drifted" ? problem.path : null;
}
