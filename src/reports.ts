// TEMPORARY until report/ is complete: everything as JSON lines.
import fs from "node:fs";
import type { Command } from "./cli/args.ts";
import type { Reports } from "./cli/dispatch.ts";

export function openReports(_command: Command | null): Reports {
  const out = (value: unknown): void => void fs.writeSync(1, JSON.stringify(value) + "\n");
  const err = (value: unknown): void => void fs.writeSync(2, JSON.stringify(value) + "\n");
  return {
    problems: (problems) => problems.forEach(err),
    build: () => ({ emit: (event) => out(event), end: () => {} }),
    status: (_c, answer) => out({ version: 1, tasks: Object.fromEntries(answer.tasks.map((t) => [t.name, { state: t.state, reasons: t.reasons, key: t.key, last: t.record === null ? null : { status: t.record.status, start: t.record.start, end: t.record.end, exit: t.record.exit } }])) }),
    why: (_c, answer) => out(answer.tasks.map((t) => ({ name: t.name, state: t.state, reasons: t.reasons }))),
    dryRun: (_c, answer) => out(answer.tasks.map((t) => ({ name: t.name, state: t.state }))),
    clean: (_c, cleaned) => out(cleaned),
    touch: (_c, touched) => out(touched),
    other: () => Promise.resolve(0),
  };
}
