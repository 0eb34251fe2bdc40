// The rest of the micro-bin on Bun: starts the program with code that Bun compiled behind an earlier run's back (bun.cjs). A file
// of its own, which Node need not read at each start. Knows nothing of what the program does.
"use strict";
const fs = require("node:fs");
const path = require("node:path");

const home = path.dirname(__dirname);
const { bun } = process.versions;

/** The beginning of a bundle, which names its build. */
const MARK_BYTES = 80;

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
function placeOf(name) {
  return path.join(home, ".cache", `${name}-bun-${bun}-${Bun.revision.slice(0, 12)}-${process.platform}-${process.arch}`);
}

/** What `.sum` must hold; bin/bun.cjs writes it. */
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

/** The bundle as a function that takes what `require` would give it. null: none, of another build, or damaged. */
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

/** dist/<name>, as `require` would give it. */
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

/** Those that a text required are told by Bun alone. */
function isWanted(name) {
  return wanted.has(name) || (require.cache[path.join(home, "dist", name)] !== undefined && !fs.existsSync(placeOf(name) + ".sum"));
}

/**
 * Compiling takes Bun a second. The first run that had to do without leaves a note (what is used once is not worth it), the
 * next has it done behind its back, by the owner of the package's folder alone.
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

Bun.unsafe.setJITPolicy?.(PATIENCE);
load("quick.cjs");
