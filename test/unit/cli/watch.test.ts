// tg watch with something happening at a given moment of a round: another folder comes into the place of its project, an output
// is changed by hand.
import assert from "node:assert/strict";
import fs from "node:fs";
import { test, type TestContext } from "node:test";
import type { BuildEnd } from "../../../src/cli/build.ts";
import type { Doors } from "../../../src/cli/doors.ts";
import { watch } from "../../../src/cli/watch/watch.ts";
import { openMachine } from "../../../src/machine.ts";
import type { Event, WatchEvent } from "../../../src/model/event.ts";
import type { StopSignal } from "../../../src/model/ports.ts";
import { repo } from "../../support/rig.ts";
import { tempFolder } from "../../support/folder.ts";

const CONFIG = `export default { tasks: { a: { inputs: ["in.txt"], outputs: ["out.txt"], run: "cp in.txt out.txt" } } };\n`;

interface Session {
  readonly dir: string;
  /** Until the first round that built has ended after which `file` reads like that. */
  until(file: string, text: string): Promise<void>;
  readonly end: Promise<BuildEnd>;
}

/** Doors that stand in the way of the machine's own; `tell` hears what is told, `emit` what builds say. */
type Between = Partial<Doors> & { readonly tell?: (event: WatchEvent) => void; readonly emit?: (event: Event) => void };

