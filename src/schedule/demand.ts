// Which tasks take what: pools, resources, rates and the terminal, as a few kinds of demand that many tasks share. Pure.
import type { Graph } from "../model/graph.ts";
import type { Rate } from "../model/limits.ts";
import { takesNothing, type Task } from "../model/task.ts";
import type { Demand, SupplyOptions } from "./supply.ts";

export interface Demands extends SupplyOptions {
  /** Kind of a task: index into `kinds`. */
  readonly kindOf: Int32Array;
  readonly kinds: readonly Demand[];
  /** Tasks that ask for more of a resource than there is. */
  readonly over: readonly Over[];
  /** By what names and texts the numbers are found: they stand when more is added. */
  readonly book: Book;
}

interface Book {
  readonly limits: ReadonlyMap<string, number>;
  readonly rates: ReadonlyMap<string, number>;
  readonly kinds: ReadonlyMap<string, number>;
}

export interface Over {
  readonly task: number;
  readonly resource: string;
  readonly asked: number;
  readonly total: number;
}

/** Resources that every machine has; the config may set others and other totals. */
export interface Machine {
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
}

const PLAIN: Demand = { takes: [], rates: [], alone: false };

/** `before`: of the same graph when it was smaller. */
export function demandsOf(graph: Graph, wanted: Uint8Array, machine: Machine, before: Demands | null = null): Demands {
  const { pools, resources } = graph.settings;
  const totals: Record<string, number> = { cpu: machine.cpu, memory: machine.memory, ...resources };
  const limits = new Map(before?.book.limits);
  const sizes = [...(before?.totals ?? [])];
  const rates = [...(before?.rates ?? [])];
  const rateIndex = new Map(before?.book.rates);
  const kinds = [...(before?.kinds ?? [PLAIN])];
  const kindOf = new Int32Array(graph.count);
  const byText = new Map(before?.book.kinds);
  const over: Over[] = [];

  const limit = (name: string, total: number): number => {
    let at = limits.get(name);
    if (at === undefined) limits.set(name, (at = sizes.push(total) - 1));
    return at;
  };
  const rate = (name: string, one: Rate): number => {
    let at = rateIndex.get(name);
    if (at === undefined) rateIndex.set(name, (at = rates.push(one) - 1));
    return at;
  };
  const demandOf = (task: Task): Demand => {
    const takes: [number, number][] = [];
    const counted: number[] = [];
    const pool = task.pool === "" ? undefined : pools[task.pool];
    if (task.console) takes.push([limit("console", 1), 1]);
    if (pool !== undefined && pool.size !== null) takes.push([limit(`pool ${task.pool}`, pool.size), 1]);
    if (pool !== undefined && pool.rate !== null) counted.push(rate(`pool ${task.pool}`, pool.rate));
    for (const [name, amount] of Object.entries(task.resources)) takes.push([limit(`resource ${name}`, totals[name] ?? 0), amount]);
    if (task.rate !== null) counted.push(rate(`${familyOf(task)} ${task.rate.count}/${task.rate.perMs}`, task.rate));
    return { takes, rates: counted, alone: takes.some(([at, amount]) => amount > sizes[at]!) };
  };

  for (const index of graph.limited?.() ?? Array.from({ length: graph.count }, (_, task) => task)) {
    if (wanted[index] === 0 || graph.isBarrier(index)) continue;
    const task = graph.task(index);
    if (takesNothing(task)) continue;
    for (const [resource, asked] of Object.entries(task.resources)) {
      const total = totals[resource] ?? 0;
      if (asked > total) over.push({ task: index, resource, asked, total });
    }
    const text = JSON.stringify([task.console, task.pool, task.resources, task.rate === null ? 0 : [familyOf(task), task.rate]]);
    let kind = byText.get(text);
    if (kind === undefined) byText.set(text, (kind = kinds.push(demandOf(task)) - 1));
    kindOf[index] = kind;
  }
  return { totals: sizes, rates, kindOf, kinds, over, book: { limits, rates: rateIndex, kinds: byText } };
}

/** Instances of one family share its rate. */
function familyOf(task: Task): string {
  return task.each?.family ?? task.name;
}
