// What the journal adds to the snapshot, entry by entry: records, changed rows, settled tasks, started processes. Knows no
// file.
import type { Frozen, Stamp } from "../model/frozen.ts";
import type { FilePath } from "../model/path.ts";
import type { Columns, FileTable } from "../model/table.ts";
import { decodeRecord } from "./codec.ts";
import type { Entry } from "./journal.ts";
import type { Overlay } from "./overlay.ts";
import { expect } from "./shapes.ts";
import type { Stray } from "./strays.ts";

type SnapshotGraph = Pick<Frozen, "count" | "indexOf">;

export class Later {
  readonly overlay: Map<string, Overlay> = new Map();
  /** Tasks of the snapshot's graph settled since, with their bits and the entry that did it. */
  readonly resettled: Set<number> = new Set();
  readonly settledBits: Uint8Array;
  readonly settledSeq: Uint32Array;
  /** As in Memo. */
  readonly gaveSeq: Uint32Array;
  /** Process groups of tasks that were started and have no end in the journal. */
  readonly groups: Map<string, Stray> = new Map();
  /** Processes that run several tasks in turn. */
  readonly keepers: Map<number, Stray> = new Map();
  movedSeq: Uint32Array | null = null;
  /** Stamp of the config that replaces the snapshot's; null: the snapshot's holds. */
  stamp: Stamp | null = null;
  readonly movedRows: number[] = [];
  /** The journal has something besides rows and records that is not represented here. */
  saidMore = false;
  readonly #graph: SnapshotGraph | null;
  #entries = 0;
  /** Tasks of the latest settling, and their `gaveSeq` before it. */
  #gaveBefore: { readonly seq: number; readonly tasks: Uint32Array; readonly gave: Uint32Array } | null = null;

  constructor(graph: SnapshotGraph | null) {
    this.#graph = graph;
    this.settledBits = new Uint8Array(graph?.count ?? 0);
    this.settledSeq = new Uint32Array(graph?.count ?? 0);
    this.gaveSeq = new Uint32Array(graph?.count ?? 0);
  }

  /** Takes entries up to the first that does not fit what stands before it; how many, and the rows there are by then. `trusting`: unread records fit. */
  takeAll(entries: readonly Entry[], table: FileTable, trusting: boolean): { readonly good: number; readonly rows: number } {
    let [good, rows] = [0, table.count];
    try {
      for (const entry of entries) {
        if (!trusting && entry[0] === "r") decodeRecord(entry[2], table);
        this.#apply(entry, table);
        good++;
        rows = table.count;
      }
    } catch {
      // What it has taken of that entry is true or of no use.
    }
    return { good, rows };
  }

  /** Throws if it names rows that the table does not have, or new ones that do not continue it. */
  #apply(entry: Entry, table: FileTable): void {
    const seq = ++this.#entries;
    switch (entry[0]) {
      case "h":
        return;
      case "p":
        for (let i = 2; i < entry.length; i++) expect(table.idOf(entry[i] as string) === entry[1] + i - 2);
        return;
      case "f":
        this.#takeRows(entry[1], entry[2], { seq, table });
        return;
      case "r":
        this.groups.delete(entry[1]);
        this.lay(entry[1], { stored: entry[2], record: null });
        return;
      case "s":
        this.begin(entry[1], entry[2], entry.slice(3) as FilePath[]);
        return;
      case "k":
        this.keepers.set(entry[1], { group: entry[1], start: entry[2], boot: entry[3] });
        return;
      case "g":
        this.groups.set(entry[1], { group: entry[2], start: entry[3], boot: entry[4] });
        return;
      case "c":
        this.stamp = entry[1];
        return;
      case "d":
        this.lay(entry[1], { stored: null, record: null });
        return;
      case "m":
        this.#settle(entry[1], entry[2], seq);
        return;
      case "b":
        this.#gaveTheSame(entry.slice(1) as number[], seq);
        return;
      default:
        entry satisfies never;
    }
  }

  /** Whether it holds nothing but new stats of unchanged files. */
  hasStatsAlone(): boolean {
    return !this.saidMore && this.overlay.size === 0 && this.resettled.size === 0 && this.movedRows.length === 0 && this.stamp === null;
  }

  lay(name: string, overlay: Overlay): void {
    this.overlay.set(name, overlay);
    if (this.resettled.size > 0) this.resettled.delete(this.#graph!.indexOf(name));
  }

  begin(name: string, start: number, halves: readonly FilePath[]): void {
    const before = this.overlay.get(name);
    this.lay(name, { stored: null, record: null, begun: { start, halves, before } });
  }

  #settle(tasks: Uint32Array, bits: Uint8Array, seq: number): void {
    this.#gaveBefore = { seq, tasks, gave: tasks.map((task) => this.gaveSeq[task] ?? 0) };
    for (let i = 0; i < tasks.length; i++) {
      const task = tasks[i]!;
      if (task >= this.settledSeq.length) continue;
      this.settledBits[task] = bits[i]!;
      this.settledSeq[task] = seq;
      this.gaveSeq[task] = seq;
      this.resettled.add(task);
    }
  }

  /** Valid only directly after the settling it refers to. */
  #gaveTheSame(tasks: readonly number[], seq: number): void {
    const last = this.#gaveBefore;
    if (last === null || last.seq !== seq - 1) return;
    for (const task of tasks) {
      const at = last.tasks.indexOf(task);
      if (at >= 0 && task < this.gaveSeq.length) this.gaveSeq[task] = last.gave[at]!;
    }
  }

  #takeRows(rows: Uint32Array, columns: Columns, { seq, table }: { readonly seq: number; readonly table: FileTable }): void {
    for (let i = 0; i < rows.length; i++) {
      expect(rows[i]! < table.count);
      if (!table.setRow(rows[i]!, columns, i)) continue;
      if (this.movedSeq === null || rows[i]! >= this.movedSeq.length) {
        const wider = new Uint32Array(table.count);
        if (this.movedSeq !== null) wider.set(this.movedSeq);
        this.movedSeq = wider;
      }
      this.movedSeq[rows[i]!] = seq;
      this.movedRows.push(rows[i]!);
    }
  }
}
