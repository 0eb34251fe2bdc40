// The program that evaluates a config in a process of its own for a long-lived tg, then exits (config/apart.ts). Knows no stored graph.
import process from "node:process";
import { ask, marksOf, say, type Errand } from "./config/apart.ts";
import type { LoadOptions } from "./config/load.ts";

async function run(): Promise<void> {
  const errand = JSON.parse(process.argv[2]!) as Errand;
  process.argv = [...errand.argv];
  const { loadChecked, loadEdited, isTemporaryUsed } = await import("./config/entry.ts");
  const options: LoadOptions = {
    ...errand,
    list: (source) => ask({ kind: "list", source }) as readonly unknown[] | null,
    onKept: (kept) => say({ kind: "made", files: marksOf(kept) }),
  };
  if (errand.edited.length > 0) {
    const edited = await loadEdited(options, new Set(errand.edited));
    if (edited === null || isTemporaryUsed()) return say({ kind: "edited", edited: null });
    const { sources, moduleFor, ...rest } = edited;
    return say({ kind: "edited", edited: { ...rest, modules: new Map(sources().map((source) => [source, moduleFor(source)])) } });
  }
  const result = await loadChecked(options, errand.asks ? (text) => ask({ kind: "known", text }) === true : undefined);
  // Modules compiled into a temporary folder disappear with this process.
  say(isTemporaryUsed() ? { kind: "unfit" } : { kind: "loaded", result });
}

run().then(() => process.exit(0), () => process.exit(1));
