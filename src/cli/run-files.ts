// The files of past runs in the state folder: their names, their order, how many are kept. Knows one kind of content: JSON.
import type { Disk } from "../model/ports.ts";
import type { RunRecord } from "../model/run.ts";

/** All runs together are kept below this size; the oldest go first. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Several in one second are counted. */
export function newId(disk: Disk, dir: string, start: number): string {
  const stamp = new Date(start).toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
  let count = 0;
  while (disk.lstat(`${dir}/${stamp}-${count}.json`).kind !== "absent") count++;
  return `${stamp}-${count}`;
}

/** Records of runs, oldest first. */
export function namesIn(disk: Disk, dir: string): string[] {
  return (disk.list(dir)?.names ?? []).filter((name) => /^\d{8}-\d{6}-\d+\.json$/.test(name)).sort(byAge);
}

/** Oldest first; the count within a second is a number. */
function byAge(a: string, b: string): number {
  const [at, bt] = [a.slice(0, 15), b.slice(0, 15)];
  return at < bt ? -1 : at > bt ? 1 : parseInt(a.slice(16), 10) - parseInt(b.slice(16), 10);
}

/** Removes the oldest runs with all that belongs to them, while there are too many. */
export function bound(disk: Disk, dir: string): void {
  let bytes = 0;
  for (const name of namesIn(disk, dir).reverse()) {
    bytes += disk.lstat(`${dir}/${name}`).size;
    if (bytes > MOST_BYTES) for (const kind of ["json", "made", "log"]) disk.remove(`${dir}/${name.replace(/json$/, kind)}`);
  }
}

/** The same for what stands beside the records: the oldest of a kind go, the records stay. */
export function boundKind(disk: Disk, dir: string, { kind, most }: { readonly kind: "made" | "log"; readonly most: number }): void {
  let bytes = 0;
  for (const name of namesIn(disk, dir).reverse()) {
    const file = `${dir}/${name.replace(/json$/, kind)}`;
    bytes += disk.lstat(file).size;
    if (bytes > most) disk.remove(file);
  }
}

/** Newest first; files that are no runs are passed over. */
export function readRuns(disk: Disk, dir: string, most: number): RunRecord[] {
  const records: RunRecord[] = [];
  for (const name of namesIn(disk, dir).reverse()) {
    if (records.length >= most) break;
    try {
      const record = JSON.parse(Buffer.from(disk.read(`${dir}/${name}`)).toString("utf8")) as RunRecord;
      if (record.version === 1 && record.id + ".json" === name) records.push(record);
    } catch {
      continue;
    }
  }
  return records;
}
