// Targets against samples: which figure is taken, over what, and that a missed one is called missed.
import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";

interface Row {
  readonly ms: readonly (number | undefined)[];
  readonly cpu: readonly number[];
  readonly peak: readonly number[];
  readonly ran: readonly (number | null)[];
}
type Phase = { readonly name: string; readonly title: string; readonly rows: ReadonlyMap<string, Row> };
interface Section {
  readonly layout: string;
  readonly work: string;
  readonly count: number;
  readonly reach: number;
  readonly labels: readonly string[];
  readonly yardstick: string | undefined;
  readonly failed: readonly string[];
  readonly phases: readonly Phase[];
}
interface Tables {
  sectionText(section: Section): string;
  shortText(sections: readonly Section[]): string;
  surprises(section: Section, peers: readonly { name: string; layout: string; expect?: Readonly<Record<string, number>> }[]): string[];
}

const load = (name: string): Promise<unknown> => import(join(process.env["TG_REPO"]!, "bench", name));
const { targetsText } = (await load("targets.mjs")) as { targetsText(results: { sections: readonly Section[]; cases: readonly unknown[]; micro: readonly unknown[] }): string };
const { sectionText, shortText, surprises } = (await load("tables.mjs")) as Tables;

const row = (ms: readonly (number | undefined)[], ran: readonly (number | null)[] = [null]): Row => ({ ms, cpu: [1, 2], peak: [10, 30], ran });

/** ninja's median is not the one its ratio goes by: the second round was disturbed for both. */
function section(layout: string, count: number, phases: Readonly<Record<string, Readonly<Record<string, Row>>>>): Section {
  const all = Object.entries(phases).map(([name, rows]): Phase => ({ name, title: name, rows: new Map(Object.entries(rows)) }));
  const labels = [...new Set(all.flatMap((phase) => [...phase.rows.keys()]))];
  return { layout, work: "cp", count, reach: 7, failed: [], labels, yardstick: labels.find((label) => label.startsWith("ninja")), phases: all };
}

const FILES = section("files", 10_000, {
  noop: { "ninja 1.11.1": row([100, 400, 110], [0]), "make -rR 4.3": row([50], [0]), tg: row([110, 440, 121], [0, 0, 2]), "node (empty)": row([20, 20, 20]), "tg status": row([220, 880, 242]) },
  leaf: { "ninja 1.11.1": row([100, 100], [1]), tg: row([150, undefined], [1]) },
});
const PACKAGES = section("packages", 100, { noop: { tg: row([40]), "turbo 2.11.11": row([100]), "turbo 2.11.11 (native program)": row([60]) } });

test("targets take the median of the rounds' ratios, and say met or missed", () => {
  const text = targetsText({ sections: [FILES, PACKAGES], cases: [], micro: [{ name: "judge", count: 1000, ours: 2 }, { name: "judge", count: 100_000, ours: 2.2 }] });
  const lines = text.split("\n").filter((line) => line.startsWith("| ")).slice(2);
  assert.deepEqual(lines, [
    "| no-op, 10,000 tasks, node | ≤ 1.20 × ninja | 1.10 | met |",
    "| tg status, 10,000 tasks | ≤ 1.10 × no-op | 2.00 | missed |",
    "| leaf, 10,000 tasks | ≤ 1.30 × ninja | 1.50 | missed |",
    "| judge: cost a task, 1,000 to 100,000 | ≤ 1.20 × linear | 1.10 | met |",
    "| no-op beside turbo 2.11.11, 100 packages | ≤ 0.33 × of it | 0.40 | missed |",
    "| no-op beside turbo 2.11.11 (native program), 100 packages | ≤ 0.33 × of it | 0.67 | missed |",
  ]);
  assert.equal(targetsText({ sections: [], cases: [], micro: [] }), "");
});

test("a table puts empty starts and tg first and divides by the yardstick", () => {
  const lines = sectionText(FILES).split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| tool") && !line.startsWith("| ---")).slice(0, 5);
  assert.deepEqual(lines.map((line) => line.split(" | ").slice(0, 5).join(" | ")), [
    "| node (empty) |  | 20.0 | 20.0–20.0 | 0.18",
    "| tg | 0–2 | 121 | 110–440 | 1.10",
    "| tg status |  | 242 | 220–880 | 2.20",
    "| ninja 1.11.1 | 0 | 110 | 100–400 | 1.00",
    "| make -rR 4.3 | 0 | 50.0 | – | 0.50",
  ]);
  assert.match(shortText([FILES]), /^\| 10000 tasks, noop \| 121 ms \| ninja 1\.11\.1: 110 ms \(tg × 1\.10\), make -rR 4\.3: 50\.0 ms \(tg × 2\.20\) \|$/m);
});

test("tg running more than it must is said", () => {
  const peers = [{ name: "tg", layout: "files", expect: { noop: 0, leaf: 1 } }];
  assert.deepEqual(surprises(FILES, peers), ['tg ran 0–2 tasks in "noop" at 10000; 0 would have done.']);
  assert.deepEqual(surprises(PACKAGES, peers), []);
});
