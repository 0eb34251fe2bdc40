// Rereads a file whose stat, in a sweep, differed from its row's: has its content changed too? Optimised for many unchanged
// files: no text and no object per file (docs/performance.md). Knows no clock.
import { DiskError, type Disk } from "../model/ports.ts";
import type { Digest } from "../model/state.ts";
import { KIND, type FileTable } from "../model/table.ts";
import { digestFile } from "./content.ts";
import { hashOfSmall, hex } from "./digest.ts";

/** The identity is the same, and the row has taken over the new stat. */
export const RENEWED = "renewed";

/** The digest of the file of row `id`, for which the table has news, if its identity has changed. */
export function compared(table: FileTable, id: number, hash: DataView): Digest | typeof RENEWED {
  return table.columns.kind[id] === KIND.file && table.renew(id, hash.getUint32(0), hash.getUint32(4)) ? RENEWED : hex(hash.getBigUint64(0));
}

/** The digest of the file of row `id`, for which the table has news, if its identity has changed; null: it no longer fits its stat. */
export function reread(disk: Disk, table: FileTable, id: number): Digest | typeof RENEWED | null {
  const bytes = table.news!.size[id]!;
  try {
    const path = table.pathOf(id);
    const hash = hashOfSmall(disk, path, bytes);
    if (hash !== null) return compared(table, id, hash);
    const { digest, size } = digestFile(disk, path, bytes);
    return size === bytes ? digest : null;
  } catch (error) {
    if (error instanceof DiskError) return null;
    throw error;
  }
}
