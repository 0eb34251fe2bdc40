// Where a watch has its config evaluated.
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadingApart } from "../../../src/cli/apart.ts";
import type { ConfigLoader, Loaded, LoadRequest } from "../../../src/cli/doors.ts";
import { good, type Result } from "../../../src/model/problem.ts";

const REQUEST = { readonly: false } as LoadRequest;
const LOADED: Result<Loaded> = good({ project: null, reads: { files: [], absent: [], folders: [], env: [], volatile: false }, notices: [] });

function scene(apart: Result<Loaded> | null, taskCount: number): { load(request?: LoadRequest): Promise<unknown>; readonly where: string[] } {
  const where: string[] = [];
  const config = { load: async () => (where.push("here"), LOADED), loadApart: async () => (where.push("apart"), apart) } as unknown as ConfigLoader;
  const { load } = loadingApart(config, () => taskCount);
  return { load: (request = REQUEST) => load(request), where };
}

test("a small config is evaluated here a hundred times, a large one never", async () => {
  const small = scene(LOADED, 20);
  for (let i = 0; i < 110; i++) await small.load();
  assert.deepEqual([small.where.indexOf("apart"), small.where.lastIndexOf("here")], [107, 106]);
  const large = scene(LOADED, 3_000);
  await large.load();
  assert.deepEqual(large.where, ["apart"]);
});

test("what cannot be evaluated apart is evaluated here from then on", async () => {
  const { load, where } = scene(null, 3_000);
  await load();
  await load();
  assert.deepEqual(where, ["apart", "here", "here"]);
});

test("once something is loaded that cannot be loaded anew, all is evaluated apart", async () => {
  const where: string[] = [];
  let worn = false;
  const config = { load: async () => (where.push("here"), LOADED), loadApart: async () => (where.push("apart"), LOADED), loadEdited: async () => (where.push("edited"), null), isWorn: async () => worn } as unknown as ConfigLoader;
  const { load, loadEdited } = loadingApart({ ...config, load: async (request) => ((worn = where.length > 1), config.load(request)) }, () => 1);
  await load(REQUEST);
  await loadEdited!(REQUEST, new Set());
  assert.deepEqual(where.splice(0), ["here", "edited"]);
  where.push("before", "this");
  await load(REQUEST);
  await loadEdited!(REQUEST, new Set());
  await load(REQUEST);
  assert.deepEqual(where, ["before", "this", "here", "apart", "apart"]);
});

test("nothing is written for who only reads, and nothing is done apart where the runtime cannot", async () => {
  const { load, where } = scene(LOADED, 3_000);
  await load({ ...REQUEST, readonly: true });
  assert.deepEqual(where, ["here"]);
  const config = { load: async () => LOADED } as unknown as ConfigLoader;
  assert.equal(loadingApart(config, () => 3_000), config);
});
