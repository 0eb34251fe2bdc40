// Each section of docs/coming-from.md as it stands there: its config, and the shell text that runs it.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { packageDir, repo, workspace } from "../support/rig.ts";

const page = fs.readFileSync(path.join(repo, "docs/coming-from.md"), "utf8");
const sections = page.split(/^## /m).slice(1).map((text) => ({
  title: text.split("\n")[0]!,
  config: /```ts\n([^]*?)```/.exec(text)?.[1],
  script: /```sh\n([^]*?)```/.exec(text)?.[1],
}));

test("every section with a config has a text that runs it", () => {
  assert.deepEqual(sections.map(({ title }) => title), ["make", "ninja", "npm scripts", "Turborepo", "Wireit", "Snakemake", "lineapy", "pyperunner", "pydatatask", "gain.task_graph", "flytekit"]);
  assert.deepEqual(sections.filter(({ config, script }) => (config === undefined) !== (script === undefined)), []);
});

for (const { title, config, script } of sections) {
  if (config === undefined || script === undefined) continue;
  test(title, async () => {
    const w = await workspace({ "tasks.config.ts": config });
    fs.mkdirSync(path.join(w.dir, "node_modules"), { recursive: true });
    if (!fs.existsSync(path.join(w.dir, "node_modules/tg-build"))) fs.symlinkSync(packageDir, path.join(w.dir, "node_modules/tg-build"));
    const ran = await w.sh(`set -e\n${script}`);
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  });
}
