// The rest of the micro-bin on Bun: starts the program with code that Bun compiled in the background of an earlier run
// (bun.cjs). A separate file, so that Node need not read it at each start. Knows nothing of what the program does.
"use strict";
const fs = require("node:fs");
const path = require("node:path");

const home = path.dirname(__dirname);
const { bun } = process.versions;

/** Leading bytes of a bundle, which name its build. */
const MARK_BYTES = 80;

/** Bundles run from code that Bun compiled; the others are small or seldom needed. */
const ON_BUN = ["quick.cjs", "main.cjs", "engine.cjs", "config.cjs"];

/**
 * Factor by which Bun delays optimising a function: for most builds the optimised code came too late (docs/performance.md). Not
 * every version knows the option.
 */
const PATIENCE = 16;

/** How long to wait after an attempt that produced nothing. */
const DAY_MS = 86_400_000;

/**
 * The kept files' name without extension: `.js` (an equivalent text) and `.js.jsc` (its code) are Bun's, `.sum` says which build
 * they belong to and what they must be, `.note` that they are wanted. Code is valid for one version of Bun; some versions
 * run damaged code as it is.
 */
function placeOf(name) {
  return path.join(home, ".cache", `${name}-bun-${bun}-${Bun.revision.slice(0, 12)}-${process.platform}-${process.arch}`);
}

/** The required content of `.sum`; bin/bun.cjs writes it. */
function sumOf(mark, text, code) {
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

/** The bundle as a function that takes what `require` would give it. null: no code, code of another build, or damaged code. */
function readKept(name, mark) {
  try {
    const place = placeOf(name);
    const sum = fs.readFileSync(place + ".sum", "latin1");
    return sum.startsWith(mark) && sum === sumOf(mark, fs.readFileSync(place + ".js"), fs.readFileSync(place + ".js.jsc")) ? require(place + ".js").run : null;
  } catch {
    return null;
  }
}

const loaded = new Map();
const lent = Object.assign((id) => (id.startsWith("./") ? load(id.slice(2)) : require(id)), { import: (url) => import(url) });

/** Loads dist/<name>, as `require` would. */
function load(name) {
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  const file = path.join(home, "dist", name);
  const mark = ON_BUN.includes(name) ? readMark(file) : null;
  const run = mark === null ? null : readKept(name, mark);
  const module = { exports: {} };
  loaded.set(name, module);
  if (run !== null) run(module.exports, lent, module, file, path.dirname(file));
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

/** Bundles that the text of another bundle required show up only in Bun's own `require.cache`. */
function isWanted(name) {
  return wanted.has(name) || (require.cache[path.join(home, "dist", name)] !== undefined && !fs.existsSync(placeOf(name) + ".sum"));
}

/**
 * Compiling takes Bun a second. The first run without compiled code leaves a note (a program used once is not worth it), the
 * next one compiles in the background, and only if it belongs to the owner of the package's folder.
 */
function haveCompiled() {
  try {
    if (fs.statSync(home).uid !== process.getuid?.() || path.basename(process.execPath) !== "bun") return;
    fs.mkdirSync(path.join(home, ".cache"), { recursive: true });
    const names = ON_BUN.filter((name) => isWanted(name) && isTurn(placeOf(name) + ".note", readMark(path.join(home, "dist", name))));
    if (names.length === 0) return;
    const words = names.flatMap((name) => [path.join(home, "dist", name), placeOf(name)]);
    const env = { ...process.env, BUN_OPTIONS: undefined, BUN_INSPECT: undefined };
    Bun.spawn([process.execPath, path.join(home, "bin", "bun.cjs"), ...words], { cwd: home, env, stdio: ["ignore", "ignore", "ignore"], detached: true }).unref();
  } catch {
    // The folder is not writable: the next start reads the text again.
  }
}

/** Whether this run may compile. Of several at once, the one that removes the note does. */
function isTurn(note, mark) {
  const said = fs.existsSync(note) ? fs.readFileSync(note, "latin1") : "";
  if (said === mark + "tried" && Date.now() - fs.statSync(note).mtimeMs < DAY_MS) return false;
  if (said === mark + "wanted") fs.unlinkSync(note);
  fs.writeFileSync(note, mark + (said === mark + "wanted" ? "tried" : "wanted"), "latin1");
  return said === mark + "wanted";
}

Bun.unsafe.setJITPolicy?.(PATIENCE);
load("quick.cjs");
