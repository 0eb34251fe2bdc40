// Positions of tasks in a picture: a layer by the longest path from a source, an order within it with few crossings. Numbers in,
// numbers out.

export interface Layout {
  /** By task: column, and position in it from 0. */
  readonly layer: Int32Array;
  readonly place: Int32Array;
  readonly layers: readonly (readonly number[])[];
}

/** `needs[i]`: tasks that task `i` needs; all have smaller indices. */
export function layout(needs: readonly (readonly number[])[]): Layout {
  const layer = new Int32Array(needs.length);
  needs.forEach((list, task) => {
    for (const need of list) layer[task] = Math.max(layer[task]!, layer[need]! + 1);
  });
  const layers: number[][] = [];
  layer.forEach((at, task) => (layers[at] ??= []).push(task));
  const users: number[][] = needs.map(() => []);
  needs.forEach((list, task) => list.forEach((need) => users[need]!.push(task)));
  const place = new Int32Array(needs.length);
  const settle = (): void => layers.forEach((tasks) => tasks.forEach((task, at) => (place[task] = at)));
  settle();
  for (let sweep = 0; sweep < 4; sweep++) {
    const beside = sweep % 2 === 0 ? needs : users;
    for (const tasks of layers) {
      const weight = new Map(tasks.map((task) => [task, middle(beside[task]!, place) ?? place[task]!]));
      tasks.sort((a, b) => weight.get(a)! - weight.get(b)! || a - b);
    }
    settle();
  }
  return { layer, place, layers };
}

function middle(tasks: readonly number[], place: Int32Array): number | null {
  return tasks.length === 0 ? null : tasks.reduce((sum, task) => sum + place[task]!, 0) / tasks.length;
}

/** Assigns bars to as few lanes as possible: the lane of each, by start. Times in ms. */
export function lanes(bars: readonly { readonly start: number; readonly end: number }[]): number[] {
  const free: number[] = [];
  const order = bars.map((_, i) => i).sort((a, b) => bars[a]!.start - bars[b]!.start || a - b);
  const lane = new Array<number>(bars.length);
  for (const bar of order) {
    let at = free.findIndex((until) => until <= bars[bar]!.start);
    if (at < 0) at = free.length;
    free[at] = bars[bar]!.end;
    lane[bar] = at;
  }
  return lane;
}
