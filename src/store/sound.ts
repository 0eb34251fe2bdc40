// Whether what a snapshot says holds together: numbers that exist, texts that can be read. Knows no file.
import { VALIDATE } from "../model/graph.ts";
import { COLUMN_NAMES, KIND } from "../model/table.ts";
import { decodeRecord } from "./codec.ts";
import type { Good, Section } from "./container.ts";
import { expect, isMeta } from "./shapes.ts";
import type { Snapshot } from "./snapshot.ts";

const KINDS = Object.keys(KIND).length;

/** Whether the sections have as many members as belong together, and offsets lead nowhere else. Cheap: every command asks. */
export function fits(opened: Good): boolean {
  const lengthOf = (name: string): number => opened.section(name).length;
  const areWords = (name: string, count: number): boolean => {
    const slots = lengthOf(name + "Slots");
    return lengthOf(name + "Starts") === count + 1 && (opened.section(name + "Starts").at(-1) ?? 0) <= lengthOf(name) && slots > count && (slots & (slots - 1)) === 0;
  };
  const [rows, tasks] = [lengthOf("kind"), lengthOf("barriers")];
  return COLUMN_NAMES.every((name) => lengthOf(name) === rows) && areWords("paths", rows) && lengthOf("owners") <= rows &&
    ["families", "recorded", "settled", "order"].every((name) => lengthOf(name) === tasks) && areWords("names", tasks) &&
    lengthOf("needStart") === tasks + 1 && lengthOf("needKinds") === lengthOf("needs") && lengthOf("refStarts") === tasks + 1 &&
    areStarts(opened.section("needStart"), lengthOf("needs")) && areStarts(opened.section("refStarts"), lengthOf("refs")) &&
    opened.place("recordsStarts").length === tasks + 1 && opened.place("definitionsStarts").length === tasks + 1 && opened.place("usualMs").length === tasks;
}

/** From 0 to the length of what they cut, never back. Sorting is native code: during startup a loop costs four times as much. */
function areStarts(starts: Section, end: number): boolean {
  const sorted = starts.slice().sort();
  return starts[0] === 0 && starts.at(-1) === end && Buffer.compare(bytesOf(sorted), bytesOf(starts)) === 0;
}

function bytesOf({ buffer, byteOffset, byteLength }: Section): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Looks at all of it, so only where a state is in doubt: throws if it does not hold together. */
export function expectSound(snapshot: Snapshot): void {
  const { frozen, recorded, table } = snapshot;
  expectNumbers(snapshot);
  expect(isMeta(frozen.meta, frozen.count));
  for (let row = 0; row < table.count; row++) expect(table.find(table.pathOf(row)) === row);
  for (let task = 0; task < frozen.count; task++) {
    const { name, action } = frozen.task(task);
    expect(frozen.indexOf(name) === task && frozen.isBarrier(task) === (action === null));
    const text = snapshot.record(task);
    expect((text !== "") === (recorded[task] === 1));
    if (text !== "") decodeRecord(text, table);
  }
  for (const text of Object.values(frozen.meta.orphans)) decodeRecord(text, table);
}

function expectNumbers({ frozen, table, refs, allRefs }: Snapshot): void {
  const { count, needStart, needs, needKinds, order, owners } = frozen;
  const areBelow = (numbers: Uint32Array | Uint8Array, end: number): boolean => numbers.every((number) => number < end);
  expect(areBelow(needs, count) && areBelow(order, count) && areBelow(owners, count + 1));
  expect(areBelow(refs, table.count) && areBelow(allRefs, table.count) && areBelow(table.columns.kind, KINDS));
  const known = new Set(allRefs);
  expect(refs.every((row) => known.has(row)));
  const before = new Set<number>();
  for (const task of order) {
    expect(frozen.familyOf(task) < count);
    for (let e = needStart[task]!; e < needStart[task + 1]!; e++) expect(before.has(needs[e]!) || needKinds[e] === VALIDATE);
    before.add(task);
  }
  expect(before.size === count);
}
