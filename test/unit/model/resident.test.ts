// The texts between a watch and those who ask it: what is cut short or foreign is never taken for whole.
import assert from "node:assert/strict";
import { test } from "node:test";
import { answerHead, encodeAsk, encodeOffer, parseAsk, parseHead, parseOffer, type Ask, type Offer } from "../../../src/model/resident.ts";

const OFFER: Offer = { pid: 12, start: "345", namespace: "mnt:[1]", program: "/p/main.cjs 1:2:3 v20", root: "/w", config: "/w/tasks.config.ts", env: [["MODE", null], ["PATH", "x1"]], ino: 7, nonce: "c-1-1" };
const ASK: Ask = { args: ["status", "-v", "ä\n\0"], cwd: "/w/sub", env: { TERM: "xterm" }, isTty: true };

test("offers and questions come back as they were", () => {
  assert.deepEqual(parseOffer(encodeOffer(OFFER)), OFFER);
  assert.deepEqual(parseAsk(encodeAsk(ASK)), ASK);
});

test("no beginning of an offer, a question or an answer's head is taken for the whole", () => {
  for (const [text, parse] of [[encodeOffer(OFFER), parseOffer], [encodeAsk(ASK), parseAsk], [answerHead({ exit: 0, text: "" }, 123), parseHead], [answerHead(null, 0), parseHead]] as const) {
    for (let length = 0; length < text.length; length++) assert.equal(parse(text.slice(0, length)), null, text.slice(0, length));
    assert.notEqual(parse(text), null);
  }
});

test("what is not an offer or a question is none", () => {
  for (const text of ["", "\n", "{}\n", "[]\n", "null\n", '"x"\n', "0 1\n", "{nonsense}\n"]) {
    assert.equal(parseOffer(text), null, text);
    assert.equal(parseAsk(text), null, text);
  }
  for (const [field] of Object.entries(OFFER)) assert.equal(parseOffer(JSON.stringify({ ...OFFER, [field]: undefined }) + "\n"), null, field);
  for (const field of ["args", "cwd", "env"]) assert.equal(parseAsk(JSON.stringify({ ...ASK, [field]: undefined }) + "\n"), null, field);
  assert.equal(parseAsk(JSON.stringify({ ...ASK, args: ["status", 1] }) + "\n"), null);
});

test("the head of an answer says how long it is, and that there is none", () => {
  assert.deepEqual(parseHead(`${answerHead({ exit: 1, text: "ab" }, 2)}ab`), { exit: 1, bytes: 2, length: 4 });
  assert.deepEqual(parseHead(answerHead(null, 0)), { exit: null, bytes: 0, length: 4 });
  for (const text of ["x 1\n", "-1 2\n", "1\n", "1 2 3\n", "\0\0\0\0\n"]) assert.equal(parseHead(text), null, text);
});
