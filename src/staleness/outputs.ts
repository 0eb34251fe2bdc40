// Outputs as they are on disk: files, owned trees as manifests, members of patterns. Knows no records.
import type { FilePath } from "../model/path.ts";
import { isBelow } from "../model/path.ts";
import { ABSENT, type Identity, type Seen } from "../model/state.ts";
import type { OutputRole, OutputSpec, Task } from "../model/task.ts";
import { matcherOf, staticPrefix } from "../model/pattern.ts";
import { digestText } from "./digest.ts";
import type { OutputsNow } from "./judge.ts";
import type { Globs } from "./globs.ts";
import { walkTree } from "./walk.ts";
import { KIND } from "../model/table.ts";
import type { World } from "./world.ts";

/**
 * An owned tree: its sorted manifest and the hash of it. Empty folders count; the identity is absent if there is no folder.
 * `anew`: earlier looks are not trusted.
 */
export function treeNow(world: World, path: FilePath, anew = false): { identity: Identity; members: Seen[]; /** Folder that contains a name that is not UTF-8. */ bad: FilePath | null } {
  if (anew) world.forget(path);
  if (world.kindOf(path) !== KIND.dir) return { identity: world.kindOf(path) === KIND.absent ? ABSENT : world.output(path), members: [], bad: null };
  const walk = walkTree(world, path, anew);
  if (anew) for (const found of [...walk.files, ...walk.folders]) world.forget(found);
  const members: Seen[] = walk.files.map((file) => [file, world.output(file)]);
  for (const folder of walk.folders) if (folder !== path) members.push([folder, "d" as Identity]);
  members.sort((a, b) => (a[0] < b[0] ? -1 : 1));
  return { identity: treeIdentity(path, members), members, bad: walk.bad[0]?.[0] ?? null };
}

function treeIdentity(path: FilePath, members: readonly Seen[]): Identity {
  return ("t" + digestText(members.map(([member, identity]) => `${member.slice(path.length)}\0${identity}\0`).join(""))) as Identity;
}

/** Folders whose listings determine a tree's shape. */
export function treeFolders(path: FilePath, members: readonly Seen[]): FilePath[] {
  return [path, ...members.filter(([member, identity]) => identity === "d" && isBelow(member, path)).map(([member]) => member)];
}

export function outputsNow(task: Task, world: World): OutputsNow {
  const trees = new Map<string, ReturnType<typeof treeNow>>();
  return {
    file: (path) => world.output(path),
    tree: (path) => {
      let tree = trees.get(path);
      if (tree === undefined) trees.set(path, (tree = treeNow(world, path)));
      return tree;
    },
    role: (path) => roleOf(task.outputs, path),
  };
}

/** Outputs of a task that is skipped and never ran, or that failed and was allowed to: its files as they are. */
export function outputsAsTheyAre({ outputs, inout }: Task, world: World, members: readonly Seen[] = []): Seen[] {
  const made = outputs.flatMap((o): Seen[] => (o.kind === "glob" ? [] : [[o.path, o.kind === "tree" ? treeNow(world, o.path).identity : world.output(o.path)]]));
  const patterns = outputs.flatMap((o) => (o.kind === "glob" ? [matcherOf(o.pattern)] : []));
  const matched = members.filter(([path]) => patterns.some((matches) => matches(path))).map(([path]): Seen => [path, world.output(path)]);
  return [...made, ...matched, ...inout.map((path): Seen => [path, world.input(path)])];
}

/** The role of a recorded path in today's declaration; null: it has none. */
export function roleOf(specs: readonly OutputSpec[], path: FilePath): OutputRole | null {
  for (const spec of specs) {
    if (spec.kind === "glob" ? matcherOf(spec.pattern)(path) : spec.path === path || (spec.kind === "tree" && isBelow(path, spec.path))) return spec.role;
  }
  return null;
}

/** What a task's output patterns match now, each path once, sorted. */
export function matchedOutputs(task: Task, globs: Globs): FilePath[] {
  const found = new Set<FilePath>();
  for (const spec of task.outputs) {
    if (spec.kind !== "glob") continue;
    globs.refreshMade(spec.pattern);
    for (const file of globs.made(spec.pattern).files) found.add(file);
  }
  return [...found].sort();
}

/** Whether something read below `from` may be a member of the tree or pattern. If in doubt, true. */
export function mayMeet(from: FilePath, output: Exclude<OutputSpec, { kind: "file" }>): boolean {
  const folder = output.kind === "tree" ? output.path : staticPrefix(output.pattern);
  return folder === from || isBelow(folder, from) || isBelow(from, folder);
}
