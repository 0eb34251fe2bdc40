// The page side of the front door: turns gathered rows into one HTML text and writes it. Knows no command line.
import fs from "node:fs";
import path from "node:path";
import type { GraphCommand, ReportCommand } from "./cli/words/commands.ts";
import type { Doors } from "./cli/doors.ts";
import { gatherReport, type Reported } from "./cli/report.ts";
import { bad, good, type Result } from "./model/problem.ts";
import { reasonText } from "./report/reasons.ts";
import { storedBrief } from "./report/task-texts.ts";

/** The page about the build. `file` is absolute; null: write to standard output. */
export async function reportPage(doors: Doors, command: ReportCommand): Promise<Result<{ readonly text: string; readonly file: string | null }>> {
  const gathered = await gatherReport(doors, command, { logs: true });
  if (!gathered.ok) return gathered;
  const text = await pageText(doors, gathered.value, false);
  if (command.output === "-") return good({ text, file: null });
  const file = command.output === null ? path.join(gathered.value.stateDir, "report.html") : path.resolve(command.standsIn, command.output);
  try {
    fs.writeFileSync(file, text);
  } catch (error) {
    return bad([{ code: "page-unwritable", file: command.output ?? file, errno: (error as { code?: string }).code ?? "EIO" }]);
  }
  return good({ text, file });
}

export async function graphPage(doors: Doors, command: GraphCommand): Promise<Result<string>> {
  const gathered = await gatherReport(doors, command, { logs: false });
  return gathered.ok ? good(await pageText(doors, gathered.value, true)) : gathered;
}

async function pageText(doors: Doors, { root, run, tasks }: Reported, graphOnly: boolean): Promise<string> {
  const { pageHtml } = await import("./report/page.ts");
  return pageHtml({
    title: path.basename(root), made: doors.system.now(), tool: doors.tool, run, graphOnly,
    tasks: tasks.map(({ name, state, barrier, description, reasons, record, log, needs, notes }) => ({
      name, state, barrier, description, log, needs, notes,
      reasons: reasons.map(reasonText),
      error: state === "fresh" || record?.error == null ? null : storedBrief(record.error),
      last: record === null ? null : { status: record.status, start: record.start, end: record.end, exit: record.exit, attempts: record.attempts, peakKb: record.peakKb },
    })),
  });
}
