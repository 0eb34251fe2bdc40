// Random projects: what tasks there are and what they read and write, as plain data, and how a seed makes one.
// Tags never change and never repeat; a task may only need tasks with smaller tags, so there is no cycle.
import { LIST_KEYS } from "./fn.ts";
import type { Question } from "./fn.ts";
import { TARGETS } from "./mix.ts";
import type { Prng } from "./prng.ts";

export type Read =
  | { readonly kind: "file"; readonly path: string; readonly optional: boolean }
  /** `dir/*.ext` or `dir/**​/*.ext`, less `nots`; with `folder` all below a folder, `dir/**`, that is given as `dir` or `dir/`. */
  | { readonly kind: "glob"; readonly pattern: string; readonly nots: readonly string[]; readonly allowEmpty: boolean; readonly folder?: "bare" | "slash" }
  /** Read without being declared, but reported in the depfile; `after` orders it. */
  | { readonly kind: "hidden"; readonly path: string };

export type Out =
  /** `link`: a symbolic link, to a source or to nowhere, by what was read. */
  | { readonly kind: "file"; readonly path: string; readonly optional: boolean; readonly role: "output" | "intermediate"; readonly link?: true }
  | { readonly kind: "tree"; readonly path: string }
  | { readonly kind: "glob"; readonly dir: string };

export interface Spec {
  readonly tag: number;
  name: string;
  barrier: boolean;
  /** Shell text instead of argv. */
  shell: boolean;
  /** A function in a module of its own. */
  fn: boolean;
  /** Its module imports the config's helper: that is code of it. */
  helped: boolean;
  /** What the function returns: nothing, an object, or a list of keys. */
  returns: "" | "value" | "list";
  /** What the function asks while it runs. */
  asks: Question[];
  /** Names of parameters it declares. */
  params: string[];
  reads: Read[];
  /** Declared as inputs but not read. */
  extra: string[];
  outs: Out[];
  /** Intermediates it deletes after reading. */
  deletes: string[];
  env: string[];
  envValues: Record<string, string>;
  /** Text of its response file. */
  rsp: string | null;
  cwd: string;
  depfile: boolean;
  /** A file of a member of a listed family that the depfile names, whether it is there or not. */
  found: string | null;
  inout: string[];
  /** Tags. */
  deps: number[];
  /** Of these, those after whose every run it is to run. */
  runs: number[];
  after: number[];
  validate: number[];
  always: boolean;
  /** Results are kept and put back. */
  stored: boolean;
  /** Further attempts after a failed one. */
  retries: number;
  /** May fail. */
  allow: boolean;
  /** Of the barrier of a family: how many of its members, or which share of them, are enough; null: all. */
  minSuccess: number | null;
  /** One of a family over a list that the task `from` makes: there while the list has the key. Tags. */
  each: { readonly family: number; readonly from: number; readonly key: string } | null;
  /** Of the barrier of such a family: who makes the list. */
  from: number | null;
  /** false: skipped. */
  when: boolean;
  /** Asked when it would start, whether it runs: as long as this file is there, or, with `!` before it, as long as it is not. "": nobody is asked. */
  onlyIf: string;
  /** An output that somebody edited. */
  drift: "rebuild" | "keep" | "error";
  /** What a failed run leaves stays. */
  keepsHalves: boolean;
  /** Its trees are not emptied without need. */
  incremental: boolean;
  /** What it makes that others may delete goes once all who read it are good. */
  temp: boolean;
  /** Ended when it takes too long, which `SLOW` makes it do at the first attempt. */
  timeout: boolean;
  /** In the pool of one. */
  alone: boolean;
  salt: string;
  /** Comments of inputs do not reach the outputs. */
  strip: boolean;
  /** Copy if different. */
  keep: boolean;
  stdout: boolean;
  /** Where it has a file for its output: nowhere else, to a file of its own, or to the same. */
  stderr: "" | "own" | "same";
  /** The first file that it surely reads comes to it as its stdin. */
  stdin: boolean;
  /** Before its commands stands another one, which sets a variable to this; "": none does. */
  wrap: string;
  description: string;
  /** Two members in one chain, which share what it reads and makes; the second reads what the first makes. */
  chained: boolean;
  /** A function in a process that no other call uses. */
  isolated: boolean;
  /** What comes before each attempt, and after it, by its own text: it fails where that begins with FAIL. "": nothing. */
  before: string;
  afterRun: string;
  /** Its hooks are functions, if they may be. */
  hookFn: boolean;
  /** Of a chain or an instance they are functions of the config. */
  hookInConfig: boolean;
  /** What comes before it takes the values of its deps, if it is a function. */
  beforeTakes: boolean;
  /** Tag of who stands before it in a sequence, as long as both may; null: nobody. */
  follows: number | null;
  /** A rate of its own, which the instances of a family share, or that of a pool. */
  rate: "" | "own" | "pool";
  /** Programs that count. */
  tools: string[];
}

export interface Project {
  tasks: Spec[];
  /** The person's environment, as far as it counts. */
  env: Record<string, string>;
  /** What is given with `--param`. */
  params: Record<string, string>;
  nextTag: number;
  /** Text of a comment in the config file. */
  comment: string;
  /** The same in the module beside it that it imports, and with it some functions. */
  helperComment: string;
  /** Some tasks are asked whether they run. */
  asksWhen: boolean;
  /** Some tasks are chains. */
  chains: boolean;
  /** Some tasks have hooks. */
  hooks: boolean;
  /** Some hooks are functions. */
  hookFns: boolean;
  /** Some tasks stand in sequences. */
  sequences: boolean;
  /** Some tasks have rates. */
  rates: boolean;
  /** Some intermediates are links. */
  linkedMiddles: boolean;
  /** Functions ask for intermediates too. */
  asksMiddles: boolean;
  /** Some tasks are carried out by tg itself (works.ts). */
  works: boolean;
  /** Some tasks are to run whenever another one has. */
  runs: boolean;
  /** Of some tasks what a failed run leaves stays. */
  halves: boolean;
  /** Some tasks have streams and words before their commands. */
  streams: boolean;
  /** Some tasks name tools. */
  tools: boolean;
}

