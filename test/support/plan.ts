// A plan spoken to by names, for tests of the schedule. Knows no processes.
import { usersOf } from "../../src/graph/graph.ts";
import { linkGraph } from "../../src/graph/link.ts";
import { NO_SETTINGS, type Settings } from "../../src/model/limits.ts";
import type { Graph } from "../../src/model/graph.ts";
import { demandsOf, type Demands } from "../../src/schedule/plan/demand.ts";
import { createPlan, type Ending, type Plan, type PlanOptions } from "../../src/schedule/plan/plan.ts";
import { project, type Short } from "../unit/graph/project.ts";

export type Extra = Partial<Omit<PlanOptions, "graph" | "wanted" | "skipped">> & { readonly settings?: Settings; readonly skip?: readonly string[]; readonly only?: readonly string[]; /** The graph has been turned round before, as in a watch. */ readonly turned?: boolean };

/** A plan spoken to by names. */
export class Build {
  readonly graph: Graph;
  readonly plan: Plan;
  readonly demands: Demands;
  now = 0;

  constructor(shorts: Readonly<Record<string, Short>>, extra: Extra = {}) {
    const result = linkGraph(project(shorts, { settings: extra.settings ?? NO_SETTINGS }));
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    this.graph = result.value;
    const flags = (names: readonly string[]): Uint8Array => Uint8Array.from({ length: this.graph.count }, (_, i) => Number(names.includes(this.graph.name(i))));
    const { skip = [], only = Object.keys(shorts), settings: _, turned = false, ...rest } = extra;
    if (turned) usersOf(this.graph);
    this.demands = demandsOf(this.graph, { cpu: 4, memory: 1000 });
    this.plan = createPlan({
      graph: this.graph, wanted: flags(only), skipped: flags(skip), demands: this.demands, jobs: 2, keepGoing: false, maxFailures: Infinity,
      durationMs: () => 0, failedLast: () => false, inConfigOrder: false, ...rest,
    });
  }

  start(): string | null {
    const next = this.plan.next(this.now);
    return next < 0 ? null : this.graph.name(next);
  }

  /** Starts all that may start. */
  startAll(): string[] {
    const names: string[] = [];
    for (let name = this.start(); name !== null; name = this.start()) names.push(name);
    return names;
  }

  /** `passes`: what has nothing to do once its needs are made. */
  end(name: string, ending: Ending = "done", passes: readonly string[] = []): string[] {
    return this.plan.finish(this.graph.indexOf(name), ending, (task) => passes.includes(this.graph.name(task))).map((i) => this.graph.name(i));
  }

  /** Starts one that goes on in earnest. */
  launch(): string | null {
    const name = this.start();
    if (name !== null) this.plan.launched(this.graph.indexOf(name), this.now);
    return name;
  }

  place(name: string): string {
    return this.plan.placeOf(this.graph.indexOf(name));
  }

  want(name: string): boolean {
    return this.plan.want(this.graph.indexOf(name));
  }

  hold(name: string, until: readonly string[]): string[] {
    return this.plan.hold(this.graph.indexOf(name), until.map((need) => this.graph.indexOf(need))).map((i) => this.graph.name(i));
  }

  places(): Record<string, string> {
    return Object.fromEntries(Array.from({ length: this.graph.count }, (_, i) => [this.graph.name(i), this.plan.placeOf(i)]));
  }

  counts(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.plan.counts()).filter(([, count]) => count > 0));
  }

  /** Runs to the end, one at a time. */
  run(): string[] {
    const names: string[] = [];
    for (let name = this.start(); name !== null; name = this.start()) {
      names.push(name);
      this.end(name);
    }
    return names;
  }
}
