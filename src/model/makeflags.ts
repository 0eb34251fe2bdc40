// Reads and writes what MAKEFLAGS says about sharing jobs, as GNU make does (info make, POSIX Jobserver). Pure text.

export interface Makeflags {
  /** N of `-jN`; null if there is none. */
  readonly jobs: number | null;
  /** Values of `--jobserver-auth` (or `-fds`), last first: the last one is in effect. */
  readonly auths: readonly Auth[];
}

export type Auth =
  | { readonly kind: "fifo"; readonly path: string }
  | { readonly kind: "pipe"; readonly read: number; readonly write: number };

/** Splits off the words of the flags. What follows ` -- ` are make variables, which may contain anything. */
function split(text: string): { readonly words: readonly string[]; readonly rest: string } {
  // The usual case. The code below would otherwise be compiled in every build for nothing.
  if (text === "") return { words: [], rest: "" };
  const cut = /(^|\s)--(\s|$)/.exec(text);
  const flags = cut === null ? text : text.slice(0, cut.index);
  return { words: flags.split(/\s+/).filter((word) => word !== ""), rest: cut === null ? "" : text.slice(cut.index).trim() };
}

const AUTH = /^--jobserver-(?:auth|fds)=(.*)$/;

export function readMakeflags(text: string): Makeflags {
  let jobs: number | null = null;
  const auths: Auth[] = [];
  const { words, rest } = split(text);
  for (const word of words) {
    const count = /^-j(\d+)$/.exec(word)?.[1];
    if (count !== undefined) jobs = Number(count);
    const auth = authOf(AUTH.exec(word)?.[1]);
    if (auth !== null) auths.unshift(auth);
  }
  // So it is below a function, and below a make that has no jobserver of its own.
  const apart = rest === "" ? null : authOf(AUTH.exec(rest.split(/\s+/).findLast((word) => AUTH.test(word)) ?? "")?.[1]);
  if (auths.length === 0 && apart?.kind === "fifo") auths.push(apart);
  return { jobs, auths };
}

function authOf(value: string | undefined): Auth | null {
  if (value === undefined) return null;
  if (value.startsWith("fifo:")) return { kind: "fifo", path: value.slice(5) };
  const fds = /^(\d+),(\d+)$/.exec(value);
  return fds === null ? null : { kind: "pipe", read: Number(fds[1]), write: Number(fds[2]) };
}

/**
 * The same flags with these jobs. Make uses the last of `auths`; without `jobs` it is given none. A FIFO that precedes a pipe,
 * or comes without `jobs`, is written among the variables, where make passes it on unread. ninja uses the last word of all and
 * accepts only a FIFO; make before 4.4 would fail on one that is in effect.
 */
export function writeMakeflags(text: string, jobs: number | null, auths: readonly Auth[]): string {
  const { words, rest } = split(text);
  const kept = words.filter((word) => !AUTH.test(word) && !/^-j\d*$/.test(word));
  const shared = auths.map((auth) => `--jobserver-auth=${auth.kind === "fifo" ? `fifo:${auth.path}` : `${auth.read},${auth.write}`}`);
  const all = [...kept, ...(jobs === null ? [] : [`-j${jobs}`, ...shared])].join(" ");
  const last = jobs === null || auths.at(-1)?.kind === "pipe" ? shared.filter((_, i) => auths[i]!.kind === "fifo").slice(-1) : [];
  const variables = [rest === "" ? "" : rest.slice(2).replace(/\s--jobserver-auth=\S*/g, ""), ...last].join(" ").trim();
  // A first word without a dash would be read as flag letters.
  return (all.startsWith("-") && !all.startsWith("--") ? " " : "") + all + (variables === "" ? "" : ` -- ${variables}`);
}
