// A state that is cut or has flipped bits: the next build is right, ends with 0, says at most one line, and the build
// after it does nothing, or finds what the first had no need to read. In this process, on a small project that has every kind of
// input and output.
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { Evaluator } from "./evaluator.ts";
import { inProcessSubject } from "./inprocess.ts";
import { checkClean, checkRuns, checkTree } from "./oracles.ts";
import { prngOf } from "./prng.ts";
import { blank } from "./project.ts";
import type { Project, Spec } from "./project.ts";
import { saveProject, treeOf, writeAt } from "./scene.ts";
import type { Scene } from "./scene.ts";
import type { BuildWish, Subject } from "./subject.ts";
import type { Tree } from "./tree.ts";
import { writeTree } from "./subject.ts";
import type { Prng } from "./prng.ts";
import { entriesOf, journalOf, resealed, sectionsOf, textIn, write } from "../support/reseal.ts";
import { HEADER_BYTES } from "../../src/store/container.ts";

const STATE = ["state", "journal"];

/** Every shape once. */
function smallProject(): Project {
  const task = (tag: number, fields: Partial<Spec>): Spec => ({ ...blank(tag), ...fields });
  const out = (path: string, role: "output" | "intermediate" = "output") => ({ kind: "file", path, optional: false, role }) as const;
  const read = (path: string, optional = false) => ({ kind: "file", path, optional }) as const;
  const glob = (pattern: string) => ({ kind: "glob", pattern, nots: [], allowEmpty: true }) as const;
  const tasks = [
    task(1, { reads: [glob("src/a/*.c"), read("opt/o1", true)], outs: [out("gen/a/g1.c"), out("mid/t1.i", "intermediate")], depfile: true }),
    task(2, { reads: [read("mid/t1.i")], outs: [out("out/t2.o")], deletes: ["mid/t1.i"], stdout: true }),
    task(3, { reads: [glob("gen/a/*.c"), read("src/b/f0.c")], outs: [{ kind: "tree", path: "tree/t3" }], env: ["MIXA"] }),
    task(4, { reads: [read("src/b/f0.c")], outs: [{ kind: "glob", dir: "pat/t4" }], shell: true }),
    task(5, { reads: [glob("pat/t4/*.gen")], rsp: "rsp" }),
    // A pattern's old members are known from the state alone: the edits of these cases do not reach one.
    task(7, { reads: [glob("tree/t3/**/*.txt")], outs: [out("out/t7.o")] }),
    task(6, { reads: [read("src/b/f0.c")], outs: [out("out/t6.o")], deps: [5], cwd: "work" }),
  ];
  return { tasks, env: { MIXA: "a" }, params: {}, nextTag: 8, comment: "", helperComment: "", asksWhen: false, chains: false, hooks: false, hookFns: false, sequences: false, rates: false, linkedMiddles: false, asksMiddles: false, works: false, runs: false, halves: false, streams: false, tools: false };
}

interface Lab {
  readonly scene: Scene;
  readonly subject: Subject;
  readonly wish: BuildWish;
  /** The tree and what tg knew of it. */
  readonly tree: Tree;
  readonly judge: Evaluator;
  readonly state: ReadonlyMap<string, Uint8Array>;
}

