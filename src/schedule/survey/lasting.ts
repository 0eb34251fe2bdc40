// Intermediates of `temp` tasks that must be kept because of links among their readers' inputs: what such a link leads to is part
// of its identity, and no record of its maker holds that once link or target is gone. Says also which are made again before their
// readers are judged. Removes nothing.
import { isBelow, type FilePath } from "../../model/path.ts";
import { questionOf } from "../../model/question.ts";
import type { Reason, Seen, TaskRecord } from "../../model/state.ts";
import { KIND } from "../../model/table.ts";
import { housePath, linkMaker } from "./answers.ts";
import { isLostLink } from "./recorded.ts";
import type { Situation } from "./situation.ts";

/** One intermediate; a folder counts as a whole. */
interface Made {
  readonly record: TaskRecord;
  readonly readers: readonly number[];
  readonly made: Seen;
}

/**
 * Whether it is or contains a link that a reader names and whose target is unknown, or is what such a link leads to or through.
 * Without it the reader could not be compared with what it read, and would have it made again in every build.
 */
export function lasts(s: Situation, { record, readers, made }: Made): boolean {
  return isLink(s, { record, readers, made }) || isLedTo(s, { record, readers, made });
}

function isLink(s: Situation, { record, readers, made: [path, identity] }: Made): boolean {
  const isUnknown = ([link, text]: Seen): boolean => text.startsWith("l") && !knows(record, link);
  const links = identity.startsWith("t") ? record.members.filter((member) => isUnknown(member) && isBelow(member[0], path)) : [[path, identity] as const].filter(isUnknown);
  return links.some(([link]) => readers.some((reader) => s.record(reader) !== null && reads(s, s.record(reader)!, link)));
}

function isLedTo(s: Situation, { record, made: [path, identity] }: Made): boolean {
  const { graph, records, world } = s.parts;
  const ends = new Set<FilePath>([path, ...(identity.startsWith("t") ? record.members.map(([member]) => member).filter((member) => isBelow(member, path)) : [])]);
  // Usually there are none.
  const links = world.linksTo(ends).filter((link) => {
    const maker = graph.producerOf(link);
    return world.kindOf(link) === KIND.link && !(maker >= 0 && knows(s.record(maker), link));
  });
  return links.some((link) => [...records.names()].some((name) => graph.indexOf(name) >= 0 && reads(s, records.get(name)!, link)));
}

function knows(record: TaskRecord | null, link: FilePath): boolean {
  return record?.links?.some(([known]) => known === link) === true;
}

/** Whether the record reads the link by its name or through what is behind it. */
function reads(s: Situation, { inputs, discovered, trace = [] }: TaskRecord, link: FilePath): boolean {
  const isBehind = (path: FilePath): boolean => path === link || isBelow(path, link);
  if (inputs.some(([path]) => isBehind(path)) || discovered.some(([path]) => isBehind(path))) return true;
  return trace.some(([text]) => {
    const question = questionOf(text);
    return question.kind === "need" && isBehind(housePath(s, question.target));
  });
}

/** Whether a link that `maker` makes again has to be on disk for `task` to be judged. Where `deps` alone provide it, its text counts. */
export function waitsForLink(s: Situation, { task, maker, reasons }: { task: number; maker: number; reasons: readonly Reason[] }): boolean {
  const named = s.parts.graph.name(maker);
  const record = s.record(task);
  const isWaited = (path: FilePath): boolean => record !== null && reads(s, record, path) && isLostLink(s, path);
  return reasons.some(({ code, task: by, subject }) => subject !== undefined && (code === "need-changed" ? linkMaker(s, subject) === maker : by === named && isWaited(subject as FilePath)));
}
