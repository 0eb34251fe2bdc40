// Whether the folder a watch works in still exists and is the same one: watches in a folder that was moved away or replaced
// report nothing about it. Looks at that folder alone.
import type { WatchEvent } from "../../model/event.ts";
import type { AbsolutePath } from "../../model/path.ts";
import type { Above } from "../../model/ports.ts";
import type { Doors } from "../doors.ts";

/** `moved`: a different folder than at the last look, or back again, or absent in between: nothing known of it holds. */
export type Standing = "firm" | "moved" | "gone";

export interface GroundOptions {
  readonly doors: Pick<Doors, "identityOf" | "listedAt" | "openAbove">;
  tell(event: WatchEvent): void;
  /** A different folder than at the last look, or it is or was gone. */
  alarm(): void;
  now(): number;
}

/** Interval between looks at the folder. */
const EVERY_MS = 1_000;
/** How many rounds in a row are doubted: a task that sounds like a move of a parent folder must not cause rounds for ever. */
const MOST_DOUBTED = 3;

export class Ground {
  readonly #options: GroundOptions;
  #root: AbsolutePath | null = null;
  /** Identity at the last look. */
  #identity: string | null = null;
  #listedAt: number | null = null;
  /** It was gone, or replaced, since. */
  #wasMoved = false;
  /** What stands above it. */
  #above: Above | null = null;
  /** How many rounds in a row sounded as if it had moved. */
  #doubtful = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: GroundOptions) {
    this.#options = options;
  }

  stand(root: AbsolutePath): void {
    this.#root = root;
    this.#above = this.#options.doors.openAbove(root);
    this.#note(root);
    this.#timer = setInterval(() => {
      if (this.#options.doors.identityOf(root) !== this.#identity) this.#shake();
    }, EVERY_MS).unref();
  }

  /**
   * Somebody heard that it was moved, or could not write in it. Returns whether that is so. A file of the same name inside it
   * sounds alike, but leaves the parent folder unchanged.
   */
  hear(): boolean {
    const root = this.#root;
    if (root === null || (this.isFirm() && this.#options.doors.listedAt(root) === this.#listedAt && this.#above?.hasMoved() !== true)) return false;
    this.#shake();
    return true;
  }

  #shake(): void {
    this.#wasMoved = true;
    this.#options.alarm();
  }

  #note(root: AbsolutePath): string | null {
    this.#wasMoved = false;
    this.#above?.look();
    this.#listedAt = this.#options.doors.listedAt(root);
    return (this.#identity = this.#options.doors.identityOf(root));
  }

  /** Its disappearance is reported once, and so is its return. */
  look(): Standing {
    const root = this.#root;
    if (root === null) return "firm";
    const before = this.#identity;
    const wasMoved = this.#wasMoved;
    const now = this.#note(root);
    if (before === now) return now === null ? "gone" : wasMoved ? "moved" : "firm";
    if (now === null || before === null) this.#options.tell({ event: now === null ? "root-gone" : "root-back", root, time: this.#options.now() });
    return now === null ? "gone" : "moved";
  }

  /** Reports nothing: the next look does. */
  isFirm(): boolean {
    return this.#root === null || (!this.#wasMoved && this.#options.doors.identityOf(this.#root) === this.#identity);
  }

  /** Whether it was firm for the whole round. If not, the next look reports it. */
  wasFirm(): boolean {
    if (!this.isFirm()) return false;
    this.#doubtful = this.#above?.hasMoved() === true ? this.#doubtful + 1 : 0;
    const isDoubted = this.#doubtful > 0 && this.#doubtful <= MOST_DOUBTED;
    this.#wasMoved ||= isDoubted;
    return !isDoubted;
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }
}
