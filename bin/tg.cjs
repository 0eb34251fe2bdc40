#!/usr/bin/env node
// The micro-bin: answers --version at once, else starts the program with the compiled code of an earlier run (V8's code
// cache; compiling at each start costs 10 ms, docs/performance.md). Knows nothing of what the program does.
"use strict";
const fs = require("node:fs");
const path = require("node:path");

const home = path.dirname(__dirname);
const args = process.argv;

/** In front of V8's data: the beginning of the bundle, which names its build (V8 itself compares lengths), and `deeds`. */
const MARK_BYTES = 80;
const HEAD_BYTES = MARK_BYTES + 24;

/** Runs that did the same may need different code: the first edit after a full build finds an empty journal, the next does not. */
const TIMES = 3;

/** Compiled code stands beside the package's own files and goes when they go. Other flags, other code. */
function keptFile(name) {
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ""].join(" ");
  return path.join(home, ".cache", `${name}-${process.version}-${process.arch}${Buffer.from(flags).toString("base64url").slice(0, 100)}`);
}

/**
 * Mark, deeds, then V8's data twice: V8 would run damaged data as it is, and to compare two copies is the one check that
 * needs no loop in JavaScript. null: none, of another build, or damaged.
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

/** In one step, and by the owner of the package's folder alone: whoever installed it must be able to remove it. */
function keep(name, head, script) {
  const file = keptFile(name);
  const temporary = `${file}.${process.pid}`;
  let fd = -1;
  try {
    if (fs.statSync(home).uid !== process.getuid?.()) return;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fd = fs.openSync(temporary, "w");
    const code = script.createCachedData();
    fs.writeFileSync(fd, Buffer.concat([Buffer.from(head, "latin1"), code, code]));
    fs.fsyncSync(fd);
    fs.closeSync(fd);
    fs.renameSync(temporary, file);
  } catch {
    // A folder that cannot be written, a full disk: the next start compiles again.
    if (fd >= 0) fs.rmSync(temporary, { force: true });
  }
}

const BEFORE = "(function (exports, require, module, __filename, __dirname) { ";
const AFTER = "\n})";

/** A bundle as one text; put together of strings, V8 would copy all of it once more. `mark` is no part of the text, which would keep all of it in memory. */
function readWrapped(file) {
  const fd = fs.openSync(file, "r");
  try {
    const length = fs.fstatSync(fd).size;
    const bytes = Buffer.allocUnsafeSlow(BEFORE.length + length + AFTER.length);
    let end = bytes.write(BEFORE, 0, "latin1");
    for (let got = 1; got > 0 && end < BEFORE.length + length; end += got) got = fs.readSync(fd, bytes, end, BEFORE.length + length - end, null);
    end += bytes.write(AFTER, end, "latin1");
    return { text: bytes.latin1Slice(0, end), mark: bytes.latin1Slice(BEFORE.length, BEFORE.length + MARK_BYTES) };
  } finally {
    fs.closeSync(fd);
  }
}

const loaded = new Map();

/** `require` for the bundles; `import()` has no place to start from in code that comes out of V8's cache. */
const lent = Object.assign((id) => (id.startsWith("./") ? load(id.slice(2)) : require(id)), { import: (url) => import(url), keepCodeNow });

/** dist/<name>, as `require` would give it. */
function load(name) {
  const known = loaded.get(name);
  if (known !== undefined) return known.module.exports;
  const file = path.join(home, "dist", name);
  const { text, mark } = readWrapped(file);
  const { Script } = require("node:vm");
  const kept = readKept(name, mark);
  const script = new Script(text, {
    filename: file,
    ...(kept === null ? {} : { cachedData: kept.code }),
  });
  const module = { exports: {} };
  loaded.set(name, { module, script, mark, deeds: script.cachedDataRejected === false ? kept.deeds : "" });
  script.runInThisContext()(module.exports, lent, module, file, path.dirname(file));
  return module.exports;
}

/**
 * What this run did, a letter each. Code that earlier runs did not need is compiled now, and kept from now on: of each deed
 * for the first few runs. `isOver`: what a build does at its end has been compiled too.
 */
