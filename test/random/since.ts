// What has changed since everything was fresh affects whatever a build then runs (@since:REF), as if all files were under version
// control. What the environment, parameters and results of `always` tasks bring, it does not know,
// nor what is to run whenever these do.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Change } from "../../src/model/change.ts";
import type { FilePath } from "../../src/model/path.ts";
import { runDepsOf } from "./config.ts";
import type { Spec } from "./project.ts";
import type { Scene } from "./scene.ts";
import { treeOf } from "./scene.ts";
import type { Built, BuildWish, Subject } from "./subject.ts";
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

/** Names of the tasks that the changes since then affect; null: nobody can say. */
export async function affectedSince(scene: Scene, subject: Subject, commit: Commit, wish: BuildWish): Promise<ReadonlySet<string> | null> {
  // A target makes what is excused elsewhere: intermediates that are gone.
  if (wish.force || wish.targets !== null || commit.given !== givenText(wish)) return null;
  return (await subject.affected?.(changesOf(scene, commit), wish)) ?? null;
}

/** Tasks that ran without being affected, nor for one that needed what they make and was not kept. */
export function checkAffected({ project }: Scene, affected: ReadonlySet<string>, built: Pick<Built, "ran" | "events">): string[] {
  const needed = new Set(built.events.flatMap(({ event, task, reasons }) => (event === "task-ended" && JSON.stringify(reasons ?? []).includes('"needed-by"') ? [task] : [])));
  const isAffected = (name: string): boolean => affected.has(name) || (name.includes("[") && affected.has(name.slice(0, name.indexOf("["))));
  const ranBeside = (spec: Spec): boolean => built.ran.includes(spec.tag) && !isAffected(spec.name);
  const others = project.tasks.filter((spec) => ranBeside(spec) && !spec.always && !needed.has(spec.name) && ![...runDepsOf(project, spec)].some(ranBeside));
  return others.map((spec) => `T${spec.tag} (${spec.name}) ran, but @since names ${[...affected].join(" ") || "nothing"}`);
}
