// Services on the built command: ready or not, beside which tasks, stopped in which order, started again, left behind by
// nobody. Servers run on free ports; nothing sleeps but what is to be killed.
import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import path from "node:path";
import { test } from "node:test";
import { isRunning, workspace, type Workspace } from "../support/rig.ts";
import { config, neat, tell, transcript } from "../support/story.ts";
import { atOnce, leave, replaceFile, rounds } from "../support/watching.ts";

/** Listens a moment after its start, tells its pid, and writes down how it ends. */
const SERVER = `
import fs from "node:fs";
import http from "node:http";
const [port, name = "server"] = process.argv.slice(2);
const note = (text) => fs.appendFileSync("ran.log", text + "\\n");
fs.writeFileSync(name + ".pid", String(process.pid));
process.on("SIGTERM", () => { note("-" + name); process.exit(0); });
setTimeout(() => http.createServer((request, answer) => {
  if (request.url === "/die") process.exit(7);
  answer.end("hello from " + name + "\\n");
}).listen(Number(port), "127.0.0.1", () => { note("+" + name); console.log("listening"); }), 50);
`;

/** Says what the server says; fails where nobody answers. */
const CLIENT = `
import http from "node:http";
http.get("http://127.0.0.1:" + process.argv[2], (answer) => answer.pipe(process.stdout)).on("error", (error) => { console.error(error.code); process.exit(1); });
`;

const FILES = { "server.mjs": SERVER, "client.mjs": CLIENT, "test.txt": "1\n" };

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer().on("error", () => resolve(false)).listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Not of those that the system gives to whoever connects: until the server takes it nobody else does. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    if (await isFree(port)) return port;
  }
}

/** A server, and a test that needs it. */
async function served(more = "", files: Readonly<Record<string, string>> = {}): Promise<Workspace & { port: number }> {
  const port = await freePort();
  const tasks = `    server: { inputs: ["server.mjs"], run: "exec node server.mjs ${port}", service: { ready: { port: ${port} } } },
    test: { inputs: ["test.txt"], deps: ["server"], run: "node client.mjs ${port}; echo test >> ran.log" },${more.replaceAll("<port>", String(port))}`;
  return { ...(await workspace({ ...FILES, "tasks.config.ts": config(tasks), ...files })), port };
}

function pidOf(w: Workspace, name = "server"): number {
  return Number(w.read(`${name}.pid`));
}

function ask(port: number, where: string): Promise<void> {
  return new Promise((resolve) => http.get(`http://127.0.0.1:${port}${where}`, (answer) => answer.resume().on("end", resolve)).on("error", () => resolve()));
}

test("a test waits for the port of its server, which is stopped at the end and not started for nothing", async () => {
  const w = await served();
  const first = await w.tg("build");
  // A port may be open before what its server says of that has arrived.
  assert.match(first.stderr, /^server \| listening$/m);
  assert.equal(transcript(first, w).replace("2| server | listening\n", ""), [
    '2| ● server is up (N s) — needed by "test"', "2| ✓ test (N s) — never ran", "2| hello from server", "2| tg: 1 ran (N s)", "exit 0",
  ].join("\n"));
  assert.equal(w.ranInOrder(), "+server,test,-server");
  assert.equal(isRunning(pidOf(w)), false);
  assert.equal(transcript(await w.tg("build"), w), "1| tg: 1 task up to date (N s)\nexit 0");
  assert.equal((await w.tg("build --explain")).stderr, "- test — fresh\n", "the whole of it says the same");
  assert.equal((await w.tg("status --check")).code, 0);
  assert.equal(transcript(await w.tg("status"), w), "1| server  service\n1| test    fresh\n1|\n1| tg: 1 task, fresh\nexit 0");
  assert.equal((await w.tg("why server")).stdout, "server is fresh: nobody who would run needs this service\n");
  assert.equal(w.ran(), "", "nothing was started");
  assert.equal(w.read(".tg/logs/server.log"), "listening\n");
  assert.match((await w.tg("logs server")).stdout, /^server: service\nlast ready [-\d]+ [:.\d]+ UTC\nlistening\n$/);
});

