// Every file of a state folder removed, cut and with flipped bits, after a killed build of a project that has a bit of everything:
// the next build ends as ever and leaves what a clean one leaves, runs what status said and nothing else, each with a reason.
// Prints how often which file had what run for which reason, for a person to read.   node scripts/wreck.mjs [--cuts 12] [--flips 20] [--only journal] [--seed 1]
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle } from "./bundle.mjs";

const repo = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const { values } = parseArgs({ options: { cuts: { type: "string", default: "12" }, flips: { type: "string", default: "20" }, only: { type: "string", default: "" }, seed: { type: "string", default: "1" } } });
await bundle();
const { plan, run } = await import(join(repo, "dist/api.js"));
const top = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "tg-wreck-"));
process.on("exit", () => rmSync(top, { recursive: true, force: true }));
const base = join(top, "base");
const work = join(top, "work");

/** Fails, blocks, is killed while it runs, deletes what it consumed, is made of a family, hands on a value, keeps its result. */
const CONFIG = `import { foreach } from "tg-build";
const object = ({ file, stem }) => ({ inputs: [file], outputs: ["obj/" + stem + ".o"], depfile: "obj/" + stem + ".d", run: "cat " + file + " inc.h >obj/" + stem + ".o; echo 'x: inc.h' >obj/" + stem + ".d" });
export default { tasks: {
  a: { inputs: ["in"], outputs: ["out/a"], run: "cp in out/a" },
  b: { inputs: ["out/a"], outputs: ["out/b"], run: "cp out/a out/b" },
  fail: { inputs: ["in2"], outputs: ["out/f"], run: "cp in2 out/f; exit 1" },
  below: { inputs: ["out/f"], outputs: ["out/g"], run: "cp out/f out/g" },
  mid: { inputs: ["in"], intermediates: ["mid/m"], run: "cp in mid/m" },
  use: { inputs: ["mid/m"], outputs: ["out/u"], run: "cat mid/m >out/u; rm mid/m" },
  fam: foreach("src/*.c", object),
  link: { inputs: ["obj/*.o"], outputs: ["out/app"], run: "cat obj/*.o >out/app" },
  val: { inputs: ["in"], run: () => ({ n: [1, 2, 3] }) },
  useval: { deps: ["val"], outputs: ["out/v"], run: "echo v >out/v" },
  store: { inputs: ["in"], outputs: ["out/s"], cache: { store: true }, run: "cp in out/s" },
  lint: { inputs: ["src/*.c"], run: "true" },
  tree: { inputs: ["in"], outputs: ["dist/"], run: "cp in dist/x" },
  slow: { inputs: ["in"], outputs: ["out/slow"], run: "cp in out/slow; [ ! -e hold ] || { touch held; sleep 300; }" },
  after: { inputs: ["out/slow"], outputs: ["out/after"], run: "cp out/slow out/after" },
} };
`;
const SOURCES = { "tasks.config.mjs": CONFIG, in: "1", in2: "2", "inc.h": "h", "src/p.c": "p", "src/q.c": "q" };

function write(file, text) {
  mkdirSync(dirname(join(base, file)), { recursive: true });
  writeFileSync(join(base, file), text);
}

