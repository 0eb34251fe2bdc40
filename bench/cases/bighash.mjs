// One input of 1 GB: its first hash, beside xxhsum of the same file and beside reading it. The task's command does nothing.
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, utimesSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { interleaved } from "./interleaved.mjs";

export const title = "One input of 1 GB (page cache warm)";

const BYTES = 1e9;
const CONFIG = 'export default { tasks: { big: { inputs: ["big.bin"], run: ["true"] } } };\n';

export function run(context) {
  const { machine } = context;
  const top = mkdtempSync(join(tmpdir(), "tg-bench-"));
  const big = join(top, "big.bin");
  try {
    writeBig(big, BYTES);
    const rows = [{ label: "cat >/dev/null", argv: ["sh", "-c", "cat big.bin >/dev/null"], cwd: top }];
    const xxhsum = machine.which("xxhsum");
    const yardstick = xxhsum === null ? "cat >/dev/null" : "xxhsum -H1";
    if (xxhsum !== null) rows.push({ label: yardstick, argv: [xxhsum, "-H1", big], cwd: top, against: "cat >/dev/null" });
    for (const runtime of machine.runtimes) rows.push(...rowsOf(machine, runtime, { top, big, yardstick }));
    return interleaved(context, rows, { rounds: Math.max(3, context.rounds - 2) });
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}

function rowsOf(machine, { name, argv }, { top, big, yardstick }) {
  const first = join(top, `first-${name}`);
  const again = join(top, `again-${name}`);
  for (const dir of [first, again]) {
    mkdirSync(dir);
    writeFileSync(join(dir, "tasks.config.mjs"), CONFIG.replace("big.bin", "../big.bin"));
  }
  const command = [...argv, machine.tg, "build"];
  let time = Date.now() / 1000 - 1e6;
  return [
    { label: `tg build, first, on ${name}`, argv: command, cwd: first, before: () => rmSync(join(first, ".tg"), { recursive: true, force: true }), against: yardstick },
    { label: `tg build after touch, on ${name}`, argv: command, cwd: again, before: () => utimesSync(big, time++, time), against: yardstick },
  ];
}

function writeBig(file, bytes) {
  const piece = Buffer.alloc(1 << 20);
  for (let i = 0; i < piece.length; i += 4) piece.writeUInt32LE(Math.imul(i + 1, 2654435761) >>> 0, i);
  const out = openSync(file, "w");
  for (let done = 0; done < bytes; done += piece.length) {
    piece.writeUInt32LE(done >>> 0, 0);
    writeSync(out, piece, 0, Math.min(piece.length, bytes - done));
  }
  closeSync(out);
}
