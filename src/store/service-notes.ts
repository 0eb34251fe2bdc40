// Who runs which service: a small file for each process group, so that the next build ends what a killed tg left behind.
// A service may run while nobody builds (tg watch), so these stand beside the journal and need no lock.
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { isAlive } from "./process.ts";
import { endStray, strayOf, type Stray } from "./strays.ts";

interface Note {
  readonly task: string;
  readonly group: Stray;
  /** The tg that started it. */
  readonly owner: Stray;
}

const FOLDER = "services";

export interface ServiceNotes {
  note(task: string, group: number): void;
  forget(task: string): void;
}

export function openServiceNotes(stateDir: string): ServiceNotes {
  const dir = path.join(stateDir, FOLDER);
  const files = new Map<string, string>();
  return {
    note: (task, group) => {
      const file = path.join(dir, String(group));
      const note: Note = { task, group: strayOf(group), owner: strayOf(process.pid) };
      try {
        fs.mkdirSync(dir, { recursive: true });
        fs.writeFileSync(file, JSON.stringify(note));
        files.set(task, file);
      } catch {
        // Nothing is lost but the tidying after a kill.
      }
    },
    forget: (task) => {
      const file = files.get(task);
      if (file !== undefined) fs.rmSync(file, { force: true });
      files.delete(task);
    },
  };
}

/** Ends services whose tg has gone. */
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

/** null: cut off while it was written. */
function readNote(file: string): Note | null {
  try {
    const note = JSON.parse(fs.readFileSync(file, "utf8")) as Note;
    return Number.isInteger(note.owner?.group) && Number.isInteger(note.group?.group) ? note : null;
  } catch {
    return null;
  }
}
