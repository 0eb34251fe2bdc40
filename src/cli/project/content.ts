// Reads a file that was looked at a moment ago. Knows nothing else.
import type { FilePath } from "../../model/path.ts";
import { DiskError, type Disk } from "../../model/ports.ts";

/** null: no content. The file may be gone by now, or be a link that leads nowhere. */
export function contentOf(disk: Disk, path: FilePath): Uint8Array | null {
  try {
    return disk.read(path);
  } catch (error) {
    if (error instanceof DiskError) return null;
    throw error;
  }
}
