// Writes units for sh, make, ninja, npm, GitHub Actions and dot. Strings only; every text ends in a newline.
import { quoted } from "../model/shell.ts";
import { escaped } from "./script.ts";
import { plainNames, type ExportPlan, type Unit } from "./units.ts";

export type ExportTarget = "sh" | "make" | "ninja" | "npm" | "github" | "dot";

export function exportText(plan: ExportPlan, to: ExportTarget): string {
  switch (to) {
    case "sh":
      return shText(plan);
    case "make":
      return makeText(plan);
    case "ninja":
      return ninjaText(plan);
    case "npm":
      return npmText(plan);
    case "github":
      return githubText(plan);
    case "dot":
      return dotText(plan);
    default:
      return to satisfies never;
  }
}

function header(plan: ExportPlan, how: string): string {
  return `# written by tg from ${plan.config}; ${how}`;
}

const BIN = 'PATH="$PWD/node_modules/.bin:$PATH"; export PATH';
/** Where a unit without files of its own leaves its stamp. */
const STAMPS = ".tg/export";

/** Without arguments all units run, in order; with names, only those. */
function shText(plan: ExportPlan): string {
  const names = plainNames(plan.units);
  const lines = ["#!/bin/sh", header(plan, `sh FILE${plan.params.size > 0 ? " [--param NAME=VALUE]…" : ""} [UNIT…], in the folder of ${plan.config}`), "set -e", BIN];
  for (const [name, value] of plan.params) lines.push(value === null ? `: "\${${name}?set it, or give --param ${name}=…}"` : `: "\${${name}=${value.replace(/[\\"$`}]/g, "\\$&")}}"`);
  if (plan.params.size > 0) {
    lines.splice(4, 0, 'while [ "${1-}" = --param ]; do', '  case "$2" in', ...[...plan.params.keys()].map((name) => `    ${name}=*) ${name}="\${2#*=}" ;;`), '    *) echo "unknown parameter: $2" >&2; exit 2 ;;', "  esac", "  shift 2", "done");
    lines.push(`export ${[...plan.params.keys()].join(" ")}`);
  }
  plan.units.forEach((unit, i) => {
    lines.push("", `# ${unit.name.replace(/[\r\n]/g, " ")}${unit.description === "" ? "" : ": " + unit.description.replace(/[\r\n]/g, " ")}`, `unit_${safe(names[i]!)}() {`, ...(unit.script.length === 0 ? [":"] : unit.script), "}");
  });
  lines.push("", `[ $# -gt 0 ] || set -- ${names.join(" ")}`, 'for unit; do', '  case "$unit" in', ...names.map((name) => `    ${name}) unit_${safe(name)} ;;`), '    *) echo "unknown unit: $unit" >&2; exit 2 ;;', "  esac", "done", "");
  return lines.join("\n");
}

function safe(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, (char) => `_${char.charCodeAt(0).toString(16)}_`);
}

/** What represents a unit among the prerequisites of others: its files, or its stamp. */
function marks(plan: ExportPlan, names: readonly string[]): (readonly string[])[] {
  return plan.units.map((unit, i) => (unit.outputs.length > 0 ? unit.outputs : [`${STAMPS}/${names[i]!}.stamp`]));
}

