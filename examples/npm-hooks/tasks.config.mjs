/** @type {import("tg-build").Config} */
export default {
  tasks: {
    gen: { inputs: ["words.txt", "gen.mjs"], outputs: ["gen/words.mjs"], run: "node gen.mjs" },
    build: { inputs: ["src/*.mjs", "gen/words.mjs"], outputs: ["dist/"], run: "cp src/*.mjs gen/words.mjs dist/" },
    test: { inputs: ["test.mjs", "dist/**"], run: "node test.mjs" },
  },
};
