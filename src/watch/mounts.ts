// Filesystems that are mounted over a folder, or taken away from it: nobody who listens to folders is told. Linux; elsewhere
// nothing is known of them.
import fs from "node:fs";

export interface Mounts {
  /** Tells if something was mounted or taken away since the last look. */
  look(): void;
  /** Was nothing, since the last look? If something was, that is told once whoever asks has come to an end, and is so until then. */
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

/** Mounts at, above and below `root`, as text: another text, and something else may stand there. "": nobody knows. */
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
