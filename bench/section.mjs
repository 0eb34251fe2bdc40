// One graph, all its peers, all phases: rounds are interleaved (each tool once a round, in changing order), the first round
// of a phase warms up and is not counted. Prints nothing but progress on stderr.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { makeGraph, random, rootTask } from "./graph.mjs";
import { plainEnv } from "./measure.mjs";
import { PHASES, takesPart } from "./phases.mjs";
import { Project } from "./project.mjs";

/**
 * `options`: { layout, work, count, seed, phases (names), rounds, slowRounds (of phases that are `slow`), seconds (a tool takes no further round of a phase once it
 * has used so many) }. Returns { ...options, reach, labels (all rows, in order), yardstick (a label), failed: [texts], phases: [{ name, title, rows: Map of label → samples }] }.
 */
export function measureSection(context, options) {
  const graph = makeGraph(options);
  const scene = { tasks: graph.tasks, leaf: graph.tasks.at(-1), root: rootTask(graph), work: graph.work };
  const top = mkdtempSync(join(tmpdir(), "tg-bench-"));
  const peers = options.peers.filter((peer) => peer.layout === graph.layout && graph.count <= peer.max && (peer.works ?? [graph.work]).includes(graph.work));
  const runs = peers.map((peer, i) => ({ peer, project: new Project(join(top, `p${i}`), graph, peer) }));
  const labels = ["node (empty)", ...context.machine.runtimes.map((runtime) => `${runtime.name} (empty)`), ...peers.flatMap((peer) => [peer.name, ...(peer.extras ?? []).map((extra) => extra.name)])];
  const section = { ...options, peers: undefined, labels, yardstick: peers.find((peer) => peer.yardstick === true)?.name, reach: scene.root.reach, failed: [], phases: [] };
  try {
    for (const run of runs) run.project.create();
    const chosen = PHASES.filter((phase) => options.phases.includes(phase.name));
    if (chosen[0]?.name !== "full") for (const run of runs) unlessItFails(run, section, () => firstBuild(context, run));
    for (const phase of chosen) section.phases.push({ ...phase, rows: measurePhase({ ...context, top, scene, graph, options, section }, runs, phase) });
  } finally {
    for (const run of runs) run.project.remove();
    rmSync(top, { recursive: true, force: true });
  }
  return section;
}

/** A peer that fails is left out from then on and says so; tg must not fail. */
function unlessItFails(run, section, act) {
  try {
    return act();
  } catch (error) {
    if (run.peer.tg === true) throw error;
    run.failed = true;
    section.failed.push(`${run.peer.name}: left out from here on. ${String(error.message).split("\n").slice(0, 3).join(" / ")}`);
    return [];
  }
}

function firstBuild(context, { project, peer }) {
  project.empty();
  once(context, project, peer.argv(project.graph, project.dir));
}

function once({ meter }, project, argv, more = {}) {
  const env = typeof more === "function" ? more(project.dir) : more;
  return meter.measure(argv, { cwd: project.dir, env: { ...project.env, ...env } });
}

function measurePhase(scene, runs, phase) {
  const { options } = scene;
  const next = random(options.seed ?? 1);
  const rows = new Map();
  const idle = emptyStarts(scene);
  const part = runs.filter((run) => run.failed !== true && takesPart(run.peer, phase, scene.scene));
  const spent = new Map();
  if (phase.watched === true) for (const { peer, project } of part) if (peer.watch !== undefined) startWatch(scene, peer, project);
  const warm = phase.slow === true ? 0 : 1;
  const rounds = phase.slow === true ? options.slowRounds : options.rounds;
  for (let round = -warm; round < rounds; round++) {
    progress(`${options.layout} ${options.count} ${phase.name} ${round + 1}/${rounds}`);
    for (const one of shuffled([...idle, ...part.filter((run) => run.failed !== true)], next)) {
      const used = spent.get(one) ?? 0;
      const limit = limitMs(one, phase, options);
      if (used > limit) continue;
      const start = performance.now();
      const samples = one.idle === true ? [[one.label, one.run()]] : unlessItFails(one, scene.section, () => roundOf(scene, one, phase));
      spent.set(one, used + performance.now() - start);
      // A tool that has used all its time in the warm-up round is shown by that round.
      const counts = round >= 0 || spent.get(one) > limit;
      if (counts) for (const [label, sample] of samples) put(rows, label, round, sample);
    }
  }
  for (const { project } of part) project.stopWatch();
  progress("");
  return rows;
}

/** A first answer, so that it is known to be the watch's. */
function startWatch(scene, peer, project) {
  project.startWatch();
  once(scene, project, peer.argv(scene.graph, project.dir), peer.watch.only);
}

/** A peer's further commands have time of their own. */
function limitMs(one, phase, { seconds }) {
  const further = (one.peer?.extras ?? []).filter((extra) => extra.phases.includes(phase.name)).length;
  return seconds * 1000 * (1 + further);
}

/** One measured run of a peer, checked, and of the further commands it has in this phase. */
function roundOf(scene, { peer, project }, phase) {
  phase.prepare(project, scene.scene);
  const argv = peer.argv(scene.graph, project.dir);
  const sample = once(scene, project, argv);
  project.check(phase.made(scene.scene));
  const samples = [[peer.name, { ...sample, ran: peer.ran(sample.output) }]];
  for (const extra of peer.extras ?? []) {
    if (extra.phases.includes(phase.name)) samples.push([extra.name, { ...once(scene, project, extra.argv(scene.graph), extra.env), ran: null }]);
  }
  if (phase.disturbs === true) once(scene, project, argv);
  return samples;
}

/** An empty start of Node, and of each runtime that tg is measured on: what nothing written for it can go below. */
function emptyStarts({ meter, machine, top }) {
  const file = join(top, "empty.cjs");
  writeFileSync(file, "");
  const runtimes = [{ name: "node", argv: [machine.node] }, ...machine.runtimes.filter((runtime) => runtime.name !== "node")];
  return runtimes.map(({ name, argv }) => ({ idle: true, label: `${name} (empty)`, run: () => ({ ...meter.measure([...argv, file], { cwd: top, env: plainEnv() }), ran: null }) }));
}

function put(rows, label, round, { ms, cpuMs, peakMiB, ran }) {
  if (!rows.has(label)) rows.set(label, { ms: [], cpu: [], peak: [], ran: [] });
  const row = rows.get(label);
  const at = Math.max(0, round);
  row.ms[at] = ms;
  row.cpu[at] = cpuMs;
  row.peak[at] = peakMiB;
  row.ran[at] = ran;
}

function shuffled(list, next) {
  const result = [...list];
  for (let i = result.length - 1; i > 0; i--) {
    const j = next(i + 1);
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

export function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
