// The report side of the front door: for each command, which words go to which stream, in which form.
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { freshStatus, freshWhy, textOf } from "./answers.ts";
import type { AnswerTexts } from "./cli/watch/answer.ts";
import type { BuildCommand, BuildWords, CleanCommand, Command, StatusCommand, TouchCommand, VerifyCommand, WatchCommand, WhyCommand } from "./cli/words/commands.ts";
import type { Reports, Tracing } from "./cli/dispatch.ts";
import { tendCache } from "./cli/cache.ts";
import type { Doors } from "./cli/doors.ts";
import { offers } from "./cli/complete.ts";
import { doctor } from "./cli/doctor.ts";
import { exportGraph } from "./cli/export.ts";
import { helpText } from "./cli/words/help.ts";
import { taskHelp } from "./cli/task-help.ts";
import { taskHelpLines } from "./report/task-help.ts";
import { init } from "./cli/init.ts";
import { graphPicture, info, list, logs, type RunTaskLog, type TaskLog } from "./cli/list.ts";
import { results, trace } from "./cli/results.ts";
import { rootCauses, type StatusAnswer, type TaskStatus } from "./cli/status.ts";
import { runs } from "./cli/past/runs.ts";
import { refusalCode } from "./cli/trouble.ts";
import { bad, good, type Notice, type Problem, type Result } from "./model/problem.ts";
import { TIME_MARK } from "./model/resident.ts";
import { PLAIN, wantsColor, type Paint } from "./report/color.ts";
import { visible } from "./report/format.ts";
import { cacheLine, wroteLine, cleanLines, infoLines, listJson, listLines, logHead, logJson, notRunningLine, resultLines, resultsJson, runLogHead, runLogJson, touchLines, treeLines } from "./report/list.ts";
import { graphPage, reportPage } from "./pages.ts";
import { noOpText } from "./report/no-op.ts";
import { doctorLines } from "./report/doctor.ts";
import { openReporter, paintFor } from "./report/open.ts";
import { isTerminal, openOutput, type Output, type OutputOptions } from "./report/output.ts";
import { completionScript } from "./report/completion.ts";
import { runLines, runsJson, runWhole } from "./report/runs.ts";
import type { Reporter } from "./report/reporter.ts";
import { initLines } from "./report/starter.ts";
import { storedBrief } from "./report/task-texts.ts";
import { Gate } from "./report/gate.ts";
import { dryRunJson, dryRunLines, statusJson, statusLines, traceLines, type StatusRow } from "./report/status.ts";
import { whyJson, whyLines } from "./report/why.ts";
import { asideTeller } from "./report/services.ts";
import { Summary } from "./report/summary.ts";
import { Trace } from "./report/trace.ts";
import { noticeLines } from "./report/problems.ts";
import { verifyJson, verifyLines } from "./report/verify.ts";
import type { WatchEvent } from "./model/event.ts";
import { clearScreen, tellKeys, tellWatch } from "./report/watch.ts";

export { stillText } from "./report/config-texts.ts";

/** Notices that a command which only looks gives as well. */
const DOUBTS: ReadonlySet<Notice["code"]> = new Set(["state-damaged", "state-foreign", "config-beside", "nothing-affected"] as const);

