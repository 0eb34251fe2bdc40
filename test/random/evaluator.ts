// The independent judge: from its own memory of what each task consumed, says exactly which tasks a build must run, how
// it ends and what the tree is then. Written from semantics.md by another hand than src/staleness; shares no code with it.
import { mix } from "./mix.ts";
import { treeFiles } from "./treefiles.ts";
import { declaredInputs, envOf, mixArgs, runOf } from "./config.ts";
import { claims, declared, depsOf, gates, globbed, hasOutputs, inOrder, literalOuts, loadTroubles, ownerOf, wantedOf } from "./claims.ts";
import { depfileOf, rspOf, stdoutOf } from "./project.ts";
import type { Project, Spec } from "./project.ts";
import { below, inputIdentity, outputIdentity, put, resolve } from "./tree.ts";
import type { Tree } from "./tree.ts";

type Seen = Map<string, string>;

/** What a task consumed and left at its last run. `unsure`: tg may or may not know. */
export interface Memory {
  status: "ok" | "failed" | "unsure";
  /** Fresh after damage or a kill without having run: tg may still run it, once, when it looks closer. */
  doubt?: boolean;
  tag: number;
  parts: string;
  inputs: Seen;
  discovered: Seen;
  /** Tag of a dep → what was taken from it. */
  deps: Map<number, Seen>;
  left: Seen;
  key: string;
}

export interface Wish {
  /** Tags; null: everything. */
  targets: readonly number[] | null;
  force: boolean;
  keepGoing: boolean;
  env: Readonly<Record<string, string>>;
  /** Tags that really ran, to settle what may go either way; null: everything that may run does. */
  ran: ReadonlySet<number> | null;
  /** Tags that did not run because earlier results were put back: these leave alone what a run would delete. */
  restored?: ReadonlySet<number>;
  /** Tags that were not started because the build was ending. */
  cancelled?: ReadonlySet<number>;
}

export interface Forecast {
  exit: number;
  /** Tag → why. */
  must: Map<number, string>;
  may: Set<number>;
  failed: Set<number>;
  /** Below a failure, or not started because of one. */
  blocked: Set<number>;
  wanted: Set<number>;
  tree: Tree;
  /** Leftovers that a refused build may have removed or not. */
  loose: Set<string>;
  wrong: string[];
}

export class Evaluator {
  memories: Map<string, Memory> = new Map();
  private project!: Project;
  private tree!: Tree;
  private wish!: Wish;
  private forecast!: Forecast;

  clone(): Evaluator {
    const copy = new Evaluator();
    copy.memories = structuredClone(this.memories);
    return copy;
  }

  /** A build that was killed may not have come to remove what nobody claims any more: the next one will. */
  rememberLeftovers(before: Evaluator): void {
    for (const [name, old] of before.memories) {
      const heir = [...this.memories.values()].find((memory) => memory.tag === old.tag);
      if (heir === undefined) this.memories.set(name, old);
      else for (const [path, identity] of old.left) if (!heir.left.has(path)) heir.left.set(path, identity);
    }
  }

  /** What `tg build` does to `tree` (not changed; the forecast has its own). Remembers. */
  build(project: Project, tree: Tree, wish: Wish): Forecast {
    this.project = project;
    this.tree = new Map(tree);
    this.wish = wish;
    const wanted = wantedOf(project, wish.targets);
    const forecast: Forecast = (this.forecast = { exit: 0, must: new Map(), may: new Set(), failed: new Set(), blocked: new Set(), wanted: new Set([...wanted].map((s) => s.tag)), tree: this.tree, loose: new Set(), wrong: [] });
    const before = structuredClone(this.memories);
    this.relabel();
    this.removeLeftovers();
    if (loadTroubles(project, tree, wanted).length + loadTroubles(project, this.tree, wanted).length > 0) {
      this.memories = before;
      return Object.assign(forecast, { exit: 2, tree, loose: new Set([...tree.keys()].filter((path) => !this.tree.has(path))) });
    }
    const cancelled: string[] = [];
    for (const spec of inOrder(project)) {
      if (!wanted.has(spec)) continue;
      if (gates(project, spec).some((gate) => forecast.failed.has(gate.tag) || forecast.blocked.has(gate.tag))) this.block(spec);
      else if (!spec.barrier) cancelled.push(...this.visit(spec));
    }
    if (cancelled.length > 0 && forecast.failed.size === 0) forecast.wrong.push(...cancelled.map((why) => `not started although nothing failed: ${why}`));
    forecast.exit = forecast.failed.size > 0 ? 1 : 0;
    return forecast;
  }

