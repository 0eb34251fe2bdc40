// The files of past runs in the state folder: names, order, how many are kept. Knows one kind of content: JSON.
import type { Disk } from "../../model/ports.ts";
import type { RunRecord } from "../../model/run.ts";

const MIB = 1024 * 1024;
/** How much of each kind is kept, as JSON; if missing or malformed, all files are looked at. */
const TALLY = "tally";
/** After this many runs the files are looked at regardless: others may have added or removed some. */
const RUNS_UNSEEN = 256;

/** Those of the same second are numbered. */
export function newId(disk: Disk, dir: string, time: number): string {
  const stamp = new Date(time).toISOString().slice(0, 19).replaceAll("-", "").replaceAll(":", "").replace("T", "-");
  let count = 0;
  while ((["json", "made"] as const).some((kind) => disk.lstat(`${dir}/${stamp}-${count}.${kind}`).kind !== "absent")) count++;
  return `${stamp}-${count}`;
}

/** Of what is kept of one of these kinds, oldest first. */
export function idsIn(disk: Disk, dir: string, kinds: readonly Kind[]): string[] {
  const found = (disk.list(dir)?.names ?? []).flatMap((name) => {
    const [, id, kind] = /^(\d{8}-\d{6}-\d+)\.(.*)$/.exec(name) ?? [];
    return id !== undefined && kinds.includes(kind as Kind) ? [id] : [];
  });
  return [...new Set(found)].sort(byAge);
}

/** Oldest first; the number within a second compares as a number. */
function byAge(a: string, b: string): number {
  const [at, bt] = [a.slice(0, 15), b.slice(0, 15)];
  return at < bt ? -1 : at > bt ? 1 : parseInt(a.slice(16), 10) - parseInt(b.slice(16), 10);
}

/** What a run leaves: its record, what its tasks were made from, their output. `tg touch` leaves the second alone. Bytes of each kind. */
export interface Weights {
  readonly json: number;
  readonly made: number;
  readonly log: number;
}

/** The oldest go first: with the record the whole run goes, otherwise only that kind. */
const KINDS = ["json", "made", "log"] as const;
type Kind = (typeof KINDS)[number];
const MOST: Weights = { json: 16 * MIB, made: 64 * MIB, log: 64 * MIB };
/** How much remains after pruning: looking at every file after each run would cost more than most runs. */
const LEFT = 7 / 8;

/** What is kept, as far as known without looking, and how many runs ago somebody looked. */
type Tally = Weights & { readonly runs: number };

/** Call after a run was kept: `added` is what it brought. Removes the oldest if there is too much now. */
export function keepBounds(disk: Disk, dir: string, added: Weights, most: Weights = MOST): void {
  const file = `${dir}/${TALLY}`;
  const before = readTally(disk, file);
  const now = before === null ? null : { json: before.json + added.json, made: before.made + added.made, log: before.log + added.log, runs: before.runs + 1 };
  const holds = now !== null && now.runs < RUNS_UNSEEN && KINDS.every((kind) => now[kind] <= most[kind]);
  // Overwriting a file waits for the disk when it is truncated (ext4); creating one does not.
  disk.remove(file);
  disk.write(file, JSON.stringify(holds ? now : { ...prune(disk, dir, most), runs: 0 }));
}

function readTally(disk: Disk, file: string): Tally | null {
  if (disk.lstat(file).kind !== "file") return null;
  try {
    const tally = JSON.parse(Buffer.from(disk.read(file)).toString("utf8")) as Tally | null;
    return typeof tally?.runs === "number" && KINDS.every((kind) => typeof tally[kind] === "number") ? tally : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Looks at all that is kept, newest first. */
function prune(disk: Disk, dir: string, most: Weights): Weights {
  const runs = idsIn(disk, dir, KINDS).reverse().map((id) => KINDS.map((kind) => {
    const file = `${dir}/${id}.${kind}`;
    return { kind, file, size: disk.lstat(file).size };
  }));
  const total = { json: 0, made: 0, log: 0 };
  for (const { kind, size } of runs.flat()) total[kind] += size;
  const kept = { json: 0, made: 0, log: 0 };
  const full = { json: false, made: false, log: false };
  for (const { kind, file, size } of runs.flat()) {
    full[kind] ||= kept[kind] + size > (total[kind] > most[kind] ? most[kind] * LEFT : most[kind]);
    if (full[kind] || full.json) disk.remove(file);
    else kept[kind] += size;
  }
  return kept;
}

/** Newest first; other files are skipped. */
export function readRuns(disk: Disk, dir: string, most: number): RunRecord[] {
  const records: RunRecord[] = [];
  for (const id of idsIn(disk, dir, ["json"]).reverse()) {
    if (records.length >= most) break;
    try {
      const record = JSON.parse(Buffer.from(disk.read(`${dir}/${id}.json`)).toString("utf8")) as RunRecord;
      if (record.version === 1 && record.id === id) records.push(record);
    } catch {
      continue;
    }
  }
  return records;
}
