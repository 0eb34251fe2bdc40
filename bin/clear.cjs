// Removes compiled V8 code that is probably no longer used: each version of Node and each set of its flags has its own
// (tg.cjs). Called by a run that has kept some, which is rare. Knows nothing of what the program does.
"use strict";
const fs = require("node:fs");

/** How many versions and sets of flags keep their code: the most recently kept. About 5 MB each. */
const SETS = 6;

/** Several processes may clear the same folder; a reader that finds its code gone compiles again. */
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
