// Records to text and back: JSON, and in a second line what was taken from other tasks. Paths are row numbers of the file table. The format is versioned by the snapshot.
import type { Giver, Identity, Reason, RecordStatus, Seen, TaskRecord } from "../model/state.ts";
import { believed, expect, isFields, isListOf, isText } from "./shapes.ts";

export interface PathRows {
  /** How many rows there are. */
  readonly count: number;
  idOf(path: string): number;
  pairOf(id: number, identity: Identity): Seen;
}

type Flat = readonly (number | string)[];
type Taken = Pick<TaskRecord, "upstream" | "upstreamKeys" | "givers">;
type StoredTaken = readonly [upstream: Flat, upstreamKeys: readonly string[], givers: readonly Giver[]];
type Stored = readonly [
  status: RecordStatus, key: string, parts: Record<string, string>,
  inputs: Flat, folders: Flat, custom: Flat, discovered: Flat,
  outputs: Flat, members: Flat, value: string | null,
  start: number, end: number, goodMs: number, exit: number | null, signal: string | null, attempts: number, peakKb: number,
  reasons: readonly Reason[], error: string | null, ...rare: unknown[],
];

/** What most records lack stands at the end, in this order; the text ends with the last that the record has. */
const RARE = ["trace", "links", "found", "rewritten", "ranAt"] as const satisfies (keyof TaskRecord)[];
const FIRST_RARE = 19;

/** Before what was taken from other tasks, if anything was. JSON text does not contain it. */
const BREAK = "\n";
const NOTHING: Taken = { upstream: [], upstreamKeys: [] };

/** An empty list holds the place of what is lacking before others. */
function isLacking(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}

function flatOf(seen: readonly Seen[], rows: PathRows): Flat {
  const list: (number | string)[] = [];
  for (let i = 0; i < seen.length; i++) list.push(rows.idOf(seen[i]![0]), seen[i]![1]);
  return list;
}

function seenIn(flat: Flat, rows: PathRows): Seen[] {
  const list: Seen[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const row = flat[i] as number;
    expect(row < rows.count && isText(flat[i + 1]));
    list.push(rows.pairOf(row, flat[i + 1] as Identity));
  }
  return list;
}

/** `givers` is read as absent if there are none. */
function takenText({ upstream, upstreamKeys, givers = [] }: Taken, rows: PathRows): string {
  if (upstream.length + upstreamKeys.length === 0) return "";
  return BREAK + JSON.stringify([flatOf(upstream, rows), upstreamKeys, givers] satisfies StoredTaken);
}

function isSame(a: Taken, b: Taken): boolean {
  return isSameList(a.upstream, b.upstream, isSamePair) && isSameList(a.upstreamKeys, b.upstreamKeys, Object.is) && isSameList(a.givers ?? [], b.givers ?? [], isSamePair);
}

function isSameList<T>(a: readonly T[], b: readonly T[], isSameOne: (a: T, b: T) => boolean): boolean {
  return a.length === b.length && (a === b || a.every((one, at) => isSameOne(one, b[at]!)));
}

function isSamePair(a: readonly [string, unknown], b: readonly [string, unknown]): boolean {
  return a === b || (a[0] === b[0] && a[1] === b[1]);
}

/** What the last record took from other tasks. Tasks behind one barrier take the same: it is kept, written and parsed once. */
export class LastTaken {
  readonly #rows: PathRows;
  #taken: Taken = NOTHING;
  #text = "";

  constructor(rows: PathRows) {
    this.#rows = rows;
  }

