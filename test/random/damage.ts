// Damages the state in every way a disk or a crash can and builds after it: right tree, exit 0, at most one warning, and a
// second build that runs nothing. Real files, real store and judge; the tasks' commands run in this process.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { build } from "../../src/cli/build.ts";
import type { Doors } from "../../src/cli/doors.ts";
import type { Event } from "../../src/model/event.ts";
import type { AbsolutePath, FilePath } from "../../src/model/path.ts";
import type { Engine } from "../../src/model/ports.ts";
import { good } from "../../src/model/problem.ts";
import { TASK_DEFAULTS, type Task, type TaskName } from "../../src/model/task.ts";
import { acquireLock } from "../../src/store/lock.ts";
import { State } from "../../src/store/state.ts";
import { openDisk } from "../../src/system/disk.ts";
import { openSystem } from "../../src/system/system.ts";
import { prngOf } from "./prng.ts";

const COUNT = 6;

function task(i: number): Task {
  const before = i === 0 ? [] : [{ kind: "file" as const, path: `out/${i - 1}.txt` as FilePath, optional: false }];
  return {
    ...TASK_DEFAULTS,
    name: `t${i}` as TaskName,
    action: { kind: "argv", argv: ["join", String(i)] },
    inputs: [{ kind: "file", path: `src/${i}.txt` as FilePath, optional: false }, ...before],
    outputs: [{ kind: "file", path: `out/${i}.txt` as FilePath, role: "output", optional: false }],
  };
}

/** What task `i` makes: its source and what stands above it. */
function expected(root: string, i: number): string {
  let text = "";
  for (let at = 0; at <= i; at++) text = `${fs.readFileSync(path.join(root, `src/${at}.txt`), "utf8")}<${text}>`;
  return text;
}

function engine(root: string, ran: number[]): Engine {
  return {
    start: (job) => {
      const i = Number(job.action.kind === "argv" ? job.action.argv[1] : 0);
      ran.push(i);
      const above = i === 0 ? "" : fs.readFileSync(path.join(root, `out/${i - 1}.txt`), "utf8");
      fs.writeFileSync(path.join(root, `out/${i}.txt`), `${fs.readFileSync(path.join(root, `src/${i}.txt`), "utf8")}<${above}>`);
      const now = Date.now();
      return { done: Promise.resolve({ exit: 0, signal: null, start: now, end: now, peakKb: 0, problem: null, value: null, left: [] }), signal: () => {} };
    },
    close: () => Promise.resolve(),
  };
}

interface Once {
  readonly exit: number;
  readonly ran: readonly number[];
  readonly warnings: readonly string[];
}

async function once(root: string): Promise<Once> {
  const ran: number[] = [];
  const system = openSystem();
  const doors: Doors = {
    system: { ...system, env: {} }, openDisk, tool: "damage",
    openStore: (dir, suffix) => State.open(dir, suffix),
    openEngine: () => engine(root, ran),
    acquireLock: (dir, command, o) => acquireLock(dir, { command }, o),
    importModule: () => Promise.resolve({}),
    config: {
      find: () => good({ file: `${root}/tasks.config.mjs` as AbsolutePath, root: root as AbsolutePath }),
      stateDirIn: () => null,
      load: () => Promise.resolve(good({
        project: { tasks: Array.from({ length: COUNT }, (_, i) => task(i)), default: null, jobs: null, stateDir: ".tg" as FilePath },
        reads: { files: ["tasks.config.mjs" as FilePath], absent: [], folders: [], env: [], volatile: false }, notices: [],
      })),
    },
  };
  const events: Event[] = [];
  const end = await build(doors, {
    cwd: root, config: null, targets: [], skip: [], all: false, force: false, params: [], paramsFile: null, args: null, standsIn: root,
    jobs: 2, load: null, keepGoing: false, maxFailures: null, noWait: true, shuffle: null, graceMs: 100, commandLine: "tg build",
  }, (event) => events.push(event), { on: () => () => {} });
  return { exit: end.exitCode, ran, warnings: events.flatMap((event) => (event.event === "notice" && event.notice.code.startsWith("state-") ? [event.notice.code] : [])) };
}

export interface DamageReport {
  readonly cases: number;
  readonly wrong: readonly string[];
}

/** Every cut of the snapshot and of the journal, then `flips` random bit flips over both. */
export async function damageAll(flips: number, say: (line: string) => void): Promise<DamageReport> {
  const root = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "tg-damage-"));
  fs.mkdirSync(path.join(root, "src"));
  fs.writeFileSync(path.join(root, "tasks.config.mjs"), "");
  for (let i = 0; i < COUNT; i++) fs.writeFileSync(path.join(root, `src/${i}.txt`), `s${i}`);
  await once(root);
  fs.writeFileSync(path.join(root, "src/3.txt"), "edited");
  await once(root);
  const kept = new Map(["state", "journal"].map((name) => [name, fs.readFileSync(path.join(root, ".tg", name))]));
  const wrong: string[] = [];
  let cases = 0;
  const tryOne = async (label: string, name: string, bytes: Uint8Array): Promise<void> => {
    for (const [file, whole] of kept) fs.writeFileSync(path.join(root, ".tg", file), file === name ? bytes : whole);
    // An edit that only an honest judge sees.
    fs.writeFileSync(path.join(root, "src/4.txt"), `case ${cases++}`);
    const first = await once(root);
    const second = await once(root);
    const faults: string[] = [];
    if (first.exit !== 0) faults.push(`exit ${first.exit}`);
    for (let i = 0; i < COUNT; i++) if (fs.readFileSync(path.join(root, `out/${i}.txt`), "utf8") !== expected(root, i)) faults.push(`out/${i}.txt is wrong`);
    if (first.warnings.length > 1) faults.push(`${first.warnings.length} warnings`);
    if (second.exit !== 0 || second.ran.length > 0) faults.push(`second build: exit ${second.exit}, ran ${second.ran.join(",")}`);
    if (faults.length > 0) wrong.push(`${label}: ${faults.join("; ")}`);
    if (cases % 2000 === 0) say(`${cases} cases, ${wrong.length} wrong`);
  };
  for (const [name, whole] of kept) for (let length = 0; length < whole.length; length++) await tryOne(`${name} cut at ${length}`, name, whole.subarray(0, length));
  const prng = prngOf(1, 4711);
  const names = [...kept.keys()];
  for (let i = 0; i < flips; i++) {
    const name = names[i % 2]!;
    const broken = Buffer.from(kept.get(name)!);
    const bit = prng.int(broken.length * 8);
    broken[bit >> 3]! ^= 1 << (bit & 7);
    await tryOne(`${name} bit ${bit}`, name, broken);
  }
  fs.rmSync(root, { recursive: true, force: true });
  return { cases, wrong };
}
