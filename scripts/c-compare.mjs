// node scripts/c-compare.mjs [--modules N] [--keep]: a C project of a few hundred compilations (depfiles, a generated header as
// order-only need, response files for archives, libraries, programs), built by tg and by ninja. After each edit all
// outputs must be byte-identical and tg must have run no more steps than ninja. Needs gcc, ar and ninja.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { random } from "../bench/graph.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const tg = process.env.TG_BIN ?? join(root, "bin/tg.cjs");
const env = { ...process.env, NINJA_STATUS: "@%f@ ", NO_COLOR: "1" };
delete env.NODE_EXTRA_CA_CERTS;

const LIBRARIES = ["base", "text", "store", "net", "graph", "query", "render", "tools"];
const MODULES = Number(process.argv[process.argv.indexOf("--modules") + 1]) || 34;

/** What is where: modules by library with what each includes, and programs with the libraries they link. */
function plan() {
  const next = random(42);
  const modules = [];
  for (const [level, library] of LIBRARIES.entries()) {
    for (let i = 0; i < MODULES; i++) {
      const lower = modules.filter((m) => m.level < level || (m.level === level && m.index < i));
      const uses = new Set();
      for (let k = 0; k < Math.min(lower.length, 1 + next(4)); k++) uses.add(lower[lower.length - 1 - next(Math.min(lower.length, 2 * MODULES))]);
      modules.push({ library, level, index: i, name: `${library}_${i}`, uses: [...uses].sort((a, b) => (a.name < b.name ? -1 : 1)), version: next(12) === 0 });
    }
  }
  const programs = LIBRARIES.map((library, level) => ({ name: library + "ctl", main: modules.filter((m) => m.level === level).slice(-3), libraries: LIBRARIES.slice(0, level + 1).reverse() }));
  return { modules, programs };
}

function headerOf(m) {
  const guard = `${m.name.toUpperCase()}_H`;
  return [`#ifndef ${guard}`, `#define ${guard}`, "", '#include "common.h"', ...m.uses.slice(0, 2).map((u) => `#include "${u.library}/${u.name}.h"`), "",
    `/* Works on records of kind ${m.index}. */`, `#define ${m.name.toUpperCase()}_LIMIT ${16 + m.index}`, "",
    `typedef struct ${m.name} {`, "    size_t count;", `    long items[${m.name.toUpperCase()}_LIMIT];`, ...m.uses.slice(0, 1).map((u) => `    struct ${u.name} *inner;`), `} ${m.name};`, "",
    `void ${m.name}_open(${m.name} *self);`, `int ${m.name}_add(${m.name} *self, long item);`, `long ${m.name}_sum(const ${m.name} *self);`, `size_t ${m.name}_print(const ${m.name} *self, char *into, size_t room);`, "", "#endif", ""].join("\n");
}

function sourceOf(m) {
  const limit = `${m.name.toUpperCase()}_LIMIT`;
  const calls = m.uses.map((u) => [`    {`, `        ${u.name} other;`, `        ${u.name}_open(&other);`, `        for (size_t i = 0; i < self->count && i < ${u.name.toUpperCase()}_LIMIT; i++) ${u.name}_add(&other, self->items[i] ^ ${m.index});`, `        total += ${u.name}_sum(&other);`, `    }`].join("\n"));
  return [`#include "${m.library}/${m.name}.h"`, "", "#include <stdio.h>", "#include <string.h>", ...m.uses.slice(2).map((u) => `#include "${u.library}/${u.name}.h"`), ...(m.version ? ['#include "version.h"'] : []), "",
    `void ${m.name}_open(${m.name} *self) {`, "    memset(self, 0, sizeof *self);", "}", "",
    `int ${m.name}_add(${m.name} *self, long item) {`, `    if (self->count == ${limit}) return 0;`, `    size_t at = self->count++;`, "    while (at > 0 && self->items[at - 1] > item) {", "        self->items[at] = self->items[at - 1];", "        at--;", "    }", "    self->items[at] = item;", "    return 1;", "}", "",
    `long ${m.name}_sum(const ${m.name} *self) {`, `    long total = ${m.index};`, "    for (size_t i = 0; i < self->count; i++) total = MIX(total, self->items[i]);", ...calls, "    return total;", "}", "",
    `size_t ${m.name}_print(const ${m.name} *self, char *into, size_t room) {`, `    int length = snprintf(into, room, "${m.name}%s: %zu of %d, %ld\\n", ${m.version ? "PROJECT_VERSION" : '""'}, self->count, ${limit}, ${m.name}_sum(self));`, "#ifdef TRACE", `    if (TRACE > ${m.index}) fputs(into, stderr);`, "#endif", "    return (size_t)length;", "}", ""].join("\n");
}