/** `journal`: there is one; else the snapshot stands alone. */
async function openLab(root: string, journal: boolean): Promise<Lab> {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  const scene: Scene = { root, mix: ["sh", "mix"], project: smallProject(), recent: [] };
  for (const path of ["src/a/f0.c", "src/a/f1.c", "src/b/f0.c", "inc/h0.h", "work/keep"]) writeAt(scene, path, `w1 of ${path.length}`);
  writeAt(scene, "src/a/f1.c", "w2 USE:inc/h0.h");
  saveProject(scene);
  const first = inProcessSubject(scene, 1, { snapshots: journal ? 0 : 1 });
  const wish: BuildWish = { targets: null, force: false, keepGoing: true, jobs: 2, shuffle: false, keepTemp: false, env: scene.project.env, params: {} };
  const judge = new Evaluator();
  // Two builds with an edit between them: a snapshot, and a journal after it unless that is the second one's snapshot.
  for (const text of ["w1", "w3"]) {
    writeAt(scene, "src/b/f0.c", text);
    const before = treeOf(scene);
    const built = await first.build(wish);
    judge.build(scene.project, before, { ...wish, targets: null, ran: new Set(built.ran) });
  }
  const state = new Map(STATE.filter((name) => existsSync(`${root}/.tg/${name}`)).map((name) => [name, readFileSync(`${root}/.tg/${name}`)]));
  // Of damage that is not read at first, a new snapshot must make no truth.
  const subject = inProcessSubject(scene, 1, { snapshots: 0.5 });
  return { scene, subject, wish, tree: treeOf(scene), judge, state };
}

export interface DamageReport {
  cases: number;
  /** Cases in which tg said so. */
  told: number;
  tasksRun: number;
  readonly bytes: Record<string, number>;
  readonly wrong: string[];
}

interface Case {
  /** The damaged file, and what is in it. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly edited: string | null;
  /** All that was there before the first of three builds is touched, and edited before the last of them. */
  readonly folds: boolean;
}

async function oneCase(lab: Lab, { name, bytes, edited, folds }: Case): Promise<{ wrong: string[]; told: number; ran: number }> {
  const { scene, subject, wish } = lab;
  writeTree(scene, lab.tree);
  for (const [file, content] of lab.state) writeFileSync(`${scene.root}/.tg/${file}`, file === name ? bytes : content);
  if (folds) for (const [path, { kind }] of lab.tree) if (kind === "file") utimesSync(`${scene.root}/${path}`, 1e9, 1e9);
  if (edited !== null && !folds) writeAt(scene, "src/a/f0.c", edited);
  const judge = lab.judge.clone();
  for (const memory of judge.memories.values()) memory.status = "unsure";
  const wrong: string[] = [];
  let told = 0;
  let ran = 0;
  for (const round of folds ? ["", "second run: ", "third run: "] : ["", "second run: "]) {
    const edits = edited !== null && round === (folds ? "third run: " : "");
    if (edits && folds) writeAt(scene, "src/a/f0.c", edited);
    const before = treeOf(scene);
    const built = await subject.build(wish);
    const after = treeOf(scene);
    const forecast = judge.build(scene.project, before, { ...wish, targets: null, ran: new Set(built.ran) });
    const toldNow = built.events.filter((event) => JSON.stringify(event).includes('"state-')).length;
    told += toldNow;
    if (round === "") ran = built.ran.length;
    if (edits && !built.ran.includes(1)) wrong.push("the edit was not seen");
    // The second part of a snapshot is read when it is needed, which may be in the second run.
    if (round === "second run: " && built.ran.length > 0 && toldNow === 0) wrong.push(`second run ran ${built.ran.join()}`);
    if (built.exit !== 0) wrong.push(`${round}exit ${built.exit}`);
    wrong.push(...[...checkRuns(scene.project, forecast, built), ...checkTree(scene.project, forecast, after), ...checkClean(scene.project, forecast, after, wish)].map((text) => round + text));
  }
  if (told > 1) wrong.push(`${told} lines about the state`);
  return { wrong, told, ran };
}

export interface DamageOptions {
  readonly root: string;
  /** Every so many byte lengths; 1: every one. */
  readonly cutStep: number;
  readonly flips: number;
  /** Cases whose checksums are right. */
  readonly resealed: number;
}

const NONSENSE = ["null", "x", "[]", "{}", "7", '"x"', '["ok"]', "\0", "\xff", "\xf0\xf0\xf0\xf0"];

const TASKS = smallProject().tasks.length;

