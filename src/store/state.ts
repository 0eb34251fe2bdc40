// What tg remembers between runs: one snapshot, one journal after it. Opened by everybody, written by the one who holds
// the lock. Damage costs work, never a wrong answer: what does not check out is left out. Knows no judging.
import fs from "node:fs";
import path from "node:path";
import { EMPTY_META, type Frozen, type Meta } from "../model/frozen.ts";
import type { Graph } from "../model/graph.ts";
import type { Memo } from "../model/memo.ts";
import type { FilePath } from "../model/path.ts";
import type { CompactMemo, CompactMeta, Store } from "../model/ports.ts";
import type { Notice } from "../model/problem.ts";
import { HALF, type RecordStatus, type TaskRecord } from "../model/state.ts";
import { COLUMN_NAMES, FileTable } from "../model/table.ts";
import type { TaskName } from "../model/task.ts";
import { decodeRecord, encodeRecord, rowsOfStored } from "./codec.ts";
import { FORMAT_VERSION, openContainer } from "./container.ts";
import { nextGeneration, readIfThere, sizeOf, writeWhole } from "./files.ts";
import { JournalWriter, readJournal, type Entry } from "./journal.ts";
import { endKeeper, endStray, strayOf, type Stray } from "./strays.ts";
import { encodeSnapshot, readSnapshot, type Snapshot } from "./snapshot.ts";

const EMPTY_RECORD: TaskRecord = {
  status: "running", key: "", parts: {}, inputs: [], folders: [], custom: [], discovered: [], upstream: [], upstreamKeys: [],
  outputs: [], members: [], value: null, start: 0, end: 0, exit: null, signal: null, attempts: 0, peakKb: 0, reasons: [], error: null,
};

interface Overlay {
  readonly stored: string | null;
  record: TaskRecord | null;
}

export class State implements Store {
  readonly table: FileTable;
  readonly notices: Notice[] = [];
  #snapshot: Snapshot | null = null;
  #snapshotBytes = 0;
  #generation = "0000000000000000";
  #index: Map<string, number> | null = null;
  #overlay: Map<string, Overlay> = new Map();
  #settledAt: Map<string, [bits: number, seq: number]> = new Map();
  /** Groups of tasks that were started and have no end in the journal. */
  #groups: Map<string, Stray> = new Map();
  /** Processes that run tasks one after the other. */
  #keepers: Map<number, Stray> = new Map();
  #rowSeq: Map<number, number> = new Map();
  #entries = 0;
  #goodBytes = 0;
  #writer: JournalWriter | null = null;
  #knownRows: number;
  #fileMark = "";
  #journalMark = "";
  readonly #file: string;
  readonly #journal: string;

  private constructor(dir: string, suffix: string) {
    this.#file = path.join(dir, "state" + suffix);
    this.#journal = path.join(dir, "journal" + suffix);
    this.#fileMark = sizeOf(this.#file);
    this.#journalMark = sizeOf(this.#journal);
    const bytes = readIfThere(this.#file);
    if (bytes !== null) this.#openSnapshot(bytes);
    this.table = this.#snapshot?.table ?? FileTable.empty();
    this.#knownRows = this.table.count;
    const log = readIfThere(this.#journal);
    if (log !== null) this.#openJournal(log);
    this.#knownRows = this.table.count;
  }

  /** `suffix` keeps the states of several configs in one folder apart. Reads only. */
  static open(dir: string, suffix: string): State {
    return new State(dir, suffix);
  }

  #openSnapshot(bytes: Uint8Array): void {
    const opened = openContainer(bytes);
    if (opened.kind === "foreign") this.notices.push({ code: "state-foreign", version: opened.version });
    else if (opened.kind === "damaged") this.notices.push({ code: "state-damaged", what: "state", at: opened.at });
    else {
      this.#snapshot = readSnapshot(opened);
      this.#generation = opened.generation;
      this.#snapshotBytes = bytes.length;
    }
  }

  #openJournal(bytes: Uint8Array): void {
    const { entries, goodBytes, damaged } = readJournal(bytes);
    const head = entries[0];
    if (head === undefined || head[0] !== "h" || head[1] !== this.#generation || head[2] !== FORMAT_VERSION) {
      if (bytes.length > 0 && this.notices.length === 0 && (head === undefined || this.#snapshot === null)) {
        this.notices.push({ code: "state-damaged", what: "journal", at: 0 });
      }
      return;
    }
    for (const entry of entries) this.#apply(entry);
    this.#goodBytes = goodBytes;
    if (damaged) this.notices.push({ code: "state-damaged", what: "journal", at: goodBytes });
  }

  #apply(entry: Entry): void {
    const seq = ++this.#entries;
    switch (entry[0]) {
      case "h":
        return;
      case "p":
        for (let i = 2; i < entry.length; i++) this.table.idOf(entry[i] as string);
        return;
      case "f": {
        const row = entry[1];
        const before = this.table.identityOf(row);
        COLUMN_NAMES.forEach((name, i) => (this.table.columns[name][row] = entry[i + 2] as number));
        if (this.table.identityOf(row) !== before) this.#rowSeq.set(row, seq);
        return;
      }
      case "r":
        this.#groups.delete(entry[1]);
        this.#overlay.set(entry[1], { stored: entry[2], record: null });
        return;
      case "s":
        this.#overlay.set(entry[1], { stored: null, record: started(this.get(entry[1] as TaskName), entry.slice(3) as FilePath[], entry[2]) });
        return;
      case "k":
        this.#keepers.set(entry[1], { group: entry[1], start: entry[2], boot: entry[3] });
        return;
      case "g":
        this.#groups.set(entry[1], { group: entry[2], start: entry[3], boot: entry[4] });
        return;
      case "d":
        this.#overlay.set(entry[1], { stored: null, record: null });
        return;
      case "m":
        for (let i = 1; i + 1 < entry.length; i += 2) this.#settledAt.set(entry[i] as string, [entry[i + 1] as number, seq]);
        return;
      default:
        entry satisfies never;
    }
  }

