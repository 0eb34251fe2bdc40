import { defineConfig } from "tg-build";

const SOURCES = ["src/**/*.ts", "package.json", "tsconfig.json"];
const TESTS = ["test/**", "scripts/*.mjs"];

export default defineConfig({
  default: ["check", "declarations", "unit", "e2e"],
  tasks: {
    types: { description: "type-check sources, tests and benchmarks", inputs: [...SOURCES, "test/**/*.ts"], run: ["tsc", "-p", ".", "--noEmit"] },
    lint: { inputs: ["src/**/*.ts", "test/**/*.ts", "bench/*", "scripts/*"], run: ["oxlint", "--deny-warnings", "src", "test", "bench", "scripts"] },
    bundle: {
      description: "the command and the public entries",
      inputs: ["scripts/bundle.mjs", "package.json"],
      outputs: ["dist/main.cjs", "dist/config.cjs", "dist/engine.cjs", "dist/child.mjs", "dist/index.js", "dist/api.js", "dist/register.js"],
      depfile: { path: "out/bundle.inputs", format: "lines" },
      run: "node scripts/bundle.mjs --depfile out/bundle.inputs",
    },
    declarations: { description: "types of the public entries", inputs: [...SOURCES, "scripts/types.mjs"], outputs: ["dist/types/"], run: ["node", "scripts/types.mjs"] },
    licenses: { inputs: ["LICENSES.txt", "scripts/licenses.mjs", "dist/main.cjs", "dist/config.cjs"], run: ["node", "scripts/licenses.mjs", "--check"] },
    docs: { description: "docs/cli.md, links, length of the README", inputs: ["README.md", "CHANGELOG.md", "docs/*", "examples/*/README.md", "src/cli/*.ts", "scripts/docs.mjs", ".ci/run"], run: ["node", "scripts/docs.mjs", "--check"] },
    unit: { inputs: [...SOURCES, ...TESTS], deps: ["types"], run: ["node", "scripts/test.mjs", "unit"], tags: ["test"] },
    e2e: { inputs: [...TESTS, "bin/*", "examples/**", "!examples/*/{dist,out,obj,gen,build}/**"], deps: ["bundle"], run: ["node", "scripts/test.mjs", "e2e"], tags: ["test"] },
    random: { inputs: [...SOURCES, ...TESTS], deps: ["bundle"], run: ["node", "scripts/test.mjs", "random"], tags: ["test"] },
    check: { deps: ["types", "lint", "docs", "licenses", "bundle"] },
  },
});
