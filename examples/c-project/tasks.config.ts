import { readdirSync } from "node:fs";
import { defineConfig, type Task } from "tg-build";

const CC = "gcc -std=c11 -O1 -Wall -Wextra -Werror -Iinclude -Igen";

/** One object file per source; gcc's depfile says which headers it read. The generated header only has to be there first. */
function compile(source: string): [string, Task] {
  const object = `obj/${source.slice(0, -2)}.o`, depfile = `obj/${source.slice(0, -2)}.d`;
  return [object, {
    inputs: [source],
    outputs: [object],
    after: ["version"],
    depfile,
    run: `${CC} -MD -MF ${depfile} -c ${source} -o ${object}`,
  }];
}

const sourcesIn = (dir: string): string[] =>
  readdirSync(new URL(dir, import.meta.url)).filter((name) => name.endsWith(".c")).sort().map((name) => `${dir}/${name}`);
const objectsOf = (sources: readonly string[]): string[] => sources.map((source) => compile(source)[0]);
const lib = sourcesIn("lib"), app = sourcesIn("src"), tests = sourcesIn("test");

export default defineConfig({
  tasks: {
    version: {
      description: "the generated header",
      inputs: ["VERSION", "tools/version.sh"],
      outputs: ["gen/version.h"],
      run: "sh tools/version.sh VERSION >gen/version.h",
    },
    ...Object.fromEntries([...lib, ...app, ...tests].map(compile)),
    archive: {
      description: "the static library; its members come from a response file",
      inputs: objectsOf(lib),
      outputs: ["build/libcalc.a"],
      files: { "build/libcalc.rsp": objectsOf(lib).join("\n") + "\n" },
      run: "rm -f build/libcalc.a; ar crD build/libcalc.a @build/libcalc.rsp",
    },
    calc: {
      description: "the program",
      inputs: [...objectsOf(app), "build/libcalc.a"],
      outputs: ["build/calc"],
      run: `gcc -o build/calc ${objectsOf(app).join(" ")} build/libcalc.a -lm`,
    },
    unit: {
      inputs: [...objectsOf(tests), "build/libcalc.a"],
      outputs: ["build/unit"],
      run: `gcc -o build/unit ${objectsOf(tests).join(" ")} build/libcalc.a -lm`,
    },
    test: {
      description: "unit tests, and the program on a script",
      inputs: ["build/unit", "build/calc", "test/sums.in", "test/sums.out"],
      run: "build/unit && build/calc <test/sums.in | cmp - test/sums.out",
    },
  },
});
