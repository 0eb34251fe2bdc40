// tg's own core as a subject, in this process: real files, the real judge, store, lock and scheduler; only mix runs
// in-process, and the config's value is handed over instead of evaluated.
import fs, { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { LocalResults, measure } from "../../src/cache/local.ts";
import { startFileWork } from "../../src/engine/file-work.ts";
import type { FileJob } from "../../src/model/file-work.ts";
import { build, type BuildOptions } from "../../src/cli/build.ts";
import { glance, handOver, type Unsure } from "../../src/cli/glance.ts";
import type { Doors } from "../../src/cli/doors.ts";
import type { ConfigReads, LoadRequest } from "../../src/cli/doors.ts";
import type { TaskName } from "../../src/model/task.ts";
import { statusOf } from "../../src/cli/status.ts";
import type { Event } from "../../src/model/event.ts";
import type { AbsolutePath } from "../../src/model/path.ts";
import type { Ask, Disk, Engine, FunctionContext, Job, JobResult } from "../../src/model/ports.ts";
import { bad, good, type Notice } from "../../src/model/problem.ts";
import { acquireLock } from "../../src/store/lock.ts";
import { State } from "../../src/store/state.ts";
import { openDisk } from "../../src/system/disk.ts";
import { openSystem } from "../../src/system/system.ts";
import { coarseClock } from "./coarse.ts";
import type { CoarseClock } from "./coarse.ts";
import { hookArgs, parseArgs } from "./config.ts";
import { coreOf } from "./chain.ts";
import { declare } from "./declare.ts";
import { HELPER, asksOf, collect, fnFileOf, hookReturns, hookTold, hooksAreConfigs, isInModule, takenBy, useScratch, valueOf, valuesOf } from "./fn.ts";
import type { FnContext } from "./fn.ts";
import { mixArgs } from "./config.ts";
import { mix } from "./mix.ts";
import type { MixFiles } from "./mix.ts";
import { prngOf } from "./prng.ts";
import type { Prng } from "./prng.ts";
import { tooSoon, type Told } from "./paces.ts";
import { RATES } from "./project.ts";
import type { Spec } from "./project.ts";
import type { Scene } from "./scene.ts";
import { tagsWith } from "./subject.ts";
import { pathWith, versionIn } from "./tools.ts";
import { Watching } from "./watched.ts";
import type { Built, BuildWish, Standing, Subject } from "./subject.ts";

function attempt<T>(call: () => T, otherwise: T): T {
  try {
    return call();
  } catch {
    return otherwise;
  }
}

/** The real file system as mix sees it. */
function realFiles(root: string): MixFiles {
  return {
    read: (path) => attempt(() => readFileSync(`${root}/${path}`, "latin1"), null),
    isExec: (path) => attempt(() => (statSync(`${root}/${path}`).mode & 0o111) !== 0, false),
    list: (dir) => attempt(() => readdirSync(`${root}/${dir}`, { withFileTypes: true }).map((e) => ({ name: e.name, isDir: e.isDirectory() })).sort((a, b) => (a.name < b.name ? -1 : 1)), []),
    write: (path, text) => writeFileSync(`${root}/${path}`, text, "latin1"),
    setExec: (path, exec) => chmodSync(`${root}/${path}`, exec ? 0o755 : 0o644),
    remove: (path) => rmSync(`${root}/${path}`, { force: true }),
    link: (path, to) => {
      rmSync(`${root}/${path}`, { force: true });
      symlinkSync(to, `${root}/${path}`);
    },
    makeDir: (path) => void mkdirSync(`${root}/${path}`, { recursive: true }),
  };
}

interface Bench {
  readonly scene: Scene;
  /** Every third seed lives on a file system whose clock ticks only now and then. */
  readonly clock: CoarseClock | null;
  readonly prng: Prng;
  /** Of its own: whether a new snapshot is due. */
  readonly snapshots: Prng;
  /** A watch must go on over each new snapshot, and a build is to find the journals of many before it, or none. */
  readonly often: number;
  ran: number[];
  wish: BuildWish | null;
  readonly fired: Set<number>;
  readonly running: Set<number>;
  /** Tasks that do not end by themselves. */
  readonly hanging: Map<string, (signal: string) => void>;
  broken: string[];
}

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((done) => setImmediate(done));
};

