// Everything a step needs while a build runs: the situation, the ports, and where things go.
import type { Emit } from "../../model/event.ts";
import type { Engine, Recorder, System } from "../../model/ports.ts";
import type { ResultStore } from "../../model/stored.ts";
import type { FilePath } from "../../model/path.ts";
import type { TaskName } from "../../model/task.ts";
import type { Straight } from "../../staleness/ways.ts";
import type { Elsewhere } from "../files/elsewhere.ts";
import type { Handed } from "../files/handed.ts";
import type { Names } from "./named.ts";
import type { Remains } from "../files/remains.ts";
import type { Renewals } from "./renewals.ts";
import type { Situation } from "../survey/situation.ts";

export interface Workshop {
  readonly situation: Situation;
  readonly engine: Engine;
  readonly system: System;
  readonly recorder: Recorder;
  readonly emit: Emit;
  /** The result store; null: none (`--no-cache`, or no task uses it). */
  readonly results: ResultStore | null;
  /** Folder for saved copies, root-relative, unique to this build. */
  readonly savedDir: FilePath;
  /** Folder for what is being removed, root-relative; emptied at the next use. */
  readonly asideDir: FilePath;
  /** Root-relative path of a task's log. */
  logOf(task: TaskName): FilePath;
  /** Root-relative scratch folder of a task. */
  scratchOf(task: TaskName): FilePath;
  /** Folder for what a function adds to the report, emptied before each run. */
  notesOf(task: TaskName): FilePath;
  /** What earlier runs may have left in the places above. */
  readonly remains: Remains;
  /** `askedMs`: monotonic time at which the filesystem's clock was last read after a task had ended. `logs`: their folder has been created. */
  readonly done: { askedMs: number; logs: boolean };
  /** Tasks whose command ended in this build, with the filesystem's time then. */
  readonly endedAt: Map<number, number>;
  /** Other configs of the project. */
  readonly elsewhere: Elsewhere;
  /** What other tasks made before. */
  readonly handed: Handed;
  /** Names found in depfiles. */
  readonly names: Names;
  /** Folders that contain inputs. */
  readonly straight: Straight;
  /** Tasks that may be stopped and restarted while they run. */
  readonly renewals: Renewals;
  /** Tasks that have, or may have, printed something in this build: others have no log. */
  readonly spoke: Set<number>;
}