function mainOf(program) {
  const parts = program.main.map((m) => [`    ${m.name} ${m.name}_one;`, `    ${m.name}_open(&${m.name}_one);`, `    for (int i = 0; i < argc + 20; i++) ${m.name}_add(&${m.name}_one, (i * 37) % 23);`, `    ${m.name}_print(&${m.name}_one, line, sizeof line);`, "    fputs(line, stdout);"].join("\n"));
  return ["#include <stdio.h>", "", ...program.main.map((m) => `#include "${m.library}/${m.name}.h"`), "", "int main(int argc, char **argv) {", "    char line[256];", "    (void)argv;", ...parts, "    return 0;", "}", ""].join("\n");
}

const COMMON = "#ifndef COMMON_H\n#define COMMON_H\n\n#include <stddef.h>\n\n/* Mixes a number into a sum. */\n#define MIX(total, item) ((total) * 31 + (item))\n\n#endif\n";

function writeSources(dir, { modules, programs }) {
  const write = (file, text) => {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
  };
  write("include/common.h", COMMON);
  for (const m of modules) {
    write(`include/${m.library}/${m.name}.h`, headerOf(m));
    write(`lib/${m.library}/${m.name}.c`, sourceOf(m));
  }
  for (const program of programs) write(`cmd/${program.name}.c`, mainOf(program));
  write("VERSION", "4.2\n");
  for (const folder of ["gen", "build", ...LIBRARIES.map((name) => `obj/lib/${name}`), "obj/cmd"]) mkdirSync(join(dir, folder), { recursive: true });
}

const CC = "gcc -std=c11 -O1 -Wall -Iinclude -Igen";
const GEN = "printf '#define PROJECT_VERSION \"-%s\"\\n' \"$(cat VERSION)\" >gen/version.h.new; cmp -s gen/version.h.new gen/version.h && rm gen/version.h.new || mv gen/version.h.new gen/version.h";
const flagsOf = (library, flags) => (flags[library] === undefined ? "" : " " + flags[library]);

/** All steps in words of neither tool. */
function stepsOf({ modules, programs }, flags) {
  const compile = (source, library) => ({ kind: "compile", source, object: `obj/${source.slice(0, -2)}.o`, command: (depfile) => `${CC}${flagsOf(library, flags)} -MD -MF ${depfile} -c ${source} -o obj/${source.slice(0, -2)}.o` });
  const compiled = [...modules.map((m) => compile(`lib/${m.library}/${m.name}.c`, m.library)), ...programs.map((p) => compile(`cmd/${p.name}.c`, "cmd"))];
  const archives = LIBRARIES.map((library) => ({ archive: `build/lib${library}.a`, objects: modules.filter((m) => m.library === library).map((m) => `obj/lib/${library}/${m.name}.o`) }));
  const links = programs.map((p) => ({ program: `build/${p.name}`, object: `obj/cmd/${p.name}.o`, archives: p.libraries.map((library) => `build/lib${library}.a`) }));
  return { compiled, archives, links };
}

