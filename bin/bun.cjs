// Compiles bundles with Bun: started in the background by a run on Bun that found no compiled code (bin/tg.cjs). Takes each
// bundle and where its code goes. Knows nothing of what they do.
"use strict";
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

/** Leading bytes of the bundle, which name its build (bin/tg.cjs). */
const MARK_BYTES = 80;
/** Code for another version of Bun is removed once nobody has recompiled it for this long, as are leftovers of a killed process. */
const OLD_MS = 30 * 86_400_000;

/** Files moved into place one after another do not match for a moment: `.sum` says what they must be, and comes last. */
async function compile(bundle, place) {
  const temporary = fs.mkdtempSync(path.join(path.dirname(place), "bun-"));
  try {
    const text = fs.readFileSync(bundle, "latin1");
    const source = path.join(temporary, "in.cjs");
    // Bun drops "use strict"; a class body is strict without it.
    fs.writeFileSync(source, `module.exports = class { static run(exports, require, module, __filename, __dirname) { ${text}\n} };\n`, "latin1");
    await Bun.build({ entrypoints: [source], outdir: path.join(temporary, "out"), bytecode: true, target: "bun", format: "cjs", throw: true });
    const made = path.join(temporary, "out", "in.js");
    if (typeof require(made).run !== "function") return;
    const sum = path.join(temporary, "sum");
    fs.writeFileSync(sum, `${text.slice(0, MARK_BYTES)}${Bun.hash(fs.readFileSync(made))} ${Bun.hash(fs.readFileSync(made + ".jsc"))}`, "latin1");
    fs.renameSync(made + ".jsc", place + ".js.jsc");
    fs.renameSync(made, place + ".js");
    fs.renameSync(sum, place + ".sum");
    fs.rmSync(place + ".note", { force: true });
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

function clearOld(folder) {
  for (const name of fs.readdirSync(folder)) {
    const file = path.join(folder, name);
    if (/^(\w+\.cjs-)?bun-/.test(name) && Date.now() - fs.statSync(file).mtimeMs > OLD_MS) fs.rmSync(file, { recursive: true, force: true });
  }
}

async function main(words) {
  os.setPriority(os.constants.priority.PRIORITY_LOW);
  for (let i = 0; i < words.length; i += 2) await compile(words[i], words[i + 1]);
  clearOld(path.dirname(words[1]));
}

main(process.argv.slice(2)).catch(() => process.exit(1));