  /** Says what was not started, and why it should have been. */
  private visit(spec: Spec): string[] {
    const { ran } = this.wish;
    const why = this.reason(spec);
    if (why === null) return [];
    if (why === "may") {
      this.forecast.may.add(spec.tag);
      if (this.wish.cancelled?.has(spec.tag) === true) this.block(spec);
      else if (ran !== null && !ran.has(spec.tag)) this.adopt(spec);
      else this.run(spec);
    } else {
      if (ran !== null && !ran.has(spec.tag) && !this.wish.keepGoing) {
        this.block(spec);
        return [`${spec.name}: ${why}`];
      }
      this.forecast.must.set(spec.tag, why);
      this.run(spec);
    }
    return [];
  }

  /** Not started; but what it would have needed may have been made for it before that was known. */
  private block(spec: Spec): void {
    this.forecast.blocked.add(spec.tag);
    for (const maker of [...this.virtualMakers(spec), ...this.depMakers(spec, true), ...this.depMakers(spec, false)]) {
      this.forecast.may.add(maker.tag);
      if (this.wish.ran?.has(maker.tag) === true && !this.forecast.must.has(maker.tag)) this.run(maker);
    }
  }

  /** Clauses 1 to 9: null is fresh, "may" either. */
  private reason(spec: Spec): string | null {
    const { targets, force } = this.wish;
    const memory = this.memories.get(spec.name);
    if (force && (targets === null || targets.includes(spec.tag))) return "forced";
    if (spec.always || nothingToJudgeBy(spec)) return "always";
    if (memory === undefined) return "never ran";
    if (memory.status === "failed") return "failed last time";
    if (memory.status === "unsure") return this.outputTrouble(spec, new Map(literalOuts(spec).map((path) => [path, "any"]))) ?? "may";
    if (memory.parts !== this.parts(spec)) return `definition: ${memory.parts} -> ${this.parts(spec)}`;
    const trouble = differ("input", memory.inputs, this.inputsNow(spec)) ?? differ("discovered", memory.discovered, this.now(memory.discovered.keys())) ?? this.outputTrouble(spec, memory.left);
    if (trouble !== null) return trouble;
    return this.depTrouble(memory.deps, this.depsNow(spec)) ?? (memory.doubt === true ? "may" : null);
  }

  /** Clause 7 for `deps`. What a list gained or lost is no difference of content; whether a gain runs is left open. */
  private depTrouble(before: Memory["deps"], now: Memory["deps"]): string | null {
    let verdict: string | null = null;
    for (const [tag, what] of now) {
      const old = before.get(tag);
      if (old === undefined) verdict = "may";
      for (const [path, identity] of old === undefined ? [] : what) {
        if (old!.has(path) && old!.get(path) !== identity) return `dep T${tag} changed: ${path}`;
      }
      if (old !== undefined && ![...what.keys()].every((path) => old.has(path))) verdict = "may";
    }
    return verdict;
  }

