// Whether a stream gets colour, and names for what is coloured. Loads no colour library: see paint.ts.

export type Ink = (text: string) => string;

/** Meanings, not colours: all must be legible on light and on dark backgrounds. */
export interface Paint {
  readonly strong: Ink;
  readonly good: Ink;
  readonly bad: Ink;
  readonly warn: Ink;
  readonly name: Ink;
  readonly faint: Ink;
}

const same: Ink = (text) => text;

export const PLAIN: Paint = { strong: same, good: same, bad: same, warn: same, name: same, faint: same };

export interface ColorQuestion {
  readonly choice: "auto" | "always" | "never";
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether this very stream is a terminal. */
  readonly isTty: boolean;
}

/** Decides by flag, NO_COLOR (not empty), FORCE_COLOR, GitHub Actions, the stream, TERM, in this order. */
export function wantsColor({ choice, env, isTty }: ColorQuestion): boolean {
  if (choice !== "auto") return choice === "always";
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  const force = env["FORCE_COLOR"];
  if (force !== undefined) return force !== "0" && force !== "false";
  if (env["GITHUB_ACTIONS"] === "true") return true;
  return isTty && env["TERM"] !== "dumb";
}
