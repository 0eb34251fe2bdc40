// Runs: a build that starts a task is remembered in a file of its own, and tg runs tells of them. Decides nothing.
import { setTimeout as delay } from "node:timers/promises";
import type { Counts, Event } from "../model/event.ts";
import type { FilePath } from "../model/path.ts";
import { DiskError, type Disk } from "../model/ports.ts";
import { bad, good, type Result } from "../model/problem.ts";
import type { Revision, RunRecord, RunTask } from "../model/run.ts";
import { suggest } from "../model/suggest.ts";
import { ABSENT } from "../model/state.ts";
import type { RunsCommand } from "./commands.ts";
import type { Doors } from "./doors.ts";
import { openProject, type OpenProject } from "./project.ts";

/** All runs together are kept below this size; the oldest go first. */
const MOST_BYTES = 16 * 1024 * 1024;
/** How long the end of a build waits for git to say whether the sources differ from the commit. */
const GIT_MS = 100;
const LOCKFILES = ["package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb", "deno.lock"] as const;

export interface RunAsked {
  readonly start: number;
  readonly command: string;
  readonly targets: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly jobs: number;
}

/** Listens to a build. Costs nothing until a task starts. */
export class RunLog {
  readonly #doors: Doors;
  readonly #project: OpenProject;
  readonly #tasks: RunTask[] = [];
  #revision: ReturnType<Doors["revision"]> | null = null;

  constructor(doors: Doors, project: OpenProject) {
    this.#doors = doors;
    this.#project = project;
  }

  take(event: Event): void {
    if (event.event === "task-started") this.#revision ??= this.#doors.revision(this.#project.root);
    if (event.event !== "task-ended" || event.outcome === "fresh" || event.outcome === "skipped") return;
    const { task, outcome, start, end, exit, attempts, reasons, problem } = event;
    this.#tasks.push({ task, outcome, start, end, exit, attempts, ...(reasons[0] === undefined ? {} : { reason: reasons[0] }), ...(problem === undefined ? {} : { problem: problem.code }) });
  }

  /** Writes the file if anything started or was restored. With the lock held. */
  async save(asked: RunAsked, end: { readonly time: number; readonly exitCode: number; readonly signal: string | null; readonly counts: Counts }): Promise<void> {
    const { world, graph, disk } = this.#project;
    if (this.#revision === null && end.counts.restored === 0) return;
    const file = LOCKFILES.find((name) => world.input(name as FilePath) !== ABSENT);
    const dir = `${graph.stateDir}/runs`;
    const record: RunRecord = {
      version: 1, id: newId(disk, dir, asked.start), start: asked.start, end: end.time, exitCode: end.exitCode, signal: end.signal,
      command: asked.command, targets: asked.targets, params: asked.params, jobs: asked.jobs, tool: this.#doors.tool, platform: this.#doors.system.platform,
      revision: await settled(await (this.#revision ?? this.#doors.revision(this.#project.root))),
      lockfile: file === undefined ? null : { file, identity: world.input(file as FilePath) },
      counts: end.counts, tasks: this.#tasks,
    };
    try {
      disk.makeDir(dir);
      disk.write(`${dir}/${record.id}.json`, JSON.stringify(record));
      bound(disk, dir);
    } catch (error) {
      // A full disk has been told of already: it kept the state from being saved.
      if (!(error instanceof DiskError)) throw error;
    }
  }
}

async function settled(revision: Awaited<ReturnType<Doors["revision"]>>): Promise<Revision | null> {
  if (revision === null) return null;
  return { commit: revision.commit, dirty: await Promise.race([revision.dirty, delay(GIT_MS, null, { ref: false })]) };
}

/** Several in one second are counted. */
function newId(disk: Disk, dir: string, start: number): string {
  const stamp = new Date(start).toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
  let count = 0;
  while (disk.lstat(`${dir}/${stamp}-${count}.json`).kind !== "absent") count++;
  return `${stamp}-${count}`;
}

function namesIn(disk: Disk, dir: string): string[] {
  return (disk.list(dir)?.names ?? []).filter((name) => /^\d{8}-\d{6}-\d+\.json$/.test(name)).sort(byAge);
}

/** Oldest first; the count within a second is a number. */
function byAge(a: string, b: string): number {
  const [at, bt] = [a.slice(0, 15), b.slice(0, 15)];
  return at < bt ? -1 : at > bt ? 1 : parseInt(a.slice(16), 10) - parseInt(b.slice(16), 10);
}

function bound(disk: Disk, dir: string): void {
  let bytes = 0;
  for (const name of namesIn(disk, dir).reverse()) {
    bytes += disk.lstat(`${dir}/${name}`).size;
    if (bytes > MOST_BYTES) disk.remove(`${dir}/${name}`);
  }
}

export interface Runs {
  /** Newest first. */
  readonly runs: readonly RunRecord[];
  /** One was asked for: it is told whole. */
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

/** Newest first; files that are no runs are passed over. */
export function readRuns(disk: Disk, dir: string, most: number): RunRecord[] {
  const records: RunRecord[] = [];
  for (const name of namesIn(disk, dir).reverse()) {
    if (records.length >= most) break;
    try {
      const record = JSON.parse(Buffer.from(disk.read(`${dir}/${name}`)).toString("utf8")) as RunRecord;
      if (record.version === 1 && record.id + ".json" === name) records.push(record);
    } catch {
      continue;
    }
  }
  return records;
}
