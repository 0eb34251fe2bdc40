// The targets of docs/performance.md against what a run measured. A figure that was not measured is "–".
import { markdown, middle, number, ratio } from "./stats.mjs";

/** Samples of one row: `of("files", 1000, "noop", "tg")`; "ninja" is the yardstick. */
function finder(sections) {
  return (layout, count, phase, label) => {
    const section = sections.find((one) => one.layout === layout && one.count === count && one.work === "cp");
    const rows = section?.phases.find((one) => one.name === phase)?.rows;
    if (rows === undefined) return undefined;
    return rows.get(label === "ninja" ? section.yardstick : label);
  };
}

const over = (ours, theirs) => (ours === undefined || theirs === undefined ? NaN : ratio(ours.ms, theirs.ms));
const ms = (row) => (row === undefined ? NaN : middle(row.ms));

/** Limits of no-op to ninja by size. */
const NOOP = { node: { 100: 10, 1000: 4.3, 10000: 1.2, 100000: 0.5 }, bun: { 1000: 2.2, 10000: 0.9, 100000: 0.5 } };

function noopTargets(of, runtime) {
  const tg = runtime === "node" ? "tg" : `tg on ${runtime}`;
  return Object.entries(NOOP[runtime]).map(([count, limit]) => ({ name: `no-op, ${number(Number(count))} tasks, ${runtime}`, unit: "× ninja", limit, figure: over(of("files", Number(count), "noop", tg), of("files", Number(count), "noop", "ninja")) }));
}

function queryTargets(of) {
  return [100, 1000, 10000, 100000].flatMap((count) => ["status", "status --check", "why"].map((verb) => ({ name: `tg ${verb}, ${number(count)} tasks`, unit: "× no-op", limit: 1.1, figure: over(of("files", count, "noop", `tg ${verb}`), of("files", count, "noop", "tg")) })));
}

/** No-op while a watch runs: little more than Node's start, whatever the size. */
function watchedTargets(of) {
  const limits = { 10000: 0.3, 100000: 0.03 };
  return [100, 1000, 10000, 100000].flatMap((count) => ["tg", "tg status --check"].flatMap((label) => {
    const at = (other) => over(of("files", count, "watched", label), of("files", count, "watched", other));
    const name = `${label === "tg" ? "no-op" : label}, watched, ${number(count)} tasks`;
    const beside = limits[count] === undefined ? [] : [{ name, unit: "× ninja", limit: limits[count], figure: at("ninja") }];
    return [{ name, unit: "× empty node", limit: 1.2, figure: at("node (empty)") }, ...beside];
  }));
}

/** Medians of different phases: no rounds to pair. */
function phaseTargets(of) {
  const at = (count, phase, label = "tg") => of("files", count, phase, label);
  const evaluation = ms(at(10000, "config", "tg: config alone")) - ms(at(10000, "config", "node (empty)"));
  return [
    { name: "leaf, 10,000 tasks", unit: "× ninja", limit: 1.3, figure: over(at(10000, "leaf"), at(10000, "leaf", "ninja")) },
    { name: "root that reaches 1,000, 10,000 tasks", unit: "× no-op", limit: 1.3, figure: ms(at(10000, "root")) / ms(at(10000, "noop")) },
    ...[1000, 10000].map((count) => ({ name: `full, ${number(count)} tasks of cp`, unit: "× ninja", limit: 0.8, figure: over(at(count, "full"), at(count, "full", "ninja")) })),
    { name: "full, 1,000 tasks as copies that tg makes", unit: "× ninja", limit: 0.35, figure: over(at(1000, "full", "tg (copies)"), at(1000, "full", "ninja")) },
    { name: "full, 1,000 tasks as functions", unit: "× ninja", limit: 0.35, figure: over(at(1000, "full", "tg (functions)"), at(1000, "full", "ninja")) },
    { name: "touch of every file, 10,000 tasks", unit: "× no-op", limit: 2, figure: ms(at(10000, "touch")) / ms(at(10000, "noop")) },
    { name: "config comment, 10,000 tasks", unit: "× (evaluation + 1.5 no-op)", limit: 1, figure: ms(at(10000, "config")) / (evaluation + 1.5 * ms(at(10000, "noop"))) },
    { name: "peak memory, no-op, 100,000 tasks", unit: "MiB", limit: 120, figure: middle(at(100000, "noop")?.peak ?? []) },
  ];
}

/** The best of each JavaScript tool's rows counts; no-op against tg's on the same packages. */
function peerTargets(of, sections) {
  return [[100, 3], [1000, 10]].flatMap(([count, factor]) => {
    const rows = sections.find((one) => one.layout === "packages" && one.count === count)?.phases.find((one) => one.name === "noop")?.rows ?? new Map();
    const others = [...rows.keys()].filter((label) => !/^tg\b|\(empty\)$/.test(label));
    return others.map((label) => ({ name: `no-op beside ${label}, ${number(count)} packages`, unit: "× of it", limit: 1 / factor, figure: over(rows.get("tg"), rows.get(label)) }));
  });
}

function caseTargets(cases) {
  const figures = (name) => cases.find((one) => one.name === name)?.figures ?? {};
  const figure = (name, label) => figures(name)[label]?.ratio ?? NaN;
  // Without xxhsum the bench compares with reading alone.
  const hashed = (label) => ("xxhsum -H1" in figures("bighash") ? figure("bighash", label) : NaN);
  return [
    { name: "tg --version", unit: "× empty node", limit: 1.05, figure: figure("start", "tg --version on node") },
    { name: "1 GB input, first build", unit: "× xxhsum -H1", limit: 1.6, figure: hashed("tg build, first, on node") },
    { name: "1 GB input, hashed again", unit: "× xxhsum -H1", limit: 1.6, figure: hashed("tg build after touch, on node") },
    { name: `100 patterns over ${number(cases.find((one) => one.name === "globs")?.files)} files, no-op`, unit: "× literal paths", limit: 1.3, figure: figure("globs", "patterns, on node") },
  ];
}

/** Cost a task at the largest size beside the smallest. */
function linearTargets(micro) {
  return ["link", "judge"].map((name) => {
    const rows = micro.filter((row) => row.name === name).sort((a, b) => a.count - b.count);
    const figure = rows.length < 2 ? NaN : rows.at(-1).ours / rows[0].ours;
    return { name: `${name}: cost a task, ${rows.length < 2 ? "1,000 to 100,000" : `${number(rows[0].count)} to ${number(rows.at(-1).count)}`}`, unit: "× linear", limit: 1.2, figure };
  });
}

export function targets({ sections, cases, micro }) {
  const of = finder(sections);
  return [...caseTargets(cases).slice(0, 1), ...noopTargets(of, "node"), ...noopTargets(of, "bun"), ...queryTargets(of), ...watchedTargets(of), ...phaseTargets(of), ...caseTargets(cases).slice(1), ...linearTargets(micro), ...peerTargets(of, sections)];
}

export function targetsText(results) {
  const rows = targets(results).filter(({ figure }) => !Number.isNaN(figure));
  if (rows.length === 0) return "";
  const table = markdown(["case", "target", "here", ""], rows.map(({ name, unit, limit, figure }) => [name, `≤ ${number(limit)} ${unit}`, number(figure), figure <= limit ? "met" : "missed"]));
  return `## Targets\n\n${table}`;
}
