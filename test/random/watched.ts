// The memory of tg watch against a look from scratch: a Lookout lives as long as the environment is the same, is told where
// something changed as inotify would, and must then say of every task what a cold survey says, before and after each build.
import { lstatSync, readdirSync } from "node:fs";
import { build, type BuildEnd, type BuildOptions } from "../../src/cli/build.ts";
import type { Doors } from "../../src/cli/doors.ts";
import { Lookout } from "../../src/cli/watch/lookout.ts";
import { takePicture, type Picture, type PictureWants } from "../../src/cli/watch/picture.ts";
import { needsLockFirst } from "../../src/cli/stage.ts";
import type { Emit } from "../../src/model/event.ts";
import { parentOf, type FilePath } from "../../src/model/path.ts";
import type { WatchSignal } from "../../src/model/ports.ts";
import type { Outcome, Reason } from "../../src/model/state.ts";
import { Asking } from "./asking.ts";

/** How often each way was taken, over all seeds of a process. */
export const taken = { followed: 0, anew: 0, judged: 0, tasks: 0 };

/** Everything below `root` but the state, by path, with what inotify would tell a change of. */
function stampsOf(root: string): Map<string, string> {
  const stamps = new Map<string, string>();
  const visit = (folder: string): void => {
    for (const name of readdirSync(folder === "" ? root : `${root}/${folder}`)) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (path === ".tg") continue;
      const stat = lstatSync(`${root}/${path}`, { bigint: true });
      // A folder's own times are told to nobody.
      stamps.set(path, stat.isDirectory() ? `d${stat.ino}${stat.birthtimeNs}` : `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs} ${stat.mode}`);
      if (stat.isDirectory()) visit(path);
    }
  };
  visit("");
  return stamps;
}

function verdictsOf({ stage }: Picture): Map<string, string> {
  const { project, survey, situation } = stage;
  const told = new Map<string, string>();
  for (let task = 0; task < project.graph.count; task++) {
    if (situation.parts.wanted[task] === 1) told.set(project.graph.name(task), JSON.stringify([survey.verdicts[task], survey.open.includes(task), situation.pending[task]]));
  }
  if (survey.problems.length > 0) told.set("", JSON.stringify(survey.problems));
  return told;
}

export class Watching {
  readonly #doors: Doors;
  readonly #wants: PictureWants;
  readonly #root: string;
  readonly #lookout: Lookout;
  /** Where other commands ask; null: nobody does. */
  readonly #asking: Asking | null;
  #folders: ReadonlySet<FilePath> = new Set();
  #stamps: Map<string, string> = new Map();
  #tell: (signal: WatchSignal) => void = () => {};

  constructor(doors: Doors, wants: PictureWants, { root, asked }: { readonly root: string; readonly asked: boolean }) {
    this.#root = root;
    this.#wants = wants;
    this.#doors = { ...doors, openWatcher: (_root, tell) => ((this.#tell = tell), Promise.resolve({ quietMs: 0, watch: (folders) => Promise.resolve(this.#watch(folders)), caughtUp: () => (this.#hear(), Promise.resolve(true)), hearsAll: () => true, close: () => Promise.resolve() })) };
    this.#lookout = new Lookout(this.#doors, { wants, poll: false, tell: () => {}, alarm: () => {} });
    this.#asking = asked ? new Asking(this.#doors, wants, this.#lookout) : null;
  }

  /** What is different from a look from scratch. */
  async look(): Promise<string[]> {
    const before = this.#lookout.picture;
    this.#hear();
    await this.#lookout.look(false);
    const now = this.#lookout.picture;
    if (now?.project !== before?.project) taken.anew++;
    else if (now !== null && now.stage.live !== null && now.stage.live === before?.stage.live) {
      taken.followed++;
      taken.judged += now.stage.live.judged;
      taken.tasks += now.project.graph.count;
    }
    return this.#compare("after an edit");
  }

  /** One round: looks, builds, looks. `wrong`: what was different from a look from scratch. */
  async build(options: BuildOptions, emit: Emit): Promise<{ end: BuildEnd; wrong: string[] }> {
    const wrong = await this.look();
    const picture = this.#lookout.picture;
    const outcomes = new Map<string, Outcome>();
    const before = new Map<string, readonly Reason[]>(this.#lookout.open().map(({ task, reasons }) => [task, reasons]));
    const hear: Emit = (event) => {
      if (event.event === "task-ended") outcomes.set(event.task, event.outcome);
      emit(event);
    };
    const live = picture !== null && picture.stage.live !== null && !needsLockFirst(picture.project);
    // A watch goes on with the last good config; the story wants to hear what is wrong with this one.
    const resume = picture === null || picture.broken !== null ? {} : { resume: { project: picture.project, stage: live ? picture.stage : null } };
    const end = await build(this.#doors, { ...options, ...resume }, hear, { on: () => () => {} });
    if (picture !== null) {
      await this.#lookout.settle({ before, outcomes, endedMs: picture.project.disk.clockMs() });
      if (this.#lookout.picture?.project === picture.project) taken.followed++;
      else taken.anew++;
      wrong.push(...(await this.#compare("after a build")));
    }
    return { end, wrong };
  }

  #watch(folders: ReadonlySet<FilePath>): ReadonlySet<FilePath> {
    const fresh = new Set([...folders].filter((folder) => !this.#folders.has(folder) && (folder === "" || this.#stamps.get(folder)?.startsWith("d") === true)));
    this.#folders = new Set([...this.#folders].filter((folder) => folders.has(folder)).concat([...fresh]));
    return fresh;
  }

  /** Tells what is different since the last time, as far as its folder is watched. */
  #hear(): void {
    const now = stampsOf(this.#root);
    const gone: FilePath[] = [];
    for (const path of new Set([...this.#stamps.keys(), ...now.keys()]) as Set<FilePath>) {
      if (this.#stamps.get(path) === now.get(path)) continue;
      if (this.#stamps.get(path)?.startsWith("d") === true) gone.push(path);
      if (this.#folders.has(parentOf(path))) this.#tell({ kind: "changed", path });
    }
    this.#stamps = now;
    this.#folders = new Set([...this.#folders].filter((folder) => !gone.some((one) => folder === one || folder.startsWith(one + "/"))));
  }

  async #compare(when: string): Promise<string[]> {
    const picture = this.#lookout.picture;
    const cold = await takePicture(this.#doors, this.#wants, null);
    if (!cold.ok || picture === null || picture.broken !== null) return cold.ok ? [`${when}: nothing is known, though a look from scratch knows something`] : [];
    const known = verdictsOf(picture);
    const so = verdictsOf(cold.value);
    const names = [...new Set([...known.keys(), ...so.keys()])].filter((name) => known.get(name) !== so.get(name));
    const wrong = names.slice(0, 3).map((name) => `${when}: of "${name}" the watch knows ${known.get(name)}, a look from scratch says ${so.get(name)}`);
    return this.#asking === null ? wrong : [...wrong, ...(await this.#asking.compare(when))];
  }
}
