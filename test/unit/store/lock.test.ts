// The lock of a state folder, held and fought for by real processes. As a child, this file is one of those.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { acquireLock, readHolder } from "../../../src/store/lock.ts";
import type { Holder, Lock } from "../../../src/store/lock.ts";
import { bootId, startOf } from "../../../src/store/process.ts";
import { tempFolder } from "../../support/folder.ts";

const here = fileURLToPath(import.meta.url);
const role = process.argv[2];

if (role === "hold") await hold(process.argv[3]!);
else if (role === "contend") await contend(process.argv[3]!, process.argv[4]!);
else if (role === "full") await full(process.argv[3]!);
else tests();

async function get(dir: string, wait: boolean, onWait: (holder: Holder) => void = () => {}): Promise<Lock> {
  const result = await acquireLock(dir, { command: `tg ${role ?? "test"}` }, { wait, onWait });
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

/** Holds the lock until stdin ends. */
async function hold(dir: string): Promise<void> {
  const lock = await get(dir, true);
  process.stdout.write("held\n");
  process.stdin.resume();
  await once(process.stdin, "end");
  lock.release();
}

/** Tries to take the lock where no file may grow, as on a full disk. */
async function full(dir: string): Promise<void> {
  const result = await acquireLock(dir, { command: "tg" }, { wait: false, onWait: () => {} });
  process.exitCode = result.ok ? 1 : 0;
}

/** Takes the lock 15 times; now and then dies with it. Each holder writes when it comes in and when it leaves. */
async function contend(dir: string, seed: string): Promise<void> {
  let random = Number(seed);
  const log = (text: string): void => fs.appendFileSync(join(dir, "story"), `${process.pid} ${text}\n`);
  for (let i = 0; i < 15; i++) {
    const lock = await get(join(dir, "state"), true);
    log("in");
    random = (Math.imul(random, 1103515245) + 12345) >>> 0;
    if ((random >>> 16) % 20 === 0) {
      log("out");
      process.kill(process.pid, "SIGKILL");
    }
    await new Promise((done) => setImmediate(done));
    log("out");
    lock.release();
  }
}

async function holder(dir: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [here, "hold", dir], { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout!, "data");
  return child;
}

function tests(): void {
  const folder = (): string => tempFolder("tg-lock");
  const mine = (over: object): string => JSON.stringify({ pid: process.pid, start: startOf(process.pid) ?? "", boot: bootId(), command: "tg", nonce: "ab", since: Date.now(), ...over });
  const names = (dir: string): string[] => fs.readdirSync(dir).sort();
  /** A pid that was ours a moment ago and is nobody's now. */
  const deadPid = async (): Promise<number> => {
    const child = spawn("true");
    await once(child, "exit");
    return child.pid!;
  };

  test("a free lock is taken, named, refused to a second, and leaves nothing when released", async () => {
    const dir = join(folder(), "deep/state");
    const lock = await get(dir, false);
    assert.equal(lock.tookOver, null);
    const second = await acquireLock(dir, { command: "tg watch" }, { wait: false, onWait: () => {} });
    assert.deepEqual(second, { ok: false, problems: [{ code: "locked", pid: process.pid, command: "tg test", seconds: 0 }] });
    assert.equal(readHolder(dir)?.pid, process.pid);
    assert.deepEqual(names(dir), ["lock"]);
    lock.release();
    assert.deepEqual(names(dir), []);
    assert.equal(readHolder(dir), null);
  });

  test("a release takes away only its own lock", async () => {
    const dir = folder();
    const lock = await get(dir, false);
    fs.writeFileSync(join(dir, "lock"), mine({ nonce: "cd" }));
    lock.release();
    assert.deepEqual(names(dir), ["lock"]);
  });

  test("waits for a living holder, says for whom, and goes on when it releases", async () => {
    const dir = folder();
    const child = await holder(dir);
    const told: Holder[] = [];
    const lock = await get(dir, true, (who) => {
      told.push(who);
      child.stdin!.end();
    });
    assert.deepEqual(told.map((who) => [who.pid, who.command]), [[child.pid, "tg hold"]]);
    assert.equal(lock.tookOver, null);
    assert.equal(lock.waited, true);
    lock.release();
  });

  test("a wait too short to be told of was one: the holder may have changed what was looked at before", async () => {
    const dir = folder();
    const free = await get(dir, false);
    assert.equal(free.waited, false);
    free.release();
    const child = await holder(dir);
    const getting = get(dir, true);
    child.stdin!.end();
    const lock = await getting;
    assert.equal(lock.waited, true);
    lock.release();
  });

  test("the place of a holder killed with SIGKILL is taken at once", async () => {
    const dir = folder();
    const child = await holder(dir);
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.equal(readHolder(dir), null);
    const lock = await get(dir, false);
    assert.equal(lock.tookOver, child.pid);
    assert.equal(readHolder(dir)?.pid, process.pid);
    assert.deepEqual(names(dir), ["lock"]);
    lock.release();
    assert.deepEqual(names(dir), []);
  });

  test("a zombie is a dead holder", { skip: process.platform !== "linux" }, async () => {
    const dir = folder();
    // The shell becomes a program that never asks for its child. Only then does the child die: the shell might have asked.
    const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec cat"], { stdio: ["pipe", "pipe", "inherit"] });
    const [bytes] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(bytes.toString());
    parent.stdin.write("it is cat by now\n");
    await once(parent.stdout, "data");
    process.kill(pid, "SIGKILL");
    while (!/\) Z /.test(fs.readFileSync(`/proc/${pid}/stat`, "utf8"))) await new Promise((done) => setImmediate(done));
    fs.writeFileSync(join(dir, "lock"), mine({ pid, start: startOf(pid)! }));
    assert.equal((await get(dir, false)).tookOver, pid);
    parent.kill("SIGKILL");
  });

  test("a pid given to another process since, and one of another boot, are dead holders", { skip: process.platform !== "linux" }, async () => {
    for (const over of [{ start: "1" }, { boot: "00000000-0000-0000-0000-000000000000" }]) {
      const dir = folder();
      fs.writeFileSync(join(dir, "lock"), mine({}));
      assert.equal((await acquireLock(dir, { command: "tg" }, { wait: false, onWait: () => {} })).ok, false);
      fs.writeFileSync(join(dir, "lock"), mine(over));
      assert.equal((await get(dir, false)).tookOver, process.pid);
    }
  });

  test("one that died while taking over is succeeded in its turn", async () => {
    const dir = folder();
    const pid = await deadPid();
    fs.writeFileSync(join(dir, "lock"), mine({ pid, nonce: "a1" }));
    fs.writeFileSync(join(dir, "lock.after.a1"), mine({ pid, nonce: "a2" }));
    const lock = await get(dir, false);
    assert.equal(readHolder(dir)?.pid, process.pid);
    assert.deepEqual(names(dir), ["lock"]);
    lock.release();
  });

  test("a living successor is the holder, though the lock file still names the dead", async () => {
    const dir = folder();
    fs.writeFileSync(join(dir, "lock"), mine({ pid: await deadPid(), nonce: "a1" }));
    fs.writeFileSync(join(dir, "lock.after.a1"), mine({ nonce: "a2", command: "tg successor" }));
    assert.equal(readHolder(dir)?.command, "tg successor");
    assert.equal((await acquireLock(dir, { command: "tg" }, { wait: false, onWait: () => {} })).ok, false);
  });

  test("an old lock that says nothing readable is litter; a young one may still be written", async () => {
    for (const text of ["", "{", "null", '{"pid":"x"}']) {
      const dir = folder();
      const file = join(dir, "lock");
      fs.writeFileSync(file, text);
      // Of a second from now: that it is young lasts for three, should the machine be busy.
      const soon = Date.now() / 1000 + 1;
      fs.utimesSync(file, soon, soon);
      assert.equal((await acquireLock(dir, { command: "tg" }, { wait: false, onWait: () => {} })).ok, false);
      fs.utimesSync(file, 1000, 1000);
      const lock = await get(dir, false);
      assert.deepEqual(names(dir), ["lock"]);
      lock.release();
    }
  });

  test("a folder that cannot be made is a problem with its errno", async () => {
    const dir = folder();
    fs.writeFileSync(join(dir, "file"), "");
    const path = join(dir, "file/state");
    const result = await acquireLock(path, { command: "tg" }, { wait: true, onWait: () => {} });
    assert.deepEqual(result, { ok: false, problems: [{ code: "state-unwritable", path, errno: "ENOTDIR" }] });
  });

  test("what could not be written whole is not left behind", async () => {
    const dir = folder();
    const child = spawn("sh", ["-c", `trap "" XFSZ; ulimit -f 0; exec "$0" "$@"`, process.execPath, here, "full", dir], { stdio: ["ignore", "inherit", "inherit"] });
    assert.deepEqual(await once(child, "exit"), [0, null]);
    assert.deepEqual(names(dir), []);
  });

  test("six processes that fight for the lock, some dying with it, never hold it two at a time", async () => {
    const dir = folder();
    const seeds = [1, 22, 333, 4444, 55555, 666666];
    const children = seeds.map((seed) => spawn(process.execPath, [here, "contend", dir, String(seed)], { stdio: ["ignore", "inherit", "inherit"] }));
    const ends = await Promise.all(children.map((child) => once(child, "exit")));
    for (const [code, signal] of ends) assert.ok(code === 0 || signal === "SIGKILL", `exit ${code} ${signal}`);
    assert.ok(ends.some(([, signal]) => signal === "SIGKILL"), "no seed makes a holder die: the test shows nothing");
    const story = fs.readFileSync(join(dir, "story"), "utf8").trim().split("\n").map((line) => line.split(" "));
    assert.ok(story.length > 60, `only ${story.length} lines`);
    for (let i = 0; i < story.length; i += 2) {
      assert.deepEqual([story[i]![1], story[i + 1]![1]], ["in", "out"], `line ${i}`);
      assert.equal(story[i]![0], story[i + 1]![0], `line ${i}`);
    }
  });

  test("a lock that was let go while its folder was away stands in nobody's way when that is back", async () => {
    const top = tempFolder("tg-lock");
    const dir = join(top, "p/.tg");
    fs.mkdirSync(dir, { recursive: true });
    const options = { wait: false, root: join(top, "p"), onWait: () => {} };
    const first = await acquireLock(dir, { command: "tg watch" }, options);
    assert.ok(first.ok);
    fs.renameSync(join(top, "p"), join(top, "o"));
    first.value.release();
    // Nor is the project begun anew where it was.
    const meanwhile = await acquireLock(dir, { command: "tg watch" }, options);
    assert.deepEqual(meanwhile, { ok: false, problems: [{ code: "state-unwritable", path: dir, errno: "ENOENT" }] });
    assert.equal(fs.existsSync(join(top, "p")), false);
    fs.renameSync(join(top, "o"), join(top, "p"));
    const again = await acquireLock(dir, { command: "tg watch" }, options);
    assert.ok(again.ok, JSON.stringify(again));
    assert.equal(again.value.tookOver, null);
    fs.renameSync(join(top, "p"), join(top, "o"));
    again.value.release();
    fs.renameSync(join(top, "o"), join(top, "p"));
    // Others see that the process lives: it takes its lock away by itself.
    while (fs.readdirSync(dir).length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  });
}
