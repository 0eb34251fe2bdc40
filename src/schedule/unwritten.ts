// What a disk error means for a task.
import type { DiskError } from "../model/ports.ts";
import { isBelow } from "../model/path.ts";
import type { TaskProblem } from "../model/problem.ts";
import type { Task } from "../model/task.ts";

/** If a folder cannot be made, names the output that needs it. */
export function cannotWrite({ name, outputs }: Task, { path, errno }: DiskError): TaskProblem {
  const paths = outputs.flatMap((spec) => (spec.kind === "glob" ? [] : [spec.path]));
  const output = errno === "ENOTDIR" ? paths.find((one) => isBelow(one, path)) : undefined;
  return { code: "cannot-write", task: name, path, errno, ...(output === undefined ? {} : { output }) };
}
