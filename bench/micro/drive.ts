// One micro benchmark in a process of its own: runs one side of it again and again and says what a pass cost. Knows no
// sides.
import process from "node:process";

export interface Sides {
  /** What the figures are divided by: files, tasks, jobs. */
  readonly count: number;
  /** tg's own code. */
  ours(): unknown;
  /** The least code that does the same work. */
  floor(): unknown;
  close?(): unknown;
}

const PASSES = 15;
const BUDGET_MS = 1500;
const LEAST = 3;

/** Prints { count, us }: the median pass, in microseconds an item, after passes that warm up. */
export async function drive(open: (dir: string) => Promise<Sides>): Promise<void> {
  const [side, dir] = process.argv.slice(2);
  const sides = await open(dir!);
  const pass = side === "ours" ? () => sides.ours() : () => sides.floor();
  await pass();
  await pass();
  const passes: number[] = [];
  for (let used = 0; passes.length < LEAST || (passes.length < PASSES && used < BUDGET_MS); used += passes.at(-1)!) {
    const start = performance.now();
    await pass();
    passes.push(performance.now() - start);
  }
  passes.sort((a, b) => a - b);
  process.stdout.write(JSON.stringify({ count: sides.count, us: (passes[passes.length >> 1]! * 1000) / sides.count }) + "\n");
  await sides.close?.();
}
