// Whether a stream gets colour, and the words for what is coloured. Loads no colour library: see paint.ts.

export type Ink = (text: string) => string;

/** Meanings, not colours: all of them must read well on light and on dark. */
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
  /** Is the very stream a terminal? */
  readonly isTty: boolean;
}

/** Flag, then NO_COLOR (not empty), then FORCE_COLOR, then GitHub Actions, then the stream, then TERM. */
export function wantsColor({ choice, env, isTty }: ColorQuestion): boolean {
  if (choice !== "auto") return choice === "always";
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  const force = env["FORCE_COLOR"];
  if (force !== undefined) return force !== "0" && force !== "false";
  if (env["GITHUB_ACTIONS"] === "true") return true;
  return isTty && env["TERM"] !== "dumb";
}
