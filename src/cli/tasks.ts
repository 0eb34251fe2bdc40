// Runs the tasks of a build with what surrounds them: the engine, the store of results, hooks, and signals for all of these.
// Judges nothing and saves nothing.
import type { Emit } from "../model/event.ts";
import type { AbsolutePath, FilePath } from "../model/path.ts";
import type { Engine, StopSignal } from "../model/ports.ts";
import type { ConfigProblem } from "../model/problem.ts";
import type { TaskName } from "../model/task.ts";
import { Names } from "../schedule/step/named.ts";
import { Elsewhere } from "../schedule/files/elsewhere.ts";
import { Handed } from "../schedule/files/handed.ts";
import { Remains } from "../schedule/files/remains.ts";
import { Renewals } from "../schedule/step/renewals.ts";
import { Run, type RunEnd } from "../schedule/run/run.ts";
import type { Workshop } from "../schedule/step/workshop.ts";
import { Straight } from "../staleness/ways.ts";
import type { Doors, Share } from "./doors.ts";
import type { Grower } from "./grow.ts";
import { Hooks } from "./hooks.ts";
import { asidePath, logPath, notesPath, scratchPath, timeName } from "./names.ts";
import { demandTeller, planOf } from "./planned.ts";
import { placeOf } from "./project/place.ts";
import type { Tended } from "./services.ts";
import type { Stage } from "./stage.ts";

/** Options from the command line or from tg watch. */
interface Wished {
  readonly keepGoing: boolean;
  readonly maxFailures: number | null;
  readonly shuffle: number | null;
  readonly load: number | null;
  readonly graceMs: number;
  readonly noCache: boolean;
  readonly keepTemp: boolean;
  readonly leaveFailed?: boolean;
  readonly tellFresh?: boolean;
  readonly habits?: Set<string>;
  onRun?(hint: (path: FilePath, read: boolean) => void): void;
}

/** What ended a command early: a signal, or that nobody reads its standard output any more (SIGPIPE). */
export type EndSignal = StopSignal | "SIGPIPE";

/** How signals reach a running build. */
export interface Interrupts {
  /** Registers a signal handler; returns a function that removes it. */
  on(take: (signal: EndSignal) => void): () => void;
  /** Registers a handler for errors that code of the config throws after evaluation. */
  onThrown?(take: (problem: ConfigProblem) => void): void;
}

/** The signal for what runs when `signal` ends tg. Many programs ignore SIGPIPE. */
export function passedOn(signal: EndSignal): StopSignal {
  return signal === "SIGPIPE" ? "SIGTERM" : signal;
}

export async function engineFor(doors: Doors, share: Share, emit: Emit): Promise<Engine> {
  const engine = await doors.openEngine(share);
  if (engine.lonely === true) emit({ event: "notice", notice: { code: "jobserver-unreachable", jobs: share.jobs } });
  return engine;
}

export interface Running {
  readonly engine: Engine;
  readonly grower: Grower;
  readonly share: Share;
  readonly emit: Emit;
  readonly interrupts: Interrupts;
  readonly tended: Tended;
  onSignal(signal: EndSignal): void;
}

/** Runs setup, the tasks, then teardown, whatever happened to the others. */
export async function runTasks(doors: Doors, stage: Stage, options: Wished, r: Running): Promise<RunEnd> {
  const { engine, emit } = r;
  const results = await resultsFor(doors, stage, options);
  const hooks = new Hooks(doors, stage.project, { engine, emit });
  const { system } = doors;
  const demands = demandTeller(stage, { get cpu() { return system.parallelism; }, get memory() { return system.memoryMb; } }, emit);
  const heard: Emit = (event) => {
    emit(event);
    hooks.see(event);
  };
  const plan = planOf(stage, options, { jobs: r.share.jobs, demands });
  const workshop = workshopOf(doors, stage, { engine, results, emit: heard, graceMs: options.graceMs, habits: options.habits });
  options.onRun?.((path, read) => workshop.renewals.hint(path, read));
  const run = new Run(workshop, plan, { load: options.load, graceMs: options.graceMs, leaveFailed: options.leaveFailed === true, keepTemp: options.keepTemp, tellFresh: options.tellFresh !== false, expand: r.grower.expand, isKnown: r.grower.isKnown, demands, services: r.tended.services });
  const off = r.interrupts.on((one) => {
    r.onSignal(one);
    hooks.interrupt(passedOn(one));
    run.interrupt(passedOn(one));
    r.tended.interrupt();
  });
  try {
    if (!(await hooks.setup())) plan.stop();
    const end = await r.tended.finish(await run.run(stage.survey));
    await hooks.teardown();
    if (end.broken !== undefined) throw end.broken;
    return hooks.failed ? { ...end, bad: true } : end;
  } finally {
    off();
    await engine.close();
    results?.close(storeBytes(stage));
  }
}

async function resultsFor(doors: Doors, stage: Stage, options: Wished): Promise<Workshop["results"]> {
  const { stateDir, root } = stage.project;
  return options.noCache || storeBytes(stage) === 0 ? null : doors.openResults(stateDir, root);
}

/** Size limit of the store; 0 if no task to run keeps results. */
function storeBytes(stage: Stage): number {
  return stage.survey.open.reduce((most, task) => Math.max(most, stage.project.graph.isOrdinary?.(task) === true ? 0 : stage.project.graph.task(task).cache.store?.maxBytes ?? 0), 0);
}

export function workshopOf(doors: Doors, stage: Stage, { engine, results, emit, graceMs, habits = null }: Pick<Workshop, "engine" | "results" | "emit"> & { readonly graceMs: number; readonly habits?: Set<string> | null | undefined }): Workshop {
  const { graph: { stateDir: state }, stateDir, file, root } = stage.project;
  const stamp = timeName(doors.system.now());
  return {
    situation: stage.situation,
    engine,
    results,
    system: doors.system,
    recorder: stage.project.store,
    emit,
    savedDir: `${state}/saved/${stamp}` as FilePath,
    asideDir: asidePath(state),
    logOf: (task: TaskName) => logPath(state, task),
    scratchOf: (task: TaskName) => scratchPath(state, task),
    notesOf: (task: TaskName) => notesPath(state, task),
    remains: new Remains(stage.situation.parts.world.disk),
    done: { askedMs: -Infinity, logs: false },
    endedAt: new Map(),
    elsewhere: new Elsewhere(() => doors.openOtherStates(stateDir, placeOf(doors, file, root).suffix)),
    handed: new Handed(stage.situation, stage.project.store),
    names: new Names(stage.situation.parts.world.disk.root as AbsolutePath, stage.situation.parts.world.table),
    straight: new Straight(stage.situation.parts.world.disk),
    renewals: new Renewals(stage.situation, { habits, graceMs }),
    spoke: new Set(),
  };
}
