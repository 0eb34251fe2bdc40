// tg report: gathers everything a page about the build needs: states, reasons, the newest run, ends of logs and notes of
// tasks. Writes no page itself.
import fs from "node:fs";
import { absoluteOf } from "../model/path.ts";
import { good, type Result } from "../model/problem.ts";
import type { RunRecord } from "../model/run.ts";
import { openDigest } from "../staleness/digest.ts";
import { readRuns } from "./past/run-files.ts";
import type { ReportCommand } from "./words/commands.ts";
import { logPath, notesPath } from "./names.ts";
import type { Doors } from "./doors.ts";
import { statusOf, type TaskStatus } from "./status.ts";
import { wantsOf } from "./words/wants.ts";

/** How much of a log's end is shown, in bytes. */
const LOG_BYTES = 16 * 1024;

/** A note of a task: `image` content is a data URL. */
export interface TaskNote {
  readonly kind: "md" | "html" | "image";
  readonly title: string;
  readonly content: string;
}

export interface ReportedTask extends TaskStatus {
  readonly needs: readonly number[];
  readonly log: string;
  readonly notes: readonly TaskNote[];
}

export interface Reported {
  readonly root: string;
  /** Absolute. */
  readonly stateDir: string;
  readonly run: RunRecord | null;
  /** In dependency order; `needs` are indices into this list. */
  readonly tasks: readonly ReportedTask[];
}

export async function gatherReport(doors: Doors, command: Pick<ReportCommand, "cwd" | "standsIn" | "config" | "targets" | "params" | "paramsFile">, o: { readonly logs: boolean }): Promise<Result<Reported>> {
  const answer = await statusOf(doors, wantsOf(command, { ...command, unnamed: true }), "all");
  if (!answer.ok) return answer;
  const { graph, root, stateDir, disk } = answer.value.stage.project;
  // Logs are named by a hash, which is not loaded if everything is fresh.
  if (o.logs) await openDigest();
  const byTask = new Map(answer.value.tasks.map((task) => [task.task, task]));
  const order = [...graph.order].filter((task) => byTask.has(task));
  const place = new Map(order.map((task, at) => [task, at]));
  const tasks = order.map((task): ReportedTask => {
    const status = byTask.get(task)!;
    const needs = new Set<number>();
    for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
      const need = place.get(graph.needs[e]!);
      if (need !== undefined && need < place.get(task)!) needs.add(need);
    }
    const empty = status.barrier || !o.logs;
    return {
      ...status, needs: [...needs],
      log: empty ? "" : tailOf(absoluteOf(logPath(graph.stateDir, status.name), root)),
      notes: empty ? [] : notesIn(absoluteOf(notesPath(graph.stateDir, status.name), root)),
    };
  });
  return good({ root, stateDir, run: readRuns(disk, `${graph.stateDir}/runs`, 1)[0] ?? null, tasks });
}

function tailOf(file: string): string {
  if (!fs.existsSync(file)) return "";
  const fd = fs.openSync(file, "r");
  try {
    const { size } = fs.fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, LOG_BYTES));
    fs.readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    const text = bytes.toString("utf8");
    return size <= LOG_BYTES ? text : "…" + text.slice(text.indexOf("\n"));
  } finally {
    fs.closeSync(fd);
  }
}

/** In order of creation; unreadable notes are skipped. */
function notesIn(dir: string): TaskNote[] {
  if (!fs.existsSync(dir)) return [];
  const files = fs.readdirSync(dir).filter((name) => /^\d+\.json$/.test(name)).sort((a, b) => parseInt(a, 10) - parseInt(b, 10));
  return files.flatMap((name) => {
    try {
      return [JSON.parse(fs.readFileSync(`${dir}/${name}`, "utf8")) as TaskNote];
    } catch {
      return [];
    }
  });
}
