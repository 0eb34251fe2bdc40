// How eagerly Bun compiles code: the loops of a sweep not by the last of its compilers, which took a tenth of a no-op of 10,000
// tasks, and the loops were over when it was; those of a large one as soon as usual (docs/performance.md). Knows no rows.
import process from "node:process";

/** Of bun:jsc. */
interface Jsc {
  noFTL(code: unknown): void;
}

let jsc: Jsc | null | undefined;

/** Elsewhere nothing. */
export function compileLightly(...codes: readonly unknown[]): void {
  if (jsc === undefined) jsc = process.versions["bun"] === undefined ? null : ((process.getBuiltinModule as (id: string) => Jsc | undefined)("bun:jsc") ?? null);
  if (typeof jsc?.noFTL === "function") for (const code of codes) jsc.noFTL(code);
}

/** The micro-bin has it wait longer. */
export function compileAsUsual(): void {
  const { Bun } = globalThis as { readonly Bun?: { readonly unsafe?: { setJITPolicy?(scale: number): void } } };
  Bun?.unsafe?.setJITPolicy?.(1);
}
