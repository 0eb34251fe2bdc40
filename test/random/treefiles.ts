// A tree in memory as the file system that mix works on.
import type { MixFiles } from "./mix.ts";
import { follow, put } from "./tree.ts";
import type { Tree } from "./tree.ts";

export function treeFiles(tree: Tree): MixFiles {
  const fileAt = (path: string): { text: string; exec: boolean } | null => {
    const { node } = follow(tree, path);
    return node?.kind === "file" ? node : null;
  };
  return {
    read: (path) => fileAt(path)?.text ?? null,
    isExec: (path) => fileAt(path)?.exec === true,
    list: (dir) => {
      const names: { name: string; isDir: boolean }[] = [];
      for (const [path, node] of tree) if (path.startsWith(`${dir}/`) && !path.slice(dir.length + 1).includes("/")) names.push({ name: path.slice(dir.length + 1), isDir: node.kind === "dir" });
      return names.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    write: (path, text) => put(tree, path, { kind: "file", text, exec: fileAt(path)?.exec === true }),
    setExec: (path, exec) => put(tree, path, { kind: "file", text: fileAt(path)?.text ?? "", exec }),
    remove: (path) => void tree.delete(path),
    link: (path, to) => put(tree, path, { kind: "link", to }),
    makeDir: (path) => put(tree, path, { kind: "dir" }),
  };
}
