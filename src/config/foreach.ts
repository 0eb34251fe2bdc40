// `foreach(…)`: expands one declaration to a task for each file, list element or combination, and a barrier that joins them.
// Asks the loader for files and calls; knows no fields of a task.
import { baseName, parentOf, type FilePath } from "../model/path.ts";
import type { CodeFile, EachItem, Family, FunctionRef, InputSpec, ListSource, Task, TaskName } from "../model/task.ts";
import { TASK_DEFAULTS } from "../model/task.ts";
import { joined } from "./readers.ts";
import { checkKeys, foundText, isBag, nameFault, NONE, readFlag, readText, readTexts, refuse, report, type Bag, type Fields } from "./fields.ts";
import { readInputs, readInside, type FileScope } from "./files.ts";
import { homesOfTaskFields } from "./homes.ts";
import type { LoadedConfig } from "./loaded.ts";
import type { ForeachValue } from "./marks.ts";
import { TASK_FIELDS } from "./task.ts";

/** What is known of a family before its items are. */
export interface FamilyDesk {
  readonly loaded: LoadedConfig;
  readonly name: TaskName;
  /** Module of the declaration. */
  readonly file: FilePath;
  /** Number of names on the path from the module to the declaration. */
  readonly depth: number;
  readonly scope: FileScope;
  /** Reads what the callback returned as the task of that name; null, and a problem, if it is none. */
  readonly read: (name: TaskName, value: unknown, scope: FileScope) => Task | null;
}

const VALUE: Fields = withInstances(["over", "make", "options", "after"]);
const OPTIONS: Fields = withInstances(["key", "minSuccess", "pool", "description"]);
const OVER: Fields = { known: new Set(["files", "allowEmpty", "matrix", "from", "lines"]), later: new Set() };

function withInstances(names: readonly string[]): Fields {
  const known = new Set(names);
  return { known, later: new Set(), homes: homesOfTaskFields(TASK_FIELDS.known, known, "instance") };
}

/** An element before it gets its key. `key`: its natural one; null if only the option can give one. */
type Element = Omit<EachItem, "key"> & { readonly key: string | null; readonly shown: string };

/** The instances in order, then the family itself. */
export function readForeach(value: ForeachValue, desk: FamilyDesk): Task[] {
  const { scope, name } = desk;
  checkKeys(scope, value as unknown as Bag, VALUE);
  if (typeof value.make !== "function") refuse(scope, "foreach", { found: value.make, expected: "a function that makes the task of an item" });
  const options = readOptions(scope, value.options);
  const over = readOver(desk, value.over);
  const own = readTexts(scope, "after", value.after, "a task name or an output path");
  const after = over?.from === undefined ? own : [...new Set([...own, over.from.task])];
  if (over === null || typeof value.make !== "function") return [];
  const items = withKeys(desk, over.elements, options["key"]);
  const { instances, counted } = instancesOf(desk, { make: value.make as Make, items, pool: options["pool"], after, from: over.from, listed: over.from === undefined && over.specs.length === 0 });
  const family: Family = { over: over.specs, minSuccess: readMinSuccess(scope, options["minSuccess"]), ...(counted && over.specs.length > 0 ? { counted } : {}), ...(over.from === undefined ? {} : { from: over.from }) };
  const description = readText(scope, "description", options["description"]) ?? "";
  const deps = instances.map((task) => ({ target: task.name, propagate: "content" as const }));
  return [...instances, { ...TASK_DEFAULTS, name, at: scope.place(name), action: null, deps, after, description, family }];
}

type Make = (item: never) => unknown;

function readOptions(scope: FileScope, value: unknown): Bag {
  if (value === undefined) return {};
  if (!isBag(value)) return refuse(scope, "foreach", { found: value, expected: "options: { key, minSuccess, pool, description }" }), {};
  checkKeys(scope, value, OPTIONS);
  const { key } = value;
  if (key !== undefined && typeof key !== "function") refuse(scope, "key", { found: key, expected: "a function that makes a text of an item" });
  return value;
}

function readMinSuccess(scope: FileScope, value: unknown): number | null {
  if (value === undefined) return null;
  if (typeof value === "number" && value > 0 && (value < 1 || (Number.isInteger(value) && value > 1))) return value;
  return refuse(scope, "minSuccess", { found: value, expected: "a share below 1, such as 0.9, or a count from 2 on" }), null;
}

interface Over {
  readonly elements: readonly Element[];
  readonly specs: readonly InputSpec[];
  readonly from?: ListSource;
}

const FORMS = "a pattern of files, a list, { files }, { matrix } or { from }";