test("its own change is one of who depends on it; of who only comes after it, it is not", async () => {
  const w = await served('\n    later: { inputs: ["test.txt"], after: ["server"], run: "node client.mjs <port>; echo later >> ran.log" },');
  await w.tg("build");
  assert.match(w.ran(), /later,test/);
  w.write("server.mjs", SERVER + "// other\n");
  assert.match((await w.tg("build -n")).stdout, /^\* server {2}needed by "test" \(\+1 more\)\n\* test {4}upstream changed: "server"\n/);
  await w.tg("build");
  assert.equal(w.ranInOrder(), "+server,test,-server");
  w.write("test.txt", "2\n");
  await w.tg("build later");
  assert.equal(w.ranInOrder(), "+server,later,-server");
  // A service that changed without anybody to run is no work.
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace(/ {4}test: .*\n/, ""));
  await w.tg("build");
  w.ran();
  w.write("server.mjs", SERVER);
  assert.equal((await w.tg("status --check")).code, 0);
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.ran(), "");
});

test("it is given its turn after what it needs, and a result that comes out the same starts nothing", async () => {
  const w = await served('\n    lib: { inputs: ["lib.txt"], outputs: ["lib.out"], run: "head -n1 lib.txt > lib.out; echo lib >> ran.log" },', { "lib.txt": "a\n" });
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace('inputs: ["server.mjs"]', 'inputs: ["server.mjs", "lib.out"]'));
  await w.tg("build");
  assert.equal(w.ranInOrder(), "lib,+server,test,-server");
  w.write("lib.txt", "a\nb\n");
  await w.tg("build");
  assert.equal(w.ranInOrder(), "lib");
  w.write("lib.txt", "b\n");
  await w.tg("build");
  assert.equal(w.ranInOrder(), "lib,+server,test,-server");
});

test("stopped in reverse order, each when the one that needed it has gone; one job is enough for all", async () => {
  const [a, b] = [await freePort(), await freePort()];
  const w = await workspace({ ...FILES, "tasks.config.ts": config(`    db: { run: "exec node server.mjs ${a} db", service: { ready: { port: ${a} } } },
    api: { deps: ["db"], run: "exec node server.mjs ${b} api", service: { ready: { url: "http://127.0.0.1:${b}/" } } },
    stack: { deps: ["api", "db"] },
    test: { inputs: ["test.txt"], deps: ["stack"], run: "echo test >> ran.log" },`) });
  assert.equal((await w.tg("build -j1")).code, 0);
  assert.equal(w.ranInOrder(), "+db,+api,test,-api,-db");
});

tell([
  { title: "-n tells of a service that is asked for", tasks: '    lib: { inputs: ["in"], outputs: ["lib"], run: "cp in lib" },\n    dev: { inputs: ["lib"], run: "exec sleep 1000", service: {} },\n    all: { deps: ["dev"] },', files: { in: "" }, given: ["build"], when: "build -n all", then: `
      1| * dev  asked for: stays up until Ctrl-C
      1|
      1| tg: 1 service would start, 1 fresh (dry run)
      exit 0` },
  { title: "why goes on behind a service", tasks: '    lib: { inputs: ["in"], outputs: ["lib"], run: "cp in lib" },\n    dev: { inputs: ["lib"], run: "exec sleep 1000", service: {} },\n    e2e: { deps: ["dev"], inputs: ["t"], run: "true" },', files: { in: "1\n", t: "" }, given: ["build", (w) => w.write("in", "2\n")], when: "why e2e", then: `
      1| e2e is maybe stale:
      1|   input changed: in
      1|     file, 2 B, 0d314824 → file, 2 B, cd7a79f2
      1|     lib → dev → e2e
      1|   may change: what "dev" makes
      exit 0` },
  { title: "-n of a service alone", tasks: '    dev: { run: "exec sleep 1000", service: {} },', when: "build -n dev", then: `
      1| * dev  asked for: stays up until Ctrl-C
      1|
      1| tg: 1 service would start, 0 fresh (dry run)
      exit 0` },
  { title: "-n of a service, and of what it is made from", tasks: '    lib: { inputs: ["in"], outputs: ["lib"], run: "cp in lib" },\n    dev: { inputs: ["lib"], run: "exec sleep 1000", service: {} },', files: { in: "" }, when: "build -nv dev", then: `
      1| * lib  never ran
      1| * dev  asked for: stays up until Ctrl-C
      1|
      1| tg: 1 would run, 0 fresh (dry run)
      exit 0` },
]);

