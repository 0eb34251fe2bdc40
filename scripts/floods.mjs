// node scripts/floods.mjs [--files N] [--only bursts|overflow|limits]: tg watch under floods. Three bursts of N created files, one
// build each; 30,000 creations while the watch is stopped, so that the kernel's queue of 16,384 overflows; and a machine that
// allows too few watches (a user namespace). Says what was built and whether it is right. Linux.
import { spawn } from "node:child_process";
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
const FILES = Number(option("files", 100_000));
const only = option("only", "");
const FOLDERS = 100;
const CONFIG = `export default { tasks: {
  count: { inputs: [{ glob: "src/**/*.txt", allowEmpty: true }], outputs: ["count.txt"], run: "echo count >>ran.log; find src -name '*.txt' | wc -l >count.txt" },
  other: { inputs: ["other.txt"], outputs: ["other.out"], run: "echo other >>ran.log; cp other.txt other.out" },
} };
`;
let bad = false;

class Project {
  constructor(wrap = (argv) => argv) {
    this.dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "tg-floods-")));
    for (let i = 0; i < FOLDERS; i++) fs.mkdirSync(this.at(`src/${i}`), { recursive: true });
    fs.writeFileSync(this.at("tasks.config.mjs"), CONFIG);
    fs.writeFileSync(this.at("other.txt"), "0\n");
    const env = { ...process.env };
    delete env.NODE_EXTRA_CA_CERTS;
    const [program, ...args] = wrap([process.execPath, path.join(repo, "bin/tg.cjs"), "watch", "--color=never"]);
    this.child = spawn(program, args, { cwd: this.dir, env, stdio: ["ignore", "pipe", "pipe"] });
    this.said = "";
    this.child.stdout.resume();
    this.child.stderr.setEncoding("utf8").on("data", (text) => (this.said += text));
  }
  at(file) {
    return path.join(this.dir, file);
  }
  ran() {
    const text = fs.existsSync(this.at("ran.log")) ? fs.readFileSync(this.at("ran.log"), "utf8").trim() : "";
    fs.writeFileSync(this.at("ran.log"), "");
    return text === "" ? [] : text.split("\n");
  }
  count() {
    try {
      return Number(fs.readFileSync(this.at("count.txt"), "utf8"));
    } catch (error) {
      if (error.code === "ENOENT") return -1;
      throw error;
    }
  }
  rounds() {
    return this.said.split("tg: watching").length - 1;
  }
  async until(what, isSo) {
    for (const start = performance.now(); !isSo(); await delay(20)) {
      if (performance.now() - start < 120_000 && this.child.exitCode === null) continue;
      bad = true;
      console.log(`${what}: waited in vain\n${this.said.slice(-1000)}`);
      return;
    }
  }
  /** Nothing has been said for a while. */
  async still() {
    for (let before = ""; before !== this.said; await delay(1500)) before = this.said;
  }
  end() {
    this.child.kill("SIGKILL");
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}

function create(project, wave, files) {
  for (let i = 0; i < files; i++) fs.writeFileSync(project.at(`src/${i % FOLDERS}/${wave}-${i}.txt`), "");
}

function tell(what, { built, rounds, right, ms, most }) {
  const good = right && built <= most;
  bad ||= !good;
  console.log(`${what}: ${built} build${built === 1 ? "" : "s"} in ${rounds} rounds, ${right ? "right" : "WRONG"}, ${Math.round(ms)} ms after the last file`);
}

/** `most`: builds there may be; a second one is due where files come while the first one runs. */
async function flood(project, what, { total, most = 1 }, act) {
  project.ran();
  const before = project.rounds();
  await act();
  const last = performance.now();
  await project.until(what, () => project.count() === total && project.rounds() > before);
  const ms = performance.now() - last;
  await project.still();
  tell(what, { built: project.ran().filter((task) => task === "count").length, rounds: project.rounds() - before, right: project.count() === total, ms, most });
}

async function bursts() {
  const project = new Project();
  await project.until("start", () => project.rounds() === 1);
  for (let wave = 1; wave <= 3; wave++) {
    await flood(project, `burst ${wave} of ${FILES} files`, { total: wave * FILES }, async () => create(project, wave, FILES));
  }
  project.end();
}

async function overflow() {
  const project = new Project();
  await project.until("start", () => project.rounds() === 1);
  await flood(project, "30,000 files while the watch is stopped", { total: 30_000 }, async () => {
    project.child.kill("SIGSTOP");
    create(project, 1, 30_000);
    fs.writeFileSync(project.at("other.txt"), "1\n");
    project.child.kill("SIGCONT");
  });
  await project.until("the edit after the overflow", () => fs.readFileSync(project.at("other.out"), "utf8") === "1\n");
  project.end();
}

async function limits() {
  const project = new Project((argv) => ["unshare", "-Ur", "sh", "-c", 'echo 20 >/proc/sys/user/max_inotify_watches && exec "$@"', "sh", ...argv]);
  await project.until("start", () => project.rounds() === 1);
  await flood(project, "1,000 files with 20 watches allowed", { total: 1_000, most: 2 }, async () => create(project, 1, 1_000));
  const line = project.said.split("\n").find((one) => one.includes("no more file watches"));
  console.log(line ?? "WRONG: nothing was said");
  bad ||= line === undefined;
  project.end();
}

for (const [name, run] of Object.entries({ bursts, overflow, limits })) if (only === "" || only === name) await run();
process.exit(bad ? 1 : 0);
