// Numbers of many rounds to one line of a table. Knows no tools.

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median of the quotients round by round: what disturbs a round disturbs both of its sides. Rounds missing on a side are left out. */
export function ratio(ours, theirs) {
  const quotients = [];
  for (let round = 0; round < ours.length; round++) if (ours[round] !== undefined && theirs?.[round] !== undefined) quotients.push(ours[round] / theirs[round]);
  return median(quotients);
}

/** Three digits that count: 0.452, 4.52, 45.2, 452, 4,520. */
export function number(value) {
  if (!Number.isFinite(value)) return "–";
  if (value >= 1000) return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value.toFixed(2);
}

const present = (list) => list.filter((value) => value !== undefined && value !== null);

/** Lowest and highest. */
export function spread(numbers) {
  const list = present(numbers);
  return list.length < 2 ? "–" : `${number(Math.min(...list))}–${number(Math.max(...list))}`;
}

/** Median of what is there. */
export function middle(numbers) {
  return median(present(numbers));
}

export function markdown(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n") + "\n";
}
