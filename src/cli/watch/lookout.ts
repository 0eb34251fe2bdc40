// The eyes of tg watch: looks again where its ears (ears.ts) heard something, and decides which of that means work. Builds
// nothing and schedules nothing; every answer about staleness is the judge's.
import { setTimeout as delay } from "node:timers/promises";
import type { Change, WatchEvent } from "../../model/event.ts";
import type { FilePath } from "../../model/path.ts";
import { DamagedState, type WatchSignal } from "../../model/ports.ts";
import type { Problem } from "../../model/problem.ts";
import type { Outcome } from "../../model/state.ts";
import { keepSightings } from "../../schedule/survey/live.ts";
import type { Moved } from "../../staleness/sightings.ts";
import { FIRST_TRIAL_MS } from "./trial.ts";
import { comingsOf, relistedOf } from "./changes.ts";
import { believing, type Doors } from "../doors.ts";
import { Doubts } from "./doubts.ts";
import { Ears } from "./ears.ts";
import { Faults } from "./faults.ts";
import { addDoubtful, addFolders, foldersOf, lookedAtIn } from "./folders.ts";
import type { OpenProject } from "../project/project.ts";
import { pairOf, Resting, type Built, type Settled } from "./resting.ts";
import type { Rows } from "../../model/table.ts";
import { configChanges, followOn, isOfInterest, judgeAgain, lookAgain, lookAtRows, movedConfig, movesConfig, openTasks, ripeInMs, takePicture, toolsMoved, type Due, type Picture, type PictureWants } from "./picture.ts";

export interface LookoutOptions {
  readonly wants: PictureWants;
  readonly poll: boolean;
  tell(event: WatchEvent): void;
  /** Something may have changed; `heard`: but nothing was judged by it; `lost`: anything may have; `moved`: the root itself may have. */
  alarm(kind: "hint" | "heard" | "lost" | "moved", path: FilePath | null): void;
}

export interface Looked {
  readonly picture: Picture;
  /** Stale tasks that are not being left alone. */
  readonly due: readonly Due[];
  /** What changed about the config, and anything else that no task's reason names. */
  readonly config: readonly Change[];
}

/** How often to look again when folders are created during a look. */
const FOLDER_TURNS = 10;
const NO_HINTS: ReadonlySet<FilePath> = new Set();
const CALM: Settled = { due: false, circular: [] };

export class Lookout {
  readonly #doors: Doors;
  readonly #options: LookoutOptions;
  #picture: Picture | null = null;
  readonly #ears: Ears;
  #hints: Set<FilePath> = new Set();
  /** Look at everything, whatever the hints say. */
  #wide = true;
  readonly #doubts: Doubts;
  /** Changes to the config that no build has been told of yet. */
  readonly #config: Change[] = [];
  readonly faults: Faults = new Faults();
  /** Paths heard of while everything was being looked at: the next picture shows whether they matter. */
  #early: Set<FilePath> | null = null;
  /** Rows looked at before anything was watched; null: everything was. */
  #missed: readonly number[] | null = null;
  #prepared: Picture["stage"]["live"] = null;
  /** The picture cannot be trusted: the next look takes a new one. */
  #doubtful = false;
  /** Fault of the project as a whole at the last look; null: none. */
  #whole: string | null = null;
  readonly #resting: Resting;

  constructor(doors: Doors, options: LookoutOptions) {
    this.#doors = doors;
    this.#options = options;
    const now = (): number => doors.system.monotonicMs();
    this.#doubts = new Doubts(now);
    this.#resting = new Resting(now);
    this.#ears = new Ears({ poll: options.poll, system: doors.system, open: (root, hear) => doors.openWatcher(root, hear), hear: (signal) => this.#hear(signal) });
  }

  get picture(): Picture | null {
    return this.#picture;
  }

  get quietMs(): number {
    return this.#ears.quietMs;
  }

