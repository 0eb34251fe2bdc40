// The markers git leaves in a file where two sides of a merge conflict. Knows no language.
import type { ConfigProblem } from "../model/problem.ts";

type Syntax = ConfigProblem & { readonly code: "config-syntax" };

/** A syntax error in a text with such markers is reported as a conflict, at the first of them. */
export function orConflict(problem: Syntax, source: string): Syntax | (ConfigProblem & { readonly code: "config-conflict" }) {
  const lines = source.split("\n");
  const begin = lines.findIndex((line) => /^<{7}(?: |\r?$)/.test(line));
  const end = begin < 0 ? -1 : lines.findIndex((line, i) => i > begin && /^>{7}(?: |\r?$)/.test(line));
  const halved = end >= 0 && lines.slice(begin, end).some((line) => /^={7}\r?$/.test(line));
  return halved ? { code: "config-conflict", file: problem.file, line: begin + 1, end: end + 1 } : problem;
}
