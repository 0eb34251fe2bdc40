// Chains of the random projects: which of what a task reads and makes is of which member. Knows no tree.
import { cksum } from "./mix.ts";
import type { Out, Read, Spec } from "./project.ts";

/** A task's command, or a member of a chain: which of what the task reads and makes is its own. */
export interface Member {
  readonly word: string;
  readonly cwd: string;
  readonly reads: readonly Read[];
  readonly outs: readonly Out[];
  /** What a member before it makes, and it reads. */
  readonly inner: readonly Out[];
  /** All that is not divided is in this one. */
  readonly isCore: boolean;
  readonly isLast: boolean;
}

const textOf = (one: Read | Out): string => ("pattern" in one ? one.pattern : "dir" in one ? one.dir : one.path);

/** One, or the two of a chain: what each reads and makes hangs on the paths, so that edits need not know of it. */
export function membersOf(spec: Spec): Member[] {
  if (!spec.chained) return [{ word: `T${spec.tag}`, cwd: spec.cwd, reads: spec.reads, outs: spec.outs, inner: [], isCore: true, isLast: true }];
  const core = spec.tag % 2;
  return [0, 1].map((at): Member => {
    const isIts = (one: Read | Out): boolean => (one.kind === "hidden" ? core : cksum(textOf(one)) % 2) === at;
    const first = spec.outs.filter((out) => cksum(textOf(out)) % 2 === 0);
    // What a link leads to is no file of the chain: who reads through one says so.
    const inner = at === 0 ? [] : first.filter((out) => out.kind !== "file" || out.link !== true);
    return { word: `T${spec.tag}${at === 0 ? "" : "b"}`, cwd: at === core ? spec.cwd : "", reads: spec.reads.filter(isIts), outs: spec.outs.filter(isIts), inner, isCore: at === core, isLast: at === 1 };
  });
}

/** The member that does what the task as a whole is about: of a function, the one that is called. */
export const coreOf = (spec: Spec): Member => membersOf(spec).find((member) => member.isCore)!;

/** As if it stood alone; without what it reads of the others. */
export function specOf(spec: Spec, { reads, outs, cwd, isCore, isLast }: Member): Spec {
  const own = { ...spec, reads: [...reads], outs: [...outs], cwd, deletes: isLast ? spec.deletes : [] };
  return isCore ? own : { ...own, env: [], envValues: {}, params: [], rsp: null, depfile: false, inout: [], extra: [], salt: "s", always: false };
}

/** How a later member names it. */
export const innerOf = (out: Out): string => (out.kind === "file" ? out.path : out.kind === "tree" ? `${out.path}/**/*.txt` : `${out.dir}/*.gen`);
