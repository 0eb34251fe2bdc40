// What the first door hands over to the front door: the state it opened, once, while nobody has written another.
import assert from "node:assert/strict";
import { test } from "node:test";
import { handOver, type Unsure } from "../../../src/cli/glance.ts";
import { DamagedState, type Store } from "../../../src/model/ports.ts";

const ROOT = "/work";
const STATE_DIR = "/work/.tg";

function unsure(isCurrent: () => boolean = () => true): Unsure {
  return { root: ROOT, stateDir: STATE_DIR, suffix: "", store: { isCurrent } as Store, sight: { seen: new Uint8Array(0), news: null, swept: null, hashing: null } };
}

test("an opened state is handed over once", () => {
  const seen = unsure();
  const take = handOver(seen);
  assert.equal(take(ROOT, STATE_DIR, ""), seen);
  assert.equal(take(ROOT, STATE_DIR, ""), null);
});

test("a state of another root, folder or config is not handed over", () => {
  for (const [root, dir, suffix] of [["/other", STATE_DIR, ""], [ROOT, "/work/state", ""], [ROOT, STATE_DIR, ".1"]] as const) assert.equal(handOver(unsure())(root, dir, suffix), null);
});

test("a state that was written meanwhile is not handed over", () => {
  let current = true;
  const take = handOver(unsure(() => current));
  current = false;
  assert.equal(take(ROOT, STATE_DIR, ""), null);
});

test("a damaged state is known whichever bundle's copy of the class was thrown", () => {
  const other = Object.assign(new Error(), { name: new DamagedState().name });
  assert.ok(other instanceof DamagedState);
  assert.ok(!(new Error() instanceof DamagedState));
});
