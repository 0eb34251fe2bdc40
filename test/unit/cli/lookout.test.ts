// The first look of a watch: it listens before it looks, so that it looks once, and misses nothing that happens meanwhile.
import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { build } from "../../../src/cli/build.ts";
import type { Doors } from "../../../src/cli/doors.ts";
import { Lookout } from "../../../src/cli/watch/lookout.ts";
import { openMachine } from "../../../src/machine.ts";
import type { WatchEvent } from "../../../src/model/event.ts";
import type { FilePath } from "../../../src/model/path.ts";
import type { WatchSignal } from "../../../src/model/ports.ts";
import { repo } from "../../support/rig.ts";
import { tempFolder } from "../../support/folder.ts";

const COUNT = 40;

const CONFIG = (word: string): string => `const tasks = { all: { inputs: ["src/*.txt"], outputs: ["all.txt"], run: "echo ${word} >all.txt" } };
for (let i = 0; i < ${COUNT}; i++) tasks["t" + i] = { inputs: ["src/" + i + ".txt"], outputs: ["out/" + i + ".txt"], run: "cp src/" + i + ".txt out/" + i + ".txt" };
export default { tasks };
`;

interface Heard {
  readonly due: readonly string[];
  readonly alarms: readonly (string | null)[];
  /** Rows that were swept. */
  readonly rows: number;
}

type Write = (file: string, text: string) => void;

interface Scene {
  readonly dir: string;
  readonly write: Write;
  readonly lookout: Lookout;
  readonly alarms: readonly (string | null)[];
  readonly told: readonly WatchEvent[];
  rows(): number;
  /** So many ms later. */
  later(ms: number): void;
}

/** A project where all is fresh, and nobody has looked yet; `atListening` happens when somebody begins to listen, `beforeLoad` and `afterLoad` when the config is about to be, and has been, evaluated. */
async function scene(atListening: (write: Write, tell: (signal: WatchSignal) => void) => void, afterLoad: (write: Write) => void = () => {}, beforeLoad: (write: Write) => void = () => {}): Promise<Scene> {
  const dir = tempFolder("tg-lookout");
  const write: Write = (file, text) => fs.writeFileSync(`${dir}/${file}`, text);
  for (const folder of ["src", "out"]) fs.mkdirSync(`${dir}/${folder}`);
  for (let i = 0; i < COUNT; i++) write(`src/${i}.txt`, `${i}\n`);
  write("tasks.config.mjs", CONFIG("one"));
  const doors = openMachine(repo);
  const wants = { targets: [], skip: [], all: true, force: false, params: [], paramsFile: null, args: null, standsIn: dir, cwd: dir, config: null };
  const once = { jobs: 2, load: null, keepGoing: false, maxFailures: null, noWait: true, noCache: true, keepTemp: true, shuffle: null, graceMs: 100, commandLine: "tg build" };
  assert.deepEqual(await build(doors, { ...wants, ...once }, () => {}, { on: () => () => {} }), { exitCode: 0, signal: null });

  let rows = 0;
  let laterMs = 0;
  let calls = 0;
  const alarms: (string | null)[] = [];
  const told: WatchEvent[] = [];
  const watching: Doors = {
    ...doors,
    system: { ...doors.system, monotonicMs: () => doors.system.monotonicMs() + laterMs },
    config: { ...doors.config, load: async (request) => (beforeLoad(write), doors.config.load(request).finally(() => afterLoad(write))) },
    openDisk: (root, stateDir, options) => {
      const disk = doors.openDisk(root, stateDir, options);
      return { ...disk, sweep: (table, ids, seen) => ((rows += ids.length), disk.sweep(table, ids, seen)) };
    },
    openWatcher: (_root, tell) => Promise.resolve({
      quietMs: 0,
      watch: (folders, only) => {
        if (calls++ === 0) atListening(write, tell);
        return Promise.resolve(calls === 1 ? new Set([...(only ?? folders)].filter((folder) => fs.existsSync(`${dir}/${folder}`))) : new Set<FilePath>());
      },
      caughtUp: () => Promise.resolve(true), hearsAll: () => true, close: () => Promise.resolve(),
    }),
  };
  const lookout = new Lookout(watching, { wants, poll: false, tell: (event) => void told.push(event), alarm: (kind, path) => kind === "heard" || void alarms.push(path) });
  return { dir, write, lookout, alarms, told, rows: () => rows, later: (ms) => void (laterMs += ms) };
}

