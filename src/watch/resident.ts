// The watch's side of questions by other commands: an offer that announces it, and a folder where questions are written
// and, behind each, its answer. The system reports a new question like any other change, in order: by the time it is
// heard, so is every earlier change. Knows neither commands nor tasks.
import fs from "node:fs";
import process from "node:process";
import type { Resident } from "../model/ports.ts";
import { answerHead, ASK_FOLDER, encodeOffer, MAX_ASK_BYTES, OFFER_FILE, parseAsk, parseOffer, READY_MODE, RESTING_MODE, type Answer, type Ask, type Offer, type Terms } from "../model/resident.ts";
import { namespaceMark, processNow, programMark, userOf } from "./bearings.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = fs.constants;
/** Questions whose asker was killed; no asker waits this long. */
const LITTER_MS = 60_000;

/** What is open while the watch can be asked. */
interface Stand {
  readonly stateDir: string;
  readonly nonce: string;
  readonly terms: string;
  readonly fd: number;
  readonly ino: number;
  readonly askIno: number;
  readonly listener: fs.FSWatcher;
}

/** `program`: a file of the running program. `take` is called once per question, as soon as it is heard. */
export function openResident(program: string, take: (ask: Ask) => Promise<Answer | null>): Resident {
  const me = { pid: process.pid, start: processNow(process.pid)?.start ?? "", namespace: namespaceMark(), program: programMark(program) };
  /** Unique, not secret: nobody else may write where questions are asked. */
  const own = `${process.pid.toString(36)}-${Math.floor(Math.random() * 2 ** 48).toString(36)}-`;
  let stands = 0;
  const pending = new Set<string>();
  let stand: Stand | null = null;

  function hear(stateDir: string, name: string | null): void {
    if (name?.startsWith(own) !== true || pending.has(name)) return;
    const file = `${stateDir}/${ASK_FOLDER}/${name}`;
    const found = readQuestion(file);
    if (found === null) return;
    pending.add(name);
    // Asked under terms that no longer hold.
    const answered = stand !== null && name.startsWith(stand.nonce + ".") ? take(found.ask) : Promise.resolve(null);
    void answered.catch(() => null).then((answer) => {
      reply(found, file, answer);
      pending.delete(name);
    });
  }

  function setMode(mode: number): void {
    try {
      if (stand !== null) fs.fchmodSync(stand.fd, mode);
    } catch {
      takeDown();
    }
  }

  function takeDown(): void {
    if (stand !== null) remove(stand);
    stand = null;
  }

  return {
    offer: (stateDir, terms) => {
      if (me.start === "" || me.program === "") return;
      if (stand !== null && (stand.stateDir !== stateDir || stand.terms !== termsText(terms) || !isStanding(stand))) takeDown();
      stand ??= standUp({ ...me, ...terms, nonce: own + (++stands).toString(36) }, stateDir, (name) => hear(stateDir, name));
      setMode(READY_MODE);
    },
    rest: () => setMode(RESTING_MODE),
    close: takeDown,
  };
}

function termsText({ root, config, env }: Terms): string {
  return JSON.stringify([root, config, env]);
}

/** Publishes an offer, inactive at first. null: nobody can ask here. */
function standUp(offer: Omit<Offer, "ino">, stateDir: string, hear: (name: string | null) => void): Stand | null {
  const folder = `${stateDir}/${ASK_FOLDER}`;
  const askIno = openFolder(folder);
  if (askIno === null || !isFree(`${stateDir}/${OFFER_FILE}`)) return null;
  const { nonce } = offer;
  const draft = `${stateDir}/${OFFER_FILE}.${nonce}`;
  let fd = -1;
  try {
    fd = fs.openSync(draft, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, RESTING_MODE);
    const { ino } = fs.fstatSync(fd);
    fs.writeSync(fd, encodeOffer({ ...offer, ino }));
    const listener = fs.watch(folder, (_event, name) => hear(name));
    listener.on("error", () => listener.close());
    fs.renameSync(draft, `${stateDir}/${OFFER_FILE}`);
    return { stateDir, nonce, terms: termsText(offer), fd, ino, askIno, listener };
  } catch {
    // A full disk, a folder without write permission, no watches left.
    if (fd >= 0) fs.closeSync(fd);
    fs.rmSync(draft, { force: true });
    return null;
  }
}

