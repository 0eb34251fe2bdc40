// What the same tasks made under another config of the project, or as a task file started alone, which is not an edit.
// Looked up only if an output is not as recorded.
import type { FilePath } from "../../model/path.ts";
import type { Records } from "../../model/ports.ts";
import type { Identity } from "../../model/state.ts";

export class Elsewhere {
  readonly #open: () => readonly Records[];
  /** By path; null: not needed yet. */
  #made: Map<FilePath, Set<Identity>> | null = null;

  constructor(open: () => readonly Records[]) {
    this.#open = open;
  }

  /** Whether a run under another config left this. What was accepted there by `tg touch` may be an edit. */
  hasMade(path: FilePath, identity: Identity): boolean {
    this.#made ??= this.#gather();
    return this.#made.get(path)?.has(identity) === true;
  }

  #gather(): Map<FilePath, Set<Identity>> {
    const made = new Map<FilePath, Set<Identity>>();
    for (const records of this.#open()) {
      for (const name of records.names()) {
        const record = records.get(name);
        if (record?.status !== "ok") continue;
        for (const [path, identity] of [...record.outputs, ...record.members]) made.set(path, (made.get(path) ?? new Set()).add(identity));
      }
    }
    return made;
  }
}