  private outputTrouble(spec: Spec, left: Seen): string | null {
    const unsure = this.memories.get(spec.name)?.status === "unsure";
    const named = this.wish.targets?.includes(spec.tag) === true;
    const excused = spec.outs.flatMap((out) => (out.kind === "file" && (out.role === "intermediate" ? !named : out.optional && left.get(out.path) === "any") ? [out.path] : []));
    for (const path of literalOuts(spec)) if (!left.has(path) && !spec.inout.includes(path)) return `output ${path} is not remembered`;
    for (const [path, identity] of left) {
      const now = outputIdentity(this.tree, path);
      if (now === "-" && excused.includes(path)) continue;
      if (identity === "any" ? now === "-" : now !== identity) return `output ${path}: ${identity} -> ${now}`;
    }
    for (const out of spec.outs) if (out.kind === "tree") for (const path of below(this.tree, out.path)) if (!left.has(path) && !unsure) return `foreign ${path}`;
    return null;
  }

  /** Definition parts (semantics 6). */
  private parts(spec: Spec): string {
    const outs = spec.outs.map((out) => (out.kind === "tree" ? `${out.path}/` : out.kind === "glob" ? `${out.dir}/*.gen` : out.path + (out.optional ? "?" : ""))).sort();
    const env = envOf(spec).map((name) => [name, spec.envValues[name] ?? this.wish.env[name] ?? null]);
    return JSON.stringify([runOf(spec, ["mix"]), spec.rsp, spec.cwd, env, declaredInputs(spec), outs, spec.inout, spec.depfile, spec.stdout]);
  }

  /** An absent intermediate of a fresh task stands by its recorded hash. */
  private identityNow(path: string): string {
    if (this.tree.has(path)) return inputIdentity(this.tree, path);
    const owner = ownerOf(this.project, path);
    const middle = owner?.outs.some((out) => out.kind === "file" && out.path === path && out.role === "intermediate");
    return (middle === true ? this.memories.get(owner!.name)?.left.get(path) : undefined) ?? "-";
  }

  private now(paths: Iterable<string>): Seen {
    return new Map([...paths].map((path) => [path, this.identityNow(path)]));
  }

  private inputsNow(spec: Spec): Seen {
    const { literals, globs } = declared(spec);
    const middles = this.project.tasks.flatMap((other) => other.outs.flatMap((out) => (out.kind === "file" && out.role === "intermediate" ? [out.path] : [])));
    const files = [...this.tree].filter(([, node]) => node.kind !== "dir").map(([path]) => path);
    const there = new Set([...files, ...middles.filter((path) => this.identityNow(path) !== "-")]);
    return this.now([...globbed(globs, there), ...literals.map((read) => read.path), ...spec.inout].sort());
  }

  /** Outputs of what stands for `deps`, or keys where there are none. */
  private depsNow(spec: Spec): Map<number, Seen> {
    return new Map(depsOf(this.project, spec).map((dep) => {
      const memory = this.memories.get(dep.name);
      return [dep.tag, hasOutputs(dep) ? new Map([...(memory?.left ?? []), ...this.now(dep.inout)]) : new Map([["key", memory?.key ?? ""]])];
    }));
  }

  /** Makers of absent intermediates that a run of `spec` needs on disk. */
  private virtualMakers(spec: Spec): Spec[] {
    return this.absentMakers([...this.inputsNow(spec).keys()]);
  }

  /** The same for what `deps` name; a file that its reader deletes may be gone by then in any build. */
  private depMakers(spec: Spec, sure: boolean): Spec[] {
    const deleted = this.project.tasks.flatMap((other) => other.deletes);
    return this.absentMakers(depsOf(this.project, spec).flatMap((dep) => literalOuts(dep)).filter((path) => deleted.includes(path) !== sure));
  }

  private absentMakers(paths: readonly string[]): Spec[] {
    return [...new Set(paths.flatMap((path) => (!this.tree.has(path) && this.identityNow(path) !== "-" ? [ownerOf(this.project, path)!] : [])))];
  }

  private remake(spec: Spec): void {
    const makers = (): Spec[] => [...this.virtualMakers(spec), ...this.depMakers(spec, true)];
    for (const maker of makers()) {
      if (!makers().includes(maker)) continue;
      this.forecast.must.set(maker.tag, `needed by ${spec.name}`);
      this.run(maker);
    }
    for (const maker of this.depMakers(spec, false)) {
      this.forecast.may.add(maker.tag);
      if (this.wish.ran?.has(maker.tag) === true && !this.forecast.must.has(maker.tag)) this.run(maker);
    }
  }

