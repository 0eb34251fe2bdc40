// The contents of the snapshot, section by section: the file table, the frozen graph, the records, the memo of what is known
// to be fresh. Columns are views over the file; texts are decoded on demand. Knows no journal.
import { EMPTY_META, type Frozen, type Meta } from "../model/frozen.ts";
import type { Graph } from "../model/graph.ts";
import type { FilePath } from "../model/path.ts";
import { RowSet } from "../model/row-set.ts";
import { COLUMN_NAMES, emptyColumns, FileTable, type Columns } from "../model/table.ts";
import { takesNothing, TASK_DEFAULTS, type Task, type TaskName } from "../model/task.ts";
import { findSlot, makeSlots } from "../model/slots.ts";
import { openTexts, utf8Text, type TextBytes } from "../model/texts.ts";
import { encodeWhole } from "./definitions.ts";
import { writeContainer, type Filled, type Good, type Section } from "./container.ts";
import { ASCII, Numbers, type Layout, type SecondPart } from "./second.ts";
import { areLike, believed, expect, isFields, isListOf, isText } from "./shapes.ts";

/** Sections of a snapshot. */
interface Parts {
  readonly first: Map<string, Section>;
  readonly second: Map<string, Section | Filled>;
}

/** Texts of the second part, decoded one by one. */
export class Texts {
  readonly #name: string;
  readonly #second: SecondPart;
  /** Belongs to the layout, which may be replaced. */
  #layout: Layout | null = null;
  #place = 0;
  #length = 0;
  #starts: { readonly offset: number; readonly length: number } = { offset: 0, length: 0 };
  #ascii = false;
  /** `starts` as a column, once the whole part has been read. */
  #column: Uint32Array | null = null;

  constructor(name: string, second: SecondPart) {
    this.#name = name;
    this.#second = second;
  }