  /** The frozen graph and its meta; null when there is none to trust. */
  frozen(): Frozen | null {
    return this.#snapshot?.frozen ?? null;
  }

  meta(): Meta {
    return this.#snapshot?.frozen.meta ?? EMPTY_META;
  }

  memo(): Memo | null {
    const snapshot = this.#snapshot;
    if (snapshot === null) return null;
    const name = (task: number): string => snapshot.frozen.name(task);
    const plain = this.#overlay.size === 0 && this.#settledAt.size === 0;
    return {
      settled: (task) => {
        if (plain) return snapshot.settled[task]!;
        const late = this.#settledAt.get(name(task));
        if (late !== undefined) return late[0];
        return this.#overlay.has(name(task)) ? 0 : snapshot.settled[task]!;
      },
      refs: (task) => {
        // A task settled by the journal may have no rows in the snapshot, or others.
        if (!plain && (this.#settledAt.has(name(task)) || this.#overlay.has(name(task)))) return rowsOfStored(this.#textOf(snapshot.frozen.name(task)));
        return snapshot.refs.subarray(snapshot.refStarts[task]!, snapshot.refStarts[task + 1]!);
      },
      settledSeq: (task) => (plain ? 0 : (this.#settledAt.get(name(task))?.[1] ?? 0)),
      movedSince: (task, row) => {
        if (this.#rowSeq.size === 0) return false;
        const at = this.#rowSeq.get(row);
        return at !== undefined && at > (this.#settledAt.get(name(task))?.[1] ?? 0);
      },
    };
  }

  get(name: TaskName): TaskRecord | null {
    const over = this.#overlay.get(name);
    if (over !== undefined) {
      if (over.record === null && over.stored !== null) over.record = decodeRecord(over.stored, this.table);
      return over.record;
    }
    const stored = this.#storedText(name);
    if (stored === "") return null;
    const record = decodeRecord(stored, this.table);
    this.#overlay.set(name, { stored, record });
    return record;
  }

  #storedText(name: string): string {
    const snapshot = this.#snapshot;
    if (snapshot === null) return "";
    if (this.#index === null) {
      this.#index = new Map();
      for (let i = 0; i < snapshot.frozen.count; i++) this.#index.set(snapshot.frozen.name(i), i);
    }
    const at = this.#index.get(name);
    return at === undefined ? (snapshot.frozen.meta.orphans[name] ?? "") : snapshot.records.get(at);
  }

  *names(): Iterable<TaskName> {
    const snapshot = this.#snapshot;
    for (const [name, over] of this.#overlay) if (over.stored !== null || over.record !== null) yield name as TaskName;
    if (snapshot === null) return;
    for (let i = 0; i < snapshot.frozen.count; i++) {
      const name = snapshot.frozen.name(i);
      if (!this.#overlay.has(name) && snapshot.records.starts[i] !== snapshot.records.starts[i + 1]) yield name;
    }
    for (const name of Object.keys(snapshot.frozen.meta.orphans)) if (!this.#overlay.has(name)) yield name as TaskName;
  }

  /** Was a build killed whose tasks have not been made good since? */
  unfinished(): boolean {
    if (this.meta().unfinished) return true;
    for (const over of this.#overlay.values()) if (over.record?.status === "running") return true;
    return false;
  }

  /** Is the state on disk still what was read here? */
  isCurrent(): boolean {
    return sizeOf(this.#file) === this.#fileMark && sizeOf(this.#journal) === this.#journalMark;
  }

  /** Opens the journal for writing. Call with the lock held. */
  openForWriting(): void {
    if (this.#writer !== null) return;
    this.#writer = new JournalWriter(this.#journal, this.#goodBytes);
    if (this.#goodBytes === 0) this.#writer.append([["h", this.#generation, FORMAT_VERSION]]);
  }

  /** `task` starts now; `halves` are the outputs it will be writing. Written before the command starts. */
  markStarted(task: TaskName, start: number, halves: readonly FilePath[]): void {
    this.#overlay.set(task, { stored: null, record: started(this.get(task), halves, start) });
    this.#writer?.append([["s", task, start, ...halves]]);
  }

  /** Which process group runs `task`. */
  markGroup(task: TaskName, group: number): void {
    const { start, boot } = strayOf(group);
    this.#writer?.append([["g", task, group, start, boot]]);
  }

  markKeeper(keeper: number): void {
    if (this.#keepers.has(keeper)) return;
    const stray = strayOf(keeper);
    this.#keepers.set(keeper, stray);
    this.#writer?.append([["k", keeper, stray.start, stray.boot]]);
  }

  async endStrays(): Promise<readonly { readonly task: TaskName; readonly group: number }[]> {
    const ended: { task: TaskName; group: number }[] = [];
    for (const [task, stray] of this.#groups) if (await endStray(stray)) ended.push({ task: task as TaskName, group: stray.group });
    for (const keeper of this.#keepers.values()) await endKeeper(keeper);
    this.#groups.clear();
    this.#keepers.clear();
    return ended;
  }

  /** A finished attempt. `rows`: table rows whose columns changed since the last call. */
  put(task: TaskName, record: TaskRecord, rows: ReadonlySet<number>): void {
    const stored = encodeRecord(record, this.table);
    this.#overlay.set(task, { stored, record });
    this.#writer?.append([...this.#rowEntries(rows), ["r", task, stored]]);
  }

  drop(task: TaskName): void {
    this.#overlay.set(task, { stored: null, record: null });
    this.#writer?.append([["d", task]]);
  }

  /** Stat refreshes, and tasks now known to be fresh (bits as in Snapshot.settled). */
  refresh(rows: ReadonlySet<number>, settled: ReadonlyMap<TaskName, number>): void {
    const pairs: (string | number)[] = [];
    for (const [task, bits] of settled) pairs.push(task, bits);
    const entries = this.#rowEntries(rows);
    if (pairs.length > 0) entries.push(["m", ...pairs]);
    this.#writer?.append(entries);
  }

  #rowEntries(rows: ReadonlySet<number>): Entry[] {
    const entries: Entry[] = [];
    const table = this.table;
    if (table.count > this.#knownRows) {
      const fresh: string[] = [];
      for (let id = this.#knownRows; id < table.count; id++) fresh.push(table.pathOf(id));
      entries.push(["p", this.#knownRows, ...fresh]);
      this.#knownRows = table.count;
    }
    for (const row of rows) entries.push(["f", row, ...COLUMN_NAMES.map((name) => table.columns[name][row]!)]);
    return entries;
  }

  /** Is a new snapshot worth writing: is the journal large beside it? */
  wantsCompaction(): boolean {
    return this.#snapshot === null || (this.#writer?.size ?? this.#goodBytes) > 64 * 1024 + this.#snapshotBytes / 2;
  }

  /** Writes a new snapshot, then empties the journal. Call with the lock held. */
  compact(graph: Graph, meta: CompactMeta, memo: CompactMemo): void {
    const orphans: Record<string, string> = {};
    for (const name of this.names()) {
      if (graph.indexOf(name) < 0) orphans[name] = this.#textOf(name);
    }
    const generation = nextGeneration(this.#generation);
    const record = (task: number): string => this.#textOf(graph.name(task));
    // Rows are numbered while records are encoded; do it before the table is laid out.
    let unfinished = Object.values(orphans).some(isRunning);
    for (let i = 0; i < graph.count; i++) unfinished = isRunning(record(i)) || unfinished;
    const bytes = encodeSnapshot({ table: this.table, graph, meta: { ...meta, orphans, unfinished }, record, ...memo }, generation);
    writeWhole(this.#file, bytes);
    this.#writer?.close();
    this.#writer = null;
    fs.rmSync(this.#journal, { force: true });
    this.#generation = generation;
    this.#goodBytes = 0;
  }

  #textOf(name: TaskName): string {
    const over = this.#overlay.get(name);
    if (over === undefined) return this.#storedText(name);
    if (over.stored !== null) return over.stored;
    return over.record === null ? "" : encodeRecord(over.record, this.table);
  }

  close(): void {
    if (this.#writer !== null) this.#goodBytes = this.#writer.size;
    this.#writer?.close();
    this.#writer = null;
  }
}

function isRunning(stored: string): boolean {
  return stored.startsWith('["running"');
}

/** The record while a task runs: the last one, no longer good, with the outputs that are being made marked as halves. */
function started(before: TaskRecord | null, halves: readonly FilePath[], start: number): TaskRecord {
  const base = before ?? { ...EMPTY_RECORD, start };
  const being = new Set<string>(halves);
  const outputs = base.outputs.filter(([output]) => !being.has(output));
  return { ...base, status: "running" as RecordStatus, outputs: [...outputs, ...halves.map((half) => [half, HALF] as const)] };
}
