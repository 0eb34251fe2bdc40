// Some commands side by side, round by round: what the cases share. Knows no tools.
import { markdown, middle, number, ratio, spread } from "../stats.mjs";
import { progress } from "../section.mjs";

/**
 * `rows`: { label, argv, cwd, env?, before? (undone by nobody, not measured), against? (label of the row to divide by) }.
 * Returns { text, figures: { label: { ms, ratio, peakMiB } } }.
 */
export function interleaved({ meter }, rows, { rounds, warm = 1 }) {
  const taken = new Map(rows.map((row) => [row.label, { ms: [], cpu: [], peak: [] }]));
  for (let round = -warm; round < rounds; round++) {
    for (const row of rows) {
      progress(`${row.label} ${round + 1}/${rounds}`);
      row.before?.();
      const { ms, cpuMs, peakMiB } = meter.measure(row.argv, { cwd: row.cwd, ...(row.env === undefined ? {} : { env: row.env }) });
      if (round < 0) continue;
      const samples = taken.get(row.label);
      samples.ms.push(ms);
      samples.cpu.push(cpuMs);
      samples.peak.push(peakMiB);
    }
  }
  progress("");
  const figures = {};
  const lines = rows.map((row) => {
    const samples = taken.get(row.label);
    const quotient = row.against === undefined ? NaN : ratio(samples.ms, taken.get(row.against).ms);
    figures[row.label] = { ms: middle(samples.ms), ratio: quotient, peakMiB: middle(samples.peak) };
    return [row.label, number(middle(samples.ms)), spread(samples.ms), number(quotient), row.against ?? "", number(middle(samples.cpu)), number(middle(samples.peak)), String(samples.ms.length)];
  });
  return { text: markdown(["command", "median ms", "lowest–highest", "ratio", "to", "CPU ms", "peak MiB", "rounds"], lines), figures };
}
