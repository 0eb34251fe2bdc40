// Chooses the seeds that npm test plays: of many, the few that between them reach most of tg and of the tester itself.
//   node scripts/seeds.mjs --seeds 1..400 --most 70 [--mode inprocess|watched|reference|command] [--steps 20]
// V8 counts what each seed reaches, branch by branch; then the seed that adds most for its time is taken, again and again.
// Of the built command only the tester's side is seen. Seeds are chosen anew once the stories they tell are other ones.
import { readFileSync, rmSync } from "node:fs";
import { Session } from "node:inspector/promises";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { bundleWith } from "./patches.mjs";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1..400" },
    most: { type: "string", default: "70" },
    mode: { type: "string", default: "inprocess" },
    steps: { type: "string", default: "20" },
  },
});
const outfile = `${root}/out/random/seeds-${process.pid}.mjs`;
const url = pathToFileURL(outfile).href;

/** Plays each seed. Resolves with its processor time and, by function, the ranges [from, to, reached] outermost first. */
async function playEach(first, last) {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  const { playAll } = await import(url);
  const played = [];
  for (let seed = first; seed <= last; seed++) {
    const before = process.cpuUsage();
    const { failed } = await playAll({ mode: values.mode, first: seed, last: seed, steps: Number(values.steps), minutes: 0, skip: [], repository: root, replayDir: null, shrink: false, stopAfter: 1, say: (line) => console.error(line) });
    const { user, system } = process.cpuUsage(before);
    const { result } = await session.post("Profiler.takePreciseCoverage");
    const functions = (result.find((script) => script.url === url)?.functions ?? []).map(({ ranges }) => ranges.map((range) => [range.startOffset, range.endOffset, range.count > 0]));
    // The module as a whole, which begins at 0, is run but once.
    if (failed.length === 0) played.push({ seed, seconds: (user + system) / 1e6, functions: functions.filter(([[from, , called]]) => called && from > 0).sort(([a], [b]) => a[0] - b[0] || b[1] - a[1]) });
  }
  return played;
}

/** Where branches begin, in what is tg's or the tester's. */
function placesOf(played) {
  const text = readFileSync(outfile, "utf8");
  const modules = [...text.matchAll(/^\/\/ (src|test|node_modules)\/\S+$/gm)];
  const all = new Set(played.flatMap(({ functions }) => functions.flatMap((ranges) => ranges.map(([from]) => from))));
  let at = 0;
  return [...all].sort((a, b) => a - b).filter((place) => {
    while (at + 1 < modules.length && modules[at + 1].index <= place) at++;
    return modules[at].index <= place && modules[at][1] !== "node_modules";
  });
}

/** Which of the places each seed reaches: inner ranges have the last word, and what is in a function that was not called is not reached. */
function reachedOf(played, places) {
  const indexFrom = (offset) => {
    let low = 0;
    for (let high = places.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (places[middle] < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const ends = new Map(played.flatMap(({ functions }) => functions.map(([[from, to]]) => [from, to])));
  return played.map(({ functions }) => {
    const flags = new Uint8Array(places.length);
    const fill = (from, to, reached) => flags.fill(reached ? 1 : 0, indexFrom(from), indexFrom(to));
    for (const ranges of functions) for (const range of ranges) fill(...range);
    const called = new Set(functions.map(([[from]]) => from));
    for (const [from, to] of ends) if (!called.has(from)) fill(from, to, false);
    return flags;
  });
}

function choose(played, reached, most) {
  const open = new Set(played.keys());
  const seen = new Uint8Array(reached[0].length);
  const chosen = [];
  const gain = (k) => reached[k].reduce((sum, flag, i) => sum + (flag > seen[i] ? 1 : 0), 0) / played[k].seconds;
  while (chosen.length < most && open.size > 0) {
    const gains = [...open].map((k) => [gain(k), k]);
    const [adds, best] = gains.reduce((a, b) => (b[0] > a[0] ? b : a));
    if (adds === 0) break;
    open.delete(best);
    chosen.push(best);
    reached[best].forEach((flag, i) => { seen[i] |= flag; });
  }
  return { chosen, seen };
}

const [first, last = first] = values.seeds.split("..").map(Number);
await bundleWith(root, { changes: [], entry: "test/random/play.ts", outfile });
const played = await playEach(first, last);
const places = placesOf(played);
const reached = reachedOf(played, places);
const { chosen, seen } = choose(played, reached, Number(values.most));
const count = (flags) => flags.reduce((sum, flag) => sum + flag, 0);
const byAll = count(reached.reduce((all, flags) => all.map((flag, i) => flag | flags[i]), new Uint8Array(places.length)));
const seconds = (which) => which.reduce((sum, { seconds: one }) => sum + one, 0).toFixed(0);
console.log(`${played.length} seeds reach ${byAll} of ${places.length} branches in ${seconds(played)} s of processor time;`);
console.log(`these ${chosen.length} reach ${count(seen)} in ${seconds(chosen.map((k) => played[k]))} s:`);
console.log(chosen.map((k) => played[k].seed).sort((a, b) => a - b).join(", "));
rmSync(outfile);
