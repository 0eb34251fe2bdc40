// The view that a build (or status) has of everything the judge may ask: graph, records, world, what is still open. Joins them
// per task; decides nothing itself.
import { CONTENT, type Graph } from "../../model/graph.ts";
import { isBelow, type FilePath } from "../../model/path.ts";
import type { Memo } from "../../model/memo.ts";
import type { Records } from "../../model/ports.ts";
import { ABSENT, goodValue, isGoodRecord, runKey, runStart, type Digest, type Identity, type Parts, type Seen, type TaskRecord, type Verdict } from "../../model/state.ts";
import { isCall, type Task, type TaskName } from "../../model/task.ts";
import { digestText } from "../../staleness/digest.ts";
import { countKey, judge, keyOf, type Case, type Consumed, type Findings, type Producer } from "../../staleness/judge.ts";
import type { Globs } from "../../staleness/globs.ts";
import type { Gathered } from "../../staleness/match.ts";
import { outputsAsTheyAre, outputsNow, roleOf } from "../../staleness/outputs.ts";
import { listFor, replay } from "./answers.ts";
import { Columns } from "../../graph/columns.ts";
import type { Hanging } from "./trust.ts";
import { makerNotBefore } from "../../graph/before.ts";
import { instancesOf, listSource } from "../../graph/family.ts";
import { depLeaves, runLeaves, type DepLeaves } from "../../graph/leaves.ts";
import { isService } from "../../graph/services.ts";
import type { ServiceSpec } from "../../model/service.ts";
import { mayLeaveList, mayTakeAway, type Waits } from "./awaited.ts";
import { notedIn } from "./beside.ts";
import { Gathering } from "./gathering.ts";
import { lostTo, Offers } from "./lost.ts";
import { newcomersOf } from "./newcomers.ts";
import { filesOf, isLostLink, recordedAs, recordedInput } from "./recorded.ts";
import { hasCode, partsOf, type Given } from "../../staleness/parts.ts";
import type { World } from "../../staleness/world.ts";

/** Calls the config's own hash function for an input of a task; null if there is none or it is not loaded. */
export type CustomHash = (task: Task, path: FilePath) => Identity | null;

export interface SituationParts {
  readonly graph: Graph;
  readonly records: Records;
  readonly world: World;
  readonly globs: Globs;
  readonly given: Given;
  readonly custom: CustomHash;
  readonly memo: Memo | null;
  readonly wanted: Uint8Array;
  readonly named: Uint8Array;
  readonly skipped: Uint8Array;
  readonly forced: Uint8Array;
  /** Instances asked for by name that are unknown until their family's list is made, with their family. */
  readonly awaited?: ReadonlyMap<TaskName, number>;
  /** Families whose list existed but is unknown now: the records of their instances stay until it is made. */
  readonly unlisted?: Set<TaskName>;
  /** Files that lists decide about, with the makers of those lists; absent: none. */
  readonly undecided?: ReadonlyMap<FilePath, readonly TaskName[]>;
  /** Tasks that read such files without naming them, and the tasks they wait for. */
  readonly waits?: Waits;
  /** Services that must be up whether or not a task needs them; absent: none. */
  readonly kept?: Uint8Array;
  /** The key with which a service is already running; null if it is not. Absent: none is. */
  running?(service: TaskName): Digest | null;
  /** The key with which a service was given up; null if it was not. */
  givenUp?(service: TaskName, spec: ServiceSpec): Digest | null;
}

/** Everything about a task, and the key that follows from it. */
export interface Keyed {
  readonly subject: Case;
  readonly key: Digest | null;
}

export class Situation {
  parts: SituationParts;
  /** 1 while the task may still change its outputs in this build: judged stale or maybe, not finished. */
  pending: Uint8Array;
  /** 1: fresh by the memo, without judging. */
  trusted: Uint8Array;
  /** For trusted tasks: when their content for dependents last changed (Memo.gaveSeq); for barriers, the newest of what they join. */
  gaveSeq: Float64Array;
  /** Tasks that made a list in this build which the graph does not know: no family over it was part of the build. */
  readonly unshown: Set<number> = new Set();
  /** For the plan of each build on this situation. */
  readonly columns: Columns = new Columns();
  readonly verdicts: (Verdict | undefined)[];
  readonly keys: (Digest | null | undefined)[];
  /** Tasks whose verdict depends on open tasks alone; null: each task is judged. */
  hanging: Hanging | null = null;
  #leaves: Map<number, DepLeaves> = new Map();
  readonly #offers: Offers = new Offers();
  #runDeps: Map<number, ReadonlySet<number>> = new Map();
  #definitions: (Parts | undefined)[] = [];
  readonly #gathering: Gathering = new Gathering();
  /** The last case judged, until something has run. */
  #judged: (Keyed & { readonly task: number; readonly gathered: Gathered; /** The number of changed identities then. */ readonly changes: number }) | null = null;

