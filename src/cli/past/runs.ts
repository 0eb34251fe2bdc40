// Runs: a build that starts a task is recorded in a file of its own, which tg runs reads. Decides nothing.
import { setTimeout as delay } from "node:timers/promises";
import type { Counts, Event } from "../../model/event.ts";
import { toFilePath, type FilePath } from "../../model/path.ts";
import { DiskError } from "../../model/ports.ts";
import { bad, good, type Result } from "../../model/problem.ts";
import { UNTOLD, type MadeFrom, type Revision, type RunRecord, type RunTask } from "../../model/run.ts";
import { isGoodRecord, type TaskRecord } from "../../model/state.ts";
import type { TaskName } from "../../model/task.ts";
import type { World } from "../../staleness/world.ts";
import { suggest } from "../../model/suggest.ts";
import type { RunsCommand } from "../words/commands.ts";
import type { Doors } from "../doors.ts";
import { countTasks, keepMade, madeFrom, untoldSince, type Began } from "./made.ts";
import { placeOf } from "../project/place.ts";
import { openProject, type OpenProject } from "../project/project.ts";
import { keepLogs } from "./run-logs.ts";
import { keepBounds, newId, readRuns } from "./run-files.ts";

/** How long a finished build waits for git to say whether the sources differ from the commit. */
const GIT_MS = 100;
export const LOCKFILES: readonly string[] = ["package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb", "deno.lock"];

export interface RunAsked {
  readonly start: number;
  readonly command: string;
  readonly targets: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly jobs: number;
  readonly args: readonly string[] | null;
  readonly skip: readonly string[];
  /** The person's working directory: absolute. */
  readonly standsIn: string;
}

/** Listens to a build from when it has the lock. Costs nothing until a task starts. */
export class RunLog {
  readonly #doors: Doors;
  readonly #project: OpenProject;
  readonly #began: Began;
  /** Runs are numbered in the order of the lock: what this one finds fresh was made before. */
  readonly #locked: number;
  readonly #tasks: RunTask[] = [];
  /** Logs by task. */
  readonly #logs: Map<string, { file: string; failed: boolean }> = new Map();
  #revision: ReturnType<Doors["revision"]> | null = null;

  constructor(doors: Doors, project: OpenProject, began: Began) {
    this.#doors = doors;
    this.#project = project;
    this.#began = began;
    this.#locked = doors.system.now();
  }

  take(event: Event): void {
    if (event.event === "task-started") this.#revision ??= this.#doors.revision(this.#project.root);
    if (event.event !== "task-ended" || event.outcome === "fresh" || event.outcome === "skipped") return;
    const { task, outcome, start, end, exit, attempts, reasons, problem, log } = event;
    if (log !== undefined) this.#logs.set(task, { file: log, failed: outcome === "failed" });
    this.#tasks.push({ task, outcome, start, end, exit, attempts, ...(reasons[0] === undefined ? {} : { reason: reasons[0] }), ...(problem === undefined ? {} : { problem: problem.code }) });
  }

