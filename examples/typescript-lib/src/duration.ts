const UNITS: readonly (readonly [name: string, ms: number])[] = [["d", 86_400_000], ["h", 3_600_000], ["m", 60_000], ["s", 1_000], ["ms", 1]];

/** `1h30m` → 5,400,000. Throws on what is not a duration. */
export function parseDuration(text: string): number {
  const matched = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g)];
  if (matched.length === 0 || matched.map((part) => part[0]).join("") !== text) throw new RangeError(`"${text}" is not a duration such as 1h30m`);
  let total = 0;
  for (const [, amount, unit] of matched) total += Number(amount) * (UNITS.find(([name]) => name === unit)?.[1] ?? 0);
  return total;
}

/** 5,400,000 → `1h30m`. */
export function formatDuration(ms: number): string {
  if (ms < 1) return "0ms";
  let rest = Math.round(ms), text = "";
  for (const [name, size] of UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${name}`;
    rest -= count * size;
  }
  return text;
}