  private run(spec: Spec): void {
    this.remake(spec);
    const old = this.memories.get(spec.name);
    const inputs = this.inputsNow(spec);
    const deps = this.depsNow(spec);
    this.clear(spec, old);
    if (spec.rsp !== null) put(this.tree, rspOf(spec.tag), { kind: "file", text: spec.rsp, exec: false });
    const before = new Map(this.tree);
    const env = { ...this.wish.env, ...spec.envValues, TG_ATTEMPT: undefined };
    const { exit, stdout } = mix({ args: mixArgs(spec), cwd: spec.cwd, env, files: treeFiles(this.tree) });
    if (exit !== 0) return this.fail(spec, before, old);
    if (this.wish.restored?.has(spec.tag) === true) for (const path of spec.deletes) if (before.has(path)) this.tree.set(path, before.get(path)!);
    if (spec.stdout) put(this.tree, stdoutOf(spec.tag), { kind: "file", text: stdout, exec: false });
    for (const path of spec.inout) inputs.set(path, inputIdentity(this.tree, path));
    const parts = this.parts(spec);
    this.memories.set(spec.name, {
      status: "ok", tag: spec.tag, parts, inputs, deps, discovered: this.discovered(spec), left: this.leftBy(spec),
      key: keyOf(parts, inputs, deps),
    });
  }

  /** What goes before a run so that nothing of an earlier state survives (semantics 10, promise 1). */
  private clear(spec: Spec, old: Memory | undefined): void {
    for (const out of spec.outs) {
      if (out.kind === "tree") for (const path of [out.path, ...below(this.tree, out.path)]) this.tree.delete(path);
      else if (out.kind === "glob") for (const path of old?.status === "unsure" ? below(this.tree, out.dir) : (old?.left.keys() ?? [])) if (path.startsWith(`${out.dir}/`)) this.tree.delete(path);
      if (out.kind === "file" && (out.optional || old?.status !== "ok")) this.tree.delete(out.path);
    }
  }

  private fail(spec: Spec, before: Tree, old: Memory | undefined): void {
    for (const path of literalOuts(spec)) if (!spec.inout.includes(path) && this.tree.get(path) !== before.get(path)) this.tree.delete(path);
    for (const path of [...this.tree.keys()]) if (claims(spec, path) && this.tree.get(path) !== before.get(path) && !spec.inout.includes(path)) this.tree.delete(path);
    this.forecast.failed.add(spec.tag);
    const empty = { tag: spec.tag, parts: "", inputs: new Map(), discovered: new Map(), deps: new Map(), left: old?.left ?? new Map(), key: "" };
    this.memories.set(spec.name, { ...empty, status: "failed" });
  }

  private discovered(spec: Spec, identity: (path: string) => string = (path) => inputIdentity(this.tree, path)): Seen {
    const node = this.tree.get(depfileOf(spec.tag));
    if (!spec.depfile || node?.kind !== "file") return new Map();
    const paths = node.text.split("\n").filter((line) => line !== "").map((line) => resolve(spec.cwd === "" ? "x" : `${spec.cwd}/x`, line));
    return new Map(paths.map((path) => [path, identity(path)]));
  }

  private leftBy(spec: Spec): Seen {
    const made = [...literalOuts(spec), ...[...this.tree.keys()].filter((path) => claims(spec, path))].filter((path) => !spec.inout.includes(path));
    return new Map(made.map((path) => [path, outputIdentity(this.tree, path)]));
  }