function readOver(desk: FamilyDesk, value: unknown): Over | null {
  const { scope } = desk;
  if (typeof value === "string") return overFiles(desk, value, false);
  if (Array.isArray(value)) return { elements: value.flatMap((element, index) => elementOf(scope, element, index) ?? []), specs: NONE };
  if (!isBag(value)) return refuse(scope, "foreach", { found: value, expected: FORMS }), null;
  checkKeys(scope, value, OVER);
  if (["files", "matrix", "from"].filter((form) => form in value).length !== 1) return refuse(scope, "foreach", { found: value, expected: FORMS }), null;
  if ("from" in value) return overList(desk, value);
  if ("files" in value) return overFiles(desk, value["files"], readFlag(scope, "allowEmpty", value["allowEmpty"]));
  const elements = matrixOf(scope, value["matrix"]);
  return elements === null ? null : { elements, specs: NONE };
}

/** The list that another task makes. Anything in it that is not plain data was not JSON either. */
function overList({ scope, loaded }: FamilyDesk, value: Bag): Over | null {
  const task = readText(scope, "from", value["from"] ?? null, "the name of a task");
  const lines = readInside(scope, "lines", value["lines"]);
  if (task === null || (value["lines"] !== undefined && lines === null)) return null;
  const from: ListSource = { task: task as TaskName, lines };
  return { elements: (loaded.list(from) ?? []).flatMap((element, index) => elementOf(scope, element, index) ?? []), specs: NONE, from };
}

function overFiles(desk: FamilyDesk, value: unknown, allowEmpty: boolean): Over | null {
  const { scope, loaded } = desk;
  const before = scope.problems.length;
  const specs = readInputs(scope, value, "foreach").map((spec) => (spec.kind === "glob" ? { ...spec, allowEmpty } : spec.kind === "file" ? { ...spec, optional: allowEmpty } : spec));
  if (scope.problems.length > before) return null;
  const found = loaded.filesOf(specs);
  for (const { file, errno } of found.unreadable) scope.problems.push({ code: "unreadable-input", task: desk.name, path: file, errno, at: scope.place(desk.name) });
  for (const { dir, name } of found.bad) scope.problems.push({ code: "name-not-utf8", task: desk.name, dir, name, at: scope.place(desk.name) });
  for (const pattern of found.empty) report(scope, { code: "foreach-empty", task: desk.name, pattern, at: scope.place(desk.name) });
  return { elements: found.files.map(fileElement), specs };
}

function fileElement({ path, base }: { readonly path: FilePath; readonly base: FilePath }, index: number): Element {
  const name = baseName(path);
  const dot = name.lastIndexOf(".");
  const ext = dot > 0 ? name.slice(dot) : "";
  const below = base === "" ? path : base === "/" ? path.slice(1) : path.slice(base.length + 1);
  return { key: below.slice(0, below.length - ext.length), value: path, index, file: path, stem: name.slice(0, name.length - ext.length), dir: parentOf(path), ext, shown: path };
}

function elementOf(scope: FileScope, value: unknown, index: number): Element | null {
  const place = `element ${index + 1}`;
  if (!isPlain(value)) return report(scope, { code: "foreach-key", task: scope.task!, item: place, found: foundText(value), expected: "plain data, as JSON has it", remedy: "items", at: scope.place(scope.task) }), null;
  const text = typeof value === "object" ? null : String(value);
  return { key: text, value, index, shown: text === null || text === "" ? place : text };
}

/** Whether JSON would reproduce it exactly. */
function isPlain(value: unknown): boolean {
  const pending: unknown[] = [value];
  for (let count = 0; pending.length > 0; count++) {
    const one = pending.pop();
    if (typeof one === "number" ? !Number.isFinite(one) : typeof one !== "string" && typeof one !== "boolean" && typeof one !== "object") return false;
    if (typeof one !== "object" || one === null) continue;
    const proto: unknown = Object.getPrototypeOf(one);
    if (!Array.isArray(one) && proto !== null && proto !== Object.prototype && Object.getPrototypeOf(proto) !== null) return false;
    // A cycle has no end.
    if (count > 1_000_000) return false;
    for (const inner of Object.values(one)) if (inner !== undefined) pending.push(inner);
  }
  return true;
}

/** Every combination, the last dimension fastest. */
function matrixOf(scope: FileScope, value: unknown): readonly Element[] | null {
  const lists = isBag(value) ? Object.entries(value) : [];
  if (lists.length === 0) return refuse(scope, "matrix", { found: value, expected: "lists by name" }), null;
  let rows: { readonly value: Record<string, unknown>; readonly keys: readonly (string | null)[] }[] = [{ value: {}, keys: [] }];
  for (const [name, list] of lists) {
    if (!Array.isArray(list)) return refuse(scope, `matrix.${name}`, { found: list, expected: "a list" }), null;
    const elements = list.map((element, index) => elementOf(scope, element, index));
    if (elements.includes(null)) return null;
    rows = rows.flatMap((row) => elements.map((element) => ({ value: { ...row.value, [name]: element!.value }, keys: [...row.keys, element!.key] })));
  }
  return rows.map(({ value: combined, keys }, index) => {
    const key = keys.includes(null) ? null : keys.join(",");
    return { key, value: combined, index, shown: key ?? `combination ${index + 1}` };
  });
}

