// The program that evaluates a config for a tg that lives long, and ends (config/apart.ts). Knows no stored graph.
import process from "node:process";
import { isAnsweredYes, say, type Errand } from "./config/apart.ts";

async function run(): Promise<void> {
  const errand = JSON.parse(process.argv[2]!) as Errand;
  process.argv = [...errand.argv];
  const { loadChecked, isTemporaryUsed } = await import("./config/entry.ts");
  let asked = false;
  const list = (): null => ((asked = true), null);
  const isKnown = (text: string): boolean => (say({ kind: "known", text }), isAnsweredYes());
  const result = await loadChecked({ ...errand, list }, errand.asks ? isKnown : undefined);
  // Lists are known to the other tg alone, and what was compiled into a temporary folder goes with this process.
  say(asked || isTemporaryUsed() ? { kind: "unfit" } : { kind: "loaded", result });
}

run().then(() => process.exit(0), () => process.exit(1));
