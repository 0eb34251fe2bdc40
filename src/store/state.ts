// What tg remembers between runs: a snapshot followed by a journal. Anyone may open it, the lock holder writes it. Damage
// costs work, never a wrong answer: whatever fails its check is left out. Does not judge staleness.
import fs from "node:fs";
import { EMPTY_META, type Frozen, type Meta, type Redeclared, type Stamp } from "../model/frozen.ts";
import type { Graph } from "../model/graph.ts";
import type { CompactMemo, Memo } from "../model/memo.ts";
import type { FilePath } from "../model/path.ts";
import { type CompactMeta, type Store } from "../model/ports.ts";
import type { Notice } from "../model/problem.ts";
import { usualMs, type TaskRecord } from "../model/state.ts";
import type { SomeRows } from "../model/row-set.ts";
import { FileTable } from "../model/table.ts";
import type { TaskName } from "../model/task.ts";
import { decodeRecord, encodeRecord, LastTaken, mayHaveStarted } from "./codec.ts";
import { firstBytesOf, FORMAT_VERSION, HEADER_BYTES, openContainer, partsOf, type Good } from "./container.ts";
import { redeclaredTasks } from "./definitions.ts";
import { memoOf, memoOfWritten } from "./memo.ts";
import { newGeneration, partsBehind, readStart, sizeOf, writeAround, writeWhole, type Started } from "./files.ts";
import { namesIn, orphanIn, type Overlay, recordsOf, someRuns, started, tracesOf } from "./overlay.ts";
import { draftsOf, JournalWriter, readLog, ROW_BYTES, type Draft, type Log } from "./journal.ts";
import { Later } from "./later.ts";
import { endStrays, strayOf } from "./strays.ts";
import { SecondPart } from "./second.ts";
import { expectSound, fits } from "./sound.ts";
import { encodeSnapshot, readSnapshot, renewed, type Encoded, type Snapshot } from "./snapshot.ts";

export interface OpenState {
  readonly trusting: boolean;
}

export class State implements Store {
  readonly table: FileTable;
  readonly notices: Notice[] = [];
  #snapshot: Snapshot | null = null;
  #second: SecondPart | null = null;
  /** The snapshot's file, and the current lengths of its two parts. */
  #opened: Good | null = null;
  #partsBytes = 0;
  #generation = "0000000000000000";
  #later: Later;
  #restamped: Frozen | null = null;
  readonly #lastTaken: LastTaken;
  /** Decoded records of the snapshot. */
  #decoded: Map<string, TaskRecord> = new Map();
  #goodBytes = 0;
  #writer: JournalWriter | null = null;
  #knownRows: number;
  #fileMark = "";
  #journalMark = "";
  readonly #file: string;
  readonly #journal: string;

