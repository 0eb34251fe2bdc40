#!/usr/bin/env node
// The micro-bin: answers --version at once, otherwise starts the program with the compiled code of an earlier run (V8's code
// cache; compiling at each start costs 10 ms, docs/performance.md). Knows nothing of what the program does.
"use strict";
const fs = require("node:fs");

const home = __dirname.slice(0, -"/bin".length);
const args = process.argv;

/** Precedes V8's data: the beginning of the bundle, which names its build (V8 itself compares lengths), and `deeds`. */
const MARK_BYTES = 80;
const HEAD_BYTES = MARK_BYTES + 24;

/** Runs that did the same may need different code: the first edit after a full build finds an empty journal, the next does not. */
const TIMES = 3;

/** Compiled code is kept beside the package's own files and is removed with them. Other flags, other code. */
function keptFile(name) {
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ""].join(" ");
  return `${home}/.cache/${name}-${process.version}-${process.arch}${flags === "" ? "" : Buffer.from(flags).toString("base64url").slice(0, 100)}`;
}

/**
 * Mark, deeds, then V8's data twice: V8 would run damaged data as it is, and comparing two copies is the only check that
 * needs no loop in JavaScript. null: no code, code of another build, or damaged code.
 */
function readKept(name, mark) {
  try {
    const bytes = fs.readFileSync(keptFile(name));
    const middle = (HEAD_BYTES + bytes.length) / 2;
    const code = bytes.subarray(HEAD_BYTES, middle);
    return bytes.latin1Slice(0, MARK_BYTES) === mark && code.equals(bytes.subarray(middle)) ? { code, deeds: bytes.latin1Slice(MARK_BYTES, HEAD_BYTES) } : null;
  } catch {
    return null;
  }
}

/**
 * Writes atomically, and only for the owner of the package's folder: whoever installed the package must be able to remove it.
 * Returns whether it was kept.
 */
function keep(name, head, script) {
  const file = keptFile(name);
  const temporary = `${file}.${process.pid}`;
  let fd = -1;
  try {
    if (fs.statSync(home).uid !== process.getuid?.()) return false;
    fs.mkdirSync(`${home}/.cache`, { recursive: true });
    fd = fs.openSync(temporary, "w");
    const code = script.createCachedData();
    fs.writeFileSync(fd, Buffer.concat([Buffer.from(head, "latin1"), code, code]));
    fs.fsyncSync(fd);
    fs.closeSync(fd);
    fs.renameSync(temporary, file);
    return true;
  } catch {
    // The folder is not writable or the disk is full: the next start compiles again.
    if (fd >= 0) fs.rmSync(temporary, { force: true });
    return false;
  }
}

const loaded = new Map();

/** `require` for the bundles; code from V8's cache has no referrer for `import()`, so that is passed in. */
const lent = Object.assign((id) => (id.startsWith("./") ? load(id.slice(2)) : require(id)), { import: (url) => import(url), keepCodeNow });

/** Loads dist/<name>, as `require` would. */
function load(name) {
  const known = loaded.get(name);
  if (known !== undefined) return known.module.exports;
  const file = `${home}/dist/${name}`;
  const bytes = fs.readFileSync(file);
  const mark = bytes.latin1Slice(0, MARK_BYTES);
  const { Script } = require("node:vm");
  const kept = readKept(name, mark);
  const script = new Script(bytes.latin1Slice(), { filename: file, cachedData: kept?.code });
  const module = { exports: {} };
  const deeds = script.cachedDataRejected === false ? kept.deeds : "";
  loaded.set(name, { module, script, mark, deeds });
  // What the first door does alone is known in advance: most runs have nothing to keep.
  if (loaded.size === 2 || (loaded.size === 1 && isNew(deed(), deeds))) process.on("exit", keepAtEnd);
  script.runInThisContext()(module.exports, lent, module, file, `${home}/dist`);
  return module.exports;
}

/** What this run does when nothing runs, as one letter. */
function deed() {
  let at = 2;
  while (at < args.length && args[at].startsWith("-")) at++;
  return { status: "s", why: "w", watch: "l" }[args[at]] ?? "b";
}

function isNew(letter, deeds) {
  return deeds.split(letter).length <= TIMES;
}

/**
 * What this run did, one letter per deed. Compiles code that earlier runs did not need and keeps it from now on, for the
 * first few runs of each deed. `isOver`: what a build does at its end has been compiled too.
 */
