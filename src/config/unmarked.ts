// V8's incremental marking, held back while much is made that lives for a moment: it would begin because a large config has
// just come to be, and marks all of it. Knows no configs.
import process from "node:process";

/** Loading the module that sets flags takes half a millisecond. */
const MANY = 1_000;

/** `count`: of what `work` goes through. Loads no code: what is kept under other flags is refused. */
export function withoutMarking<T>(count: number, work: () => T): T {
  if (count < MANY || process.versions["bun"] !== undefined || process.versions["deno"] !== undefined) return work();
  const { setFlagsFromString } = process.getBuiltinModule("node:v8");
  setFlagsFromString("--no-incremental-marking");
  try {
    return work();
  } finally {
    setFlagsFromString("--incremental-marking");
  }
}