/** Three builds, then one that is killed while `slow` runs. */
async function prepare() {
  for (const [file, text] of Object.entries(SOURCES)) write(file, text);
  mkdirSync(join(base, "node_modules"));
  symlinkSync(repo, join(base, "node_modules/tg-build"));
  const words = [join(repo, "bin/tg.cjs"), "build", "-k", "-j2"];
  const options = { cwd: base, env: { ...process.env, TG_RESIDENT: "0" }, stdio: "ignore" };
  for (const [file, text] of [["in", "1"], ["in", "22"], ["src/q.c", "qq"]]) {
    write(file, text);
    spawnSync(process.execPath, words, options);
  }
  write("in", "333");
  write("hold", "");
  const killed = spawn(process.execPath, words, { ...options, detached: true });
  const gone = new Promise((resolve) => killed.on("exit", resolve));
  while (!existsSync(join(base, "held")) || !/\["g","slow"|\["k"/.test(readFileSync(join(base, ".tg/journal"), "latin1"))) await sleep(20);
  killed.kill("SIGKILL");
  await gone;
  for (const file of ["hold", "held"]) rmSync(join(base, file));
}

function treeOf(dir) {
  const files = readdirSync(dir, { recursive: true }).filter((file) => !/^(\.tg|node_modules)/.test(file) && lstatSync(join(dir, file)).isFile()).sort();
  return JSON.stringify(files.map((file) => [file, readFileSync(join(dir, file), "utf8")]));
}

/** What status says, and what a build then does. */
async function look() {
  const planned = new Map((await plan({ cwd: work })).map((task) => [task.name, task]));
  const ran = new Map();
  const told = [];
  const events = run({ cwd: work, keepGoing: true, jobs: 2 });
  for (;;) {
    const { value: event, done } = await events.next();
    if (done) return { planned, ran, told, exit: event };
    if (event.event === "task-ended" && ["ran", "failed", "restored", "tainted"].includes(event.outcome)) ran.set(event.task, { outcome: event.outcome, codes: event.reasons.map(({ code }) => code) });
    if (event.event === "notice") told.push(event.notice.code);
  }
}

const found = new Map();
let wrong = 0;
function note(text, label) {
  const known = found.get(text);
  found.set(text, { times: (known?.times ?? 0) + 1, first: known?.first ?? label });
}

function restore() {
  rmSync(work, { recursive: true, force: true });
  cpSync(base, work, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
}

function judge({ planned, ran, told, exit }, { where, label, usual }) {
  const bad = (text) => { wrong++; note(`WRONG ${where}: ${text}`, label); };
  if (exit !== usual.exit) bad(`exit ${exit}`);
  if (treeOf(work) !== usual.tree) bad("another tree than after a clean build");
  const isTold = told.some((code) => code.startsWith("state-")) ? "told" : "not told";
  for (const [task, { outcome, codes }] of ran) {
    const before = planned.get(task);
    if (before === undefined || before.state === "fresh") bad(`${task} ran (${codes.join()}), and was fresh`);
    if (codes.length === 0) bad(`${task} ran without a reason`);
    if (JSON.stringify(usual.ran.get(task)?.codes) !== JSON.stringify(codes)) note(`${where}, ${isTold}: ${outcome} for ${codes.join(" + ")}`, label);
  }
  for (const task of usual.ran.keys()) if (!ran.has(task)) bad(`${task} did not run`);
}

await prepare();
restore();
const first = await look();
const usual = { ...first, tree: treeOf(work) };
let seed = Number(values.seed);
const random = (below) => Math.floor(((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32) * below);
let cases = 0;

async function one(file, label, bytes) {
  cases++;
  restore();
  rmSync(join(work, ".tg", file));
  if (bytes !== null) writeFileSync(join(work, ".tg", file), bytes);
  const where = file.replaceAll(/[0-9a-f]{8,}/g, "#").replace(/\d{8}-\d+/, "<time>");
  try {
    judge(await look(), { where, label, usual });
  } catch (error) {
    wrong++;
    note(`WRONG ${where}: ${error.stack}`, label);
  }
}

for (const file of readdirSync(join(base, ".tg"), { recursive: true }).sort()) {
  if (!file.includes(values.only) || !lstatSync(join(base, ".tg", file)).isFile()) continue;
  const bytes = readFileSync(join(base, ".tg", file));
  await one(file, `${file} removed`, null);
  const step = Math.ceil(bytes.length / Number(values.cuts));
  for (let at = 0; at < bytes.length; at += step) await one(file, `${file} cut at ${at}`, bytes.subarray(0, at));
  for (let i = 0; i < Math.min(Number(values.flips), bytes.length * 8); i++) {
    const bit = random(bytes.length * 8);
    const flipped = Uint8Array.from(bytes);
    flipped[bit >> 3] ^= 1 << (bit & 7);
    await one(file, `${file} bit ${bit}`, flipped);
  }
}
for (const [text, { times, first: label }] of [...found].sort()) console.log(`${String(times).padStart(5)}  ${text}   (${label})`);
console.log(`${cases} damaged states, ${wrong} wrong`);
process.exit(wrong > 0 ? 1 : 0);
