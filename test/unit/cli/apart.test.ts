// Where a watch has its config evaluated.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { loadingApart, tellingSlow } from "../../../src/cli/apart.ts";
import type { ConfigLoader, EditedFiles, Loaded, LoadedApart, LoadRequest } from "../../../src/cli/doors.ts";
import type { FilePath } from "../../../src/model/path.ts";
import { good, type Result } from "../../../src/model/problem.ts";

const REQUEST = { readonly: false, file: "/p/tasks.config.ts", root: "/p" } as LoadRequest;
const LOADED: Result<Loaded> = good({ project: null, reads: { files: [], absent: [], folders: [], env: [], volatile: false, copies: [] }, notices: [] });
const FILES = new Set(["a.task.ts" as FilePath]);

interface Scene extends ConfigLoader {
  readonly where: string[];
  listen(): void;
}

function scene(apart: () => LoadedApart | null): Scene {
  const where: string[] = [];
  const note = <T>(what: string, result: T): Promise<T> => (where.push(what), Promise.resolve(result));
  const config = {
    load: () => note("here", LOADED),
    loadEdited: () => note("edited here", null),
    loadApart: (_request: LoadRequest, edited: ReadonlySet<FilePath>) => note(edited.size === 0 ? "apart" : "edited apart", apart()),
  } as unknown as ConfigLoader;
  let early = true;
  return { ...loadingApart(config, { isEarly: () => early, signal: new AbortController().signal }), where, listen: () => (early = false) };
}

test("a config is evaluated here until somebody listens to signals, and apart from then on", async () => {
  const { load, listen, where } = scene(() => ({ kind: "loaded", result: LOADED }));
  await load(REQUEST);
  listen();
  assert.equal(await load(REQUEST), LOADED);
  assert.deepEqual(where, ["here", "apart"]);
});

test("what cannot be evaluated apart is evaluated here, and after the second time in a row from then on", async () => {
  const answers: (LoadedApart | null)[] = [null, { kind: "loaded", result: LOADED }, null, null];
  const { load, loadEdited, listen, where } = scene(() => answers.shift()!);
  listen();
  for (let i = 0; i < 5; i++) assert.equal(await load(REQUEST), LOADED);
  assert.equal(await loadEdited!(REQUEST, FILES), null);
  assert.deepEqual(where, ["apart", "here", "apart", "apart", "here", "apart", "here", "here", "edited here"]);
});

test("edited task files are evaluated apart", async () => {
  const edited = {} as EditedFiles;
  const { loadEdited, listen, where } = scene(() => ({ kind: "edited", edited }));
  assert.equal(await loadEdited!(REQUEST, FILES), null);
  listen();
  assert.equal(await loadEdited!(REQUEST, FILES), edited);
  assert.deepEqual(where, ["edited here", "edited apart"]);
});

test("nothing is written for who only reads, and nothing is done apart where the runtime cannot", async () => {
  const { load, listen, where } = scene(() => ({ kind: "loaded", result: LOADED }));
  listen();
  await load({ ...REQUEST, readonly: true });
  assert.deepEqual(where, ["here"]);
  const config = { load: async () => LOADED } as unknown as ConfigLoader;
  assert.equal(loadingApart(config, { isEarly: () => false, signal: new AbortController().signal }), config);
});

test("an evaluation is told of after a second, once somebody listens", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const told: string[] = [];
    let early = true;
    let done = (): void => {};
    const wait = <T>(result: T): Promise<T> => new Promise((resolve) => (done = () => resolve(result)));
    const config = tellingSlow({ load: () => wait(LOADED), loadEdited: () => wait(null) } as unknown as ConfigLoader, { isEarly: () => early, slow: (files) => told.push(files.join(",")) });
    const after = async (ms: number, act: () => Promise<unknown>): Promise<string[]> => {
      const end = act();
      mock.timers.tick(ms);
      done();
      await end;
      mock.timers.tick(5_000);
      return told.splice(0);
    };
    assert.deepEqual(await after(5_000, () => config.load(REQUEST)), []);
    early = false;
    assert.deepEqual(await after(999, () => config.load(REQUEST)), []);
    assert.deepEqual(await after(1_000, () => config.load(REQUEST)), ["tasks.config.ts"]);
    assert.deepEqual(await after(1_000, () => config.loadEdited!(REQUEST, FILES)), ["a.task.ts"]);
  } finally {
    mock.timers.reset();
  }
});