export const ENV_NAMES: readonly string[] = ["MIXA", "MIXB", "MIXC"];
export const PARAMS: Readonly<Record<string, { readonly type: unknown; readonly default: string | number | boolean; readonly texts: readonly string[] }>> = {
  PA: { type: "string", default: "d", texts: ["d", "7", "", "two words"] },
  PN: { type: "number", default: 1, texts: ["1", "1.0", "-2.5", "70"] },
  PB: { type: "boolean", default: false, texts: ["true", "false"] },
  PE: { type: ["x", "y", "z"], default: "x", texts: ["x", "y", "z"] },
};
const CWDS = ["", "work", "work/deep"];
const SOURCE_DIRS = ["src/a", "src/b"];
const EXTS = [".c", ".t"];
/** Folders that are read as a whole: sources and what several tasks make in them, of any kind. */
const WHOLE_DIRS = ["w", "v"];
/** Folders where several tasks write files that one glob reads; sources live in the first two. */
const SHARED_DIRS = ["src/a", "src/b", "gen/a", "gen/b"];

/** Files that may be missing afterwards. */
export const middlesOf = (spec: Spec): string[] => spec.outs.flatMap((out) => (out.kind === "file" && out.role === "intermediate" ? [out.path] : []));
export const isTemp = (spec: Spec): boolean => spec.temp && middlesOf(spec).length > 0;

/** All but the members of families over lists that tasks make: these come and go. */
export const lasting = (project: Project): Spec[] => project.tasks.filter((spec) => spec.each === null);

export const randomMinSuccess = (prng: Prng): number | null => prng.pick([null, 0.3, 0.5, 0.75, 2, 3]);

export const dirOf = (pattern: string): string => pattern.slice(0, pattern.indexOf("/*"));
export const rspOf = (tag: number): string => `rsp/t${tag}.rsp`;
export const depfileOf = (tag: number): string => `dep/t${tag}.d`;
/** Where the members of a family over a list write. */
export const eachDirOf = (family: number): string => `each/${family}`;
export const stdoutOf = (tag: number): string => `log/t${tag}.txt`;
/** null: what it complains of is in its log. */
export const stderrOf = ({ tag, stdout, stderr }: Spec): string | null => (!stdout || stderr === "" ? null : stderr === "same" ? stdoutOf(tag) : `log/t${tag}.err`);
/** Files that take what it prints. */
export const streamsOf = (spec: Spec): string[] => [...new Set([...(spec.stdout ? [stdoutOf(spec.tag)] : []), ...(stderrOf(spec) === null ? [] : [stderrOf(spec)!])])];

/** The read that comes as stdin; none of a function, nor of a chain. No link: one that leads nowhere cannot be opened. */
export function stdinOf(spec: Spec): string | null {
  const read = spec.stdin && !spec.fn && !spec.chained ? spec.reads.find((one) => one.kind === "file" && !one.optional && !one.path.endsWith(".ln")) : undefined;
  return read?.kind === "file" ? read.path : null;
}

/** The words before each of its commands. */
export const wrapOf = ({ wrap }: Spec): string[] => (wrap === "" ? [] : ["env", `MIXWRAP=${wrap}`]);

/** One line: words, perhaps a header it uses, perhaps a comment. */
export function sourceText(prng: Prng, path: string): string {
  const words = [`w${prng.int(1000)}`];
  if (path.endsWith(".c") && prng.chance(0.4)) words.push(`USE:inc/h${prng.int(4)}.h`);
  if (path === "inc/h0.h" && prng.chance(0.5)) words.push("USE:inc/h3.h");
  if (prng.chance(0.3)) words.push(`#c${prng.int(100)}`);
  return words.join(" ");
}

export function newSourcePath(prng: Prng): string {
  if (prng.chance(0.15)) return `opt/o${prng.int(4)}`;
  if (prng.chance(0.12)) return `${prng.pick(WHOLE_DIRS)}/${prng.pick(["", "", "s1/"])}${prng.chance(0.2) ? "." : ""}f${prng.int(4)}${prng.pick(EXTS)}`;
  const sub = prng.pick(["", "", "/s1", "/s2", "/s1/s2"]);
  return `${prng.pick(SOURCE_DIRS)}${sub}/${prng.chance(0.05) ? "." : ""}f${prng.int(12)}${prng.pick(EXTS)}`;
}

/** Sources every project starts with. */
export function makeSources(prng: Prng): Map<string, string> {
  const sources = new Map<string, string>();
  for (const dir of CWDS.slice(1)) sources.set(`${dir}/keep`, "keep");
  for (let i = 0; i < 4; i++) sources.set(`inc/h${i}.h`, sourceText(prng, `inc/h${i}.h`));
  for (const dir of SOURCE_DIRS) for (const ext of EXTS) sources.set(`${dir}/f0${ext}`, sourceText(prng, `${dir}/f0${ext}`));
  for (const dir of WHOLE_DIRS) if (prng.chance(0.85)) sources.set(`${dir}/f0.c`, sourceText(prng, `${dir}/f0.c`));
  for (let i = 3 + prng.int(10); i > 0; i--) {
    const path = newSourcePath(prng);
    sources.set(path, sourceText(prng, path));
  }
  return sources;
}

export function blank(tag: number): Spec {
  return {
    tag, name: `t${tag}`, barrier: false, shell: false, fn: false, helped: false, returns: "", asks: [], params: [], allow: false, minSuccess: null, each: null, from: null, when: true, onlyIf: "", drift: "rebuild", keepsHalves: false, incremental: false, temp: false, timeout: false, reads: [], extra: [], outs: [], deletes: [], env: [], envValues: {}, rsp: null, cwd: "", depfile: false, found: null,
    inout: [], deps: [], runs: [], after: [], validate: [], always: false, stored: false, retries: 0, alone: false, salt: "s0", strip: false, keep: false, stdout: false, stderr: "", stdin: false, wrap: "", description: "", chained: false, isolated: false, before: "", afterRun: "", hookFn: false, hookInConfig: false, beforeTakes: false, follows: null, rate: "", tools: [],
  };
}