/** `onPipeClosed`: called when the reader of a stream is gone. `onFailed`: called when output to stdout is incomplete. */
export async function openReports(command: Command | null, { onPipeClosed, onFailed }: Required<Pick<OutputOptions, "onPipeClosed" | "onFailed">>): Promise<Reports> {
  const streams = { out: openOutput(1, { onPipeClosed, onFailed }), err: openOutput(2, { onPipeClosed }) };
  const choice = command?.color ?? "auto";
  const paint = await paintFor(1, { choice, env: process.env });
  const errPaint = await paintFor(2, { choice, env: process.env });
  const out = (lines: readonly string[]): void => void (lines.length > 0 && streams.out.write(lines.join("\n") + "\n"));
  const problems = (all: readonly Problem[]): void => {
    const gate = new Gate(errPaint, { all: (command?.verbose ?? 0) > 0 });
    for (const line of [...all.flatMap((problem) => gate.problem(problem)), ...gate.rest({ quiet: false })]) streams.err.write(line + "\n");
  };
  let breakOff = (): void => {};
  const reporter = (c: BuildWords): Reporter => {
    const one = openReporter({ ...streams, paint: errPaint, quiet: c.quiet, verbose: c.verbose, explain: c.explain, prefix: c.prefix, json: c.json, env: process.env });
    let over = false;
    const end = (): void => {
      if (!over) one.end();
      over = true;
    };
    breakOff = end;
    return { emit: (event) => void (over || one.emit(event)), makeRoom: () => void (over || one.makeRoom?.()), end };
  };
  /** "never ran" of a task that did run needs a word about what was lost, and so does a config that is not read. */
  const doubt = (c: StatusCommand | WhyCommand | BuildCommand, { stage, atWork }: StatusAnswer): void => {
    const news: Notice[] = [...stage.project.notices.filter(({ code }) => DOUBTS.has(code)), ...(atWork === null || atWork.pid === 0 ? [] : [{ code: "others-at-work", ...atWork } as const])];
    for (const notice of c.quiet ? [] : news) streams.err.write(noticeLines(notice, errPaint).join("\n") + "\n");
  };
  return {
    problems,
    breakOff: () => breakOff(),
    build: (c: BuildCommand) => reporter(c),
    watch: (c: WatchCommand) => {
      const voice = { ...streams, paint: errPaint, quiet: c.quiet, json: c.json, clear: c.clear && isTerminal(2) };
      // What a build shows on the screen; cleared if the build is cut short.
      let present: Reporter | null = null;
      const tell = (event: WatchEvent): void => (present?.makeRoom?.(), tellWatch(event, voice));
      const clear = (): void => void (isTerminal(2) && (present?.makeRoom?.(), clearScreen(streams.err)));
      return { tell, build: () => (present = reporter(c)), clear, keys: () => tellKeys(voice), aside: asideTeller({ ...voice, verbose: c.verbose, prefix: c.prefix }), answers: answerTexts };
    },
    trace: (c) => openRecords(c),
    status: (c, answer) => (doubt(c, answer), streams.out.write(statusText(c, answer, paint))),
    why: (c, answer) => (doubt(c, answer), streams.out.write(whyText(c, answer, paint))),
    dryRun: (c, answer) => (doubt(c, answer), out(c.json ? [dryRunJson(rowsOf(answer.tasks))] : dryRunLines(rowsOf(answer.tasks), paint, { verbose: c.explain ? Math.max(c.verbose, 1) : c.verbose, doomed: answer.doomed }))),
    clean: (c: CleanCommand, cleaned) => void (c.json ? out([JSON.stringify({ version: 1, ...cleaned })]) : c.quiet && !c.dryRun || out(cleanLines(cleaned))),
    touch: (c: TouchCommand, touched) => void (c.quiet || out(touchLines(touched.adopted))),
    verify: (c: VerifyCommand, answer) => out(c.json ? [verifyJson(answer)] : verifyLines(answer, { paint, verbose: c.verbose, quiet: c.quiet })),
    other: (doors, c) => other(doors, c, { out, paint, problems, streams, errPaint }),
  };
}

/** Truncated at once, so that an unwritable file is reported before anything runs. */
function writerOf(file: string, code: "trace-unwritable" | "summary-unwritable"): (text: string) => Problem | null {
  return (text) => {
    try {
      fs.writeFileSync(file, text);
      return null;
    } catch (error) {
      return { code, file, errno: (error as { code?: string }).code ?? "EIO" };
    }
  };
}

function openTrace(file: string | null): Result<Tracing | null> {
  if (file === null) return good(null);
  const attempt = writerOf(file, "trace-unwritable");
  const problem = attempt("");
  if (problem !== null) return bad([problem]);
  const trace = new Trace(() => Math.round(performance.now() * 1000));
  return good({ phase: (name) => trace.phase(name), needs: (of) => trace.needs(of), see: (event) => trace.see(event), end: () => attempt(trace.text()) });
}

