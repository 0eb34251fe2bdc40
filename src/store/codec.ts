// Records to JSON text and back, paths as row numbers of the file table. The format is versioned by the snapshot.
import type { Giver, Identity, Reason, RecordStatus, Seen, TaskRecord } from "../model/state.ts";
import { Alike } from "./alike.ts";

export interface PathRows {
  idOf(path: string): number;
  pairOf(id: number, identity: Identity): Seen;
}

/** What one state's records have in common. */
export class Shared {
  readonly upstream: Alike<Seen> = new Alike((a, b) => a === b || (a[0] === b[0] && a[1] === b[1]));
  readonly upstreamKeys: Alike<string> = new Alike((a, b) => a === b);
  readonly givers: Alike<Giver> = new Alike((a, b) => a[0] === b[0] && a[1] === b[1]);
}

/** Their places in a stored record. */
const UPSTREAM = 7;
const UPSTREAM_KEYS = 8;
const GIVERS = 23;

type Flat = readonly (number | string)[];
type Stored = readonly [
  status: RecordStatus, key: string, parts: Record<string, string>,
  inputs: Flat, folders: Flat, custom: Flat, discovered: Flat, upstream: Flat, upstreamKeys: readonly string[],
  outputs: Flat, members: Flat, value: string | null,
  start: number, end: number, goodMs: number, exit: number | null, signal: string | null, attempts: number, peakKb: number,
  reasons: readonly Reason[], error: string | null, ...rare: unknown[],
];

/** What most records lack stands at the end, in this order; the text ends with the last that the record has. */
const RARE = ["trace", "links", "givers", "found", "rewritten", "ranAt"] as const satisfies (keyof TaskRecord)[];
const FIRST_RARE = 21;

/** An empty list holds the place of what is lacking before others. */
function isLacking(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}

/** The record with the lists of `shared` that say the same. */
export function sharing(record: TaskRecord, shared: Shared): TaskRecord {
  const { upstream, upstreamKeys, givers = [] } = record;
  const alike = { upstream: shared.upstream.of(upstream), upstreamKeys: shared.upstreamKeys.of(upstreamKeys), givers: shared.givers.of(givers) };
  return alike.upstream === upstream && alike.upstreamKeys === upstreamKeys && alike.givers === givers ? record : { ...record, ...alike };
}

export function encodeRecord(record: TaskRecord, rows: PathRows, shared: Shared = new Shared()): string {
  const flat = (seen: readonly Seen[]): Flat => {
    const list: (number | string)[] = [];
    for (let i = 0; i < seen.length; i++) list.push(rows.idOf(seen[i]![0]), seen[i]![1]);
    return list;
  };
  const { upstream, upstreamKeys, givers = [] } = record;
  const isShared = upstream === shared.upstream.last || upstreamKeys === shared.upstreamKeys.last;
  let rare = RARE.length;
  while (rare > 0 && isLacking(record[RARE[rare - 1]!])) rare--;
  const stored: Stored = [
    record.status, record.key, record.parts,
    flat(record.inputs), flat(record.folders), flat(record.custom), flat(record.discovered), isShared ? [] : flat(upstream), upstreamKeys,
    flat(record.outputs), flat(record.members), record.value,
    record.start, record.end, record.goodMs, record.exit, record.signal, record.attempts, record.peakKb,
    record.reasons, record.error, ...RARE.slice(0, rare).map((field) => record[field] ?? []),
  ];
  if (!isShared) return JSON.stringify(stored);
  const textAt = (value: unknown, at: number): string => {
    switch (at) {
      case UPSTREAM: return shared.upstream.textOf(upstream, () => JSON.stringify(flat(upstream)));
      case UPSTREAM_KEYS: return shared.upstreamKeys.textOf(upstreamKeys, () => JSON.stringify(upstreamKeys));
      case GIVERS: return shared.givers.textOf(givers, () => JSON.stringify(givers));
      default: return JSON.stringify(value);
    }
  };
  return `[${stored.map(textAt).join(",")}]`;
}

/** A stored record, with 0 in place of the last lists where their text stands. */
function parsed(text: string, { upstream, upstreamKeys, givers }: Shared): Stored {
  let rest = text;
  const holes: number[] = [];
  for (const [at, alike] of [[UPSTREAM, upstream], [UPSTREAM_KEYS, upstreamKeys], [GIVERS, givers]] as const) {
    const cut = alike.cut(rest);
    if (cut === null) continue;
    rest = cut;
    holes.push(at);
  }
  const stored = JSON.parse(rest) as Stored;
  // It may have stood elsewhere.
  return holes.every((at) => stored[at] === 0) ? stored : (JSON.parse(text) as Stored);
}

/** The last list where there is a hole. A list that occurs again is looked for in the next text. */
function listIn<T>(alike: Alike<T>, stored: unknown, list: () => readonly T[]): readonly T[] {
  if (stored === 0) return alike.last;
  const before = alike.last;
  const same = alike.of(list());
  if (same === before) alike.textOf(same, () => JSON.stringify(stored));
  return same;
}

export function decodeRecord(text: string, rows: PathRows, shared: Shared = new Shared()): TaskRecord {
  const s = parsed(text, shared);
  const seen = (flat: Flat): Seen[] => {
    const list: Seen[] = [];
    for (let i = 0; i < flat.length; i += 2) list.push(rows.pairOf(flat[i] as number, flat[i + 1] as Identity));
    return list;
  };
  const record: TaskRecord = {
    status: s[0], key: s[1], parts: s[2],
    inputs: seen(s[3]), folders: seen(s[4]), custom: seen(s[5]), discovered: seen(s[6]),
    upstream: listIn(shared.upstream, s[UPSTREAM], () => seen(s[UPSTREAM])), upstreamKeys: listIn(shared.upstreamKeys, s[UPSTREAM_KEYS], () => s[UPSTREAM_KEYS]),
    outputs: seen(s[9]), members: seen(s[10]), value: s[11],
    start: s[12], end: s[13], goodMs: s[14], exit: s[15], signal: s[16], attempts: s[17], peakKb: s[18],
    reasons: s[19], error: s[20],
  };
  const fields: Record<string, unknown> = record as object as Record<string, unknown>;
  for (let rare = 0; rare < RARE.length; rare++) if (!isLacking(s[FIRST_RARE + rare])) fields[RARE[rare]!] = s[FIRST_RARE + rare];
  if (record.givers !== undefined) fields["givers"] = listIn(shared.givers, s[GIVERS], () => s[GIVERS] as readonly Giver[]);
  return record;
}

/** Whether a task's stored record may hold questions. Does not decode it: most hold none. */
export function mayBeTraced(text: string): boolean {
  return text.includes('[["') && /\[\["(need|glob|env|absent) /.test(text);
}

/** Rows a stored record refers to, without creating its objects: inputs, folders, discovered, upstream, outputs, members. */
export function rowsOfStored(text: string): number[] {
  if (text === "") return [];
  const s = JSON.parse(text) as Stored;
  const ids: number[] = [];
  for (const flat of [s[3], s[4], s[6], s[7], s[9], s[10]]) for (let i = 0; i < flat.length; i += 2) ids.push(flat[i] as number);
  return ids;
}