/** Where it writes: files, and folders that are written as a whole. */
const writesOf = (spec: Spec): string[] => [...spec.outs.map((out) => (out.kind === "glob" ? `${out.dir}/*` : out.path)), ...spec.inout];

const filesOf = (spec: Spec): Extract<Out, { kind: "file" }>[] => spec.outs.filter((out) => out.kind === "file");

/** Does a task with a tag above `tag` write a file into `dir` (or below)? Then `tag` must not glob it. */
export function writtenLater(project: Project, dir: string, tag: number): boolean {
  return project.tasks.some((spec) => spec.tag >= tag && writesOf(spec).some((path) => path.startsWith(`${dir}/`)));
}

/** May a task begin to write into `dir`: does nobody before it glob it? */
function isOpen(project: Project, spec: Spec, dir: string): boolean {
  const globs = (other: Spec): string[] => [...other.reads.flatMap((read) => (read.kind === "glob" ? [read.pattern] : [])), ...other.asks.flatMap((ask) => (ask.kind === "glob" ? [ask.what] : []))];
  return ![...project.tasks, spec].some((other) => other.tag <= spec.tag && globs(other).some((pattern) => `${dir}/`.startsWith(`${dirOf(pattern)}/`)));
}

export function randomGlob(prng: Prng, dir: string, ext: string, strict: boolean): Read {
  const pattern = prng.chance(0.5) ? `${dir}/*${ext}` : `${dir}/**/*${ext}`;
  const nots = prng.chance(0.35) ? [prng.pick([`${dir}/f1*${ext}`, `${dir}/f2${ext}`])] : [];
  return { kind: "glob", pattern, nots, allowEmpty: !strict || nots.length > 0 };
}

/** All below a folder. */
export function wholeFolder(prng: Prng, dir: string, strict: boolean): Read {
  return { kind: "glob", pattern: `${dir}/**`, nots: prng.chance(0.2) ? [prng.pick([`${dir}/f1*.c`, `${dir}/f2.c`])] : [], allowEmpty: !strict, folder: prng.pick(["bare", "slash"]) };
}

/** Something a task with this tag may read from tasks before it; null when there is nothing of the kind chosen. */
function generatedRead(project: Project, prng: Prng, spec: Spec): Read | null {
  const makers = lasting(project).filter((other) => other.tag < spec.tag && other.outs.length > 0);
  if (makers.length === 0) return null;
  const out = prng.pick(prng.pick(makers).outs);
  const deleted = project.tasks.flatMap((other) => other.deletes);
  if (out.kind === "tree" && prng.chance(0.25)) return wholeFolder(prng, out.path, true);
  if (out.kind === "tree") return prng.chance(0.3) ? { kind: "file", path: `${out.path}/fix.txt`, optional: false } : { kind: "glob", pattern: prng.pick([`${out.path}/*.txt`, `${out.path}/**/*.txt`]), nots: [], allowEmpty: false };
  if (out.kind === "glob") return { kind: "glob", pattern: `${out.dir}/*.gen`, nots: [], allowEmpty: prng.chance(0.5) };
  return deleted.includes(out.path) ? null : { kind: "file", path: out.path, optional: out.optional };
}

