// `tg --version` beside an empty start of its runtime.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { interleaved } from "./interleaved.mjs";

export const title = "Start: `tg --version` beside an empty program";

export function run(context) {
  const { machine } = context;
  const top = mkdtempSync(join(tmpdir(), "tg-bench-"));
  const empty = join(top, "empty.cjs");
  writeFileSync(empty, "");
  try {
    const rows = machine.runtimes.flatMap(({ name, argv }) => [
      { label: `${name} (empty)`, cwd: top, argv: [...argv, empty] },
      { label: `tg --version on ${name}`, against: `${name} (empty)`, cwd: top, argv: [...argv, machine.tg, "--version"] },
    ]);
    return interleaved(context, rows, { rounds: context.rounds * 3 });
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}