/** The trace, the summary, both or neither, behind one listener. */
function openRecords({ trace, summary }: BuildCommand): Result<Tracing | null> {
  const tracing = openTrace(trace);
  if (!tracing.ok || summary === null) return tracing;
  const attempt = writerOf(summary, "summary-unwritable");
  const problem = attempt("");
  if (problem !== null) return bad([problem]);
  const one = new Summary();
  const other = tracing.value;
  return good({
    phase: (name) => other?.phase(name),
    needs: (of) => other?.needs(of),
    see: (event) => {
      other?.see(event);
      one.see(event);
    },
    end: () => attempt(one.text()) ?? other?.end() ?? null,
  });
}

/** Copied in pieces: a log may be longer than the longest string. */
function copyFile(file: string, to: Output): void {
  if (!fs.existsSync(file)) return;
  const fd = fs.openSync(file, "r");
  const decoder = new TextDecoder();
  const piece = Buffer.alloc(64 * 1024);
  let last = 10;
  for (let read = fs.readSync(fd, piece); read > 0 && !to.closed; read = fs.readSync(fd, piece)) {
    to.write(decoder.decode(piece.subarray(0, read), { stream: true }));
    last = piece[read - 1]!;
  }
  if (last !== 10) to.write("\n");
  fs.closeSync(fd);
}

interface Voice {
  readonly out: (lines: readonly string[]) => void;
  readonly paint: Paint;
}

function statusText(c: StatusCommand, answer: StatusAnswer, paint: Paint): string {
  if (c.check && c.quiet && !c.json) return "";
  const rows = rowsOf(answer.tasks);
  return textOf(c.json ? [statusJson(rows)] : statusLines(rows, { paint, verbose: c.verbose, all: c.all || c.targets.length > 0, edited: answer.edited, hasTasks: answer.stage.project.graph.count > 0 }));
}

type LogVoice = Voice & { readonly streams: { readonly out: Output; readonly err: Output }; readonly errPaint: Paint };

function tellLog(log: TaskLog | RunTaskLog, { json, follow }: { json: boolean; follow: boolean }, { out, paint, streams, errPaint }: LogVoice): readonly string[] {
  if ("run" in log) {
    const said = log.text?.toString("utf8") ?? null;
    if (json) return [runLogJson({ ...log, text: said })];
    out(runLogHead({ ...log, before: said === null ? null : (log.ended.log?.before ?? 0) }, paint));
    streams.out.write(said === null || said === "" || said.endsWith("\n") ? (said ?? "") : said + "\n");
    return [];
  }
  const { task, service, record, file, followed } = log;
  if (json) return [logJson({ task, record, text: fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "" })];
  if (followed) {
    if (record !== null) streams.err.write(logHead({ task, service, ...record }, errPaint)[0]! + "\n");
    return [];
  }
  if (follow) streams.err.write(notRunningLine(task) + "\n");
  if (record !== null) out(logHead({ task, service, ...record }, paint));
  copyFile(file, streams.out);
  return [];
}

function whyText(c: WhyCommand, answer: StatusAnswer, paint: Paint): string {
  return answer.asked.map((name) => {
    const chain = rowsOf(rootCauses(answer, name));
    return textOf(c.json ? [whyJson(chain)] : whyLines(chain, { paint, verbose: c.verbose > 0 }));
  }).join("");
}

/** For commands that ask a watch: the text they would print themselves. */
export const answerTexts: AnswerTexts = {
  noOp: (fresh) => textOf([noOpText({ fresh, skipped: 0 }, TIME_MARK)]),
  fresh: (c, found, { env, isTty }) =>
    c.json || c.verbose > 0 || wantsColor({ choice: c.color, env, isTty }) ? null : c.verb === "status" ? freshStatus(found, c) : freshWhy(found),
  judged: async (c, answer, { env, isTty }) => {
    const paint = wantsColor({ choice: c.color, env, isTty }) ? (await import("./report/paint.ts")).COLORS : PLAIN;
    return c.verb === "status" ? statusText(c, answer, paint) : whyText(c, answer, paint);
  },
};