for (const [title, service, run, first = ""] of [
  ["a line of its output", "{ ready: { log: 'ready on 3000' } }", "printf 'boot\\\\nready on \\\\033[32m3000\\\\033[0m'; sleep 1000"],
  ["a pattern in its output", "{ ready: { log: /ready on \\d+/ } }", "echo ready on 3000 >&2; sleep 1000"],
  ["a command", "{ ready: { command: 'test -e flag' } }", "rm -f flag; touch flag; sleep 1000"],
  ["nothing but its start", "{}", "sleep 1000", "until test -s s.pid; do sleep 0.01; done; "],
] as const) {
  test(`ready by ${title}`, async () => {
    const w = await workspace({ "tasks.config.ts": config(`    s: { run: "echo $$ > s.pid; ${run}", service: ${service} },\n    t: { deps: ["s"], run: "${first}echo t >> ran.log" },`) });
    const end = await w.tg("build");
    assert.equal(end.code, 0, end.stderr);
    assert.equal(w.ran(), "t");
    assert.equal(isRunning(-pidOf(w, "s")), false);
  });
}

tell([
  { title: "service-not-ready: nobody listens", tasks: '    s: { run: "exec sleep 1000", service: { ready: { port: 1, timeout: "200ms" } } },\n    t: { deps: ["s"], run: "true" },', when: "build", then: `
      2| ✗ s (N s) — not ready after N s: nothing takes connections on port 1
      2| tg: task "s": not ready after N s: nothing takes connections on port 1
      2|     try: look at its log, or raise "service.ready.timeout"
      2| tg: blocked by "s": t
      2| tg: 1 failed, 1 blocked (N s)
      exit 1` },
  { title: "service-not-ready: another line", tasks: '    s: { run: "echo hi; exec sleep 1000", service: { ready: { log: /ho+/i, timeout: 5000 } } },\n    t: { deps: ["s"], run: "true" },', when: "build", then: `
      2| s | hi
      2| ✗ s (N s) — not ready after N s: no line of its output matches /ho+/i
      2| tg: task "s": not ready after N s: no line of its output matches /ho+/i
      2|     try: look at its log, or raise "service.ready.timeout"
      2|     last lines of its output:
      2|       hi
      2|     log: .tg/logs/s.log
      2| tg: blocked by "s": t
      2| tg: 1 failed, 1 blocked (N s)
      exit 1` },
  { title: "service-not-ready: a command", tasks: `    s: { run: "exec sleep 1000", service: { ready: { command: "exit 3", timeout: "5s" } } },\n    t: { after: ["s"], run: "true" },`, when: "build", then: `
      2| ✗ s (N s) — not ready after N s: "exit 3": exit 3
      2| tg: task "s": not ready after N s: "exit 3": exit 3
      2|     try: look at its log, or raise "service.ready.timeout"
      2| tg: blocked by "s": t
      2| tg: 1 failed, 1 blocked (N s)
      exit 1` },
  { title: "service-ended: before it was ready", tasks: '    s: { run: "exit 3", service: { ready: { log: "x" } } },\n    t: { deps: ["s"], run: "true" },', when: "build", then: `
      2| ✗ s (N s) — ended before it was ready: exit 3
      2| tg: task "s": ended before it was ready: exit 3
      2| tg: blocked by "s": t
      2| tg: 1 failed, 1 blocked (N s)
      exit 1` },
  { title: "service-ended and service-lost: while somebody needs it", tasks: '    s: { run: "echo up; until test -e go; do sleep 0.01; done", service: { ready: { log: "up" } } },\n    t: { deps: ["s"], run: "touch go; sleep 1000" },', when: "build", then: `
      2| s | up
      2| ● s is up (N s) — needed by "t"
      2| ✗ s (N s) — ended although it is needed: exit 0
      2| ✗ t (N s) — stopped, because its service "s" ended
      2| tg: task "s": ended although it is needed: exit 0
      2|     try: a service stays in the foreground until it is stopped; correct its command
      2|     last lines of its output:
      2|       up
      2|     log: .tg/logs/s.log
      2| tg: task "t": stopped, because its service "s" ended
      2| tg: 2 failed (N s)
      exit 1` },
  { title: "a service that cannot be started", tasks: '    s: { run: ["no-such-program"], service: {} },\n    t: { deps: ["s"], run: "true" },', when: "build", then: `
      2| ✗ s (N s) — no-such-program: command not found
      2| tg: task "s": no-such-program: command not found
      2|     try: install it or correct its name; PATH begins with node_modules/.bin
      2| tg: blocked by "s": t
      2| tg: 1 failed, 1 blocked (N s)
      exit 1` },
  { title: "bad-field: a service with outputs, two ways to be ready, and no time", tasks: '    s: {\n      run: "serve",\n      outputs: ["a"],\n      service: {\n        ready: { port: 1, log: "x" },\n      },\n    },\n    u: { run: "serve", service: { ready: { port: 70000, timeout: "soon" } } },', when: "build", then: `
      2| tg: task "s": "outputs" is an array, expected nothing: a service makes no files; let a task make them
      2|     at tasks.config.ts:5
      2| tg: task "s": "service.ready" is "port and log", expected one of port, url, log and command, and perhaps timeout
      2|     at tasks.config.ts:6
      2| tg: task "u": "service.ready.port" is 70000, expected a number from 1 to 65535
      2|     at tasks.config.ts:10
      2| tg: task "u": "service.ready.timeout" is "soon", expected a duration above 0: "90s", "5m", "500ms", "2h" or milliseconds
      2|     at tasks.config.ts:10
      exit 2` },
  { title: "export-service", tasks: '    s: { run: "serve", service: {} },\n    t: { deps: ["s"], run: "true" },', when: "export --to make", then: `
      2| tg: the service "s" cannot be said in the words of make, which waits for the end of whatever it runs
      2|     try: name targets that need no service; --to dot draws all
      exit 2` },
  { title: "list names services as such", tasks: '    s: { run: "serve", service: {}, description: "all of it" },\n    t: { run: "true" },', when: "list", then: `
      1| s  all of it  (service)
      1| t
      exit 0` },
]);

