// Finds a function of the config in the namespace of the module that exports it. Knows no module loading and no runtimes.
import type { FunctionRef } from "./task.ts";

type Members = Readonly<Record<string, unknown>> | null | undefined;

/** The value that the names lead to, and the object it is a member of. */
export function findFunction(namespace: unknown, { path, instance }: { readonly path: readonly string[]; readonly instance?: FunctionRef["instance"] | undefined }): { readonly owner: unknown; readonly value: unknown } {
  let owner: unknown;
  let value = namespace;
  path.forEach((name, i) => {
    if (i === instance?.at) value = madeOf(value, instance.item);
    [owner, value] = [value, (value as Members)?.[name]];
  });
  return { owner, value };
}

/** What a family's callback returns for an item. */
function madeOf(family: unknown, item: NonNullable<FunctionRef["instance"]>["item"]): unknown {
  const make = (family as Members)?.["make"];
  if (typeof make !== "function") return undefined;
  // An index that was not read while the config was evaluated is not part of the key.
  const known = Object.hasOwn(item, "index") ? item : Object.defineProperty({ ...item }, "index", { enumerable: false, get: refuseIndex });
  return (make as (item: unknown) => unknown)(known);
}

function refuseIndex(): never {
  throw new Error("`index` is asked for only inside the function: take it out of the item where the task is made, foreach(…, ({ index }) => …)");
}