/** What `when` of the task says. */
function answerWhen({ scene }: Bench, { onlyIf }: Spec): JobResult {
  const now = Date.now();
  const isThere = lstatSync(`${scene.root}/${onlyIf.replace("!", "")}`, { throwIfNoEntry: false }) !== undefined;
  return { exit: 0, signal: null, start: now, end: now, peakKb: 0, problem: null, value: String(isThere !== onlyIf.startsWith("!")), left: [] };
}

/** Counts who runs at once. */
async function runJob(bench: Bench, job: Job, ask: Ask): Promise<JobResult> {
  const { scene, running, broken, wish } = bench;
  const spec = scene.project.tasks.find((one) => one.name === job.task);
  if (job.action.kind === "function" && job.action.fn.path.at(-1) === "when") {
    await turns(bench.prng.int(3));
    return answerWhen(bench, spec!);
  }
  const tag = spec?.tag ?? -1;
  const enter = (): void => {
    if (running.has(tag)) broken.push(`${job.task} runs twice at once`);
    running.add(tag);
    if (wish !== null && running.size > wish.jobs) broken.push(`${running.size} run at once, -j${wish.jobs}`);
    if (spec?.alone === true && scene.project.tasks.some((other) => other !== spec && other.alone && running.has(other.tag))) broken.push(`${job.task} is not alone in its pool`);
  };
  enter();
  // Who waits for an answer has no slot.
  const waiting: Ask = async (question) => {
    running.delete(tag);
    const reply = await ask(question);
    enter();
    return reply;
  };
  const hook = job.action.kind === "function" && job.action.fn.path.at(-1) !== "run" ? (job.action.fn.path.at(-1) as "before" | "afterRun") : null;
  const result = hook !== null ? await runHook(bench, job, hook) : job.action.kind === "file" ? await runWork(bench, job, job.action.work) : job.action.kind === "function" ? await runFunction(bench, job, job.action.context, waiting) : await runMix(bench, job, parseArgs(unwrapped(job.action), scene.mix.length));
  running.delete(tag);
  return result;
}

/** A command without what stands before it. */
function unwrapped(action: Extract<Job["action"], { kind: "argv" | "shell" }>): string | readonly string[] {
  if (action.kind === "shell") return action.text;
  if (action.argv[0] !== "env") return action.argv;
  return action.argv[3] === "-c" ? action.argv[4]! : action.argv.slice(2);
}

function contextOf(context: FunctionContext, ask: Ask): FnContext {
  const told = async (question: Parameters<Ask>[0]): Promise<never> => {
    const reply = await ask(question);
    if (!reply.ok) throw new Error(reply.message);
    return JSON.parse(reply.value) as never;
  };
  return {
    deps: context.deps,
    scratch: context.scratch,
    env: async (name) => (await told({ kind: "env", name })) ?? undefined,
    absent: (path) => told({ kind: "absent", path }),
    glob: (pattern) => told({ kind: "glob", pattern }),
    need: (target) => told({ kind: "need", target }),
  };
}

/** What the module of a function does, without the module. */
async function runFunction(bench: Bench, job: Job, context: FunctionContext, ask: Ask): Promise<JobResult> {
  const { project } = bench.scene;
  const spec = project.tasks.find((one) => one.name === job.task)!;
  const start = Date.now();
  const threw = (message: string): JobResult => ({ exit: 1, signal: null, start, end: Date.now(), peakKb: 0, problem: { code: "threw", task: job.task, name: "Error", message, stack: [] }, value: null, left: [] });
  let more: string[];
  const begins = hookArgs(spec, "before") === null && !coreOf(spec).word.endsWith("b");
  if (begins) bench.ran.push(spec.tag);
  await turns(bench.prng.int(2));
  try {
    more = await collect(contextOf(context, ask), valuesOf(project, spec), asksOf(project, spec));
  } catch (error) {
    return threw((error as Error).message);
  }
  const result = await runMix(bench, job, [...mixArgs(spec), ...more]);
  if (result.exit !== 0) return { ...threw("mix failed"), start: result.start };
  const value = valueOf(spec.returns, result.sum);
  return { ...result, value: value === null ? null : JSON.stringify(value) };
}

/** What tg does itself, by its own hands. */
async function runWork(bench: Bench, job: Job, work: FileJob): Promise<JobResult> {
  const spec = bench.scene.project.tasks.find((one) => one.name === job.task)!;
  if (hookArgs(spec, "before") === null) bench.ran.push(spec.tag);
  await turns(bench.prng.int(3));
  editMidway(bench, spec.tag);
  const result = await startFileWork(job, work).done;
  await turns(bench.prng.int(3));
  return result;
}

