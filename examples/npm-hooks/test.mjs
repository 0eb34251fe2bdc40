import assert from "node:assert/strict";
import { pick } from "./dist/pick.mjs";

assert.equal(pick(0), pick(-4 * 7));
assert.equal(typeof pick(3), "string");
