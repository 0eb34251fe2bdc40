// What `status` and `why` print when everything is fresh, straight from columns: otherwise ten thousand rows would be built
// to print one number. Used by the first door and by a watch that answers.
import type { Fresh } from "./cli/glance.ts";
import { familyOf } from "./graph/family.ts";
import { isTemp } from "./graph/temp.ts";
import { PLAIN } from "./report/color.ts";
import { allFreshLine, MANY, statusLines, type StatusRow } from "./report/status.ts";
import { whyLines } from "./report/why.ts";

export function freshStatus(found: Fresh, command: { readonly all: boolean; readonly targets: readonly string[]; readonly check: boolean; readonly quiet: boolean }): string {
  if (command.check && command.quiet) return "";
  const { graph, wanted, total } = found;
  const all = command.all || command.targets.length > 0;
  let listed = all || total <= MANY;
  for (let task = 0; task < graph.count && !listed; task++) listed = familyOf(graph, task) >= 0;
  return textOf(listed ? statusLines(rowsOf(found, wanted), { paint: PLAIN, verbose: 0, all, edited: [], hasTasks: graph.count > 0 }) : [allFreshLine(total)]);
}

export function freshWhy(found: Fresh): string {
  return rowsOf(found, found.asked).map((row) => textOf(whyLines([row], { paint: PLAIN, verbose: false }))).join("");
}

export function textOf(lines: readonly string[]): string {
  return lines.join("\n") + "\n";
}

function rowsOf({ graph, store, bits, services }: Fresh, chosen: Uint8Array): StatusRow[] {
  const rows: StatusRow[] = [];
  for (let task = chosen.indexOf(1); task >= 0; task = chosen.indexOf(1, task + 1)) {
    const name = graph.name(task);
    const family = familyOf(graph, task);
    rows.push({
      name, state: "fresh", barrier: graph.isBarrier(task), ...(services?.[task] === 1 ? { service: true } : {}), reasons: [], virtual: bits[task] === 3, temp: bits[task] === 3 && isTemp(graph, task), error: null, blockedBy: null,
      ...(family < 0 ? {} : { family: graph.name(family) }),
      get key() { return store.get(name)?.key ?? ""; },
      get last() { return null; },
    });
  }
  return rows;
}
