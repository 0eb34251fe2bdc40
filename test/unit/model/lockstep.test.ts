import assert from "node:assert/strict";
import { test } from "node:test";
import { Again } from "../../../src/model/again.ts";
import { openPlaces } from "../../../src/model/lockstep.ts";
import { RowSet } from "../../../src/model/row-set.ts";

const NAMES = Array.from({ length: 400 }, (_, i) => `src/${(i * 7919) % 400}.ts`);
const SORTED = [...NAMES].sort();

/** Lists, sorted and not, short and long, and who asks for what in which order. */
const LISTS = [[], SORTED.slice(0, 5), SORTED, SORTED.filter((_, i) => i % 3 !== 0), NAMES, [...SORTED].reverse()];
const QUESTIONS = [SORTED, NAMES, [...SORTED].reverse(), [...SORTED, ...SORTED], SORTED.flatMap((name) => [name, name]), SORTED.filter((_, i) => i % 5 === 0)];

test("paths are found where they stand, in whatever order they stand and are asked for", () => {
  for (const list of LISTS) {
    for (const questions of QUESTIONS) {
      const placeOf = openPlaces(list.length, (index) => list[index]!);
      for (const path of questions) assert.equal(placeOf(path), list.indexOf(path), `${path} in ${list.length}`);
    }
  }
});

test("what is sorted on both sides is found without a map", () => {
  let looks = 0;
  const placeOf = openPlaces(SORTED.length, (index) => (looks++, SORTED[index]!));
  for (const path of SORTED) placeOf(path);
  assert.equal(looks, SORTED.length);
  assert.equal(placeOf("zzz"), -1);
});

test("a path is known again only as what it was found to be", () => {
  const again = new Again();
  for (let round = 0; round < 2; round++) {
    for (const questions of QUESTIONS) {
      for (const path of questions) {
        const known = again.of(path);
        assert.ok(known === -1 || SORTED[known] === path);
        if (known < 0) again.note(path, SORTED.indexOf(path), 400);
      }
    }
  }
  for (const path of SORTED) if (again.of(path) < 0) again.note(path, SORTED.indexOf(path), 400);
  again.of(SORTED[0]!);
  for (const [at, path] of SORTED.entries()) assert.equal(at === 0 ? 0 : again.of(path), at);
  again.forget();
  assert.equal(again.of(SORTED[0]!), -1);
});

test("a set of rows holds each once, in the order in which they came, until it is emptied", () => {
  const rows = new RowSet();
  for (const row of [5, 1, 5, 300, 1, 0]) rows.add(row);
  assert.deepEqual([[...rows], rows.size, [...rows.list()]], [[5, 1, 300, 0], 4, [5, 1, 300, 0]]);
  assert.deepEqual([0, 1, 2, 299, 300, 1000].map((row) => rows.has(row)), [true, true, false, false, true, false]);
  rows.clear();
  assert.deepEqual([[...rows], rows.has(5)], [[], false]);
  rows.add(5);
  assert.deepEqual([...rows], [5]);
});
