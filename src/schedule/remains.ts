// What earlier builds may have left of tasks in a folder of the state: spares a build of many tasks a look at each place where
// nothing is. Removes nothing; knows no tasks.
import { parentOf, type FilePath } from "../model/path.ts";
import type { Disk } from "../model/ports.ts";

/** From so many questions about one folder on it pays to list it. */
const MANY = 100;

interface Folder {
  asked: number;
  /** Names asked about before it was listed. */
  readonly claimed: string[];
  /** Names that may be there; null: it has not been listed. */
  names: Set<string> | null;
}

export class Remains {
  readonly #disk: Disk;
  readonly #folders: Map<string, Folder> = new Map();

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** May something stand at `path`? From here on it may: whoever asks is about to let a task write there. */
  claim(path: FilePath): boolean {
    const dir = parentOf(path);
    const folder = this.#folderAt(dir);
    if (folder.names === null && ++folder.asked > MANY) folder.names = new Set([...(this.#disk.list(dir)?.names ?? []), ...folder.claimed]);
    if (folder.names === null) return folder.claimed.push(path.slice(dir.length + 1)) > 0;
    const { size } = folder.names;
    return folder.names.add(path.slice(dir.length + 1)).size === size;
  }

  /** None before the first question: a folder that is not there at all needs no listing. */
  #folderAt(dir: FilePath): Folder {
    let folder = this.#folders.get(dir);
    if (folder === undefined) this.#folders.set(dir, (folder = { asked: 0, claimed: [], names: this.#disk.lstat(dir).kind === "absent" ? new Set() : null }));
    return folder;
  }
}