  private constructor(dir: string, suffix: string, { trusting }: OpenState) {
    this.#file = `${dir}/state${suffix}`;
    this.#journal = `${dir}/journal${suffix}`;
    this.#fileMark = sizeOf(this.#file);
    this.#journalMark = sizeOf(this.#journal);
    const start = readStart(this.#file, { headerBytes: HEADER_BYTES, bytesOf: firstBytesOf, withRest: !trusting });
    if (start !== null) this.#openSnapshot(start);
    this.table = this.#snapshot?.table ?? FileTable.empty();
    this.#lastTaken = new LastTaken(this.table);
    this.#later = new Later(this.#snapshot?.frozen ?? null);
    this.#knownRows = this.table.count;
    const log = readLog(this.#journal);
    if (log !== null) this.#openJournal(log, trusting);
  }

  /**
   * `suffix` separates the states of several configs in one folder. Only reads. `trusting`: declarations and records are read
   * and checked on first use, which throws DamagedState if they are not as they were written. Otherwise all of it is, and must hold together.
   */
  static open(dir: string, suffix: string, options: OpenState = { trusting: false }): State {
    return new State(dir, suffix, options);
  }

  #openSnapshot({ bytes, rest, fileBytes, isTwice }: Started): void {
    const damaged = (at: number): void => void this.notices.push({ code: "state-damaged", what: "state", at });
    try {
      const opened = openContainer(bytes, fileBytes, isTwice);
      if (opened.kind === "foreign") return void this.notices.push({ code: "state-foreign", version: opened.version });
      if (opened.kind === "damaged") return damaged(opened.at);
      const { firstBytes } = opened;
      if (!fits(opened) || (rest !== null && !opened.checkBlocks(0, rest))) return damaged(firstBytes);
      // The file may have been replaced meanwhile: opening the state again finds it whole.
      const second = new SecondPart(opened, partsBehind(this.#file, firstBytes, () => this.#fileMark), rest);
      const snapshot = readSnapshot(opened, second);
      if (rest !== null) expectSound(snapshot);
      [this.#snapshot, this.#second, this.#opened, this.#generation] = [snapshot, second, opened, opened.generation];
      this.#partsBytes = firstBytes + opened.secondBytes;
    } catch {
      damaged(HEADER_BYTES); // its checksums are right, and its content is not
    }
  }

  #openJournal({ entries, ends, goodBytes, damaged }: Log, trusting: boolean): void {
    const head = entries[0];
    if (head === undefined || head[0] !== "h" || head[1] !== this.#generation || head[2] !== FORMAT_VERSION) {
      if ((goodBytes > 0 || damaged) && this.notices.length === 0 && (head === undefined || this.#snapshot === null)) {
        this.notices.push({ code: "state-damaged", what: "journal", at: 0 });
      }
      return;
    }
    const { good, rows } = this.#later.takeAll(entries, this.table, trusting);
    this.#knownRows = rows;
    this.#goodBytes = ends[good - 1]!;
    if (damaged || good < entries.length) this.notices.push({ code: "state-damaged", what: "journal", at: this.#goodBytes });
  }

  /** The frozen graph and its meta; null if there is none that can be trusted. */
  frozen(): Frozen | null {
    const frozen = this.#snapshot?.frozen ?? null;
    const { stamp } = this.#later;
    return frozen === null || stamp === null ? frozen : (this.#restamped ??= { ...frozen, meta: { ...frozen.meta, stamp } });
  }

  meta(): Meta {
    return this.frozen()?.meta ?? EMPTY_META;
  }

  redeclared(graph: Graph): Redeclared | null {
    return this.#snapshot === null ? null : redeclaredTasks(this.#snapshot.frozen, graph);
  }

  memo(): Memo | null {
    return this.#snapshot === null ? null : memoOf(this.#snapshot, this.#later, (name) => this.#textOf(name));
  }

  get(name: TaskName): TaskRecord | null {
    const over = this.#later.overlay.get(name);
    return over === undefined ? this.#getStored(name) : this.#recordOf(over, name);
  }

  /** The record's usualMs(), in whole ms. */
  usualMs(name: TaskName, guess: number): number {
    const at = this.#later.overlay.has(name) ? -1 : (this.#snapshot?.at(name, guess) ?? -1);
    return at < 0 ? Math.ceil(usualMs(this.get(name))) : this.#snapshot!.usualMs(at);
  }

  forget(): void {
    this.#decoded.clear();
    for (const over of this.#later.overlay.values()) if (over.stored !== null) over.record = null;
  }

  #recordOf(over: Overlay, name: TaskName): TaskRecord | null {
    if (over.record !== null) return over.record;
    if (over.stored !== null) over.record = decodeRecord(over.stored, this.table, this.#lastTaken);
    else if (over.begun !== undefined) over.record = started(over.begun.before === undefined ? this.#getStored(name) : this.#recordOf(over.begun.before, name), over.begun);
    return over.record;
  }

  #getStored(name: TaskName): TaskRecord | null {
    const known = this.#decoded.get(name);
    const stored = known === undefined ? this.#storedText(name) : "";
    if (known !== undefined || stored === "") return known ?? null;
    const record = decodeRecord(stored, this.table, this.#lastTaken);
    this.#decoded.set(name, record);
    return record;
  }

  #storedText(name: string): string {
    const snapshot = this.#snapshot;
    if (snapshot === null) return "";
    const at = snapshot.frozen.indexOf(name);
    if (at < 0) return orphanIn(snapshot.frozen.meta.orphans, name);
    return snapshot.recorded[at] === 1 ? snapshot.record(at) : "";
  }

  *names(): Iterable<TaskName> {
    yield* this.namesBeside();
    const snapshot = this.#snapshot;
    if (snapshot === null) return;
    for (const [i, has] of snapshot.recorded.entries()) if (has === 1 && !this.#later.overlay.has(snapshot.frozen.name(i))) yield snapshot.frozen.name(i);
  }

  /** Tasks whose recorded run began at `time` or later, in ms since the epoch. Decodes few others. */
  *startedSince(time: number): Iterable<TaskName> {
    for (const name of this.names()) {
      const over = this.#later.overlay.get(name);
      const stored = over === undefined ? this.#storedText(name) : over.stored;
      if ((stored === null || mayHaveStarted(stored, time)) && this.get(name)!.start >= time) yield name;
    }
  }

  namesBeside(): Iterable<TaskName> {
    return namesIn(this.#later.overlay, this.#snapshot?.frozen.meta.orphans ?? {});
  }

  /** Whether a build was killed whose running tasks have not completed since. */
  unfinished(): boolean {
    return this.meta().unfinished || someRuns(this.#later.overlay);
  }

  traced(): ReturnType<Store["traced"]> {
    return tracesOf(this.meta().traced, this.#later.overlay, (name) => this.get(name));
  }

  /** Whether the state on disk is still what was read here. */
  isCurrent(): boolean {
    return sizeOf(this.#file) === this.#fileMark && sizeOf(this.#journal) === this.#journalMark;
  }

  readAll(keeps: boolean = true): void {
    this.#second?.[keeps ? "whole" : "check"]();
  }

  hasCheckedAll(): boolean {
    return this.#second?.isChecked() !== false;
  }

  /** Opens the journal for writing. Call with the lock held. */
  openForWriting(): void {
    if (this.#writer !== null) return;
    this.#writer = new JournalWriter(this.#journal, this.#goodBytes);
    if (this.#goodBytes === 0) this.#writer.append([["h", this.#generation, FORMAT_VERSION]]);
  }

  /** Records that `task` starts; `halves` are the outputs it will write. Call before the command starts. */
  markStarted(task: TaskName, start: number, halves: readonly FilePath[]): void {
    this.#later.begin(task, start, halves);
    this.#writer?.append([["s", task, start, ...halves]]);
  }

  /** Records which process group runs `task`. */
  markGroup(task: TaskName, group: number): void {
    const { start, boot } = strayOf(group);
    this.#writer?.append([["g", task, group, start, boot]]);
  }

  markKeeper(keeper: number): void {
    if (this.#later.keepers.has(keeper)) return;
    const stray = strayOf(keeper);
    this.#later.keepers.set(keeper, stray);
    this.#writer?.append([["k", keeper, stray.start, stray.boot]]);
  }

  endStrays(): Promise<readonly { readonly task: TaskName; readonly group: number }[]> {
    return endStrays(this.#later);
  }

  /** Stores a finished attempt. `rows`: table rows whose columns changed since the last call. */
  put(task: TaskName, told: TaskRecord, rows: SomeRows): void {
    const record = this.#lastTaken.share(told);
    const stored = encodeRecord(record, this.table, this.#lastTaken);
    this.#later.lay(task, { stored, record });
    this.#append(rows, [["r", task, stored]]);
  }

  drop(task: TaskName): void {
    this.#later.lay(task, { stored: null, record: null });
    this.#writer?.append([["d", task]]);
  }

  restamp(stamp: Stamp): void {
    this.#later.saidMore = true;
    this.#writer?.append([["c", stamp]]);
  }

  /** Stores refreshed stats, and tasks (by graph index) now known to be fresh (bits as in Snapshot.settled); `same`: outputs as before. */
  refresh(rows: SomeRows, settled: ReadonlyMap<number, number>, same: readonly number[] = []): void {
    if (settled.size > 0) this.#later.saidMore = true;
    const news: Draft[] = settled.size === 0 ? [] : [["m", Uint32Array.from(settled.keys()), Uint8Array.from(settled.values())]];
    if (same.length > 0) news.push(["b", ...same]);
    this.#append(rows, news);
  }

  #append(rows: SomeRows, news: readonly Draft[]): void {
    if (this.#writer === null) return;
    const { count } = this.table;
    this.#writer.append([...draftsOf(this.table, this.#knownRows, rows), ...news]);
    // Not earlier: what fits on a full disk after this did not must still be told of the rows it names.
    this.#knownRows = count;
  }

  /** Each KB of the journal costs each later command 40 µs, a snapshot of 10,000 tasks 280 ms once; in a watch no command reads the journal. */
  wantsCompaction({ rows = 0, watched = false }: { readonly rows?: number; readonly watched?: boolean } = {}): boolean {
    return this.#snapshot === null || (this.#writer?.size ?? this.#goodBytes) + rows * ROW_BYTES > 16 * 1024 + this.#partsBytes / (watched ? 32 : 128);
  }

  /**
   * Rewrites the snapshot if only the stats of unchanged files differ, which the caller knows of everything it has looked at.
   * Returns false if the journal says more, or the file is not the one that was read.
   */
  fold(): boolean {
    const opened = this.#opened;
    if (opened === null || this.table.stored === null || !this.#later.hasStatsAlone()) return false;
    const generation = newGeneration();
    const { firstBytes, secondBytes } = opened;
    if (!writeAround(this.#file, { start: firstBytes, length: secondBytes, mark: this.#fileMark }, (second) => partsOf(opened.reseal(generation), second))) return false;
    this.#continue(generation);
    this.#fileMark = sizeOf(this.#file);
    return true;
  }

  /** Writes a new snapshot, then empties the journal. Call with the lock held. */
  compact(graph: Graph, meta: CompactMeta, memo: CompactMemo): CompactMemo {
    const generation = newGeneration();
    // Encoding records numbers rows, so it comes before the table is laid out.
    const { texts, ...told } = recordsOf(graph, this.names(), (name) => this.#textOf(name));
    const written = encodeSnapshot({ table: this.table, graph, meta: { ...meta, ...told }, record: (task) => texts[task]!, usualMs: (task) => this.usualMs(graph.name(task), task), before: this.#snapshot, spare: memo.goesOn === true ? (this.#second?.memory ?? null) : null, ...memo }, generation);
    if (memo.goesOn === true) this.#takeOver(written);
    writeWhole(this.#file, partsOf([written.first], [written.second]));
    this.#continue(generation);
    if (memo.goesOn === true) this.#goOn(written.first.length + written.second.length);
    return memoOfWritten(memo.settled, written);
  }

  /** Starts an empty journal after a new snapshot. */
  #continue(generation: string): void {
    this.#writer?.close();
    this.#writer = null;
    fs.rmSync(this.#journal, { force: true });
    this.#generation = generation;
    this.#goodBytes = 0;
  }

  /** Makes memory match the new snapshot and an empty journal, whether or not those can be written. */
  #takeOver(written: Encoded): void {
    if (this.#snapshot === null || this.#second === null) throw new Error("there was no snapshot to go on from");
    this.#snapshot = renewed(this.#snapshot, this.#second, written);
    this.#opened = null;
    this.#later = new Later(this.#snapshot?.frozen ?? null);
    this.#decoded.clear();
  }

  /** Called when the new snapshot is in place. */
  #goOn(partsBytes: number): void {
    this.#fileMark = sizeOf(this.#file);
    this.#journalMark = sizeOf(this.#journal);
    this.#partsBytes = partsBytes;
    this.#knownRows = this.table.count;
  }

  #textOf(name: TaskName): string {
    const over = this.#later.overlay.get(name);
    if (over === undefined) return this.#storedText(name);
    if (over.stored !== null) return over.stored;
    const record = this.#recordOf(over, name);
    return record === null ? "" : encodeRecord(record, this.table, this.#lastTaken);
  }

  /** Call with the lock still held: this state holds what was written here, and stays current. */
  close(): void {
    this.#second?.letGo();
    if (this.#writer === null) return;
    this.#goodBytes = this.#writer.size;
    this.#writer.close();
    this.#writer = null;
    this.#journalMark = sizeOf(this.#journal);
  }
}