/** In what the state keeps of one task. */
function damage(dir: string): void {
  const state = fs.readFileSync(`${dir}/.tg/state`);
  state[state.lastIndexOf("cp src/7.txt")]! ^= 1;
  fs.writeFileSync(`${dir}/.tg/state`, state);
}

async function dueOf(lookout: Lookout, wide: boolean): Promise<string[]> {
  const looked = await lookout.look(wide);
  assert.ok("due" in looked, JSON.stringify(looked));
  return looked.due.map(({ task }) => task);
}

/** What a first look finds. */
async function firstLook(atListening: Parameters<typeof scene>[0]): Promise<Heard> {
  const { lookout, alarms, rows } = await scene(atListening);
  const due = await dueOf(lookout, true);
  await lookout.close();
  return { due, alarms, rows: rows() };
}

test("where nothing happens each row is looked at once, but for the few that led there", async () => {
  const { due, rows } = await firstLook(() => {});
  assert.deepEqual(due, []);
  assert.ok(rows >= 2 * COUNT && rows < 3 * COUNT, `${rows} rows`);
});

test("the time that an edited config took does not put off the next look at everything", async () => {
  const slow = (): void => here.later(10_000);
  const here: Scene = await scene(() => {}, () => {}, slow);
  await dueOf(here.lookout, true);
  here.write("tasks.config.mjs", CONFIG("two"));
  assert.deepEqual(await dueOf(here.lookout, true), ["all"]);
  assert.ok(here.lookout.sweepMs <= 60_000, String(here.lookout.sweepMs));
  await here.lookout.close();
});

test("what is edited before anybody listens is found by the look", async () => {
  assert.deepEqual((await firstLook((write) => write("src/7.txt", "edited\n"))).due, ["all", "t7"]);
  assert.deepEqual((await firstLook((write) => write("src/new.txt", "new\n"))).due, ["all"]);
});

test("a config that is edited after it was found to be the same, and before anybody listens, is found by the look", async () => {
  assert.deepEqual((await firstLook((write) => write("tasks.config.mjs", CONFIG("another")))).due, ["all"]);
});

test("what is told while the first look goes on is an alarm once it is known what is of interest", async () => {
  const { alarms } = await firstLook((_write, tell) => {
    for (const path of ["src/7.txt", "nobody/reads/this"] as FilePath[]) tell({ kind: "changed", path });
  });
  assert.deepEqual(alarms, ["src/7.txt"]);
});

test("what the first look has left unread of the state is read later; if it is damaged, all is looked at anew", async () => {
  const { dir, lookout, alarms } = await scene(() => {});
  damage(dir);
  assert.deepEqual(await dueOf(lookout, true), []);
  assert.deepEqual(alarms, []);
  lookout.prepare();
  assert.deepEqual(alarms, [null]);
  assert.equal((await dueOf(lookout, false)).length, COUNT + 1);
  await lookout.close();
});

test("a state whose damage is met while an edit is judged is taken anew", async () => {
  const { dir, write, lookout } = await scene(() => {});
  damage(dir);
  assert.deepEqual(await dueOf(lookout, true), []);
  write("src/7.txt", "edited\n");
  assert.equal((await dueOf(lookout, true)).length, COUNT + 1);
  await lookout.close();
});