/** The edit that is to come while a task runs, once. */
function editMidway({ scene, wish, fired, clock }: Bench, tag: number): void {
  const hook = wish?.hooks?.get(tag);
  if (hook === undefined || fired.has(tag)) return;
  fired.add(tag);
  // Where what it stood in has gone meanwhile, the edit is of a new file.
  mkdirSync(dirname(`${scene.root}/${hook.path}`), { recursive: true });
  writeFileSync(`${scene.root}/${hook.path}`, hook.text);
  clock?.tick();
}

/** The same of a hook that is one. */
async function runHook(bench: Bench, job: Job, hook: "before" | "afterRun"): Promise<JobResult> {
  const spec = bench.scene.project.tasks.find((one) => one.name === job.task)!;
  const { action } = job;
  const args = hookArgs(spec, hook)!;
  const take = ({ context }: Extract<Job["action"], { kind: "function" }>): string[] => {
    mkdirSync(context.scratch, { recursive: true });
    useScratch(fs, `${context.scratch}/${args[0]![0]}`, hook === "before" ? "" : args.join(" "));
    return hookTold(context, takenBy(bench.scene.project, spec, hook));
  };
  const told = action.kind === "function" ? attempt(() => take(action), null) : [];
  if (hook === "before") bench.ran.push(spec.tag);
  const result = await runMix(bench, job, told === null ? [`A${spec.tag}`, "-s", "FAIL"] : [...args, ...told]);
  if (result.exit !== 0) return { ...result, exit: 1, problem: { code: "threw", task: job.task, name: "Error", message: "mix failed", stack: [] } };
  return { ...result, value: hook === "afterRun" && hookReturns(spec) ? JSON.stringify(valueOf("value", result.sum)) : null };
}

async function runMix(bench: Bench, job: Job, args: readonly string[]): Promise<JobResult & { readonly sum: number }> {
  const { scene, prng } = bench;
  const start = Date.now();
  const tag = parseInt(args[0]!.slice(1), 10);
  // A chain runs with its first member, and who has a hook before it with that.
  const spec = scene.project.tasks.find((one) => one.tag === tag);
  const first = spec !== undefined && hookArgs(spec, "before") !== null ? "B" : "T";
  if (spec !== undefined && job.action.kind !== "function" && args[0]!.startsWith(first) && !args[0]!.endsWith("b")) bench.ran.push(spec.tag);
  await turns(prng.int(3));
  const cwd = job.cwd === scene.root ? "" : job.cwd.slice(scene.root.length + 1);
  const midway = (): void => {
    if (args[0]!.startsWith("T")) editMidway(bench, tag);
  };
  const stdin = args.includes("-z") ? args[args.indexOf("-z") + 1]! : null;
  if (spec !== undefined && args[0]!.startsWith("T") && job.stdin !== (stdin === null ? null : `${scene.root}/${stdin}`)) bench.broken.push(`${job.task} has ${job.stdin} as its stdin, not ${stdin}`);
  const { exit, stdout, stderr = "", hangs } = mix({ args, cwd, env: job.env, files: realFiles(scene.root), midway });
  if (hangs === true) {
    const signal = await new Promise<string>((done) => bench.hanging.set(job.task, done));
    return { exit: null, signal, start, end: Date.now(), peakKb: 0, problem: null, value: null, left: [], sum: 0 };
  }
  if (job.stderr !== null) writeFileSync(job.stderr, stderr);
  if (job.stdout !== null) writeFileSync(job.stdout, job.stderr === job.stdout ? stderr + stdout : stdout);
  await turns(prng.int(3));
  // A machine that is busy elsewhere must not be taken for a slow task.
  return { exit, signal: null, start, end: start, peakKb: 0, problem: null, value: null, left: [], sum: Number(stdout.split(" ")[1]) };
}

function engineOf(bench: Bench): Engine {
  const nobody: Ask = () => Promise.resolve({ ok: false, message: "nobody answers" });
  return { start: (job, _, ask) => ({ done: runJob(bench, job, ask ?? nobody), signal: (name) => bench.hanging.get(job.task)?.(name) }), close: () => Promise.resolve() };
}

