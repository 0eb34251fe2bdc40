// Paths written as if they began in the task's folder: a frequent mistake, told where what is named is found there. Decides nothing.
import type { FilePath } from "../../model/path.ts";
import { staticPrefix } from "../../model/pattern.ts";
import type { Disk } from "../../model/ports.ts";
import type { Task } from "../../model/task.ts";

/** `below`: the path behind the task's `cwd`, if something is there; of a pattern, if its fixed part is. */
export function fromCwd(disk: Pick<Disk, "lstat">, { cwd }: Pick<Task, "cwd">, { path, pattern = false }: { readonly path: string; readonly pattern?: boolean }): { readonly below?: FilePath } {
  const fixed = pattern ? staticPrefix(path) : path.replace(/\/$/, "");
  if (cwd === "" || fixed === "" || /^(\/|\.\.\/)/.test(path) || disk.lstat(`${cwd}/${fixed}` as FilePath).kind === "absent") return {};
  return { below: `${cwd}/${path}` as FilePath };
}
