// A copy of part of a project in another folder: the named files and trees, links as links, installed packages by link.
import fs from "node:fs";
import path from "node:path";

/** Copies `paths` (root-relative; those outside the root stay where they are) from `from` to `to`. */
export function copyIn(from: string, to: string, paths: readonly string[]): void {
  fs.mkdirSync(to, { recursive: true });
  for (const one of paths) {
    if (path.isAbsolute(one) || one === ".." || one.startsWith("../")) continue;
    const target = path.join(to, one);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.cpSync(path.join(from, one), target, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true, mode: fs.constants.COPYFILE_FICLONE });
    linkTargets(from, to, one);
  }
  const packages = path.join(from, "node_modules");
  if (fs.existsSync(packages) && !fs.existsSync(path.join(to, "node_modules"))) fs.symlinkSync(packages, path.join(to, "node_modules"));
}

/** What a link within the project leads to is an input with it. */
function linkTargets(from: string, to: string, one: string): void {
  for (let at = path.join(from, one), hops = 0; hops < 40 && fs.lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() === true; hops++) {
    at = path.resolve(path.dirname(at), fs.readlinkSync(at));
    const inside = path.relative(from, at);
    if (inside.startsWith("..") || !fs.existsSync(at)) return;
    fs.mkdirSync(path.dirname(path.join(to, inside)), { recursive: true });
    fs.cpSync(at, path.join(to, inside), { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  }
}

/** Files and links below a folder, relative, sorted; installed packages and tg's own left out. */
export function filesBelow(root: string): string[] {
  const found: string[] = [];
  const stack = [""];
  for (let dir = stack.pop(); dir !== undefined; dir = stack.pop()) {
    for (const entry of fs.readdirSync(path.join(root, dir), { withFileTypes: true })) {
      const one = dir === "" ? entry.name : `${dir}/${entry.name}`;
      if (one === "node_modules" || one === ".tg") continue;
      if (entry.isDirectory()) stack.push(one);
      else found.push(one);
    }
  }
  return found.sort();
}
