// From an action to its key: the digest that the Remote Execution API gives to command, input tree and salt. Reads the inputs of
// the action; writes nothing.
import * as fs from "node:fs";
import process from "node:process";
import { ABSENT, type Identity } from "../model/state.ts";
import type { StoredAction } from "../model/stored.ts";
import { digestFile, digestOf } from "./blobs.ts";
import { encodeAction, encodeCommand, encodeDirectory, type BlobDigest, type DirectoryMessage } from "./messages.ts";

/** A folder while it is being filled. */
export interface Folder {
  readonly files: Map<string, { readonly digest: BlobDigest; readonly executable: boolean }>;
  readonly folders: Map<string, Folder>;
  readonly links: Map<string, string>;
}

export function newFolder(): Folder {
  return { files: new Map(), folders: new Map(), links: new Map() };
}

/** The folder at `path` below `root`, created along with its parents. */
function folderAt(root: Folder, path: string): Folder {
  let at = root;
  for (const name of path === "" ? [] : path.split("/")) {
    let below = at.folders.get(name);
    if (below === undefined) at.folders.set(name, (below = newFolder()));
    at = below;
  }
  return at;
}

function byName<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Messages of a folder and all below it, the folder itself last; without duplicates. */
export function messagesOf(folder: Folder, messages: Map<string, DirectoryMessage>): BlobDigest {
  const message: DirectoryMessage = {
    files: byName(folder.files).map(([name, file]) => ({ name, ...file })),
    directories: byName(folder.folders).map(([name, below]) => ({ name, digest: messagesOf(below, messages) })),
    links: byName(folder.links).map(([name, target]) => ({ name, target })),
  };
  const digest = digestOf(encodeDirectory(message));
  messages.set(digest.hash, message);
  return digest;
}

/** Adds what is at the absolute path `dir` to `folder`: files by content, links by text. */
export function addTree(folder: Folder, dir: string, digest: (file: string) => BlobDigest): void {
  for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
    const at = `${dir}/${entry.name}`;
    if (entry.isDirectory()) addTree(folderAt(folder, entry.name), at, digest);
    else if (entry.isSymbolicLink()) folder.links.set(entry.name, fs.readlinkSync(at));
    else if (entry.isFile()) folder.files.set(entry.name, { digest: digest(at), executable: (fs.statSync(at).mode & 0o100) !== 0 });
  }
}

/** Computes keys, and remembers the SHA-256 of inputs that several actions share. */
export class Keys {
  readonly #root: string;
  readonly #tool: string;
  readonly #known: Map<string, BlobDigest> = new Map();

  /** `root`: absolute. `tool`: tg and its runtime, for functions. */
  constructor(root: string, tool: string) {
    this.#root = root;
    this.#tool = tool;
  }

  /** Throws what node:fs throws when an input cannot be read. */
  keyOf(action: StoredAction): string {
    const root = newFolder();
    const aside: unknown[] = [action.salt, `${process.platform}-${process.arch}`, ...(action.isFunction ? [this.#tool] : [])];
    for (const [path, identity] of action.inputs) this.#addInput(root, aside, path, identity);
    const env = Object.entries(action.env).sort(([a], [b]) => (a < b ? -1 : 1));
    const command = digestOf(encodeCommand({ arguments: action.words, env, outputs: [...action.outputs].sort(), cwd: action.cwd }));
    return digestOf(encodeAction({ command, inputs: messagesOf(root, new Map()), salt: JSON.stringify(aside) })).hash;
  }

  /** Key of the same action with the content of what it is known to read besides. */
  keyWith(base: string, discovered: readonly string[]): string {
    const seen = discovered.map((path) => [path, ...this.#asItIs(this.#at(path))]);
    return digestOf(Buffer.from(JSON.stringify([base, seen]))).hash;
  }

  /** A file's identity: its content, its executable bit, and the text if it is a link. */
  #asItIs(file: string): string[] {
    const hop = fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true ? [fs.readlinkSync(file)] : [];
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    if (stat?.isFile() !== true) return [...hop, stat === undefined ? "-" : "?"];
    return [...hop, ((stat.mode & 0o111) === 0 ? "f" : "x") + digestFile(file).hash];
  }

  #at(path: string): string {
    return path.startsWith("/") ? path : `${this.#root}/${path}`;
  }

  #addInput(root: Folder, aside: unknown[], path: string, identity: Identity): void {
    const kind = identity[0];
    const outside = path.startsWith("/");
    if (identity === ABSENT || kind === "h") return void aside.push([path, identity]);
    if (kind === "t" || kind === "d") {
      const folder = outside ? newFolder() : folderAt(root, path);
      addTree(folder, this.#at(path), digestFile);
      if (outside) aside.push([path, messagesOf(folder, new Map())]);
      return;
    }
    if (kind === "l") aside.push([path, identity]);
    const stat = fs.statSync(this.#at(path), { throwIfNoEntry: false });
    if (stat?.isFile() !== true) return;
    const file = { digest: this.#digest(path, identity), executable: (stat.mode & 0o111) !== 0 };
    if (outside) aside.push([path, file]);
    else folderAt(root, path.slice(0, Math.max(0, path.lastIndexOf("/")))).files.set(path.slice(path.lastIndexOf("/") + 1), file);
  }

  #digest(path: string, identity: Identity): BlobDigest {
    const mark = `${path}\0${identity}`;
    const known = this.#known.get(mark);
    if (known !== undefined) return known;
    const digest = digestFile(this.#at(path));
    this.#known.set(mark, digest);
    return digest;
  }
}
