// ctx.report: notes of a function for the report page, one JSON file each. Runs in a child runtime.
import * as fs from "node:fs";
import { join } from "node:path";
import { makeOwnFolder } from "./folder.ts";
import { stringify } from "./value.ts";

export interface Notes {
  md(text: string, title?: string): void;
  html(text: string, title?: string): void;
  /** A file or its bytes: PNG, JPEG, GIF, WebP or SVG. */
  image(source: string | Uint8Array, title?: string): void;
}

/** Notes go to `dir`, created with the first one, after those of hooks and chain members that ran before. */
export function notesIn(dir: string): Notes {
  let count: number | null = null;
  const add = (kind: string, content: string, title = ""): void => {
    makeOwnFolder(dir);
    count = (count ?? fs.readdirSync(dir).length) + 1;
    fs.writeFileSync(join(dir, `${count}.json`), stringify({ kind, title: String(title), content }));
  };
  return {
    md: (text, title) => add("md", String(text), title),
    html: (text, title) => add("html", String(text), title),
    image: (source, title) => {
      const bytes = typeof source === "string" ? fs.readFileSync(source) : Buffer.from(source);
      add("image", `data:${imageType(bytes)};base64,${bytes.toString("base64")}`, title ?? (typeof source === "string" ? source : ""));
    },
  };
}

/** Determined by its first bytes; throws TypeError if a page cannot show it. */
function imageType(bytes: Buffer): string {
  const start = bytes.toString("latin1", 0, 16);
  if (start.startsWith("\x89PNG")) return "image/png";
  if (start.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (start.startsWith("GIF8")) return "image/gif";
  if (start.startsWith("RIFF") && start.slice(8, 12) === "WEBP") return "image/webp";
  if (/^\s*<(\?xml|svg|!--)/.test(start)) return "image/svg+xml";
  throw new TypeError("ctx.report.image takes a PNG, JPEG, GIF, WebP or SVG");
}
