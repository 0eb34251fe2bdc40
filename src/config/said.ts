// What a config says, as one text, if it is plain data: equal texts mean equal tasks, whatever its modules look like. Then an
// edit of a comment or of the layout need not be checked and linked again. Knows no fields.
import type { LoadedConfig } from "./loaded.ts";

/** Nothing people write or generate is nested deeper. */
const DEEPEST = 32;

/** null: there are functions, families, task files or anything else that a text cannot hold. */
export function textOfConfig(loaded: LoadedConfig): string | null {
  const { value, taskFiles, file, root } = loaded;
  // The loops below would see members that somebody added to all objects.
  if (taskFiles.length > 0 || Object.keys(Object.prototype).length > 0 || !isData(value, 0)) return null;
  const { tasks, include } = value as { readonly tasks?: unknown; readonly include?: unknown };
  if (include !== undefined) return null;
  // Messages mention where a task is declared.
  const places: (number | string)[] = [];
  loaded.placesOf(Object.keys(tasks ?? {}), file).forEach((at, i) => {
    if (at.file !== file) places.push(i, at.file, at.line);
    else if (at.line !== 0) places.push(i, at.line);
  });
  return JSON.stringify([file, root, value, places]);
}

/** Whether JSON would represent all of it. Each loop tests for texts itself: in ten thousand tasks nearly everything is one. */
function isData(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0);
    case "object":
      return value === null || (depth < DEEPEST && (Array.isArray(value) ? isPlainList(value, depth) : isPlainBag(value, depth)));
    default:
      return false;
  }
}

function isPlainList(list: readonly unknown[], depth: number): boolean {
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (typeof item !== "string" && !isData(item, depth + 1)) return false;
  }
  return true;
}

function isPlainBag(bag: object, depth: number): boolean {
  const proto: unknown = Object.getPrototypeOf(bag);
  if (proto !== Object.prototype && proto !== null) return false;
  let keys = 0;
  for (const key in bag) {
    const item = (bag as Record<string, unknown>)[key];
    if (key === "toJSON" || (typeof item !== "string" && !isData(item, depth + 1))) return false;
    keys++;
  }
  // Neither marks of tg-build's own functions nor anything hidden. One list of both takes twice as long.
  return Object.getOwnPropertyNames(bag).length === keys && Object.getOwnPropertySymbols(bag).length === 0;
}
