// Fields by where they belong, for those that stand elsewhere. Reads no value.
import type { FieldHome } from "../model/problem.ts";

export type Homes = ReadonlyMap<string, FieldHome>;

/** Fields at the top of the config that no task has. */
export const TOP_ONLY: readonly string[] = ["include", "default", "jobs", "pools", "setup", "teardown", "onFailure", "strictEnv", "stateDir"];

/** For fields of a task. */
export const HOMES_BESIDE_TASK: Homes = new Map<string, FieldHome>([
  ...homes(TOP_ONLY, "config"),
  ...homes(["copy", "concat", "write", "to"], "run"),
  ...homes(["minSuccess"], "foreach"),
  ...homes(["store", "version", "salt"], "cache"),
  ...homes(["ready"], "service"),
  ...homes(["backoff"], "retries"),
  ...homes(["optional"], "path"),
  ...homes(["allowEmpty"], "glob"),
]);

/** Fields of a task that have no meaning where `known` ones stand. */
export function homesOfTaskFields(fields: Iterable<string>, known: ReadonlySet<string>, home: FieldHome): Homes {
  return new Map(homes([...fields].filter((field) => !known.has(field) && field !== "foreach"), home));
}

function homes(fields: readonly string[], home: FieldHome): [string, FieldHome][] {
  return fields.map((field) => [field, home]);
}