/** What tests change about the machine: mutants and damage need the rest to be real. */
export interface InProcessOptions {
  readonly wrapDisk?: (disk: Disk) => Disk;
  /** Builds as the rounds of a tg watch. */
  readonly watched?: boolean;
  /** How likely a new snapshot is found worth writing, by chance: a story is too short for one to be so. */
  readonly snapshots?: number;
  /** And other commands ask it after each look. */
  readonly asked?: boolean;
  /** Takes every event. */
  readonly listen?: (event: Event) => void;
}

/** `passing`: what the look in passing opened and saw. */
function doorsOf(bench: Bench, env: Readonly<Record<string, string>>, options: InProcessOptions, passing: Unsure | null = null): Doors {
  const { scene } = bench;
  const system = openSystem();
  return {
    ...(passing === null ? {} : { takeSeen: handOver(passing) }),
    system: { ...system, env: { ...env, PATH: pathWith(scene.project, scene.root, "/usr/bin:/bin") } },
    openDisk: (root, stateDir, o) => (options.wrapDisk ?? bench.clock?.wrap ?? ((disk: Disk) => disk))(openDisk(root, stateDir, o)),
    openStore: (stateDir, suffix, o) => {
      const store = State.open(stateDir, suffix, o);
      return Object.assign(store, { wantsCompaction: () => bench.snapshots.chance(bench.often) });
    },
    openEngine: () => engineOf(bench),
    openServiceHouse: () => Promise.reject(new Error("nobody declares a service here")),
    endStrayServices: () => Promise.resolve(),
    makeOutside: (_, prefix) => ({ dir: fs.mkdtempSync(prefix), forget: () => {} }),
    makeOutsideAgain: (_, dir) => (fs.mkdirSync(dir), { dir, forget: () => {} }),
    removeLeftFolders: () => {},
    revision: () => Promise.resolve(null),
    tracked: () => Promise.resolve([]),
    refs: () => [],
    changesSince: () => Promise.resolve(bad([{ code: "git-missing", target: "@since:" }])),
    openResults: (stateDir, root) => Promise.resolve(new LocalResults(`${stateDir}/cache`, root, "random")),
    tendResults: (stateDir) => Promise.resolve(measure(`${stateDir}/cache`)),
    lockHolder: () => null,
    openOtherStates: () => [],
    acquireLock: (stateDir, command, o) => acquireLock(stateDir, { command }, o),
    config: {
      find: () => good({ file: `${scene.root}/tasks.config.mjs` as AbsolutePath, root: scene.root as AbsolutePath }),
      load: ({ isKnown, list }) => Promise.resolve(good<Loaded>({ project: declared(scene, list, isKnown), reads: { files: ["tasks.config.mjs", "project.json", HELPER, ...scene.project.tasks.flatMap((spec) => (isInModule(spec) ? ["fn/call.mjs", fnFileOf(spec.tag)] : hooksAreConfigs(spec) ? ["fn/call.mjs"] : []))], absent: [], folders: [], env: [], volatile: false, copies: [] }, notices: [] })),
      beside: () => [], stateDirIn: () => null,
      isWhole: () => true,
    },
    askVersion: ([program = ""]) => ({ wrong: null, text: versionIn(readFileSync(program, "latin1")) ?? "" }),
    openWatcher: () => Promise.reject(new Error("nobody watches here")),
    identityOf: () => null,
    listedAt: () => null,
    openAbove: () => ({ look: () => {}, hasMoved: () => false }),
    openResident: () => Promise.reject(new Error("nobody asks here")),
    openKeys: () => ({ heard: false, close: () => {} }),
    importModule: () => Promise.resolve({ members: {}, aside: (call) => call() }),
    tool: "random",
  };
}

/** null: it is what is known, as of a config that is nothing but data. */
function declared({ project, mix }: Scene, list: LoadRequest["list"], isKnown?: (text: string) => boolean): Loaded["project"] {
  const now = declare(project, mix, (source) => (list({ task: source as TaskName, lines: null }) ?? []) as string[]);
  return isKnown?.(JSON.stringify(now)) === true ? null : now;
}

interface Loaded {
  readonly project: ReturnType<typeof declare> | null;
  readonly reads: ConfigReads;
  readonly notices: readonly Notice[];
}

const WANTS = { skip: [], params: [], paramsFile: null, args: null, config: null } as const;

