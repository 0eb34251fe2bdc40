// What the random tester needs of a build tool, and the reference subject that plays it with the evaluator alone.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path/posix";
import type { Change } from "../../src/model/change.ts";
import { familiesOf } from "./config.ts";
import { Evaluator } from "./evaluator.ts";
import type { Forecast } from "./evaluator.ts";
import type { Project, Spec } from "./project.ts";
import type { Scene } from "./scene.ts";
import { treeOf } from "./scene.ts";
import type { Tree } from "./tree.ts";

export interface Hook {
  readonly path: string;
  readonly text: string;
}

export interface BuildWish {
  /** Task names; null: a bare build. */
  readonly targets: readonly string[] | null;
  readonly force: boolean;
  readonly keepGoing: boolean;
  readonly jobs: number;
  readonly shuffle: boolean;
  /** What goes after use stays. */
  readonly keepTemp: boolean;
  readonly env: Readonly<Record<string, string>>;
  /** Parameters, as texts. */
  readonly params: Readonly<Record<string, string>>;
  /** Tag → what to write while that task runs, once. */
  readonly hooks?: ReadonlyMap<number, Hook>;
  /** Kill -9 after so many milliseconds. */
  readonly killAfterMs?: number;
}

export interface BuildEvent {
  readonly event: string;
  readonly task?: string;
  readonly outcome?: string;
  /** In ms. */
  readonly start?: number;
  readonly end?: number;
  readonly time?: number;
  readonly attempt?: number;
  readonly allowed?: true;
  readonly reasons?: readonly unknown[];
  readonly counts?: { readonly ran: number; readonly restored: number; readonly fresh: number; readonly failed: number };
}

export interface Built {
  /** null: killed. */
  readonly exit: number | null;
  /** Tag of each start of mix, in order, then `restored`. */
  readonly ran: readonly number[];
  /** Tag of each task whose results were put back instead. */
  readonly restored: readonly number[];
  /** Tags whose mix came to its end. */
  readonly ended: readonly number[];
  readonly events: readonly BuildEvent[];
  readonly stderr: string;
  /** Limits that were not kept while it ran. */
  readonly broken: readonly string[];
}

/** A family's name is that of all its instances. */
export function tagsOf(project: Project, names: readonly string[] | null): number[] | null {
  if (names === null) return null;
  const families = familiesOf(project);
  const all = names.flatMap((name) => [name, ...(families.get(name) ?? []).map((key) => `${name}[${key}]`)]);
  return project.tasks.filter((spec) => all.includes(spec.name)).map((spec) => spec.tag);
}

/** Tags of the tasks that ended so. */
export function tagsWith(project: Project, events: readonly BuildEvent[], outcome: string): number[] {
  const names = new Map(project.tasks.map((spec) => [spec.name, spec.tag]));
  return events.flatMap((event) => (event.event === "task-ended" && event.outcome === outcome ? [names.get(event.task!)!] : []));
}

/** Tags of those that failed by leave, their own or their family's. */
export function tolerated(project: Project, events: readonly BuildEvent[]): number[] {
  return tagsWith(project, events.filter((event) => event.allowed === true), "failed");
}

export interface Standing {
  readonly state: string;
  readonly reasons: readonly unknown[];
}

export interface Subject {
  build(wish: BuildWish): Promise<Built>;
  /** Task name → state, over all tasks; null when tg refused. */
  status(wish: Pick<BuildWish, "env" | "params">): Promise<Map<string, Standing> | null>;
  /** Names of the tasks that changes affect; null when tg refused. Absent: not asked. */
  affected?(changes: readonly Change[], wish: Pick<BuildWish, "env" | "params">): Promise<ReadonlySet<string> | null>;
  /** Called at the moment since which it is asked what has changed. Absent: it is told the changes. */
  commit?(): void;
  /** Can it be killed, and can two run at once? */
  readonly isProcess: boolean;
  /** Is it a watch, which removes nothing after use? */
  readonly watches: boolean;
  /** Can files change while a task runs? */
  readonly hasHooks: boolean;
  close(): Promise<void>;
}

export function writeTree(scene: Scene, tree: Tree): void {
  const old = treeOf(scene);
  for (const path of [...old.keys()].sort().reverse()) if (!tree.has(path)) rmSync(`${scene.root}/${path}`, { recursive: true, force: true });
  for (const [path, node] of [...tree].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const full = `${scene.root}/${path}`;
    if (node.kind === "dir") mkdirSync(full, { recursive: true });
    if (node.kind === "dir" || JSON.stringify(old.get(path)) === JSON.stringify(node)) continue;
    mkdirSync(dirname(full), { recursive: true });
    rmSync(full, { force: true });
    if (node.kind === "link") {
      symlinkSync(node.to, full);
      continue;
    }
    writeFileSync(full, node.text);
    chmodSync(full, node.exec ? 0o755 : 0o644);
  }
}

/** How tasks ended, as tg tells it: that one was left out, and that one failed by leave, is known from there alone. */
function told(tasks: readonly Spec[], { started, failed, leftOut, tolerated: byLeave }: Forecast): BuildEvent[] {
  return tasks.flatMap(({ tag, name }): BuildEvent[] => {
    const outcome = failed.has(tag) ? "failed" : started.has(tag) ? "ran" : leftOut.has(tag) ? "skipped" : null;
    return outcome === null ? [] : [{ event: "task-ended", task: name, outcome, ...(outcome === "failed" && byLeave.has(tag) ? { allowed: true } : {}) }];
  });
}

/** What it remembers goes with the state folder, as tg's memory does. */
function memoryOf(scene: Scene): () => Evaluator {
  const judges: Evaluator[] = [];
  const file = `${scene.root}/.tg/reference`;
  return () => {
    if (!existsSync(file)) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `${judges.push(new Evaluator()) - 1}`);
    }
    return judges[Number(readFileSync(file, "utf8"))]!;
  };
}

/** The evaluator plays tg: proves that the stories are valid and that its judgement keeps the tree right. */
export function referenceSubject(scene: Scene): Subject {
  const memory = memoryOf(scene);
  return {
    isProcess: false,
    watches: false,
    hasHooks: false,
    build: async (wish) => {
      const targets = tagsOf(scene.project, wish.targets);
      const done = memory().build(scene.project, treeOf(scene), { ...wish, targets, ran: null });
      if (done.exit !== 2) writeTree(scene, done.tree);
      const attempts = (tag: number): number => (done.failed.has(tag) ? 1 + scene.project.tasks.find((spec) => spec.tag === tag)!.retries : 1);
      // What fails before it starts, for an edit that is to stand, has no other voice here.
      const ran = [...new Set([...done.started, ...done.failed])].flatMap((tag) => Array.from({ length: attempts(tag) }, () => tag));
      return { exit: done.exit, ran, ended: ran, restored: [], events: done.exit === 2 ? [] : told(scene.project.tasks, done), stderr: "", broken: [] };
    },
    status: async () => null,
    close: async () => {},
  };
}
