// Who makes which path in a random project, who needs whom, and what is wanted. Written from semantics 4 and 5 alone;
// shares no code with tg.
import { membersOf } from "./chain.ts";
import { dirOf, streamsOf } from "./project.ts";
import type { Out, Project, Read, Spec } from "./project.ts";
import { taken } from "./mix.ts";
import type { Tree } from "./tree.ts";

/** Output files known before a run. */
export function literalOuts(spec: Spec): string[] {
  const files = spec.outs.flatMap((out) => (out.kind === "file" ? [out.path] : []));
  return [...files, ...spec.inout, ...streamsOf(spec)];
}

export const hasOutputs = (spec: Spec): boolean => spec.outs.length + spec.inout.length > 0 || spec.stdout;

export function claims(spec: Spec, path: string): boolean {
  for (const out of spec.outs) {
    if (out.kind === "file" ? out.path === path : out.kind === "tree" ? path === out.path || path.startsWith(`${out.path}/`) : path.startsWith(out.dir) && matches(`${out.dir}/*.gen`, path)) return true;
  }
  return spec.inout.includes(path) || streamsOf(spec).includes(path);
}

export function ownerOf(project: Project, path: string): Spec | undefined {
  return project.tasks.find((spec) => claims(spec, path));
}

/** Does `dir/*.ext` or `dir/**​/*.ext` match? Names with a leading dot never do, but for `dir/**`. */
export function matches(pattern: string, path: string): boolean {
  const dir = dirOf(pattern);
  const ext = pattern.slice(pattern.lastIndexOf("*") + 1);
  if (!path.startsWith(`${dir}/`) || !path.endsWith(ext)) return false;
  const rest = path.slice(dir.length + 1).split("/");
  if (pattern.endsWith("/**")) return true;
  return (pattern.includes("/**/") || rest.length === 1) && !rest.some((part) => part.startsWith("."));
}

/** Literals and patterns among the declared inputs, each pattern with what is taken away from it. */
export function declared(spec: Spec): { literals: { path: string; optional: boolean }[]; globs: { pattern: string; nots: readonly string[]; allowEmpty: boolean; folder?: "bare" | "slash" }[] } {
  const literals = spec.reads.flatMap((read) => (read.kind === "file" ? [read] : []));
  const globs = membersOf(spec).flatMap(({ reads }) => {
    const nots = reads.flatMap((read) => (read.kind === "glob" ? read.nots : []));
    return reads.flatMap((read) => (read.kind === "glob" ? [{ ...read, nots }] : []));
  });
  for (const path of spec.extra) {
    if (path.includes("*")) globs.push({ kind: "glob", pattern: path, nots: [], allowEmpty: true });
    else literals.push({ kind: "file", path, optional: false });
  }
  return { literals, globs };
}

export function globbed(globs: readonly { pattern: string; nots: readonly string[] }[], paths: Iterable<string>): string[] {
  const found: string[] = [];
  for (const path of paths) if (globs.some((glob) => matches(glob.pattern, path) && !glob.nots.some((not) => taken(path, not)))) found.push(path);
  return found;
}

interface Needs {
  readonly content: Map<Spec, readonly Spec[]>;
  readonly gates: Map<Spec, readonly Spec[]>;
}

/** What has been worked out of projects that nobody edits. */
const needs: WeakMap<Project, Needs> = new WeakMap();

/** Nobody edits this project, nor a task of it, for as long as it is asked about: who needs whom is worked out once. */
export function unedited(project: Project): Project {
  needs.set(project, { content: new Map(), gates: new Map() });
  return project;
}

function once(known: Map<Spec, readonly Spec[]> | undefined, spec: Spec, work: () => readonly Spec[]): readonly Spec[] {
  const before = known?.get(spec);
  if (before !== undefined) return before;
  const found = work();
  known?.set(spec, found);
  return found;
}

/** Tasks whose outputs a task's inputs name, match or may match. */
function contentNeeds(project: Project, spec: Spec): readonly Spec[] {
  return once(needs.get(project)?.content, spec, () => contentNeedsAnew(project, spec));
}

function contentNeedsAnew(project: Project, spec: Spec): Spec[] {
  const { literals, globs } = declared(spec);
  return project.tasks.filter((other) => {
    if (other === spec) return false;
    if (literals.some((read) => claims(other, read.path))) return true;
    if (globs.length === 0) return false;
    if (globbed(globs, literalOuts(other)).length > 0) return true;
    return other.outs.some((out) => globs.some((glob) => overlaps(glob.pattern, out)));
  });
}

/** May a task make a file that the pattern matches? */
export function mayMatch(pattern: string, maker: Spec): boolean {
  return globbed([{ pattern, nots: [] }], literalOuts(maker).filter((path) => !maker.inout.includes(path))).length > 0 || maker.outs.some((out) => overlaps(pattern, out));
}

