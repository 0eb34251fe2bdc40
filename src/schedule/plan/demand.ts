// What each task uses: pools, resources, rates and the terminal, as a few kinds of demand that many tasks share. Pure.
import type { Graph } from "../../model/graph.ts";
import type { Rate } from "../../model/limits.ts";
import { takesNothing, type Task } from "../../model/task.ts";
import type { Demand, SupplyOptions } from "./supply.ts";

/** Filled as tasks are asked about. Lists only grow, and entries keep their index. */
export interface Demands extends SupplyOptions {
  /** Index into `kinds`. */
  kindOf(task: number): number;
  readonly kinds: readonly Demand[];
  /** Demands of the task that exceed the total. */
  over(task: number): Over[];
  /** Tasks that may use something. */
  readonly limited: readonly number[];
  /** Carried over to a grown graph, so that what is held under a number now is released under the same number later. */
  readonly book: Book;
}

/** Maps names and texts to the numbers and entries. */
interface Book {
  readonly limits: Map<string, number>;
  readonly rates: Map<string, number>;
  readonly kinds: Map<string, number>;
  readonly totals: number[];
  readonly rateOf: Rate[];
  readonly demands: Demand[];
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
  /** In MiB. */
  readonly memory: number;
}

const PLAIN: Demand = { takes: [], rates: [], alone: false };
/** The task has not been asked about. */
const UNKNOWN = -1;

/** Looks at no task before it is asked about: of ten thousand in a pool one may run. `before`: the demands of the same graph before it grew. */
export function demandsOf(graph: Graph, machine: Machine, before: Demands | null = null): Demands {
  const { pools, resources } = graph.settings;
  // The machine is asked on demand: few graphs share anything of it.
  const amountOf = (name: string): number => resources[name] ?? (name === "cpu" ? machine.cpu : name === "memory" ? machine.memory : 0);
  const book: Book = before?.book ?? { limits: new Map(), rates: new Map(), kinds: new Map(), totals: [], rateOf: [], demands: [PLAIN] };
  const limited = graph.limited?.() ?? Array.from({ length: graph.count }, (_, task) => task);
  const known = new Int32Array(graph.count);
  for (const task of limited) if (!graph.isBarrier(task)) known[task] = UNKNOWN;

  const limit = (name: string, total: number): number => {
    let at = book.limits.get(name);
    if (at === undefined) book.limits.set(name, (at = book.totals.push(total) - 1));
    return at;
  };
  const rate = (name: string, one: Rate): number => {
    let at = book.rates.get(name);
    if (at === undefined) book.rates.set(name, (at = book.rateOf.push(one) - 1));
    return at;
  };
  const demandOf = (task: Task): Demand => {
    const takes: [number, number][] = [];
    const counted: number[] = [];
    const pool = task.pool === "" ? undefined : pools[task.pool];
    if (task.console) takes.push([limit("console", 1), 1]);
    if (pool !== undefined && pool.size !== null) takes.push([limit(`pool ${task.pool}`, pool.size), 1]);
    if (pool !== undefined && pool.rate !== null) counted.push(rate(`pool ${task.pool}`, pool.rate));
    for (const [name, amount] of Object.entries(task.resources)) takes.push([limit(`resource ${name}`, amountOf(name)), amount]);
    if (task.rate !== null) counted.push(rate(`${familyOf(task)} ${task.rate.count}/${task.rate.perMs}`, task.rate));
    return { takes, rates: counted, alone: takes.some(([at, amount]) => amount > book.totals[at]!) };
  };
  const lookedUp = (task: Task): number => {
    if (takesNothing(task)) return 0;
    const text = JSON.stringify([task.console, task.pool, task.resources, task.rate === null ? 0 : [familyOf(task), task.rate]]);
    let kind = book.kinds.get(text);
    if (kind === undefined) book.kinds.set(text, (kind = book.demands.push(demandOf(task)) - 1));
    return kind;
  };

  return {
    totals: book.totals, rates: book.rateOf, kinds: book.demands, limited, book,
    kindOf: (task) => (known[task] === UNKNOWN ? (known[task] = lookedUp(graph.task(task))) : known[task]!),
    over: (task) => Object.entries(graph.task(task).resources).flatMap(([resource, asked]) => (asked > amountOf(resource) ? [{ task, resource, asked, total: amountOf(resource) }] : [])),
  };
}

/** Instances of one family share its rate. */
function familyOf(task: Task): string {
  return task.each?.family ?? task.name;
}
