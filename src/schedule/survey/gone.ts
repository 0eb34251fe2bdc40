// Inputs that are not on disk and are represented by their maker's record: folders that contain only such files, and what
// patterns and folders match of them. Decides no staleness.
import { CONTENT } from "../../model/graph.ts";
import { isBelow, type FilePath } from "../../model/path.ts";
import { openPlaces } from "../../model/lockstep.ts";
import { folderPattern, matcherOf } from "../../model/pattern.ts";
import { ABSENT, type Parts, type Seen } from "../../model/state.ts";
import { KIND } from "../../model/table.ts";
import { declares, type Gathered } from "../../staleness/match.ts";
import { isFolderOnDisk } from "../../staleness/walk.ts";
import { virtualFiles, type Known } from "./answers.ts";
import { recordedAs } from "./recorded.ts";

/**
 * Whether a literal input is a folder, on disk or because tasks make something below it. In a clean tree, and after
 * intermediates were removed, there is none to be seen.
 */
export function isFolderNow(s: Known, path: FilePath): boolean {
  const { graph, world } = s.parts;
  const kind = world.kindOf(path);
  if (kind === KIND.file) return false;
  const maker = kind === KIND.absent || kind === KIND.dir ? graph.producerOf(path) : -1;
  const isMadeAsFile = maker >= 0 && graph.task(maker).outputs.some((output) => output.kind === "file" && output.path === path);
  // What is in the way of a file to be made is removed when that is made.
  if (kind !== KIND.absent) return !isMadeAsFile && isFolderOnDisk(world, path);
  const record = maker < 0 ? null : s.record(maker);
  const made = record === null ? undefined : recordedAs(record, path);
  if (made !== undefined && made !== ABSENT) return (made === "d" || made.startsWith("t")) && !isMadeAsFile;
  return graph.isMadeFolder(path) || (record?.members.some(([member]) => isBelow(member, path)) ?? false);
}

/** Adds what patterns and folders matched last time or would match, and is not on disk: virtually present intermediates. */
export function withVirtual(s: Known & { partsOf(task: number): Parts }, task: number, gathered: Gathered): Gathered {
  const declared = s.parts.graph.task(task);
  if (!declared.inputs.some((spec) => spec.kind === "glob" || (spec.kind === "file" && isFolderNow(s, spec.path)))) return gathered;
  const record = s.record(task);
  const asBefore = record !== null && record.parts["inputs"] === s.partsOf(task)["inputs"];
  const above = virtualAbove(s, task, asBefore ? record.start : -Infinity);
  const stands = (path: FilePath): boolean => declares(declared, path) && s.parts.world.input(path) === ABSENT && s.virtual(path) !== null;
  if (above.length === 0 && gathered.problems.length === 0 && record !== null && isAsRecorded(gathered.files, record.inputs)) return gathered;
  // What is both named and matched is among the files already.
  const placeOf = openPlaces(gathered.files.length, (index) => gathered.files[index]!);
  const recorded = (record?.inputs ?? []).flatMap(([path]) => (placeOf(path) < 0 ? [path] : []));
  const gone = [...new Set([...recorded, ...above.filter((path) => placeOf(path) < 0)])].filter(stands);
  const absent = gathered.problems.length > 0 ? [...gathered.files.filter(stands), ...gone] : gone;
  if (absent.length === 0) return gathered;
  const dotOf = (pattern: string): readonly boolean[] =>
    declared.inputs.flatMap((spec) => (spec.kind === "glob" && spec.pattern === pattern ? [spec.dot] : spec.kind === "file" && folderPattern(spec.path) === pattern ? [true] : []));
  const meets = (pattern: string): boolean => dotOf(pattern).some((dot) => absent.some(matcherOf(pattern, { dot })));
  const problems = gathered.problems.filter((problem) => problem.code !== "empty-glob" || !meets(problem.pattern));
  return { ...gathered, files: [...gathered.files, ...gone].sort(), problems };
}

function isAsRecorded(files: readonly FilePath[], inputs: readonly Seen[]): boolean {
  for (let i = 0; i < inputs.length; i++) if (inputs[i]![0] !== files[i]) return false;
  return inputs.length === files.length;
}

/** Intermediates of upstream tasks that ran after `since`: a task that has not read by these patterns since then does not know them. */
function virtualAbove(s: Known, task: number, since: number): FilePath[] {
  const { graph } = s.parts;
  const found: FilePath[] = [];
  for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
    const need = graph.needs[e]!;
    if (graph.needKinds[e] !== CONTENT || graph.isBarrier(need) || s.pending[need] === 1 || graph.isOrdinary?.(need) === true) continue;
    if (!graph.task(need).outputs.some(({ role }) => role === "intermediate") || (s.record(need)?.start ?? -Infinity) <= since) continue;
    for (const path of virtualFiles(s, need)) found.push(path);
  }
  return found;
}
