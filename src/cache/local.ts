// The store of results on this machine: `ac/` has a result under the key of its action, `cas/` the blobs it names. Formats and
// digests are those of the Remote Execution API. Knows no tasks and no records.
import * as fs from "node:fs";
import type { FilePath } from "../model/path.ts";
import { DiskError } from "../model/ports.ts";
import type { ResultStore, SaidAt, StoredAction, StoredRun } from "../model/stored.ts";
import { Blobs, digestOf, roomOf } from "./blobs.ts";
import { collect, measure } from "./collect.ts";
import { makeFolders } from "../folders.ts";
import { addTree, Keys, messagesOf, newFolder } from "./inputs.ts";
import { decodeResult, decodeTree, encodeDirectory, encodeResult, encodeTree, type BlobDigest, type DirectoryMessage, type FileNode, type LinkNode, type ResultMessage } from "./messages.ts";

/** How many lists of discovered inputs are tried for one action, latest first. */
const MOST_LISTS = 8;

/** What a result holds besides the messages of the API. */
interface Aside {
  readonly value?: string;
  readonly discovered?: readonly FilePath[];
  /** Instead of a result: lists reported by runs of this action; each list has a result of its own. */
  readonly lists?: readonly (readonly FilePath[])[];
}

export class LocalResults implements ResultStore {
  readonly #dir: string;
  readonly #root: string;
  readonly #blobs: Blobs;
  readonly #keys: Keys;
  /** After a failed write, this process does not try again. */
  #broken = false;

  /** `dir` and `root` are absolute. */
  constructor(dir: string, root: string, tool: string) {
    this.#dir = dir;
    this.#root = root;
    this.#blobs = new Blobs(dir, root);
    this.#keys = new Keys(root, tool);
  }

  keyOf(action: StoredAction): string | null {
    try {
      return this.#keys.keyOf(action);
    } catch {
      return null;
    }
  }

  restore(key: string, said: SaidAt): StoredRun | null {
    try {
      const found = this.#find(key);
      return found === null ? null : this.#putBack(found, said);
    } catch {
      return null;
    }
  }