function deedsNow(isOver) {
  const verb = args.slice(2).find((word) => !word.startsWith("-"));
  const ran = isOver ? "r" : "m";
  return (verb === "status" ? "s" : verb === "why" ? "w" : verb === "watch" ? "l" : loaded.has("engine.cjs") ? ran : "b") + (loaded.has("config.cjs") ? "c" : "");
}

function keepNewCode(isOver) {
  const now = deedsNow(isOver);
  for (const [name, { script, mark, deeds }] of loaded) {
    const news = [...now].filter((deed) => deeds.split(deed).length <= TIMES).join("");
    if (news !== "") keep(name, mark + (deeds.trim() + news).padEnd(HEAD_BYTES - MARK_BYTES), script);
  }
}

const keepAtEnd = () => keepNewCode(true);

/** A large build begins: it will change V8's flags, and code that is kept after it was hot costs each later start more (docs/performance.md). */
function keepCodeNow() {
  if (process.listeners("exit").includes(keepAtEnd)) keepNewCode(false);
  process.removeListener("exit", keepAtEnd);
}

/** Bundles of which a run on Bun takes code that Bun compiled; the others are small or seldom asked for. */
const ON_BUN = ["quick.cjs", "main.cjs", "engine.cjs", "config.cjs"];

/** Times as often as usual a function runs before Bun compiles it further: for most builds that came too late (docs/performance.md). Not all versions know it. */
const PATIENCE = 16;

/** After a try that brought nothing. */
const DAY_MS = 86_400_000;

/**
 * Its name without an ending: `.js`, a text of the same meaning and `.js.jsc`, its code, are Bun's, `.sum` says of which build and
 * what they must be, `.note` that they are wanted. Code holds for one version of Bun; some versions run damaged code as it is.
 */
function placeOnBun(name) {
  return path.join(home, ".cache", `${name}-bun-${bun}-${Bun.revision.slice(0, 12)}-${process.platform}-${process.arch}`);
}

/** What `.sum` must hold; bin/bun.cjs writes it. */
function sumOnBun(mark, text, code) {
  return `${mark}${Bun.hash(text)} ${Bun.hash(code)}`;
}

function readMark(file) {
  const fd = fs.openSync(file, "r");
  try {
    const bytes = Buffer.allocUnsafe(MARK_BYTES);
    return bytes.latin1Slice(0, fs.readSync(fd, bytes, 0, MARK_BYTES, 0));
  } finally {
    fs.closeSync(fd);
  }
}

/** The bundle as a function that takes what `require` would give it. null: none, of another build, or damaged. */
function readOnBun(name, mark) {
  try {
    const place = placeOnBun(name);
    const sum = fs.readFileSync(place + ".sum", "latin1");
    return sum.startsWith(mark) && sum === sumOnBun(mark, fs.readFileSync(place + ".js"), fs.readFileSync(place + ".js.jsc")) ? require(place + ".js").run : null;
  } catch {
    return null;
  }
}

const loadedOnBun = new Map();
const lentOnBun = Object.assign((id) => (id.startsWith("./") ? loadOnBun(id.slice(2)) : require(id)), { import: (url) => import(url) });

/** As `load`. */
function loadOnBun(name) {
  const known = loadedOnBun.get(name);
  if (known !== undefined) return known.exports;
  const file = path.join(home, "dist", name);
  const mark = ON_BUN.includes(name) ? readMark(file) : null;
  const run = mark === null ? null : readOnBun(name, mark);
  const module = { exports: {} };
  loadedOnBun.set(name, module);
  if (run !== null) run(module.exports, lentOnBun, module, file, path.dirname(file));
  else {
    if (mark !== null) want(name);
    module.exports = require(file);
  }
  return module.exports;
}

/** Bundles that this run had to read as text. */
const wanted = new Set();

function want(name) {
  if (wanted.size === 0) process.on("exit", haveCompiled);
  wanted.add(name);
}

/** Those that a text required are told by Bun alone. */
function isWanted(name) {
  return wanted.has(name) || (require.cache[path.join(home, "dist", name)] !== undefined && !fs.existsSync(placeOnBun(name) + ".sum"));
}

