// After a build: which tasks are known to be fresh against the table's rows, so that the next command need not judge them.
// Compares records with rows already looked at; does not read the disk.
import { isBelow } from "../../model/path.ts";
import { ABSENT, isGoodRecord, type Seen, type TaskRecord } from "../../model/state.ts";
import { listingKey } from "../../model/table.ts";
import { runsAlways } from "../../model/task.ts";
import { partsDigest } from "../../staleness/parts.ts";
import { roleOf } from "../../staleness/outputs.ts";
import { takenBefore } from "../../staleness/taken.ts";
import { lostTo } from "./lost.ts";
import type { Situation } from "./situation.ts";

/** Which temp tasks have their intermediates removed after use. */
export interface TempsOnDisk {
  goesAfterUse(task: number): boolean;
}

/** Bits as in Memo.settled; 0 if the task cannot be trusted without judging. */
export function settledBits(s: Situation, task: number, temps: TempsOnDisk): number {
  const { graph, given } = s.parts;
  const record = s.record(task);
  const declared = graph.task(task);
  if (!isGoodRecord(record) || (record.trace?.length ?? 0) > 0 || runsAlways(declared, record.value) || declared.drift === "keep") return 0;
  // The next command may come without these arguments.
  if (given.args?.task === declared.name) return 0;
  const parts = s.partsOf(task);
  if (parts !== record.parts && partsDigest(parts) !== partsDigest(record.parts)) return 0;
  if (!rowsAgree(s, record.inputs, true) || !rowsAgree(s, record.discovered, true)) return 0;
  if (!consumedAgrees(s, task, record) || lackedBelowSkip(s, record)) return 0;
  let virtual = false;
  if (!rowsAgree(s, record.folders, false) && !explained(s, task, record)) return 0;
  for (const [path, identity] of [...record.outputs, ...record.members]) {
    const now = rowIdentity(s, path);
    if (identity.startsWith("t") || identity === now) continue;
    if (now === ABSENT && roleOf(declared.outputs, path) === "intermediate") virtual = true;
    else return 0;
  }
  // It must be looked at until what is removed after use is gone.
  if (declared.temp && temps.goesAfterUse(task) && record.outputs.concat(record.members).some(([path, identity]) => identity === rowIdentity(s, path) && identity !== ABSENT && roleOf(declared.outputs, path) === "intermediate")) return 0;
  return virtual ? 3 : 1;
}

/** Whether listings differ only by intermediates that are gone: counting those in, the patterns match what is recorded. */
function explained(s: Situation, task: number, record: TaskRecord): boolean {
  const declared = s.parts.graph.task(task);
  const gone = record.outputs.filter(([path, identity]) => identity.startsWith("t") && roleOf(declared.outputs, path) === "intermediate" && rowIdentity(s, path) === ABSENT).map(([path]) => path);
  const others = record.folders.filter(([key, identity]) => rowIdentity(s, key) !== identity && !gone.some((tree) => key === tree + "/" || isBelow(key, tree)));
  if (others.length === 0) return true;
  const { files, folders, links, problems } = s.gather(task);
  if (!others.every(([key]) => key.endsWith("/") || links.includes(key)) || record.outputs.some(([path, identity]) => identity.startsWith("t") && others.some(([key]) => key === path + "/" || isBelow(key, path)))) return false;
  // No row of the record watches a new folder or link below a pattern.
  const watched = new Set<string>(record.folders.map(([key]) => key));
  if (!folders.every((folder) => watched.has(listingKey(folder))) || !links.every((link) => watched.has(link))) return false;
  return problems.length === 0 && files.length === record.inputs.length && files.every((path, i) => record.inputs[i]![0] === path);
}

function rowIdentity(s: Situation, path: string): string {
  const { table } = s.parts.world;
  const row = table.find(path);
  return row < 0 ? "" : table.identityOf(row);
}

function rowsAgree(s: Situation, seen: readonly Seen[], mayBeVirtual: boolean): boolean {
  return seen.every(([path, identity]) => {
    const now = rowIdentity(s, path);
    return now === identity || (mayBeVirtual && now === ABSENT && s.virtual(path) === identity);
  });
}

/** An intermediate of a skipped task was missing: once the task is no longer skipped, its record represents the file. */
function lackedBelowSkip(s: Situation, record: TaskRecord): boolean {
  const { graph, skipped } = s.parts;
  return [record.inputs, record.discovered, record.upstream].some((seen) => seen.some(([path, identity]) => identity === ABSENT && skipped[graph.producerOf(path)] === 1));
}

function consumedAgrees(s: Situation, task: number, record: TaskRecord): boolean {
  const consumed = s.consumed(task);
  const before = takenBefore(record.upstream);
  if (!consumed.outputs.every(({ path, identity }, at) => before(path, at) === identity) || lostTo(s, task, consumed).length > 0) return false;
  const known = [...record.upstreamKeys];
  return consumed.keys.every(({ key }) => {
    const at = known.indexOf(key ?? "");
    return at >= 0 && known.splice(at, 1).length === 1;
  });
}

/** Table rows that a settled task depends on: everything its record mentions. */
export function rowsOf(s: Situation, task: number): number[] {
  const record = s.record(task);
  if (record === null) return [];
  const { table } = s.parts.world;
  const rows = new Set<number>();
  for (const list of [record.inputs, record.folders, record.discovered, record.upstream, record.outputs, record.members]) {
    for (const [path] of list) rows.add(table.idOf(path));
  }
  return [...rows];
}
