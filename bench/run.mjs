// node bench/run.mjs short|long|N… [options]: times tg against its peers on the same seeded graph and prints Markdown.
// docs/performance.md says what each phase is and how to read the figures.
import { readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundle } from "../scripts/bundle.mjs";
import { openMachine } from "./machine.mjs";
import { openMeter } from "./measure.mjs";
import { measureMicro, microText } from "./micro.mjs";
import { PHASES } from "./phases.mjs";
import { measureSection } from "./section.mjs";
import { sectionText, shortText, surprises } from "./tables.mjs";
import { targetsText } from "./targets.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const ALL = PHASES.map((phase) => phase.name);

export const HELP = `Usage: node bench/run.mjs short|long|N… [options]

  short               every tool at 100, tg, ninja and make up to 10,000, cases, micro: 5 minutes on a quiet machine
  long                everything, up to 100,000 tasks and 1,000 packages: about two hours
  N…                  these numbers of tasks, all phases

  --runtime LIST      what tg runs on: node, bun, deno (default node)
  --only LIST         files, packages, cases, micro (default all; for N…: files)
  --peers LIST        names of files below bench/peers (default all)
  --phases LIST       ${ALL.join(", ")}
  --rounds R          measured rounds of each phase (default 9)
  --seconds S         a tool takes no further round of a phase after so many seconds (default 40; short: 4)
  --work cp|cksum     what a task does: copy one file, or read all it declares
  --seed S            another graph (default 1)
  --out FILE          the Markdown there as well
  --json FILE         every sample
`;

const VALUES = ["runtime", "only", "peers", "phases", "rounds", "seconds", "work", "seed", "out", "json"];

export function readArgs(args) {
  const options = { size: null, counts: [] };
  for (let i = 0; i < args.length; i++) {
    const word = args[i];
    const name = word.replace(/^--/, "");
    if (word.startsWith("--") && VALUES.includes(name) && i + 1 < args.length) options[name] = args[++i];
    else if (word === "short" || word === "long") options.size = word;
    else if (/^[\d_]+$/.test(word)) options.counts.push(Number(word.replaceAll("_", "")));
    else return null;
  }
  if (options.size === null && options.counts.length === 0) return null;
  const short = options.size === "short";
  const list = (text) => text.split(",");
  return {
    ...options,
    runtimes: list(options.runtime ?? "node"),
    only: list(options.only ?? (options.size === null ? "files" : "files,packages,cases,micro")),
    peers: options.peers === undefined ? null : list(options.peers),
    phases: options.phases === undefined ? null : list(options.phases),
    rounds: Number(options.rounds ?? 9),
    seconds: Number(options.seconds ?? (short ? 4 : 40)),
    work: options.work ?? "cp",
    seed: Number(options.seed ?? 1),
  };
}

/** What to measure: { layout, work, count, phases, keep: which peers }. */
export function planOf(o) {
  const plan = [];
  const add = (layout, count, phases = ALL, more = {}) => {
    if (o.only.includes(layout)) plan.push({ layout, work: o.work, count, seed: o.seed, rounds: o.rounds, slowRounds: o.rounds, seconds: o.seconds, keep: () => true, ...more, phases: o.phases ?? phases });
  };
  const few = (peer) => peer.file === "tg" || peer.file === "make" || peer.yardstick === true;
  if (o.size === "short") {
    // What takes tens of milliseconds has as many rounds as in the long version, or a round of the machine's decides what is met.
    add("files", 100, ALL, { slowRounds: Math.min(o.rounds, 5) });
    add("files", 1000, ALL, { keep: few, slowRounds: Math.min(o.rounds, 5) });
    add("files", 10_000, ALL.filter((name) => name !== "touch"), { keep: few, slowRounds: Math.min(o.rounds, 3) });
    add("packages", 100, ["noop", "leaf"], { rounds: Math.min(o.rounds, 2) });
  } else if (o.size === "long") {
    for (const count of [100, 1000, 10_000]) add("files", count);
    add("files", 1000, ["full", "noop", "root"], { work: "cksum" });
    add("files", 100_000, ["full", "noop", "leaf", "root", "config", "watched"], { keep: few, rounds: Math.min(o.rounds, 5), slowRounds: Math.min(o.rounds, 5) });
    add("packages", 100, ["full", "noop", "leaf", "root", "touch"]);
    add("packages", 1000, ["full", "noop", "leaf", "touch"]);
  }
  for (const count of o.counts) for (const layout of ["files", "packages"]) add(layout, count);
  return plan;
}

