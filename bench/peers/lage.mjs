// lage. It starts `npm run` for each package, which is most of its full build.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { commitAll, writeWorkspace } from "../workspace.mjs";

const CONFIG = `module.exports = {
  npmClient: "npm",
  pipeline: { build: { dependsOn: ["^build"], inputs: ["src/**"], outputs: ["out/**"] } },
  cacheOptions: { cacheStorageConfig: { provider: "local" }, outputGlob: ["out/**"] },
};
`;

function write(dir, graph) {
  writeWorkspace(dir, graph);
  writeFileSync(join(dir, "lage.config.js"), CONFIG);
  commitAll(dir);
}

function ran(output) {
  return Number(/success: (\d+)/.exec(output)?.[1] ?? NaN);
}

export default function peers(machine) {
  const lage = machine.installed("lage/dist/lage.js");
  if (lage === null) return [{ name: "lage", missing: "lage is not in bench/node_modules" }];
  return [
    {
      name: `lage ${machine.version(["npm", "--prefix", machine.modules + "/lage", "pkg", "get", "version"])}`,
      layout: "packages",
      argv: () => [machine.node, lage, "build", "--concurrency", String(machine.jobs)],
      write,
      state: ["node_modules/.cache*", "packages/*/node_modules"],
      config: { file: "lage.config.js", mark: "//" },
      ran,
      max: 1000,
      unchecked: "no early cut-off; whether outputs were edited was not established",
    },
  ];
}
