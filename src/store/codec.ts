// Records to JSON text and back, paths as row numbers of the file table. The format is versioned by the snapshot.
import type { Identity, Reason, RecordStatus, Seen, TaskRecord } from "../model/state.ts";

export interface PathRows {
  idOf(path: string): number;
  pairOf(id: number, identity: Identity): Seen;
}

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

export function encodeRecord(record: TaskRecord, rows: PathRows): string {
  const flat = (seen: readonly Seen[]): Flat => {
    const list: (number | string)[] = [];
    for (let i = 0; i < seen.length; i++) list.push(rows.idOf(seen[i]![0]), seen[i]![1]);
    return list;
  };
  let rare = RARE.length;
  while (rare > 0 && isLacking(record[RARE[rare - 1]!])) rare--;
  const stored: Stored = [
    record.status, record.key, record.parts,
    flat(record.inputs), flat(record.folders), flat(record.custom), flat(record.discovered), flat(record.upstream), record.upstreamKeys,
    flat(record.outputs), flat(record.members), record.value,
    record.start, record.end, record.goodMs, record.exit, record.signal, record.attempts, record.peakKb,
    record.reasons, record.error, ...RARE.slice(0, rare).map((field) => record[field] ?? []),
  ];
  return JSON.stringify(stored);
}

export function decodeRecord(text: string, rows: PathRows): TaskRecord {
  const s = JSON.parse(text) as Stored;
  const seen = (flat: Flat): Seen[] => {
    const list: Seen[] = [];
    for (let i = 0; i < flat.length; i += 2) list.push(rows.pairOf(flat[i] as number, flat[i + 1] as Identity));
    return list;
  };
  const record: TaskRecord = {
    status: s[0], key: s[1], parts: s[2],
    inputs: seen(s[3]), folders: seen(s[4]), custom: seen(s[5]), discovered: seen(s[6]), upstream: seen(s[7]), upstreamKeys: s[8],
    outputs: seen(s[9]), members: seen(s[10]), value: s[11],
    start: s[12], end: s[13], goodMs: s[14], exit: s[15], signal: s[16], attempts: s[17], peakKb: s[18],
    reasons: s[19], error: s[20],
  };
  const fields: Record<string, unknown> = record as object as Record<string, unknown>;
  for (let rare = 0; rare < RARE.length; rare++) if (!isLacking(s[FIRST_RARE + rare])) fields[RARE[rare]!] = s[FIRST_RARE + rare];
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
