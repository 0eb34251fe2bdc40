// What a step needs at hand while a build runs: the situation, the doors, and where things go.
import type { Emit } from "../model/event.ts";
import type { Engine, Recorder, System } from "../model/ports.ts";
import type { ResultStore } from "../model/stored.ts";
import type { FilePath } from "../model/path.ts";
import type { TaskName } from "../model/task.ts";
import type { Straight } from "../staleness/ways.ts";
import type { Elsewhere } from "./elsewhere.ts";
import type { Handed } from "./handed.ts";
import type { Remains } from "./remains.ts";
import type { Renewals } from "./renewals.ts";
import type { Situation } from "./situation.ts";

export interface Workshop {
  readonly situation: Situation;
  readonly engine: Engine;
  readonly system: System;
  readonly recorder: Recorder;
  readonly emit: Emit;
  /** Where results are kept; null: nowhere (`--no-cache`, or no task asks for it). */
  readonly results: ResultStore | null;
  /** Folder for saved copies, root-relative, unique for this build. */
  readonly savedDir: FilePath;
  /** Folder for what is being removed, root-relative; emptied at the next use. */
  readonly asideDir: FilePath;
  /** Root-relative path of a task's log. */
  logOf(task: TaskName): FilePath;
  /** Root-relative scratch folder of a task. */
  scratchOf(task: TaskName): FilePath;
  /** Folder of what a function says for the report, emptied before each run. */
  notesOf(task: TaskName): FilePath;
  /** What may be there of earlier runs, in the places above. */
  readonly remains: Remains;
  /** `askedMs`: when the filesystem's clock was last asked after a task had ended, by the monotonic one. `logs`: their folder has been made. */
  readonly done: { askedMs: number; logs: boolean };
  /** Tasks whose command ended in this build, with the filesystem's time then. */
  readonly endedAt: Map<number, number>;
  /** Other configs of the project. */
  readonly elsewhere: Elsewhere;
  /** What other tasks made before. */
  readonly handed: Handed;
  /** Folders that inputs lie in. */
  readonly straight: Straight;
  /** Tasks that may be stopped and started again meanwhile. */
  readonly renewals: Renewals;
  /** Tasks that have printed something in this build, or may have: others have no log. */
  readonly spoke: Set<number>;
}
