// Tasks that tg carries out itself: which they are, how a config says it, and what they do to a tree. In part of the projects,
// by their tags, as long as nothing in them asks for a process.
import type { Project, Read, Spec } from "./project.ts";
import { expand, taken } from "./mix.ts";
import type { MixFiles, MixResult } from "./mix.ts";

/** Does what a failed run leaves stay? Not where that is what a command printed, or a file that tg had begun. */
export const keepsHalves = (project: Project, spec: Spec): boolean => spec.keepsHalves && !spec.stdout && workOf(project, spec) === null;

/** `to` is a file; what is copied is one as well. */
export type Work =
  | { readonly op: "copy"; readonly from: string; readonly to: string }
  | { readonly op: "concat"; readonly from: readonly Read[]; readonly to: string }
  | { readonly op: "write"; readonly text: string; readonly to: string };

/** null: it is a command, a function, or nothing. */
export function workOf(project: Project, spec: Spec): Work | null {
  const [out, ...others] = spec.outs;
  if (!project.works || spec.barrier || spec.fn || spec.chained || spec.hookFn || spec.depfile || spec.stdout || spec.stdin || spec.wrap !== "" || spec.timeout || spec.cwd !== "" || spec.tools.length > 0) return null;
  if (out?.kind !== "file" || others.length > 0 || out.optional || out.link === true || spec.inout.length + spec.deletes.length > 0) return null;
  const [read, ...more] = spec.reads;
  // Inputs that it does not need count all the same.
  if (read === undefined || spec.tag % 4 === 2) return { op: "write", text: `${"a text longer than the line that is shown of it ".repeat(2)}${spec.salt}`, to: out.path };
  if (spec.reads.some(({ kind }) => kind === "hidden")) return null;
  return read.kind === "file" && !read.optional && more.length === 0 ? { op: "copy", from: read.path, to: out.path } : { op: "concat", from: spec.reads, to: out.path };
}

/** Patterns first, then what they leave out, then files: as inputs are said. */
export function sourcesSaid(reads: readonly Read[], globOf: (read: Extract<Read, { kind: "glob" }>) => unknown): unknown[] {
  const globs = reads.filter((read) => read.kind === "glob");
  return [...globs.map(globOf), ...globs.flatMap(({ nots }) => nots.map((not) => `!${not}`)), ...reads.flatMap((read): unknown[] => (read.kind !== "file" ? [] : read.optional ? [{ path: read.path, optional: true }] : [read.path]))];
}

/** Files in the order in which they are joined. `has`: is anything there, a link that leads nowhere too? */
function joined(reads: readonly Read[], files: Pick<MixFiles, "list">, has: (path: string) => boolean): string[] {
  const globs = reads.filter((read) => read.kind === "glob");
  const nots = globs.flatMap((glob) => glob.nots);
  const found = globs.flatMap(({ pattern }) => expand(files, pattern).sort()).filter((path) => !nots.some((not) => taken(path, not)));
  return [...new Set([...found, ...reads.flatMap((read) => (read.kind === "file" && (!read.optional || has(read.path)) ? [read.path] : []))])];
}

/** What tg has to have done. Fails where a link leads nowhere. */
export function carryOut(work: Work, files: MixFiles, has: (path: string) => boolean): MixResult {
  const from = work.op === "write" ? [] : work.op === "copy" ? [work.from] : joined(work.from, files, has);
  const texts = from.map((path) => files.read(path));
  if (texts.includes(null)) return { exit: 1, stdout: "" };
  const exec = work.op === "copy" && files.isExec(work.from);
  files.remove(work.to);
  files.write(work.to, work.op === "write" ? work.text : texts.join(""));
  files.setExec(work.to, exec);
  return { exit: 0, stdout: "" };
}

export const worksSaid = (work: Work, globOf: Parameters<typeof sourcesSaid>[1]): Record<string, unknown> =>
  work.op === "copy" ? { copy: work.from, to: work.to } : work.op === "concat" ? { concat: sourcesSaid(work.from, globOf), to: work.to } : { write: work.text, to: work.to };
