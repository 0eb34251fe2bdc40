// The messages of the Remote Execution API v2 that the store of results keeps, as protocol buffers: field numbers as in its
// remote_execution.proto, so that a blob here is a blob there. Knows no disk.

export interface BlobDigest {
  /** SHA-256, lower-case hex. */
  readonly hash: string;
  readonly bytes: number;
}

export interface FileNode {
  readonly name: string;
  readonly digest: BlobDigest;
  readonly executable: boolean;
}

export interface LinkNode {
  readonly name: string;
  readonly target: string;
}

/** Names are sorted, as the API requires of a canonical directory. */
export interface DirectoryMessage {
  readonly files: readonly FileNode[];
  readonly directories: readonly { readonly name: string; readonly digest: BlobDigest }[];
  readonly links: readonly LinkNode[];
}

export interface TreeMessage {
  readonly root: DirectoryMessage;
  readonly children: readonly DirectoryMessage[];
}

export interface ResultMessage {
  readonly files: readonly FileNode[];
  readonly trees: readonly { readonly path: string; readonly digest: BlobDigest }[];
  readonly links: readonly LinkNode[];
  /** Standard output and error, in order of arrival; null if there was none. */
  readonly log: BlobDigest | null;
  /** tg's own: a Tree of the action's notes for the report; null if it has none. */
  readonly notes: BlobDigest | null;
  readonly startMs: number;
  readonly endMs: number;
  /** tg's own: JSON. */
  readonly aside: string;
}

const ASIDE_TYPE = "type.tg-build/aside";
const NOTES_TYPE = "type.tg-build/notes";

/** Collects the fields of one message. */
class Writer {
  readonly #parts: Buffer[] = [];

  bytes(field: number, value: Uint8Array): this {
    this.#parts.push(varint(field * 8 + 2), varint(value.length), Buffer.from(value.buffer, value.byteOffset, value.length));
    return this;
  }

  text(field: number, value: string): this {
    return value === "" ? this : this.bytes(field, Buffer.from(value));
  }

  number(field: number, value: number): this {
    if (value !== 0) this.#parts.push(varint(field * 8), varint(value));
    return this;
  }

  done(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** Whole numbers up to 2^53. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  bytes.push(value);
  return Buffer.from(bytes);
}

function encodeDigest({ hash, bytes }: BlobDigest): Buffer {
  return new Writer().text(1, hash).number(2, bytes).done();
}

function encodeFile(name: string, digest: BlobDigest, executable: boolean): Buffer {
  return new Writer().text(1, name).bytes(2, encodeDigest(digest)).number(4, executable ? 1 : 0).done();
}

function encodeLink({ name, target }: LinkNode): Buffer {
  return new Writer().text(1, name).text(2, target).done();
}

export function encodeDirectory({ files, directories, links }: DirectoryMessage): Buffer {
  const writer = new Writer();
  for (const { name, digest, executable } of files) writer.bytes(1, encodeFile(name, digest, executable));
  for (const { name, digest } of directories) writer.bytes(2, new Writer().text(1, name).bytes(2, encodeDigest(digest)).done());
  for (const link of links) writer.bytes(3, encodeLink(link));
  return writer.done();
}

export function encodeTree({ root, children }: TreeMessage): Buffer {
  const writer = new Writer().bytes(1, encodeDirectory(root));
  for (const child of children) writer.bytes(2, encodeDirectory(child));
  return writer.done();
}

export interface CommandMessage {
  readonly arguments: readonly string[];
  /** Sorted by name. */
  readonly env: readonly (readonly [name: string, value: string])[];
  readonly outputs: readonly string[];
  readonly cwd: string;
}

export function encodeCommand(command: CommandMessage): Buffer {
  const writer = new Writer();
  for (const word of command.arguments) writer.bytes(1, Buffer.from(word));
  for (const [name, value] of command.env) writer.bytes(2, new Writer().text(1, name).text(2, value).done());
  writer.text(6, command.cwd);
  for (const output of command.outputs) writer.bytes(7, Buffer.from(output));
  return writer.done();
}

export function encodeAction(action: { readonly command: BlobDigest; readonly inputs: BlobDigest; readonly salt: string }): Buffer {
  return new Writer().bytes(1, encodeDigest(action.command)).bytes(2, encodeDigest(action.inputs)).text(9, action.salt).done();
}

export function encodeResult(result: ResultMessage): Buffer {
  const writer = new Writer();
  for (const { name, digest, executable } of result.files) writer.bytes(2, encodeFile(name, digest, executable));
  for (const { path, digest } of result.trees) writer.bytes(3, new Writer().text(1, path).bytes(3, encodeDigest(digest)).done());
  if (result.log !== null) writer.bytes(6, encodeDigest(result.log));
  const aside = new Writer().text(1, ASIDE_TYPE).text(2, result.aside).done();
  const about = new Writer().bytes(7, encodeTime(result.startMs)).bytes(8, encodeTime(result.endMs)).bytes(11, aside);
  if (result.notes !== null) about.bytes(11, new Writer().text(1, NOTES_TYPE).bytes(2, encodeDigest(result.notes)).done());
  writer.bytes(9, about.done());
  for (const link of result.links) writer.bytes(12, encodeLink(link));
  return writer.done();
}

function encodeTime(ms: number): Buffer {
  return new Writer().number(1, Math.floor(ms / 1000)).number(2, Math.round((ms % 1000) * 1e6)).done();
}

/** Fields of a message with their numbers, in order: integers as numbers, everything else as bytes. Throws RangeError on damage. */
type Field = readonly [number: number, value: number | Buffer];

function fieldsOf(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined || factor > 2 ** 49) throw new RangeError("damaged message");
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = number();
    const field = Math.floor(tag / 8);
    if (tag % 8 === 0) fields.push([field, number()]);
    else if (tag % 8 === 2) {
      const length = number();
      if (at + length > bytes.length) throw new RangeError("damaged message");
      fields.push([field, bytes.subarray(at, at + length)]);
      at += length;
    } else throw new RangeError("damaged message");
  }
  return fields;
}

