#!/usr/bin/env node
// The micro-bin: answers --version at once, turns on the compile cache, then starts the real program.
"use strict";
const args = process.argv;
if (args.length === 3 && (args[2] === "--version" || args[2] === "-V")) {
  require("node:fs").writeSync(1, require("../package.json").version + "\n");
} else {
  const { enableCompileCache } = require("node:module");
  if (enableCompileCache !== undefined && process.versions.bun === undefined) enableCompileCache();
  const main = require("node:path").join(__dirname, "..", "dist", "main.cjs");
  if (require("node:fs").existsSync(main)) require(main);
  else {
    require("node:fs").writeSync(2, `tg: This copy of tg is not built: "${main}" does not exist.\n  try: npm run build   (in ${require("node:path").dirname(__dirname)})\n`);
    process.exitCode = 3;
  }
}
