import assert from "node:assert/strict";
import { test } from "node:test";
import { readiness } from "../../../src/schedule/services/readiness.ts";
import { portOf } from "../../../src/schedule/services/services.ts";

test("a text is found in a line however it comes in pieces, colours and all", () => {
  const heard = readiness({ kind: "log", text: "ready on port 3000", flags: null });
  assert.equal(heard("starting\nready \u001b[1mon por"), false);
  assert.equal(heard("t\u001b[0m 3000"), true, "the line need not be finished");
});

test("a pattern is asked line by line", () => {
  const heard = readiness({ kind: "log", text: "^ready in \\d+ ms$", flags: "i" });
  assert.equal(heard("it is ready in 30 ms\n"), false);
  assert.equal(heard("ready in\n3 ms\n"), false);
  assert.equal(heard("x\r\nREADY in 3 ms\r\ny"), true);
});

test("a line without end is kept at a length", () => {
  const heard = readiness({ kind: "log", text: "end", flags: null });
  for (let i = 0; i < 100; i++) assert.equal(heard("x".repeat(10_000)), false);
  assert.equal(heard("end"), true);
});

test("the port a service will take", () => {
  assert.equal(portOf(null), null);
  assert.equal(portOf({ kind: "port", port: 80 }), 80);
  assert.equal(portOf({ kind: "url", url: "http://localhost:3000/x" }), 3000);
  assert.equal(portOf({ kind: "url", url: "http://[::1]/" }), 80);
  assert.equal(portOf({ kind: "url", url: "https://127.0.0.1/" }), 443);
  assert.equal(portOf({ kind: "url", url: "http://example.org/" }), null, "not of this machine");
  assert.equal(portOf({ kind: "command", text: "true" }), null);
});
