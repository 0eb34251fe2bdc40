// What tg doctor found, as lines: one for what is in order, one with the next step for what is not. Findings in, text out.
import type { Problem } from "../model/problem.ts";
import type { Paint } from "./color.ts";
import { accessHint, BESIDE_HINT, besideText, errnoText, listText, pathText, plural, quote, sizeText, visible } from "./format.ts";
import { problemLines } from "./problems.ts";

/** One finding. `good`: in order. `advice`: works, with a remark. `bad`: will not work. */
export type Finding = { readonly kind: "good" | "advice" | "bad" } & (
  | { readonly code: "runtime"; readonly tool: string }
  | { readonly code: "config"; readonly file: string; readonly tasks: number }
  | { readonly code: "config-beside"; readonly file: string; readonly others: readonly string[] }
  | { readonly code: "state"; readonly dir: string; readonly bytes: number }
  | { readonly code: "config-broken"; readonly problems: readonly Problem[] }
  | { readonly code: "state-unusable"; readonly problem: Problem }
  | { readonly code: "state-unwritable"; readonly dir: string; readonly errno: string }
  | { readonly code: "network-disk"; readonly dir: string; readonly type: string }
  | { readonly code: "state-computed"; readonly dir: string }
  | { readonly code: "always"; readonly tasks: readonly string[] }
  | { readonly code: "env"; readonly tasks: readonly { readonly task: string; readonly names: readonly string[] }[] }
  | { readonly code: "own-jobs"; readonly tasks: readonly { readonly task: string; /** `make -j8`. */ readonly call: string }[] }
  | { readonly code: "program-missing"; readonly programs: readonly { readonly program: string; readonly task: string }[] }
  | { readonly code: "tracked-outputs"; readonly paths: readonly string[] }
  | { readonly code: "open-files"; readonly limit: number }
  | { readonly code: "watches"; readonly limit: number }
);

export function doctorLines(rows: readonly Finding[], paint: Paint, { quiet }: { readonly quiet: boolean }): string[] {
  const lines = rows.flatMap((row) => {
    if (quiet && row.kind === "good") return [];
    const [what, ...more] = textOf(row, paint);
    const mark = row.kind === "good" ? paint.good("✓") : row.kind === "bad" ? paint.bad("✗") : paint.warn("!");
    return [`${mark} ${what!}`, ...more.map((line) => "    " + line)];
  });
  const count = (kind: Finding["kind"]): number => rows.filter((row) => row.kind === kind).length;
  const told = [...(count("bad") > 0 ? [plural(count("bad"), "fault")] : []), ...(count("advice") > 0 ? [plural(count("advice"), "piece") + " of advice"] : [])];
  return quiet && told.length === 0 ? [] : [...lines, `tg: ${told.length === 0 ? "all is well" : told.join(", ")}`];
}

/** The finding, then what to do. */
function textOf(row: Finding, paint: Paint): string[] {
  switch (row.code) {
    case "runtime":
      return [row.tool];
    case "config":
      return [`${visible(row.file)}: ${plural(row.tasks, "task")}`];
    case "config-beside":
      return [besideText(row.file, row.others), BESIDE_HINT];
    case "state":
      return [`state in ${visible(row.dir)}: ${sizeText(row.bytes)}`];
    case "config-broken":
      return ["the config does not load", ...row.problems.flatMap((problem) => problemLines(problem, paint))];
    case "state-unusable":
      return ["no build can begin here", ...problemLines(row.problem, paint)];
    case "state-unwritable":
      return [`the state folder ${visible(row.dir)} cannot be written: ${errnoText(row.errno)}`, accessHint(row.dir, row.errno)];
    case "network-disk":
      return [`the state folder lies on ${row.type}, where clocks and locks are another machine's`, "keep the project, or the folder that stateDir names, on a local disk"];
    case "state-computed":
      return [`stateDir is computed (${visible(row.dir)}): tg evaluates the config in every build, and keeps what it made of it in .tg`, "write it as a literal text in the config"];
    case "always":
      return [`${plural(row.tasks.length, "task")} with nothing to judge by, run in every build: ${listText(row.tasks.map(visible))}`, "say what they read (inputs) or make (outputs), or always: true if that is meant"];
    case "env":
      return [`${plural(row.tasks.length, "task")} with variables that nobody declares: ${listText(row.tasks.map(({ task, names }) => `${visible(task)} ($${names.join(", $")})`))}`, "env: [NAME] makes a change of it count; \\$NAME if the shell sets it"];
    case "own-jobs":
      return [`${plural(row.tasks.length, "task")} with jobs beside those of tg -j: ${listText(row.tasks.map(({ task, call }) => `${visible(task)} (${visible(call)})`))}`, "leave -j out of it: it then takes those of tg's that are free"];
    case "program-missing":
      return [`${plural(row.programs.length, "program")} not found: ${listText(row.programs.map(({ program, task }) => `${quote(program)} of ${quote(task)}`))}`, "install it, or correct the name"];
    case "tracked-outputs":
      return [`${plural(row.paths.length, "file")} that tasks make ${row.paths.length === 1 ? "is" : "are"} under version control: ${listText(row.paths.map(pathText))}`, "git rm --cached, and a line in .gitignore; or leave it if it is meant to be kept"];
    case "open-files":
      return [`only ${row.limit} files may be open at once`, "ulimit -n 4096"];
    case "watches":
      return [`only ${row.limit} folders may be watched at once (tg watch)`, "sysctl fs.inotify.max_user_watches=524288"];
    default:
      return row satisfies never;
  }
}