/** A watch of `p`, with `texts` as the inputs of `p` and of `q` beside it; left when the test is over. */
function session(t: TestContext, texts: readonly [p: string, q: string], between: (doors: Doors, dir: string) => Between): Session {
  const dir = tempFolder("tg-watch");
  for (const [i, name] of ["p", "q"].entries()) {
    fs.mkdirSync(`${dir}/${name}`);
    fs.writeFileSync(`${dir}/${name}/tasks.config.mjs`, CONFIG);
    fs.writeFileSync(`${dir}/${name}/in.txt`, texts[i]!);
  }
  const doors = openMachine(repo);
  const root = `${dir}/p`;
  const mine = between(doors, dir);
  let last: WatchEvent["event"] | null = null;
  const waiting = new Set<() => void>();
  const tell = (event: WatchEvent): void => {
    last = event.event;
    mine.tell?.(event);
    for (const one of [...waiting]) one();
  };
  let signal: (one: StopSignal) => void = () => {};
  const wants = { targets: [], skip: [], all: true, force: false, params: [], paramsFile: null, args: null, standsIn: root, cwd: root, config: null };
  const more = { jobs: 1, load: null, keepGoing: false, maxFailures: null, noWait: true, noCache: true, keepTemp: true, shuffle: null, graceMs: 100, commandLine: "tg watch" };
  const texted = { noOp: () => "", fresh: () => null, judged: () => Promise.resolve("") };
  const end = watch(
    { ...doors, openKeys: () => ({ heard: false, close: () => {} }), config: { ...doors.config, loadApart: undefined }, ...mine } as Doors,
    { ...wants, ...more, debounceMs: null, poll: false },
    { interrupts: { on: (take) => ((signal = take), () => {}) }, teller: { tell, build: () => ({ emit: (event) => mine.emit?.(event), end: () => {} }), aside: () => {}, clear: () => {}, keys: () => {}, answers: texted } },
  );
  t.after(() => {
    signal("SIGINT");
    return end;
  });
  return {
    dir,
    end,
    until: (file, text) => new Promise((resolve, reject) => {
      const check = (): void => {
        if (last !== "round-ended" || !fs.existsSync(`${dir}/${file}`) || fs.readFileSync(`${dir}/${file}`, "utf8") !== text) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
      void end.then(() => reject(new Error("the watch has ended")), reject);
    }),
  };
}

function swap(dir: string): void {
  fs.renameSync(`${dir}/p`, `${dir}/o`);
  fs.renameSync(`${dir}/q`, `${dir}/p`);
}

test("a folder that comes into the place between a build and the look after it is built, whatever ran in the last one", { timeout: 60_000 }, async (t) => {
  let built = false;
  let swapped = false;
  const { dir, until } = session(t, ["1\n", "2\n"], (doors, top) => ({
    tell: ({ event }) => void (built ||= event === "round-ended"),
    identityOf: (folder) => {
      const identity = doors.identityOf(folder);
      if (built && !swapped) swap(top);
      swapped = built;
      return identity;
    },
  }));
  await until("p/out.txt", "2\n");
  assert.equal(fs.readFileSync(`${dir}/o/out.txt`, "utf8"), "1\n");
});

for (const [what, spoil] of [["removed", (file: string): void => fs.rmSync(file)], ["edited", (file: string): void => fs.writeFileSync(file, "edited\n")]] as const) {
  test(`an output that is ${what} by hand after one build and again after the next, before anything is looked at, is made again`, { timeout: 60_000 }, async (t) => {
    let times = 0;
    const { until } = session(t, ["1\n", ""], (_doors, top) => ({
      tell: ({ event }) => {
        if (event === "round-ended" && times++ < 2) spoil(`${top}/p/out.txt`);
      },
    }));
    await until("p/out.txt", "1\n");
    assert.equal(times, 3);
  });
}

test("an edit after the time of day has been set forward by an hour is built at once", { timeout: 15_000 }, async (t) => {
  let aheadMs = 0;
  const { dir, until } = session(t, ["1\n", ""], (doors) => ({ system: { ...doors.system, now: () => doors.system.now() + aheadMs } }));
  await until("p/out.txt", "1\n");
  // Once the watch is at rest, with a timer for its next look at everything.
  await new Promise((resolve) => setImmediate(resolve));
  aheadMs = 3_600_000;
  fs.writeFileSync(`${dir}/draft`, "2\n");
  fs.renameSync(`${dir}/draft`, `${dir}/p/in.txt`);
  await until("p/out.txt", "2\n");
});

for (const person of [true, false]) {
  test(`an input that ${person ? "a person" : "something"} changes in four rounds one after the other, while the tasks run, is built after a pause${person ? "" : ", and told of again if it changes in that round as well"}`, { timeout: 60_000 }, async (t) => {
    let times = 1;
    let aheadMs = 0;
    const pauses: number[] = [];
    const { until } = session(t, ["1\n", ""], (doors, top) => ({
      system: { ...doors.system, monotonicMs: () => doors.system.monotonicMs() + aheadMs },
      tell: (event) => {
        if (event.event !== "watch-loop") return;
        assert.deepEqual(event.pairs, [{ task: "a", path: "in.txt" }]);
        pauses.push(event.againMs);
        aheadMs += event.againMs;
      },
      // Its last task is over, and the build is not.
      emit: (event) => {
        if (event.event === "task-ended" && times < (person ? 5 : 6)) fs.writeFileSync(`${top}/p/in.txt`, `${++times}\n`);
      },
    }));
    await until("p/out.txt", person ? "5\n" : "6\n");
    assert.deepEqual(pauses, person ? [30_000] : [30_000, 60_000]);
  });
}

test("a service that failed is named with who waits for it among what is not fresh", { timeout: 60_000 }, async (t) => {
  let ask = (): void => {};
  let open: readonly string[] = ["a"];
  const { until } = session(t, ["1\n", ""], (_doors, top) => {
    fs.writeFileSync(`${top}/p/tasks.config.mjs`, CONFIG.replace("tasks: {", 'tasks: { s: { run: "exit 3", service: { ready: { log: "never" } } }, b: { deps: ["s"], inputs: ["in.txt"], run: ":" },'));
    return {
      openKeys: (pressed) => ((ask = pressed.status), { heard: true, close: () => {} }),
      tell: (event) => void (event.event === "watch-status" && (open = event.open)),
    };
  });
  await until("p/out.txt", "1\n");
  // What the round has made is known once it was looked at.
  for (; open.includes("a"); await new Promise((resolve) => setImmediate(resolve))) ask();
  assert.deepEqual(open, ["b", "s"]);
});

test("a round that is left by key is told as stopped as asked", { timeout: 60_000 }, async (t) => {
  let leave = (): void => {};
  let ended: Event | null = null;
  const { end } = session(t, ["1\n", ""], () => ({
    openKeys: (pressed) => ((leave = pressed.quit), { heard: true, close: () => {} }),
    emit: (event) => {
      if (event.event === "task-started") leave();
      if (event.event === "build-ended") ended = event;
    },
  }));
  assert.deepEqual(await end, { exitCode: 0, signal: null });
  assert.equal((ended as (Event & { event: "build-ended" }) | null)?.asked, true);
});
