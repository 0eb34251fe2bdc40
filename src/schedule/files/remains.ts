// What earlier builds may have left of tasks in a folder of the state: saves a build of many tasks from looking at each place
// where nothing is. Removes nothing; knows no tasks.
import { parentOf, type FilePath } from "../../model/path.ts";
import type { Disk } from "../../model/ports.ts";

/** After this many questions about one folder it pays to list it. */
const MANY = 100;

interface Folder {
  asked: number;
  /** Names asked about before the folder was listed. */
  readonly claimed: string[];
  /** Names that may exist; null: the folder has not been listed. */
  names: Set<string> | null;
}

export class Remains {
  readonly #disk: Disk;
  readonly #folders: Map<string, Folder> = new Map();

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Whether something may exist at `path`. From then on it may: the caller is about to let a task write there. */
  claim(path: FilePath): boolean {
    const dir = parentOf(path);
    const folder = this.#folderAt(dir);
    if (folder.names === null && ++folder.asked > MANY) folder.names = new Set([...(this.#disk.list(dir)?.names ?? []), ...folder.claimed]);
    if (folder.names === null) return folder.claimed.push(path.slice(dir.length + 1)) > 0;
    const { size } = folder.names;
    return folder.names.add(path.slice(dir.length + 1)).size === size;
  }

  /** Created on the first question: a folder that does not exist needs no listing. */
  #folderAt(dir: FilePath): Folder {
    let folder = this.#folders.get(dir);
    if (folder === undefined) this.#folders.set(dir, (folder = { asked: 0, claimed: [], names: this.#disk.lstat(dir).kind === "absent" ? new Set() : null }));
    return folder;
  }
}