test("port-taken: somebody else is there already, and that is no readiness", async () => {
  const w = await served();
  const other = net.createServer();
  await new Promise<void>((resolve) => other.listen(w.port, "127.0.0.1", resolve));
  const end = await w.tg("build");
  await new Promise((resolve) => other.close(resolve));
  assert.equal(neat(end.stderr, w), [
    `✗ server (N s) — port ${w.port} is in use already by another program`,
    `tg: task "server": port ${w.port} is in use already by another program`,
    "    try: end that program, or choose another port",
    'tg: blocked by "server": test', "tg: 1 failed, 1 blocked (N s)", "",
  ].join("\n"));
  assert.equal(end.code, 1);
  assert.equal(w.ran(), "");
  assert.equal((await w.tg("build")).code, 0, "the next build tries again");
});

test("one that a tg watch keeps up serves a build as well, if it is made from the same", async () => {
  const w = await served('\n    more: { inputs: ["more.txt"], deps: ["server"], run: "node client.mjs <port>; echo more >> ran.log" },', { "more.txt": "1\n" });
  const watch = w.start("watch test");
  await rounds(watch, 1);
  const pid = pidOf(w);
  const of = (text: string): string => neat(text, w).replaceAll(String(watch.pid), "PID");
  const build = await w.tg("build more");
  assert.equal(of(build.stderr), '● server is up already, run by another tg (process PID) — needed by "more"\n✓ more (N s) — never ran\nhello from server\ntg: 1 ran (N s)\n');
  assert.equal(build.code, 0);
  assert.equal(isRunning(pid), true, "the build leaves it alone");
  assert.equal(w.ranInOrder(), "+server,test,more");
  // Who wants it up by name wants one of his own.
  const own = await w.tg("build server");
  assert.equal(of(own.stderr), [
    `✗ server (N s) — another tg (process PID) runs it on port ${w.port}`,
    `tg: task "server": another tg (process PID) runs it on port ${w.port}`,
    "    try: it is not ready there, or from another state of its files, or wanted up by name here: wait for that tg, or end it",
    "tg: 1 failed (N s)", "",
  ].join("\n"));
  assert.equal(own.code, 1);
  await leave(watch);
  assert.equal(isRunning(pid), false);
  w.write("more.txt", "2\n");
  assert.equal((await w.tg("build more")).code, 0, "and without the watch there is one of its own");
  assert.equal(w.ranInOrder(), "-server,+server,more,-server");
});