  /** The record, with the lists of the last one if they say the same. */
  share(record: TaskRecord): TaskRecord {
    const { upstream, upstreamKeys, givers } = record;
    if (upstream.length + upstreamKeys.length === 0) return record;
    if (isSame(record, this.#taken)) return { ...record, ...this.#taken };
    this.#taken = givers === undefined ? { upstream, upstreamKeys } : { upstream, upstreamKeys, givers };
    this.#text = takenText(record, this.#rows);
    return record;
  }

  textOf(record: TaskRecord): string {
    const { upstream, upstreamKeys, givers } = this.#taken;
    return record.upstream === upstream && record.upstreamKeys === upstreamKeys && record.givers === givers ? this.#text : takenText(record, this.#rows);
  }

  /** `text`: as textOf() gave it. */
  read(text: string): Taken {
    if (text === "") return NOTHING;
    if (text === this.#text) return this.#taken;
    const [flat, upstreamKeys, givers] = JSON.parse(text) as StoredTaken;
    const upstream = seenIn(flat, this.#rows);
    this.#taken = givers.length === 0 ? { upstream, upstreamKeys } : { upstream, upstreamKeys, givers };
    this.#text = text;
    return this.#taken;
  }
}

export function encodeRecord(record: TaskRecord, rows: PathRows, last: LastTaken = new LastTaken(rows)): string {
  let rare = RARE.length;
  while (rare > 0 && isLacking(record[RARE[rare - 1]!])) rare--;
  const stored: Stored = [
    record.status, record.key, record.parts,
    flatOf(record.inputs, rows), flatOf(record.folders, rows), flatOf(record.custom, rows), flatOf(record.discovered, rows),
    flatOf(record.outputs, rows), flatOf(record.members, rows), record.value,
    record.start, record.end, record.goodMs, record.exit, record.signal, record.attempts, record.peakKb,
    record.reasons, record.error, ...RARE.slice(0, rare).map((field) => record[field] ?? []),
  ];
  return JSON.stringify(stored) + last.textOf(record);
}

/** The parts of a stored record: what it says itself, and what its task took. */
function halvesOf(text: string): [own: string, taken: string] {
  const at = text.indexOf(BREAK);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at)];
}

/** Throws DamagedState if the text is no record, or names a row that does not exist. */
export function decodeRecord(text: string, rows: PathRows, last: LastTaken = new LastTaken(rows)): TaskRecord {
  const [own, taken] = halvesOf(text);
  return believed(() => recordOf(JSON.parse(own) as Stored, taken, rows, last));
}

function recordOf(s: Stored, taken: string, rows: PathRows, last: LastTaken): TaskRecord {
  expect(isText(s[0]) && isText(s[1]) && isFields(s[2]) && isListOf(s.slice(10, 13), Number.isFinite) && isListOf(s[17], isFields));
  const record: TaskRecord = {
    status: s[0], key: s[1], parts: s[2],
    inputs: seenIn(s[3], rows), folders: seenIn(s[4], rows), custom: seenIn(s[5], rows), discovered: seenIn(s[6], rows), ...last.read(taken),
    outputs: seenIn(s[7], rows), members: seenIn(s[8], rows), value: s[9],
    start: s[10], end: s[11], goodMs: s[12], exit: s[13], signal: s[14], attempts: s[15], peakKb: s[16],
    reasons: s[17], error: s[18],
  };
  const fields: Record<string, unknown> = record as object as Record<string, unknown>;
  for (let rare = 0; rare < RARE.length; rare++) if (!isLacking(s[FIRST_RARE + rare])) fields[RARE[rare]!] = s[FIRST_RARE + rare];
  return record;
}

/** Whether a task's stored record may hold questions. Does not decode it: most hold none. */
export function mayBeTraced(text: string): boolean {
  return text.includes('[["') && /\[\["(need|glob|env|absent) /.test(text);
}

/** Whether a stored record may have begun at `time` or later. Does not decode it: start and end are two numbers in a row, as few others are. */
export function mayHaveStarted(text: string, time: number): boolean {
  for (const [, start] of text.matchAll(/,(\d+(?:\.\d+)?),\d/g)) if (Number(start) >= time) return true;
  return false;
}

/** Rows a stored record refers to, without creating its objects: inputs, folders, discovered, upstream, outputs, members. */
export function rowsOfStored(text: string): number[] {
  if (text === "") return [];
  const [own, taken] = halvesOf(text);
  return believed(() => {
    const s = JSON.parse(own) as Stored;
    const upstream = taken === "" ? [] : (JSON.parse(taken) as StoredTaken)[0];
    const ids: number[] = [];
    for (const flat of [s[3], s[4], s[6], upstream, s[7], s[8]]) for (let i = 0; i < flat.length; i += 2) ids.push(flat[i] as number);
    return ids;
  });
}
