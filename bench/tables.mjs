// Sections to Markdown. Knows samples, no tools beyond their labels.
import { markdown, middle, number, ratio, spread } from "./stats.mjs";

const HEAD = ["tool", "ran", "median ms", "lowest–highest", "× ninja", "× empty node", "× tg", "CPU ms", "CPU × ninja", "peak MiB", "rounds"];

export function tableOf({ rows }, { labels, yardstick }) {
  const [ninja, node, tg] = [rows.get(yardstick), rows.get("node (empty)"), rows.get("tg")];
  const place = (label) => rank(label) * labels.length + labels.indexOf(label);
  const lines = [...rows].sort(([a], [b]) => place(a) - place(b)).map(([label, row]) => [
    label,
    ranText(row.ran),
    number(middle(row.ms)),
    spread(row.ms),
    number(ratio(row.ms, ninja?.ms)),
    number(ratio(row.ms, node?.ms)),
    number(ratio(row.ms, tg?.ms)),
    number(middle(row.cpu)),
    number(cpuRatio(row, ninja)),
    number(middle(row.peak)),
    String(row.ms.filter((ms) => ms !== undefined).length),
  ]);
  return markdown(HEAD, lines);
}

/** CPU says less than wall about a person's wait, but other work on the machine disturbs it less. */
function cpuRatio(row, other) {
  return row.cpu.includes(null) ? NaN : ratio(row.cpu, other?.cpu);
}

/** Empty starts, tg, the yardsticks, the rest in the order in which they were met. */
function rank(label) {
  if (label.endsWith("(empty)")) return 0;
  if (/^tg\b/.test(label)) return 1;
  return label.startsWith("ninja") ? 2 : label.startsWith("make") ? 3 : 4;
}

/** How many tasks ran, by what the tool prints; "1–3" if the rounds differ. */
function ranText(ran) {
  const counts = ran.filter((count) => count !== null && count !== undefined);
  if (counts.length === 0) return "";
  if (counts.some(Number.isNaN)) return "?";
  const [low, high] = [Math.min(...counts), Math.max(...counts)];
  return low === high ? String(low) : `${low}–${high}`;
}

export function sectionText(section) {
  const layout = section.layout === "files" ? "one folder a layer, every input named" : "a folder a task (packages of a workspace), inputs by pattern";
  const head = `## ${section.count >= 1000 ? number(section.count) : section.count} tasks of \`${section.work}\`: ${layout}\n\nSeed ${section.seed ?? 1}. The edited root reaches ${section.reach} tasks.\n`;
  const failed = section.failed.map((text) => `* ${text}\n`).join("");
  return [head + (failed === "" ? "" : "\n" + failed), ...section.phases.map((phase) => `### ${phase.title}\n\n${tableOf(phase, section)}`)].join("\n");
}

/** One row a size and phase for the README: tg, ninja, make, and the quickest of the tools that are written for JavaScript. */
export function shortText(sections) {
  const rows = [];
  for (const { layout, work, count, phases, yardstick } of sections) {
    if (work !== "cp") continue;
    for (const { name, rows: taken } of phases) {
      const tg = taken.get("tg");
      if (tg === undefined || !["noop", "leaf", "full"].includes(name)) continue;
      const best = (fits) => [...taken].filter(([label]) => fits(label)).sort(([, a], [, b]) => middle(a.ms) - middle(b.ms))[0];
      const others = layout === "files" ? [best((label) => label === yardstick), best((label) => label.startsWith("make"))] : [best((label) => rank(label) === 4)];
      const cells = others.map((other) => (other === undefined ? "–" : `${other[0]}: ${number(middle(other[1].ms))} ms (tg × ${number(ratio(tg.ms, other[1].ms))})`));
      rows.push([`${count} ${layout === "files" ? "tasks" : "packages"}, ${name}`, `${number(middle(tg.ms))} ms`, cells.join(", ")]);
    }
  }
  return rows.length === 0 ? "" : `## In short\n\n${markdown(["case", "tg", "others"], rows)}`;
}

/** What tg must not run. One line for each phase in which it ran something else. */
export function surprises(section, peers) {
  const lines = [];
  for (const phase of section.phases) {
    for (const peer of peers.filter((one) => one.layout === section.layout)) {
      const wanted = section.work === "cp" ? peer.expect?.[phase.name] : undefined;
      const ran = phase.rows.get(peer.name)?.ran.filter((count) => count !== null && count !== undefined) ?? [];
      if (wanted !== undefined && ran.some((count) => count !== wanted)) lines.push(`${peer.name} ran ${ranText(ran)} tasks in "${phase.name}" at ${section.count}; ${wanted} would have done.`);
    }
  }
  return lines;
}