function writeNinja(dir, project, flags) {
  const { compiled, archives, links } = stepsOf(project, flags);
  const lines = ["rule gen", `  command = ${GEN.replaceAll("$", () => "$$")}`, "  restat = 1", "rule cc", "  command = $cmd", "  depfile = $out.d", "  deps = gcc", "rule ar", "  command = rm -f $out; ar crD $out @$out.rsp", "  rspfile = $out.rsp", "  rspfile_content = $in_newline", "rule link", "  command = gcc -o $out $in", "", "build gen/version.h: gen VERSION"];
  for (const step of compiled) lines.push(`build ${step.object}: cc ${step.source} || gen/version.h`, `  cmd = ${step.command(step.object + ".d")}`);
  for (const step of archives) lines.push(`build ${step.archive}: ar ${step.objects.join(" ")}`);
  for (const step of links) lines.push(`build ${step.program}: link ${step.object} ${step.archives.join(" ")}`);
  writeFileSync(join(dir, "build.ninja"), lines.join("\n") + "\n");
}

function writeTg(dir, project, flags) {
  const { compiled, archives, links } = stepsOf(project, flags);
  const tasks = { version: { inputs: ["VERSION"], outputs: ["gen/version.h"], run: GEN } };
  for (const step of compiled) tasks[step.object] = { inputs: [step.source], outputs: [step.object], after: ["version"], depfile: step.object + ".d", run: step.command(step.object + ".d") };
  for (const step of archives) tasks[step.archive] = { inputs: step.objects, outputs: [step.archive], files: { [step.archive + ".rsp"]: step.objects.join("\n") + "\n" }, run: `rm -f ${step.archive}; ar crD ${step.archive} @${step.archive}.rsp` };
  for (const step of links) tasks[step.program] = { inputs: [step.object, ...step.archives], outputs: [step.program], run: `gcc -o ${step.program} ${step.object} ${step.archives.join(" ")}` };
  writeFileSync(join(dir, "steps.json"), JSON.stringify(tasks, null, 1));
  writeFileSync(join(dir, "tasks.config.mjs"), 'import { readFileSync } from "node:fs";\nexport default { tasks: JSON.parse(readFileSync(new URL("steps.json", import.meta.url), "utf8")) };\n');
}

const TOOLS = {
  ninja: {
    write: writeNinja,
    build: (dir) => {
      const run = spawnSync("ninja", [], { cwd: dir, env, encoding: "utf8", maxBuffer: 1 << 28 });
      if (run.status !== 0) throw new Error(`ninja: ${run.stdout}${run.stderr}`);
      return Math.max(0, ...[...run.stdout.matchAll(/^@(\d+)@/gm)].map((match) => Number(match[1])));
    },
  },
  tg: {
    write: writeTg,
    build: (dir) => {
      const run = spawnSync(process.execPath, [tg, "build", "--json"], { cwd: dir, env, encoding: "utf8", maxBuffer: 1 << 28 });
      if (run.status !== 0) throw new Error(`tg: exit ${run.status} ${run.stdout.slice(-2000)}${run.stderr.slice(-2000)}`);
      return run.stdout.trim().split("\n").map((line) => JSON.parse(line)).filter((event) => event.event === "task-ended" && event.outcome === "ran").length;
    },
  },
};

/** Digest of every file that the steps make; depfiles and response files are each tool's own affair. */
function outputsOf(dir) {
  const found = new Map();
  for (const folder of ["gen", "obj", "build"]) {
    for (const file of readdirSync(join(dir, folder), { recursive: true }).map(String)) {
      const path = join(dir, folder, file);
      if (/\.(d|rsp|new)$/.test(file) || !statSync(path).isFile()) continue;
      found.set(`${folder}/${file}`, createHash("sha256").update(readFileSync(path)).digest("hex"));
    }
  }
  return found;
}

function differences(a, b) {
  return [...new Set([...a.keys(), ...b.keys()])].filter((file) => a.get(file) !== b.get(file));
}