export function randomRead(project: Project, prng: Prng, spec: Spec, sources: readonly string[]): Read | null {
  const kind = prng.weighted({ source: 4, glob: 3, generated: 5, optional: 1, shared: 2, whole: 1.5 });
  if (kind === "generated") return generatedRead(project, prng, spec);
  if (kind === "optional") return { kind: "file", path: `opt/o${prng.int(4)}`, optional: true };
  if (kind === "source") {
    const formatted = project.tasks.flatMap((other) => (other.tag >= spec.tag ? other.inout : []));
    const literal = sources.filter((path) => /^(src|inc)\//.test(path) && !formatted.includes(path));
    return literal.length === 0 ? null : { kind: "file", path: prng.pick(literal), optional: false };
  }
  const dir = prng.pick(kind === "glob" ? SOURCE_DIRS : kind === "whole" ? [...WHOLE_DIRS, ...WHOLE_DIRS, ...SHARED_DIRS] : SHARED_DIRS);
  if (writtenLater(project, dir, spec.tag)) return null;
  if (kind === "whole") return wholeFolder(prng, dir, prng.chance(0.5) && (sources.some((path) => path.startsWith(`${dir}/`)) || writtenLater(project, dir, 0)));
  return randomGlob(prng, dir, prng.pick(EXTS), false);
}

export function randomOut(project: Project, prng: Prng, spec: Spec): Out {
  const { tag } = spec;
  const name = `${tag}x${prng.int(1000)}`;
  const kind = prng.weighted({ file: 6, nested: 1, shared: 2, optional: 1, middle: 2, tree: 1.5, glob: 1.5, link: 1.5, whole: 2 });
  const whole = prng.pick(WHOLE_DIRS);
  if (kind === "whole" && spec.each === null && isOpen(project, spec, whole)) return inWhole(prng, `${whole}/${prng.chance(0.2) ? "s1/" : ""}`, name);
  if (kind === "link") return { kind: "file", path: `out/t${name}.ln`, optional: false, role: "output", link: true };
  if (kind === "tree") return { kind: "tree", path: `tree/t${name}` };
  if (kind === "glob") return { kind: "glob", dir: `pat/t${name}` };
  if (kind === "middle") return { kind: "file", path: `mid/t${name}.i`, optional: false, role: "intermediate" };
  if (kind === "optional") return { kind: "file", path: `out/t${name}.opt`, optional: true, role: "output" };
  const dir = prng.pick(SHARED_DIRS);
  const path = kind === "shared" && spec.each === null && isOpen(project, spec, dir) ? `${dir}/g${name}${prng.pick(EXTS)}` : kind === "nested" ? `out/deep/t${tag}/${name}.o` : `out/t${name}.o`;
  return { kind: "file", path, optional: false, role: "output" };
}

/** An output of any kind in a folder that is read as a whole. */
function inWhole(prng: Prng, dir: string, name: string): Out {
  const kind = prng.weighted({ file: 3, hidden: 1, optional: 1, middle: 3, tree: 1, glob: 1 });
  if (kind === "tree") return { kind, path: `${dir}t${name}` };
  if (kind === "glob") return { kind, dir: `${dir}p${name}` };
  if (kind === "middle") return { kind: "file", path: `${dir}t${name}.i`, optional: false, role: "intermediate" };
  return { kind: "file", path: `${dir}${kind === "hidden" ? "." : ""}t${name}${kind === "optional" ? ".opt" : ".o"}`, optional: kind === "optional", role: "output" };
}

function addEdges(project: Project, prng: Prng, spec: Spec): void {
  const tags = lasting(project).map((other) => other.tag);
  if (tags.length === 0) return;
  if (prng.chance(0.25)) spec.deps = prng.some(tags, 1 + prng.int(2));
  if (prng.chance(0.15)) spec.after = prng.some(tags, 1);
  if (prng.chance(0.1)) spec.validate = prng.some(tags, 1);
}

/** What joins others, a family over a list or one of its members, a file of that, or all of them. */
function joinedQuestion(project: Project, prng: Prng, spec: Spec): Question | null {
  const barriers = project.tasks.filter((other) => other.barrier && other.tag < spec.tag);
  const lists = barriers.filter((other) => other.from !== null);
  if (barriers.length === 0) return null;
  const barrier = prng.pick(lists.length > 0 && prng.chance(0.8) ? lists : barriers);
  const kind = barrier.from === null ? "all" : prng.weighted({ all: 2, member: 3, file: 3, glob: 2 });
  if (kind === "glob") return { kind, what: `${eachDirOf(barrier.tag)}/*.o` };
  if (kind === "all") return { kind: "task", tag: barrier.tag };
  const key = prng.pick(LIST_KEYS);
  if (kind === "file") return { kind: "need", what: `${eachDirOf(barrier.tag)}/${key}.o` };
  const member = project.tasks.find((other) => other.each?.family === barrier.tag && other.each.key === key);
  return member === undefined ? null : { kind: "task", tag: member.tag };
}

/** What a function may ask: variables, places where nothing is, files and tasks before it. */
export function randomQuestion(project: Project, prng: Prng, spec: Spec, sources: readonly string[]): Question | null {
  const kind = prng.weighted({ env: 1, absent: 1, glob: 2, need: 3, task: 2, joined: project.tasks.some((other) => other.from !== null && other.tag < spec.tag) ? 5 : 0.5 });
  if (kind === "joined") return joinedQuestion(project, prng, spec);
  if (kind === "env") return { kind, what: prng.pick(ENV_NAMES) };
  if (kind === "absent") return { kind, what: `opt/o${prng.int(4)}` };
  if (kind === "glob") {
    if (project.asksMiddles && prng.chance(0.5)) return wholeQuestion(project, prng, spec);
    const dir = prng.pick(SHARED_DIRS);
    return writtenLater({ ...project, tasks: [...project.tasks, spec] }, dir, spec.tag) ? null : { kind, what: prng.chance(0.5) ? `${dir}/*${prng.pick(EXTS)}` : `${dir}/**/*${prng.pick(EXTS)}` };
  }
  const before = lasting(project).filter((other) => other.tag < spec.tag && !other.barrier && other.when && !other.allow);
  if (kind === "task") return before.length === 0 ? null : { kind, tag: prng.pick(before).tag };
  const middles = project.asksMiddles && prng.chance(0.7) ? before.flatMap(middlesOf).filter((path) => !project.tasks.some((other) => other.deletes.includes(path))) : [];
  if (middles.length > 0) return { kind, what: prng.pick(middles) };
  const made = before.flatMap((other) => filesOf(other).flatMap((out) => (out.role === "output" && !out.optional ? [out.path] : [])));
  const formatted = project.tasks.flatMap((other) => (other.tag >= spec.tag ? other.inout : []));
  const literal = sources.filter((path) => /^(src|inc)\//.test(path) && !formatted.includes(path));
  const paths = made.length > 0 && prng.chance(0.7) ? made : literal;
  return paths.length === 0 ? null : { kind, what: prng.pick(paths) };
}

/** A pattern in a folder of which intermediates are made as well. */
function wholeQuestion(project: Project, prng: Prng, spec: Spec): Question | null {
  const dir = prng.pick(WHOLE_DIRS);
  return writtenLater({ ...project, tasks: [...project.tasks, spec] }, dir, spec.tag) ? null : { kind: "glob", what: `${dir}/${prng.pick(["", "**/"])}*${prng.pick([".i", ".i", ".o", ".c"])}` };
}

/** An intermediate nobody else reads may be deleted by its reader. */
function maybeDelete(project: Project, prng: Prng, spec: Spec): void {
  const middles = project.tasks.flatMap(middlesOf);
  for (const read of spec.reads) {
    if (read.kind !== "file" || !read.path.startsWith("mid/") || spec.depfile || !prng.chance(0.6)) continue;
    // It may have become an output since: no reader may take that away.
    if (middles.includes(read.path) && !project.tasks.some((other) => other.reads.some((r) => r.kind !== "glob" && r.path === read.path) || other.asks.some((ask) => ask.kind === "need" && ask.what === read.path))) spec.deletes.push(read.path);
  }
}

/** A depfile does not name a link that leads nowhere. */
const isSeen = (out: Extract<Out, { kind: "file" }>): boolean => out.role === "output" && !out.optional && out.link !== true;

function hiddenRead(project: Project, prng: Prng, spec: Spec): void {
  const makers = lasting(project).filter((other) => other.when && other.onlyIf === "" && !other.allow && !other.name.includes("[") && filesOf(other).some(isSeen));
  if (makers.length === 0) return;
  const maker = prng.pick(makers);
  const out = prng.pick(filesOf(maker).filter(isSeen));
  if (spec.reads.some((read) => read.kind === "file" && read.path === out.path)) return;
  spec.reads.push({ kind: "hidden", path: out.path });
  if (!spec.after.includes(maker.tag) && !spec.deps.includes(maker.tag)) spec.after.push(maker.tag);
}

/** Some families have one who finds nothing but by its depfile. By their tags, as below. */
export function addFinders(project: Project): void {
  for (const family of project.tasks.filter(({ from, tag }) => from !== null && tag % 3 === 0)) {
    const spec = blank(project.nextTag++);
    project.tasks.push({ ...spec, depfile: true, after: [family.tag], reads: [{ kind: "file", path: `opt/o${spec.tag % 4}`, optional: true }], outs: [{ kind: "file", path: `out/t${spec.tag}x.o`, optional: false, role: "output" }] });
  }
}

/** Depfiles name what a member of a listed family makes or may come to make. By their tags: no draw becomes another one. */
export function findMembers({ tasks }: Project): void {
  for (const spec of tasks) {
    const family = spec.depfile && spec.each === null ? tasks.find((other) => other.from !== null && [...spec.deps, ...spec.after].includes(other.tag)) : undefined;
    spec.found = family === undefined ? null : `${eachDirOf(family.tag)}/${LIST_KEYS[spec.tag % LIST_KEYS.length]!}.o`;
  }
}

/** What a task may do that others may not. */
function addLeave(prng: Prng, spec: Spec): void {
  spec.allow = prng.chance(0.08);
  spec.when = !prng.chance(0.03);
  if (prng.chance(0.12)) spec.drift = prng.pick(["keep", "keep", "error"]);
  spec.incremental = prng.chance(0.3) && spec.outs.some((out) => out.kind !== "file");
  spec.timeout = !spec.fn && prng.chance(0.15);
  spec.temp = prng.chance(0.5);
}

/** Makes up one more task. The caller adds it to the project. */
export function randomTask(project: Project, prng: Prng, sources: readonly string[]): Spec {
  const spec = blank(project.nextTag++);
  addEdges(project, prng, spec);
  const shape = prng.weighted({ usual: 10, stamp: 2, sourceless: 1, barrier: 1, format: 1 });
  if (shape === "barrier") {
    spec.barrier = true;
    if (spec.deps.length === 0 && project.tasks.length > 0) spec.deps = prng.some(lasting(project), 2).map((other) => other.tag);
    return spec;
  }
  if (prng.chance(0.15)) spec.name = prng.pick([`lib/t${spec.tag}`, `t ${spec.tag}`, `t${spec.tag}:x`]);
  spec.fn = prng.chance(0.25);
  spec.shell = !spec.fn && prng.chance(0.4);
  if (spec.fn) spec.returns = prng.pick(["", "value", "value", "list"]);
  if (prng.chance(0.15)) spec.params = prng.some(Object.keys(PARAMS), 1 + prng.int(2));
  spec.strip = prng.chance(0.3);
  spec.keep = prng.chance(0.2);
  if (prng.chance(0.3)) spec.env = prng.some(ENV_NAMES, 1 + prng.int(2));
  else if (prng.chance(0.1)) spec.envValues = { MIXSET: `v${prng.int(9)}` };
  if (prng.chance(0.15)) spec.rsp = `rsp ${prng.int(100)}`;
  if (prng.chance(0.25)) spec.cwd = prng.pick(CWDS);
  if (shape !== "sourceless") for (let i = 1 + prng.int(3); i > 0; i--) spec.reads.push(randomRead(project, prng, spec, sources) ?? randomGlob(prng, "opt", "", false));
  if (shape === "sourceless") spec.after = [];
  else if (shape !== "stamp" && prng.chance(0.35)) spec.depfile = true;
  if (shape === "format") {
    const free = sources.filter((path) => path.startsWith("src/") && path.endsWith(".t") && !project.tasks.some((other) => other.inout.includes(path) || readsFile(other, path)) && !readsFile(spec, path));
    if (free.length > 0) {
      spec.inout = [prng.pick(free)];
      spec.strip = false;
    }
  }
  if (shape !== "stamp" && !(shape === "format" && prng.chance(0.5))) for (let i = 1 + prng.int(2); i > 0; i--) spec.outs.push(randomOut(project, prng, spec));
  if (prng.chance(0.1) && spec.outs.length > 0 && !spec.fn) spec.stdout = true;
  if (spec.outs.length + spec.inout.length === 0) spec.depfile = false;
  if (spec.depfile && prng.chance(0.4)) hiddenRead(project, prng, spec);
  if (spec.fn && prng.chance(0.5)) for (let i = 1 + prng.int(3); i > 0; i--) addQuestion(project, prng, spec, sources);
  if (prng.chance(0.04)) spec.always = true;
  addLeave(prng, spec);
  if (prng.chance(spec.timeout ? 0.6 : 0.2)) spec.retries = 1 + prng.int(2);
  spec.alone = prng.chance(0.2);
  maybeDelete(project, prng, spec);
  return spec;
}

export function addQuestion(project: Project, prng: Prng, spec: Spec, sources: readonly string[]): Question | null {
  const drawn = randomQuestion(project, prng, spec, sources);
  const question = drawn !== null && ["need", "task", "glob"].includes(drawn.kind) && prng.chance(0.35) ? { ...drawn, caught: true } : drawn;
  if (question === null || (question.kind === "need" && spec.inout.includes(question.what)) || (question.kind === "glob" && spec.inout.some((path) => path.startsWith(dirOf(question.what))))) return null;
  spec.asks.push(question);
  needFamilies(project, spec);
  return question;
}

/** A pattern sees the files of those members alone that are known by then: who asks by one needs the family first. */
export function needFamilies(project: Project, spec: Spec): void {
  for (const [at, ask] of [...spec.asks.entries()].reverse()) {
    const family = ask.kind === "glob" ? project.tasks.find((other) => other.from !== null && ask.what.startsWith(`${eachDirOf(other.tag)}/`)) : undefined;
    if (family === undefined || spec.asks.slice(0, at).some((other) => other.kind === "task" && other.tag === family.tag && other.caught !== true)) continue;
    spec.asks.splice(at, 0, { kind: "task", tag: family.tag });
  }
}

/** Would the task see this file by a literal or a glob (roughly: the folder is enough)? */
function readsFile(spec: Spec, path: string): boolean {
  return spec.reads.some((read) => (read.kind === "glob" ? path.startsWith(`${dirOf(read.pattern)}/`) : read.path === path)) ||
    spec.asks.some((ask) => (ask.kind === "glob" ? path.startsWith(`${dirOf(ask.what)}/`) : ask.kind === "need" && ask.what === path));
}

/** Makes some tasks instances of one family, with the barrier that joins them. */
function addFamily(project: Project, prng: Prng, sources: Map<string, string>): void {
  const unseen = project.tasks.flatMap((other) => other.reads.flatMap((read) => (read.kind === "hidden" ? [read.path] : [])));
  const isReadUnseen = (spec: Spec): boolean => filesOf(spec).some((out) => unseen.includes(out.path));
  const members = prng.some(project.tasks.filter((spec) => !spec.barrier && !spec.fn && !isReadUnseen(spec)), 2 + prng.int(3));
  if (members.length === 0) return;
  const barrier = blank(project.nextTag++);
  barrier.barrier = true;
  barrier.name = `fam${barrier.tag}`;
  barrier.deps = members.map((spec) => spec.tag);
  barrier.minSuccess = randomMinSuccess(prng);
  // A file that only one of them reads: they fail one by one.
  for (const spec of barrier.minSuccess === null ? [] : members) {
    spec.reads.push({ kind: "file", path: `inc/own${spec.tag}`, optional: false });
    sources.set(`inc/own${spec.tag}`, prng.chance(0.4) ? "w1 FAIL" : "w1");
  }
  for (const spec of members) spec.name = `${barrier.name}[${prng.chance(0.3) ? "a/" : ""}k${spec.tag}]`;
  project.tasks.push(barrier);
}

/** A family over the list that a task returns: a member for each key that may stand in it, and one who reads what they make. */
function addListFamily(project: Project, prng: Prng, sources: readonly string[]): void {
  const source = prng.pick([...project.tasks.filter((spec) => spec.fn && spec.returns === "list"), blank(project.nextTag++)]);
  if (!project.tasks.includes(source)) {
    Object.assign(source, { fn: true, returns: "list", reads: [{ kind: "file", path: prng.pick(sources.filter((path) => /^(src|inc)\//.test(path))), optional: true }] });
    for (let i = prng.int(3); i > 0; i--) source.reads.push(randomRead(project, prng, source, sources) ?? randomGlob(prng, "opt", "", false));
    // One list may follow another.
    for (let i = prng.int(3); i > 0; i--) addQuestion(project, prng, source, sources);
    project.tasks.push(source);
  }
  Object.assign(source, { allow: false, when: true, onlyIf: "" });
  const first = project.nextTag;
  const barrier = blank((project.nextTag = first + LIST_KEYS.length + 1) - 1);
  Object.assign(barrier, { barrier: true, name: `each${barrier.tag}`, from: source.tag, after: [source.tag], minSuccess: prng.chance(0.5) ? randomMinSuccess(prng) : null });
  for (const [at, key] of LIST_KEYS.entries()) {
    const spec = { ...randomTask({ ...project, nextTag: first + at }, prng, sources), each: { family: barrier.tag, from: source.tag, key }, name: `${barrier.name}[${key}]`, barrier: false, fn: false, returns: "" as const, asks: [], inout: [], deletes: [], validate: [] };
    spec.outs = [{ kind: "file", path: `${eachDirOf(barrier.tag)}/${key}.o`, optional: false, role: "output" }, ...spec.outs.filter((out) => !/^(src|gen|w|v)\//.test(out.kind === "glob" ? out.dir : out.path))];
    spec.reads = lenient(spec.reads);
    if (!spec.after.includes(source.tag)) spec.after = [...spec.after, source.tag];
    if (spec.reads.length === 0) spec.reads.push({ kind: "file", path: `opt/o${prng.int(4)}`, optional: true });
    project.tasks.push(spec);
    barrier.deps.push(spec.tag);
  }
  project.tasks.push(barrier);
  const join = randomTask(project, prng, sources);
  join.deps = [...new Set([...join.deps, barrier.tag])];
  if (!join.barrier) join.reads.push(prng.chance(0.7) ? { kind: "glob", pattern: `${eachDirOf(barrier.tag)}/*.o`, nots: [], allowEmpty: true } : { kind: "file", path: `${eachDirOf(barrier.tag)}/k1.o`, optional: true });
  project.tasks.push(join);
  if (prng.chance(0.7)) addAsker(project, prng, sources);
}

/** A function that asks, most likely for what a list brings. */
function addAsker(project: Project, prng: Prng, sources: readonly string[]): void {
  const spec = randomTask(project, prng, sources);
  project.tasks.push(spec);
  if (spec.barrier) return;
  Object.assign(spec, { fn: true, shell: false, timeout: false, stdout: false, returns: prng.pick(["", "value"]) });
  for (let i = 1 + prng.int(3); i > 0; i--) addQuestion(project, prng, spec, sources);
}

/** May it be that it does not run? Not where somebody reads unseen what it makes, nor who makes a list or stands in one. */
export function mayBeAsked(project: Project, spec: Spec): boolean {
  const unseen = project.tasks.flatMap((other) => other.reads.flatMap((read) => (read.kind === "hidden" ? [read.path] : [])));
  return !spec.barrier && spec.each === null && !project.tasks.some((other) => other.from === spec.tag) && !filesOf(spec).some((out) => unseen.includes(out.path));
}

/** What decides whether a task runs. */
export const randomOnlyIf = (prng: Prng): string => `${prng.chance(0.6) ? "!" : ""}opt/o${prng.int(4)}`;

/** Some tasks are asked whether they run, some functions import the helper. Of a generator of its own: the other stories stay what they were. */
export function askSome(project: Project, prng: Prng): void {
  for (const spec of project.tasks) spec.helped = spec.fn && prng.chance(0.4);
  project.asksWhen = prng.chance(0.3);
  for (const spec of project.tasks) if (project.asksWhen && prng.chance(0.3) && mayBeAsked(project, spec)) spec.onlyIf = randomOnlyIf(prng);
}

/** Not of what runs nothing or makes a list, nor where a member would have a stdout of its own. */
export const mayBeChain = (project: Project, spec: Spec): boolean => !spec.barrier && !spec.stdout && !project.tasks.some((other) => other.from === spec.tag);

/** Some tasks are chains, some functions have a process of their own. Of a generator of its own, as above. */
export function chainSome(project: Project, prng: Prng): void {
  project.chains = prng.chance(0.25);
  for (const spec of project.tasks) {
    spec.chained = project.chains && prng.chance(0.4) && mayBeChain(project, spec);
    spec.isolated = project.chains && spec.fn && prng.chance(0.4);
  }
}

export const mayHook = (spec: Spec): boolean => !spec.barrier;

export const randomHook = (prng: Prng): string => `${prng.chance(0.15) ? "FAIL" : "h"}${prng.int(100)}`;

/** What its last hook rewrites: a file that it surely made. */
export const hookedOut = (spec: Spec): string | undefined => filesOf(spec).find((out) => !out.optional && out.link !== true)?.path;

/** Some tasks have hooks. Of a generator of its own, as above. */
export function hookSome(project: Project, prng: Prng): void {
  project.hooks = prng.chance(0.25);
  for (const spec of project.tasks) {
    if (!project.hooks || !mayHook(spec)) continue;
    if (prng.chance(0.25)) spec.before = randomHook(prng);
    if (prng.chance(0.25)) spec.afterRun = randomHook(prng);
  }
}

/** Some hooks are functions. Of a generator of its own, as above. */
export function callSome(project: Project, prng: Prng): void {
  project.hookFns = project.hooks && prng.chance(0.5);
  for (const spec of project.tasks) spec.hookFn = project.hookFns && prng.chance(0.6);
}

/** Some hooks that are functions take values before a run, those of some chains and instances stand in the config. Of a generator of its own, as above. */
export function callMore(project: Project, prng: Prng): void {
  for (const spec of project.tasks) {
    spec.beforeTakes = project.hookFns && prng.chance(0.5);
    spec.hookInConfig = project.hookFns && prng.chance(0.3);
  }
}

/** Not what joins a family, nor what stands in one: that is said by the family. */
export const mayBeInSequence = (project: Project, spec: Spec): boolean => spec.each === null && spec.from === null && !spec.name.includes("[") && !project.tasks.some((other) => other.name.startsWith(`${spec.name}[`));

/** Who stands before it in a sequence, if anybody does: each has one behind it. */
export function followed(project: Project, spec: Spec): Spec | undefined {
  const isOne = (one: Spec): boolean => one.follows === spec.follows && one.after.includes(spec.follows!) && mayBeInSequence(project, one);
  const before = spec.follows === null ? undefined : project.tasks.find(({ tag }) => tag === spec.follows);
  return before !== undefined && mayBeInSequence(project, before) && project.tasks.find(isOne)?.tag === spec.tag ? before : undefined;
}

/** It comes after another one, in a sequence. */
export function follow(spec: Spec, before: Spec): void {
  spec.follows = before.tag;
  if (!spec.after.includes(before.tag)) spec.after = [...spec.after, before.tag];
}

/** Some tasks stand in sequences. Of a generator of its own, as above. */
export function sequenceSome(project: Project, prng: Prng): void {
  project.sequences = prng.chance(0.25);
  const able = lasting(project).filter((spec) => mayBeInSequence(project, spec)).sort((a, b) => a.tag - b.tag);
  for (let i = project.sequences ? 1 + prng.int(2) : 0; i > 0; i--) {
    const row = prng.some(able.filter((spec) => spec.follows === null && !able.some(({ follows }) => follows === spec.tag)), 2 + prng.int(4));
    for (const [at, spec] of row.entries()) if (at > 0) follow(spec, row[at - 1]!);
  }
}

/** Starts in a time: short enough for a story, and long beside what tg takes to start two. */
export const RATES: Readonly<Record<"own" | "pool", { readonly count: number; readonly perMs: number }>> = { own: { count: 1, perMs: 60 }, pool: { count: 2, perMs: 80 } };

/** The same in a config: these are seconds at least. */
export const CONFIG_RATES: typeof RATES = { own: { count: 2, perMs: 1000 }, pool: { count: 4, perMs: 1000 } };

export const rateText = (of: "own" | "pool"): string => `${CONFIG_RATES[of].count}/s`;

export const randomRate = (prng: Prng): Spec["rate"] => prng.pick(["", "own", "pool", "pool"]);

export const poolOf = ({ alone, rate }: Spec): string => (alone ? "one" : rate === "pool" ? "paced" : "");

/** Some tasks have rates. Of a generator of its own, as above. */
export function paceSome(project: Project, prng: Prng): void {
  project.rates = prng.chance(0.15);
  for (const spec of project.tasks) if (project.rates && !spec.barrier && prng.chance(0.4)) spec.rate = randomRate(prng);
  for (const { name } of project.tasks) if (project.rates && prng.chance(0.6)) for (const spec of project.tasks) if (spec.name.startsWith(`${name}[`)) spec.rate = "own";
}

/** Some intermediates are links; some of their makers read what they may lead to, and others them. Of a generator of its own, as above. */
export function linkSome(project: Project, prng: Prng): void {
  project.linkedMiddles = prng.chance(0.2);
  for (const spec of project.linkedMiddles ? lasting(project).filter((one) => !one.barrier) : []) {
    const unseen = spec.outs.findIndex((out) => out.kind === "file" && out.link === true);
    const made = spec.outs[unseen];
    if (made?.kind === "file" && prng.chance(0.7)) spec.outs[unseen] = { ...made, role: "intermediate" };
    else if (prng.chance(0.3)) spec.outs.push({ kind: "file", path: `mid/t${spec.tag}x${prng.int(1000)}.ln`, optional: false, role: "intermediate", link: true });
    const link = filesOf(spec).find((out) => out.link === true && out.role === "intermediate");
    if (link === undefined) continue;
    if (prng.chance(0.6)) for (const path of TARGETS) if (!spec.reads.some((read) => read.kind !== "glob" && read.path === path)) spec.reads.push({ kind: "file", path, optional: true });
    const readers = lasting(project).filter((other) => other.tag > spec.tag && !other.barrier && !readsFile(other, link.path));
    for (const other of prng.some(readers, 1 + prng.int(2))) other.reads.push({ kind: "file", path: link.path, optional: false });
  }
}

/** Of some tasks what a failed run leaves stays. Of a generator of its own, as above. */
export function keepSome(project: Project, prng: Prng): void {
  project.halves = prng.chance(0.2);
  for (const spec of project.tasks) spec.keepsHalves = project.halves && !spec.barrier && prng.chance(0.5);
}

/** It has other streams from now on, or other words before its commands. */
export function changeStreams(prng: Prng, spec: Spec): string {
  const kind = prng.weighted({ wrap: 2, stdin: 2, stderr: spec.stdout ? 2 : 0 });
  if (kind === "wrap") return `is wrapped in ${(spec.wrap = prng.pick(["", "w1", "w2"])) || "nothing"} now`;
  if (kind === "stdin") return `takes a file as its stdin is now ${(spec.stdin = !spec.stdin)}`;
  return `complains to ${(spec.stderr = prng.pick(["", "own", "same"])) || "its log"} now`;
}

/** Some tasks have streams and words before their commands. Of a generator of its own, as above. */
export function streamSome(project: Project, prng: Prng): void {
  project.streams = prng.chance(0.25);
  for (const spec of project.tasks) {
    if (!project.streams || spec.barrier || prng.chance(0.4)) continue;
    if (mayPrint(spec) && prng.chance(0.3)) spec.stdout = true;
    for (let i = 3; i > 0; i--) changeStreams(prng, spec);
  }
}

/** Not a function, not a chain, and not who makes nothing else. */
const mayPrint = (spec: Spec): boolean => !spec.fn && !spec.chained && spec.each === null && spec.outs.length > 0;

/** Not what joins a family: what that names is no dep by itself. */
export const mayFollowRuns = (project: Project, spec: Spec): boolean => spec.from === null && !project.tasks.some((other) => other.name.startsWith(`${spec.name}[`));

/** It runs whenever another one before it has, or does so no more. */
export function followRuns(project: Project, prng: Prng, spec: Spec): string {
  const tags = lasting(project).flatMap(({ tag }) => (tag < spec.tag ? [tag] : []));
  const tag = prng.pick(spec.deps.length > 0 && prng.chance(0.6) ? spec.deps : [...tags, ...spec.deps]);
  if (tag === undefined || !mayFollowRuns(project, spec)) return "nothing";
  if (!spec.deps.includes(tag)) spec.deps = [...spec.deps, tag];
  spec.runs = spec.runs.includes(tag) ? spec.runs.filter((one) => one !== tag) : [...spec.runs, tag];
  return `runs after every run of T${tag} is now ${spec.runs.includes(tag)}`;
}

/** Some tasks run whenever another one has. Of a generator of its own, as above. */
export function followSome(project: Project, prng: Prng): void {
  project.runs = prng.chance(0.25);
  for (const spec of project.tasks) if (project.runs && prng.chance(spec.barrier ? 0.8 : 0.4)) followRuns(project, prng, spec);
  // What joins others says so for whoever names it.
  for (const { tag } of project.tasks.filter(({ barrier, runs }) => barrier && runs.length > 0)) {
    const readers = project.tasks.filter((other) => other.tag > tag && !other.deps.includes(tag) && mayFollowRuns(project, other));
    for (const other of prng.some(readers, 2)) other.deps = [...other.deps, tag];
  }
}

/** In some projects functions ask for intermediates, by name and by pattern. Of a generator of its own, as above. */
export function askMiddles(project: Project, prng: Prng, sources: readonly string[]): void {
  project.asksMiddles = prng.chance(0.25);
  for (const spec of project.tasks) if (project.asksMiddles && spec.fn && prng.chance(0.6)) for (let i = 1 + prng.int(2); i > 0; i--) addQuestion(project, prng, spec, sources);
}

/** Nothing that must be there: a member may come into a build that has begun. */
export const lenient = (reads: readonly Read[]): Read[] => reads.filter((read) => read.kind !== "hidden").map((read) => (read.kind === "file" ? { ...read, optional: true } : { ...read, allowEmpty: true }));

export function randomProject(prng: Prng): { project: Project; sources: Map<string, string> } {
  const sources = makeSources(prng);
  const project: Project = { tasks: [], env: {}, params: {}, nextTag: 1, comment: "", helperComment: "", asksWhen: false, chains: false, hooks: false, hookFns: false, sequences: false, rates: false, linkedMiddles: false, asksMiddles: false, works: false, runs: false, halves: false, streams: false, tools: false };
  for (const name of ENV_NAMES) if (prng.chance(0.6)) project.env[name] = `e${prng.int(100)}`;
  const size = prng.chance(0.8) ? 3 + prng.int(12) : 10 + prng.int(31);
  while (project.tasks.length < size) project.tasks.push(randomTask(project, prng, [...sources.keys()]));
  if (prng.chance(0.4)) addFamily(project, prng, sources);
  if (prng.chance(0.4)) addListFamily(project, prng, [...sources.keys()]);
  if (project.tasks.some((spec) => spec.from !== null) && prng.chance(0.3)) addListFamily(project, prng, [...sources.keys()]);
  if (prng.chance(0.3)) for (const spec of project.tasks) spec.stored = !spec.barrier && !spec.incremental && prng.chance(0.7);
  return { project, sources };
}
