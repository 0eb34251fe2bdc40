// CRC-32 of large pieces in native code, where that is cheap to load. Knows no format.
import process from "node:process";

type Crc = (bytes: Uint8Array, before: number) => number;

let known: Crc | null | undefined;

/** Checksum of `bytes`, continuing from `before`; null: Bun takes 18 ms to load it, and Deno was not measured. */
export function crc(): Crc | null {
  const { bun, deno } = process.versions as Record<string, string | undefined>;
  if (known === undefined) known = bun !== undefined || deno !== undefined ? null : (process.getBuiltinModule("node:zlib") as unknown as { readonly crc32: Crc }).crc32;
  return known;
}
