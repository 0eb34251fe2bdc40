// Takes away compiled code of V8 that nobody may want any more: each version of Node and each set of its flags has its own
// (tg.cjs). Called by a run that has kept some, which is seldom. Knows nothing of what the program does.
"use strict";
const fs = require("node:fs");

/** Versions and sets of flags whose code stays: those that were kept last. Some 5 MB each. */
const SETS = 6;

/** Several at once take the same away; who comes to read what has gone compiles anew. */
function clearOld(folder) {
  const sets = new Map();
  for (const name of fs.readdirSync(folder)) {
    const set = /^\w+\.cjs-(v\d.*)$/.exec(name)?.[1];
    if (set === undefined) continue;
    const file = `${folder}/${name}`;
    const known = sets.get(set) ?? { files: [], last: 0 };
    known.files.push(file);
    known.last = Math.max(known.last, fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    sets.set(set, known);
  }
  const byLast = [...sets.values()].sort((a, b) => b.last - a.last);
  for (const { files } of byLast.slice(SETS)) for (const file of files) fs.rmSync(file, { force: true });
}

module.exports = { clearOld };
