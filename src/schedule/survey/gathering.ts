// The current inputs of tasks, computed once as long as their patterns match the same. Decides no staleness.
import { matcherOf } from "../../model/pattern.ts";
import type { FilePath } from "../../model/path.ts";
import type { Parts } from "../../model/state.ts";
import type { Task } from "../../model/task.ts";
import { gatherInputs, gatherLiteral, someFolder, walkInputs, type Gathered, type Walks } from "../../staleness/match.ts";
import type { Known } from "./answers.ts";
import { isFolderNow, withVirtual } from "./gone.ts";

/** A task asks for its inputs several times in its turn, and few tasks have their turn at once. */
const MOST_LAST = 64;

export class Gathering {
  /** What tasks without patterns gather as long as none of their inputs is a folder; "no" for other tasks. */
  #literal: (Gathered | "no" | undefined)[] = [];
  /** What the last few tasks with patterns gathered. */
  readonly #last: Map<number, { readonly walks: Walks; readonly gathered: Gathered }> = new Map();

  of(s: Known & { partsOf(task: number): Parts }, task: number): Gathered {
    const { graph, globs } = s.parts;
    const declared = graph.task(task);
    const literal = (this.#literal[task] ??= gatherLiteral(declared) ?? "no");
    const isFolder = (path: FilePath): boolean => isFolderNow(s, path);
    if (literal !== "no" && !someFolder(declared, isFolder)) return literal;
    return unignored(declared, withVirtual(s, task, this.#byWalks(task, declared, walkInputs(declared, globs, isFolder))));
  }

  /** The inputs that exist on disk, if the task has patterns or folders among its inputs; otherwise empty. */
  matched(s: Known, task: number): readonly FilePath[] {
    const { graph, globs } = s.parts;
    const declared = graph.task(task);
    const walks = walkInputs(declared, globs, (path) => isFolderNow(s, path));
    return walks.every((walk) => walk === null) ? [] : unignored(declared, this.#byWalks(task, declared, walks)).files;
  }

  #byWalks(task: number, declared: Task, walks: Walks): Gathered {
    const last = this.#last.get(task);
    if (last !== undefined && last.walks.every((walk, i) => walk === walks[i])) return last.gathered;
    const gathered = gatherInputs(declared, walks);
    if (this.#last.size >= MOST_LAST) this.#last.delete(this.#last.keys().next().value!);
    this.#last.set(task, { walks, gathered });
    return gathered;
  }

  forget(): void {
    this.#literal = [];
    this.#last.clear();
  }
}

/** What is there of what `cache.ignore` leaves out of the key: inputs all the same, for whoever runs the task. */
export function ignoredInputs(s: Known, task: number): readonly FilePath[] {
  const { graph, globs, world } = s.parts;
  const declared = graph.task(task);
  const isIgnored = ignoring(declared);
  if (isIgnored === null) return [];
  return gatherInputs(declared, walkInputs(declared, globs, (path) => isFolderNow(s, path))).files.filter((file) => isIgnored(file) && world.disk.lstat(file).kind !== "absent");
}

function ignoring({ cache: { ignore } }: Task): ((file: FilePath) => boolean) | null {
  const ignored = ignore.filter((entry) => entry.startsWith("input:")).map((entry) => matcherOf(entry.slice(6), { dot: true }));
  return ignored.length === 0 ? null : (file) => ignored.some((matches) => matches(file));
}

function unignored(task: Task, gathered: Gathered): Gathered {
  const isIgnored = ignoring(task);
  return isIgnored === null ? gathered : { ...gathered, files: gathered.files.filter((file) => !isIgnored(file)), ignored: gathered.files.filter(isIgnored) };
}