export function inProcessSubject(scene: Scene, seed: number, options: InProcessOptions = {}): Subject {
  const bench: Bench = { scene, prng: prngOf(seed, 777), snapshots: prngOf(seed, 778), often: options.snapshots ?? (options.watched !== true && seed % 2 === 0 ? 0 : 0.5), ran: [], wish: null, fired: new Set(), running: new Set(), hanging: new Map(), broken: [], clock: seed % 3 === 0 ? coarseClock(scene.root) : null };
  const seenWrong: string[] = [];
  let watching: { readonly given: string; readonly by: Watching } | null = null;
  const watchingWith = ({ env, params }: Pick<BuildWish, "env" | "params">): Watching => {
    const given = JSON.stringify([env, params]);
    if (watching?.given !== given) watching = { given, by: new Watching(doorsOf(bench, env, options), { ...WANTS, params: Object.entries(params), targets: [], all: false, force: false, standsIn: scene.root, cwd: scene.root }, { root: scene.root, asked: options.asked === true }) };
    return watching.by;
  };
  const start = async (wish: BuildWish): Promise<Built> => {
    if (scene.project.tasks.some((spec) => spec.depfile) || bench.prng.chance(0.5)) bench.clock?.tick();
    bench.ran = [];
    bench.wish = wish;
    bench.fired.clear();
    bench.running.clear();
    bench.broken = seenWrong.splice(0);
    const events: Event[] = [];
    const paces: Told[] = [];
    const emit = (event: Event): void => {
      events.push(event);
      paces.push({ ...event, atMs: performance.now() });
      options.listen?.(event);
    };
    const doors = doorsOf(bench, wish.env, options);
    // As quick.ts does it: a look in passing answers a build without work, or hands over the state it opened and what it saw.
    // (It hands over nothing if it has read a file, which needs a process that has hashed before: the built command has not.
    // There it answers none where a file was touched; here it hashes that, and nobody keeps what was found: hence not always.)
    const wants = { ...WANTS, params: Object.entries(wish.params), targets: wish.targets ?? [], all: false, force: wish.force, standsIn: scene.root, cwd: scene.root };
    const passing = wish.force || bench.snapshots.chance(bench.often) || options.watched === true || wants.params.length > 0 ? null : attempt(() => glance(doors, wants, wants.targets), null);
    if (passing !== null && !("sight" in passing)) return { exit: 0, ran: [], restored: [], ended: [], events: [], stderr: "answered in passing", broken: [] };
    const wishes: BuildOptions = {
      ...wants, jobs: wish.jobs, load: null, keepGoing: wish.keepGoing,
      maxFailures: null, noWait: true, noCache: false, keepTemp: wish.keepTemp, shuffle: wish.shuffle ? bench.prng.int(1000) : null, graceMs: 100, commandLine: "tg build",
    };
    const plain = options.watched === true && wish.targets === null && !wish.force;
    const { end, wrong } = plain ? await watchingWith(wish).build(wishes, emit) : { end: await build(doorsOf(bench, wish.env, options, passing), wishes, emit, { on: () => () => {} }), wrong: [] };
    bench.broken.push(...wrong, ...tooSoon({ project: scene.project, rates: RATES }, paces));
    const restored = tagsWith(scene.project, events, "restored");
    const troubles = events.filter((event) => event.event === "problem" || (event.event === "task-ended" && event.problem !== undefined) || event.event === "notice");
    return { exit: end.exitCode, ran: [...bench.ran, ...restored], restored, ended: bench.ran, events, stderr: troubles.map((event) => JSON.stringify(event)).join("\n"), broken: bench.broken };
  };
  return {
    isProcess: false,
    watches: options.watched === true,
    hasHooks: true,
    build: start,
    status: async ({ env, params }) => {
      if (options.watched === true) seenWrong.push(...(await watchingWith({ env, params }).look()));
      const answer = await statusOf(doorsOf(bench, env, options), { ...WANTS, params: Object.entries(params), targets: [], all: true, force: false, standsIn: scene.root, cwd: scene.root }, "open");
      if (!answer.ok) return null;
      return new Map(answer.value.tasks.map((task): [string, Standing] => [task.name, { state: task.state, reasons: task.reasons }]));
    },
    ...(options.watched === true ? {} : {
      affected: async (changes, { env, params }) => {
        const doors = { ...doorsOf(bench, env, options), changesSince: () => Promise.resolve(good({ files: changes, links: [] })) };
        const answer = await statusOf(doors, { ...WANTS, params: Object.entries(params), targets: ["@since:then"], all: false, force: false, standsIn: scene.root, cwd: scene.root }, "open");
        return answer.ok ? new Set<string>(answer.value.asked) : null;
      },
    }),
    close: () => Promise.resolve(),
  };
}
