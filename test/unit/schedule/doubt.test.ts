// Whom the memo does not vouch for: the same as trust() says of each task, and found in time by the edges.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeGraph } from "../../../src/graph/graph.ts";
import { orderOf } from "../../../src/graph/order.ts";
import { AFTER, CONTENT, VALIDATE, type Graph } from "../../../src/model/graph.ts";
import { NO_SETTINGS } from "../../../src/model/limits.ts";
import type { Memo } from "../../../src/model/memo.ts";
import { doubtedTasks } from "../../../src/schedule/doubt.ts";
import { trust, type Stirred } from "../../../src/schedule/trust.ts";

/** `edges`: of each task what it needs, and how. */
function graphOf(edges: readonly (readonly (readonly [need: number, kind: number])[])[], barriers: ReadonlySet<number>): Graph & { asked: number } {
  const needStart = new Uint32Array(edges.length + 1);
  edges.forEach((needs, task) => (needStart[task + 1] = needStart[task]! + needs.length));
  const parts = { count: edges.length, needStart, needs: Uint32Array.from(edges.flat(), ([need]) => need), needKinds: Uint8Array.from(edges.flat(), ([, kind]) => kind) };
  const counted = { asked: 0 };
  const graph = makeGraph({
    ...parts, order: orderOf(parts)!, default: null, jobs: null, settings: NO_SETTINGS, stateDir: ".tg" as never,
    name: (i) => `t${i}` as never, task: () => { throw new Error("no declaration is asked for"); }, isBarrier: (i) => (counted.asked++, barriers.has(i)), producerOf: () => -1, isMadeFolder: () => false,
  });
  return Object.assign(counted, graph);
}

function memoOf(settled: Uint8Array, settledSeq: Uint32Array): Memo {
  const resettled = [...settledSeq.keys()].filter((task) => settledSeq[task]! > 0);
  return { settled, settledSeq, resettled, movedSeq: null, movedRows: [], allRows: new Uint32Array(0), refs: () => [], eachOn: () => {} };
}

const CALM = { all: () => [], has: () => false } as unknown as Stirred;
const zeros = (count: number): Uint8Array => new Uint8Array(count);

test("the same tasks as one look at each finds, in graphs of any shape", () => {
  let compared = 0;
  let state = 7;
  const random = (below: number): number => ((state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 8) % below;
  for (let round = 0; round < 3000; round++) {
    const count = 30 + random(30);
    const barriers = new Set(Array.from({ length: random(12) }, () => random(count)));
    const edges = Array.from({ length: count }, (_, task) => Array.from({ length: task === 0 ? 0 : random(3) }, () => [random(task), [CONTENT, AFTER, VALIDATE][random(3)]!] as const));
    const settled = zeros(count).map((_, task) => (barriers.has(task) || random(60) === 0 ? 0 : 1));
    const seq = new Uint32Array(count).map((_, task) => (settled[task] === 0 || random(6) > 0 ? 0 : 1 + random(3)));
    const graph = graphOf(edges, barriers);
    const desk = { graph, memo: memoOf(settled, seq), stirred: CALM, named: zeros(count), forced: zeros(count), skipped: zeros(count) };
    const doubted = doubtedTasks({ ...desk, wanted: zeros(count).fill(1) });
    if (doubted === null) continue;
    const so = { pending: zeros(count), trusted: zeros(count), settledSeq: new Float64Array(count) };
    for (const task of graph.order) so.trusted[task] = trust(desk, so, task);
    const expected = [...graph.order].filter((task) => so.trusted[task] === 0);
    assert.deepEqual([...doubted].sort((a, b) => a - b), expected.sort((a, b) => a - b), `round ${round}`);
    if (expected.length > 0) compared++;
  }
  assert.ok(compared > 200, `${compared}`);
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
