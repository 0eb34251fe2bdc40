// What MAKEFLAGS says about sharing jobs, read and written as GNU make does (info make, POSIX Jobserver). Pure text.

export interface Makeflags {
  /** N of `-jN`; null when there is none. */
  readonly jobs: number | null;
  /** Values of `--jobserver-auth` (or `-fds`), the last one first: it is the one that counts. */
  readonly auths: readonly Auth[];
}

export type Auth =
  | { readonly kind: "fifo"; readonly path: string }
  | { readonly kind: "pipe"; readonly read: number; readonly write: number };

/** Words of the flags; what follows ` -- ` are variables of make, which may hold anything. */
function split(text: string): { readonly words: readonly string[]; readonly rest: string } {
  // As a rule. What follows is code that each build would compile for nothing.
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
  // Below a function, and below a make that has none of its own.
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
 * The same flags with these jobs. The last of `auths` counts for make; without `jobs` it is told of none. A FIFO before a pipe,
 * or without `jobs`, stands among the variables, where make passes it on unread: ninja takes the last word of all, and only a
 * FIFO; make before 4.4 would stop at one that counts.
 */
export function writeMakeflags(text: string, jobs: number | null, auths: readonly Auth[]): string {
  const { words, rest } = split(text);
  const kept = words.filter((word) => !AUTH.test(word) && !/^-j\d*$/.test(word));
  const shared = auths.map((auth) => `--jobserver-auth=${auth.kind === "fifo" ? `fifo:${auth.path}` : `${auth.read},${auth.write}`}`);
  const all = [...kept, ...(jobs === null ? [] : [`-j${jobs}`, ...shared])].join(" ");
  const last = jobs === null || auths.at(-1)?.kind === "pipe" ? shared.filter((_, i) => auths[i]!.kind === "fifo").slice(-1) : [];
  const variables = [rest === "" ? "" : rest.slice(2).replace(/\s--jobserver-auth=\S*/g, ""), ...last].join(" ").trim();
  // A first word without a dash is read as letters of flags.
  return (all.startsWith("-") && !all.startsWith("--") ? " " : "") + all + (variables === "" ? "" : ` -- ${variables}`);
}
