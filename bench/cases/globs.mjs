// 100 tasks that take 1,000 files each: by one pattern, and with every path written down. The same no-op.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { plainEnv } from "../measure.mjs";
import { interleaved } from "./interleaved.mjs";

export const title = "Patterns: 100 tasks that take their files by pattern beside the same files named one by one, no-op";

const TASKS = 100;

export function run(context) {
  const files = context.short ? 200 : 1000;
  const top = mkdtempSync(join(tmpdir(), "tg-bench-"));
  try {
    const rows = [];
    for (const runtime of context.machine.runtimes) {
      const [literal, pattern] = ["literal paths", "patterns"].map((kind) => row(context.machine, runtime, { top, kind, files }));
      rows.push(literal, { ...pattern, against: literal.label });
    }
    const answer = interleaved(context, rows, { rounds: context.rounds });
    return { ...answer, files: TASKS * files, text: `${TASKS} tasks, ${TASKS * files} files in folders of 100.\n\n${answer.text}` };
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}

function row(machine, { name, argv }, { top, kind, files }) {
  const dir = join(top, `${kind} ${name}`);
  writeTree(dir, files);
  const tasks = {};
  for (let t = 0; t < TASKS; t++) tasks[`t${t}`] = { inputs: kind === "patterns" ? [`src/${t}/**/*.txt`] : namesOf(t, files), run: ["true"] };
  writeFileSync(join(dir, "tasks.config.mjs"), `export default ${JSON.stringify({ tasks })};\n`);
  const command = [...argv, machine.tg, "build"];
  for (let i = 0; i < 2; i++) {
    const run = spawnSync(command[0], command.slice(1), { cwd: dir, env: plainEnv() });
    if (run.status !== 0) throw new Error(`${command.join(" ")}: exit ${run.status}\n${run.stdout}${run.stderr}`);
  }
  return { label: `${kind}, on ${name}`, argv: command, cwd: dir };
}

const namesOf = (task, files) => Array.from({ length: files }, (_, i) => `src/${task}/${Math.floor(i / 100)}/${i}.txt`);

function writeTree(dir, files) {
  for (let t = 0; t < TASKS; t++) {
    for (let d = 0; d < files / 100; d++) mkdirSync(join(dir, "src", String(t), String(d)), { recursive: true });
    for (const file of namesOf(t, files)) writeFileSync(join(dir, file), file + "\n");
  }
}
