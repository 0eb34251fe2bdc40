// The ears of tg watch: which folders are watched, what may change there unheard, and how often everything is looked at
// regardless. Knows no picture, and nothing of what a signal means.
import type { FilePath } from "../../model/path.ts";
import type { Disk, System, Watcher, WatchSignal } from "../../model/ports.ts";
import type { World } from "../../staleness/world.ts";
import { Jumps } from "./jumps.ts";
import { Unheard } from "./unheard.ts";

/** Looking at everything may take at most one part in this many of the time. */
const SWEEP_SHARE = 200;
const POLL_SHARE = 20;
const SWEEP_MS = 30_000;
const POLL_MS = 300;
/** After more signals than this at once, the system may have dropped some. */
const FLOOD = 2_000;
const NONE: ReadonlySet<FilePath> = new Set();

export interface EarsOptions {
  readonly poll: boolean;
  readonly system: Pick<System, "now" | "monotonicMs">;
  open(root: string, hear: (signal: WatchSignal) => void): Promise<Watcher>;
  hear(signal: WatchSignal): void;
}

export class Ears {
  readonly #o: EarsOptions;
  #watcher: Watcher | null = null;
  /** Folders that are watched, or about to be. */
  folders: Set<FilePath> = new Set();
  readonly #unheard: Unheard = new Unheard();
  #jumps: Jumps | null = null;
  #polling: boolean;
  /** How long looking at everything took. */
  lookMs = 0;
  #signals = 0;

  constructor(options: EarsOptions) {
    this.#o = options;
    this.#polling = options.poll;
  }

  /** No watcher reports changes. */
  get polling(): boolean {
    return this.#polling;
  }

  get quietMs(): number {
    return this.#watcher?.quietMs ?? 0;
  }

  get sweepMs(): number {
    return this.#polling ? Math.max(POLL_MS, POLL_SHARE * this.lookMs) : Math.max(SWEEP_MS, SWEEP_SHARE * this.lookMs);
  }

  /** Whether every change in the folders is reported, in order. */
  hearsAll(): boolean {
    return !this.#polling && this.#watcher?.hearsAll() === true;
  }

  /** Whether some time has passed unobserved. Then everything must be looked at. */
  hasSlept(): boolean {
    return this.#jumps?.look() === true;
  }

  /** Resolves when every earlier change has been reported; false if that cannot be known. */
  async caughtUp(): Promise<boolean> {
    return (await this.#watcher?.caughtUp()) === true;
  }

  /** Watches `folders`. Resolves with those watched only from now on. `only`: the others are unchanged. */
  async listen(disk: Disk, only?: ReadonlySet<FilePath>): Promise<ReadonlySet<FilePath>> {
    this.#jumps ??= new Jumps(this.#o.system, () => this.#o.hear({ kind: "lost" }));
    this.#watcher ??= await this.#o.open(disk.root, (signal) => this.#hear(signal));
    const fresh = only?.size === 0 ? NONE : await this.#watcher.watch(this.folders, only);
    this.#unheard.note(fresh, this.folders, disk);
    return fresh;
  }

  #hear(signal: WatchSignal): void {
    if (signal.kind === "changed" && ++this.#signals === FLOOD) this.#o.hear({ kind: "lost" });
    if (signal.kind === "failed") this.#polling = true;
    this.#o.hear(signal);
  }

  /** Reported changes are about to be looked at. */
  taken(): void {
    this.#signals = 0;
  }

  /** Rows that may change unheard; null: too many. */
  unheard(world: World): readonly number[] | null {
    return this.#unheard.rows(world);
  }

  /** Other rows may have been looked at since. */
  forget(): void {
    this.#unheard.forget();
  }

  async close(): Promise<void> {
    this.#jumps?.close();
    await this.#watcher?.close();
  }
}
