// node scripts/watch-figures.mjs [--tasks N] [--edits N] [--idle SECONDS] [--runtime "bun"] [--fast]: what tg watch costs in a project
// of N tasks with a file each: ready after start (all was looked at, nothing was due, all is listened to), last write to the first act of the task's command (with a debounce of 1 ms), processor
// time an edit, memory, watches, descriptors, and processor time at rest. The floor, taken turn by turn with it: a program
// that listens to one folder and starts the same shell at each event. --fast: without floor and times, an edit as soon as the
// round of the one before is over, with memory, watches, descriptors and processor time ten times on the way. Linux.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const repo = process.env.TG_REPO ?? path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const option = (name, fallback) => {
  const at = process.argv.indexOf("--" + name);
  return at < 0 ? fallback : process.argv[at + 1];
};
const TASKS = Number(option("tasks", 10_000));
const EDITS = Number(option("edits", 200));
const IDLE_S = Number(option("idle", 10));
const FAST = process.argv.includes("--fast");
const runtime = option("runtime", process.execPath).split(" ");
const TICKS = 100;
const FOLDER = 50;

const dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "tg-figures-")));
const at = (file) => path.join(dir, file);
const env = { ...process.env };
delete env.NODE_EXTRA_CA_CERTS;
const tg = [...runtime, path.join(repo, "bin/tg.cjs")];

const source = (i) => `src/${Math.floor(i / FOLDER)}/${i}.txt`;
const output = (i) => `out/${Math.floor(i / FOLDER)}/${i}.txt`;
for (let i = 0; i < TASKS; i++) {
  if (i % FOLDER === 0) for (const folder of [path.dirname(source(i)), path.dirname(output(i))]) fs.mkdirSync(at(folder), { recursive: true });
  fs.writeFileSync(at(source(i)), `${i}\n`);
  fs.writeFileSync(at(output(i)), `${i}\n`);
}
spawnSync("mkfifo", [at("started")]);
fs.writeFileSync(at("tasks.config.mjs"), `const tasks = {};
for (let i = 0; i < ${TASKS}; i++) tasks["t" + i] = { inputs: ["src/" + Math.floor(i / ${FOLDER}) + "/" + i + ".txt"], outputs: ["out/" + Math.floor(i / ${FOLDER}) + "/" + i + ".txt"], run: "echo " + i + " >started; cp src/" + Math.floor(i / ${FOLDER}) + "/" + i + ".txt out/" + Math.floor(i / ${FOLDER}) + "/" + i + ".txt" };
export default { tasks };
`);
const adopted = spawnSync(tg[0], [...tg.slice(1), "touch", "*"], { cwd: dir, env, encoding: "utf8" });
if (adopted.status !== 0) throw new Error(adopted.stderr);
// Read by the event loop: a blocking read in the thread pool would keep this process from ending.
const fifo = new net.Socket({ fd: fs.openSync(at("started"), fs.constants.O_RDWR | fs.constants.O_NONBLOCK), readable: true, writable: false });
let heard = null;
fifo.on("data", () => heard?.());
// One task runs: the first run takes in what was adopted, which no edit in a watch is to pay for.
fs.writeFileSync(at(source(0)), "edited\n");
spawnSync(tg[0], [...tg.slice(1), "build"], { cwd: dir, env });

const began = performance.now();
const watch = spawn(tg[0], [...tg.slice(1), "watch", "--color=never", "--debounce", "1"], { cwd: dir, env, stdio: ["ignore", "pipe", "pipe"] });
process.on("exit", () => {
  watch.kill("SIGKILL");
  fs.rmSync(dir, { recursive: true, force: true });
});
let said = "";
let ready = null;
let rounds = 0;
let roundEnded = null;
watch.on("exit", (code) => {
  console.error(`the watch ended with ${code}\n${said}`);
  process.exit(1);
});
process.on("uncaughtException", (error) => {
  console.error(error, said);
  setTimeout(() => process.exit(1), 100);
});
watch.stdout.resume();
watch.stderr.setEncoding("utf8").on("data", (text) => {
  said = (said + text).slice(-5000);
  rounds += text.split("tg: watching").length - 1;
  if (rounds > 0) ready ??= { ms: performance.now() - began, cpuMs: cpuMs() };
  roundEnded?.();
});
fs.mkdirSync(at("floor"));