/** Items with their keys; an item without a usable key, and the later of two with the same, are problems. */
function withKeys(desk: FamilyDesk, elements: readonly Element[], option: unknown): EachItem[] {
  const { scope, name, loaded, file } = desk;
  const given = typeof option === "function" ? loaded.callAll(file, option as Make, elements.map(unkeyed)) : null;
  const at = scope.place(name);
  const remedy = given === null ? "give" : "mend";
  const items: EachItem[] = [];
  const first = new Map<string, string>();
  elements.forEach((element, i) => {
    const called = given?.[i];
    if (called !== undefined && "problem" in called) return void scope.problems.push(called.problem);
    const { shown, key: own, ...rest } = element;
    const key = called === undefined ? own : called.value;
    if (key === null && called === undefined) return report(scope, { code: "foreach-key", task: name, item: shown, found: "no text of its own", expected: "the option `key`", remedy, at });
    const fault = typeof key === "string" ? nameFault(key) : null;
    if (typeof key !== "string" || key === "" || fault !== null) {
      return report(scope, { code: "foreach-key", task: name, item: shown, found: fault === null ? `the key ${foundText(key)}` : fault === "control-character" ? "a key with a control character" : "a key with half a character (a lone surrogate)", expected: fault === null ? "a text that is not empty" : "a text without one", remedy, at });
    }
    const other = first.get(key);
    if (other !== undefined) return report(scope, { code: "foreach-collision", task: name, key, items: [other, shown], remedy, at });
    first.set(key, shown);
    items.push({ key, ...rest });
  });
  return items;
}

/** The argument of the option `key`. */
function unkeyed(element: Element): object {
  const item: Record<string, unknown> = { ...element };
  delete item["shown"];
  if (element.key === null) delete item["key"];
  return item;
}

interface Making {
  readonly make: Make;
  readonly items: readonly EachItem[];
  readonly pool: unknown;
  readonly after: readonly string[];
  readonly from: ListSource | undefined;
  /** From a list or a matrix in the config. */
  readonly listed: boolean;
}

function instancesOf(desk: FamilyDesk, { make, items, pool, after, from, listed }: Making): { readonly instances: Task[]; /** The callback has read an index. */ readonly counted: boolean } {
  const { scope, name: family, loaded } = desk;
  const asked: boolean[] = [];
  const made = loaded.callAll(desk.file, make, items.map((item, i) => watchingIndex(item, () => (asked[i] = true))));
  const tasks: Task[] = [];
  for (const [i, item] of items.entries()) {
    const called = made[i]!;
    if ("problem" in called) {
      scope.problems.push(called.problem);
      continue;
    }
    const { index, ...rest } = item;
    const name = `${family}[${item.key}]` as TaskName;
    const inner = scopeOf(desk, name, { item: asked[i] === true && index !== undefined ? { ...rest, index } : rest, code: called.code ?? NONE, listed });
    const value = pool !== undefined && isBag(called.value) && called.value["pool"] === undefined ? { ...called.value, pool } : called.value;
    const task = desk.read(name, value, inner);
    if (task !== null) tasks.push({ ...task, ...(after.length === 0 ? {} : { after: [...new Set([...task.after, ...after])] }), each: { family, key: item.key, ...(from === undefined ? {} : { from: from.task }) } });
  }
  return { instances: tasks, counted: asked.includes(true) };
}

/** The item; calls `tell` when `index` is read. */
function watchingIndex(item: EachItem, tell: () => void): EachItem {
  return {
    ...item,
    get index() {
      tell();
      return item.index!;
    },
  };
}

interface Made {
  readonly item: EachItem;
  /** What the callback read: a function it creates may have kept it. */
  readonly code: readonly CodeFile[];
  readonly listed: boolean;
}

/** Problems of an instance are placed where the family is declared; its functions are those created from its item. */
function scopeOf(desk: FamilyDesk, name: TaskName, { item, code, listed }: Made): FileScope {
  const { scope, depth, loaded } = desk;
  const fn = (path: readonly string[]): FunctionRef | null => {
    const ref = scope.fn(path);
    if (ref === null) return null;
    // A list usually comes from what the config read: each element stands for itself, and no other instance runs because of it.
    const known = listed ? loaded.modulesOf(ref.source)! : ref.code;
    return { ...ref, code: joined(known, code), instance: { at: depth, item } };
  };
  return { ...scope, task: name, place: (task, field) => scope.place(task === name ? desk.name : task, field), fn, ...(item.file === undefined ? {} : { file: item.file }) };
}
