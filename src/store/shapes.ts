// Whether values read from the state have the shape of what was written there: a checksum does not tell. Knows no file.
import { EMPTY_META, type Meta } from "../model/frozen.ts";
import { DamagedState } from "../model/ports.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What `read` makes of stored bytes; whatever goes wrong there, the bytes are damaged. */
export function believed<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw new DamagedState();
  }
}

export function expect(holds: boolean): asserts holds {
  if (!holds) throw new DamagedState();
}

export function isText(value: unknown): value is string {
  return typeof value === "string";
}

export function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

function isTextOrNull(value: unknown): boolean {
  return value === null || isText(value);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isListOf(value: unknown, isOne: (one: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every((one) => isOne(one));
}

/** A list that begins with these, in that order. */
function isTuple(value: unknown, ...members: readonly ((one: unknown) => boolean)[]): boolean {
  return Array.isArray(value) && members.every((isOne, at) => isOne(value[at]));
}

/** Whether `value` is a list, an object or a text if the default is; anything else may be of more than one kind. */
function isLike(usual: unknown, value: unknown): boolean {
  if (Array.isArray(usual)) return Array.isArray(value);
  return isText(usual) ? isText(value) : !isFields(usual) || isFields(value);
}

export function areLike(usual: object, values: object): boolean {
  return Object.entries(values).every(([field, value]) => isLike((usual as Fields)[field], value));
}

export function isStamp(value: unknown): boolean {
  if (!isFields(value) || !isText(value["tool"])) return false;
  const { rows, env, listed = [], copies = [] } = value;
  return isListOf(rows, (row) => isTuple(row, isText, isText)) && isListOf(env, (one) => isTuple(one, isText, isTextOrNull)) && isListOf(listed, isText) && isListOf(copies, isText);
}

/** `tasks`: how many there are. */
export function isMeta(meta: Meta, tasks: number): boolean {
  const isOwned = (one: unknown): boolean => isTuple(one, isText, (task) => isCount(task) && task < tasks);
  return areLike(EMPTY_META, meta) && areLike(EMPTY_META.settings, meta.settings) && isStamp(meta.stamp) &&
    isListOf(meta.trees, isOwned) && isListOf(meta.patterns, isOwned) && isListOf(meta.declaredEnv, (one) => isTuple(one, isText, isTextOrNull)) &&
    isListOf(meta.versions, (one) => isTuple(one, isText, isText, isText)) && isListOf(meta.traced, isText) && (meta.default === null || isListOf(meta.default, isText)) &&
    Object.values(meta.lists).every((list: unknown) => isFields(list) && isText(list["of"]) && isText(list["text"]));
}
