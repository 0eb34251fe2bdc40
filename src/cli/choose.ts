// From what a person asked for to the chosen tasks. Asks version control only where a word is about it.
import { selectTargets, type Selection } from "../graph/select.ts";
import { SINCE } from "../model/change.ts";
import { toFilePath, type AbsolutePath } from "../model/path.ts";
import { good, type Result } from "../model/problem.ts";
import type { Doors } from "./doors.ts";
import { insideWords } from "./inside.ts";
import type { OpenProject } from "./project/project.ts";
import type { Wants } from "./words/wants.ts";

type Asked = Pick<Wants, "targets" | "skip" | "all" | "awaits" | "standsIn">;

export interface Choice extends Selection {
  /** The named tasks that somebody asks for by more than `@since:REF`. */
  readonly byName: Uint8Array;
  /** If nothing is chosen: the commits since which nothing has changed that tasks are made from. */
  readonly unaffected: readonly string[];
}

export async function choose(doors: Pick<Doors, "changesSince">, project: OpenProject, wants: Asked): Promise<Result<Choice>> {
  const root = project.root as AbsolutePath;
  const where = { graph: project.graph, disk: project.disk, root, standsIn: wants.standsIn };
  const [targets, skip] = [insideWords(wants.targets, where), insideWords(wants.skip, where)];
  const options = { skip, from: toFilePath(wants.standsIn, root), root, all: wants.all, awaits: wants.awaits === true };
  const words = [...targets, ...skip];
  if (!words.some((word) => word.startsWith(SINCE))) {
    const chosen = selectTargets(project.graph, targets, options);
    return chosen.ok ? good({ ...chosen.value, byName: chosen.value.named, unaffected: [] }) : chosen;
  }
  const { affectedByWord } = await import("./since.ts");
  const affected = await affectedByWord(doors, project, words, options);
  if (!affected.ok) return affected;
  const all = selectTargets(project.graph, targets, { ...options, affected: affected.value });
  if (!all.ok) return all;
  const others = targets.filter((word) => !affected.value.has(word));
  const byName = others.length === 0 ? good({ named: new Uint8Array(project.graph.count) }) : selectTargets(project.graph, others, { ...options, skip: [] });
  if (!byName.ok) return byName;
  const refs = [...affected.value.keys()].filter((word) => targets.includes(word)).map((word) => word.slice(SINCE.length));
  return good({ ...all.value, byName: byName.value.named, unaffected: others.length > 0 || all.value.wanted.includes(1) ? [] : refs });
}
