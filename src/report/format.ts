// Numbers, times, names and errno codes in readable form. Written by hand: Intl costs more than a whole no-op build.

/** `0.03 s`, `1.2 s`, `12 s`, `2 m 05 s`, `1 h 02 m`. */
import { isFull } from "../model/ports.ts";
export function durationText(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 0.995) return seconds.toFixed(2) + " s";
  if (seconds < 9.95) return seconds.toFixed(1) + " s";
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} m ${pad(whole % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} m`;
}

/** A limit as a person might write it: `90 s`, `0.5 s`, `1.5 h`. */
export function limitText(ms: number): string {
  const [unit, name] = ms >= 3_600_000 ? [3_600_000, "h"] : ms >= 300_000 ? [60_000, "m"] : [1000, "s"];
  return `${Number((ms / unit).toFixed(3))} ${name}`;
}

/** Whole seconds, for what is redrawn constantly. */
export function secondsText(ms: number): string {
  const whole = Math.floor(Math.max(0, ms) / 1000);
  return whole < 60 ? `${whole} s` : durationText(whole * 1000);
}

function pad(number: number): string {
  return number < 10 ? "0" + number : String(number);
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** Powers of 1024: `812 B`, `1.4 KiB`, `23 MiB`. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return (unit === 0 || value >= 9.95 ? String(Math.round(value)) : value.toFixed(1)) + " " + UNITS[unit]!;
}

/** `140,312`. */
export function countText(count: number): string {
  let left = String(count);
  let grouped = "";
  for (; count >= 1000 && left.length > 3; left = left.slice(0, -3)) grouped = "," + left.slice(-3) + grouped;
  return left + grouped;
}

/** `1 task`, `2 tasks`. */
export function plural(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Local time to the second: `2026-11-21 04:47:12`. */
export function timeText(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\p{Surrogate}]/gu;

/** Makes control characters visible, including those for text direction, and halves of characters, so that no name can move the cursor or reverse or forge a line. */
export function visible(text: string): string {
  return text.replace(CONTROL, (c) => (c === "\n" ? "\\n" : c === "\t" ? "\\t" : c === "\r" ? "\\r" : "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0")));
}

export function quote(text: string): string {
  return `"${visible(text)}"`;
}

/** A path unchanged; quoted if it could be misread in a sentence. */
export function pathText(path: string): string {
  return path === "" ? "." : /^[^\s"'`]+$/.test(path) && visible(path) === path ? path : quote(path);
}

export const BESIDE_HINT = "remove what is not meant, or name what is: -c FILE";

/** Several configs in one folder. */
export function besideText(file: string, others: readonly string[]): string {
  return `${visible(file)} is the config; ${others.map(visible).join(" and ")} beside it ${others.length === 1 ? "is" : "are"} not read`;
}

/** The first `most` of a list, and how many are left. */
export function listText(items: readonly string[], most = 5): string {
  const shown = items.slice(0, most).join(", ");
  return items.length > most ? `${shown} and ${countText(items.length - most)} more` : shown;
}

const ERRNO: Readonly<Record<string, string>> = {
  EACCES: "permission denied", EPERM: "operation not permitted", ENOENT: "no such file or folder", ENOTDIR: "not a folder", EISDIR: "is a folder",
  EEXIST: "already exists", ENOTEMPTY: "folder not empty", EROFS: "read-only file system", ENOSPC: "disk full", EDQUOT: "disk quota used up", EFBIG: "larger than files may be",
  EMFILE: "too many open files", ENFILE: "too many open files", ELOOP: "too many levels of symbolic links", ENAMETOOLONG: "name too long",
  EIO: "input/output error", EBUSY: "in use", E2BIG: "arguments too long", ENOEXEC: "not a program", ETXTBSY: "program is being written",
  ENOMEM: "out of memory", EAGAIN: "too many processes", EXDEV: "on another disk",
  EILSEQ: "a name in it is not valid UTF-8", ENXIO: "a FIFO, socket or device",
};

/** For the disk with the state folder. */
export const FULL_HINT = "free some space; tg cache clear empties the store of results";

export const TOO_LARGE_HINT = "raise the limit with ulimit -f";

/** What to do about a path that the system refuses access to. */
export function accessHint(path: string, errno: string): string {
  if (isFull(errno)) return "free some space";
  if (errno === "EFBIG") return TOO_LARGE_HINT;
  if (errno === "ENAMETOOLONG") return "give it a shorter name";
  if (errno === "EROFS") return "work in a copy where it can be written, or mount it for writing";
  return ["EACCES", "EPERM"].includes(errno) ? `check the rights of ${pathText(path)}` : `look at what stands at ${pathText(path)}`;
}

export function errnoText(errno: string): string {
  return ERRNO[errno] ?? errno;
}