function last(fields: readonly Field[], number: number): number | Buffer | undefined {
  return fields.findLast(([field]) => field === number)?.[1];
}

function bytesIn(fields: readonly Field[], number: number): Buffer {
  const value = last(fields, number);
  return typeof value === "object" ? value : Buffer.alloc(0);
}

function textIn(fields: readonly Field[], number: number): string {
  return bytesIn(fields, number).toString("utf8");
}

function numberIn(fields: readonly Field[], number: number): number {
  const value = last(fields, number);
  return typeof value === "number" ? value : 0;
}

function each<T>(fields: readonly Field[], number: number, read: (fields: Field[]) => T): T[] {
  return fields.flatMap(([field, value]) => (field === number && typeof value === "object" ? [read(fieldsOf(value))] : []));
}

function digestIn(fields: readonly Field[], number: number): BlobDigest {
  const digest = fieldsOf(bytesIn(fields, number));
  return { hash: textIn(digest, 1), bytes: numberIn(digest, 2) };
}

const fileIn = (fields: Field[]): FileNode => ({ name: textIn(fields, 1), digest: digestIn(fields, 2), executable: numberIn(fields, 4) === 1 });
const linkIn = (fields: Field[]): LinkNode => ({ name: textIn(fields, 1), target: textIn(fields, 2) });

function directoryIn(fields: Field[]): DirectoryMessage {
  return { files: each(fields, 1, fileIn), directories: each(fields, 2, (one) => ({ name: textIn(one, 1), digest: digestIn(one, 2) })), links: each(fields, 3, linkIn) };
}

/** Throws RangeError if the bytes are not a Tree. */
export function decodeTree(bytes: Buffer): TreeMessage {
  const fields = fieldsOf(bytes);
  return { root: directoryIn(fieldsOf(bytesIn(fields, 1))), children: each(fields, 2, directoryIn) };
}

/** Throws RangeError if the bytes are not an ActionResult. */
export function decodeResult(bytes: Buffer): ResultMessage {
  const fields = fieldsOf(bytes);
  const about = fieldsOf(bytesIn(fields, 9));
  const own = new Map(each(about, 11, (one) => [textIn(one, 1), one] as const));
  const notes = own.get(NOTES_TYPE);
  return {
    files: each(fields, 2, fileIn),
    trees: each(fields, 3, (one) => ({ path: textIn(one, 1), digest: digestIn(one, 3) })),
    links: each(fields, 12, linkIn),
    log: last(fields, 6) === undefined ? null : digestIn(fields, 6),
    startMs: timeIn(about, 7),
    endMs: timeIn(about, 8),
    notes: notes === undefined ? null : digestIn(notes, 2),
    aside: textIn(own.get(ASIDE_TYPE) ?? [], 2),
  };
}

function timeIn(fields: readonly Field[], number: number): number {
  const time = fieldsOf(bytesIn(fields, number));
  return numberIn(time, 1) * 1000 + numberIn(time, 2) / 1e6;
}