test("one of a tg watch that is made from something else serves nobody; one that goes away takes along who uses it", async () => {
  const w = await served('\n    slow: { inputs: ["more.txt"], deps: ["server"], run: "echo here; sleep 1000" },', { "more.txt": "1\n" });
  const watch = w.start("watch test --debounce 900000");
  await rounds(watch, 1);
  const of = (text: string): string => neat(text, w).replaceAll(String(watch.pid), "PID");
  const build = w.start("build slow -v");
  await build.until(/→ slow/);
  await ask(w.port, "/die");
  const end = await build.done;
  assert.equal(end.code, 1);
  assert.match(of(end.stderr), /tg: task "server": ended or was started anew by the tg that runs it \(process PID\)\n {4}try: build again\n/);
  assert.match(of(end.stderr), /tg: task "slow": stopped, because its service "server" ended\n/);
  await watch.until(/started again in 0\.5 s\n[^]*● server is up/);
  replaceFile(w, "server.mjs", SERVER + "// other\n");
  const other = await w.tg("build slow");
  assert.equal(other.code, 1);
  assert.match(of(other.stderr), /tg: task "server": another tg \(process PID\) runs it on port \d+\n {4}try: it is not ready there, or from another state/);
  await leave(watch);
});

test("asked for by name it stays up until Ctrl-C, and others may build meanwhile", async () => {
  const w = await served('\n    dev: { deps: ["server"] },');
  for (const target of ["server", "dev"]) {
    const run = w.start(["build", target]);
    await run.until(/tg: server is up; Ctrl-C ends it\n/);
    const pid = pidOf(w);
    assert.equal(isRunning(pid), true);
    assert.equal(w.exists(".tg/lock"), false, "nobody has to wait for it");
    assert.match(neat(await leave(run, target === "dev" ? "SIGTERM" : "SIGINT"), w), /^● server is up \(N s\)\n/m);
    assert.equal(isRunning(pid), false);
  }
  assert.equal(w.ranInOrder(), "+server,-server,+server,-server");
  // A bare build and a pattern have an end.
  assert.equal((await w.tg("build")).code, 0);
  assert.equal((await w.tg(["build", "*"])).code, 0);
  const run = w.start("build server");
  await run.until(/Ctrl-C ends it/);
  await ask(w.port, "/die");
  const end = await run.done;
  assert.equal(end.code, 1);
  assert.match(neat(end.stderr, w), /\ntg: task "server": ended although it is needed: exit 7\n/);
});

test("Ctrl-C leaves no service, neither a ready one nor one that is not", async () => {
  const w = await served('\n    slow: { deps: ["server"], run: "echo here; sleep 1000" },\n    never: { run: "echo $$ > never.pid; exec sleep 1000", service: { ready: { command: "test -s never.pid && echo asked >> asked; false" } } },\n    wait: { deps: ["never"], run: "true" },');
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const ready = w.start("build slow -v");
    await ready.until(/→ slow/);
    const pid = pidOf(w);
    await leave(ready, signal);
    assert.equal(isRunning(-pid), false);
  }
  const waiting = w.start("build wait");
  while (!w.exists("asked")) await new Promise((resolve) => setTimeout(resolve, 10));
  const pid = pidOf(w, "never");
  await leave(waiting);
  assert.equal(isRunning(-pid), false);
  assert.deepEqual(fs.readdirSync(path.join(w.dir, ".tg/services")), []);
});