/** A file whose name cannot be written; null if there is none. */
export function unsayable(plan: ExportPlan, to: ExportTarget): string | null {
  if (to !== "make" && to !== "ninja") return null;
  // In make lib(file) is a member of an archive, and a trailing space is lost.
  const odd = to === "make" ? /[\r\n\t\\]|^[^(]+\(.+\)$| $/ : /[\r\n]/;
  // ninja's log separates fields by tabs: it would make such a file again each time.
  const oddMade = to === "make" ? odd : /[\r\n\t]/;
  for (const unit of plan.units) {
    const found = unit.outputs.find((path) => oddMade.test(path)) ?? unit.sources.find((path) => odd.test(path));
    if (found !== undefined) return found;
  }
  return null;
}

/** Reserved by make at the start of a line. */
const MAKE_WORDS = /^(-?include|sinclude|-?load|define|undefine|endef|export|unexport|override|private|vpath|ifn?def|ifn?eq|else|endif)$/;

/** A file name in a rule: characters that no backslash protects are put into variables. */
function makeWord(path: string, role: "target" | "need"): string {
  const named = path.startsWith("-") || MAKE_WORDS.test(path) ? `./${path}` : path;
  const quotedName = named.replace(role === "target" ? /[ #:*?[%]|^~/g : /[ #:*?[|]|^~/g, "\\$&").replace(/\$/g, "$$$$");
  return quotedName.replace(/[=;]/g, (char) => (char === "=" ? "$(eq)" : "$(semi)"));
}

function makeText(plan: ExportPlan): string {
  const names = plainNames(plan.units);
  const made = marks(plan, names);
  const words = (paths: readonly string[], role: "target" | "need"): string => paths.map((path) => " " + makeWord(path, role)).join("");
  const taken = new Set<string>(made.flat());
  const phony = names.filter((name) => name !== "all" && !taken.has(name));
  const lines = [header(plan, "GNU make 4.3 or newer"), "MAKEFLAGS += -rR", "SHELL = /bin/sh", ".SHELLFLAGS = -e -c", ".ONESHELL:", ".DELETE_ON_ERROR:", "export PATH := $(CURDIR)/node_modules/.bin:$(PATH)"];
  if ([...taken, ...plan.units.flatMap((unit) => unit.sources)].some((path) => /[=;]/.test(path))) lines.push("eq := =", "semi := \\;");
  for (const [name, value] of plan.params) lines.push(value === null ? `export ${name}` : `export ${name} ?= ${value.replace(/\$/g, "$$$$").replace(/#/g, "\\#")}`);
  lines.push(`.PHONY: all FORCE${phony.map((name) => " " + name).join("")}`, `all:${made.map((paths) => words(paths, "need")).join("")}`, "FORCE:");
  plan.units.forEach((unit, i) => {
    const needs = [...unit.needs.flatMap((need) => made[need]!), ...unit.sources];
    const after = unit.after.flatMap((other) => made[other]!);
    lines.push("", `${words(made[i]!, "target").slice(1)}${made[i]!.length > 1 ? " &:" : ":"}${words(needs, "need")}${unit.always ? " FORCE" : ""}${after.length === 0 ? "" : " |" + words(after, "need")}`);
    lines.push(...recipe(unit, made[i]!).map((line) => "\t" + line.replaceAll("$", "$$$$")));
    if (phony.includes(names[i]!)) lines.push(`${names[i]!}:${words(made[i]!, "need")}`);
    for (const { path } of unit.depfiles) lines.push(`-include${words([path], "need")}`);
  });
  return lines.join("\n") + "\n";
}

/** The script, and a touch: make goes by time, and a command may leave an equal output alone. */
function recipe(unit: Unit, made: readonly string[]): string[] {
  const stamp = unit.outputs.length === 0 ? [`mkdir -p ${STAMPS}; touch ${made.map(quoted).join(" ")}`] : [`touch -c -- ${made.map(quoted).join(" ")}`];
  // make interprets these characters at the beginning of a line.
  return [...unit.script.flatMap((line) => (/^[ \t@+-]/m.test(line) ? [printed(line)] : line.split("\n"))), ...stamp];
}

/** On one line, using printf. */
function printed(line: string): string {
  return `eval "$(printf %b ${quoted(escaped(line))})"`;
}

function ninjaText(plan: ExportPlan): string {
  const names = plainNames(plan.units);
  const made = marks(plan, names);
  const path = (text: string): string => text.replace(/[$: ]/g, "$$$&").replaceAll("|", "${pipe}");
  const lines = [header(plan, "ninja 1.10 or newer"), "ninja_required_version = 1.10", "", "rule sh", `  command = ${BIN.replaceAll("$", "$$$$")}; $script`, "  description = $unit", "  restat = 1", "", "build FORCE: phony", ""];
  if ([...made.flat(), ...plan.units.flatMap((unit) => unit.sources)].some((text) => text.includes("|"))) lines.splice(3, 0, "pipe = |");
  plan.units.forEach((unit, i) => {
    const needs = [...unit.needs.flatMap((need) => made[need]!), ...unit.sources].map(path);
    const after = unit.after.flatMap((other) => made[other]!).map(path);
    lines.push(`build ${made[i]!.map(path).join(" ")}: sh${[...needs, ...(unit.always ? ["FORCE"] : [])].map((need) => " " + need).join("")}${after.length === 0 ? "" : " || " + after.join(" ")}`);
    const depfile = depfileOf(unit, { name: names[i]!, first: made[i]![0]! });
    lines.push(`  unit = ${unit.name.replaceAll("$", "$$$$").replace(/[\r\n]/g, " ")}`, `  script = ${oneLine(plan, unit, [...depfile.joined, ...stamped(unit, made[i]!)]).replaceAll("$", "$$$$")}`);
    if (depfile.path !== null) lines.push(`  depfile = ${path(depfile.path)}`);
    if (unit.console) lines.push("  pool = console");
  });
  const taken = new Set<string>(made.flat());
  names.forEach((name, i) => taken.has(name) || lines.push(`build ${path(name)}: phony ${made[i]!.map(path).join(" ")}`));
  return lines.join("\n") + "\n";
}

/** ninja reads one per unit, which must name the first output first. */
function depfileOf({ depfiles }: Unit, { name, first }: { name: string; first: string }): { path: string | null; joined: string[] } {
  if (depfiles.length < 2) return { path: depfiles[0]?.path ?? null, joined: [] };
  const path = `${STAMPS}/${name}.d`;
  const parts = depfiles.map((depfile) => `cat ${quoted(depfile.path)}${depfile.optional ? " 2>/dev/null || :" : ""}`);
  return { path, joined: [`mkdir -p ${STAMPS}`, `{ printf '%s:\\n' ${quoted(first.replace(/[ #]/g, "\\$&").replaceAll("$", "$$$$"))}; ${parts.join("; ")}; } > ${quoted(path)}`] };
}

function stamped(unit: Unit, made: readonly string[]): string[] {
  return unit.outputs.length > 0 ? [] : [`mkdir -p ${STAMPS}`, `touch ${made.map(quoted).join(" ")}`];
}

/** Values in ninja cannot contain line breaks; printf produces those in a command. */
function oneLine(plan: ExportPlan, unit: Unit, more: readonly string[]): string {
  const lines = [...paramLines(plan, unit), ...unit.script, ...more].map((line) => (/[\r\n]/.test(line) ? printed(line) : line));
  return lines.join(" && ");
}

/** Sets parameters missing from the environment to their defaults. */
function paramLines(plan: ExportPlan, unit: Unit): string[] {
  return unit.params.map((name) => {
    const value = plan.params.get(name) ?? null;
    return `: "\${${name}${value === null ? "?" : "=" + value.replace(/[\\"$`}]/g, "\\$&")}}" && export ${name}`;
  });
}

