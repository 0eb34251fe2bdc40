// Whom the memo does not vouch for: the same as trust() says of each task, and found in time by the edges.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeGraph } from "../../../src/graph/graph.ts";
import { orderOf } from "../../../src/graph/order.ts";
import { AFTER, CONTENT, VALIDATE, type Graph } from "../../../src/model/graph.ts";
import { NO_SETTINGS } from "../../../src/model/limits.ts";
import type { Memo } from "../../../src/model/memo.ts";
import { doubtedTasks, hasDoubts } from "../../../src/schedule/survey/doubt.ts";
import { trust, type Stirred } from "../../../src/schedule/survey/trust.ts";

/** `edges`: of each task what it needs, and how. */
function graphOf(edges: readonly (readonly (readonly [need: number, kind: number])[])[], barriers: ReadonlySet<number>): Graph & { asked: number } {
  const needStart = new Uint32Array(edges.length + 1);
  edges.forEach((needs, task) => (needStart[task + 1] = needStart[task]! + needs.length));
  const parts = { count: edges.length, needStart, needs: Uint32Array.from(edges.flat(), ([need]) => need), needKinds: Uint8Array.from(edges.flat(), ([, kind]) => kind) };
  const counted = { asked: 0 };
  const graph = makeGraph({
    ...parts, order: orderOf(parts)!, default: null, jobs: null, settings: NO_SETTINGS, stateDir: ".tg" as never,
    name: (i) => `t${i}` as never, task: () => { throw new Error("no declaration is asked for"); }, isBarrier: (i) => (counted.asked++, barriers.has(i)), producerOf: () => -1, makersFor: () => [], isMadeFolder: () => false,
  });
  return Object.assign(counted, graph);
}

function memoOf(settled: Uint8Array, settledSeq: Uint32Array, gaveSeq: Uint32Array = settledSeq): Memo {
  const resettled = [...settledSeq.keys()].filter((task) => settledSeq[task]! > 0);
  return { settled, settledSeq, gaveSeq, resettled, movedSeq: null, movedRows: [], allRows: new Uint32Array(0), refs: () => [], eachOn: () => {} };
}

const CALM = { all: () => [], has: () => false } as unknown as Stirred;
const zeros = (count: number): Uint8Array => new Uint8Array(count);

test("the same tasks as one look at each finds, in graphs of any shape", () => {
  let compared = 0;
  let many = 0;
  let state = 7;
  const random = (below: number): number => ((state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 8) % below;
  for (let round = 0; round < 3000; round++) {
    // In the large ones more than a few stand below those in doubt.
    const count = round % 50 === 0 ? 600 : 30 + random(30);
    const barriers = new Set(Array.from({ length: random(12) }, () => random(count)));
    const edges = Array.from({ length: count }, (_, task) => Array.from({ length: task === 0 ? 0 : random(3) }, () => [random(task), [CONTENT, AFTER, VALIDATE][random(3)]!] as const));
    const settled = zeros(count).map((_, task) => (barriers.has(task) || random(count < 600 ? 60 : 300) === 0 ? 0 : 1));
    const seq = new Uint32Array(count).map((_, task) => (settled[task] === 0 || random(count < 600 ? 6 : 60) > 0 ? 0 : 1 + random(3)));
    const gave = seq.map((settledAt) => (random(2) === 0 ? settledAt : random(settledAt + 1)));
    const graph = graphOf(edges, barriers);
    const desk = { graph, memo: memoOf(settled, seq, gave), stirred: CALM, named: zeros(count), forced: zeros(count), skipped: zeros(count) };
    const doubted = doubtedTasks({ ...desk, wanted: zeros(count).fill(1) });
    const has = hasDoubts({ ...desk, wanted: zeros(count).fill(1) });
    if (doubted === null) continue;
    assert.equal(has, doubted.length > 0);
    many += doubted.length > 32 ? 1 : 0;
    const so = { pending: zeros(count), trusted: zeros(count), gaveSeq: new Float64Array(count) };
    for (const task of graph.order) so.trusted[task] = trust(desk, so, task);
    const expected = [...graph.order].filter((task) => so.trusted[task] === 0);
    assert.deepEqual([...doubted].sort((a, b) => a - b), expected.sort((a, b) => a - b), `round ${round}`);
    if (expected.length > 0) compared++;
  }
  assert.ok(compared > 200 && many > 1, `${compared} ${many}`);
});

test("who ran and gave the same leaves those below it as settled as they were; who gave something else does not", () => {
  const graph = graphOf([[], [[0, CONTENT]], [[1, CONTENT]]], new Set());
  const desk = { graph, stirred: CALM, forced: zeros(3), skipped: zeros(3), wanted: zeros(3).fill(1) };
  const doubtedWith = (settledSeq: number[], gaveSeq: number[]): number[] | null => doubtedTasks({ ...desk, memo: memoOf(zeros(3).fill(1), Uint32Array.from(settledSeq), Uint32Array.from(gaveSeq)) });
  assert.deepEqual(doubtedWith([0, 5, 0], [0, 0, 0]), []);
  assert.deepEqual(doubtedWith([0, 5, 3], [0, 3, 3]), []);
  assert.equal(doubtedWith([0, 5, 2], [0, 3, 0]), null, "more than an eighth: each is looked at");
  const many = graphOf(Array.from({ length: 40 }, (_, i) => (i === 39 ? [[38, CONTENT] as const] : [])), new Set());
  const seqs = (at: Record<number, number>): Uint32Array => new Uint32Array(40).map((_, i) => at[i] ?? 0);
  const of40 = { graph: many, stirred: CALM, forced: zeros(40), skipped: zeros(40), wanted: zeros(40).fill(1) };
  assert.deepEqual(doubtedTasks({ ...of40, memo: memoOf(zeros(40).fill(1), seqs({ 38: 5, 39: 2 }), seqs({ 38: 3 })) }), [39]);
  assert.deepEqual(doubtedTasks({ ...of40, memo: memoOf(zeros(40).fill(1), seqs({ 38: 5, 39: 4 }), seqs({ 38: 3 })) }), []);
});

test("many that were settled since, joined before many, are looked at by their edges", () => {
  const [made, users] = [500, 4000];
  const barrier = made;
  const edges = Array.from({ length: made + 1 + users }, (_, task) => (task < made ? [] : task === barrier ? Array.from({ length: made }, (_, need) => [need, CONTENT] as const) : [[barrier, CONTENT] as const]));
  const graph = graphOf(edges, new Set([barrier]));
  const count = edges.length;
  const memo = memoOf(zeros(count).fill(1), new Uint32Array(count).map((_, task) => (task < made ? 5 : 0)));
  graph.asked = 0;
  assert.equal(doubtedTasks({ graph, memo, stirred: CALM, forced: zeros(count), skipped: zeros(count), wanted: zeros(count).fill(1) }), null);
  assert.ok(graph.asked < 4 * count, `${graph.asked}`);
});
