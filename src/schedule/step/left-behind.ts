// After an attempt that did not succeed: which of its outputs go, and what is left of them. Decides no outcome.
import { mayFail } from "../../graph/family.ts";
import { isBelow, type FilePath } from "../../model/path.ts";
import { HALF, type FileStat, type Identity } from "../../model/state.ts";
import type { OutputSpec } from "../../model/task.ts";
import { matchedOutputs, treeNow } from "../../staleness/outputs.ts";
import { forgetTree } from "./clear.ts";
import type { Prepared } from "./prepare.ts";
import { forgetOutputs, ifPossible, removeEmptied, sameStat, type Made } from "./verify.ts";
import type { Workshop } from "./workshop.ts";

/** Removes outputs that a failed attempt touched; all of them if the task may fail, since dependents go on without it. */
export function removeTouched(w: Workshop, p: Prepared): void {
  const { world, globs } = w.situation.parts;
  const { task } = p;
  if (task.onFail === "keep") return forgetOutputs(w, p);
  const { graph } = w.situation.parts;
  const all = mayFail(graph, graph.indexOf(task.name));
  for (const output of task.outputs) {
    if (output.kind === "file") {
      const was = p.before.get(output.path);
      // The command may have made a folder on the way that cannot be entered.
      ifPossible(() => {
        const now = world.disk.lstat(output.path);
        if (now.kind === "dir") removeMadeFolder(w, output.path, was);
        else if (now.kind !== "absent" && (all || was === undefined || !sameStat(w, output.path, was))) world.disk.remove(output.path);
      });
    } else if (output.kind === "tree" && (all || !task.incremental || world.disk.lstat(output.path).kind !== "dir")) {
      forgetTree(w.situation, output.path);
      ifPossible(() => world.disk.removeTree(output.path));
    }
  }
  const known = new Set<string>(all ? p.case.record?.members.map(([path]) => path) : []);
  const touched = matchedOutputs(task, globs).filter((member) => {
    const was = p.before.get(member);
    return was === undefined || known.has(member) || !sameStat(w, member, was);
  });
  for (const member of touched) {
    ifPossible(() => world.disk.remove(member));
    world.forget(member);
  }
  forgetOutputs(w, p);
  removeEmptied(w, task, touched);
}

/**
 * What exists after an attempt that did not succeed, so that any difference next time is recognised as an edit. For removed
 * outputs, what the last good run left; `stays`: nothing was removed. A folder may remain that could not be removed.
 */
export function leftBehind(w: Workshop, p: Prepared, stays: boolean): Made {
  const { world, globs, graph } = w.situation.parts;
  const { task } = p;
  const record = p.case.record;
  const all = mayFail(graph, graph.indexOf(task.name));
  const standing = task.outputs.filter((o) => (stays ? o.kind !== "glob" : o.kind === "tree" && ((task.incremental && !all) || world.disk.lstat(o.path).kind === "dir")));
  const known = new Set<string>([...(record?.outputs ?? []), ...(record?.members ?? [])].map(([path]) => path));
  const isOwn = (path: FilePath): boolean => {
    const was = p.before.get(path);
    return known.has(path) || was === undefined || !sameStat(w, path, was);
  };
  const outputs = new Map<FilePath, Identity>(record?.outputs.filter(([, identity]) => identity !== HALF));
  const members = new Map<FilePath, Identity>(record?.members);
  for (const { kind, path } of standing as Exclude<OutputSpec, { kind: "glob" }>[]) {
    if (kind === "tree") {
      const tree = treeNow(world, path, true);
      outputs.set(path, tree.identity);
      for (const member of members.keys()) if (isBelow(member, path)) members.delete(member);
      for (const [member, identity] of tree.members) members.set(member, identity);
    } else if (isOwn(path)) outputs.set(path, world.output(path));
  }
  if (stays) for (const path of matchedOutputs(task, globs)) if (isOwn(path)) members.set(path, world.output(path));
  return { outputs: [...outputs], members: [...members].sort((a, b) => (a[0] < b[0] ? -1 : 1)) };
}

/** Removes a folder that the run made in place of a file. One that existed before is not the run's own. */
function removeMadeFolder({ situation }: Workshop, path: FilePath, was: FileStat | undefined): void {
  if (was?.kind === "dir") return;
  forgetTree(situation, path);
  ifPossible(() => situation.parts.world.disk.removeTree(path));
}
