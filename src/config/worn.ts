// What this process has loaded for configs and cannot load anew: a runtime evaluates such a module once, whatever becomes of
// what it is made of. Knows no config.
import type { Kept } from "./kept.ts";

let worn = false;
const versions = new Map<string, string>();

export function wear(): void {
  worn = true;
}

/** Only another process finds all that is there now. */
export function isWorn(): boolean {
  return worn;
}

/** Before the modules are imported: those of CommonJS stand in no copy, and packages may be others now. */
export function noteLoading({ modules }: Kept): void {
  for (const { source, file, packages } of modules) {
    if (source === file) worn = true;
    for (const { manifest, version } of packages) {
      if ((versions.get(manifest) ?? version) !== version) worn = true;
      versions.set(manifest, version);
    }
  }
}
