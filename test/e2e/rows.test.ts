// The acceptance rows (test/fixtures/rows.sh) on this checkout's build; scripts/rows.mjs runs them on the packed package.
import assert from "node:assert/strict";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "node:test";
import { packageDir, repo } from "../support/rig.ts";

interface Row {
  readonly id: string;
  readonly title: string;
  readonly script: string;
}

interface Rows {
  readRows(): readonly Row[];
  runRow(row: Row, packageDir: string, env: Record<string, string>): string | null;
}

const rows = (await import(pathToFileURL(path.join(repo, "scripts/rows.mjs")).href)) as Rows;
/** The full 10,000 tasks of R35 are for scripts/rows.mjs. */
const smaller = { MANY: "500" };

for (const row of rows.readRows()) {
  test(`${row.id} ${row.title}`, () => {
    const trouble = rows.runRow(row, packageDir, smaller);
    assert.ok(trouble === null, trouble ?? "");
  });
}