export function rowsOf(tasks: readonly TaskStatus[]): StatusRow[] {
  return tasks.map((task) => ({
    name: task.name, state: task.state, barrier: task.barrier, ...(task.service ? { service: true } : {}), reasons: task.reasons, virtual: task.virtual, temp: task.virtual && task.temp, blockedBy: task.blockedBy,
    ...(task.family === null ? {} : { family: task.family }), ...(task.unlisted ? { unlisted: true } : {}),
    get goes() { return task.goes; },
    get key() { return task.key; },
    get last() { return task.record === null ? null : { status: task.record.status, start: task.record.start, end: task.record.end, exit: task.record.exit }; },
    get error() { return task.state === "fresh" || task.record?.error == null ? null : storedBrief(task.record.error); },
  }));
}

async function other(doors: Doors, command: Command, voice: LogVoice & { problems: (all: readonly Problem[]) => void }): Promise<number> {
  const { out, paint, problems, streams } = voice;
  const tell = <T>(result: Result<T>, say: (value: T) => readonly string[]): number => {
    if (!result.ok) {
      problems(result.problems);
      return refusalCode(result.problems);
    }
    out(say(result.value));
    return 0;
  };
  switch (command.verb) {
    case "help":
      if (command.targets.length > 0) return tell(await taskHelp(doors, command), (tasks) => taskHelpLines(tasks, paint));
      out([helpText(command.command, Math.min(100, process.stdout.columns || 80), paint).trimEnd()]);
      return 0;
    case "version":
      out([doors.tool.split(" ")[1] ?? ""]);
      return 0;
    case "list":
      return tell(await list(doors, command), ({ tasks }) => (command.json ? [listJson(tasks)] : command.show === "names" ? tasks.map(({ name }) => name) : command.show === "tree" ? treeLines(tasks, paint) : listLines(tasks, paint, command.verbose > 0)));
    case "graph":
      return tell(command.format === "html" ? await graphPage(doors, command) : await graphPicture(doors, { ...command, format: command.format }), (text) => (text === "" ? ["tg: no tasks"] : command.format === "ascii" ? text.trimEnd().split("\n").map(visible) : [text.trimEnd()]));
    case "report":
      return tell(await reportPage(doors, command), ({ text, file }) => (file === null ? [text.trimEnd()] : command.quiet ? [] : [wroteLine(path.relative(command.standsIn, file))]));
    case "logs":
      return tell(await logs(doors, command, { take: (text) => streams.out.write(text), get closed() { return streams.out.closed; } }), (log) => tellLog(log, command, voice));
    case "cache":
      return tell(await tendCache(doors, command), (answer) => (command.json ? [JSON.stringify({ version: 1, ...answer })] : command.quiet && command.action !== "size" ? [] : [cacheLine(answer)]));
    case "export":
      return tell(await exportGraph(doors, command), (text) => [text.trimEnd()]);
    case "completion": {
      out(command.shell === "words" ? offers(doors, command.cwd, command.line) : [completionScript(command.shell)]);
      return 0;
    }
    case "doctor": {
      const findings = await doctor(doors, command);
      out(command.json ? [JSON.stringify({ version: 1, findings })] : doctorLines(findings, paint, command));
      return findings.some(({ kind }) => kind === "bad") ? 1 : 0;
    }
    case "runs":
      return tell(await runs(doors, command), (answer) => (command.json ? [runsJson(answer.runs)] : answer.whole && answer.runs[0] !== undefined ? runWhole(answer.runs[0], paint) : runLines(answer.runs, paint)));
    case "results":
      return tell(await results(doors, command), (value) => (command.json ? [resultsJson(value)] : resultLines(value)));
    case "trace":
      return tell(await trace(doors, command), (tasks) => (command.json ? [statusJson(rowsOf(tasks))] : traceLines(rowsOf(tasks), paint, command.verbose)));
    case "info":
      return tell(await info(doors, command), (value) => (command.json ? [JSON.stringify({ version: 1, ...value })] : infoLines(value)));
    case "init":
      return tell(init(command), (told) => (command.quiet ? [] : initLines(told)));
    default:
      return 2;
  }
}