  /** tg did not run an unsure task: then it must be as if it had just run. */
  private adopt(spec: Spec): void {
    const old = this.memories.get(spec.name)!;
    const left = this.leftBy(spec);
    const again = this.tryRun(spec);
    for (const out of spec.outs) if (out.kind === "file" && out.role === "intermediate" && left.get(out.path) === "-" && old.left.has(out.path)) left.set(out.path, outputIdentity(again, out.path));
    const parts = this.parts(spec);
    const inputs = this.inputsNow(spec);
    const deps = old.status === "ok" ? old.deps : this.depsNow(spec);
    this.memories.set(spec.name, { ...old, status: "ok", doubt: old.doubt === true || old.status === "unsure", parts, inputs, deps, left, discovered: this.discovered(spec, (path) => this.identityNow(path)), key: keyOf(parts, inputs, deps) });
  }

  /** The tree that a run would leave; this one stays as it is. */
  private tryRun(spec: Spec): Tree {
    const scratch: Tree = new Map(this.tree);
    for (const [path, identity] of this.inputsNow(spec)) if (!scratch.has(path) && identity !== "-") put(scratch, path, { kind: "file", text: identity.slice(1), exec: identity[0] === "x" });
    if (spec.rsp !== null) put(scratch, rspOf(spec.tag), { kind: "file", text: spec.rsp, exec: false });
    mix({ args: mixArgs(spec), cwd: spec.cwd, env: { ...this.wish.env, ...spec.envValues }, files: treeFiles(scratch) });
    return scratch;
  }

  /** A vanished task and a new one with equal definition are one (semantics 11). */
  private relabel(): void {
    const live = new Set(this.project.tasks.map((spec) => spec.name));
    for (const [name, memory] of [...this.memories]) {
      if (live.has(name)) continue;
      const heir = this.project.tasks.find((spec) => spec.tag === memory.tag && !this.memories.has(spec.name) && memory.parts === this.parts(spec));
      if (heir === undefined) continue;
      this.memories.delete(name);
      this.memories.set(heir.name, memory);
    }
  }

  /** Outputs that nobody claims any more go, if they are as they were left (semantics 11). */
  private removeLeftovers(): void {
    const live = new Set(this.project.tasks.map((spec) => spec.name));
    const sources = new Set(this.project.tasks.flatMap((spec) => declared(spec).literals.map((read) => read.path)));
    for (const [name, memory] of [...this.memories]) {
      for (const [path, identity] of [...memory.left].sort(([a], [b]) => (a < b ? 1 : -1))) {
        const owner = ownerOf(this.project, path);
        const shared = owner !== undefined && owner.name !== name && owner.outs.some((out) => out.kind === "glob" && path.startsWith(`${out.dir}/`)) && this.memories.get(owner.name)?.left.has(path) !== true;
        if (owner !== undefined && !shared) {
          if (owner.name !== name) memory.left.delete(path);
          continue;
        }
        if (memory.doubt === true || memory.status === "unsure") this.forecast.loose.add(path);
        const full = identity === "d" && below(this.tree, path).length > 0;
        if (!sources.has(path) && !full && outputIdentity(this.tree, path) === identity) this.tree.delete(path);
        // Should the old definition come back, its output is missing, or not as it was left.
        if (sources.has(path)) memory.left.delete(path);
      }
      if (!live.has(name)) this.memories.delete(name);
    }
  }
}

/** Semantics 4, shapes: such a command runs in every build. */
function nothingToJudgeBy(spec: Spec): boolean {
  return spec.reads.every((read) => read.kind === "hidden") && spec.extra.length + spec.deps.length + envOf(spec).length === 0 && !hasOutputs(spec) && !spec.depfile;
}

function keyOf(parts: string, inputs: Seen, deps: Map<number, Seen>): string {
  return JSON.stringify([parts, [...inputs].sort(), [...deps.values()].flatMap((seen) => [...seen]).sort()]);
}

function differ(what: string, old: Seen, now: Seen): string | null {
  for (const [path, identity] of old) if (now.get(path) !== identity) return `${what} ${path}: ${identity} -> ${now.get(path) ?? "not matched"}`;
  for (const path of now.keys()) if (!old.has(path)) return `${what} ${path}: added`;
  return null;
}
