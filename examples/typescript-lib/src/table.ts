export type Align = "left" | "right";

/** Rows of cells as text columns, numbers to the right. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, String(cell).length)));
  return rows.map((row) => row.map((cell, i) => pad(cell, widths[i] ?? 0)).join("  ").trimEnd()).join("\n");
}

function pad(cell: string | number, width: number): string {
  const align: Align = typeof cell === "number" ? "right" : "left";
  return align === "right" ? String(cell).padStart(width) : cell.toString().padEnd(width);
}