  get(index: number): string {
    this.#find();
    const [from, to] = this.#bounds(index);
    const bytes = this.#second.bytes(this.#place + from, this.#place + to);
    return bytes.toString(this.#ascii ? "latin1" : "utf8");
  }

  #find(): void {
    const { layout } = this.#second;
    if (this.#layout === layout) return;
    this.#layout = layout;
    ({ offset: this.#place, length: this.#length } = layout.place(this.#name));
    this.#starts = layout.place(this.#name + "Starts");
    this.#ascii = layout.isAscii(this.#name);
    this.#column = null;
  }

  #bounds(index: number): readonly [from: number, to: number] {
    const { offset, length } = this.#starts;
    if (this.#column === null && this.#second.isWhole()) {
      const whole = this.#second.whole();
      this.#column = new Uint32Array(whole.buffer, whole.byteOffset + offset, length);
    }
    if (this.#column !== null) return [this.#column[index]!, this.#column[index + 1]!];
    const pair = this.#second.bytes(offset + 4 * index, offset + 4 * index + 8);
    return [pair.readUInt32LE(0), pair.readUInt32LE(4)];
  }

  /** Copies all of them in their stored form into another snapshot. */
  copy({ first, second }: Parts): void {
    this.#find();
    const whole = this.#second.whole();
    const { offset, length } = this.#starts;
    second.set(this.#name + "Starts", new Uint32Array(whole.buffer, whole.byteOffset + offset, length));
    second.set(this.#name, whole.subarray(this.#place, this.#place + this.#length));
    first.set(this.#name + ASCII, Uint8Array.of(this.#ascii ? 1 : 0));
  }

  static write(name: string, texts: readonly string[], into: Parts): void {
    const starts = new Uint32Array(texts.length + 1);
    let ascii = true;
    for (let i = 0; i < texts.length; i++) {
      const length = Buffer.byteLength(texts[i]!);
      ascii &&= length === texts[i]!.length;
      starts[i + 1] = starts[i]! + length;
    }
    const length = starts[texts.length]!;
    const put = (bytes: Uint8Array): void => {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      for (let i = 0; i < texts.length; i++) buffer.write(texts[i]!, starts[i]!, ascii ? "latin1" : "utf8");
    };
    into.second.set(name + "Starts", starts);
    into.second.set(name, { length, byteLength: length, put });
    into.first.set(name + ASCII, Uint8Array.of(ascii ? 1 : 0));
  }
}

/** Short texts that most commands read, in the form of model/texts.ts. */
const words = {
  write(name: string, texts: readonly string[], into: Map<string, Section>): void {
    const starts = new Uint32Array(texts.length + 1);
    for (let i = 0; i < texts.length; i++) starts[i + 1] = starts[i]! + texts[i]!.length;
    into.set(name + "Starts", starts);
    into.set(name, Buffer.from(texts.join(""), "utf8"));
    into.set(name + "Slots", makeSlots(texts.length, (id) => texts[id]!));
  },
  read(name: string, opened: Good): TextBytes {
    return { bytes: opened.section(name) as Uint8Array, starts: opened.section(name + "Starts") as Uint32Array };
  },
};

/** Bits of section `barriers`. */
const BARRIER = 1;
const DEPRECATED = 2;
const TEMP = 4;
const ORDINARY = 8;
/** The task uses no limited resource (model/task.ts). */
const UNLIMITED = 16;
const WITH_TEMP = [0, BARRIER, DEPRECATED, BARRIER | DEPRECATED].flatMap((bits) => [TEMP | bits, TEMP | bits | UNLIMITED]);

/** Searches for each combination of bits with native code; few of the combinations asked for occur. */
function tasksWith(column: Uint8Array, isMeant: (bits: number) => boolean): number[] {
  const found: number[] = [];
  for (let bits = 0; bits < 2 * UNLIMITED; bits++) {
    if (!isMeant(bits)) continue;
    for (let task = column.indexOf(bits); task >= 0; task = column.indexOf(bits, task + 1)) found.push(task);
  }
  return found.sort((a, b) => a - b);
}

export interface Snapshot {
  readonly table: FileTable;
  readonly frozen: Frozen;
  /** Stored record of each task, "" if none. Reads the second part. */
  record(task: number): string;
  /** Usual duration of the task by its record, in whole ms; 0: unknown. Reads the second part. */
  usualMs(task: number): number;
  /** Index of the task with that name, normally `guess`; -1: there is none. */
  at(name: TaskName, guess: number): number;
  /** 1: the task has a record. */
  readonly recorded: Uint8Array;
  /** 1: known to be fresh against the table's rows; 3: the same, with a virtually present output. */
  readonly settled: Uint8Array;
  readonly refStarts: Uint32Array;
  readonly refs: Uint32Array;
  /** Each distinct row of `refs`. */
  readonly allRefs: Uint32Array;
  /** Copies the sections that depend on the graph alone, in their stored form. */
  copyGraph(into: Parts): Uint32Array;
}

/** Sections that are the same for the same graph, whatever else has changed. */
const OF_GRAPH = ["names", "namesStarts", "namesSlots", "barriers", "families", "needStart", "needs", "needKinds", "order"] as const;

export function readSnapshot(opened: Good, second: SecondPart): Snapshot {
  const columns = emptyColumns(0);
  for (const name of COLUMN_NAMES) (columns as unknown as Record<string, Section>)[name] = opened.section(name);
  const names = openTexts(words.read("names", opened));
  const nameSlots = opened.section("namesSlots") as Uint32Array;
  const barriers = opened.section("barriers") as Uint8Array;
  const families = opened.section("families") as Uint32Array;
  const kept = JSON.parse(utf8Text(opened.section("meta") as Uint8Array)) as Partial<Meta>;
  expect(isFields(kept));
  // A tg that knew fewer fields may have written it.
  const meta: Meta = { ...EMPTY_META, ...kept, settings: { ...EMPTY_META.settings, ...kept.settings } };
  const definitions = new Texts("definitions", second);
  const records = new Texts("records", second);
  const usual = new Numbers("usualMs", second);
  return {
    table: new FileTable({ columns, count: columns.kind.length, slots: opened.section("pathsSlots") as Uint32Array, paths: words.read("paths", opened) }),
    frozen: {
      count: barriers.length,
      meta,
      name: (task) => names(task) as TaskName,
      indexOf: (name) => findSlot(nameSlots, name, names),
      task: (task) => believed(() => taskOf(definitions.get(task), names(task))),
      isBarrier: (task) => (barriers[task]! & BARRIER) !== 0,
      isDeprecated: (task) => (barriers[task]! & DEPRECATED) !== 0,
      isTemp: (task) => (barriers[task]! & TEMP) !== 0,
      taskCount: () => barriers.length - tasksWith(barriers, (bits) => (bits & BARRIER) !== 0).length,
      barriers: () => tasksWith(barriers, (bits) => (bits & BARRIER) !== 0),
      limited: () => tasksWith(barriers, (bits) => (bits & (BARRIER | ORDINARY | UNLIMITED)) === 0),
      isOrdinary: (task) => (barriers[task]! & ORDINARY) !== 0,
      hasTemps: () => WITH_TEMP.some((bits) => barriers.includes(bits)),
      familyOf: (task) => families[task]! - 1,
      definition: (task) => definitions.get(task),
      needStart: opened.section("needStart") as Uint32Array,
      needs: opened.section("needs") as Uint32Array,
      needKinds: opened.section("needKinds") as Uint8Array,
      order: opened.section("order") as Uint32Array,
      owners: opened.section("owners") as Uint32Array,
    },
    record: (task) => records.get(task),
    usualMs: (task) => usual.get(task),
    at: (name, guess) => (guess < barriers.length && names(guess) === name ? guess : findSlot(nameSlots, name, names)),
    recorded: opened.section("recorded") as Uint8Array,
    settled: opened.section("settled") as Uint8Array,
    refStarts: opened.section("refStarts") as Uint32Array,
    refs: opened.section("refs") as Uint32Array,
    allRefs: opened.section("allRefs") as Uint32Array,
    copyGraph: (into) => {
      definitions.copy(into);
      for (const name of OF_GRAPH) into.first.set(name, opened.section(name));
      return opened.section("owners") as Uint32Array;
    },
  };
}

/** Field by field: spreading two objects would give each result its own shape, about 1 KB per task. */
function taskOf(text: string, name: string): Task {
  const kept = JSON.parse(text) as Task;
  expect(isFields(kept) && kept.name === name && (kept.action === null || isKind(kept.action)) && areLike(TASK_DEFAULTS, kept) && isListOf(kept.inputs ?? [], isKind) && isListOf(kept.outputs ?? [], isKind));
  const task: Record<string, unknown> & Pick<Task, "name" | "action"> = { ...TASK_DEFAULTS, name: kept.name, action: kept.action };
  for (const [field, value] of Object.entries(kept)) task[field] = value;
  return task as unknown as Task;
}

function isKind(one: unknown): boolean {
  return isFields(one) && isText(one["kind"]);
}

/** Everything a snapshot is written from. `record(task)` gives stored text or ""; `refs(task)` table rows in any order. */
export interface Contents {
  readonly table: FileTable;
  readonly graph: Graph;
  readonly meta: Omit<Meta, "trees" | "patterns" | "default" | "jobs" | "settings" | "stateDir" | "spareParams">;
  record(task: number): string;
  usualMs(task: number): number;
  /** The snapshot that this one replaces; null if there is none. */
  readonly before: Snapshot | null;
  /** Memory of the second part of `before`, free for reuse once this one is encoded; null: still in use. */
  readonly spare: Uint8Array | null;
  refs(task: number): readonly number[] | Uint32Array;
  readonly settled: Uint8Array;
}

/** A whole file, and the decoded contents that `renewed` takes over. */
export interface Encoded extends Pick<Snapshot, "recorded" | "settled" | "refStarts" | "refs" | "allRefs"> {
  readonly first: Uint8Array;
  readonly second: Uint8Array;
  readonly layout: Layout;
  readonly meta: Meta;
}

/** The snapshot after a rewrite, for a process that continues with it: the graph keeps its memory, and the table is the one that grows. */
export function renewed(before: Snapshot, second: SecondPart, written: Encoded): Snapshot {
  second.become(written.second, written.layout);
  const { recorded, settled, refStarts, refs, allRefs, meta } = written;
  return { ...before, frozen: { ...before.frozen, meta }, recorded, settled, refStarts, refs, allRefs };
}

export function encodeSnapshot(contents: Contents, generation: string): Encoded {
  const { table, graph, before } = contents;
  const parts: Parts = { first: new Map(), second: new Map() };
  const { first, second } = parts;
  const { owners, trees, patterns } = before !== null && isOf(graph, before) ? copied(before, table, parts) : encoded(graph, table, parts);
  const usual = new Uint32Array(graph.count);
  const records: string[] = [];
  const refStarts = new Uint32Array(graph.count + 1);
  const rows: (readonly number[] | Uint32Array)[] = [];
  for (let i = 0; i < graph.count; i++) {
    usual[i] = Math.min(0xffff_ffff, Math.ceil(contents.usualMs(i)));
    records.push(contents.record(i));
    rows.push(contents.refs(i));
    refStarts[i + 1] = refStarts[i]! + rows[i]!.length;
  }
  const refs = new Uint32Array(refStarts[graph.count]!);
  for (let i = 0; i < graph.count; i++) refs.set(rows[i]!, refStarts[i]!);
  for (const name of COLUMN_NAMES) first.set(name, cut(table.columns, name, table.count));
  writePaths(table, first);
  Texts.write("records", records, parts);
  second.set("usualMs", usual);
  const recorded = Uint8Array.from(records, (text) => (text === "" ? 0 : 1));
  const distinct = new RowSet();
  for (let i = 0; i < refs.length; i++) distinct.add(refs[i]!);
  const allRefs = distinct.list();
  const { settled } = contents;
  first.set("recorded", recorded).set("settled", settled).set("owners", owners);
  first.set("refStarts", refStarts).set("refs", refs).set("allRefs", allRefs);
  const meta: Meta = { ...contents.meta, default: graph.default, jobs: graph.jobs, settings: graph.settings, spareParams: graph.spareParams ?? {}, stateDir: graph.stateDir as FilePath, trees, patterns };
  first.set("meta", Buffer.from(JSON.stringify(meta), "utf8"));
  const { place, ...bytes } = writeContainer({ ...parts, spare: contents.spare }, generation);
  return { ...bytes, layout: layoutOf(place, first), meta, recorded, settled, refStarts, refs, allRefs };
}

/** If no paths were added, twenty thousand unused texts need not be decoded. */
function writePaths(table: FileTable, into: Map<string, Section>): void {
  const { stored } = table;
  if (stored !== null) return void into.set("paths", stored.paths.bytes).set("pathsStarts", stored.paths.starts).set("pathsSlots", stored.slots);
  const paths: string[] = [];
  for (let id = 0; id < table.count; id++) paths.push(table.pathOf(id));
  words.write("paths", paths, into);
}

/** Keeps no reference to what was written. */
function layoutOf(place: Layout["place"], first: ReadonlyMap<string, Section>): Layout {
  const ascii = new Set<string>();
  for (const [name, section] of first) if (name.endsWith(ASCII) && section[0] === 1) ascii.add(name);
  return { place, isAscii: (name) => ascii.has(name + ASCII) };
}

interface Made extends Pick<Meta, "trees" | "patterns"> {
  /** Indexed by row. */
  readonly owners: Uint32Array;
}

/** Only a graph built from a snapshot shares arrays with it. */
function isOf(graph: Graph, { frozen }: Snapshot): boolean {
  return graph.needs === frozen.needs && graph.needStart === frozen.needStart && graph.order === frozen.order && graph.count === frozen.count;
}

function copied(before: Snapshot, table: FileTable, into: Parts): Made {
  const owners = new Uint32Array(table.count);
  owners.set(before.copyGraph(into));
  return { owners, trees: before.frozen.meta.trees, patterns: before.frozen.meta.patterns };
}

function encoded(graph: Graph, table: FileTable, into: Parts): Made {
  const trees: [string, number][] = [];
  const patterns: [string, number][] = [];
  const names: string[] = [];
  const definitions: string[] = [];
  const barriers = new Uint8Array(graph.count);
  const families = new Uint32Array(graph.count);
  const owned: [number, number][] = [];
  for (let i = 0; i < graph.count; i++) {
    const task = graph.task(i);
    names.push(task.name);
    const { text, isOrdinary } = encodeWhole(task);
    definitions.push(text);
    barriers[i] = (task.action === null ? BARRIER : 0) | (task.deprecated === "" ? 0 : DEPRECATED) | (task.temp ? TEMP : isOrdinary ? ORDINARY : 0) | (takesNothing(task) ? UNLIMITED : 0);
    families[i] = task.each === undefined ? 0 : graph.indexOf(task.each.family) + 1;
    for (const output of task.outputs) {
      if (output.kind === "file") owned.push([table.idOf(output.path), i]);
      else if (output.kind === "tree") trees.push([output.path, i]);
      else patterns.push([output.pattern, i]);
    }
    for (const path of task.inout) owned.push([table.idOf(path), i]);
  }
  const owners = new Uint32Array(table.count);
  for (const [row, task] of owned) owners[row] = task + 1;
  words.write("names", names, into.first);
  Texts.write("definitions", definitions, into);
  into.first.set("barriers", barriers).set("families", families);
  into.first.set("needStart", graph.needStart).set("needs", graph.needs).set("needKinds", graph.needKinds).set("order", graph.order);
  return { owners, trees, patterns };
}

function cut(columns: Columns, name: keyof Columns, count: number): Section {
  return columns[name].subarray(0, count);
}
