import { defineConfig } from "tg-build";

export default defineConfig({
  tasks: {
    compile: {
      description: "type-check, JavaScript for the tests, declarations",
      inputs: ["src/**/*.ts", "test/**/*.ts", "tsconfig.json", "package.json"],
      outputs: ["out/", "dist/types/"],
      run: ["tsc", "-p", "."],
    },
    bundle: {
      description: "the library in one file; esbuild reports what it read",
      inputs: ["tsconfig.json"],
      outputs: ["dist/index.js", "dist/index.js.map"],
      depfile: { path: "dist/bundle.meta.json", format: "esbuild" },
      run: "esbuild src/index.ts --bundle --minify --sourcemap --format=esm --outfile=dist/index.js --metafile=dist/bundle.meta.json --log-level=warning",
    },
    test: {
      description: "unit tests, again only when the compiled code differs",
      inputs: ["out/**/*.js"],
      run: "node --test out/test/*.js",
    },
    size: {
      description: "how big is it",
      inputs: ["dist/index.js"],
      outputs: ["dist/size.txt"],
      run: "wc -c <dist/index.js >dist/size.txt",
    },
  },
});
