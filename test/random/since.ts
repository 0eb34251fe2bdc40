// What has changed since everything was fresh affects whatever a build then runs (@since:REF), as if all files were under version
// control, which they are in part of the stories that the built command plays. What the environment, parameters, tasks that
// run in every build and what a `when` looks at bring, it does not know.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Change } from "../../src/model/change.ts";
import type { FilePath } from "../../src/model/path.ts";
import type { Scene } from "./scene.ts";
import { treeOf } from "./scene.ts";
import type { Built, BuildWish, Subject } from "./subject.ts";
import { isTool, toolsOf } from "./tools.ts";
import type { Tree } from "./tree.ts";

/** A moment at which everything was fresh. */
export interface Commit {
  readonly tree: Tree;
  readonly config: string;
  readonly given: string;
}

const CONFIG = ["tasks.config.mjs", "project.json"];

/** With the modules of its functions. */
function configText({ root }: Scene): string {
  const modules = existsSync(`${root}/fn`) ? readdirSync(`${root}/fn`).sort().map((name) => `fn/${name}`) : [];
  return [...CONFIG, ...modules].map((file) => `${file}\n${readFileSync(`${root}/${file}`, "utf8")}`).join("\0");
}

const givenText = ({ env, params }: Pick<BuildWish, "env" | "params">): string => JSON.stringify([env, params]);

export function commitOf(scene: Scene, wish: Pick<BuildWish, "env" | "params">): Commit {
  return { tree: treeOf(scene), config: configText(scene), given: givenText(wish) };
}

function changesOf(scene: Scene, { tree: before, config }: Commit): Change[] {
  const now = treeOf(scene);
  const changes: Change[] = config === configText(scene) ? [] : [{ path: CONFIG[0] as FilePath, kind: "edited", tracked: true, whole: false }];
  for (const path of new Set([...before.keys(), ...now.keys()])) {
    const [was, is] = [before.get(path), now.get(path)];
    if (JSON.stringify(was) !== JSON.stringify(is)) changes.push({ path: path as FilePath, kind: was === undefined ? "added" : is === undefined ? "deleted" : "edited", tracked: true, whole: was?.kind === "link" || is?.kind === "link" });
  }
  return changes;
}

/** A task that was skipped may run by now, or is skipped. */
function isDecidedAnew(scene: Scene, commit: Commit): boolean {
  const now = treeOf(scene);
  return scene.project.tasks.map(({ onlyIf }) => onlyIf.replace("!", "")).some((path) => path !== "" && commit.tree.has(path) !== now.has(path));
}

/** Of programs that are looked for by their name it does not know either. */
function isFoundAnew(scene: Scene, commit: Commit): boolean {
  const now = treeOf(scene);
  const places = [...new Set([...commit.tree.keys(), ...now.keys()])].filter(isTool);
  return places.some((path) => JSON.stringify(commit.tree.get(path)) !== JSON.stringify(now.get(path))) && scene.project.tasks.some((spec) => toolsOf(spec).some((entry) => !entry.includes("/")));
}

/** Names of the tasks that the changes since then affect; null: nobody can say. */
export async function affectedSince(scene: Scene, subject: Subject, commit: Commit, wish: BuildWish): Promise<ReadonlySet<string> | null> {
  // A target makes what is excused elsewhere: intermediates that are gone.
  if (wish.force || wish.targets !== null || commit.given !== givenText(wish) || isDecidedAnew(scene, commit) || isFoundAnew(scene, commit)) return null;
  return (await subject.affected?.(changesOf(scene, commit), wish)) ?? null;
}

/** Those that ran for nothing but that they always do, that somebody needed what was not kept, or that such tasks, needed or asked for, ran before them. */
function ranAnyway(events: Built["events"]): ReadonlySet<string> {
  const found = new Set<string>();
  const giver = ({ task, subject }: { readonly task?: string; readonly subject?: string }): string => task ?? subject?.replace(/^need /, "") ?? "";
  for (const { event, task, reasons } of events) {
    const said = (reasons ?? []) as readonly { readonly code: string; readonly task?: string; readonly subject?: string }[];
    if (event !== "task-ended" || said.length === 0) continue;
    if (said.some(({ code }) => code === "needed-by") || said.every((one) => one.code === "always" || found.has(giver(one)))) found.add(task!);
  }
  return found;
}

/** Tasks that ran without being affected. */
export function checkAffected({ project }: Scene, affected: ReadonlySet<string>, built: Pick<Built, "ran" | "events">): string[] {
  const anyway = ranAnyway(built.events);
  const isAffected = (name: string): boolean => affected.has(name) || (name.includes("[") && affected.has(name.slice(0, name.indexOf("["))));
  const others = project.tasks.filter((spec) => built.ran.includes(spec.tag) && !anyway.has(spec.name) && !isAffected(spec.name));
  return others.map((spec) => `T${spec.tag} (${spec.name}) ran, but @since names ${[...affected].join(" ") || "nothing"}`);
}