  get sweepMs(): number {
    return Math.min(this.#ears.sweepMs, this.#resting.pauseMs, this.#doubts.pauseMs);
  }

  /** Nothing is waiting to be looked at, and every change since the picture was taken would have been heard, except for `unheard`. */
  isSure(): boolean {
    return this.#picture !== null && !this.#wide && this.#early === null && this.#hints.size === 0 && !this.faults.any && !this.#doubtful && this.#ears.hearsAll();
  }

  /** Rows to look at again before the picture can be trusted; null: too many. */
  unheard(): readonly number[] | null {
    return this.#picture === null ? null : this.#ears.unheard(this.#picture.project.world);
  }

  /** Whether what no watcher reports is unchanged. If not, everything is looked at again soon. */
  isStill(): boolean {
    const rows = this.unheard();
    if (rows === null || this.#ears.hasSlept()) return false;
    const { world, store } = this.#picture!.project;
    if (rows.length > 0) world.tick();
    if (store.isCurrent() && (rows.length === 0 || world.recheck(rows).length === 0)) return true;
    this.#doubtful = true;
    this.#hear({ kind: "lost" });
    return false;
  }

  open(): Due[] {
    return this.#picture === null ? [] : openTasks(this.#picture);
  }

  /** git is in the middle of a checkout, rebase or merge. */
  isHeld(): boolean {
    return this.#picture !== null && this.#picture.project.disk.lstat(".git/index.lock").kind !== "absent";
  }

  /** Looks where hints point, or everywhere; `asked`: a person asked for it. Returns problems, already reported, if there is no picture. */
  look(wide: boolean, asked = false): Promise<Looked | readonly Problem[]> {
    return this.#attentively(() => this.#look(wide, asked));
  }

  async #look(wide: boolean, asked: boolean): Promise<Looked | readonly Problem[]> {
    const began = this.#doors.system.monotonicMs();
    const everywhere = wide || this.#wide;
    const hints = this.#takeHints();
    const old = this.#picture;
    this.#doubtful ||= asked && old?.broken != null;
    const moved = old === null ? [] : lookAgain(old, everywhere ? null : hints, this.#ears.folders);
    const anew = old === null || this.#doubtful || !old.project.store.isCurrent() || movesConfig(old, moved) || this.#doubts.isDue(old, { hints: everywhere ? null : hints, asked }) || (everywhere && toolsMoved(old));
    const problems = anew ? await this.#takePicture() : await this.#follow(old, moved);
    if (problems !== null) return problems;
    await this.#watchFolders(anew || everywhere ? null : hints);
    // The time an evaluation of a changed config took says nothing about the next look.
    if (everywhere && old !== null && !movesConfig(old, moved)) this.#ears.lookMs = this.#doors.system.monotonicMs() - began;
    const due = this.#resting.due(this.open());
    this.#whole = this.open().find(({ task }) => task === "")?.signature ?? null;
    return { picture: this.#picture!, due, config: this.#config.splice(0) };
  }

  /** After a build: looks at what it changed, or at everything as any later build would. */
  settle(built: Built): Promise<Settled> {
    return this.#attentively(() => this.#settle(built));
  }

  /** Something first looked at during `act` may have changed right after: no hint is lost meanwhile. */
  async #attentively<T>(act: () => Promise<T>): Promise<T> {
    const early = (this.#early = new Set());
    try {
      return await act().catch((error: unknown) => {
        if (!(error instanceof DamagedState)) throw error;
        this.#doubtful = true;
        return act();
      });
    } finally {
      this.#early = null;
      this.#ears.forget();
      for (const path of early) this.#hear({ kind: "changed", path });
    }
  }

  async #settle(built: Built): Promise<Settled> {
    if (this.#doubtful || !(await this.#lookAfter(built.outcomes))) {
      const began = this.#doors.system.monotonicMs();
      this.#takeHints();
      if ((await this.#takePicture()) !== null) return CALM;
      await this.#watchFolders(null);
      if (!this.#picture!.project.evaluated) this.#ears.lookMs = this.#doors.system.monotonicMs() - began;
    }
    const open = this.open();
    // A fault of the whole that appeared after the build began has not been reported yet.
    const known = open.filter(({ task, signature }) => task !== "" || signature === this.#whole);
    const { due, circular, again } = this.#resting.settle(this.#picture!, known, built);
    this.#tellLoop(again, this.#resting.pauseMs);
    return this.unsettled({ due: due || known.length < open.length, circular });
  }

  /** If no round follows, what was seen of the config is not reported. */
  conclude(settled: Settled): Settled {
    if (!settled.due) this.#config.length = 0;
    return settled;
  }

  /** Includes files of the config that were written during its last evaluation. */
  unsettled({ due, circular }: Settled = CALM): Settled {
    const written = this.#doubts.written();
    return { due: due || written.length > 0, circular: [...circular, ...written.map((path) => `\0${path}`)] };
  }

  /** If every change was heard, there is no need to look at everything. Returns false if there is. */
  async #lookAfter(outcomes: ReadonlyMap<string, Outcome>): Promise<boolean> {
    const old = this.#picture;
    if (old === null || old.stage.live === null || !(await this.#ears.caughtUp()) || this.#wide) return false;
    const hints = this.#takeHints();
    lookAgain(old, hints, this.#ears.folders);
    if (!old.project.store.isCurrent() || movedConfig(old) || this.#doubts.isDue(old, { hints, asked: false })) return false;
    const ended = [...outcomes].flatMap(([task, outcome]) => (outcome === "fresh" ? [] : [task]));
    const next = followOn(old, ended);
    if (next === null) return false;
    this.#picture = next;
    await this.#watchFolders(hints);
    return true;
  }

  /** Updates the same project after some of its rows changed. */
  async #follow(old: Picture, moved: readonly Moved[]): Promise<readonly Problem[] | null> {
    const next = followOn(old, null);
    if (next === null) return moved.length > 0 ? this.#judgeAgain(old) : null;
    this.#picture = next;
    return null;
  }

  /** Leaves what is stale alone until something else speaks against it, or it is retried. `circular`: tasks reported as circular. */
  rest(circular: readonly string[]): void {
    this.#resting.rest(this.open());
    this.#doubts.rest();
    this.#tellLoop(circular, FIRST_TRIAL_MS);
  }

  #tellLoop(circular: readonly string[], againMs: number): void {
    if (circular.length > 0) this.#options.tell({ event: "watch-loop", pairs: circular.map(pairOf), againMs });
  }

  /** A different folder is at this path: what was seen in the last one, and left alone, does not apply. */
  forget(): void {
    this.#resting.forget();
    this.#doubtful = this.#wide = true;
  }

  async close(): Promise<void> {
    await this.#ears.close();
  }

  #takeHints(): Set<FilePath> {
    const hints = this.#hints;
    this.#hints = new Set();
    this.#wide = false;
    this.#ears.taken();
    return hints;
  }

  async #takePicture(): Promise<readonly Problem[] | null> {
    const { wants } = this.#options;
    if (this.#picture !== null) {
      const waitMs = ripeInMs(this.#picture);
      if (waitMs > 0) await delay(waitMs);
      // A broken config seen in a folder that has been away since does not count.
      const broken = this.#doubtful && this.#picture.broken !== null ? { ...this.#picture.broken, mark: "" } : this.#picture.broken;
      return this.#keep(await takePicture(this.#doors, wants, { ...this.#picture, broken }));
    }
    const ahead = this.#ears.polling ? undefined : (project: OpenProject, rows: Rows) => this.#listenAhead(project, rows);
    return this.#keep(await believing(this.#doors, (doors) => takePicture(doors, wants, null, ahead)));
  }

  async #judgeAgain(picture: Picture): Promise<readonly Problem[] | null> {
    const again = await judgeAgain(this.#doors, picture, this.#options.wants);
    return again.ok ? this.#keep(again) : this.#takePicture();
  }

  /** Makes `taken` the current picture; returns the problems if there is none. A fault of the config is reported once. */
  #keep(taken: Awaited<ReturnType<typeof takePicture>>): readonly Problem[] | null {
    const problems = taken.ok ? (taken.value.broken?.problems ?? []) : taken.problems;
    const event = this.faults.note(problems, { kept: this.#picture !== null, time: this.#doors.system.now() });
    if (event !== null) this.#options.tell(event);
    if (!taken.ok) return taken.problems;
    const changes = this.#picture === null ? [] : configChanges(this.#picture, taken.value);
    this.#config.push(...changes, ...(this.#picture === null ? [] : [...comingsOf(this.#picture, taken.value), ...relistedOf(this.#picture, taken.value)]));
    if (changes.length > 0 && !taken.value.project.restamped) this.#resting.wake();
    this.#picture = taken.value;
    this.#doubts.note(taken.value.written);
    this.#doubtful = false;
    this.#ears.forget();
    return null;
  }

  /** Does in advance what the first edit would have to wait for. */
  prepare(): void {
    if (this.#picture === null || this.#picture.stage.live === this.#prepared) return;
    const { stage, project } = this.#picture;
    this.#prepared = stage.live;
    try {
      stage.live?.prepare();
      project.store.readAll();
    } catch (error) {
      if (!(error instanceof DamagedState)) throw error;
      this.#doubtful = true;
      this.#hear({ kind: "lost" });
    }
  }

  /** Watches where files are about to be looked at: later changes are heard, so almost nothing must be looked at twice. */
  async #listenAhead(project: OpenProject, rows: Rows): Promise<void> {
    const missed = project.world.seenRows();
    keepSightings(project.world);
    this.#ears.folders = foldersOf(project);
    addFolders(this.#ears.folders, project, rows);
    await this.#ears.listen(project.disk);
    this.#missed = missed;
  }

  /** Watches what was looked at, then looks again at anything watched only from now on. `hints`: nothing else is new; null: anything may be. */
  async #watchFolders(hints: ReadonlySet<FilePath> | null): Promise<void> {
    if (this.#ears.polling) return;
    let missed = this.#missed ?? [];
    let only = this.#missed === null || this.#picture!.stage.live === null ? hints : NO_HINTS;
    this.#missed = null;
    for (let turn = 0; turn < FOLDER_TURNS; turn++) {
      const picture = this.#picture!;
      const { journal } = picture.project.world;
      if (only === null || journal === null) this.#ears.folders = foldersOf(picture.project);
      const doubtful = only === null || journal === null ? undefined : addDoubtful(addFolders(this.#ears.folders, picture.project, journal.looked), only, this.#ears.folders);
      journal?.looked.clear();
      if (doubtful?.size === 0 && missed.length === 0) return;
      const fresh = await this.#ears.listen(picture.project.disk, doubtful);
      if ((fresh.size === 0 && missed.length === 0) || this.#ears.polling) return;
      const again = missed.length === 0 ? [] : lookAtRows(picture, missed);
      const moved = fresh.size === 0 ? again : [...again, ...lookAgain(picture, fresh.size > this.#ears.folders.size / 2 ? null : lookedAtIn(picture.project, fresh), NO_HINTS)];
      missed = [];
      only = NO_HINTS;
      if (movesConfig(picture, moved)) only = null;
      if ((only === null ? await this.#takePicture() : await this.#follow(picture, moved)) !== null) return;
      if (this.#picture!.project !== picture.project) only = null;
    }
  }

  #hear(signal: WatchSignal): void {
    switch (signal.kind) {
      case "changed":
        if (this.#picture === null || !isOfInterest(this.#picture, signal.path, this.#ears.folders)) return void (this.#early?.add(signal.path), this.#options.alarm("heard", signal.path));
        // If everything is going to be looked at, it does not matter whose hint it was.
        if (!this.#wide) this.#hints.add(signal.path);
        return this.#options.alarm("hint", signal.path);
      case "moved":
        return this.#options.alarm("moved", null);
      case "failed":
        this.#options.tell({ event: "watch-polling", errno: signal.errno, everyMs: this.#ears.sweepMs });
        return this.#hear({ kind: "lost" });
      case "lost":
        this.#wide = true;
        return this.#options.alarm("lost", null);
      default:
        signal satisfies never;
    }
  }
}
