// Detects a make or ninja in a command's text with a job count of its own (`-j8`): such a call ignores the jobserver. Reports
// only certain cases: calls in quotes, in comments or after an assignment of MAKEFLAGS do not count.

/** Replaces text that is not examined. */
const HIDDEN = "_";
/** Words that may precede a program. */
const BEFORE: ReadonlySet<string> = new Set(["then", "do", "else", "!", "time", "exec", "command", "nice", "{"]);
const PROGRAM = /^(?:.*\/)?(make|gmake|ninja)$/;
/** Flags without a value may precede the `j`. One job is no more than the slot the task has. */
const OWN = /^(?:-[bBdehikLmnpqrRsStvw]*j(?!=?1$).*|--jobs(?:=(?!1$).*)?)$/;

/** The call as written, `make -j8`; null: there is none. */
export function ownJobsIn(words: readonly string[]): string | null {
  let at = 0;
  while (at < words.length && (BEFORE.has(words[at]!) || /^\w+=/.test(words[at]!))) if (words[at++]!.startsWith("MAKEFLAGS=")) return null;
  const program = PROGRAM.exec(words[at] ?? "")?.[1];
  if (program === undefined) return null;
  const jobs = words.findIndex((word, i) => i > at && OWN.test(word));
  if (jobs < 0) return null;
  // The number may be the next word.
  const next = /^(?:-\w*j|--jobs)$/.test(words[jobs]!) ? /^\d+$/.exec(words[jobs + 1] ?? "")?.[0] : undefined;
  return next === "1" ? null : [program, words[jobs]!.replace(HIDDEN, ""), ...(next === undefined ? [] : [next])].join(" ");
}

export function ownJobsInText(text: string): string | null {
  // A here-document may contain anything.
  if (text.includes("<<")) return null;
  const bare = text.replace(/\\[^]|'[^']*'|"(?:[^"\\]|\\[^])*"/g, (quoted) => (quoted === "\\\n" ? " " : HIDDEN)).replace(/(^|\s)#.*/g, "$1").replace(/\$\([^()]*\)|\$\{[^{}]*\}|`[^`]*`/g, HIDDEN);
  for (const part of bare.split(/[;&|()\n]/)) {
    const found = ownJobsIn(part.trim().split(/\s+/));
    if (found !== null) return found;
  }
  return null;
}