  /** What each task that ran was made from, or was to be, and each that was recorded since `untold` and did not run. */
  #made(untold: number | null): [TaskName, MadeFrom][] {
    const { store } = this.#project;
    const names = new Set(this.#tasks.filter(({ outcome }) => outcome === "ran" || outcome === "restored" || outcome === "failed").map(({ task }) => task as TaskName));
    if (untold !== null) {
      const told = new Set(this.#tasks.map(({ task }) => task));
      for (const name of store.startedSince(untold)) if (!told.has(name)) names.add(name);
    }
    return [...names].flatMap((name): [TaskName, MadeFrom][] => {
      const record = store.get(name);
      return record?.status !== "failed" && !isGoodRecord(record) ? [] : [[name, madeFrom(this.#began, name, record)]];
    });
  }

  /** Writes the file if any task started or was restored. Call with the lock held. */
  async save(asked: RunAsked, end: { readonly time: number; readonly exitCode: number; readonly signal: string | null; readonly counts: Counts }): Promise<void> {
    const { world, graph, disk, file, root } = this.#project;
    if (this.#revision === null && end.counts.restored === 0) return;
    const { system } = this.#doors;
    const dir = `${graph.stateDir}/runs`;
    const record: RunRecord = {
      version: 1, id: newId(disk, dir, this.#locked), start: asked.start, end: end.time, exitCode: end.exitCode, signal: end.signal,
      command: asked.command, targets: asked.targets, params: asked.params, jobs: asked.jobs, tool: this.#doors.tool, versions: system.exactly(this.#doors.tool), platform: system.platform, arch: system.arch,
      revision: await settled(await (this.#revision ?? this.#doors.revision(this.#project.root))),
      lockfile: lockfileOf(world),
      counts: end.counts,
      again: { args: asked.args, skip: asked.skip, from: toFilePath(asked.standsIn, root), tasks: countTasks(this.#began) },
      tasks: this.#tasks,
    };
    try {
      disk.makeDir(dir);
      const logs = keepLogs(disk, dir, record.id, this.#logs);
      const tasks = this.#tasks.map((one) => (logs.has(one.task) ? { ...one, log: logs.get(one.task)! } : one));
      const text = JSON.stringify({ ...record, tasks });
      disk.write(`${dir}/${record.id}.json`, text);
      const note = `${graph.stateDir}/${UNTOLD}${placeOf(this.#doors, file, root).suffix}`;
      const untold = untoldSince(disk, note);
      const made = keepMade(disk, dir, record.id, this.#made(untold));
      if (untold !== null) disk.remove(note);
      const log = [...logs.values()].reduce((sum, { bytes }) => sum + bytes, 0);
      keepBounds(disk, dir, { json: Buffer.byteLength(text), made, log });
    } catch (error) {
      // A full disk has been reported already: it kept the state from being saved.
      if (!(error instanceof DiskError)) throw error;
    }
  }
}

/** What `tg touch` accepted is part of no run: those that follow find what it was made from here. Call with the lock held. */
export function keepAdopted({ disk, graph }: Pick<OpenProject, "disk" | "graph">, began: Began, { now, records }: { readonly now: number; readonly records: readonly (readonly [TaskName, TaskRecord])[] }): void {
  const dir = `${graph.stateDir}/runs`;
  try {
    disk.makeDir(dir);
    const made = keepMade(disk, dir, newId(disk, dir, now), records.map(([name, record]) => [name, madeFrom(began, name, record)]));
    keepBounds(disk, dir, { json: 0, made, log: 0 });
  } catch (error) {
    // As with a run: a replay compares with an earlier one.
    if (!(error instanceof DiskError)) throw error;
  }
}

/** The first lock file of a package manager that is found. */
export function lockfileOf(world: World): RunRecord["lockfile"] {
  const file = LOCKFILES.find((name) => world.disk.lstat(name).kind !== "absent");
  return file === undefined ? null : { file, identity: world.input(file as FilePath) };
}

async function settled(revision: Awaited<ReturnType<Doors["revision"]>>): Promise<Revision | null> {
  if (revision === null) return null;
  return { commit: revision.commit, dirty: await Promise.race([revision.dirty, delay(GIT_MS, null, { ref: false })]) };
}

export interface Runs {
  /** Newest first. */
  readonly runs: readonly RunRecord[];
  /** One run was requested: show all of it. */
  readonly whole: boolean;
}

export async function runs(doors: Doors, command: RunsCommand): Promise<Result<Runs>> {
  const opened = await openProject(doors, { ...command, readonly: true });
  if (!opened.ok) return opened;
  const { disk, graph } = opened.value;
  const all = readRuns(disk, `${graph.stateDir}/runs`, command.last ? 1 : Infinity);
  if (command.run === null) return good({ runs: all, whole: command.last });
  const found = all.find(({ id }) => id === command.run);
  return found === undefined ? bad([{ code: "unknown-run", run: command.run, suggestion: suggest(command.run, all.map(({ id }) => id)) }]) : good({ runs: [found], whole: true });
}
