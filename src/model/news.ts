// Memory for what a sweep has found of files whose rows do not tell it yet. Knows no stat.
import type { StatColumns } from "./table.ts";

/** Room for `rows` rows, with what stands in `before`; `isShared`: for threads. Memory is taken where it is written to. */
export function openNews(rows: number, before: StatColumns | null, isShared: boolean): StatColumns {
  const size = Math.max(rows, before?.size.length ?? 0);
  const bytes = (width: number): ArrayBuffer => (isShared ? (new SharedArrayBuffer(size * width) as unknown as ArrayBuffer) : new ArrayBuffer(size * width));
  const numbers = (): Float64Array => new Float64Array(bytes(8));
  const news = { mode: new Uint16Array(bytes(2)), size: numbers(), mtimeMs: numbers(), ctimeMs: numbers(), ino: numbers(), dev: numbers() };
  if (before !== null) for (const name of ["mode", "size", "mtimeMs", "ctimeMs", "ino", "dev"] as const) news[name].set(before[name]);
  return news;
}
