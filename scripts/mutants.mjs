// The power of the random tester: bugs put into copies of the source, one at a time, each of which it must find within
// 4,000 steps. The source itself is not touched. A bug whose place is no longer there is an error: mend the list.
import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { bundleWith, countIn } from "./patches.mjs";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

const judge = "src/staleness/judge.ts";
const racy = "src/staleness/racy.ts";
const parts = "src/staleness/parts.ts";
const outputs = "src/staleness/outputs.ts";
const table = "src/model/table.ts";
const trust = "src/schedule/survey/trust.ts";
const step = "src/schedule/step/step.ts";
const record = "src/schedule/step/record.ts";
const inputs = "src/schedule/step/inputs-seen.ts";
const clear = "src/schedule/step/clear.ts";
const leftBehind = "src/schedule/step/left-behind.ts";
const leftovers = "src/schedule/files/leftovers.ts";
const situation = "src/schedule/survey/situation.ts";
const temps = "src/schedule/run/temps.ts";
const asking = "src/schedule/run/asking.ts";
const state = "src/store/state.ts";
const stored = "src/schedule/step/stored.ts";
const results = "src/cache/local.ts";
const blobs = "src/cache/blobs.ts";

/** [name, file, search, replace, …more triples] */
const MUTANTS = [
  ["a deleted input is not seen", judge, "if (now === before || isExcusedBelow(c, path)) return;", "if (now === before || now === ABSENT) return;"],
  ["what was read in passing is handed over as if it had not moved", "src/cli/glance.ts", "(world.touched.size > 0 ? null : { root, ...place, store, sight: world.sight() })", "{ root, ...place, store, sight: world.sight() }"],
  ["an appeared optional input is not seen", judge, "if (now === before || isExcusedBelow(c, path)) return;", "if (now === before || before === ABSENT) return;"],
  ["a file that joined a pattern is not seen", judge, "    if (before < 0) {\n", "    if (before < 0 && c.producer(path) === null) continue;\n    if (before < 0) {\n"],
  ["a file that left a pattern is not seen", judge, "    if (placeNow(path) >= 0 || before === ABSENT) continue;", "    continue;"],
  ["the depfile is ignored", judge, "  for (const [path, before] of record.discovered) {", "  for (const [path, before] of record.discovered.slice(0, 0)) {"],
  ["outputs do not count for freshness", judge, "    if (now === before) continue;\n    if (isExcused(c, { path, before, now })) virtual = true;\n    else judgeOutput(c, { path, before, now, isTree }, reasons);", "    continue;"],
  ["members of output patterns do not count", judge, "...record.members.filter(([member]) => !isInTree(member))]", "...record.members.filter(([member]) => member === \"\" && isInTree(member))]"],
  ["outputs taken from deps are not compared", judge, "if ((was ?? ABSENT) !== identity && !(was !== undefined && isExcusedBelow(c, path))) say(", "if (was === undefined && identity !== identity) say("],
  ["keys of stamps in deps are ignored", judge, "  for (const { key, task } of c.consumed.keys) {\n    const at", "  for (const { key, task } of c.consumed.keys.slice(0, 0)) {\n    const at"],
  ["a failed run counts as fresh", "src/staleness/ended.ts", "      reasons.push({ code: \"failed-last-time\" });\n      return;", "      return;"],
  ["every run is recorded as good", record, "    status: good ? \"ok\"", "    status: end.kind !== \"none\" ? \"ok\""],
  ["the command is not in the key", parts, "  if (task.action !== null) actionParts(task.action, task, parts);", ""],
  ["what members of a chain do is not in the key", parts, "[m.action.kind === \"function\" ? m.action.fn.source : m.action, m.cwd,", "[m.action.kind === \"function\" ? m.action.fn.source : 0, m.cwd,"],
  ["the environment is not in the key", parts, "    parts[`env ${name}`] = value === undefined ? \"unset\" : \"xxh:\" + digestText(value);", ""],
  ["unset equals empty", parts, "value === undefined ? \"unset\" : \"xxh:\" + digestText(value)", "\"xxh:\" + digestText(value ?? \"\")"],
  ["cwd is not in the key", parts, "  if (task.cwd !== \"\") parts[\"cwd\"] = task.cwd;", ""],
  ["input patterns are not in the key", parts, "  if (task.inputs.length > 0) parts[\"inputs\"]", "  if (task.inputs.length > 1e9) parts[\"inputs\"]"],
  ["response files are not in the key", parts, "parts[`files ${path}`] = \"xxh:\" + digestText(text);", "void [path, text];"],
  ["newer-than instead of content", table, "return c.mtimeMs[id] === stat.mtimeMs && c.ctimeMs[id] === stat.ctimeMs && c.size[id] === stat.size &&", "if (stat.mtimeMs <= c.mtimeMs[id]!) return true;\n    return c.mtimeMs[id] === stat.mtimeMs && c.ctimeMs[id] === stat.ctimeMs && c.size[id] === stat.size &&"],
  ["ctime is not compared", table, " && c.ctimeMs[id] === stat.ctimeMs && c.size[id]", " && c.size[id]"],
  ["the executable bit is not compared", table, "return ((c.mode[id]! & 0o111) !== 0 ? \"x\" : \"f\") +", "return \"f\" +"],
  ["no racy rule", racy, "  return Math.max(mtimeMs, ctimeMs) >= clockMs - slack;", "  return Math.max(mtimeMs, ctimeMs) >= clockMs + slack + 1e9;"],
  ["an edit during the run is not seen", inputs, "const changed = changedInput(w.situation, index, p) ??", "const changed ="],
  ["an edit of a discovered file during the run is not seen", inputs, " ?? youngDiscovery(w, discovery, { index, startedMs });", ";"],
  ["owned trees are not emptied", clear, "      if (!stays) emptyTree(w, task, output.path, record);", ""],
  ["stale members of output patterns stay", clear, "    saveIfEdited(w, task, member, isTold || disk.lstat(member).kind === \"dir\" ? known.get(member) : undefined);\n    forgetAndRemove(w, member);", ""],
  ["optional outputs of the last run stay", clear, "|| !isGoodRecord(record) || optional || isAnew) forget", "|| !isGoodRecord(record) || isAnew) forget"],
  ["leftovers stay", leftovers, "of removed.toSorted()) removeLeftover", "of removed.slice(removed.length)) removeLeftover"],
  ["renamed tasks are not found again", leftovers, "  if (orphans.length === 0) return renames;", "  if (orphans.length >= 0) return renames;"],
  ["an edited leftover is removed", leftovers, "world.output(path) !== identity ? \"edited\" : \"remove\"", "identity === \"\" ? \"edited\" : \"remove\""],
  ["intermediates must be there", situation, "    return maker < 0 || this.pending[maker] === 1 || this.parts.skipped[maker] === 1 ? null : this.intermediate(maker, path, true);", "    return null;"],
  ["intermediates are not made again", "src/schedule/survey/virtual.ts", "    if (!hasVirtualNeed(s, task)) continue;", "    continue;", "src/schedule/run/run.ts", "    if (makers.length === 0) return this.#start(task, reasons);", "    return this.#start(task, reasons);"],
  ["a row that moved is trusted", trust, "    return this.#tasks[task] === 1;", "    return false;"],
  ["a row that moved in an earlier build is trusted", trust, "      if (movedSince(memo, task, row)) this.#tasks[task] = 1;", "      void [memo, task, row, movedSince];"],
  ["the last record is lost", state, "    this.#append(rows, [[\"r\", task, stored]]);", "    if (stored.length % 5 > 0) this.#append(rows, [[\"r\", task, stored]]);"],
  ["foreign files in owned trees are not seen", outputs, "  const members: Seen[] = walk.files.map(", "  const members: Seen[] = walk.files.filter((file) => !file.endsWith(\"foreign.txt\")).map("],
  ["touched outputs of a failed task stay", leftBehind, "  if (task.onFail === \"keep\") return forgetOutputs(w, p);", "  return forgetOutputs(w, p);"],
  ["inputs are not in the key of a kept result", stored, "p.inputs.map(([path, identity]): Seen =>", "p.inputs.slice(0, 0).map(([path, identity]): Seen =>"],
  ["what a depfile told is not in the key of a kept result", results, "const at = run.discovered.length === 0 ? key : this.#keys.keyWith(key, run.discovered);\n    if (!o.holds()) return;\n    this.#write(at, result);\n    if (run.discovered.length > 0)", "const at = key;\n    if (!o.holds()) return;\n    this.#write(at, result);\n    if (run.discovered.length > 1e9)"],
  ["a damaged blob is put back", blobs, "    if (digestFile(temp).hash !== digest.hash) {", "    if (digestFile(temp).hash === \"\") {"],
  ["a failed task is not tried again", "src/schedule/run/tries.ts", "mayRetry: history.retries < retries.count", "mayRetry: history.retries > retries.count"],
  ["the code of a function is not in the key", parts, "      itemPart(action.fn, parts);\n      for (const file of action.fn.code) parts", "      itemPart(action.fn, parts);\n      for (const file of action.fn.code.slice(0, 0)) parts"],
  ["parameters are not in the key", parts, "    if (!ignored.has(`param:${name}`)) parts[`param ${name}`] = shown(JSON.stringify(value));", ""],
  ["values are not compared", situation, "      if (value !== null) keys.push({ key: `value:${byName ? name + \" \" : \"\"}${digestText(value)}`, task: name });", "      if (value !== null) keys.push({ key: `value:${byName ? name + \" \" : \"\"}`, task: name });"],
  ["what a function asked is not replayed", judge, "record.trace === undefined ? null : c.replay(record.trace)", "record.trace === undefined ? null : c.replay(record.trace.slice(0, 0))"],
  ["only the first answer is replayed", "src/schedule/survey/answers.ts", "  for (const [text, before] of trace) {\n    const list", "  for (const [text, before] of trace.slice(0, 1)) {\n    const list"],
  ["what a function needed last time is not made first", "src/graph/needs.ts", "      for (const need of needs) if (need !== task &&", "      for (const need of needs) if (need < 0 &&"],
  ["a needed file that changes during the run is not seen", inputs, " ?? movedSince(w.situation, index, trace);", " ?? movedSince(w.situation, index, trace.slice(0, 0));"],
  ["an output that is to be kept as edited is made again", judge, "c.task.drift === \"keep\" && !c.isAnothers(one, identity);", "c.task.drift === \"error\" && c.isAnothers(one, identity);"],
  ["an edit that is an error is overwritten", step, "  if (task.drift !== \"error\") return null;", "  if (task.drift !== \"keep\") return null;"],
  ["incremental trees are emptied each time", clear, "      if (!stays) emptyTree(w, task, output.path, record);", "      emptyTree(w, task, output.path, record);"],
  ["incremental trees are not emptied when an input has gone", clear, "  return record.inputs.some(([path, identity]) => identity !== ABSENT && (!now.has(path) || c.identity(path) === ABSENT));", "  return now.size < 0;"],
  ["a failure with leave is one without", "src/schedule/run/endings.ts", "const allowed = this.#w.situation.parts.graph.task(task).allowFailure ||", "const allowed ="],
  ["what a task with leave to fail made last time stays", leftBehind, "const all = mayFail(graph, graph.indexOf(task.name));\n  for", "const all = false;\n  for"],
  ["what is switched off runs", "src/graph/select.ts", "  for (const name of graph.settings.off) if (graph.indexOf(name) >= 0) skipped[graph.indexOf(name)] = 1;", ""],
  ["nobody is asked whether it runs", step, ".when === true ? true : await askWhen(w, o.index, hands);", ".when === true ? true : (await askWhen(w, o.index, hands), true);"],
  ["who said that it does not run counts as if it had", "src/schedule/run/run.ts", "        s.parts.skipped[task] = 1;\n", ""],
  ["what stands below a stamp that is to be asked is sure", situation, "open && (typeof declared.when !== \"boolean\" || (before === null ?", "open && ((before === null ?"],
  ["after a time limit there is no further attempt", step, "new Set([\"command-not-found\",", "new Set([\"timeout\", \"command-not-found\","],
  ["a family's room for failures is not kept to", "src/schedule/run/endings.ts", "    return left > 0;", "    return left >= 0;"],
  ["what waits for nothing but its needs is done whatever those gave", "src/schedule/run/run.ts", "|| s.hanging?.holdsAlone(task) !== true) return false;", "|| s.hanging?.hangs(task) !== true) return false;"],
  ["nothing of a family may fail", "src/schedule/run/endings.ts", "allowFailure || this.tolerates(task);", "allowFailure;"],
  ["a member fails by leave though nobody builds its family", "src/schedule/run/endings.ts", "if (family < 0 || wanted[family] === 0) return false;", "if (family < 0) return false;"],
  ["what a member of a family made last time stays", "src/graph/family.ts", "  const family = familyOf(graph, task);\n  return family >= 0 && ", "  const family = familyOf(graph, task);\n  return family >= 1e9 && "],
  ["what goes after use stays", temps, "    if (!isGood(temp) || s.pending", "    if (temp >= 0 || !isGood(temp) || s.pending"],
  ["files go before all who read them are good", temps, "      if (this.#o.isGood(readers[at]!) || this.#standsGood(readers[at]!)) continue;", "      if (readers[at]! >= 0) continue;"],
  ["what is asked for by name goes after use", temps, "if (wanted[task] === 0 || named[task] === 1 || skipped", "if (wanted[task] === 0 || skipped"],
  ["what an earlier build was to keep stays for ever", "src/schedule/survey/settle.ts", "  if (declared.temp && temps.goesAfterUse(task)", "  if (declared.temp && task < 0 && temps.goesAfterUse(task)"],
  ["files go although they are to be kept", "src/schedule/run/run.ts", "this.#temps = options.keepTemp ? null : new Temps", "this.#temps = new Temps"],
  ["an edited file goes after use", temps, "    if (now !== identity) return [];\n", ""],
  ["files go though somebody may find them by a depfile", temps, "if (!takers.has(task) && hasDepfile(graph, task)) return [];", ";"],
  ["who only asked reads nothing", temps, "const askers = atEnd ? asked() : NOBODY;", "const askers = atEnd ? NOBODY : NOBODY;"],
  ["what is taken from a task is taken as it was made, though edits stand", situation, "[path, this.#standing(leaf, path, identity)]", "[path, identity]"],
  ["a folder that tasks make is none until it is there", "src/schedule/survey/gone.ts", "  return graph.isMadeFolder(path) || (record", "  return (record"],
  ["what is gone from a folder named as an input has changed it", "src/schedule/survey/gone.ts", "spec.kind === \"glob\" || (spec.kind === \"file\" && isFolderNow(s, spec.path))", "spec.kind === \"glob\""],
  ["what could not be made is forgotten by who goes on without it", asking, "      note([questionText(question), UNMADE]);\n      return { ok: false, message: this.#failureOf(failed) };", "      return { ok: false, message: this.#failureOf(failed) };"],
  ["no list is made for who asks for a member", asking, "    if (list >= 0) return [list];\n", "    if (list >= 0) return [];\n"],
  ["what was not there when it was asked for does not wait for the lists", "src/graph/needs.ts", "  if (list >= 0) return [list];\n  if (familiesOverLists(graph).length === 0) return [];\n  return answer === ABSENT || hasStayed(normalizeText(question.target)) ? listsBefore(graph, task, question.target) : [];", "  return list >= 0 && hasStayed(answer) ? [list] : [];"],
  ["a list that was made before anybody asked is not shown", asking, "this.#unshownBelow(this.#targetsOf(task, question));", "this.#unshownBelow(this.#targetsOf(task, question).slice(0, 0));"],
  ["members of a pattern that another task makes by now stay", leftovers, "const named = name === owner ||", "const named = name !== \"\" ||"],
  ["an intermediate that a function asks for by its path is not made again", "src/schedule/survey/answers.ts", "  const record = question.kind === \"need\" ? s.record(maker) : null;", "  const record = question.kind === \"need\" && s.parts.graph.indexOf(question.target) >= 0 ? s.record(maker) : null;"],
  ["the code of a function in a chain is not in the key", parts, "        for (const file of member.action.fn.code) parts", "        for (const file of member.action.fn.code.slice(0, 0)) parts"],
  ["a function with a hook after it returns nothing", "src/schedule/step/attempt.ts", "value: good && last.value !== null ? last.value : result.value }", "value: last.value }"],
  ["a task does not run whenever another one has", "src/graph/leaves.ts", "propagate === \"run\" ? neededTask(graph, target) : -1", "propagate === \"run\" ? Math.min(-1, neededTask(graph, target)) : -1"],
  ["what joins tasks does not say after whose runs its readers run", "src/graph/leaves.ts", "for (const at of [task, ...barriers])", "for (const at of [task, ...barriers.slice(0, 0)])"],
  ["making an intermediate again is a run of its own", record, "if (before !== null && o.reasons.every(({ code }) => code === \"needed-by\")) record.ranAt", "if (before !== null && o.reasons.length === 0) record.ranAt"],
  ["what a run has dealt with is a reason for the next one", "src/schedule/plan/remakes.ts", "(hasRun ? own.filter(", "(hasRun && own.length === 0 ? own.filter("],
  ["what a failed run left stays for the next one", clear, "|| !isGoodRecord(record) || optional || isAnew) forget", "|| optional || isAnew) forget"],
  ["what a failed run leaves never stays", leftBehind, "  if (task.onFail === \"keep\") return forgetOutputs(w, p);\n", ""],
  ["pools have no limit", "src/schedule/plan/demand.ts", "if (pool !== undefined && pool.size !== null) takes.push", "if (pool !== undefined && pool.size !== null && pool.size > 1e9) takes.push"],
];

