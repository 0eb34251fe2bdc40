// words.txt → a module.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const words = readFileSync("words.txt", "utf8").trim().split("\n");
mkdirSync("gen", { recursive: true });
writeFileSync("gen/words.mjs", `export const words = ${JSON.stringify(words)};\n`);
