// Chooses how a build is shown: by the flags, the environment and the stream that is written to. Knows no event.
import process from "node:process";
import { isTerminal } from "./output.ts";
import { PLAIN, wantsColor, type ColorQuestion, type Paint } from "./color.ts";
import { githubReporter } from "./github.ts";
import { jsonReporter } from "./json.ts";
import { plainReporter } from "./plain.ts";
import type { Reporter, Voice } from "./reporter.ts";
import { withStepSummary } from "./step-summary.ts";
import { terminalReporter, type Screen } from "./terminal.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** Colours for one stream (1 or 2); loads the colour library only if they are wanted. */
export async function paintFor(fd: number, { choice, env }: Omit<ColorQuestion, "isTty">): Promise<Paint> {
  return wantsColor({ choice, env, isTty: isTerminal(fd) }) ? (await import("./paint.ts")).COLORS : PLAIN;
}

export type Manner = "json" | "github" | "terminal" | "plain";

/** `isTty`: whether stderr, where progress goes, is a terminal. CI services offer one on which lines cannot be overwritten. */
export function mannerOf(o: { json: boolean; env: Env; isTty: boolean }): Manner {
  if (o.json) return "json";
  if (o.env["GITHUB_ACTIONS"] === "true") return "github";
  const ci = o.env["CI"] ?? "";
  return o.isTty && o.env["TERM"] !== "dumb" && (ci === "" || ci === "false") ? "terminal" : "plain";
}

function realScreen(): Screen {
  return {
    columns: () => process.stderr.columns || 80,
    now: () => Date.now(),
    every: (ms, tick) => {
      const timer = setInterval(tick, ms);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}

export interface ReporterOptions extends Voice {
  readonly json: boolean;
  readonly env: Env;
}

/** GitHub names a file to which a step may write Markdown. */
export function openReporter(o: ReporterOptions): Reporter {
  const file = o.env["GITHUB_STEP_SUMMARY"] ?? "";
  return file === "" ? inManner(o) : withStepSummary(inManner(o), file, (text) => o.err.write(text));
}

function inManner(o: ReporterOptions): Reporter {
  switch (mannerOf({ json: o.json, env: o.env, isTty: isTerminal(2) })) {
    case "json": return jsonReporter(o);
    case "github": return githubReporter(o);
    case "terminal": return terminalReporter(o, realScreen());
    case "plain": return plainReporter(o);
  }
}