test("after kill -9 the next build ends what was left, even one without work", async () => {
  const w = await served();
  await w.tg("build");
  const run = w.start("build server");
  await run.until(/Ctrl-C ends it/);
  const pid = pidOf(w);
  run.signal("SIGKILL");
  await run.done;
  assert.equal(isRunning(pid), true);
  assert.equal(transcript(await w.tg("build"), w), "1| tg: 1 task up to date (N s)\nexit 0");
  assert.equal(isRunning(pid), false);
  w.write("test.txt", "2\n");
  assert.equal((await w.tg("build")).code, 0);
});

test("tg watch keeps it, starts it anew when it changes, and the new one when the old one has gone", async () => {
  const w = await served();
  const watch = w.start("watch");
  await rounds(watch, 1);
  const first = pidOf(w);
  assert.equal(isRunning(first), true);
  replaceFile(w, "test.txt", "2\n");
  await rounds(watch, 2);
  assert.equal(pidOf(w), first);
  assert.equal(w.ranInOrder(), "+server,test,test");
  replaceFile(w, "server.mjs", SERVER + "// other\n");
  await rounds(watch, 3);
  assert.notEqual(pidOf(w), first);
  assert.equal(isRunning(first), false);
  assert.equal(w.ranInOrder(), "-server,+server,test");
  // Edited and taken out of the config: it has no business there any more.
  const second = pidOf(w);
  replaceFile(w, "tasks.config.ts", w.read("tasks.config.ts").replace(/ {4}server: .*\n/, "").replace('deps: ["server"], run: "node client.mjs', 'run: "true'));
  await rounds(watch, 4);
  assert.equal(isRunning(second), false);
  await leave(watch);
  assert.equal(w.ranInOrder(), "-server,test");
});

test("tg watch: it comes back when it ends, and is given up when it does so again and again", async () => {
  const w = await workspace({ "test.txt": "1\n", "tasks.config.ts": config('    s: { inputs: ["s.sh"], run: "sh s.sh", service: { ready: { log: "up" } } },\n    t: { inputs: ["test.txt"], deps: ["s"], run: "echo t >> ran.log" },') });
  const gate = w.gate("s");
  const script = (exit: number): string => `echo up; ${gate.command}; exit ${exit}\n`;
  w.write("s.sh", script(7));
  const watch = w.start("watch");
  let starts = 0;
  /** Resolves when it is up once more; the gate lets it end. */
  const up = async (): Promise<void> => {
    await watch.until(/● s is up/, ++starts);
    await gate.reached();
  };
  await up();
  await rounds(watch, 1);
  gate.release();
  await watch.until(/! s ended by itself: exit 7; it is started again in 0\.5 s\n/);
  await up();
  replaceFile(w, "test.txt", "2\n");
  await rounds(watch, 2);
  assert.equal(w.ran(), "t,t");
  replaceFile(w, "s.sh", script(8));
  await up();
  await rounds(watch, 3);
  for (const falls of [1, 2, 3, 4]) {
    gate.release();
    await watch.until(/! s ended by itself: exit 8; it is started again in \S+ s\n/, falls);
    await up();
  }
  gate.release();
  await watch.until(/tg: task "s": ended 5 times in a row, at last exit 8; it is not started again\n/);
  replaceFile(w, "test.txt", "3\n");
  await rounds(watch, 4);
  replaceFile(w, "s.sh", script(0));
  await up();
  await rounds(watch, 5);
  assert.equal(w.ran(), "t,t");
  const said = neat(await leave(watch), w);
  assert.match(said, /\n✗ s — ended 5 times in a row, at last exit 8; it is not started again, as before\n[^]*tg: blocked by "s": t\n[^]*● s is up [^]*✓ t /);
});

/** A service, and a task that comes after it. */
const BEFORE = (run: string, ready: string): string => config(`    n: { inputs: ["n.sh"], run: "${run}", service: { ready: { ${ready} } } },
    a: { inputs: ["test.txt"], after: ["n"], run: "echo a >> ran.log" },`);
const SCRIPTED = BEFORE("sh n.sh", 'log: "up"');
const UP = "echo up; exec sleep 1000\n";