/**
 * Compiling takes Bun a second. The first run that had to do without leaves a note (what is used once is not worth it), the
 * next has it done behind its back, by the owner of the package's folder alone.
 */
function haveCompiled() {
  try {
    if (fs.statSync(home).uid !== process.getuid?.() || path.basename(process.execPath) !== "bun") return;
    fs.mkdirSync(path.join(home, ".cache"), { recursive: true });
    const names = ON_BUN.filter((name) => isWanted(name) && isTurn(placeOnBun(name) + ".note", readMark(path.join(home, "dist", name))));
    if (names.length === 0) return;
    const words = names.flatMap((name) => [path.join(home, "dist", name), placeOnBun(name)]);
    const env = { ...process.env, BUN_OPTIONS: undefined, BUN_INSPECT: undefined };
    Bun.spawn([process.execPath, path.join(home, "bin", "bun.cjs"), ...words], { cwd: home, env, stdio: ["ignore", "ignore", "ignore"], detached: true }).unref();
  } catch {
    // A folder that cannot be written: the next start reads the text again.
  }
}

/** May this run have it made? Of several at once the one that takes the note away. */
function isTurn(note, mark) {
  const said = fs.existsSync(note) ? fs.readFileSync(note, "latin1") : "";
  if (said === mark + "tried" && Date.now() - fs.statSync(note).mtimeMs < DAY_MS) return false;
  if (said === mark + "wanted") fs.unlinkSync(note);
  fs.writeFileSync(note, mark + (said === mark + "wanted" ? "tried" : "wanted"), "latin1");
  return said === mark + "wanted";
}

/** May somebody be there to ask? A running watch leaves a file in the state folder. */
function mayAsk() {
  const wish = process.env.TG_RESIDENT;
  if (wish === "0" || wish === "only") return wish === "only";
  for (let dir = process.cwd(); ; dir = path.dirname(dir)) {
    if (fs.existsSync(dir + "/.tg/resident")) return true;
    if (dir === path.dirname(dir)) return false;
  }
}

/** dist/<name> where it is known to be: `require` spends a third of a millisecond on looking for it, and V8's cache more. Node alone has `_compile`. */
function loadPlainly(name) {
  const file = path.join(home, "dist", name);
  const one = new module.constructor(file, module);
  one._compile(fs.readFileSync(file, "utf8"), file);
  return one.exports;
}

/** Prints what a running watch says and returns the exit code to leave with; null: there is no answer. */
function askWatch() {
  return mayAsk() ? (plain ? require("../dist/ask.cjs") : loadPlainly("ask.cjs")).ask() : null;
}

const { bun, deno } = process.versions;
/** Without V8's cache; nobody is asked there but at the person's wish, for no watch of these offers itself. */
const plain = bun !== undefined || deno !== undefined || process.env.NODE_DISABLE_COMPILE_CACHE !== undefined;
let left = null;
// What is written is written: an end by `exit`, which takes nothing of V8 apart, spares half a millisecond.
if (args.length === 3 && (args[2] === "--version" || args[2] === "-V")) {
  try {
    fs.writeSync(1, JSON.parse(fs.readFileSync(path.join(home, "package.json"), "utf8")).version + "\n");
    process.exit();
  } catch (error) {
    process.exitCode = error.code === "EPIPE" ? 141 : 3;
  }
} else if (!fs.existsSync(path.join(home, "dist", "quick.cjs"))) {
  fs.writeSync(2, `tg: This copy of tg is not built: "${path.join(home, "dist", "quick.cjs")}" does not exist.\n  try: npm run build   (in ${home})\n`);
  process.exitCode = 3;
} else if ((!plain || process.env.TG_RESIDENT === "only") && (left = askWatch()) !== null) {
  process.exit(left);
} else if (bun !== undefined && process.env.NODE_DISABLE_COMPILE_CACHE === undefined) {
  Bun.unsafe.setJITPolicy?.(PATIENCE);
  loadOnBun("quick.cjs");
} else if (plain) {
  require("../dist/quick.cjs");
} else {
  process.on("exit", keepAtEnd);
  // The first door has no answer to this one.
  if (args[2] === "watch") load("main.cjs").start(null, null);
  else load("quick.cjs");
}
