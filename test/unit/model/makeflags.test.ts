// MAKEFLAGS: what it says about jobs, and the same with others.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readMakeflags, writeMakeflags } from "../../../src/model/makeflags.ts";

test("jobs and the addresses of the jobserver, the last one first", () => {
  assert.deepEqual(readMakeflags(""), { jobs: null, auths: [] });
  assert.deepEqual(readMakeflags("ks"), { jobs: null, auths: [] });
  assert.deepEqual(readMakeflags(" -j4 --jobserver-auth=3,4"), { jobs: 4, auths: [{ kind: "pipe", read: 3, write: 4 }] });
  assert.deepEqual(readMakeflags("w -j8 --jobserver-auth=fifo:/tmp/GMfifo1 --jobserver-fds=5,6 -- A=--jobserver-auth=7,8"), { jobs: 8, auths: [{ kind: "pipe", read: 5, write: 6 }, { kind: "fifo", path: "/tmp/GMfifo1" }] });
  assert.deepEqual(readMakeflags("-j --jobserver-auth=-2,-2"), { jobs: null, auths: [] });
  assert.deepEqual(readMakeflags("k -- A=1 --jobserver-auth=fifo:/tmp/x"), { jobs: null, auths: [{ kind: "fifo", path: "/tmp/x" }] });
  assert.deepEqual(readMakeflags(" -j3 --jobserver-auth=3,4 -- --jobserver-auth=fifo:/tmp/x"), { jobs: 3, auths: [{ kind: "pipe", read: 3, write: 4 }] });
  assert.deepEqual(readMakeflags(" -- --jobserver-auth=3,4"), { jobs: null, auths: [] });
});

test("other flags and variables stay", () => {
  const pipe = { kind: "pipe", read: 3, write: 4 } as const;
  const fifo = { kind: "fifo", path: "/tmp/x" } as const;
  const both = " -j4 --jobserver-auth=fifo:/tmp/x --jobserver-auth=3,4 -- --jobserver-auth=fifo:/tmp/x";
  assert.equal(writeMakeflags("", 4, [fifo, pipe]), both);
  assert.equal(writeMakeflags("", 4, [fifo]), " -j4 --jobserver-auth=fifo:/tmp/x");
  assert.equal(writeMakeflags(both, 4, [fifo, pipe]), both);
  assert.equal(writeMakeflags(both + " V=a\\ b", 2, [pipe]), " -j2 --jobserver-auth=3,4 -- V=a\\ b");
  assert.equal(writeMakeflags("k -- V=a\\ b", 4, [fifo, pipe]), "k -j4 --jobserver-auth=fifo:/tmp/x --jobserver-auth=3,4 -- V=a\\ b --jobserver-auth=fifo:/tmp/x");
  assert.equal(writeMakeflags(both, null, []), "");
  assert.equal(writeMakeflags(both, null, [fifo, pipe]), " -- --jobserver-auth=fifo:/tmp/x");
  assert.equal(writeMakeflags("k -j2 -- V=1", null, [fifo]), "k -- V=1 --jobserver-auth=fifo:/tmp/x");
  assert.equal(writeMakeflags("k -j2 -- V=1", null, [pipe]), "k -- V=1");
  assert.equal(writeMakeflags("ks -j2 --jobserver-auth=9,9 --no-print-directory -- V=1 W=-j9", 4, [pipe]), "ks --no-print-directory -j4 --jobserver-auth=3,4 -- V=1 W=-j9");
  assert.equal(writeMakeflags("w -j2 --jobserver-auth=9,9", null, []), "w");
  assert.equal(writeMakeflags(" -j2", null, []), "");
});
