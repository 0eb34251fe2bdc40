// Programs that tasks of the random projects name in `tools`: scripts in folders of the project, some of which stand on PATH, so
// that one of the same name before another is taken instead. In a part of the projects. Nobody runs them but for their version.
import type { Prng } from "./prng.ts";
import type { Project, Spec } from "./project.ts";
import { follow, inputIdentity } from "./tree.ts";
import type { Tree } from "./tree.ts";

const PATH_FOLDERS = ["bin/one", "bin/two"];
const NAMES = ["mixa", "mixb"];
/** Where a command that starts in the folder finds programs first. */
const OWN_FOLDERS: Readonly<Record<string, readonly string[]>> = { "": ["node_modules/.bin"], work: ["work/node_modules/.bin", "node_modules/.bin"], "work/deep": ["work/node_modules/.bin", "node_modules/.bin"] };

/** By name, by a path from the root, and by what they say of their version. */
const ENTRIES: readonly string[] = NAMES.flatMap((name) => [name, `./bin/two/${name}`, `${name} --version`]);

const PLACES: readonly string[] = [...PATH_FOLDERS, "node_modules/.bin", "work/node_modules/.bin"].flatMap((dir) => NAMES.map((name) => `${dir}/${name}`));

export const isTool = (path: string): boolean => PLACES.includes(path);

/** `PATH` as tasks have it. */
export const pathWith = ({ tools }: Project, root: string, path: string): string => (tools ? [...PATH_FOLDERS.map((dir) => `${root}/${dir}`), path].join(":") : path);

/** A chain has none here: its members would look for them in several folders. */
export const toolsOf = (spec: Spec): readonly string[] => (spec.barrier || spec.chained ? [] : spec.tools);

/** What it prints as its version; null: nothing. */
export const versionIn = (text: string): string | null => /^echo (\S+)/m.exec(text)?.[1] ?? null;

/** What is in the key of an entry, and whether the task may start. */
export function toolNow(tree: Tree, entry: string, cwd: string): { readonly text: string; readonly isGood: boolean } {
  const [name = ""] = entry.split(" ");
  const dirs = name.includes("/") ? [name.slice(2, name.lastIndexOf("/"))] : [...OWN_FOLDERS[cwd]!, ...PATH_FOLDERS];
  const places = dirs.map((dir) => `${dir}/${name.slice(name.lastIndexOf("/") + 1)}`);
  const found = places.find((path) => {
    const { node } = follow(tree, path);
    return node?.kind === "file" && node.exec;
  });
  if (found === undefined) return { text: "missing", isGood: false };
  if (entry === name) return { text: `${found} ${inputIdentity(tree, found)}`, isGood: true };
  const version = versionIn((follow(tree, found).node as { text: string }).text);
  return { text: `says ${version ?? ""}`, isGood: version !== null };
}

/** Its text: what it says, or nothing, and what nobody is told. Often as long as another one. */
const toolText = (prng: Prng): string => `#!/bin/sh\n${prng.chance(0.05) ? "true" : "echo"} v${prng.int(4)} #c${prng.int(10)}\n`;

/** The hands that edit them. */
export interface ToolHands {
  write(path: string, text: string): void;
  writeSecretly(path: string, text: string): void;
  remove(path: string): void;
  toggleExec(path: string): void;
  link(path: string, target: string): void;
  touch(path: string): void;
}

/** One comes, changes, goes, or stands before another. */
export function editTool(tree: Tree, prng: Prng, hands: ToolHands): string {
  const there = PLACES.filter((path) => tree.get(path)?.kind === "file");
  const gone = PLACES.filter((path) => !tree.has(path));
  const kind = prng.weighted({ write: 4, secret: 3, add: 3, remove: 1.5, chmod: 1, link: 1, touch: 0.5 });
  if (kind === "add" || there.length === 0) {
    const path = prng.pick(gone.length > 0 ? gone : PLACES);
    hands.write(path, toolText(prng));
    return `tool ${path} stands there`;
  }
  const path = prng.pick(there);
  if (kind === "write") hands.write(path, toolText(prng));
  else if (kind === "secret") hands.writeSecretly(path, toolText(prng));
  else if (kind === "remove") hands.remove(path);
  else if (kind === "chmod") hands.toggleExec(path);
  else if (kind === "touch") hands.touch(path);
  else hands.link(prng.pick(PLACES.filter((place) => place !== path)), path);
  return `${kind} tool ${path}`;
}

/** Other tools from now on. */
export const changeTools = (prng: Prng, spec: Spec): string => `names the tools ${(spec.tools = prng.some(ENTRIES, prng.int(3))).join(", ")} now`;

/** Some tasks name tools, with the files there are of them. Of a generator of its own: the other stories stay what they were. */
export function toolSome(project: Project, prng: Prng): [path: string, text: string][] {
  project.tools = prng.chance(0.2);
  if (!project.tools) return [];
  for (const spec of project.tasks) if (!spec.barrier && prng.chance(0.4)) changeTools(prng, spec);
  return PLACES.filter((path) => path.startsWith("bin/two/") || prng.chance(0.25)).map((path) => [path, toolText(prng)]);
}