function changesOf(mutant) {
  const changes = [];
  for (let i = 1; i < mutant.length; i += 3) changes.push({ file: mutant[i], search: mutant[i + 1], replace: mutant[i + 2] });
  return changes;
}

const USAGE = `node scripts/mutants.mjs [--only NAME] [--steps 4000] [--mode inprocess] [--workers 2]
  --only NAME   only the bugs whose name has this in it
  --steps N     how many steps each may take to be found
  --mode MODE   as of scripts/random.mjs
  --workers N   hunts at a time
  --check       hunts none: only looks whether every place is in the source`;

function wordsGiven() {
  try {
    return parseArgs({ allowPositionals: true, options: { only: { type: "string" }, steps: { type: "string", default: "4000" }, mode: { type: "string", default: "inprocess" }, child: { type: "boolean", default: false }, workers: { type: "string", default: "2" }, check: { type: "boolean", default: false }, baseline: { type: "string", default: "" }, help: { type: "boolean", short: "h", default: false } } });
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

const { values, positionals } = wordsGiven();

/** Plays seeds until a mismatch that the untouched source does not have, or to the last step. */
async function hunt(bundle) {
  const { playAll } = await import(pathToFileURL(bundle).href);
  const untouched = await import(pathToFileURL(values.baseline).href);
  const playOne = (play, seed) => play({ mode: values.mode, first: seed, last: seed, steps: 20, minutes: 0, skip: [], repository: root, replayDir: null, shrink: false, stopAfter: 1, say: () => {} });
  let steps = 0;
  for (let seed = 1; steps < Number(values.steps); seed++) {
    const total = await playOne(playAll, seed);
    steps += total.steps;
    const found = total.failed[0];
    if (found === undefined) continue;
    const again = await playOne(playAll, seed);
    const without = await playOne(untouched.playAll, seed);
    if (again.failed.length > 0 && without.failed.length === 0) return { steps, seed, wrong: found.report.mismatch.wrong[0] };
  }
  return { steps, seed: 0, wrong: "" };
}

function runChild(bundle, baseline) {
  return new Promise((done) => {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), "--child", bundle, "--steps", values.steps, "--mode", values.mode, "--baseline", baseline], { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let err = "";
    child.stdout.on("data", (bytes) => (out += bytes));
    child.stderr.on("data", (bytes) => (err += bytes));
    const timer = setTimeout(() => child.kill("SIGKILL"), 600_000);
    child.on("close", () => {
      clearTimeout(timer);
      try {
        done(JSON.parse(out.trim().split("\n").at(-1)));
      } catch {
        done({ steps: 0, seed: 0, wrong: "", broken: err.slice(-300) || "no answer" });
      }
    });
  });
}

async function main() {
  const dir = `${root}/out/mutants-${process.pid}`;
  mkdirSync(dir, { recursive: true });
  const wanted = MUTANTS.filter(([name]) => values.only === undefined || name.includes(values.only));
  const baseline = await bundleWith(root, { changes: [], entry: "test/random/play.ts", outfile: `${dir}/untouched.mjs` });
  let next = 0;
  let missed = 0;
  const worker = async () => {
    for (let at = next++; at < wanted.length; at = next++) {
      const mutant = wanted[at];
      let line;
      try {
        const bundle = await bundleWith(root, { changes: changesOf(mutant), entry: "test/random/play.ts", outfile: `${dir}/m${at}.mjs` });
        const found = await runChild(bundle, baseline);
        const good = found.seed > 0;
        if (!good) missed++;
        line = `${good ? "found " : "MISSED"} | ${mutant[0]} | ${good ? `${found.steps} steps (seed ${found.seed})` : `${found.steps} steps ${found.broken ?? ""}`} | ${found.wrong.slice(0, 110).replaceAll("\n", " ").replaceAll("|", "/")}`;
      } catch (error) {
        missed++;
        line = `BROKEN | ${mutant[0]} | ${(error.errors?.[0]?.text ?? error.message).split("\n")[0]}`;
      }
      console.log(line);
    }
  };
  await Promise.all(Array.from({ length: Number(values.workers) }, worker));
  rmSync(dir, { recursive: true, force: true });
  console.log(`${wanted.length - missed} of ${wanted.length} found`);
  process.exitCode = missed > 0 ? 1 : 0;
}

/** Says which bugs no longer fit the source. */
function check() {
  const stale = MUTANTS.flatMap((mutant) => changesOf(mutant).flatMap((change) => {
    const times = countIn(root, change);
    return times === 1 ? [] : [`${mutant[0]}: ${change.file} has the text ${times} times: ${change.search}`];
  }));
  for (const line of stale) console.log(line);
  console.log(`${MUTANTS.length} bugs, ${stale.length} of their places are not in the source`);
  process.exitCode = stale.length > 0 ? 1 : 0;
}

if (values.help) console.log(USAGE);
else if (values.check) check();
else if (values.child) console.log(JSON.stringify(await hunt(positionals[0])));
else await main();
