// The package as people get it: packed, unpacked in an empty folder beside its four dependencies, and used.
import assert from "node:assert/strict";
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { test } from "node:test";
import { repo } from "../support/rig.ts";
import { tempFolder } from "../support/folder.ts";

const top = tempFolder("tg-package");

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(fs.readFileSync(path.join(repo, "package.json"), "utf8")) as Manifest;
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD)/.test(name)));

function run(command: string, args: readonly string[], cwd: string): SpawnSyncReturns<string> {
  return spawnSync(command, args, { cwd, env, encoding: "utf8" });
}

function unpack(): string {
  const packed = run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", top], repo);
  assert.equal(packed.status, 0, packed.stderr);
  const tarball = fs.readdirSync(top).find((file) => file.endsWith(".tgz"))!;
  const modules = path.join(top, "app/node_modules");
  fs.mkdirSync(path.join(modules, "tg-build"), { recursive: true });
  assert.equal(run("tar", ["xzf", path.join(top, tarball), "-C", path.join(modules, "tg-build"), "--strip-components=1"], top).status, 0);
  for (const name of Object.keys(manifest.dependencies)) fs.symlinkSync(path.join(repo, "node_modules", name), path.join(modules, name));
  return path.join(top, "app");
}

test("the packed package builds a project in an empty folder", () => {
  const app = unpack();
  const tg = path.join(app, "node_modules/tg-build/bin/tg.cjs");
  assert.equal(run(tg, ["--version"], app).stdout, `${manifest.version}\n`);
  fs.writeFileSync(path.join(app, "tasks.config.ts"), 'import { defineConfig } from "tg-build";\nexport default defineConfig({ tasks: { a: { inputs: "in.txt", outputs: "a.txt", run: "cp in.txt a.txt" }, f: { inputs: "a.txt", run: () => 1 } } });\n');
  fs.writeFileSync(path.join(app, "in.txt"), "1\n");
  const built = run(tg, ["build"], app);
  assert.equal(built.status, 0, built.stdout + built.stderr);
  assert.equal(fs.readFileSync(path.join(app, "a.txt"), "utf8"), "1\n");
  assert.equal(run(tg, ["status", "--check"], app).status, 0);
});

test("the package has no script that runs when it is installed, and nothing but what it needs", () => {
  for (const name of ["preinstall", "install", "postinstall", "prepare"]) assert.equal(manifest.scripts[name], undefined, `"${name}" would run on people's machines`);
  const listed = run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], repo);
  const [{ files }] = JSON.parse(listed.stdout) as [{ files: { path: string }[] }];
  const outside = files.map((file) => file.path).filter((file) => !/^(bin\/|dist\/|package\.json$|README\.md$|CHANGELOG\.md$|LICENSES\.txt$|docs\/[\w-]+\.md$|examples\/)/.test(file));
  assert.deepEqual(outside, []);
  for (const needed of ["bin/tg.cjs", "dist/quick.cjs", "dist/main.cjs", "dist/config.cjs", "dist/child.mjs", "dist/index.js"]) assert.ok(files.some((file) => file.path === needed), needed);
});

/** Who reads README.md in node_modules, or on a registry's page that shows the package, follows its links there. */
test("every link of a packed page leads to a packed file, and no example is packed with what it built", () => {
  const listed = run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], repo);
  const [{ files }] = JSON.parse(listed.stdout) as [{ files: { path: string }[] }];
  const packed = new Set(files.map((file) => file.path));
  const dead: string[] = [];
  for (const page of packed) {
    if (!page.endsWith(".md")) continue;
    const text = fs.readFileSync(path.join(repo, page), "utf8");
    for (const [, link] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (!/^[a-z]+:/.test(link!) && !packed.has(path.posix.join(path.posix.dirname(page), link!))) dead.push(`${page}: ${link}`);
    }
  }
  assert.deepEqual(dead, []);
  assert.ok(packed.has("docs/config.md"));
  assert.deepEqual([...packed].filter((file) => /^examples\/[^/]+\/(\.tg|node_modules|build|dist|out)\//.test(file)), []);
});

test("tg starts through the link of an installed package, with Node's options about links too", () => {
  const installed = path.join(top, "installed");
  fs.mkdirSync(path.join(installed, "node_modules/.bin"), { recursive: true });
  fs.symlinkSync(repo, path.join(installed, "node_modules/tg-build"));
  fs.symlinkSync("../tg-build/bin/tg.cjs", path.join(installed, "node_modules/.bin/tg"));
  fs.writeFileSync(path.join(installed, "tasks.config.mjs"), 'export default { tasks: { a: { outputs: ["out"], run: "touch out" } } };\n');
  for (const options of [[], ["--preserve-symlinks-main"], ["--preserve-symlinks-main", "--preserve-symlinks"]]) {
    const started = (...words: string[]): ReturnType<typeof run> => run(process.execPath, [...options, "node_modules/.bin/tg", ...words], installed);
    assert.equal(started("-V").stdout, `${manifest.version}\n`);
    const built = started("build", "-f");
    assert.match(built.stderr, /1 ran/);
  }
});

test("a checkout that is not built says so", () => {
  const bare = path.join(top, "bare");
  fs.mkdirSync(path.join(bare, "bin"), { recursive: true });
  fs.copyFileSync(path.join(repo, "bin/tg.cjs"), path.join(bare, "bin/tg.cjs"));
  fs.copyFileSync(path.join(repo, "package.json"), path.join(bare, "package.json"));
  const asked = run(process.execPath, [path.join(bare, "bin/tg.cjs"), "build"], bare);
  assert.equal(asked.status, 3);
  assert.match(asked.stderr, /not built[\s\S]*npm run build/);
  assert.equal(run(process.execPath, [path.join(bare, "bin/tg.cjs"), "-V"], bare).stdout, `${manifest.version}\n`);
});
