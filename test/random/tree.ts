// Trees in memory: what a project folder holds, by content. Reads the real disk into one and can pretend to be one.
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

export type Node =
  | { readonly kind: "file"; readonly text: string; readonly exec: boolean }
  | { readonly kind: "link"; readonly to: string }
  | { readonly kind: "dir" };

/** Root-relative path → what is there. Folders are entries too. */
export type Tree = Map<string, Node>;

/** Everything below `root` but the state folder. */
export function readTree(root: string, skip: readonly string[] = [".tg", ".git"]): Tree {
  const tree: Tree = new Map();
  const queue = [""];
  for (let dir = queue.pop(); dir !== undefined; dir = queue.pop()) {
    for (const entry of readdirSync(`${root}/${dir}`, { withFileTypes: true })) {
      const path = dir === "" ? entry.name : `${dir}/${entry.name}`;
      if (skip.includes(path)) continue;
      if (entry.isSymbolicLink()) tree.set(path, { kind: "link", to: readlinkSync(`${root}/${path}`) });
      else if (entry.isDirectory()) {
        tree.set(path, { kind: "dir" });
        queue.push(path);
      } else tree.set(path, { kind: "file", text: readFileSync(`${root}/${path}`, "latin1"), exec: (lstatSync(`${root}/${path}`).mode & 0o111) !== 0 });
    }
  }
  return tree;
}

/** Where a path leads through links, `null` when it leads nowhere; `hops` are the link texts on the way. */
export function follow(tree: Tree, path: string): { node: Node | null; hops: string[] } {
  const hops: string[] = [];
  let at = path;
  for (let i = 0; i < 10; i++) {
    const node = tree.get(at);
    if (node === undefined) return { node: null, hops };
    if (node.kind !== "link") return { node, hops };
    hops.push(node.to);
    at = resolve(at, node.to);
  }
  return { node: null, hops };
}

/** Paths that a link leads through and to. */
export function hopsOf(tree: Tree, path: string): string[] {
  const paths: string[] = [];
  for (let at = path; paths.length < 10; paths.push(at)) {
    const node = tree.get(at);
    if (node?.kind !== "link") return paths;
    at = resolve(at, node.to);
  }
  return paths;
}

/** `to` as seen from the folder of `from`. */
export function resolve(from: string, to: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of to.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

const ofNode = (node: Node | null): string => (node === null ? "-" : node.kind === "file" ? (node.exec ? "x" : "f") + node.text : node.kind === "dir" ? "d" : `l${node.to}`);

/** Semantics 2 and 10: an input is the text of every hop plus what stands at the end. */
export function inputIdentity(tree: Tree, path: string): string {
  const { node, hops } = follow(tree, path);
  return hops.map((hop) => `l${hop}>`).join("") + ofNode(node);
}

/** An output that is a link is its text alone. */
export function outputIdentity(tree: Tree, path: string): string {
  return ofNode(tree.get(path) ?? null);
}

/** Paths below `dir`, folders included. */
export function below(tree: Tree, dir: string): string[] {
  return [...tree.keys()].filter((path) => path.startsWith(`${dir}/`));
}

export function put(tree: Tree, path: string, node: Node): void {
  const parts = path.split("/");
  for (let i = 1; i < parts.length; i++) {
    const dir = parts.slice(0, i).join("/");
    if (!tree.has(dir)) tree.set(dir, { kind: "dir" });
  }
  tree.set(path, node);
}
