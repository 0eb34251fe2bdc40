// What the tasks run: node steps.mjs part|scale|summary|report …; results go to standard output.
import { readdirSync, readFileSync } from "node:fs";

/** Count, sum, lowest and highest of a list. */
function describe(numbers) {
  let sum = 0, low = Infinity, high = -Infinity;
  for (const number of numbers) {
    sum += number;
    low = Math.min(low, number);
    high = Math.max(high, number);
  }
  return { count: numbers.length, sum: Number(sum.toFixed(3)), low, high };
}

const line = (stats) => `count=${stats.count} sum=${stats.sum} low=${stats.low} high=${stats.high}`;
const parse = (text) => Object.fromEntries(text.split("\n", 1)[0].split(" ").map((pair) => pair.split("=")).map(([name, value]) => [name, Number(value)]));

const steps = {
  /** Every parts-th row of the readings, and on request a payload of that many lines. */
  part(index, parts, payload) {
    const rows = readFileSync("data/readings.csv", "utf8").trim().split("\n").slice(1);
    const mine = rows.filter((_, i) => i % Number(parts) === Number(index)).map((row) => Number(row.split(",")[2]));
    console.log(line(describe(mine)));
    for (let i = 0; i < Number(payload); i++) console.log(`${index} ${i} ${mine[i % mine.length]}`);
  },
  scale(factor, file) {
    const { count, sum, low, high } = parse(readFileSync(file, "utf8"));
    console.log(line({ count, sum: Number((sum * factor).toFixed(3)), low: low * factor, high: high * factor }));
  },
  summary(...files) {
    const all = files.map((file) => parse(readFileSync(file, "utf8")));
    const total = all.reduce((a, b) => ({ count: a.count + b.count, sum: Number((a.sum + b.sum).toFixed(3)), low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) }));
    console.log(line(total));
  },
  report(folder) {
    const files = readdirSync(folder, { recursive: true }).map(String).filter((file) => file.endsWith("summary.txt")).sort();
    console.log("# Readings\n\n| pipeline | count | mean | low | high |\n|---|---|---|---|---|");
    for (const file of files) {
      const { count, sum, low, high } = parse(readFileSync(`${folder}/${file}`, "utf8"));
      console.log(`| ${file.replace("/summary.txt", "")} | ${count} | ${(sum / count).toFixed(2)} | ${low} | ${high} |`);
    }
  },
};

const [step, ...args] = process.argv.slice(2);
steps[step](...args);
