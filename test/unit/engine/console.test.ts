// A console job has tg's own streams and stays in tg's process group. As a child, this file is that tg.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { openLocalEngine } from "../../../src/engine/local.ts";
import type { Job } from "../../../src/model/ports.ts";
import type { TaskName } from "../../../src/model/task.ts";
import { gone } from "../../contract/engine.ts";

const here = fileURLToPath(import.meta.url);
const text = process.argv[2];

if (text !== undefined) await actAsTg(text);
else tests();

/** Runs `text` as a console job; SIGUSR1 makes it signal the job. Its last line is the result. */
async function actAsTg(command: string): Promise<void> {
  const engine = openLocalEngine({ graceMs: 500 });
  const env = { PATH: process.env["PATH"] ?? "" };
  const job: Job = { task: "t" as TaskName, action: { kind: "shell", shell: "sh", text: command }, cwd: "/", env, stdin: null, stdout: null, stderr: null, log: "/nowhere/log", console: true };
  // Heard from before the start: the command may be faster than this process.
  let asked = (): void => {};
  const wanted = new Promise<void>((resolve) => (asked = resolve));
  process.on("SIGUSR1", () => asked());
  const running = engine.start(job, () => assert.fail("a console job's output is not tg's to take"));
  void wanted.then(() => running.signal("SIGTERM"));
  const { exit, signal, problem, left } = await running.done;
  process.stdout.write(JSON.stringify([exit, signal, problem, left]) + "\n");
  await engine.close();
}

function tests(): void {
  const start = (command: string): ChildProcess => spawn(process.execPath, [here, command], { detached: true, stdio: ["pipe", "pipe", "pipe"] });
  const all = async (child: ChildProcess): Promise<{ out: string; err: string }> => {
    const told = { out: "", err: "" };
    child.stdout!.on("data", (bytes) => (told.out += String(bytes)));
    child.stderr!.on("data", (bytes) => (told.err += String(bytes)));
    await once(child, "close");
    return told;
  };

  test("a console job reads tg's stdin, writes tg's streams, and is in tg's group", { skip: process.platform !== "linux" }, async () => {
    const child = start("read line; echo got $line; echo err >&2; cut -d' ' -f5 /proc/self/stat; exit 3");
    child.stdin!.end("typed\n");
    const { out, err } = await all(child);
    assert.deepEqual(out.trimEnd().split("\n"), ["got typed", String(child.pid), "[3,null,null,[]]"]);
    assert.equal(err, "err\n");
  });

  test("a signal for a console job reaches its descendants and not tg", { skip: process.platform !== "linux" }, async () => {
    const child = start("sleep 100 & echo ready $!; wait");
    const [bytes] = (await once(child.stdout!, "data")) as [Buffer];
    const pid = Number(/ready (\d+)/.exec(bytes.toString())![1]);
    child.kill("SIGUSR1");
    const { out } = await all(child);
    assert.equal(out, '[null,"SIGTERM",null,[]]\n');
    await gone(pid);
  });
}