/** May a pattern match something in a folder that is written as a whole, or what an output pattern does? Names that end otherwise meet nowhere. */
function overlaps(pattern: string, out: Out): boolean {
  if (out.kind === "file") return false;
  const at = dirOf(pattern);
  const dir = out.kind === "tree" ? out.path : out.dir;
  if (out.kind === "glob" && !/(\*|\.gen)$/.test(pattern)) return false;
  return at === dir || (out.kind === "tree" && at.startsWith(`${dir}/`)) || (/\/\*\*(\/|$)/.test(pattern) && dir.startsWith(`${at}/`));
}

export const byTags = (project: Project, tags: readonly number[]): Spec[] => project.tasks.filter((spec) => tags.includes(spec.tag));

/** All that must be done before a task. */
export function gates(project: Project, spec: Spec): readonly Spec[] {
  return once(needs.get(project)?.gates, spec, () => [...new Set([...contentNeeds(project, spec), ...byTags(project, [...spec.deps, ...spec.after])])]);
}

/** What stands for `deps`: barriers are transparent. */
export function depsOf(project: Project, spec: Spec): Spec[] {
  const found = new Set<Spec>();
  const queue = [...byTags(project, spec.deps)];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (next.barrier) queue.push(...byTags(project, next.deps));
    else found.add(next);
  }
  return [...found];
}

/** Targets and all they pull in; every task when there are none. */
export function wantedOf(project: Project, targets: readonly number[] | null, more: (spec: Spec) => readonly Spec[] = () => []): Set<Spec> {
  const wanted = new Set<Spec>();
  const queue = targets === null ? project.tasks.slice() : byTags(project, targets);
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (wanted.has(next)) continue;
    wanted.add(next);
    if (!next.when) continue;
    queue.push(...gates(project, next), ...byTags(project, next.validate), ...more(next));
  }
  return wanted;
}

/** Makers of what a function asked for. */
type Asked = (spec: Spec) => readonly Spec[];

/** What stands directly on a task, barriers looked through; with `deep` through everything. `after` counts, or not. */
function usersOf(project: Project, top: Spec, { deep, after, asked }: { deep: boolean; after: boolean; asked: Asked }): Set<Spec> {
  const found = new Set<Spec>();
  const queue = [top];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const user of project.tasks) {
      if (found.has(user) || !(after ? [...gates(project, user), ...asked(user)] : [...contentNeeds(project, user), ...byTags(project, user.deps)]).includes(next)) continue;
      found.add(user);
      if (deep || user.barrier) queue.push(user);
    }
  }
  return found;
}

/** Who must be good before the files of a `temp` task go. None: they stay, nobody reads them or somebody may find them unseen. */
export function tempReaders(project: Project, spec: Spec, asked: Asked): Spec[] {
  const takers = usersOf(project, spec, { deep: false, after: false, asked });
  for (const user of usersOf(project, spec, { deep: true, after: true, asked })) if (!takers.has(user) && user.depfile) return [];
  return [...usersOf(project, spec, { deep: false, after: true, asked })].filter((user) => !user.barrier);
}

/** Needed tasks first. */
export function inOrder(project: Project): Spec[] {
  const done = new Set<Spec>();
  const visit = (spec: Spec): void => {
    if (done.has(spec)) return;
    done.add(spec);
    for (const gate of gates(project, spec)) visit(gate);
    ordered.push(spec);
  };
  const ordered: Spec[] = [];
  for (const spec of project.tasks) visit(spec);
  return ordered;
}

/** Rewriting a file in place does not bring it. */
function isMade(project: Project, path: string): boolean {
  const owner = ownerOf(project, path);
  return owner !== undefined && !owner.inout.includes(path);
}

/** Does a task make something below the folder? */
export function isMadeInto(project: Project, folder: string): boolean {
  return project.tasks.some((spec) => spec.outs.some((out) => `${out.kind === "glob" ? out.dir : out.path}/`.startsWith(`${folder}/`)));
}

/** What is wrong at load: literal inputs that nobody makes and are not there, and patterns that match nothing. */
export function loadTroubles(project: Project, tree: Tree, specs: Iterable<Spec>): string[] {
  const troubles: string[] = [];
  const files = [...tree].filter(([, node]) => node.kind !== "dir").map(([path]) => path);
  for (const spec of specs) {
    if (!spec.when) continue;
    const { literals, globs } = declared(spec);
    for (const { path, optional } of literals) if (!optional && !tree.has(path) && !isMade(project, path)) troubles.push(`${spec.name}: no ${path}`);
    for (const path of spec.inout) if (!tree.has(path)) troubles.push(`${spec.name}: no ${path}`);
    for (const glob of globs) {
      if (glob.allowEmpty) continue;
      const isMatched = (): boolean => project.tasks.some((other) => other !== spec && other.when && (globbed([glob], literalOuts(other)).length > 0 || other.outs.some((out) => overlaps(glob.pattern, out))));
      if (glob.folder === "bare" && !tree.has(dirOf(glob.pattern)) && !isMadeInto(project, dirOf(glob.pattern))) troubles.push(`${spec.name}: no ${dirOf(glob.pattern)}`);
      else if (tree.get(dirOf(glob.pattern))?.kind !== "file" && globbed([glob], files).length === 0 && !isMatched()) troubles.push(`${spec.name}: nothing matches ${glob.pattern}`);
    }
  }
  return troubles;
}

export type { Read };
