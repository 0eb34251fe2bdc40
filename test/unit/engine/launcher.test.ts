// Launchers: what goes through them and what does not, and what is left when one of the two sides is gone.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { directWords } from "../../../src/engine/command.ts";
import { openLocalEngine } from "../../../src/engine/local.ts";
import { gone, isRunning, openBench, startAndHear } from "../../contract/engine.ts";
import { tempFolder } from "../../support/folder.ts";

const here = fileURLToPath(import.meta.url);
const skip = process.platform === "win32" || spawnSync("perl", ["-e", "1"]).status !== 0;

if (process.argv[2] === "tg") await actAsTg();
else tests();

/** Runs a job through a launcher until it is killed. */
async function actAsTg(): Promise<void> {
  const engine = openLocalEngine({ launchers: "always" });
  const { shell } = openBench(engine);
  const { running, heard } = await startAndHear(engine, shell("trap '' TERM; sleep 100 & echo pid $$ $!; wait"), "\n");
  process.stdout.write(`${heard.trim()} ${running.keeper}\n`);
}

function tests(): void {
  test("plain words are run without a shell, all else by the shell", () => {
    assert.deepEqual(directWords("cp a/b.txt  out/c"), ["cp", "a/b.txt", "out/c"]);
    assert.deepEqual(directWords("gcc -DX=1 -c x.c -o x.o "), ["gcc", "-DX=1", "-c", "x.c", "-o", "x.o"]);
    const others = ["", " cp a b", "cp a b;", "cp $A b", "cp *.c b", "cp 'a' b", "cp a\nb", "cd a", "true", "A=1 cp a b", "%1", "~/x", "cp a ~", "a b # c", "a \\ b", "a{b,c}", "[ a ]", "! a", "cp a b &", "a > b", "if", "ä b"];
    for (const text of others) assert.equal(directWords(text), null, text);
  });

  // The first commands of a build are started by the runtime.
  for (const launchers of ["always", "auto"] as const) {
    test(`a text whose first word is no program is the shell's to refuse, ${launchers}`, { skip }, async () => {
      const engine = openLocalEngine({ launchers });
      const { run, shell } = openBench(engine);
      const { result, output } = await run(shell("no-such-program-tg a b"));
      assert.deepEqual([result.exit, result.problem], [127, null]);
      assert.equal(output, spawnSync("sh", ["-c", "no-such-program-tg a b"], { encoding: "utf8" }).stderr);
      await engine.close();
    });

    test(`plain words see the folder they run in as PWD, as from a shell, ${launchers}`, { skip }, async () => {
      const engine = openLocalEngine({ launchers });
      const { dir, run, shell } = openBench(engine);
      fs.writeFileSync(join(dir, "say"), "#!/usr/bin/env perl\nprint $ENV{PWD};\n", { mode: 0o755 });
      const { output } = await run({ ...shell("./say"), env: { PATH: process.env["PATH"]!, PWD: "/elsewhere" } });
      assert.equal(output, dir);
      await engine.close();
    });

    test(`plain words are the shell's where the environment has more for it, ${launchers}`, { skip: skip || spawnSync("bash", ["-c", ""]).status !== 0 }, async () => {
      const engine = openLocalEngine({ launchers });
      const { dir, run, shell } = openBench(engine);
      fs.writeFileSync(join(dir, "before"), "export SAID=before\n");
      const say = async (more: Record<string, string>): Promise<string> => {
        const { output } = await run({ ...shell("printenv SAID"), action: { kind: "shell", text: "printenv SAID", shell: "bash" }, env: { PATH: process.env["PATH"]!, SAID: "plain", ...more } });
        return output;
      };
      assert.deepEqual([await say({}), await say({ BASH_ENV: join(dir, "before") }), await say({ "BASH_FUNC_printenv%%": "() { echo function; }" })], ["plain\n", "before\n", "function\n"]);
      await engine.close();
    });

    test(`plain words are started without their shell, ${launchers}`, { skip: skip || process.platform !== "linux" }, async () => {
      const engine = openLocalEngine({ launchers });
      const { dir, run, shell } = openBench(engine);
      fs.writeFileSync(join(dir, "sh"), "#!/bin/sh\necho a shell\n", { mode: 0o755 });
      fs.writeFileSync(join(dir, "say"), "#!/usr/bin/env perl\nprint 'no shell';\n", { mode: 0o755 });
      const job = shell("./say");
      const { output } = await run({ ...job, action: { kind: "shell", text: "./say", shell: "sh" }, env: { PATH: `${dir}:${process.env["PATH"]!}` } });
      assert.equal(output, "no shell");
      await engine.close();
    });
  }

  test("commands go to launchers once there are a few of them", { skip: process.platform !== "linux" }, async () => {
    const engine = openLocalEngine();
    const { argv, dir } = openBench(engine);
    const keepers: (number | undefined)[] = [];
    for (let i = 0; i < 3; i++) {
      const running = engine.start(argv("true"), () => {});
      keepers.push(running.keeper);
      await running.done;
    }
    // The third has asked for one; when it will be there nobody knows.
    const end = Date.now() + 20_000;
    while (keepers.at(-1) === undefined && Date.now() < end) {
      const running = engine.start(argv("true"), () => {});
      keepers.push(running.keeper);
      await running.done;
    }
    assert.deepEqual(keepers.slice(0, 3), [undefined, undefined, undefined]);
    assert.equal(typeof keepers.at(-1), "number");
    assert.equal(isRunning(keepers.at(-1)!), true);
    await engine.close();
    assert.equal(isRunning(keepers.at(-1)!), false);
    fs.rmSync(dir, { recursive: true });
  });

  test("a launcher that is killed takes its job with it, and the next job runs without", { skip }, async () => {
    const engine = openLocalEngine({ launchers: "always" });
    const { run, shell } = openBench(engine);
    const { running, heard } = await startAndHear(engine, shell("sleep 100 & echo pid $!; sleep 0.2; echo more; wait"), "more");
    process.kill(running.keeper!, "SIGKILL");
    const result = await running.done;
    assert.deepEqual([result.exit, result.signal, result.left], [null, "SIGKILL", []]);
    assert.equal(isRunning(Number(/pid (\d+)/.exec(heard)![1])), false);
    assert.equal((await run(shell("exit 5"))).result.exit, 5);
    await engine.close();
  });

  test("when tg is killed its launcher kills the job and ends", { skip }, async () => {
    const child = spawn(process.execPath, [here, "tg"], { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, TMPDIR: tempFolder("tg-launcher") } });
    const [bytes] = (await once(child.stdout, "data")) as [Buffer];
    const [leader, grandchild, keeper] = bytes.toString().slice(4).trim().split(" ").map(Number);
    assert.ok(isRunning(leader!) && isRunning(grandchild!) && isRunning(keeper!));
    child.kill("SIGKILL");
    for (const pid of [leader, grandchild, keeper]) await gone(pid!);
  });

  test("without perl every command is started by the runtime", async () => {
    const path = process.env["PATH"];
    const empty = tempFolder("tg-launcher");
    const engine = openLocalEngine({ launchers: "always" });
    const { run, job } = openBench(engine);
    process.env["PATH"] = empty;
    try {
      const one = { ...job({ action: { kind: "argv", argv: ["/bin/sh", "-c", "exit 6"] } }), env: {} };
      assert.equal((await run(one)).result.exit, 6);
      assert.equal(engine.start(one, () => {}).keeper, undefined);
    } finally {
      process.env["PATH"] = path;
      fs.rmdirSync(empty);
      await engine.close();
    }
  });
}
