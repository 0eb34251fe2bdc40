// The watch's side of questions: only those of this user, whole and on the present terms, reach it; nothing is left behind.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { test, type TestOptions } from "node:test";
import { encodeAsk, parseOffer, type Answer, type Ask, type Offer, type Terms } from "../../../src/model/resident.ts";
import { openResident } from "../../../src/watch/resident.ts";
import { tempFolder } from "../../support/folder.ts";

const linux: TestOptions = { skip: process.platform === "linux" ? false : "the watch is asked on Linux only" };
const top = tempFolder("tg-resident");

const TERMS: Terms = { root: "/w", config: "/w/tasks.config.ts", env: [["MODE", null]] };
const ASK: Ask = { args: ["status"], cwd: "/w", env: {}, isTty: false };

function stateDir(name: string): string {
  const dir = path.join(top, name);
  fs.mkdirSync(dir);
  return dir;
}

function offerIn(dir: string): Offer | null {
  return fs.existsSync(`${dir}/resident`) ? parseOffer(fs.readFileSync(`${dir}/resident`, "utf8")) : null;
}

const modeOf = (file: string): number => fs.statSync(file).mode & 0o777;

/** Writes a question piece by piece and waits for what is written behind it. */
async function askIn(dir: string, name: string, pieces: readonly string[]): Promise<string> {
  const file = `${dir}/ask/${name}`;
  const fd = fs.openSync(file, "wx+", 0o600);
  for (const piece of pieces) {
    fs.writeSync(fd, piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const asked = Buffer.byteLength(pieces.join(""));
  while (fs.existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 1));
  const whole = fs.readFileSync(`/proc/self/fd/${fd}`, "utf8");
  fs.closeSync(fd);
  return Buffer.from(whole).subarray(asked).toString("utf8");
}

test("an offer is this user's alone, says when not to ask, and goes with the watch", linux, async () => {
  const dir = stateDir("offer");
  const resident = openResident(process.execPath, () => Promise.resolve(null));
  assert.equal(offerIn(dir), null);
  resident.offer(dir, TERMS);
  const offer = offerIn(dir)!;
  assert.deepEqual([offer.pid, offer.root, offer.env, offer.ino], [process.pid, "/w", [["MODE", null]], fs.statSync(`${dir}/resident`).ino]);
  assert.deepEqual([modeOf(`${dir}/resident`), modeOf(`${dir}/ask`)], [0o600, 0o700]);
  resident.rest();
  assert.equal(modeOf(`${dir}/resident`), 0o400);
  resident.offer(dir, TERMS);
  assert.deepEqual([modeOf(`${dir}/resident`), offerIn(dir)?.nonce], [0o600, offer.nonce]);
  resident.offer(dir, { ...TERMS, env: [] });
  assert.notEqual(offerIn(dir)?.nonce, offer.nonce);
  assert.deepEqual(fs.readdirSync(dir).sort(), ["ask", "resident"]);
  resident.close();
  assert.deepEqual(fs.readdirSync(dir), ["ask"]);
});

test("a question is answered behind its text, once it is whole", linux, async () => {
  const dir = stateDir("ask");
  const asked: Ask[] = [];
  const answers: (Answer | null)[] = [{ exit: 1, text: "ä\n" }, null];
  const resident = openResident(process.execPath, (ask) => (asked.push(ask), Promise.resolve(answers.shift()!)));
  resident.offer(dir, TERMS);
  const { nonce } = offerIn(dir)!;
  const text = encodeAsk(ASK);
  assert.equal(await askIn(dir, `${nonce}.1`, [text.slice(0, 9), text.slice(9)]), "1 3\nä\n");
  assert.equal(await askIn(dir, `${nonce}.2`, [text]), "- 0\n");
  assert.deepEqual(asked, [ASK, ASK]);
  resident.offer(dir, { ...TERMS, env: [] });
  assert.equal(await askIn(dir, `${nonce}.3`, [text]), "- 0\n", "terms that no longer hold");
  assert.equal(asked.length, 2);
  resident.close();
});

test("links, FIFOs and strangers' words are not questions", linux, async () => {
  const dir = stateDir("odd");
  let asked = 0;
  const resident = openResident(process.execPath, () => (asked++, Promise.resolve({ exit: 0, text: "" })));
  resident.offer(dir, TERMS);
  const { nonce } = offerIn(dir)!;
  fs.writeFileSync(path.join(top, "elsewhere"), encodeAsk(ASK));
  fs.symlinkSync(path.join(top, "elsewhere"), `${dir}/ask/${nonce}.link`);
  fs.linkSync(path.join(top, "elsewhere"), `${dir}/ask/${nonce}.hard`);
  fs.mkdirSync(`${dir}/ask/${nonce}.folder`);
  fs.writeFileSync(`${dir}/ask/other-1.1`, encodeAsk(ASK));
  fs.writeFileSync(`${dir}/ask/${nonce}.words`, "{}\n");
  if (process.getuid?.() === 0) {
    fs.writeFileSync(`${dir}/ask/theirs`, encodeAsk(ASK));
    fs.chownSync(`${dir}/ask/theirs`, 12345, 12345);
    fs.renameSync(`${dir}/ask/theirs`, `${dir}/ask/${nonce}.theirs`);
  }
  assert.equal(await askIn(dir, `${nonce}.last`, [encodeAsk(ASK)]), "0 0\n");
  assert.equal(asked, 1);
  assert.equal(fs.readFileSync(path.join(top, "elsewhere"), "utf8"), encodeAsk(ASK));
  resident.close();
});

test("a living watch's offer stands; a dead one's is replaced", linux, () => {
  const dir = stateDir("two");
  const [first, second] = [1, 2].map(() => openResident(process.execPath, () => Promise.resolve(null))) as [ReturnType<typeof openResident>, ReturnType<typeof openResident>];
  first.offer(dir, TERMS);
  const { nonce } = offerIn(dir)!;
  second.offer(dir, TERMS);
  assert.equal(offerIn(dir)?.nonce, nonce);
  fs.writeFileSync(`${dir}/resident`, JSON.stringify({ ...offerIn(dir), start: "1" }) + "\n");
  second.offer(dir, TERMS);
  assert.notEqual(offerIn(dir)?.nonce, nonce);
  first.close();
  assert.notEqual(offerIn(dir), null, "not its own");
  second.close();
  assert.equal(offerIn(dir), null);
});