/** A text, or a few bytes anywhere, become others. */
function senselessState(state: Buffer, prng: Prng): readonly [string, Buffer] {
  let label = "";
  const bytes = resealed(state, (whole) => {
    const text = prng.pick(NONSENSE);
    const sections = sectionsOf(whole).filter(({ name }) => name !== "sums");
    const inDirectory = { name: "the directory", from: HEADER_BYTES, to: Math.min(...sections.map(({ from }) => from)) };
    let place = prng.chance(0.2) ? inDirectory : prng.pick(sections);
    if (prng.chance(0.2)) place = textIn(whole, prng.pick(["records", "definitions"]), prng.int(TASKS));
    else if (place.name !== "meta" || prng.chance(0.5)) {
      const at = prng.int(Math.max(1, place.to - place.from)) + place.from;
      place = { name: place.name, from: at, to: Math.min(at + text.length, place.to) };
    }
    label = `${place.name} at ${place.from}: ${JSON.stringify(text)}`;
    write(whole, place, text);
  });
  return [label, bytes];
}

/** A journal in which entries are missing, stand twice or are none. */
function senselessJournal(journal: Buffer, prng: Prng): readonly [string, Buffer] {
  const entries = entriesOf(journal);
  const at = prng.int(entries.length);
  const entry = entries[at]!;
  const kind = prng.pick(["lost", "twice", "cut", "bytes"]);
  if (kind === "lost") entries.splice(at, 1);
  else if (kind === "twice") entries.splice(at, 0, entry);
  else if (kind === "cut") entries[at] = entry.subarray(0, prng.int(entry.length));
  else entry.write(prng.pick(NONSENSE), prng.int(entry.length), "latin1");
  return [`entry ${at} of ${entries.length}: ${kind}`, journalOf(entries)];
}

export async function damageState(options: DamageOptions): Promise<DamageReport> {
  const report: DamageReport = { cases: 0, told: 0, tasksRun: 0, bytes: {}, wrong: [] };
  const prng = prngOf(options.flips, 42);
  const take = async (lab: Lab, label: string, one: Omit<Case, "edited">): Promise<void> => {
    let result: Awaited<ReturnType<typeof oneCase>>;
    try {
      result = await oneCase(lab, { ...one, edited: report.cases % 2 === 0 ? null : `w${prng.int(1000)}` });
    } catch (error) {
      result = { wrong: [`threw ${(error as Error).stack}`], told: 0, ran: 0 };
    }
    report.cases++;
    report.told += result.told;
    report.tasksRun += result.ran;
    report.wrong.push(...result.wrong.map((text) => `${label}: ${text}`));
  };
  const flip = async (lab: Lab, name: string, folds: boolean): Promise<void> => {
    const bytes = Uint8Array.from(lab.state.get(name)!);
    const bit = prng.int(bytes.length * 8);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    await take(lab, `${name} bit ${bit}${folds ? ", all touched" : ""}`, { name, bytes, folds });
  };
  const lab = await openLab(options.root, true);
  for (const [name, bytes] of lab.state) {
    report.bytes[name] = bytes.length;
    for (let length = 0; length < bytes.length && report.wrong.length < 20; length += options.cutStep) await take(lab, `${name} cut at ${length} of ${bytes.length}`, { name, bytes: bytes.slice(0, length), folds: false });
  }
  const names = [...lab.state.keys()];
  for (let i = 0; i < options.flips && report.wrong.length < 20; i++) await flip(lab, names[i % names.length]!, false);
  for (let i = 0; i < options.resealed && report.wrong.length < 20; i++) {
    const name = names[i % names.length]!;
    const before = Buffer.from(lab.state.get(name)!);
    const [done, bytes] = name === "state" ? senselessState(before, prng) : senselessJournal(before, prng);
    await take(lab, `${name}, resealed, ${done}`, { name, bytes, folds: false });
  }
  const alone = await openLab(options.root, false);
  for (let i = 0; i < options.flips / 4 && report.wrong.length < 20; i++) await flip(alone, "state", true);
  rmSync(options.root, { recursive: true, force: true });
  return report;
}
