// How eagerly Bun compiles code: keeps the loops of a sweep from its last compiler, which took a tenth of a no-op of 10,000 tasks
// and finished after the loops did; those of a large sweep get it as usual (docs/performance.md). Knows no rows.
import process from "node:process";

/** From bun:jsc. */
interface Jsc {
  noFTL(code: unknown): void;
}

let jsc: Jsc | null | undefined;

/** No effect elsewhere. */
export function compileLightly(...codes: readonly unknown[]): void {
  if (jsc === undefined) jsc = process.versions["bun"] === undefined ? null : ((process.getBuiltinModule as (id: string) => Jsc | undefined)("bun:jsc") ?? null);
  if (typeof jsc?.noFTL === "function") for (const code of codes) jsc.noFTL(code);
}

/** Undoes the delay set by the micro-bin. */
export function compileAsUsual(): void {
  const { Bun } = globalThis as { readonly Bun?: { readonly unsafe?: { setJITPolicy?(scale: number): void } } };
  Bun?.unsafe?.setJITPolicy?.(1);
}
