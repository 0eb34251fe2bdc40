// Detects filesystems mounted over a folder, or unmounted from it: folder watches do not report that. Linux only; nothing is
// known of mounts elsewhere.
import fs from "node:fs";

export interface Mounts {
  /** Reports if something was mounted or unmounted since the last look. */
  look(): void;
  /** Whether nothing has been, since the last look. A change is reported after the caller has finished; until then this is false. */
  isSame(): boolean;
}

export function openMounts(root: string, moved: () => void): Mounts {
  let known = mountsAround(root);
  const look = (): void => {
    const before = known;
    known = mountsAround(root);
    if (known !== before) moved();
  };
  return {
    look,
    isSame: () => {
      if (mountsAround(root) === known) return true;
      setImmediate(look);
      return false;
    },
  };
}

/** Mounts at, above and below `root`, as text: if it changes, something else may be there. "": unknown. */
function mountsAround(root: string): string {
  let table: string;
  try {
    table = fs.readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    return "";
  }
  const lines = table.split("\n").filter((line) => {
    const [, , , , point = ""] = line.split(" ");
    const place = `${point.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8)))}/`.replace("//", "/");
    return place.startsWith(`${root}/`) || `${root}/`.startsWith(place);
  });
  return lines.join("\n");
}
