// Bundles src/ into dist/: the command as one CommonJS file (the ESM loader alone costs 5 ms on Node 20), the
// public entries as ES modules. An entry whose source does not exist is skipped. Knows no types (types.mjs does).
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, transform } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Source, result, format. The command is CommonJS; what people or child runtimes import is ESM. */
export const ENTRIES = [
  { source: "src/quick.ts", out: "dist/quick.cjs", format: "cjs", lazy: true, small: true, late: true },
  { source: "src/ask.ts", out: "dist/ask.cjs", format: "cjs", small: true },
  { source: "src/answers.ts", out: "dist/answers.cjs", format: "cjs", small: true },
  { source: "src/main.ts", out: "dist/main.cjs", format: "cjs", lazy: true },
  { source: "src/config/entry.ts", out: "dist/config.cjs", format: "cjs" },
  { source: "src/engine/open.ts", out: "dist/engine.cjs", format: "cjs" },
  { source: "src/apart.ts", out: "dist/apart.cjs", format: "cjs", lazy: true },
  { source: "src/cache/local.ts", out: "dist/cache.cjs", format: "cjs" },
  { source: "src/report/page.ts", out: "dist/page.cjs", format: "cjs" },
  { source: "src/system/sweeper.ts", out: "dist/sweeper.cjs", format: "cjs", small: true },
  { source: "src/system/hashers.ts", out: "dist/hashers.cjs", format: "cjs", small: true },
  { source: "src/hasher.ts", out: "dist/hasher.cjs", format: "cjs", small: true, late: true },
  { source: "node_modules/picomatch/posix.js", out: "dist/picomatch.cjs", format: "cjs", small: true },
  { source: "node_modules/xxhash-wasm/cjs/xxhash-wasm.cjs", out: "dist/xxhash.cjs", format: "cjs" },
  { source: "src/watch/open.ts", out: "dist/watch.cjs", format: "cjs" },
  { source: "src/engine/child.ts", out: "dist/child.mjs", format: "esm" },
  { source: "src/index.ts", out: "dist/index.js", format: "esm" },
  { source: "src/api.ts", out: "dist/api.js", format: "esm" },
  { source: "src/register.ts", out: "dist/register.js", format: "esm" },
];

/** Packages that the first door imports and hardly ever needs: half of its text. */
const LATE = { "picomatch/posix.js": "picomatch", "xxhash-wasm": "xxhash" };

/** Files of ours that the first door hardly ever needs. */
const LATE_FILES = { "src/system/hashers.ts": "./hashers.cjs" };

/** Dynamic imports of these from the command become a require of a bundle of their own. */
const LAZY = { "src/answers.ts": "./answers.cjs", "src/main.ts": "./main.cjs", "src/config/entry.ts": "./config.cjs", "src/engine/open.ts": "./engine.cjs", "src/cache/local.ts": "./cache.cjs", "src/report/page.ts": "./page.cjs", "src/watch/open.ts": "./watch.cjs" };

const lazyBundles = {
  name: "lazy-bundles",
  setup(build) {
    build.onResolve({ filter: /^\.\.?\// }, (args) => {
      if (args.kind !== "dynamic-import") return null;
      const out = LAZY[relative(root, join(args.resolveDir, args.path)).replaceAll("\\", "/")];
      return out === undefined ? null : { path: out, external: true };
    });
  },
};

const lateParts = {
  name: "late-parts",
  setup(build) {
    build.onResolve({ filter: /^\.\.?\// }, (args) => {
      const out = LATE_FILES[relative(root, join(args.resolveDir, args.path)).replaceAll("\\", "/")];
      return out === undefined ? null : { path: out, external: true };
    });
    build.onResolve({ filter: /^[a-z]/ }, (args) => (LATE[args.path] === undefined ? null : { path: `./${LATE[args.path]}.cjs`, external: true }));
  },
};

const CJS_BANNER = `"use strict";
const __import = require.import ?? ((id) => import (id));
const __modules = new Map([["node:process", { __proto__: process, default: process }]]);
const __node = (id) => { let m = __modules.get(id); if (m === undefined) __modules.set(id, m = __present.has(id) ? { __proto__: require(id), default: require(id) } : __late(id)); return m; };
const __present = new Set(["node:fs", "node:path"]);
const __late = (id) => { let m; return new Proxy({}, { get: (_, name) => (m ??= require(id), name === "default" ? m : m[name]) }); };
const __package = (open) => { let m; return new Proxy({}, { get: (_, name) => (m ??= open())[name] }); };`;