/** The module whose header the edits change: the one that about 40 compilations read. */
function widelyRead({ modules }) {
  const headers = new Map();
  for (const m of modules) headers.set(m.name, new Set([m.name, ...m.uses.slice(0, 2).flatMap((u) => [...headers.get(u.name)])]));
  const readers = new Map(modules.map((m) => [m.name, 0]));
  for (const m of modules) for (const name of new Set([...headers.get(m.name), ...m.uses.flatMap((u) => [...headers.get(u.name)])])) readers.set(name, readers.get(name) + 1);
  return modules.reduce((best, m) => (Math.abs(readers.get(m.name) - 40) < Math.abs(readers.get(best.name) - 40) ? m : best));
}

const CHOSEN = widelyRead(plan());
const HEADER = `include/${CHOSEN.library}/${CHOSEN.name}.h`;
const edited = (file, change) => (dir) => writeFileSync(join(dir, file), change(readFileSync(join(dir, file), "utf8")));
const rewritten = (flags) => (dir, tool, project) => tool.write(dir, project, flags);
/** `same`: no output differs afterwards, so tg must do less than ninja (or ninja had nothing to do). */
const EDITS = [
  { name: "first build", edit: () => {} },
  { name: "nothing", edit: () => {} },
  { name: "touch a header", edit: (dir) => utimesSync(join(dir, HEADER), new Date(), new Date()), same: true },
  { name: "change a comment in it", edit: edited(HEADER, (text) => text.replace("records of kind", "all records of kind")), same: true },
  { name: "change it for real", edit: edited(HEADER, (text) => text.replace(/(_LIMIT) \d+/, "$1 77")) },
  { name: "delete an object", edit: (dir) => rmSync(join(dir, "obj/lib/base/base_0.o")), same: true },
  { name: "add a define to a library", edit: rewritten({ net: "-DTRACE=4" }) },
  { name: "take it away again", edit: rewritten({}) },
  { name: "revert the header", edit: edited(HEADER, () => headerOf(CHOSEN)) },
  { name: "a new version in the generated header", edit: (dir) => writeFileSync(join(dir, "VERSION"), "4.3\n") },
  { name: "touch the version", edit: (dir) => utimesSync(join(dir, "VERSION"), new Date(), new Date()), same: true },
  { name: "nothing, once more", edit: () => {} },
];

function main() {
  const top = mkdtempSync(join(tmpdir(), "tg-c-compare-"));
  const project = plan();
  let failed = 0;
  try {
    const dirs = { ninja: join(top, "ninja"), tg: join(top, "tg") };
    for (const [name, tool] of Object.entries(TOOLS)) {
      writeSources(dirs[name], project);
      tool.write(dirs[name], project, {});
    }
    console.log(`${project.modules.length + project.programs.length} compilations, ${LIBRARIES.length} archives, ${project.programs.length} programs\n\n| edit | ninja steps | tg steps | outputs | |\n|---|---|---|---|---|`);
    for (const { name, edit, same } of EDITS) {
      const steps = {};
      for (const [tool, dir] of Object.entries(dirs)) {
        edit(dir, TOOLS[tool], project);
        steps[tool] = TOOLS[tool].build(dir);
      }
      const different = differences(outputsOf(dirs.ninja), outputsOf(dirs.tg));
      const good = different.length === 0 && steps.tg <= steps.ninja && (same !== true || steps.ninja <= 1 || steps.tg < steps.ninja);
      if (!good) failed++;
      console.log(`| ${name} | ${steps.ninja} | ${steps.tg} | ${different.length === 0 ? "identical" : `${different.length} differ: ${different.slice(0, 3).join(", ")}`} | ${good ? "ok" : "FAIL"} |`);
    }
  } finally {
    if (process.argv.includes("--keep")) console.log(top);
    else rmSync(top, { recursive: true, force: true });
  }
  console.log(`\n${EDITS.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = main();