function keepNewCode(isOver) {
  const did = deed();
  const now = (did === "b" && loaded.has("engine.cjs") ? (isOver ? "r" : "m") : did) + (loaded.has("config.cjs") ? "c" : "");
  let kept = false;
  for (const [name, { script, mark, deeds }] of loaded) {
    const news = [...now].filter((letter) => isNew(letter, deeds)).join("");
    if (news !== "" && keep(name, mark + (deeds.trim() + news).padEnd(HEAD_BYTES - MARK_BYTES), script)) kept = true;
  }
  if (kept) clearOld();
}

function clearOld() {
  try {
    require("./clear.cjs").clearOld(`${home}/.cache`);
  } catch {
    // Another process is clearing, or nothing can be removed: do not wait for it.
  }
}

let isKept = false;

function keepAtEnd() {
  if (!isKept) keepNewCode(true);
}

/** Called when a large build begins: it will change V8's flags, and code kept after it was hot slows down each later start (docs/performance.md). */
function keepCodeNow() {
  if (!isKept) keepNewCode(false);
  isKept = true;
}

/** Whether a watch may be there to ask: a running one leaves a file in the state folder. */
function mayAsk() {
  const wish = process.env.TG_RESIDENT;
  if (wish === "0" || wish === "only") return wish === "only";
  for (let dir = process.cwd(); ; dir = dir.slice(0, dir.lastIndexOf("/"))) {
    if (fs.existsSync(dir + "/.tg/resident")) return true;
    if (dir === "" || dir === "/") return false;
  }
}

/** Loads dist/<name> from its known place: `require` spends a third of a millisecond looking for it, and V8's cache more. Only Node has `_compile`. */
function loadPlainly(name) {
  const file = `${home}/dist/${name}`;
  const one = new module.constructor(file, module);
  one._compile(fs.readFileSync(file, "utf8"), file);
  return one.exports;
}

/** Prints the answer of a running watch and returns the exit code; null if there is no answer. */
function askWatch() {
  return mayAsk() ? (plain ? require("../dist/ask.cjs") : loadPlainly("ask.cjs")).ask() : null;
}

/** Null, or the name of the folder this was called in, if that is gone. One that was made anew (a build empties what it owns) is entered again. */
function lostFolder() {
  try {
    process.cwd();
    return null;
  } catch {
    // Below.
  }
  let dir = process.env.PWD ?? "";
  try {
    dir = fs.readlinkSync("/proc/self/cwd").replace(/ \(deleted\)$/, "");
    process.chdir(dir);
    return null;
  } catch {
    return dir;
  }
}

/** The real path of this file: with `--preserve-symlinks-main` Node gives the link, which has none of tg's files beside it. */
const real = __filename.endsWith("/bin/tg.cjs") ? __filename : fs.realpathSync(__filename);
const { bun, deno } = process.versions;
/** Without V8's cache. No watch is asked unless the person wants it: a watch on these runtimes offers no answers. */
const plain = bun !== undefined || deno !== undefined || process.env.NODE_DISABLE_COMPILE_CACHE !== undefined;
let left = null;
// Output is already written: `exit` skips V8's teardown, which saves half a millisecond.
if (real !== __filename) {
  require(real);
} else if (args.length === 3 && (args[2] === "--version" || args[2] === "-V")) {
  try {
    fs.writeSync(1, JSON.parse(fs.readFileSync(home + "/package.json", "utf8")).version + "\n");
    process.exit();
  } catch (error) {
    process.exitCode = error.code === "EPIPE" ? 141 : 3;
  }
} else if (!fs.existsSync(home + "/dist/quick.cjs")) {
  fs.writeSync(2, `tg: This copy of tg is not built: "${home}/dist/quick.cjs" does not exist.\n  try: npm run build   (in ${home})\n`);
  process.exitCode = 3;
} else if ((left = lostFolder()) !== null) {
  fs.writeSync(2, `tg: the folder this was called in is gone: ${left}\n    try: cd to one that is there\n`);
  process.exitCode = 2;
} else if ((!plain || process.env.TG_RESIDENT === "only") && (left = askWatch()) !== null) {
  process.exit(left);
} else if (bun !== undefined && process.env.NODE_DISABLE_COMPILE_CACHE === undefined) {
  require("./on-bun.cjs");
} else if (plain) {
  require("../dist/quick.cjs");
} else {
  // The first door has no answer for this one.
  if (args[2] === "watch") load("main.cjs").start(null);
  else load("quick.cjs");
}
