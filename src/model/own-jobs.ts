// Is a make or a ninja in a command's text given jobs of its own (`-j8`)? Then it leaves the jobserver by its own rule. Plain
// text that is sure to be such a call, or nothing: what is in quotes, comments or behind an assignment of MAKEFLAGS is none.

/** In the place of what is not looked into. */
const HIDDEN = "_";
/** Words in front of a program. */
const BEFORE: ReadonlySet<string> = new Set(["then", "do", "else", "!", "time", "exec", "command", "nice", "{"]);
const PROGRAM = /^(?:.*\/)?(make|gmake|ninja)$/;
/** Flags without a value may stand in front of the `j`. One job is no more than the place the task has. */
const OWN = /^(?:-[bBdehikLmnpqrRsStvw]*j(?!=?1$).*|--jobs(?:=(?!1$).*)?)$/;

/** As it is written, `make -j8`; null: there is none. */
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
  // Text of another kind may stand in it.
  if (text.includes("<<")) return null;
  const bare = text.replace(/\\[^]|'[^']*'|"(?:[^"\\]|\\[^])*"/g, (quoted) => (quoted === "\\\n" ? " " : HIDDEN)).replace(/(^|\s)#.*/g, "$1").replace(/\$\([^()]*\)|\$\{[^{}]*\}|`[^`]*`/g, HIDDEN);
  for (const part of bare.split(/[;&|()\n]/)) {
    const found = ownJobsIn(part.trim().split(/\s+/));
    if (found !== null) return found;
  }
  return null;
}
