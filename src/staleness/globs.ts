// What patterns match. Each is walked once between changes, and again only if listings have changed. Knows no tasks.
import type { Identity } from "../model/state.ts";
import { listingKey } from "../model/table.ts";
import { lookAgain, walkPattern, type Anew, type Walk } from "./walk.ts";
import type { World } from "./world.ts";

/** What a pattern matched, and the listings that prove it. */
interface Kept {
  readonly walk: Walk;
  readonly listings: readonly Identity[];
}

/** Maximum number of files, over all patterns, in matches that are kept although they may be outdated. */
const MOST_KEPT = 200_000;
/** Begins the keys of output patterns; those of input patterns begin with "." or "-". */
const MADE = "=";

export class Globs {
  readonly #world: World;
  readonly #cache: Map<string, Walk> = new Map();
  /** Patterns whose next walk must ask the disk. */
  readonly #stale: Map<string, Anew> = new Map();
  readonly #kept: Map<string, Kept> = new Map();
  #keptFiles = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Files that match `pattern` now. */
  match(pattern: string, dot: boolean): Walk {
    return this.#match((dot ? "." : "-") + pattern, pattern, { dot, follows: true });
  }

  /** Files and links that an output pattern matches now. What a link leads to was not made by the task: it must never be removed. */
  made(pattern: string): Walk {
    return this.#match(MADE + pattern, pattern, { dot: false, follows: false });
  }

  #match(key: string, pattern: string, how: { readonly dot: boolean; readonly follows: boolean }): Walk {
    let found = this.#cache.get(key);
    if (found === undefined) {
      const anew = this.#stale.get(key) ?? false;
      this.#stale.delete(key);
      found = this.#asKept(key, anew) ?? walkPattern(this.#world, pattern, { ...how, anew });
      this.#cache.set(key, found);
      this.#keep(key, found);
    } else if (this.#world.journal?.asked != null) {
      for (const folder of found.folders) this.#world.note(listingKey(folder));
      for (const link of found.links) this.#world.note(link);
    }
    return found;
  }

  /** What the pattern matched last time, if that still holds. */
  #asKept(key: string, anew: Anew): Walk | null {
    const kept = this.#kept.get(key);
    if (kept === undefined || this.#world.hidden.size > 0) return null;
    for (const folder of kept.walk.folders) lookAgain(this.#world, listingKey(folder), anew);
    return kept.walk.folders.every((folder, i) => this.#world.input(listingKey(folder)) === kept.listings[i]) ? kept.walk : null;
  }

  #keep(key: string, found: Walk): void {
    const kept = this.#kept.get(key);
    if (kept?.walk === found) return;
    this.#keptFiles -= kept?.walk.files.length ?? 0;
    this.#kept.delete(key);
    if (!found.isPlain || this.#world.hidden.size > 0) return;
    if (this.#keptFiles > MOST_KEPT) {
      this.#kept.clear();
      this.#keptFiles = 0;
    }
    this.#kept.set(key, { walk: found, listings: found.folders.map((folder) => this.#world.input(listingKey(folder))) });
    this.#keptFiles += found.files.length;
  }

  /** The next match of `pattern` reads the disk at the time of that match. */
  refresh(pattern: string, dot: boolean): void {
    this.#refresh((dot ? "." : "-") + pattern);
  }

  /** The same for an output pattern. */
  refreshMade(pattern: string): void {
    this.#refresh(MADE + pattern);
  }

  #refresh(key: string): void {
    this.#cache.delete(key);
    this.#stale.set(key, "always");
  }

  /** The next match of `pattern` reflects the disk as of the current moment. */
  renew(pattern: string, dot: boolean): void {
    const key = (dot ? "." : "-") + pattern;
    this.#cache.delete(key);
    if (!this.#stale.has(key)) this.#stale.set(key, "moment");
  }

  /** Drops walks that went through one of these folders or links. */
  forgetThrough(paths: ReadonlySet<string>): void {
    for (const [key, walk] of this.#cache) if (walk.folders.some((folder) => paths.has(folder)) || walk.links.some((link) => paths.has(link))) this.#cache.delete(key);
  }

  /** Drops every walk; listings stay as the world knows them. */
  forgetAll(): void {
    this.#cache.clear();
  }
}
