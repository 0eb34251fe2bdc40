// The sweep of a Disk that has no loop of its own: by its lstat and stat, as semantics 2 words it.
import type { Disk } from "../../src/model/ports.ts";
import { openNews } from "../../src/model/news.ts";
import { KIND, MARK, RACY } from "../../src/model/table.ts";

export function sweepOf(disk: Pick<Disk, "lstat" | "stat">): Disk["sweep"] {
  return (table, ids, seen) => {
    for (const id of ids) {
      if (seen[id] !== 0) continue;
      seen[id] = 2;
      const kind = table.columns.kind[id];
      const path = table.pathOf(id);
      if ((table.columns.flags[id]! & RACY) !== 0) continue;
      try {
        const stat = path.endsWith("/") ? disk.stat(path === "./" ? "" : path === "//" ? "/" : path.slice(0, -1)) : disk.lstat(path);
        if (kind === KIND.absent && stat.kind === "absent") seen[id] = 1;
        if (kind === KIND.dir && stat.kind === "dir") seen[id] = 1;
        if ((kind === KIND.file || kind === KIND.unknown || kind === KIND.absent) && stat.kind === "file" && !path.endsWith("/")) {
          seen[id] = kind === KIND.file && table.statEquals(id, stat) ? MARK.same : MARK.news;
          const news = (table.news = openNews(seen.length, table.news, false));
          for (const name of ["size", "mtimeMs", "ctimeMs", "ino", "dev", "mode"] as const) news[name][id] = stat[name];
        }
        if (kind === KIND.listing && stat.kind === "dir" && table.statEquals(id, stat)) seen[id] = 1;
      } catch {
        // The caller looks for itself.
      }
    }
  };
}
