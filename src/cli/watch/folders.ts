// The folders of everything a picture was judged by: those a watcher must listen to. Knows no watcher and asks no disk.
import { isBelow, parentOf, type FilePath } from "../../model/path.ts";
import type { OpenProject } from "../project/project.ts";

type Looked = Pick<OpenProject, "world" | "graph">;

/** Folders of what was looked at, and their parents inside the root. */
export function foldersOf(project: Looked): Set<FilePath> {
  const folders = new Set<FilePath>([""] as FilePath[]);
  addFolders(folders, project, project.world.seenRows());
  return folders;
}

/** Adds the folders of these rows, and their parents. Returns what is new. */
export function addFolders(folders: Set<FilePath>, { world, graph }: Looked, rows: Iterable<number>): Set<FilePath> {
  const added = new Set<FilePath>();
  // Most rows are in the same folder as one of the two rows before.
  let last = "/";
  let other = "/";
  for (const row of rows) {
    const path = world.table.pathOf(row);
    const cut = path.lastIndexOf("/");
    if (cut < path.length - 1 && ((cut === last.length && path.startsWith(last)) || (cut === other.length && path.startsWith(other)))) continue;
    other = last;
    last = cut < 0 ? "/" : path.slice(0, cut);
    let folder = path === "./" ? ("" as FilePath) : path.endsWith("/") && path !== "//" ? (path.slice(0, -1) as FilePath) : parentOf(path as FilePath);
    if (folder === graph.stateDir || isBelow(folder, graph.stateDir)) continue;
    for (; !folders.has(folder); folder = parentOf(folder)) {
      folders.add(folder);
      added.add(folder);
      if (folder.startsWith("/")) break;
    }
  }
  return added;
}

/** The folders, and what was looked at directly in them. */
export function lookedAtIn({ world }: Looked, folders: ReadonlySet<FilePath>): Set<FilePath> {
  const paths = new Set<FilePath>(folders);
  for (const row of folders.size === 0 ? [] : world.seenRows()) {
    const path = world.table.pathOf(row) as FilePath;
    if (folders.has(parentOf(path))) paths.add(path);
  }
  return paths;
}

/** Adds to `added` everything in watched folders that may have come or gone, with all below. */
export function addDoubtful(added: Set<FilePath>, hints: ReadonlySet<FilePath>, watched: ReadonlySet<FilePath>): Set<FilePath> {
  const hinted = [...hints].filter((hint) => watched.has(hint));
  if (hinted.length > 0) for (const folder of watched) if (hinted.some((hint) => hint === folder || isBelow(folder, hint))) added.add(folder);
  return added;
}
