// Hooks around a whole build: setup before its tasks, teardown after them whatever happened, onFailure for each failed task.
// Their output goes to logs of their own; none can turn a failure into a success.
import type { Emit, Event } from "../model/event.ts";
import type { Action } from "../model/action.ts";
import { absoluteOf, programDirs, searchPath, type AbsolutePath, type FilePath } from "../model/path.ts";
import type { HookProblem } from "../model/problem.ts";
import { DiskError, type Engine, type Job, type JobResult, type RunningJob, type StopSignal } from "../model/ports.ts";
import type { TaskName } from "../model/task.ts";
import { briefProblem, isTaskProblem } from "../report/task-texts.ts";
import type { Doors } from "./doors.ts";
import type { OpenProject } from "./project/project.ts";

/** Everything must end within five seconds of the first signal. Tasks may use three of them, services one more (services.ts). */
const AFTER_SIGNAL_MS = 4500;
const LEAST_MS = 500;

export class Hooks {
  readonly #doors: Doors;
  readonly #project: OpenProject;
  readonly #engine: Engine;
  readonly #emit: Emit;
  /** Hooks run one after another: a hundred failures start one process at a time. */
  #queue: Promise<unknown> = Promise.resolve();
  #running: RunningJob | null = null;
  #signalledAt: number | null = null;
  failed = false;

  constructor(doors: Doors, project: OpenProject, io: { engine: Engine; emit: Emit }) {
    this.#doors = doors;
    this.#project = project;
    this.#engine = io.engine;
    this.#emit = io.emit;
  }

  /** Returns false if it failed, and nothing may be started. */
  async setup(): Promise<boolean> {
    const { setup } = this.#project.graph.settings;
    if (setup !== null) await this.#run("setup", setup, {});
    return !this.failed;
  }

  /** Called with each task's end. */
  see(event: Event): void {
    const { onFailure } = this.#project.graph.settings;
    if (onFailure === null || event.event !== "task-ended" || event.outcome !== "failed" || event.allowed === true) return;
    const error = event.problem === undefined || !isTaskProblem(event.problem) ? "" : briefProblem(event.problem);
    // A task that was told to end, or lacks an output, may still have exited with 0.
    const exit = event.exit === 0 || event.problem?.code === "timeout" || event.problem?.code === "deadline" ? null : event.exit;
    this.#queue = this.#queue.then(() => this.#run("onFailure", onFailure, { task: event.task, error, exit }));
  }

  async teardown(): Promise<void> {
    await this.#queue;
    const { teardown } = this.#project.graph.settings;
    if (teardown !== null) await this.#run("teardown", teardown, {});
  }

  /** The first signal is passed to the running hook, and teardown gets the rest of the time. A second one kills the hook. */
  interrupt(signal: StopSignal): void {
    this.#running?.signal(this.#signalledAt === null ? signal : "SIGKILL");
    this.#signalledAt ??= performance.now();
  }

  async #run(hook: "setup" | "teardown" | "onFailure", action: Action, told: { task?: TaskName; error?: string; exit?: number | null }): Promise<void> {
    if (hook === "onFailure" && this.#signalledAt !== null) return;
    const start = this.#doors.system.now();
    const job = this.#jobOf(hook, action, told);
    const decoder = new TextDecoder();
    let text = "";
    this.#clearLog(`${this.#project.graph.stateDir}/hooks`, hook);
    const running = this.#engine.start(job, (bytes) => {
      if (text.length < 64 * 1024) text += decoder.decode(bytes, { stream: true });
    });
    this.#running = running;
    const stop = this.#limitAfterSignal(running);
    const result = await running.done;
    stop();
    this.#running = null;
    const bad = result.exit !== 0 || result.problem !== null;
    this.failed ||= bad && hook !== "onFailure";
    this.#emit({ event: "hook-ended", hook, ...(told.task === undefined ? {} : { task: told.task }), start, end: this.#doors.system.now(), exit: result.exit, text, ...(bad ? { problem: problemOf(hook, result) } : {}) });
  }

  #clearLog(dir: string, hook: string): void {
    const { disk } = this.#project;
    try {
      disk.makeDir(dir);
    } catch (error) {
      // The folder itself is not a folder, rather than its parent.
      throw error instanceof DiskError && error.errno === "ENOTDIR" ? new DiskError(`${dir}/${hook}.log`, error.errno) : error;
    }
    if (hook !== "onFailure") disk.remove(`${dir}/${hook}.log`);
  }

  #limitAfterSignal(running: RunningJob): () => void {
    if (this.#signalledAt === null) return () => {};
    const left = Math.max(LEAST_MS, this.#signalledAt + AFTER_SIGNAL_MS - performance.now());
    const timer = setTimeout(() => running.signal("SIGKILL"), left);
    return () => clearTimeout(timer);
  }

  #jobOf(hook: string, action: Action, told: { task?: TaskName; error?: string; exit?: number | null }): Job {
    const { root, graph } = this.#project;
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries(this.#doors.system.env)) if (value !== undefined) env[name] = value;
    env["PATH"] = searchPath(programDirs(root), env["PATH"]);
    const at = (path: string): string => absoluteOf(path as FilePath, root as AbsolutePath);
    const failed = told.task === undefined ? undefined : { task: told.task, error: told.error ?? "", exit: told.exit ?? null };
    if (failed !== undefined) Object.assign(env, { TG_FAILED_TASK: failed.task, TG_ERROR: failed.error, TG_EXIT: failed.exit === null ? "" : String(failed.exit) });
    const context = { task: hook as TaskName, root, inputs: [], outputs: [], params: {}, env: {}, changed: [], attempt: 1, deps: {}, scratch: at(`${graph.stateDir}/scratch/.${hook}`), notes: at(`${graph.stateDir}/hooks/notes`), ...(failed === undefined ? {} : { failed }) };
    if (action.kind === "chain" || action.kind === "file") throw new Error("a hook is a command or a function");
    return {
      task: hook as TaskName, cwd: root, env, stdin: null, stdout: null, stderr: null, console: false, log: at(`${graph.stateDir}/hooks/${hook}.log`),
      action: action.kind === "function" ? { ...action, context } : action.kind === "shell" ? { ...action, shell: "/bin/sh" } : action,
    };
  }
}

function problemOf(hook: string, { exit, signal, problem }: JobResult): HookProblem {
  return { code: "build-hook-failed", hook, exit, signal, cause: problem };
}
