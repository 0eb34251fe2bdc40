// Files that one task made and another task makes from now on, until that has made them. What tg left there is not an edit;
// anything else is, although the new maker has no record of the file. Moves nothing, decides no staleness.
import type { FilePath } from "../../model/path.ts";
import { ABSENT, GONE, HALF, type Identity, type TaskRecord } from "../../model/state.ts";
import type { TaskName } from "../../model/task.ts";
import type { Recorder } from "../../model/ports.ts";
import { notesBeside } from "../survey/beside.ts";
import { recordedAs } from "../survey/recorded.ts";
import type { Situation } from "../survey/situation.ts";

/** The recorded outputs that other tasks make by now and have not made yet. */
export function handedOver({ parts: { graph, records, world } }: Situation, name: TaskName, record: TaskRecord): FilePath[] {
  return [...record.members, ...record.outputs].flatMap(([path, identity]) => {
    const maker = isContent(identity) ? graph.producerOf(path) : -1;
    if (maker < 0 || graph.name(maker) === name || graph.task(maker).inout.includes(path)) return [];
    world.forget(path);
    const now = world.output(path);
    const own = records.get(graph.name(maker));
    return now === ABSENT || (own !== null && recordedAs(own, path) === now) ? [] : [path];
  });
}

/** Whether the identity is that of a file or link: half files and missing ones say nothing, and a tree is its members. */
function isContent(identity: Identity): boolean {
  return ![ABSENT, GONE, HALF].includes(identity) && !identity.startsWith("t") && identity !== "d";
}

interface Notes {
  readonly known: ReadonlyMap<FilePath, ReadonlySet<Identity>>;
  readonly byMaker: ReadonlyMap<number, readonly FilePath[]>;
}

/** Looks at the records kept apart from tasks. They are read on first use. */
export class Handed {
  readonly #situation: Situation;
  readonly #recorder: Recorder;
  #notes: Notes | null = null;

  constructor(situation: Situation, recorder: Recorder) {
    this.#situation = situation;
    this.#recorder = recorder;
  }

  /** Reads them again: the tasks, or the notes about them, have changed. */
  forget(): void {
    this.#notes = null;
  }

  /** Files that the task makes and others made. */
  of(task: number): readonly FilePath[] {
    return this.#read().byMaker.get(task) ?? [];
  }

  /** Whether another task left the file like this. */
  hasMade(path: FilePath, identity: Identity): boolean {
    return this.#read().known.get(path)?.has(identity) === true;
  }

  /** Whether another task made the file and left it different. */
  isEdited(path: FilePath, now: () => Identity): boolean {
    const left = this.#read().known.get(path);
    return left !== undefined && ![ABSENT, ...left].includes(now());
  }

  /** The task has made its files: from here on its own record covers them. */
  settle(task: number): void {
    const settled = new Set<string>(this.of(task));
    if (settled.size === 0) return;
    const { records } = this.#situation.parts;
    for (const name of notesBeside(records)) {
      const record = records.get(name)!;
      const outputs = record.outputs.filter(([path]) => !settled.has(path));
      const members = record.members.filter(([path]) => !settled.has(path));
      if (outputs.length + members.length === record.outputs.length + record.members.length) continue;
      if (outputs.length + members.length === 0) this.#recorder.drop(name);
      else this.#recorder.put(name, { ...record, outputs, members }, new Set());
    }
    this.forget();
  }

  #read(): Notes {
    if (this.#notes !== null) return this.#notes;
    const { graph, records } = this.#situation.parts;
    const known = new Map<FilePath, Set<Identity>>();
    const byMaker = new Map<number, FilePath[]>();
    for (const name of notesBeside(records)) {
      const { outputs, members } = records.get(name)!;
      for (const [path, identity] of [...outputs, ...members]) {
        const maker = isContent(identity) ? graph.producerOf(path) : -1;
        if (maker < 0) continue;
        const left = known.get(path);
        if (left !== undefined) left.add(identity);
        else {
          known.set(path, new Set([identity]));
          byMaker.set(maker, [...(byMaker.get(maker) ?? []), path]);
        }
      }
    }
    return (this.#notes = { known, byMaker });
  }
}
