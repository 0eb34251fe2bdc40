// What a disk error means for a task.
import type { Disk, DiskError } from "../../model/ports.ts";
import { isBelow } from "../../model/path.ts";
import type { TaskProblem } from "../../model/problem.ts";
import type { Task } from "../../model/task.ts";

/** Names what lacks the rights, if that is another path. */
export function deniedFor(disk: Disk, path: string, errno: string): { readonly denied?: string } {
  const denied = errno === "EACCES" || errno === "EPERM" ? (disk.deniedAt?.(path) ?? path) : path;
  return denied === path ? {} : { denied };
}

/** If a folder cannot be made, names the output that needs it. */
export function cannotWrite({ name, outputs }: Task, { path, errno }: DiskError, disk: Disk): TaskProblem {
  const paths = outputs.flatMap((spec) => (spec.kind === "glob" ? [] : [spec.path]));
  const output = errno === "ENOTDIR" ? paths.find((one) => isBelow(one, path)) : undefined;
  return { code: "cannot-write", task: name, path, errno, ...deniedFor(disk, path, errno), ...(output === undefined ? {} : { output }) };
}
