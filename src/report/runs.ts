// Output of tg runs: one line per build, or one build in full. Records in, text out.
import type { RunRecord, RunTask } from "../model/run.ts";
import type { Paint } from "./color.ts";
import { durationText, timeText, visible } from "./format.ts";
import { reasonText } from "./reasons.ts";
import { padTo } from "./width.ts";

const COUNTS = [["ran", "ran"], ["restored", "restored"], ["fresh", "fresh"], ["failed", "failed"], ["blocked", "blocked"], ["cancelled", "not finished"], ["skipped", "skipped"]] as const;

function countsText({ counts }: RunRecord): string {
  return COUNTS.flatMap(([key, word]) => (counts[key] === 0 ? [] : [`${counts[key]} ${word}`])).join(", ");
}

function endText({ exitCode, signal }: RunRecord): string {
  return signal !== null ? signal : exitCode === 0 ? "ok" : `exit ${exitCode}`;
}

function revisionText({ revision }: RunRecord): string {
  return revision === null ? "" : revision.commit.slice(0, 10) + (revision.dirty === true ? "+" : revision.dirty === null ? "?" : "");
}

export function runLines(runs: readonly RunRecord[], paint: Paint): string[] {
  if (runs.length === 0) return ["tg: no build has run anything yet"];
  return runs.map((run) => {
    const end = padTo(endText(run), 7);
    return [paint.name(run.id), timeText(run.start), padTo(durationText(run.end - run.start), 8), run.exitCode === 0 ? paint.good(end) : paint.bad(end), padTo(revisionText(run), 12), `${run.command}: ${countsText(run)}`].join("  ");
  });
}

export function runWhole(run: RunRecord, paint: Paint): string[] {
  const params = Object.entries(run.params);
  return [
    `${paint.strong(run.id)}: ${endText(run)}, ${countsText(run)}`,
    `started   ${timeText(run.start)}, ${durationText(run.end - run.start)}`,
    `command   ${visible(run.command)}, ${run.jobs} at once`,
    ...(params.length === 0 ? [] : [`params    ${params.map(([name, value]) => `${name}=${visible(JSON.stringify(value))}`).join(" ")}`]),
    `version   ${versionText(run)}`,
    ...(run.revision === null ? [] : [`commit    ${run.revision.commit}${run.revision.dirty === true ? ", with changes" : run.revision.dirty === null ? ", changes not known" : ""}`]),
    ...(run.lockfile === null ? [] : [`packages  ${run.lockfile.file} ${run.lockfile.identity}`]),
    "",
    ...run.tasks.map((task) => taskLine(task, paint)),
  ];
}

/** Records of earlier versions have fewer fields. */
export function versionText({ tool, versions, platform, arch }: RunRecord): string {
  return `${versions ?? tool}, ${platform}${arch === undefined ? "" : ` ${arch}`}`;
}

function taskLine(task: RunTask, paint: Paint): string {
  const why = task.problem !== undefined ? `: ${failureText(task)}` : task.reason === undefined ? "" : ` — ${reasonText(task.reason)}`;
  const word = padTo(task.outcome, 9);
  const ink = task.outcome === "failed" || task.outcome === "blocked" ? paint.bad : task.outcome === "ran" || task.outcome === "restored" ? paint.good : paint.faint;
  return `${ink(word)} ${visible(task.task)} (${durationText(task.end - task.start)}${task.attempts > 1 ? `, ${task.attempts} attempts` : ""})${why}`;
}

/** Only the code of the problem is kept. */
function failureText({ problem = "", exit }: RunTask): string {
  return problem === "exit" && exit !== null ? `exit ${exit}` : problem === "threw" ? "threw an error" : problem.replaceAll("-", " ");
}

export function runsJson(runs: readonly RunRecord[]): string {
  return JSON.stringify({ version: 1, runs });
}