  constructor(parts: SituationParts) {
    this.parts = parts;
    this.pending = new Uint8Array(parts.graph.count);
    this.trusted = new Uint8Array(parts.graph.count);
    this.gaveSeq = new Float64Array(parts.graph.count);
    this.verdicts = new Array<Verdict | undefined>(parts.graph.count);
    this.keys = new Array<Digest | null | undefined>(parts.graph.count);
  }

  /** Switches to a grown graph; what is known of the earlier tasks stays. */
  grow(next: Pick<SituationParts, "graph" | "wanted" | "named" | "skipped" | "forced">): void {
    const { count } = next.graph;
    const wider = <A extends Uint8Array | Float64Array>(flags: A, wide: A): A => (wide.set(flags), wide);
    this.parts = { ...this.parts, ...next, memo: null };
    this.pending = wider(this.pending, new Uint8Array(count));
    this.trusted = wider(this.trusted, new Uint8Array(count));
    this.gaveSeq = wider(this.gaveSeq, new Float64Array(count));
    for (let task = 0; task < count; task++) if (next.wanted[task] === 0) this.pending[task] = 0;
    this.verdicts.length = this.keys.length = count;
    this.forget();
    this.parts.globs.forgetAll();
  }

  /** Sets which files depend on lists from now on. */
  hangOn(undecided: NonNullable<SituationParts["undecided"]>, waits: Waits): void {
    this.parts = { ...this.parts, undecided, waits };
  }

