// One folder with the sources of a graph and one peer's own files: written, emptied, edited, checked. Knows no clocks.
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { plainEnv } from "./measure.mjs";
import { sourceText } from "./graph.mjs";

let edits = 0;

function waitMs(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

export class Project {
  constructor(dir, graph, peer) {
    this.dir = dir;
    this.graph = graph;
    this.peer = peer;
    this.home = dir + ".home";
    const own = typeof peer.env === "function" ? peer.env(dir) : peer.env;
    this.env = plainEnv({ HOME: this.home, ...own });
  }

  create() {
    mkdirSync(this.home, { recursive: true });
    const { tasks, seed } = this.graph;
    const folders = new Set(tasks.flatMap((task) => [...task.sources, task.output].map(dirname)));
    for (const folder of folders) mkdirSync(join(this.dir, folder), { recursive: true });
    let serial = 0;
    for (const task of tasks) for (const source of task.sources) writeFileSync(join(this.dir, source), sourceText(seed, serial++));
    this.peer.write(this.dir, this.graph);
    return this;
  }

  /** As after a fresh checkout: no outputs, no state of the tool, folders of outputs present. */
  empty() {
    this.peer.stop?.(this.dir, this.env);
    for (const name of this.peer.state ?? []) removeMatching(this.dir, name);
    for (const task of this.graph.tasks) rmSync(join(this.dir, task.output), { force: true });
    this.peer.prepare?.(this.dir, this.env);
  }

  /** Appends a line to a source of `task`. */
  edit(task, source) {
    if (this.peer.wholeSeconds) waitMs(1100);
    appendFileSync(join(this.dir, task.sources[source]), `edit ${edits++}\n`);
  }

  /** Gives every source and output, in this order, the time of now. */
  touch() {
    if (this.peer.wholeSeconds) waitMs(1100);
    const now = new Date();
    for (const task of this.graph.tasks) for (const source of task.sources) utimesSync(join(this.dir, source), now, now);
    for (const task of this.graph.tasks) utimesSync(join(this.dir, task.output), now, now);
  }

  comment() {
    const { file, mark } = this.peer.config;
    appendFileSync(join(this.dir, file), `${mark} edit ${edits++}\n`);
  }

  /** Returns when the tool's watch has nothing to do. */
  startWatch() {
    const { argv, isReady } = this.peer.watch;
    this.watch = spawn(argv[0], argv.slice(1), { cwd: this.dir, env: this.env, stdio: "ignore" });
    for (let left = 12_000; !isReady(this.dir); left--) {
      if (left === 0) throw new Error(`${this.peer.name}: its watch is not ready after two minutes.`);
      waitMs(10);
    }
  }

  stopWatch() {
    this.watch?.kill("SIGKILL");
    this.watch = undefined;
  }

  /** Throws unless the outputs of `tasks` are what their commands make of the inputs that are there. */
  check(tasks) {
    for (const task of tasks) {
      const file = join(this.dir, task.output);
      if (!existsSync(file)) throw new Error(`${this.peer.name}: "${task.output}" was not made.`);
      const made = readFileSync(file);
      const expected = this.#expected(task);
      if (!made.equals(expected)) throw new Error(`${this.peer.name}: "${task.output}" is not what "${task.command}" makes.`);
    }
  }

  #expected(task) {
    if (this.graph.work === "cp") return readFileSync(join(this.dir, task.sources[0]));
    const command = task.local.slice(0, task.local.lastIndexOf(" > "));
    return spawnSync("/bin/sh", ["-c", command], { cwd: join(this.dir, task.folder), env: this.env }).stdout;
  }

  remove() {
    this.stopWatch();
    this.peer.stop?.(this.dir, this.env);
    for (const place of [this.dir, this.home]) rmSync(place, { recursive: true, force: true });
  }
}

/** A part of `name` may hold a `*`. */
function removeMatching(dir, name) {
  let places = [dir];
  for (const part of name.split("/")) {
    const [before, after] = part.split("*");
    const fits = (entry) => entry.startsWith(before) && entry.endsWith(after);
    places = places.flatMap((place) => (after === undefined ? [join(place, part)] : existsSync(place) ? readdirSync(place).filter(fits).map((entry) => join(place, entry)) : []));
  }
  for (const place of places) rmSync(place, { recursive: true, force: true });
}