function cpuMs() {
  const fields = fs.readFileSync(`/proc/${watch.pid}/stat`, "utf8").split(") ")[1].split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
}
/** A descriptor may be closed by now. */
function textOf(file) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
function memory() {
  const info = fs.readdirSync(`/proc/${watch.pid}/fdinfo`);
  const watches = info.reduce((sum, fd) => sum + (textOf(`/proc/${watch.pid}/fdinfo/${fd}`).match(/^inotify/gm)?.length ?? 0), 0);
  const status = fs.readFileSync(`/proc/${watch.pid}/status`, "utf8");
  const mbOf = (name) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) / 1024);
  return { mb: mbOf("VmRSS"), peak: mbOf("VmHWM"), fds: info.length, watches };
}
async function until(isSo, limitMs = 60_000) {
  for (const start = performance.now(); !isSo(); await delay(1)) if (performance.now() - start > limitMs) throw new Error(`waited in vain\n${said}`);
}

await until(() => ready !== null);
// Not before: a program that starts beside it takes one of two cores.
const floor = spawn(process.execPath, ["-e", `require("fs").watch("floor", () => require("child_process").spawn("sh", ["-c", "echo floor >started"], { stdio: "ignore" }))`], { cwd: dir, env, stdio: "ignore" });
process.on("exit", () => floor.kill("SIGKILL"));
await delay(1000);
const first = memory();
if (first.watches < (TASKS / FOLDER) * 2) throw new Error("it said that it watches, and does not");
const times = [];
const floors = [];
async function timed(write) {
  const start = new Promise((resolve) => (heard = resolve));
  write();
  const written = performance.now();
  await Promise.race([start, delay(30_000).then(() => Promise.reject(new Error(`never started\n${said}`)))]);
  return performance.now() - written;
}
const busy = [];
let seed = 7;
function anyTask() {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return Math.floor((seed / 2147483648) * TASKS);
}
/** Edits, each as soon as the round of the one before has told its end. */
async function hurry() {
  const step = Math.max(1, Math.round(EDITS / 10));
  await until(() => rounds > 0);
  let before = cpuMs();
  for (let edit = 0; edit < EDITS; edit++) {
    const i = anyTask();
    const text = `edit ${edit}\n`;
    fs.writeFileSync(at("draft"), text);
    const told = rounds;
    fs.renameSync(at("draft"), at(source(i)));
    while (rounds === told) await Promise.race([new Promise((resolve) => (roundEnded = resolve)), delay(30_000, null, { ref: false }).then(() => { if (rounds === told) throw new Error("no round ended"); })]);
    if (fs.readFileSync(at(output(i)), "utf8") !== text) throw new Error(`edit ${edit} was not built when its round ended`);
    if ((edit + 1) % step > 0) continue;
    const { mb, peak, fds, watches } = memory();
    const now = cpuMs();
    console.log(`after ${edit + 1} edits ${mb} MB (peak ${peak}), watches ${watches}, descriptors ${fds}, processor time an edit ${((now - before) / step).toFixed(1)} ms`);
    before = now;
  }
}
if (FAST) {
  console.log(`${TASKS} tasks, ready after ${Math.round(ready.ms)} ms and ${ready.cpuMs} ms of processor time, ${first.mb} MB (peak ${first.peak}), watches ${first.watches}, descriptors ${first.fds}`);
  await hurry();
  await delay(IDLE_S * 1000);
  console.log(`${IDLE_S} s later ${memory().mb} MB`);
  process.exit(0);
}
for (let edit = 0; edit < EDITS; edit++) {
  const i = anyTask();
  const text = `edit ${edit}\n`;
  fs.writeFileSync(at("draft"), text);
  await delay(20);
  const before = cpuMs();
  const told = rounds;
  times.push(await timed(() => fs.renameSync(at("draft"), at(source(i)))));
  await until(() => rounds > told && fs.readFileSync(at(output(i)), "utf8") === text);
  await delay(5);
  busy.push(cpuMs() - before);
  fs.writeFileSync(at("draft"), text);
  floors.push(await timed(() => fs.renameSync(at("draft"), at(`floor/${edit}`))));
}
const last = memory();
await delay(1000);
const rest = cpuMs();
await delay(IDLE_S * 1000);
const idle = (cpuMs() - rest) / (IDLE_S * 10);
const quantile = (of, q) => [...of].sort((a, b) => a - b)[Math.min(of.length - 1, Math.floor(of.length * q))].toFixed(1);
console.log(`${TASKS} tasks, ${EDITS} edits: ready after ${Math.round(ready.ms)} ms; last write to the command's first act p50 ${quantile(times, 0.5)} ms, p90 ${quantile(times, 0.9)} ms, p99 ${quantile(times, 0.99)} ms (floor ${quantile(floors, 0.5)}, ${quantile(floors, 0.9)}, ${quantile(floors, 0.99)} ms); processor time an edit ${(busy.reduce((a, b) => a + b, 0) / EDITS).toFixed(1)} ms`);
console.log(`memory ${first.mb} → ${last.mb} MB, watches ${first.watches} → ${last.watches}, descriptors ${first.fds} → ${last.fds}; at rest ${idle.toFixed(2)} % of a core`);
process.exit(0);