  /** Drops what can be recomputed: a watch runs for days. */
  forget(): void {
    for (const found of [this.#leaves, this.#runDeps, this.#offers]) found.clear();
    this.#definitions = [];
    this.#gathering.forget();
    this.#judged = null;
    this.parts.graph.forget?.();
    this.parts.world.table.forgetFound();
  }

  /** Something ran: it may have added or removed files that patterns match, and programs. */
  stirred(): void {
    this.#judged = null;
    this.parts.globs.forgetAll();
    this.parts.given.forgetTools();
  }

  record(task: number): TaskRecord | null {
    const { graph, records } = this.parts;
    return records.get(graph.name(task));
  }

  /** What a fresh or successful task returned, as JSON text; null for nothing. */
  valueOf(task: number): string | null {
    return goodValue(this.record(task));
  }

  gather(task: number): Gathered {
    return this.#gathering.of(this, task);
  }

  /** The inputs that exist on disk, if there are patterns or folders among them; otherwise empty. */
  matched(task: number): readonly FilePath[] {
    return this.#gathering.matched(this, task);
  }

  /** The same throughout a build, except for programs that a task may make. */
  partsOf(task: number): Parts {
    const { graph, given } = this.parts;
    const declared = graph.task(task);
    return declared.tools.length > 0 ? partsOf(declared, given) : (this.#definitions[task] ??= partsOf(declared, given));
  }

  /** Everything the judge may ask about a task with these gathered inputs. */
  caseOf(task: number, gathered: Gathered): Case {
    const { graph, world, custom, named, forced } = this.parts;
    const declared = graph.task(task);
    const consumed = this.consumed(task);
    return {
      task: declared,
      record: this.record(task),
      parts: this.partsOf(task),
      files: gathered.files,
      consumed,
      lost: () => lostTo(this, task, consumed),
      newcomers: newcomersOf(this, task, gathered.files),
      forced: forced[task] === 1,
      named: named[task] === 1,
      mayGo: mayLeaveList({ graph, pending: this.pending }, task),
      openList: (path, now) => listFor(this, task, path, now),
      identity: (path) => this.identity(path),
      isLostLink: (path) => isLostLink(this, path),
      producer: (path) => this.#producer(task, path),
      unordered: (path) => makerNotBefore(graph, task, path),
      custom: (path) => custom(declared, path),
      outputs: outputsNow(declared, world),
      isAnothers: notedIn(this.parts.records),
      replay: (trace) => replay(this, task, trace),
    };
  }

  judge(task: number, gathered: Gathered): Findings {
    const subject = this.caseOf(task, gathered);
    const findings = judge(subject);
    this.verdicts[task] = findings.verdict;
    this.keys[task] = findings.key;
    this.#judged = { task, gathered, subject, key: findings.key, changes: this.parts.world.changedRows.length };
    return findings;
  }

  /** The last case judged, if it was this one and nothing has changed since; otherwise a new one. */
  keyed(task: number, gathered: Gathered): Keyed {
    const last = this.#judged;
    if (last !== null && last.task === task && last.gathered === gathered && last.changes === this.parts.world.changedRows.length) return last;
    const subject = this.caseOf(task, gathered);
    return { subject, key: keyOf(subject) };
  }

  /** Input identity; for an absent intermediate, the one its fresh producer recorded. */
  identity(path: FilePath): Identity {
    const now = this.parts.world.input(path);
    return now === ABSENT ? (this.virtual(path) ?? ABSENT) : now;
  }

  /** Recorded input identity of an absent intermediate whose producer is fresh; null otherwise. */
  virtual(path: FilePath): Identity | null {
    const maker = this.parts.graph.producerOf(path);
    return maker < 0 || this.pending[maker] === 1 || this.parts.skipped[maker] === 1 ? null : this.intermediate(maker, path, true);
  }

  /** Identity of an intermediate in the good record of `maker`; null if it is not one or was not made. */
  intermediate(maker: number, path: FilePath, asInput = false): Identity | null {
    const record = this.record(maker);
    if (!isGoodRecord(record)) return null;
    if (roleOf(this.parts.graph.task(maker).outputs, path) !== "intermediate") return null;
    const found = recordedAs(record, path);
    return found === undefined || found === ABSENT ? null : asInput ? recordedInput(record, [path, found]) : found;
  }

  #producer(task: number, path: FilePath): Producer | null {
    const { graph, skipped } = this.parts;
    const maker = graph.producerOf(path);
    if (maker < 0 || maker === task) return null;
    if (skipped[maker] === 1) return { task: graph.name(maker), pending: mayTakeAway({ graph, pending: this.pending, skipped }, maker) >= 0, mayLack: roleOf(graph.task(maker).outputs, path) === "intermediate" };
    return { task: graph.name(maker), pending: this.pending[maker] === 1 };
  }

  /** What `deps` provide to a task, with barriers replaced by what they join. */
  consumed(task: number): Consumed {
    const { graph, skipped } = this.parts;
    const outputs: Consumed["outputs"][number][] = [];
    const keys: Consumed["keys"][number][] = [];
    // Functions get values by name, so it matters to them which task returned what.
    const byName = isCall(graph.task(task));
    const { leaves, families } = this.depLeaves(task);
    for (const leaf of leaves) {
      const open = this.pending[leaf] === 1;
      const name = graph.name(leaf);
      const plain = open || skipped[leaf] === 1 || graph.isOrdinary?.(leaf) !== true ? null : filesOf(this.record(leaf));
      if (plain !== null) {
        for (const output of this.#offers.of(leaf, name, plain)) outputs.push(output);
        if (this.#dependsOnRuns(task).has(leaf)) keys.push({ key: runKey(runStart(this.record(leaf))), task: name });
        continue;
      }
      const declared = graph.task(leaf);
      const value = open ? null : this.valueOf(leaf);
      if (value !== null) keys.push({ key: `value:${byName ? name + " " : ""}${digestText(value)}`, task: name });
      else if (declared.outputs.length + declared.inout.length === 0) {
        const before = this.record(leaf);
        // Unknown: what a function that never ran as one will return, and whether a task with a `when` function runs.
        const unknown = open && (typeof declared.when !== "boolean" || (before === null ? isCall(declared) : before.value !== null || (isCall(declared) && !hasCode(before.parts))));
        keys.push({ key: unknown ? null : this.keyNow(leaf), task: name });
      }
      if (declared.outputs.length + declared.inout.length > 0) for (const [path, identity] of this.outputsOf(leaf, declared, open)) outputs.push({ path, identity, task: name, pending: open });
      if (this.#dependsOnRuns(task).has(leaf)) keys.push({ key: open ? null : runKey(runStart(this.record(leaf))), task: name });
    }
    for (const family of families) {
      const source = listSource(graph, family);
      if (source >= 0 && this.pending[source] === 1) keys.push({ key: null, task: graph.name(source) });
      else keys.push({ key: countKey(graph.name(family), instancesOf(graph, family).length), task: graph.name(family) });
    }
    return { outputs, keys };
  }

  #dependsOnRuns(task: number): ReadonlySet<number> {
    let leaves = this.#runDeps.get(task);
    if (leaves === undefined) this.#runDeps.set(task, (leaves = runLeaves(this.parts.graph, task, this.depLeaves(task).barriers)));
    return leaves;
  }

  keyNow(leaf: number): Digest | null {
    // A fresh task keeps the key it ran with: a shorter list of deps changes the key but is no reason to run. A service may be up
    // without being fresh, if nothing has needed it since it changed. A skipped task does not wait for its inputs, which may
    // still change, so it keeps the key it ran with, too.
    if (this.parts.skipped[leaf] === 1) return this.record(leaf)?.key ?? ("" as Digest);
    const service = isService(this.parts.graph, leaf);
    const stands = service ? this.trusted[leaf] === 1 : this.pending[leaf] === 0;
    const record = this.record(leaf);
    // A task that failed and was allowed to may have been refused before its inputs were recorded.
    if (stands && (service || record === null || isGoodRecord(record))) return record?.key ?? null;
    const known = this.keys[leaf];
    const now = known === undefined ? keyOf(this.caseOf(leaf, this.gather(leaf))) : known;
    return now ?? (stands ? record!.key : null);
  }

  /** What other tasks consume from it; `open`: its inputs may still change. */
  outputsOf(leaf: number, declared: Task, open: boolean): readonly Seen[] {
    const record = this.record(leaf);
    if (record === null && !open && this.parts.skipped[leaf] === 1) return outputsAsTheyAre(declared, this.parts.world);
    if (open || record === null) {
      const known = declared.outputs.flatMap((o): FilePath[] => (o.kind === "glob" ? [] : [o.path]));
      const all = [...known, ...declared.inout, ...(record?.members ?? []).map(([path]) => path).filter((path) => !declared.outputs.some((o) => o.kind === "tree" && isBelow(path, o.path)))];
      return all.length > 0 ? all.map((path): Seen => [path, ABSENT]) : [["" as FilePath, ABSENT]];
    }
    const good: boolean = isGoodRecord(record);
    // Dependents go on without a task that failed and was allowed to; its previous outputs are gone.
    if (!good) return outputsAsTheyAre(declared, this.parts.world, record.members);
    const asRecorded = record.outputs.filter(([path]) => !declared.inout.includes(path));
    const patterned = record.members.filter(([member]) => !record.outputs.some(([tree, identity]) => identity.startsWith("t") && member.startsWith(tree + "/")));
    // What another task makes by now is no longer its own, though a skipped task's record still lists it.
    const isAnothers = (path: FilePath): boolean => this.parts.skipped[leaf] === 1 && ![-1, leaf].includes(this.parts.graph.producerOf(path));
    const seen = [...asRecorded, ...patterned].filter(([path]) => !isAnothers(path));
    return [...seen.map(([path, identity]): Seen => [path, this.#standing(leaf, path, identity)]), ...declared.inout.map((path): Seen => [path, this.parts.world.input(path)])];
  }

  /** An output as it was made; as it is now, if the task keeps drift or is skipped. */
  #standing(leaf: number, path: FilePath, recorded: Identity): Identity {
    const declared = this.parts.graph.task(leaf);
    if (declared.drift !== "keep" && this.parts.skipped[leaf] === 0) return recorded;
    const now = outputsNow(declared, this.parts.world);
    const identity = recorded.startsWith("t") ? now.tree(path).identity : now.file(path);
    // An intermediate may be represented by its record alone.
    return identity === ABSENT && this.parts.skipped[leaf] === 0 && now.role(path) === "intermediate" ? recorded : identity;
  }

  /** The tasks that its `deps` stand for, with barriers replaced by what they join. */
  depLeaves(task: number): DepLeaves {
    let leaves = this.#leaves.get(task);
    if (leaves === undefined) this.#leaves.set(task, (leaves = depLeaves(this.parts.graph, task, this.#leaves)));
    return leaves;
  }

  /** Open tasks that content is consumed from: made to run again after their turn because another task needs them. */
  openUpstream(task: number): number[] {
    const { graph } = this.parts;
    const { leaves, families } = this.depLeaves(task);
    // A family also provides its number of instances, so the list that determines it must be closed.
    const taken = [...leaves, ...families.map((family) => listSource(graph, family)).filter((source) => source >= 0)];
    const open = taken.filter((maker, at) => this.pending[maker] === 1 && taken.indexOf(maker) === at);
    for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
      const need = graph.needs[e]!;
      if (graph.needKinds[e] === CONTENT && this.pending[need] === 1 && !open.includes(need)) open.push(need);
    }
    return open;
  }

  /** Tasks whose lists decide about files that the task reads. */
  decidersOf(task: number): number[] {
    return (this.parts.waits?.get(task) ?? []).map(({ maker }) => maker);
  }
}