/** Peers by the files that declare them; those that are missing say why. */
export async function loadPeers(machine, names = null) {
  const files = readdirSync(join(here, "peers")).filter((file) => file.endsWith(".mjs")).sort();
  const peers = [];
  const missing = [];
  for (const file of files) {
    const name = file.slice(0, -4);
    if (names !== null && !names.includes(name)) continue;
    const { default: declare } = await import(pathToFileURL(join(here, "peers", file)).href);
    for (const peer of declare(machine)) {
      if (peer.missing !== undefined) missing.push(`${peer.name}: left out, ${peer.missing}`);
      else peers.push({ ...peer, file: name });
    }
  }
  return { peers, missing };
}

async function measureCases(context) {
  const cases = [];
  for (const name of ["start", "bighash", "globs"]) {
    const one = await import(pathToFileURL(join(here, "cases", `${name}.mjs`)).href);
    cases.push({ name, title: one.title, ...one.run(context) });
  }
  return cases;
}

async function main() {
  const o = readArgs(process.argv.slice(2));
  if (o === null) {
    process.stderr.write(HELP);
    return 2;
  }
  // What is measured is what the sources say; TG_BIN names another tg.
  if (process.env.TG_BIN === undefined) await bundle();
  const machine = openMachine({ runtimes: o.runtimes });
  const meter = openMeter();
  const { peers, missing } = await loadPeers(machine, o.peers);
  const short = o.size === "short";
  const context = { machine, meter, rounds: short ? Math.min(o.rounds, 5) : o.rounds, short };
  let text = "";
  const say = (more) => {
    text += more + "\n";
    process.stdout.write(more + "\n");
  };
  say(`${machine.text}\n`);
  for (const line of [...machine.missing, ...missing]) say(`* ${line}`);
  if (meter.kind !== "c") say(`* measured with ${meter.kind === "time" ? "GNU time" : "this process's clock alone"}: there is no C compiler`);
  // Measuring is synchronous: the program that runs ends by the same Ctrl-C, and what was set up is taken away.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));
  const started = Date.now();
  const results = { sections: [], cases: [], micro: [] };
  for (const plan of planOf(o)) {
    const section = measureSection(context, { ...plan, peers: peers.filter(plan.keep) });
    results.sections.push(section);
    say(`\n${sectionText(section)}`);
    for (const line of surprises(section, peers)) say(`**${line}**\n`);
  }
  if (o.only.includes("cases")) {
    results.cases = await measureCases(context);
    for (const one of results.cases) say(`\n## ${one.title}\n\n${one.text}`);
  }
  if (o.only.includes("micro")) {
    results.micro = await measureMicro(context, o);
    say(`\n${microText(results.micro)}`);
  }
  say(`\n${shortText(results.sections)}\n${targetsText(results)}`);
  const seen = new Set(results.sections.flatMap((section) => section.phases.flatMap((phase) => [...phase.rows.keys()])));
  const notes = new Map();
  for (const { name, unchecked } of peers) if (seen.has(name)) notes.set(unchecked, [...new Set([...(notes.get(unchecked) ?? []), name])]);
  if (notes.size > 0) say("What each tool does not check:\n");
  for (const [note, names] of notes) say(`* ${names.join(", ")}: ${note}`);
  say(`\nTook ${Math.round((Date.now() - started) / 1000)} s.`);
  if (o.out !== undefined) writeFileSync(o.out, text);
  if (o.json !== undefined) writeFileSync(o.json, JSON.stringify({ machine: machine.text, ...results }, (_, value) => (value instanceof Map ? Object.fromEntries(value) : value), 1) + "\n");
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) process.exitCode = await main();
