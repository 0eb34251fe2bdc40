// What the snapshot holds, section by section: the file table, the frozen graph, the records, the memo of what is known
// to be fresh. Columns are views over the file; texts are decoded when asked for. Knows no journal.
import { EMPTY_META, type Frozen, type Meta } from "../model/frozen.ts";
import type { Graph } from "../model/graph.ts";
import type { FilePath } from "../model/path.ts";
import { COLUMN_NAMES, emptyColumns, FileTable, type Columns } from "../model/table.ts";
import { TASK_DEFAULTS, type Task, type TaskName } from "../model/task.ts";
import { writeContainer, type Opened, type Section } from "./container.ts";

/** Text pieces in one byte section with an offset column; decoded one by one. */
export class Texts {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly #buffer: Buffer;
  readonly #ascii: boolean;

  constructor(bytes: Uint8Array, starts: Uint32Array, ascii: boolean) {
    this.bytes = bytes;
    this.starts = starts;
    this.#ascii = ascii;
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get(index: number): string {
    const from = this.starts[index]!;
    const to = this.starts[index + 1]!;
    return this.#ascii ? this.#buffer.toString("latin1", from, to) : this.#buffer.toString("utf8", from, to);
  }

  static write(name: string, texts: readonly string[], into: Map<string, Section>): void {
    const whole = texts.join("");
    const bytes = Buffer.from(whole, "utf8");
    const starts = new Uint32Array(texts.length + 1);
    const ascii = bytes.length === whole.length;
    for (let i = 0; i < texts.length; i++) starts[i + 1] = starts[i]! + (ascii ? texts[i]!.length : Buffer.byteLength(texts[i]!));
    into.set(name + "Starts", starts);
    into.set(name, bytes);
    into.set(name + "Ascii", Uint8Array.of(ascii ? 1 : 0));
  }

  static read(name: string, opened: Opened & { kind: "good" }): Texts {
    return new Texts(opened.section(name) as Uint8Array, opened.section(name + "Starts") as Uint32Array, (opened.section(name + "Ascii") as Uint8Array)[0] === 1);
  }
}

export interface Snapshot {
  readonly table: FileTable;
  readonly frozen: Frozen;
  /** Stored record of each task; "" for none. */
  readonly records: Texts;
  /** 1: known to be fresh against the table's rows; 3: the same with an output that stands virtually. */
  readonly settled: Uint8Array;
  readonly refStarts: Uint32Array;
  readonly refs: Uint32Array;
}

export function readSnapshot(opened: Opened & { kind: "good" }): Snapshot {
  const columns = emptyColumns(0);
  for (const name of COLUMN_NAMES) (columns as unknown as Record<string, Section>)[name] = opened.section(name);
  const paths = Texts.read("paths", opened);
  const names = Texts.read("names", opened);
  const definitions = Texts.read("definitions", opened);
  const barriers = opened.section("barriers") as Uint8Array;
  const count = barriers.length;
  const meta: Meta = { ...EMPTY_META, ...(JSON.parse(Buffer.from(opened.section("meta") as Uint8Array).toString("utf8")) as Partial<Meta>) };
  return {
    table: new FileTable(columns, columns.kind.length, (id) => paths.get(id)),
    frozen: {
      count,
      meta,
      name: (task) => names.get(task) as TaskName,
      task: (task) => ({ ...TASK_DEFAULTS, ...(JSON.parse(definitions.get(task)) as Pick<Task, "name" | "action">) }),
      isBarrier: (task) => barriers[task] === 1,
      needStart: opened.section("needStart") as Uint32Array,
      needs: opened.section("needs") as Uint32Array,
      needKinds: opened.section("needKinds") as Uint8Array,
      order: opened.section("order") as Uint32Array,
      owners: opened.section("owners") as Uint32Array,
    },
    records: Texts.read("records", opened),
    settled: opened.section("settled") as Uint8Array,
    refStarts: opened.section("refStarts") as Uint32Array,
    refs: opened.section("refs") as Uint32Array,
  };
}

/** Everything a snapshot is written from. `record(task)` gives stored text or ""; `refs(task)` table rows, any order. */
export interface Contents {
  readonly table: FileTable;
  readonly graph: Graph;
  readonly meta: Omit<Meta, "trees" | "patterns" | "default" | "jobs" | "settings" | "stateDir" | "spareParams">;
  record(task: number): string;
  refs(task: number): readonly number[] | Uint32Array;
  readonly settled: Uint8Array;
}

export function encodeSnapshot(contents: Contents, generation: string): Uint8Array {
  const { table, graph } = contents;
  const sections = new Map<string, Section>();
  const trees: [string, number][] = [];
  const patterns: [string, number][] = [];
  const names: string[] = [];
  const definitions: string[] = [];
  const records: string[] = [];
  const barriers = new Uint8Array(graph.count);
  const owned: [number, number][] = [];
  const refStarts = new Uint32Array(graph.count + 1);
  const refs: number[] = [];
  for (let i = 0; i < graph.count; i++) {
    const task = graph.task(i);
    names.push(task.name);
    definitions.push(encodeTask(task));
    barriers[i] = task.action === null ? 1 : 0;
    for (const output of task.outputs) {
      if (output.kind === "file") owned.push([table.idOf(output.path), i]);
      else if (output.kind === "tree") trees.push([output.path, i]);
      else patterns.push([output.pattern, i]);
    }
    for (const path of task.inout) owned.push([table.idOf(path), i]);
    records.push(contents.record(i));
    for (const row of contents.refs(i)) refs.push(row);
    refStarts[i + 1] = refs.length;
  }
  const owners = new Uint32Array(table.count);
  for (const [row, task] of owned) owners[row] = task + 1;
  for (const name of COLUMN_NAMES) sections.set(name, cut(table.columns, name, table.count));
  const paths: string[] = [];
  for (let id = 0; id < table.count; id++) paths.push(table.pathOf(id));
  Texts.write("paths", paths, sections);
  Texts.write("names", names, sections);
  Texts.write("definitions", definitions, sections);
  Texts.write("records", records, sections);
  sections.set("barriers", barriers).set("settled", contents.settled).set("owners", owners);
  sections.set("needStart", graph.needStart).set("needs", graph.needs).set("needKinds", graph.needKinds).set("order", graph.order);
  sections.set("refStarts", refStarts).set("refs", Uint32Array.from(refs));
  const meta: Meta = { ...contents.meta, default: graph.default, jobs: graph.jobs, settings: graph.settings, spareParams: graph.spareParams ?? [], stateDir: graph.stateDir as FilePath, trees, patterns };
  sections.set("meta", Buffer.from(JSON.stringify(meta), "utf8"));
  return writeContainer(sections, generation);
}

const DEFAULT_TEXTS: ReadonlyMap<string, string> = new Map(Object.entries(TASK_DEFAULTS).map(([field, value]) => [field, JSON.stringify(value)]));

/** A declaration without the fields that are as in TASK_DEFAULTS. */
function encodeTask(task: Task): string {
  const kept: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(task)) {
    const usual = DEFAULT_TEXTS.get(field);
    if (usual === undefined || (value !== TASK_DEFAULTS[field as keyof typeof TASK_DEFAULTS] && JSON.stringify(value) !== usual)) kept[field] = value;
  }
  return JSON.stringify(kept);
}

function cut(columns: Columns, name: keyof Columns, count: number): Section {
  return columns[name].subarray(0, count);
}