/** Around a bundle: the micro-bin, which runs it as a script, gets a function that takes what `require` would give it; `require` itself runs it. */
const BEFORE = '((run) => (typeof module === "object" ? run(exports, require, module, __filename, __dirname) : run))((function (exports, require, module, __filename, __dirname) {\n';
const AFTER = "}));\n";

function optionsOf(entry) {
  const cjs = entry.format === "cjs";
  return {
    absWorkingDir: root,
    entryPoints: [entry.source],
    outfile: entry.out,
    bundle: true,
    platform: "node",
    target: "node20",
    format: entry.format,
    external: ["chokidar", "tg-build", "tg-build/*"],
    define: { TG_VERSION: JSON.stringify(version) },
    ...(cjs ? { banner: { js: CJS_BANNER } } : {}),
    plugins: [...(entry.lazy ? [lazyBundles] : []), ...(entry.late ? [lateParts] : [])],
    ...(entry.lazy ? { supported: { "dynamic-import": false } } : {}),
    legalComments: "none",
    metafile: true,
    write: false,
    logLevel: "warning",
  };
}

/**
 * esbuild copies all properties of a built-in module for each file that imports it (3 ms for ours), and loads every one
 * at the start (node:crypto alone: 3 ms). Those that Node has not loaded by itself, and packages, wait for their first
 * use. `import()` does not work in code from V8's cache: the micro-bin lends its own.
 */
async function finishCommand(text, small) {
  const plain = text.replace(/__toESM\(require\(("node:[a-z0-9_/]+")\), 1\)/g, "__node($1)").replace(/^(var \w+ = )require\(("node:[a-z0-9_/]+")\);$/gm, "$1__node($2);")
    .replace(/^(var \w+ = )(__toESM\(require(?:_\w+\(\)|\("\.\/\w+\.cjs"\))(?:, 1)?\)|require\("\.\/\w+\.cjs"\));$/gm, "$1__package(() => $2);")
    .replace(/(?<![\w.$])import\(/g, "__import(");
  const late = small ? (await transform(plain, { minify: true, format: "cjs", target: "node20", legalComments: "none" })).code : plain;
  // The micro-bin tells builds apart by this line.
  return `/* ${createHash("sha256").update(late).digest("hex")} */\n${BEFORE}${late}${AFTER}`;
}

/** In one step and only if it differs: tests may be running the command meanwhile. */
function replaceFile(path, contents) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  const temp = `${path}.${process.pid}`;
  writeFileSync(temp, contents);
  renameSync(temp, path);
}

/** Builds all entries that exist. Returns esbuild's metafiles, for licenses.mjs. */
export async function bundle(entries = ENTRIES) {
  const present = entries.filter((entry) => existsSync(join(root, entry.source)));
  for (const entry of entries) if (!present.includes(entry)) rmSync(join(root, entry.out), { force: true });
  mkdirSync(join(root, "dist"), { recursive: true });
  const results = await Promise.all(present.map((entry) => build(optionsOf(entry))));
  for (const [i, entry] of present.entries()) {
    for (const file of results[i].outputFiles) {
      replaceFile(file.path, entry.format === "cjs" ? Buffer.from(await finishCommand(file.text, entry.small)) : Buffer.from(file.contents));
    }
  }
  return results.map((result) => result.metafile);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const start = performance.now();
  let metafiles;
  try {
    metafiles = await bundle();
  } catch (error) {
    if (!error?.errors) throw error;
    process.exit(1); // esbuild has printed each error with its place
  }
  const flag = process.argv.indexOf("--depfile");
  if (flag > 0) {
    const inputs = new Set(metafiles.flatMap((meta) => Object.keys(meta.inputs)));
    writeFileSync(process.argv[flag + 1], [...inputs].map((path) => relative(root, join(root, path)) + "\n").sort().join(""));
  }
  for (const meta of metafiles) for (const [file, out] of Object.entries(meta.outputs)) console.log(`${file}  ${(out.bytes / 1024).toFixed(1)} KB`);
  console.log(`bundled in ${Math.round(performance.now() - start)} ms`);
}
