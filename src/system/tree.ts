// Removes and copies whole folders without following links, name bytes unchanged. Iterative; knows no house paths.
import * as fs from "node:fs";

const SLASH = Buffer.from("/");

/** Names as bytes: one that is not UTF-8 must still be removable. */
function entriesOf(dir: Buffer): Buffer[] {
  const names = fs.readdirSync(dir, { encoding: "buffer" });
  return names.map((name) => Buffer.concat([dir, SLASH, name]));
}

/** What its owner needs to empty a folder. */
const FULL = 0o700;

/** Removes `path` and all below it, read-only folders too; does nothing if it is absent. What is refused stays, the rest goes; then throws the first error. */
export function removeTree(path: string): void {
  const stack: { path: Buffer; emptied: boolean }[] = [{ path: Buffer.from(path), emptied: false }];
  let refused: { readonly error: unknown } | null = null;
  const attempt = (call: () => void): void => {
    try {
      call();
    } catch (error) {
      // If somebody else is removing the same thing, that is no failure.
      if ((error as { code?: string }).code !== "ENOENT") refused ??= { error };
    }
  };
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    if (top.emptied) {
      stack.pop();
      attempt(() => fs.rmdirSync(top.path));
      continue;
    }
    const found = fs.lstatSync(top.path, { throwIfNoEntry: false });
    if (found === undefined || !found.isDirectory()) {
      stack.pop();
      if (found !== undefined) attempt(() => fs.unlinkSync(top.path));
      continue;
    }
    top.emptied = true;
    if ((found.mode & FULL) !== FULL) open(top.path, found.mode);
    attempt(() => entriesOf(top.path).forEach((child) => stack.push({ path: child, emptied: false })));
  }
  if (refused !== null) throw (refused as { readonly error: unknown }).error;
}

/** Nobody but its owner may: whoever cannot hears from what is refused then. */
function open(folder: Buffer, mode: number): void {
  try {
    fs.chmodSync(folder, (mode & 0o7777) | FULL);
  } catch {
    return;
  }
}

/** Lets the owner of `top`, and of the folders in it down to what holds `path`, change what is there. */
export function openFolders(top: string, path: string): void {
  for (let end = top.length; end > 0; end = path.indexOf("/", end + 1)) {
    const folder = Buffer.from(path.slice(0, end));
    const found = fs.lstatSync(folder, { throwIfNoEntry: false });
    if (found?.isDirectory() === true && (found.mode & FULL) !== FULL) open(folder, found.mode);
  }
}

/** Copies `from` (file, link or folder) to `to`, which does not exist; parents of `to` exist. Modes and times are kept. */
export function copyTree(from: string, to: string): void {
  const stack: [from: Buffer, to: Buffer][] = [[Buffer.from(from), Buffer.from(to)]];
  const folders: [path: Buffer, stat: fs.Stats][] = [];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [source, target] = next;
    const found = fs.lstatSync(source);
    if (found.isSymbolicLink()) {
      fs.symlinkSync(fs.readlinkSync(source, { encoding: "buffer" }), target);
    } else if (found.isDirectory()) {
      fs.mkdirSync(target);
      folders.push([target, found]);
      for (const child of entriesOf(source)) stack.push([child, Buffer.concat([target, child.subarray(source.length)])]);
    } else {
      fs.copyFileSync(source, target);
      keepStat(target, found);
    }
  }
  // Folders last: a read-only folder could not be filled, and filling changes its time.
  for (const [path, found] of folders.reverse()) keepStat(path, found);
}

function keepStat(path: Buffer, found: fs.Stats): void {
  fs.chmodSync(path, found.mode & 0o7777);
  fs.utimesSync(path, found.atimeMs / 1000, found.mtimeMs / 1000);
}
