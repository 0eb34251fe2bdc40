// Which tg runs which service: a small file for each process group, so that the next build ends what a killed tg left behind.
// A service may run while nobody builds (tg watch), so these files are separate from the journal and need no lock.
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import type { Elsewhere } from "../model/ports-service.ts";
import type { Digest } from "../model/state.ts";
import type { TaskName } from "../model/task.ts";
import { isAlive } from "./process.ts";
import { endStray, strayOf, type Stray } from "./strays.ts";

interface Note {
  readonly task: string;
  readonly group: Stray;
  /** The tg that started it. */
  readonly owner: Stray;
  /** Key of what it is made from, once it is ready. */
  readonly key?: Digest;
}

const FOLDER = "services";

export interface ServiceNotes {
  note(task: string, group: number): void;
  noteReady(task: string, key: Digest): void;
  forget(task: string): void;
  /** A service that another living tg runs. */
  elsewhere(task: TaskName): Elsewhere | null;
}

export function openServiceNotes(stateDir: string): ServiceNotes {
  const dir = path.join(stateDir, FOLDER);
  const files = new Map<string, string>();
  // Written atomically: a half-written note would be removed.
  const put = (file: string, note: Note): void => {
    const draft = path.join(stateDir, `service-${process.pid}.new`);
    fs.writeFileSync(draft, JSON.stringify(note));
    fs.renameSync(draft, file);
  };
  return {
    note: (task, group) => {
      const file = path.join(dir, String(group));
      const note: Note = { task, group: strayOf(group), owner: strayOf(process.pid) };
      try {
        // The state folder exists while anything runs, unless the project has just been moved away: do not create it again.
        if (!fs.existsSync(dir)) fs.mkdirSync(dir);
        put(file, note);
        files.set(task, file);
      } catch {
        // Nothing is lost except the cleanup after a kill.
      }
    },
    noteReady: (task, key) => {
      const file = files.get(task);
      const note = file === undefined ? null : readNote(file);
      try {
        if (note !== null) put(file!, { ...note, key });
      } catch {
        // Then no other tg can use it.
      }
    },
    elsewhere: (task) => {
      for (const name of namesIn(dir)) {
        const file = path.join(dir, name);
        const note = readNote(file);
        if (note?.task !== task || note.owner.group === process.pid || !isAlive(note.owner.group, note.owner)) continue;
        return { owner: note.owner.group, key: note.key ?? null, isThere: () => readNote(file)?.key === note.key && isAlive(note.group.group, note.group) };
      }
      return null;
    },
    forget: (task) => {
      const file = files.get(task);
      if (file !== undefined) fs.rmSync(file, { force: true });
      files.delete(task);
    },
  };
}

/** Ends services whose tg is gone. */
export async function endStrayServices(stateDir: string): Promise<void> {
  const dir = path.join(stateDir, FOLDER);
  for (const name of namesIn(dir)) {
    const file = path.join(dir, name);
    const note = readNote(file);
    if (note !== null && isAlive(note.owner.group, note.owner)) continue;
    if (note !== null) await endStray(note.group);
    fs.rmSync(file, { force: true });
  }
}

function namesIn(dir: string): string[] {
  try {
    return fs.readdirSync(dir);
  } catch {
    return [];
  }
}

/** null: truncated while it was being written. */
function readNote(file: string): Note | null {
  try {
    const note = JSON.parse(fs.readFileSync(file, "utf8")) as Note;
    return Number.isInteger(note.owner?.group) && Number.isInteger(note.group?.group) ? note : null;
  } catch {
    return null;
  }
}