function isStanding({ stateDir, ino, askIno }: Stand): boolean {
  return inoOf(`${stateDir}/${OFFER_FILE}`) === ino && inoOf(`${stateDir}/${ASK_FOLDER}`) === askIno;
}

function remove({ stateDir, listener, fd, ino }: Stand): void {
  listener.close();
  try {
    if (inoOf(`${stateDir}/${OFFER_FILE}`) === ino) fs.unlinkSync(`${stateDir}/${OFFER_FILE}`);
  } catch {
    // What remains is the offer of a process that is about to die, and will be recognised as such.
  }
  fs.closeSync(fd);
}

/** Creates the folder for questions, for this user alone, and removes what killed askers left. null: it cannot be had. */
function openFolder(folder: string): number | null {
  try {
    // Only in an existing state folder: the project may be gone, and must not reappear just because of this.
    if (!fs.existsSync(folder)) fs.mkdirSync(folder, { mode: 0o700 });
    const stat = fs.lstatSync(folder);
    if (!stat.isDirectory() || stat.uid !== userOf()) return null;
    if ((stat.mode & 0o077) !== 0) fs.chmodSync(folder, 0o700);
    for (const name of fs.readdirSync(folder)) {
      const old = fs.lstatSync(`${folder}/${name}`, { throwIfNoEntry: false });
      if (old !== undefined && Date.now() - old.mtimeMs > LITTER_MS) fs.rmSync(`${folder}/${name}`, { force: true, recursive: true });
    }
    return stat.ino;
  } catch {
    return null;
  }
}

/** Only one watch can be asked here: a newer one stays silent while the older one lives. */
function isFree(file: string): boolean {
  try {
    const stat = fs.lstatSync(file, { throwIfNoEntry: false });
    if (stat === undefined) return true;
    const other = stat.isFile() && stat.size < MAX_ASK_BYTES * 32 ? parseOffer(fs.readFileSync(file, "utf8")) : null;
    const now = other === null ? null : processNow(other.pid);
    return now === null || now.start !== other!.start || now.state === "Z" || now.state === "X";
  } catch {
    return false;
  }
}

function inoOf(path: string): number {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false })?.ino ?? -1;
  } catch {
    return -1;
  }
}

interface Question {
  readonly fd: number;
  readonly bytes: number;
  readonly ask: Ask;
}

/** null: gone again, not fully written yet, or not written by this user. */
function readQuestion(file: string): Question | null {
  let fd = -1;
  try {
    fd = fs.openSync(file, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
    const { uid, size, nlink } = fs.fstatSync(fd);
    if (fs.fstatSync(fd).isFile() && uid === userOf() && nlink === 1 && size <= MAX_ASK_BYTES) {
      const text = Buffer.alloc(size);
      const bytes = fs.readSync(fd, text, 0, size, 0);
      const ask = parseAsk(text.toString("utf8", 0, bytes));
      if (ask !== null) return { fd, bytes, ask };
    }
  } catch {
    // Its asker did not wait.
  }
  if (fd >= 0) fs.closeSync(fd);
  return null;
}

function reply({ fd, bytes }: Question, file: string, answer: Answer | null): void {
  try {
    const text = Buffer.from(answer?.text ?? "", "utf8");
    const whole = Buffer.concat([Buffer.from(answerHead(answer, text.length), "latin1"), text]);
    for (let at = 0; at < whole.length; ) at += fs.writeSync(fd, whole, at, whole.length - at, bytes + at);
    fs.unlinkSync(file);
  } catch {
    // The disk is full, or the asker has given up and withdrawn its question.
  } finally {
    fs.closeSync(fd);
  }
}
