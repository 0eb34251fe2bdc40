// Memory for stats that a sweep has found and that rows do not hold yet. Does no stat itself.
import type { StatColumns } from "./table.ts";

/** Room for `rows` rows, starting with the contents of `before`. `isShared`: for use by threads. Pages are allocated when written. */
export function openNews(rows: number, before: StatColumns | null, isShared: boolean): StatColumns {
  const size = Math.max(rows, before?.size.length ?? 0);
  const bytes = (width: number): ArrayBuffer => (isShared ? (new SharedArrayBuffer(size * width) as unknown as ArrayBuffer) : new ArrayBuffer(size * width));
  const numbers = (): Float64Array => new Float64Array(bytes(8));
  const news = { mode: new Uint16Array(bytes(2)), size: numbers(), mtimeMs: numbers(), ctimeMs: numbers(), ino: numbers(), dev: numbers() };
  if (before !== null) for (const name of ["mode", "size", "mtimeMs", "ctimeMs", "ino", "dev"] as const) news[name].set(before[name]);
  return news;
}
