// The files a command opened, by strace: wraps commands before an engine starts them, and afterwards reads the traces for
// undeclared files of the project. Functions share a process and are not traced.
import fs from "node:fs";
import path from "node:path";
import type { Engine, Job, JobAction } from "../model/ports.ts";

/** Starts every command under strace; traces are written beside the log. */
export function traced(engine: Engine): Engine {
  return { start: (job, sink) => engine.start(job.action.kind === "function" || job.action.kind === "file" ? job : { ...job, action: wrapped(job) }, sink), close: () => engine.close() };
}

function wrapped(job: Job): JobAction {
  const { action } = job;
  const argv = action.kind === "argv" ? action.argv : action.kind === "shell" ? [action.shell, "-c", action.text] : [];
  return { kind: "argv", argv: ["strace", "-ff", "-qq", "-y", "-s", "4096", "-e", "trace=%file", "-e", "signal=none", "-o", path.join(path.dirname(job.log), "trace"), "--", ...argv] };
}

const CALL = /^(open|openat|openat2|execve|execveat|(?:new)?fstatat(?:64)?|l?stat(?:64)?|statx|access|faccessat2?|readlink(?:at)?)\((?:AT_FDCWD<([^>]*)>, )?"((?:[^"\\]|\\.)*)"(.*) = (-?\d+)/;

export interface Places {
  /** Where the command ran, and the project that is a copy of. Absolute. */
  readonly root: string;
  readonly real: string;
  readonly declared: ReadonlySet<string>;
  /** Include files it only looked for and did not find: they explain a failure or a different output, but an equal output did not depend on them. */
  readonly asked: boolean;
}

/** Project files that the command read, or looked for and did not find in the copy, and folders (`dir/`) if nothing in them is named; root-relative, sorted. */
export function undeclaredReads(base: string, places: Places): string[] {
  const found = new Set<string>();
  for (const name of fs.readdirSync(base).filter((entry) => entry.startsWith("trace."))) {
    for (const line of fs.readFileSync(path.join(base, name), "utf8").split("\n")) {
      const call = CALL.exec(line);
      const read = call === null ? null : readOf(call, places);
      if (read !== null) found.add(read);
    }
  }
  const all = [...found].sort();
  return all.filter((one) => !one.endsWith("/") || !all.some((other) => other !== one && other.startsWith(one)));
}

/** The undeclared project file a call refers to; null if there is none. */
function readOf([, name, cwd, text, rest, result]: RegExpExecArray, { root, real, declared, asked }: Places): string | null {
  if (/O_WRONLY|O_CREAT/.test(rest!)) return null;
  const at = path.resolve(cwd ?? root, text!.replace(/\\(.)/g, "$1"));
  const missing = Number(result) < 0;
  if (rest!.includes("O_DIRECTORY") && !missing && asked) return listedOf(at, { root, real, declared });
  if (!/^(open|exec)/.test(name!) && !(asked && missing)) return null;
  const copied = below(root, at);
  const direct = below(real, at);
  const file = copied !== null && missing ? copied : direct !== null && !missing ? direct : null;
  if (file === null || OWN.test(file) || covered(file, declared)) return null;
  const stat = fs.statSync(path.join(real, file), { throwIfNoEntry: false });
  return stat?.isFile() === true && !rest!.includes("O_DIRECTORY") ? file : stat?.isDirectory() === true && missing ? `${file}/` : null;
}

/** A folder that holds more in the project than in the copy; null if it does not. */
function listedOf(at: string, { root, real, declared }: Pick<Places, "root" | "real" | "declared">): string | null {
  const folder = at === root ? "" : below(root, at);
  if (folder === null || OWN.test(folder)) return null;
  const namesIn = (dir: string): string[] => (fs.statSync(path.join(dir, folder), { throwIfNoEntry: false })?.isDirectory() === true ? fs.readdirSync(path.join(dir, folder)) : []);
  const known = new Set(namesIn(root));
  const more = namesIn(real).some((name) => !known.has(name) && !OWN.test(name) && !covered(path.join(folder, name), declared));
  return more ? `${folder === "" ? "." : folder}/` : null;
}

/** Folders that no listing of the project is about. */
const OWN = /^(node_modules|\.tg|\.git)(\/|$)/;

function below(root: string, at: string): string | null {
  const relative = path.relative(root, at);
  return relative === "" || relative.startsWith("..") || path.isAbsolute(relative) ? null : relative;
}

function covered(file: string, declared: ReadonlySet<string>): boolean {
  for (let at = file; at !== "" && at !== "."; at = path.dirname(at)) if (declared.has(at)) return true;
  return false;
}