/** Scripts of package.json: each first runs what it needs. */
function npmText(plan: ExportPlan): string {
  const names = plainNames(plan.units);
  const scripts = plan.units.map((unit, i) => {
    const needs = [...unit.needs, ...unit.after].sort((a, b) => a - b).map((need) => `npm run --silent ${quoted(names[need]!)}`);
    return [names[i]!, [...needs, ...paramLines(plan, unit), ...unit.script].join(" && ") || ":"];
  });
  return JSON.stringify({ scripts: Object.fromEntries(scripts) }, null, 2) + "\n";
}

/** One job, with one step per unit. */
function githubText(plan: ExportPlan): string {
  const lines = [header(plan, ".github/workflows/build.yml"), "name: build", "on: [push, pull_request]", "jobs:", "  build:", "    runs-on: ubuntu-latest"];
  const given = [...plan.params].filter(([, value]) => value !== null);
  if (given.length > 0) lines.push("    env:", ...given.map(([name, value]) => `      ${name}: ${JSON.stringify(value)}`));
  lines.push("    steps:", "      - uses: actions/checkout@v4", "      - uses: actions/setup-node@v4", "        with: { node-version: 22 }", "      - run: if [ -f package-lock.json ]; then npm ci; fi", '      - run: echo "$PWD/node_modules/.bin" >> "$GITHUB_PATH"');
  for (const unit of plan.units) {
    if (unit.script.length === 0) continue;
    lines.push(`      - name: ${JSON.stringify(unit.name)}`, "        shell: sh -e {0}", "        run: |", ...unit.script.flatMap((line) => (line.includes("\r") ? [printed(line)] : line.split("\n"))).map((line) => (line === "" ? "" : "          " + line)));
  }
  return lines.join("\n") + "\n";
}

function dotText(plan: ExportPlan): string {
  const id = (name: string): string => `"${name.replace(/[\\"]/g, "\\$&")}"`;
  const lines = ["digraph tg {", "  rankdir=LR;", "  node [shape=box];"];
  for (const unit of plan.units) {
    lines.push(`  ${id(unit.name)};`);
    for (const need of unit.needs) lines.push(`  ${id(plan.units[need]!.name)} -> ${id(unit.name)};`);
    for (const other of unit.after) lines.push(`  ${id(plan.units[other]!.name)} -> ${id(unit.name)} [style=dashed];`);
  }
  return lines.join("\n") + "\n}\n";
}

