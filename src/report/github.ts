// A build shown on GitHub Actions: the plain lines in groups, and annotations for failures.
import { plural } from "./format.ts";
import { plainReporter } from "./plain.ts";
import { problemMessage } from "./problems.ts";
import type { Reporter, Voice } from "./reporter.ts";
import type { Problem } from "../model/problem.ts";

/** GitHub shows ten annotations of a kind per step and silently drops the rest. */
const MOST = 10;

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** `::error file=…,line=…,title=…::text`. */
function annotation(problem: Problem): string {
  const { what, hint } = problemMessage(problem);
  const properties: string[] = [];
  const at = "at" in problem ? problem.at : null;
  const file = at != null ? at.file : "file" in problem ? problem.file : undefined;
  const line = at != null ? at.line : "line" in problem && "file" in problem ? problem.line : 0;
  if (file !== undefined) properties.push(`file=${escapeProperty(file)}`);
  if (file !== undefined && line > 0) properties.push(`line=${line}`);
  properties.push(`title=${escapeProperty("task" in problem && problem.task !== null ? `tg: ${problem.task}` : "tg")}`);
  return `::error ${properties.join(",")}::${escapeData(hint === undefined ? what : `${what}\ntry: ${hint}`)}\n`;
}

export function githubReporter(voice: Voice): Reporter {
  let given = 0;
  const annotate = (problem: Problem | undefined): string => (problem === undefined || ++given > MOST ? "" : annotation(problem));
  return plainReporter(voice, {
    block: (head, body) => `::group::${head}\n${body}\n::endgroup::`,
    failed: ({ problem }) => annotate(problem),
    problem: ({ problem }) => annotate(problem),
    last: () => (given > MOST ? `tg: ${plural(given - MOST, "more annotation")} left out: GitHub shows ${MOST}\n` : ""),
  });
}