test("tg watch: one that was given up is started again once it is to be ready by something else", async () => {
  const ready = (log: string, timeout: string): string => BEFORE("echo up; exec sleep 1000", `log: "${log}", timeout: "${timeout}"`);
  const w = await workspace({ "test.txt": "1\n", "n.sh": "", "tasks.config.ts": ready("no such line", "50ms") });
  const watch = w.start("watch");
  await rounds(watch, 1);
  replaceFile(w, "tasks.config.ts", ready("up", "30s"));
  await rounds(watch, 2);
  assert.equal(w.ran(), "a");
  assert.match(await leave(watch), /✗ n .*no such line[^]*tg: blocked by "n": a\n[^]*● n is up/);
});

test("tg watch: who only comes after one that was given up before it was ever ready runs once that is corrected", async () => {
  const w = await workspace({ "test.txt": "1\n", "n.sh": "exit 1\n", "tasks.config.ts": BEFORE("echo up; exec sleep 1000", 'log: "up"') });
  const watch = w.start("watch");
  await rounds(watch, 1);
  atOnce(watch, () => {
    replaceFile(w, "test.txt", "2\n");
    replaceFile(w, "tasks.config.ts", SCRIPTED);
  });
  await rounds(watch, 2);
  assert.equal(w.ran(), "a");
  replaceFile(w, "n.sh", UP);
  await rounds(watch, 3);
  assert.equal(w.ran(), "a");
  assert.match(await leave(watch), /✗ n .*exit 1\n[^]*tg: blocked by "n": a\n[^]*● n is up/);
});

for (const [title, corrected] of [["to what it was", UP], ["to something else", `${UP}\n`]] as const) {
  test(`tg watch: one that was broken while it was up, and corrected ${title}, is up again, though all others are fresh`, async () => {
    const w = await workspace({ "test.txt": "1\n", "n.sh": UP, "tasks.config.ts": SCRIPTED });
    const watch = w.start("watch");
    await rounds(watch, 1);
    replaceFile(w, "n.sh", "exit 6\n");
    await rounds(watch, 2);
    replaceFile(w, "n.sh", corrected);
    await rounds(watch, 3);
    assert.equal(w.ran(), "a");
    assert.match(await leave(watch), /● n is up [^]*✗ n .*exit 6\n[^]*tg: 1 fresh, 1 failed [^]*● n is up /);
  });
}

test("tg watch stops all in reverse order, also when it is told to while one starts", async () => {
  const [a, b] = [await freePort(), await freePort()];
  const w = await workspace({ ...FILES, "tasks.config.ts": config(`    db: { run: "exec node server.mjs ${a} db", service: { ready: { port: ${a} } } },
    api: { deps: ["db"], run: "exec node server.mjs ${b} api", service: { ready: { port: ${b} } } },
    never: { deps: ["api"], run: "exec sleep 1000", service: { ready: { log: "x" } } },
    dev: { deps: ["api", "db"] },`) });
  const watch = w.start("watch dev");
  await rounds(watch, 1);
  await leave(watch);
  assert.equal(w.ranInOrder(), "+db,+api,-api,-db");
  const other = w.start("watch never -v");
  await other.until(/→ never/);
  await leave(other);
  assert.equal(w.ranInOrder(), "+db,+api,-api,-db");
});

test("events: what a program is told of services", async () => {
  const w = await served();
  const { stdout } = await w.tg("build --json");
  const events = stdout.trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ task }) => task === "server");
  assert.deepEqual(events.flatMap(({ event, state }) => (event === "service" ? [state] : [])), ["starting", "ready", "stopped"]);
  assert.deepEqual(events.flatMap(({ event, text, service }) => (event === "service" ? [] : [[event, text, service]])), [["task-output", "listening\n", true]]);
  assert.equal(typeof events.find(({ state }) => state === "ready")!["ms"], "number");
  const listed = JSON.parse((await w.tg("list --json")).stdout) as { tasks: { name: string; service?: true }[] };
  assert.deepEqual(listed.tasks.map(({ name, service }) => [name, service]), [["server", true], ["test", undefined]]);
});

test("tg verify leaves out who needs a service", async () => {
  const w = await served();
  await w.tg("build");
  const verified = await w.tg("verify -v");
  assert.equal(neat(verified.stdout, w), "- server — not verified: it is a service and makes nothing\n- test — not verified: it needs a service, which would not run in the copy\ntg: 2 not verified (N s)\n");
  assert.equal(verified.code, 0);
});

