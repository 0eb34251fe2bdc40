// How much a function must have run before V8 optimises it. If much code runs a few hundred times each, and the optimising
// threads compete with the work itself, waiting pays off (docs/performance.md). Knows no builds.
import process from "node:process";

/** V8's default, in bytes of executed bytecode. */
const USUAL = 66 * 1024;
/** Fifteen times that. */
const LONG = 1_000_000;

/** V8 has the flag up to version 11, and prints an error for an unknown one. */
export function hasBudget(): boolean {
  const versions = process.versions as Record<string, string | undefined>;
  return versions["bun"] === undefined && versions["deno"] === undefined && Number.parseInt(versions["v8"]!, 10) <= 11;
}

/** Loading its module takes half a millisecond, which small builds avoid. */
function setFlag(flag: string): void {
  process.getBuiltinModule("node:v8").setFlagsFromString(flag);
}

let isLong = false;

/** `long`: wait longer from now on; otherwise V8's default. Code kept or loaded meanwhile is refused under other flags. */
export function setBudget(long: boolean, set: (flag: string) => void = setFlag): void {
  if (!hasBudget() || long === isLong) return;
  isLong = long;
  set(`--interrupt-budget=${long ? LONG : USUAL}`);
}

/** Waits longer during `work`, then as before. */
export async function withLongBudget<T>(work: () => Promise<T>, set?: (flag: string) => void): Promise<T> {
  const before = isLong;
  setBudget(true, set);
  try {
    return await work();
  } finally {
    setBudget(before, set);
  }
}
