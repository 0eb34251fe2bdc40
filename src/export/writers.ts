// Units in the words of sh, make, ninja, npm, GitHub Actions and dot. Strings only; every text ends in a newline.
import { quoted } from "../model/shell.ts";
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
/** Where what a unit without files of its own leaves its mark. */
const STAMPS = ".tg/export";

/** Without arguments all units run, in order; with names those units alone. */
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

/** What stands for a unit among the prerequisites of others: its files, or its stamp. */
function marks(plan: ExportPlan, names: readonly string[]): (readonly string[])[] {
  return plan.units.map((unit, i) => (unit.outputs.length > 0 ? unit.outputs : [`${STAMPS}/${names[i]!}.stamp`]));
}

function makeText(plan: ExportPlan): string {
  const names = plainNames(plan.units);
  const made = marks(plan, names);
  const word = (path: string): string => path.replace(/\$/g, "$$$$").replace(/[ #:%\\]/g, "\\$&");
  const taken = new Set<string>(made.flat());
  const phony = names.filter((name) => !taken.has(name));
  const lines = [header(plan, "GNU make 4.3 or newer"), "MAKEFLAGS += -rR", "SHELL = /bin/sh", ".SHELLFLAGS = -e -c", ".ONESHELL:", ".DELETE_ON_ERROR:", "export PATH := $(CURDIR)/node_modules/.bin:$(PATH)"];
  for (const [name, value] of plan.params) lines.push(value === null ? `export ${name}` : `export ${name} ?= ${value.replace(/\$/g, "$$$$")}`);
  lines.push(`.PHONY: all FORCE${phony.map((name) => " " + name).join("")}`, `all:${names.map((_, i) => " " + made[i]!.map(word).join(" ")).join("")}`, "FORCE:");
  plan.units.forEach((unit, i) => {
    const needs = [...unit.needs.flatMap((need) => made[need]!), ...unit.sources].map(word);
    const after = unit.after.flatMap((other) => made[other]!).map(word);
    lines.push("", `${made[i]!.map(word).join(" ")}${made[i]!.length > 1 ? " &:" : ":"}${[...needs, ...(unit.always ? ["FORCE"] : [])].map((need) => " " + need).join("")}${after.length === 0 ? "" : " | " + after.join(" ")}`);
    lines.push(...recipe(unit, made[i]!).map((line) => "\t" + line.replaceAll("$", "$$$$")));
    if (phony.includes(names[i]!)) lines.push(`${names[i]!}: ${made[i]!.map(word).join(" ")}`);
    if (unit.depfile?.format === "make") lines.push(`-include ${word(unit.depfile.path)}`);
  });
  return lines.join("\n") + "\n";
}

/** The script, and a touch: make goes by time, and a command may leave an equal output alone. */
function recipe(unit: Unit, made: readonly string[]): string[] {
  const stamp = unit.outputs.length === 0 ? [`mkdir -p ${STAMPS}; touch ${made.map(quoted).join(" ")}`] : [`touch -c ${made.map(quoted).join(" ")}`];
  return [...unit.script.flatMap((line) => line.split("\n")), ...stamp];
}

function ninjaText(plan: ExportPlan): string {
  const names = plainNames(plan.units);
  const made = marks(plan, names);
  const path = (text: string): string => text.replace(/[$: |]/g, "$$$&");
  const lines = [header(plan, "ninja 1.10 or newer"), "ninja_required_version = 1.10", "", "rule sh", `  command = ${BIN.replaceAll("$", "$$$$")}; $script`, "  description = $unit", "  restat = 1", "", "build FORCE: phony", ""];
  plan.units.forEach((unit, i) => {
    const needs = [...unit.needs.flatMap((need) => made[need]!), ...unit.sources].map(path);
    const after = unit.after.flatMap((other) => made[other]!).map(path);
    lines.push(`build ${made[i]!.map(path).join(" ")}: sh${[...needs, ...(unit.always ? ["FORCE"] : [])].map((need) => " " + need).join("")}${after.length === 0 ? "" : " || " + after.join(" ")}`);
    lines.push(`  unit = ${unit.name.replaceAll("$", "$$$$").replace(/[\r\n]/g, " ")}`, `  script = ${oneLine(plan, unit, made[i]!).replaceAll("$", "$$$$")}`);
    if (unit.depfile?.format === "make") lines.push(`  depfile = ${path(unit.depfile.path)}`);
    if (unit.console) lines.push("  pool = console");
  });
  const taken = new Set<string>(made.flat());
  names.forEach((name, i) => taken.has(name) || lines.push(`build ${path(name)}: phony ${made[i]!.map(path).join(" ")}`));
  return lines.join("\n") + "\n";
}

/** A value of ninja has no line breaks; where a command has them printf makes them. */
function oneLine(plan: ExportPlan, unit: Unit, made: readonly string[]): string {
  const params = [...plan.params].map(([name, value]) => (value === null ? `: "\${${name}?}"; export ${name}` : `: "\${${name}=${value.replace(/[\\"$`}]/g, "\\$&")}}"; export ${name}`));
  const stamp = unit.outputs.length === 0 ? [`mkdir -p ${STAMPS}; touch ${made.map(quoted).join(" ")}`] : [];
  const lines = [...(unit.script.length === 0 ? [] : params), ...unit.script, ...stamp].map((line) => (line.includes("\n") ? `eval "$(printf %b ${quoted(line.replaceAll("\\", "\\\\").replaceAll("\n", "\\n"))})"` : line));
  return lines.join(" && ");
}

/** Scripts of package.json: each runs what it needs first. */
function npmText(plan: ExportPlan): string {
  const names = plainNames(plan.units);
  const scripts: Record<string, string> = {};
  plan.units.forEach((unit, i) => {
    const own = unit.script;
    const needs = [...unit.needs, ...unit.after].sort((a, b) => a - b).map((need) => `npm run --silent ${quoted(names[need]!)}`);
    scripts[names[i]!] = [...needs, ...own].join(" && ") || ":";
  });
  return JSON.stringify({ scripts }, null, 2) + "\n";
}

/** One job; a step a unit. */
function githubText(plan: ExportPlan): string {
  const lines = [header(plan, ".github/workflows/build.yml"), "name: build", "on: [push, pull_request]", "jobs:", "  build:", "    runs-on: ubuntu-latest"];
  const given = [...plan.params].filter(([, value]) => value !== null);
  if (given.length > 0) lines.push("    env:", ...given.map(([name, value]) => `      ${name}: ${JSON.stringify(value)}`));
  lines.push("    steps:", "      - uses: actions/checkout@v4", "      - uses: actions/setup-node@v4", "        with: { node-version: 22 }", "      - run: if [ -f package-lock.json ]; then npm ci; fi", '      - run: echo "$PWD/node_modules/.bin" >> "$GITHUB_PATH"');
  for (const unit of plan.units) {
    if (unit.script.length === 0) continue;
    lines.push(`      - name: ${JSON.stringify(unit.name)}`, "        shell: sh -e {0}", "        run: |", ...unit.script.flatMap((line) => line.split("\n")).map((line) => (line === "" ? "" : "          " + line)));
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

