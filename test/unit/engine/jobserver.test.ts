// The jobserver on real pipes: tokens are taken one by one, come back after all that can happen, and are never invented.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { test, type TestContext } from "node:test";
import { openJobserver, type Jobserver } from "../../../src/engine/jobserver.ts";
import { readMakeflags } from "../../../src/model/makeflags.ts";
import { tempFolder } from "../../support/folder.ts";

function own(t: TestContext, jobs: number): Jobserver {
  const jobserver = openJobserver({ jobs, makeflags: "k", own: false });
  t.after(() => jobserver.close());
  return jobserver;
}

/** A FIFO with so many tokens, as a make above would offer it; and how many are in it now. */
function offered(t: TestContext, tokens: string): { readonly makeflags: string; count(): string } {
  const file = path.join(tempFolder("tg-test"), "fifo");
  assert.equal(spawnSync("mkfifo", [file]).status, 0);
  const fd = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
  t.after(() => fs.closeSync(fd));
  fs.writeSync(fd, tokens);
  return {
    makeflags: ` -j9 --jobserver-auth=fifo:${file}`,
    count: () => {
      const memory = Buffer.alloc(100);
      const got = fs.readSync(fd, memory);
      fs.writeSync(fd, memory, 0, got);
      return memory.toString("latin1", 0, got);
    },
  };
}

function takeAll({ slots }: Jobserver): number {
  let taken = 0;
  while (slots.take()) taken++;
  return taken;
}

test("its own: one token less than jobs, back after rest", (t) => {
  const jobserver = own(t, 4);
  assert.equal(takeAll(jobserver), 3);
  assert.equal(jobserver.slots.take(), false);
  jobserver.slots.give();
  assert.equal(takeAll(jobserver), 1);
  jobserver.slots.rest();
  assert.equal(takeAll(jobserver), 3);
});

test("what others were killed with is made good when nothing runs, and what is too much is taken away", (t) => {
  const jobserver = own(t, 4);
  const [auth] = readMakeflags(jobserver.makeflags!).auths.filter((one) => one.kind === "fifo");
  const fd = fs.openSync(auth!.path, fs.constants.O_RDWR);
  t.after(() => fs.closeSync(fd));
  fs.readSync(fd, Buffer.alloc(2));
  assert.equal(takeAll(jobserver), 1);
  jobserver.slots.rest();
  assert.equal(takeAll(jobserver), 3);
  fs.writeSync(fd, "+++++");
  jobserver.slots.rest();
  assert.equal(takeAll(jobserver), 3);
});

test("commands are told of a FIFO and of descriptors, functions of the FIFO; it leaves no file", () => {
  const jobserver = openJobserver({ jobs: 3, makeflags: "ks -j1", own: true });
  assert.match(jobserver.makeflags!, /^ks -j3 --jobserver-auth=fifo:\S+ --jobserver-auth=3,4 -- --jobserver-auth=fifo:\S+$/);
  assert.match(jobserver.bareMakeflags!, /^ks -- --jobserver-auth=fifo:\S+$/);
  const { auths } = readMakeflags(jobserver.makeflags!);
  assert.deepEqual(readMakeflags(jobserver.bareMakeflags!), { jobs: null, auths: auths.filter(({ kind }) => kind === "fifo") });
  jobserver.close();
  for (const auth of auths) if (auth.kind === "fifo") assert.equal(fs.existsSync(path.dirname(auth.path)), false);
});

test("it brings the FIFOs that the expected tasks can use, and no more", { skip: process.platform !== "linux" }, (t) => {
  const sparesOf = (jobs: number, expected?: number): number => {
    const jobserver = openJobserver({ jobs, makeflags: "", own: true, ...(expected === undefined ? {} : { expected }) });
    t.after(() => jobserver.close());
    for (const fd of jobserver.spare) fs.closeSync(fd);
    return jobserver.spare.length;
  };
  assert.deepEqual([sparesOf(8, 1), sparesOf(8, 3), sparesOf(2, 100), sparesOf(8, 100), sparesOf(8)], [2, 6, 4, 8, 8]);
});

test("one above: its tokens come back as they were, also without a rest", (t) => {
  const { makeflags, count } = offered(t, "abc");
  const jobserver = openJobserver({ jobs: 9, makeflags, own: false });
  assert.deepEqual([jobserver.slots.take(), jobserver.slots.take()], [true, true]);
  assert.equal(count(), "c");
  jobserver.slots.give();
  jobserver.close();
  assert.equal([...count()].sort().join(""), "abc");
});

test("one above is never restocked: others may have the tokens", (t) => {
  const { makeflags, count } = offered(t, "a");
  const jobserver = openJobserver({ jobs: 9, makeflags, own: false });
  jobserver.slots.rest();
  assert.equal(takeAll(jobserver), 1);
  jobserver.close();
  assert.equal(count(), "a");
});

test("-j makes it its own master, of one job too", (t) => {
  const { makeflags, count } = offered(t, "abc");
  const master = openJobserver({ jobs: 3, makeflags, own: true });
  t.after(() => master.close());
  assert.equal(takeAll(master), 2);
  assert.equal(count(), "abc");
  const single = openJobserver({ jobs: 1, makeflags, own: true });
  t.after(() => single.close());
  assert.match(single.makeflags!, /^ -j1 --jobserver-auth=fifo:/);
  assert.deepEqual([takeAll(single), single.unreachable], [0, false]);
  single.slots.rest();
  assert.equal(takeAll(single), 0);
});

test("descriptors that were not inherited are not touched, whatever stands under their numbers", (t) => {
  const fd = fs.openSync("/dev/null", "r");
  const jobserver = openJobserver({ jobs: 1, makeflags: ` -j4 --jobserver-auth=${fd},${fd}`, own: false });
  t.after(() => jobserver.close());
  fs.closeSync(fd);
  assert.equal(jobserver.unreachable, true);
  const gone = openJobserver({ jobs: 1, makeflags: " -j4 --jobserver-auth=fifo:/nowhere --jobserver-auth=998,999", own: false });
  t.after(() => gone.close());
  assert.equal(gone.unreachable, true);
  // A pipe of this process alone: the one above has another under that number, or none.
  const pipes = fs.readdirSync("/proc/self/fd").filter((name) => { try { return fs.readlinkSync(`/proc/self/fd/${name}`).startsWith("pipe:"); } catch { return false; } }).filter((name) => { try { return fs.readlinkSync(`/proc/${process.ppid}/fd/${name}`) !== fs.readlinkSync(`/proc/self/fd/${name}`); } catch { return true; } });
  for (const name of pipes) {
    const other = openJobserver({ jobs: 1, makeflags: ` -j4 --jobserver-auth=${name},${name}`, own: false });
    other.close();
    assert.equal(other.unreachable, true);
  }
});
