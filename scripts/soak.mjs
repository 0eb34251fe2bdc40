// node scripts/soak.mjs [--edits N] [--seed N] [--watcher native|chokidar|poll] [--runtime "bun"] [--resident]: keeps tg watch busy with
// edits in the manner of editors, git and careless people, and compares the tree with a direct computation after each.
// --resident: other commands, which the watch may answer, are compared with their own scans, right after each edit (the watch
// then waits a second before it builds) and when all is still.
// Prints what was lost (must be 0), what ran without need (must be 0), what ran once more because an edit overlapped its
// run, delays, and growth of memory, watches and descriptors. On Ctrl-C it ends after the present edit, with the figures so far.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
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
const EDITS = Number(option("edits", 300));
const watcher = option("watcher", "native");
const runtime = option("runtime", process.execPath).split(" ");
const resident = process.argv.includes("--resident");
let random = Number(option("seed", 1));

/** How long a change may take to be built before it counts as found by the sweep only, and as lost, in ms. */
const LATE_MS = 20_000;
const LOST_MS = 45_000;
/** Each waits 10 s for an answer. */
const STILL_TRIES = 6;
/** After an edit that must do nothing, in ms, where the watch cannot be asked. */
const STILL_MS = 150;
/** A watch that can be asked has heard of every change before the question, and nothing is due any more. */
const answers = watcher === "native" && process.platform === "linux" && runtime[0] === process.execPath;

function rnd(below) {
  random = (random * 1103515245 + 12345) % 2147483648;
  return Math.floor((random / 2147483648) * below);
}

const dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "tg-soak-")));
const at = (file) => path.join(dir, file);
const there = (file) => fs.existsSync(at(file));
const write = (file, text) => {
  fs.mkdirSync(path.dirname(at(file)), { recursive: true });
  fs.writeFileSync(at(file), text);
};
/** Null if nothing is there. A watch takes an output away before its task runs, so that "is it there" is no answer for what comes next. */
const read = (file) => {
  try {
    return fs.readFileSync(at(file), "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
};

const COPIES = 12;
const CONFIG = (extra) => `const tasks = {
  all: { inputs: ["src/**/*.txt"], outputs: ["all.txt"], run: "echo all >>ran.log; find src -type f -name '*.txt' | LC_ALL=C sort | xargs cat >all.txt" },
  sum: { inputs: ["out/*.txt"], outputs: ["sum.txt"], run: "echo sum >>ran.log; cat out/*.txt >sum.txt" },
};
for (let i = 0; i < ${COPIES}; i++) tasks["copy" + i] = { inputs: ["src/f" + i + ".txt"], outputs: ["out/f" + i + ".txt"], run: "echo copy" + i + " >>ran.log; { echo ${extra}; cat src/f" + i + ".txt; } >out/f" + i + ".txt" };
export default { tasks };
`;

let mark = "one";
let serial = 0;

function sources(folder = "src") {
  const found = [];
  for (const entry of fs.readdirSync(at(folder), { withFileTypes: true })) {
    const name = `${folder}/${entry.name}`;
    if (entry.name.startsWith(".")) continue;
    if (entry.isDirectory()) found.push(...sources(name));
    else if (name.endsWith(".txt")) found.push(name);
  }
  return found.sort((a, b) => (a < b ? -1 : 1));
}

/** The outputs that do not hold what a clean build would have made. */
function wrong() {
  const expected = new Map();
  let sum = "";
  for (let i = 0; i < COPIES; i++) expected.set(`out/f${i}.txt`, `${mark}\n${read(`src/f${i}.txt`)}`);
  for (const name of [...expected.keys()].sort()) sum += expected.get(name);
  expected.set("sum.txt", sum);
  expected.set("all.txt", sources().map(read).join(""));
  return [...expected].filter(([name, text]) => read(name) !== text).map(([name]) => name);
}

/** What each task is made from now. */
function makings() {
  const made = new Map();
  for (let i = 0; i < COPIES; i++) made.set(`copy${i}`, `${mark}\n${read(`src/f${i}.txt`)}`);
  made.set("sum", [...made.values()].join("\0"));
  made.set("all", sources().map((file) => `${file}\0${read(file)}`).join("\0"));
  return made;
}

/** Tasks that ran though nothing they are made from is another one, or oftener than there were edits. A file that is written in place is emptied first. */
function unneeded(before, { edits = 2, also = [] }) {
  const after = makings();
  const counts = new Map();
  for (const task of (read("ran.log") ?? "").trim().split("\n").filter(Boolean)) counts.set(task, (counts.get(task) ?? 0) + 1);
  const bad = [];
  for (const [task, count] of counts) {
    if (before.get(task) === after.get(task) && !also.includes(task)) bad.push(task);
    else if (count > edits) bad.push(`${task} ${count} times`);
    else extra += count - 1;
  }
  return bad;
}

/** Runs that were repeated because an edit came while they ran. */
let extra = 0;

const any = () => `src/f${rnd(COPIES)}.txt`;
const news = () => `edit ${++serial}\n`;

const EFFECTIVE = {
  plain: () => write(any(), news()),
  atomic: () => {
    const file = any();
    write(file + "~tmp", news());
    fs.renameSync(at(file + "~tmp"), at(file));
    return { edits: 1 };
  },
  vim: () => {
    const file = any();
    write("src/.swp.swp", "swap");
    write("src/4913", "");
    fs.unlinkSync(at("src/4913"));
    fs.renameSync(at(file), at(file + "~"));
    write(file, news());
    fs.unlinkSync(at(file + "~"));
    fs.unlinkSync(at("src/.swp.swp"));
  },
  emacs: () => {
    const file = any();
    fs.symlinkSync("me@host.1", at("src/.#lock"));
    fs.copyFileSync(at(file), at(file + "~"));
    write(file, news());
    fs.unlinkSync(at("src/.#lock"));
    fs.unlinkSync(at(file + "~"));
  },
  code: async () => {
    const fd = fs.openSync(at(any()), "w");
    await delay(rnd(4));
    fs.writeSync(fd, news());
    fs.closeSync(fd);
    return { edits: 3 };
  },
  checkout: async () => {
    write(".git/index.lock", "");
    for (let i = 0; i < COPIES; i++) {
      fs.unlinkSync(at(`src/f${i}.txt`));
      if (rnd(4) === 0) await delay(rnd(30));
      write(`src/f${i}.txt`, news());
    }
    for (let i = 0; i < 200; i++) write(`src/many/m${i}.txt`, news());
    fs.unlinkSync(at(".git/index.lock"));
  },
  folder: () => {
    const name = `src/new${serial}/deep`;
    write(`${name}/a.tmp`, news());
    fs.renameSync(at(`${name}/a.tmp`), at(`${name}/a.txt`));
  },
  moveOut: () => {
    if (there("src/many") && !there("aside")) fs.renameSync(at("src/many"), at("aside"));
    write(any(), news());
    return { edits: 3 };
  },
  moveBack: () => {
    if (there("aside") && !there("src/many")) fs.renameSync(at("aside"), at("src/many"));
    write(any(), news());
    return { edits: 3 };
  },
  inMoved: () => (there("src/many") ? write(`src/many/m${rnd(200)}.txt`, news()) : write(any(), news())),
  recreate: () => {
    fs.rmSync(at("src/many"), { recursive: true, force: true });
    for (let i = 0; i < 5; i++) write(`src/many/m${i}.txt`, news());
    return { edits: 6 };
  },
  removeNew: () => {
    for (const name of fs.readdirSync(at("src"))) if (name.startsWith("new")) fs.rmSync(at("src/" + name), { recursive: true });
    write(any(), news());
    return { edits: 3 };
  },
  duringRun: async () => {
    for (let i = 0; i < 4; i++) {
      write(any(), news());
      await delay(rnd(60));
    }
    return { edits: 8 };
  },
  sameFile: async () => {
    const file = any();
    for (let i = 0; i < 5; i++) {
      write(file, news());
      await delay(rnd(25));
    }
    return { edits: 10 };
  },
  output: () => {
    const copy = rnd(COPIES);
    write(`out/f${copy}.txt`, "by hand\n");
    return { also: [`copy${copy}`] };
  },
  outputGone: () => {
    const task = ["sum", "all"][rnd(2)];
    fs.rmSync(at(`${task}.txt`));
    return { also: [task] };
  },
  config: () => {
    mark = `mark${++serial}`;
    write("tasks.config.mjs", CONFIG(mark));
  },
  broken: async () => {
    write("tasks.config.mjs", "export default {{");
    await delay(rnd(120));
    mark = `mark${++serial}`;
    write("tasks.config.mjs", CONFIG(mark));
  },
};

const STILL = {
  touch: () => fs.utimesSync(at(any()), new Date(), new Date()),
  same: () => {
    const file = any();
    write(file + "~tmp", read(file));
    fs.renameSync(at(file + "~tmp"), at(file));
  },
  revert: () => {
    const file = any();
    const before = read(file);
    watch.kill("SIGSTOP");
    write(file, "for a moment\n");
    write(file, before);
    watch.kill("SIGCONT");
  },
  stranger: () => write("notes.md", news()),
  comment: () => write("tasks.config.mjs", CONFIG(mark) + `// ${++serial}\n`),
};

for (let i = 0; i < COPIES; i++) write(`src/f${i}.txt`, `${i}\n`);
write("tasks.config.mjs", CONFIG(mark));

const env = { ...process.env, ...(watcher === "chokidar" ? { TG_WATCHER: "chokidar" } : {}) };
delete env.NODE_EXTRA_CA_CERTS;
const watch = spawn(runtime[0], [...runtime.slice(1), path.join(repo, "bin/tg.cjs"), "watch", "--color=never", ...(watcher === "poll" ? ["--poll"] : []), ...(resident ? ["--debounce", "1000"] : [])], { cwd: dir, env, stdio: ["ignore", "pipe", "pipe"] });
let said = "";
/** Since the present edit began. */
let heard = "";
for (const stream of [watch.stdout, watch.stderr]) stream.setEncoding("utf8").on("data", (text) => {
  said = (said + text).slice(-20_000);
  heard = (heard + text).slice(-20_000);
});
let ended = false;
watch.on("exit", () => (ended = true));
process.on("exit", () => {
  watch.kill("SIGKILL");
  fs.rmSync(dir, { recursive: true, force: true });
});

async function settled() {
  const start = performance.now();
  while (wrong().length > 0) {
    const waited = performance.now() - start;
    if (ended || waited > LOST_MS) return { lost: wrong(), ms: waited };
    await delay(5);
  }
  return { lost: [], ms: performance.now() - start };
}

/** Until nothing is due any more: a run that an edit overlapped may be repeated long after the tree is right. */
async function still() {
  if (answers) {
    for (let tries = 0; tries < STILL_TRIES; tries++) if (!told(["status", "--check"], "only").startsWith("3 ")) return;
    throw new Error(`the watch is never idle\n${said}`);
  }
  for (let before = -1; ; ) {
    const size = read("ran.log")?.length ?? 0;
    if (size === before && said.lastIndexOf("tg: building") < said.lastIndexOf("tg: watching")) return;
    before = size;
    await delay(STILL_MS);
  }
}

/** What a command prints and leaves with; `wish`: TG_RESIDENT. */
function told(args, wish) {
  const run = spawnSync(runtime[0], [...runtime.slice(1), path.join(repo, "bin/tg.cjs"), ...args], { cwd: dir, env: { ...env, TG_RESIDENT: wish }, encoding: "utf8" });
  return `${run.status} ${run.stdout.replace(/\(\S+ s\)/g, "")} ${run.stderr}`;
}

const QUESTIONS = [["status", "--json", "--all"], ["status", "--check"], ["status", "-v"], ["why", "sum", "all"], ["status", "sum", "copy3", "--json"], ["why", "copy1", "--json"]];
const differing = [];
let compared = 0;
let answered = 0;

/** Between two equal scans the answer must be theirs: every change leaves a time in it. */
function compare(where, questions) {
  for (const args of questions) {
    const before = told(args, "0");
    const said = told(args, "1");
    if (before !== told(args, "0")) continue;
    compared++;
    if (said !== before) differing.push(`${where}, tg ${args.join(" ")}: ${said} instead of ${before}`);
  }
}

function growth() {
  try {
    const info = fs.readdirSync(`/proc/${watch.pid}/fdinfo`);
    const watches = info.reduce((sum, fd) => sum + (fs.readFileSync(`/proc/${watch.pid}/fdinfo/${fd}`, "utf8").match(/^inotify/gm)?.length ?? 0), 0);
    return { rssMb: Math.round(Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${watch.pid}/status`, "utf8"))[1]) / 1024), fds: info.length, watches };
  } catch {
    return null;
  }
}

const lost = [], late = [], needless = [], times = [], sizes = [];
let done = 0;
let enough = false;
process.once("SIGINT", () => (enough = true));
await settled();
await still();
const first = growth();
for (let edit = 0; edit < EDITS && !enough && !ended && lost.length === 0; edit++) {
  const kinds = rnd(4) === 0 ? STILL : EFFECTIVE;
  const name = Object.keys(kinds)[rnd(Object.keys(kinds).length)];
  fs.writeFileSync(at("ran.log"), "");
  const before = makings();
  heard = "";
  const how = (await kinds[name]()) ?? {};
  if (resident) compare(`${edit} ${name}, at once`, QUESTIONS.slice(edit % 2, (edit % 2) + 1));
  const { lost: missing, ms } = await settled();
  if (missing.length > 0) lost.push(`${edit} ${name}: ${missing.join(", ")}`);
  else if (ms > LATE_MS) late.push(`${edit} ${name}: ${Math.round(ms)} ms`);
  if (kinds === EFFECTIVE) times.push(ms);
  await still();
  if (resident) {
    compare(`${edit} ${name}`, [...QUESTIONS, ...(wrong().length === 0 ? [["build"], ["build", "sum"]] : [])]);
    if (!told(["build"], "only").startsWith("3 ")) answered++;
  }
  const idle = unneeded(before, how);
  if (idle.length > 0) {
    // What the watch said of it may still be on its way.
    await delay(STILL_MS);
    needless.push(`${edit} ${name}: ${idle.join(", ")}\n${heard.replace(/^/gm, "    ")}`);
  }
  done++;
  if (edit % 500 === 499) sizes.push(growth()?.rssMb);
}
const last = growth();
times.sort((a, b) => a - b);
const quantile = (q) => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * q))] ?? 0);
console.log(`${done} edits (${watcher}): ${lost.length} lost, ${late.length} found by the sweep only, ${needless.length} needless, ${extra} runs repeated for an edit that overlapped them; edit to built tree p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms`);
if (first !== null) console.log(`memory ${first.rssMb} → ${last?.rssMb} MB, descriptors ${first.fds} → ${last?.fds}, watches ${first.watches} → ${last?.watches}${sizes.length === 0 ? "" : `; every 500 edits ${sizes.join(", ")} MB`}`);
if (resident) console.log(`${compared} answers compared with scans: ${differing.length} differ; the watch could be asked after ${answered} of ${done} edits`);
for (const line of [...differing.map((one) => `differs ${one}`), ...lost.map((one) => `lost ${one}`), ...late.map((one) => `late ${one}`), ...needless.map((one) => `needless ${one}`)]) console.log(line);
if (lost.length > 0 || ended) console.log(said.slice(-3000));
process.exit(differing.length + lost.length + late.length + needless.length > 0 || ended ? 1 : 0);