test("what is wrong with a config that was edited again while it was evaluated is not told", async () => {
  const meanwhile: string[] = [];
  let loads = 0;
  const { write, lookout, told } = await scene(() => {}, (write) => {
    loads++;
    const text = meanwhile.pop();
    if (text !== undefined) write("tasks.config.mjs", text);
  });
  await dueOf(lookout, true);
  loads = 0;
  meanwhile.push('\n\nthrow new Error("two");\n');
  write("tasks.config.mjs", 'throw new Error("one");\n');
  await dueOf(lookout, true);
  assert.deepEqual(told.map((event) => (event.event === "config-broken" ? event.problems.map((problem) => problem.code === "config-throws" && `${problem.line} ${problem.message}`) : event.event)), [["3 Error: two"]]);
  await dueOf(lookout, true);
  assert.deepEqual([loads, told.length], [2, 1]);
  // One that is another after each evaluation is told all the same.
  write("tasks.config.mjs", 'throw new Error("three");\n');
  for (let i = 9; i > 3; i--) meanwhile.push(`throw new Error("${i}");\n`);
  await dueOf(lookout, true);
  assert.deepEqual([loads, told.length], [5, 2]);
  await lookout.close();
});

/** Looks at the config once more after a hint: what its task runs, and what makes the look doubtful. */
async function lookedAgain({ lookout }: Scene, hint: () => void): Promise<string> {
  hint();
  await dueOf(lookout, false);
  const action = lookout.picture!.project.graph.task(0).action;
  return [action?.kind === "shell" && action.text.split(" ")[1], ...lookout.unsettled().circular.map((pair) => pair.slice(1))].join(" ");
}

test("the last of many edits that each come while the one before is evaluated is taken, after a while or when asked for", async () => {
  const words = ["three", "four", "five", "six", "seven", "eight"];
  let hint: () => void = () => {};
  const one = await scene((_write, tell) => void (hint = () => tell({ kind: "changed", path: "tasks.config.mjs" as FilePath })), (write) => {
    const word = lookout.picture === null ? undefined : words.shift();
    if (word !== undefined) write("tasks.config.mjs", CONFIG(word));
  });
  const { write, lookout, later } = one;
  await dueOf(lookout, true);
  write("tasks.config.mjs", CONFIG("two"));
  for (const word of ["two", "three", "four", "five"]) assert.equal(await lookedAgain(one, hint), `${word} tasks.config.mjs`);
  lookout.rest([]);
  assert.equal(await lookedAgain(one, hint), "five");
  later(30_000);
  // In this evaluation as well: twice the time.
  for (const pauseMs of [0, 30_000]) {
    later(pauseMs);
    assert.equal(await lookedAgain(one, hint), "six");
  }
  later(30_000);
  assert.equal(await lookedAgain(one, hint), "seven");
  await lookout.look(true, true);
  assert.equal(await lookedAgain(one, hint), "eight");
  assert.equal(lookout.picture!.project.stamp.settled, true);
  await lookout.close();
});

test("a config that was edited just before it was read, or is written as it was, is in no doubt", async () => {
  const before: string[] = [];
  const one = await scene(() => {}, (write) => lookout.picture !== null && write("tasks.config.mjs", fs.readFileSync(`${dir}/tasks.config.mjs`, "utf8")), (write) => {
    const word = before.pop();
    if (word !== undefined) write("tasks.config.mjs", CONFIG(word));
  });
  const { dir, lookout, write } = one;
  await dueOf(lookout, true);
  before.push("three");
  write("tasks.config.mjs", CONFIG("two"));
  assert.equal((await dueOf(lookout, true)).length, 1);
  assert.equal(await lookedAgain(one, () => {}), "three");
  assert.equal(lookout.picture!.project.stamp.settled, true);
  await lookout.close();
});

test("a config that was broken only in the moment it was read is tried again", async () => {
  const broken: string[] = [];
  let restored = "";
  const one = await scene(() => {}, (write) => void (restored !== "" && write("tasks.config.mjs", restored), restored = ""), (write) => {
    const text = broken.pop();
    if (text === undefined) return;
    restored = fs.readFileSync(`${dir}/tasks.config.mjs`, "utf8");
    write("tasks.config.mjs", text);
  });
  const { dir, lookout, write, told } = one;
  await dueOf(lookout, true);
  broken.push("throw 1;\n");
  write("tasks.config.mjs", CONFIG("two"));
  await dueOf(lookout, true);
  assert.equal(await lookedAgain(one, () => {}), "two");
  assert.deepEqual(told.map(({ event }) => event), ["config-broken", "config-mended"]);
  await lookout.close();
});
