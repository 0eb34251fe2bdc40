// Whether the folder that a watch stands on is there and still the same: what is watched in one that was moved away or made
// anew says nothing of it. Looks at that folder alone.
import type { WatchEvent } from "../model/event.ts";
import type { AbsolutePath } from "../model/path.ts";

/** `moved`: it is another one than at the last look, or there again: what was known of it stands for nothing. */
export type Standing = "firm" | "moved" | "gone";

export interface GroundOptions {
  /** Which folder it is that stands there; null: none. */
  identityOf(folder: string): string | null;
  tell(event: WatchEvent): void;
  /** It is another one than at the last look, or it is gone. */
  alarm(): void;
  now(): number;
}

/** One look at one folder. */
const EVERY_MS = 1_000;

export class Ground {
  readonly #options: GroundOptions;
  #root: AbsolutePath | null = null;
  /** As it was looked at last. */
  #identity: string | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: GroundOptions) {
    this.#options = options;
  }

  stand(root: AbsolutePath): void {
    this.#root = root;
    this.#identity = this.#options.identityOf(root);
    this.#timer = setInterval(() => {
      if (this.#options.identityOf(root) !== this.#identity) this.#options.alarm();
    }, EVERY_MS).unref();
  }

  /** That it is gone is told once, and that it is there again. */
  look(): Standing {
    const root = this.#root;
    if (root === null) return "firm";
    const before = this.#identity;
    const now = (this.#identity = this.#options.identityOf(root));
    if (before === now) return now === null ? "gone" : "firm";
    if (now === null || before === null) this.#options.tell({ event: now === null ? "root-gone" : "root-back", root, time: this.#options.now() });
    return now === null ? "gone" : "moved";
  }

  /** Without a word: the next look tells. */
  isFirm(): boolean {
    return this.#root === null || this.#options.identityOf(this.#root) === this.#identity;
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }
}
