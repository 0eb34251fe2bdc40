import { readFileSync } from "node:fs";
import { defineConfig } from "tg-build";
import { fanIn, independent, payload, twoStages, type Sizes } from "./shapes.ts";

/** sizes.json, overruled by PARTS=… in the environment. tg evaluates this file again only if one of them changes. */
const sizes = JSON.parse(readFileSync(new URL("sizes.json", import.meta.url), "utf8")) as Sizes;
const parts = Number(process.env["PARTS"] ?? sizes.parts);

export default defineConfig({
  inputs: ["steps.mjs"],
  tasks: {
    ...fanIn("A", parts),
    ...payload("B", parts, sizes.payload),
    ...twoStages("C", parts),
    ...independent("D", sizes.pipelines, parts),
    report: {
      description: "one page from all summaries",
      inputs: ["out/**/summary.txt"],
      outputs: ["out/report.md"],
      run: "node steps.mjs report out >out/report.md",
    },
  },
});
