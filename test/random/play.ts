// Many seeds in a row, in the mode asked for; on a mismatch shortens the story and leaves a folder that replays it.
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { play } from "./campaign.ts";
import type { Campaign, Report } from "./campaign.ts";
import { buildArgs, commandSubject } from "./command.ts";
import { inProcessSubject } from "./inprocess.ts";
import { prngOf } from "./prng.ts";
import { referenceSubject } from "./subject.ts";

export type Mode = "command" | "inprocess" | "watched" | "resident" | "reference";

export interface Options {
  readonly mode: Mode;
  readonly first: number;
  readonly last: number;
  readonly steps: number;
  /** Stop after so long; 0: never. */
  readonly minutes: number;
  readonly skip: readonly number[];
  /** Root of this repository. */
  readonly repository: string;
  /** Leaves a replay folder here on a mismatch; null: none. */
  readonly replayDir: string | null;
  /** Drop steps while the story still fails. */
  readonly shrink: boolean;
  /** Every step after the first ends in kill -9. */
  readonly killOnly?: boolean;
  /** Says what each build did and was expected to do. */
  readonly tell?: boolean;
  /** Give up after so many bad seeds. */
  readonly stopAfter: number;
  readonly say: (line: string) => void;
}

export interface Total {
  seeds: number;
  steps: number;
  builds: number;
  tasksRun: number;
  kills: number;
  repeated: number;
  /** Seeds that did not hold. */
  failed: { seed: number; report: Report; skip: number[] }[];
}

/** Memory, where the machine has some to build in: the stories are all small files. */
function baseDir(mode: Mode): string {
  const memory = "/dev/shm";
  return `${process.env["TG_RANDOM_DIR"] ?? (mode !== "command" && existsSync(memory) ? memory : tmpdir())}/tg-random-${process.pid}`;
}

/** Where nobody starts it, the same for every clone: it is in the keys of results, and so decides which of these are damaged. */
const NOWHERE = "/tmp/tg-mix.sh";

const mixOf = ({ mode, repository }: Options): string => (mode === "command" ? `${repository}/test/random/mix.sh` : NOWHERE);

function campaignOf(options: Options, seed: number, skip: readonly number[]): Campaign {
  const base = baseDir(options.mode);
  const mix = ["sh", mixOf(options)];
  const tg = (process.env["TG_RANDOM_COMMAND"] ?? `${process.execPath} ${options.repository}/bin/tg.cjs`).split(" ");
  const open: Campaign["open"] = (scene) =>
    options.mode === "reference" ? referenceSubject(scene) : options.mode === "command" ? commandSubject(scene, { tg, control: `${base}/control`, commits: prngOf(seed, -2, 2).chance(0.25) }) : inProcessSubject(scene, seed, { watched: options.mode === "watched" || options.mode === "resident", asked: options.mode === "resident" });
  return { seed, steps: options.steps, skip: new Set(skip), root: `${base}/project`, mix, open, tools: options.mode !== "watched" && options.mode !== "resident", killOnly: options.killOnly === true, ...(options.tell === true ? { tell: options.say } : {}) };
}

/** Drops steps, later ones first, while some mismatch remains. */
async function shorten(options: Options, seed: number, report: Report): Promise<{ report: Report; skip: number[] }> {
  let best = { report, skip: [...options.skip] };
  const until = Date.now() + 60_000;
  for (let step = report.mismatch!.step - 1; step >= 0 && Date.now() < until; step--) {
    const skip = [...best.skip, step];
    const tried = await play({ ...campaignOf(options, seed, skip), steps: best.report.mismatch!.step + 1 });
    if (tried.mismatch !== null) best = { report: tried, skip };
  }
  return best;
}

const shellWord = (text: string): string => (/^[\w./=@:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** The folder as it stood before the build that went wrong, and a script that makes that build. */
async function leaveReplay(options: Options, seed: number, found: { report: Report; skip: number[] }): Promise<string> {
  const target = `${options.replayDir}/seed-${seed}-${options.mode}`;
  const campaign = { ...campaignOf(options, seed, found.skip), stopAt: found.report.mismatch!.step };
  const stopped = await play(campaign);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(`${target}/control`, { recursive: true });
  cpSync(campaign.root, `${target}/project`, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  const wish = stopped.stoppedBefore;
  const env = Object.entries(wish?.env ?? {}).map(([name, value]) => `${name}=${shellWord(value)}`);
  const again = `node scripts/random.mjs --mode ${options.mode} --seeds ${seed}..${seed} --steps ${found.report.mismatch!.step + 1}${found.skip.length > 0 ? ` --skip ${found.skip.join(",")}` : ""}`;
  writeFileSync(`${target}/replay.sh`, `#!/bin/sh\n# ${again}\n# The folder "project" is as it was before the build that went wrong.\n${options.mode === "command" ? "" : `ln -sf ${options.repository}/test/random/mix.sh ${NOWHERE}\n`}cd "$(dirname "$0")/project" || exit 1\nMIX_ROOT=$PWD MIX_CTL=$PWD/../control PATH=$PWD/bin/one:$PWD/bin/two:$PATH\nexport MIX_ROOT MIX_CTL\nTG=\${TG:-"node ${options.repository}/bin/tg.cjs"}\nenv ${env.join(" ")} $TG status -v --all\nenv ${env.join(" ")} $TG ${wish === null ? "build" : buildArgs(wish).filter((arg) => arg !== "--json").map(shellWord).join(" ")}\necho "exit $?"\ncat ../control/log\n`);
  writeFileSync(`${target}/story.txt`, [`seed ${seed}`, again, ...found.report.story, "", ...found.report.mismatch!.wrong].join("\n") + "\n");
  return target;
}

async function explain(options: Options, seed: number, report: Report): Promise<{ report: Report; skip: number[] }> {
  const found = options.shrink ? await shorten(options, seed, report) : { report, skip: [...options.skip] };
  const { step, wrong } = found.report.mismatch!;
  options.say(`seed ${seed}, step ${step} (${options.mode}${found.skip.length > 0 ? `, without steps ${found.skip.join(",")}` : ""}):`);
  for (const line of found.report.story) options.say(`    ${line}`);
  for (const line of wrong.slice(0, 12)) options.say(`  WRONG ${line}`);
  if (options.replayDir !== null) options.say(`  replay: ${await leaveReplay(options, seed, found)}/replay.sh`);
  return found;
}

export async function playAll(options: Options): Promise<Total> {
  const total: Total = { seeds: 0, steps: 0, builds: 0, tasksRun: 0, kills: 0, repeated: 0, failed: [] };
  const until = options.minutes > 0 ? Date.now() + options.minutes * 60_000 : Infinity;
  for (let seed = options.first; seed <= options.last && Date.now() < until && total.failed.length < options.stopAfter; seed++) {
    const report = await play(campaignOf(options, seed, options.skip));
    total.seeds++;
    total.steps += report.steps;
    total.builds += report.builds;
    total.tasksRun += report.tasksRun;
    total.kills += report.kills;
    total.repeated += report.repeated;
    if (report.mismatch !== null) total.failed.push({ seed, ...(await explain(options, seed, report)) });
  }
  rmSync(baseDir(options.mode), { recursive: true, force: true });
  return total;
}