  keep(key: string, run: StoredRun, o: SaidAt & { holds(): boolean }): void {
    if (this.#broken) return;
    this.#broken = true;
    this.#keep(key, run, o);
    this.#broken = false;
  }

  #keep(key: string, run: StoredRun, o: SaidAt & { holds(): boolean }): void {
    const files: FileNode[] = [];
    const links: LinkNode[] = [];
    const trees: { path: string; digest: BlobDigest }[] = [];
    for (const [path, identity] of run.outputs) {
      if (identity[0] === "t") trees.push({ path, digest: this.#addTree(path) });
      else if (identity[0] === "l") links.push({ name: path, target: fs.readlinkSync(this.#at(path)) });
      else if (identity[0] === "f" || identity[0] === "x") files.push({ name: path, digest: this.#blobs.addFile(this.#at(path)), executable: identity[0] === "x" });
    }
    const log = fs.existsSync(this.#at(o.log)) ? this.#blobs.addFile(this.#at(o.log)) : null;
    const notes = fs.existsSync(this.#at(o.notes)) ? this.#addTree(o.notes) : null;
    const aside: Aside = { ...(run.value === null ? {} : { value: run.value }), ...(run.discovered.length === 0 ? {} : { discovered: run.discovered }) };
    const result: ResultMessage = { files, links, trees, log, notes, startMs: run.start, endMs: run.end, aside: JSON.stringify(aside) };
    const at = run.discovered.length === 0 ? key : this.#keys.keyWith(key, run.discovered);
    if (!o.holds()) return;
    this.#write(at, result);
    if (run.discovered.length > 0) this.#addList(key, run.discovered);
  }

  roomFor(sizes: readonly number[], { log }: SaidAt): number {
    const said = fs.statSync(this.#at(log), { throwIfNoEntry: false })?.size ?? 0;
    // The result itself is small.
    return [1, said, ...sizes].reduce((sum, bytes) => sum + roomOf(bytes), 0);
  }

  close(maxBytes: number): void {
    const { added } = this.#blobs;
    this.#blobs.added = 0;
    try {
      if (added > 0) collect(this.#dir, { maxBytes, added });
    } catch (error) {
      // `tg cache gc` reports a store that cannot be shrunk; a build matters more.
      if (!(error instanceof DiskError)) throw error;
    }
  }

  #at(path: string): string {
    return `${this.#root}/${path}`;
  }

  #entry(key: string): string {
    return `${this.#dir}/ac/${key.slice(0, 2)}/${key}`;
  }

  #read(key: string): ResultMessage | null {
    const file = this.#entry(key);
    if (!fs.existsSync(file)) return null;
    const bytes = fs.readFileSync(file);
    const body = bytes.subarray(64);
    if (digestOf(body).hash !== bytes.subarray(0, 64).toString("latin1")) return null;
    const now = new Date();
    fs.utimesSync(file, now, now);
    return decodeResult(body);
  }

  #write(key: string, result: ResultMessage): void {
    const body = encodeResult(result);
    this.#blobs.writeWhole(this.#entry(key), Buffer.concat([Buffer.from(digestOf(body).hash, "latin1"), body]));
  }

  #addList(key: string, discovered: readonly FilePath[]): void {
    const before = this.#read(key);
    const text = JSON.stringify(discovered);
    const others = (before === null ? [] : (asideOf(before).lists ?? [])).filter((list) => JSON.stringify(list) !== text);
    const aside: Aside = { lists: [discovered, ...others].slice(0, MOST_LISTS) };
    this.#write(key, { files: [], links: [], trees: [], log: null, notes: null, startMs: 0, endMs: 0, aside: JSON.stringify(aside) });
  }

  #find(key: string): ResultMessage | null {
    const found = this.#read(key);
    const lists = found === null ? undefined : asideOf(found).lists;
    if (lists === undefined) return found;
    for (const list of lists) {
      const result = this.#read(this.#keys.keyWith(key, list));
      if (result !== null) return result;
    }
    return null;
  }

  #putBack(result: ResultMessage, said: SaidAt): StoredRun | null {
    const written: string[] = [];
    const whole = this.#tryPut(() => this.#putFiles(result, "", written) && result.trees.every(({ path, digest }) => this.#putTree(path, digest, written)) && this.#putSaid(result, said, written));
    if (!whole) {
      for (const path of written) fs.rmSync(path, { force: true, recursive: true });
      return null;
    }
    const { value, discovered } = asideOf(result);
    const back = [...result.files, ...result.links].map(({ name }) => name as FilePath);
    return { outputs: [], back, discovered: discovered ?? [], value: value ?? null, start: result.startMs, end: result.endMs };
  }

  /** If it cannot be written (a folder in the way, a full disk), that is a miss; the run itself will report why. */
  #tryPut(put: () => boolean): boolean {
    try {
      return put();
    } catch {
      return false;
    }
  }

  #putSaid({ log, notes }: ResultMessage, said: SaidAt, written: string[]): boolean {
    if (log !== null && !this.#blobs.copyTo(log, this.#at(said.log), false)) return false;
    return notes === null || this.#putTree(said.notes, notes, written);
  }

  #putFiles(message: Pick<ResultMessage, "files" | "links">, below: string, written: string[]): boolean {
    for (const { name, digest, executable } of message.files) {
      const file = this.#safe(below + name);
      if (!this.#blobs.has(digest) || !this.#blobs.copyTo(digest, file, executable)) return false;
      written.push(file);
    }
    for (const { name, target } of message.links) {
      const file = this.#safe(below + name);
      fs.rmSync(file, { force: true });
      fs.symlinkSync(target, file);
      written.push(file);
    }
    return true;
  }

  #putTree(path: string, digest: BlobDigest, written: string[]): boolean {
    const bytes = this.#blobs.read(digest);
    if (bytes === null) return false;
    const { root, children } = decodeTree(bytes);
    const byHash = new Map<string, DirectoryMessage>(children.map((child) => [messageHash(child), child]));
    const stack: { at: string; message: DirectoryMessage }[] = [{ at: path, message: root }];
    fs.rmSync(this.#safe(path), { recursive: true, force: true });
    written.push(this.#safe(path));
    for (let one = stack.pop(); one !== undefined; one = stack.pop()) {
      makeFolders(this.#safe(one.at), this.#root);
      if (!this.#putFiles(one.message, one.at + "/", written)) return false;
      for (const { name, digest: below } of one.message.directories) {
        const message = byHash.get(below.hash);
        if (message === undefined) return false;
        stack.push({ at: `${one.at}/${name}`, message });
      }
    }
    return true;
  }

  #addTree(path: string): BlobDigest {
    const folder = newFolder();
    addTree(folder, this.#at(path), (file) => this.#blobs.addFile(file));
    const messages = new Map<string, DirectoryMessage>();
    const digest = messagesOf(folder, messages);
    const root = messages.get(digest.hash)!;
    messages.delete(digest.hash);
    return this.#blobs.addBytes(encodeTree({ root, children: [...messages.values()] }));
  }

  /** Absolute path of an output of a stored result, which comes from a file and so is not trusted to stay inside the root. */
  #safe(path: string): string {
    if (path === "" || path.startsWith("/") || /(^|\/)\.{0,2}(\/|$)|\0/.test(path)) throw new RangeError("a stored path leads outside");
    return this.#at(path);
  }
}

function messageHash(message: DirectoryMessage): string {
  return digestOf(encodeDirectory(message)).hash;
}

function asideOf(result: ResultMessage): Aside {
  return JSON.parse(result.aside) as Aside;
}

export { collect, measure };
