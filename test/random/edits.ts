// Random edits of files: what people, editors and git do to sources, and accidents that befall outputs. Each returns a
// line for the story, or null when there was nothing to edit. Edits of definitions are in redefine.ts.
import type { Prng } from "./prng.ts";
import { ownerOf } from "./claims.ts";
import { newSourcePath, sourceText } from "./project.ts";
import type { Scene } from "./scene.ts";
import { linkAt, moveAt, outputsOf, removeAt, setTime, sourcesOf, timeOf, toggleExec, treeOf, writeAt, writeSecretly, writeTool } from "./scene.ts";
import { editTool, type ToolHands } from "./tools.ts";
import type { Tree } from "./tree.ts";

interface Edit {
  readonly scene: Scene;
  readonly prng: Prng;
  readonly tree: Tree;
  /** Regular files among the sources. */
  readonly files: readonly string[];
  readonly sources: readonly string[];
  readonly outputs: readonly string[];
}

const textAt = (edit: Edit, path: string): string => {
  const node = edit.tree.get(path);
  return node?.kind === "file" ? node.text : "";
};

function marked(prng: Prng, text: string): string {
  const [body = "", comment] = text.split(" #");
  const mark = prng.weighted({ none: 20, FAIL: 1, "FAIL HALF": 1, FLAKY: 3, SLOW: 2, SAME: 2, EXEC: 2 });
  return `${body}${mark === "none" ? "" : ` ${mark}`}${comment === undefined ? "" : ` #${comment}`}`;
}

/** Another text of the same length. */
function sameSize(prng: Prng, text: string): string {
  const at = [...text].flatMap((c, i) => (c >= "0" && c <= "9" && !/USE:\S*$/.test(text.slice(0, i)) ? [i] : []));
  if (at.length === 0) return text;
  const i = prng.pick(at);
  return text.slice(0, i) + ((Number(text[i]) + 1 + prng.int(8)) % 10) + text.slice(i + 1);
}

const SOURCE_EDITS: Readonly<Record<string, (edit: Edit, path: string) => string>> = {
  write: ({ scene, prng }, path) => {
    const text = marked(prng, sourceText(prng, path));
    writeAt(scene, path, text);
    scene.recent = [path, ...scene.recent].slice(0, 3);
    return `write ${path}: ${text}`;
  },
  comment: (edit, path) => {
    const text = `${textAt(edit, path).split(" #")[0]!} #c${edit.prng.int(1000)}`;
    writeAt(edit.scene, path, text);
    return `comment ${path}: ${text}`;
  },
  again: (edit, path) => {
    writeAt(edit.scene, path, textAt(edit, path));
    return `same content ${path}`;
  },
  secret: (edit, any) => {
    // Twice the same file in a row is what a clock that rarely ticks cannot tell.
    const again = edit.scene.recent.filter((file) => edit.files.includes(file));
    const path = again.length > 0 && edit.prng.chance(0.6) ? again[0]! : any;
    const text = sameSize(edit.prng, textAt(edit, path));
    writeSecretly(edit.scene, path, text);
    edit.scene.recent = [path, ...edit.scene.recent].slice(0, 3);
    return `same size and mtime ${path}: ${text}`;
  },
  swap: (edit, path) => {
    const other = edit.prng.pick(edit.files);
    writeAt(edit.scene, path, textAt(edit, other));
    writeAt(edit.scene, other, textAt(edit, path));
    return `swap contents ${path} ${other}`;
  },
  swapTimes: ({ scene, prng, files }, path) => {
    const other = prng.pick(files);
    const [a, b] = [timeOf(scene, path), timeOf(scene, other)];
    setTime(scene, path, b);
    setTime(scene, other, a);
    return `swap mtimes ${path} ${other}`;
  },
  touch: ({ scene, prng }, path) => {
    setTime(scene, path, Date.now() / 1000 - prng.int(100));
    return `touch ${path}`;
  },
  remove: ({ scene, prng, files }, path) => {
    const optional = files.filter((file) => !/\/f0\.|^inc\//.test(file));
    const victim = optional.length > 0 && prng.chance(0.9) ? prng.pick(optional) : path;
    removeAt(scene, victim);
    return `delete ${victim}`;
  },
  rename: ({ scene, prng, tree }, path) => {
    const to = newSourcePath(prng);
    if (tree.get(to)?.kind === "dir" || to === path) return `no rename`;
    moveAt(scene, path, to);
    return `rename ${path} ${to}`;
  },
  renameOver: ({ scene, prng, files }, path) => {
    const to = prng.pick(files);
    if (to === path) return "no rename";
    moveAt(scene, path, to);
    return `rename over ${path} ${to}`;
  },
  replace: (edit, path) => {
    writeAt(edit.scene, "opt/new.tmp", marked(edit.prng, sourceText(edit.prng, path)));
    moveAt(edit.scene, "opt/new.tmp", path);
    return `replace by rename ${path}`;
  },
  link: ({ scene, prng, files }, path) => {
    const target = prng.pick(files);
    // What a command takes as its stdin must be there.
    if (scene.project.streams || target.endsWith(".t") || path.endsWith(".t") || target === path) return "no link";
    linkAt(scene, path, target);
    return `symlink ${path} -> ${target}`;
  },
  chmod: ({ scene }, path) => {
    toggleExec(scene, path);
    return `chmod ${path}`;
  },
};

const SOURCE_WEIGHTS = { write: 8, comment: 3, again: 1, secret: 4, swap: 1, swapTimes: 1, touch: 1, remove: 2, rename: 1, renameOver: 0.5, replace: 1, link: 1, chmod: 1 };

const OUTPUT_EDITS: Readonly<Record<string, (edit: Edit, path: string) => string>> = {
  remove: ({ scene }, path) => (removeAt(scene, path), `delete output ${path}`),
  write: (edit, path) => (writeAt(edit.scene, path, `hand ${edit.prng.int(1000)}`), `edit output ${path}`),
  secret: (edit, path) => (writeSecretly(edit.scene, path, sameSize(edit.prng, textAt(edit, path))), `edit output, same size and mtime ${path}`),
  chmod: ({ scene }, path) => (toggleExec(scene, path), `chmod output ${path}`),
  touch: ({ scene }, path) => (setTime(scene, path, 1e9), `touch output ${path}`),
  foreign: ({ scene, prng, outputs }) => {
    const trees = scene.project.tasks.flatMap((spec) => spec.outs.flatMap((out) => (out.kind === "tree" && outputs.some((path) => path.startsWith(`${out.path}/`)) ? [out.path] : [])));
    if (trees.length === 0) return "no foreign file";
    const dir = prng.pick(trees);
    const made = `${dir}/${prng.pick(["m0.txt", "m1.txt", "m2.txt", "foreign.txt", "q/foreign.txt"])}`;
    writeAt(scene, made, `foreign ${prng.int(100)}`);
    return `write into tree ${made}`;
  },
  relink: ({ scene, prng, tree, files }) => {
    const links = [...tree].flatMap(([path, { kind }]) => (kind === "link" && ownerOf(scene.project, path) !== undefined ? [path] : []));
    if (links.length === 0) return "no link among the outputs";
    const link = prng.pick(links);
    const kind = prng.pick(["remove", "file", "other"]);
    if (kind === "remove" || files.length === 0) removeAt(scene, link);
    else if (kind === "file") writeAt(scene, link, `hand ${prng.int(1000)}`);
    else linkAt(scene, link, prng.pick(["inc/h0.h", ...files]));
    return `output link ${link}: ${kind}`;
  },
  tree: ({ scene }, path) => {
    const dir = /^(tree|pat)\/[^/]+|^[wv]\/(s1\/)?[tp][^/]+(?=\/)/.exec(path)?.[0];
    if (dir === undefined) return "no tree";
    removeAt(scene, dir);
    return `delete folder ${dir}`;
  },
};

const OUTPUT_WEIGHTS = { remove: 3, write: 2, secret: 2, chmod: 1, touch: 1, foreign: 1, tree: 0.5, relink: 2 };

function deleteIntermediates(edit: Edit): string {
  const middles = edit.outputs.filter((path) => path.endsWith(".i"));
  const some = edit.prng.some(middles, 1 + edit.prng.int(3));
  for (const path of some) removeAt(edit.scene, path);
  return `delete intermediates ${some.join(" ")}`;
}

function timeAll(edit: Edit, time: number): string {
  for (const path of [...edit.sources, ...edit.outputs]) setTime(edit.scene, path, time);
  return `set all mtimes to ${time}`;
}

/** Files that a task with a limit and further attempts surely reads, and that do not slow it yet. */
function mayBeSlowed(edit: Edit): string[] {
  const read = edit.scene.project.tasks.flatMap((spec) => (spec.timeout && spec.retries > 0 && spec.when ? spec.reads.flatMap((one) => (one.kind === "file" ? [one.path] : [])) : []));
  return edit.files.filter((path) => read.includes(path) && !/SLOW|FAIL/.test(textAt(edit, path)));
}

function slowDown(edit: Edit): string {
  const path = edit.prng.pick(mayBeSlowed(edit));
  const text = `${textAt(edit, path).split(" #")[0]!} SLOW`;
  writeAt(edit.scene, path, text);
  return `slow down ${path}: ${text}`;
}

/** Ends a failure, so that a story does not stay red. */
function heal(edit: Edit): string | null {
  const sick = edit.files.find((path) => /FAIL|SLOW/.test(textAt(edit, path)));
  if (sick === undefined) return null;
  writeAt(edit.scene, sick, textAt(edit, sick).replace(/ FAIL( HALF)?| SLOW/g, ""));
  return `mend ${sick}`;
}

function toolHands(scene: Scene): ToolHands {
  return {
    write: (path, text) => writeTool(scene, path, text),
    writeSecretly: (path, text) => writeSecretly(scene, path, text),
    remove: (path) => removeAt(scene, path),
    toggleExec: (path) => toggleExec(scene, path),
    link: (path, target) => linkAt(scene, path, target),
    touch: (path) => setTime(scene, path, Math.floor(Date.now() / 1000) - 60),
  };
}

/** Makes one edit of files and says what it was. */
export function editFiles(scene: Scene, prng: Prng): string {
  const tree = treeOf(scene);
  const sources = sourcesOf(scene, tree);
  const edit: Edit = { scene, prng, tree, sources, files: sources.filter((path) => tree.get(path)!.kind === "file"), outputs: outputsOf(scene, tree) };
  if (prng.chance(0.4)) {
    const mended = heal(edit);
    if (mended !== null) return mended;
  }
  const kind = prng.weighted({ source: 16, add: 3, output: 5, intermediates: 2, touchAll: 0.7, epoch: 0.7, tool: scene.project.tools ? 6 : 0, slow: mayBeSlowed(edit).length > 0 ? 1 : 0 });
  if (kind === "slow") return slowDown(edit);
  if (kind === "tool") return editTool(tree, prng, toolHands(scene));
  if (kind === "touchAll") return timeAll(edit, Math.floor(Date.now() / 1000) - prng.int(10));
  if (kind === "epoch") return timeAll(edit, 1);
  if (kind === "intermediates") return deleteIntermediates(edit);
  if (kind === "output" && edit.outputs.length > 0) return OUTPUT_EDITS[prng.weighted(OUTPUT_WEIGHTS)]!(edit, prng.pick(edit.outputs));
  if (kind === "add" || edit.files.length === 0) {
    const path = newSourcePath(prng);
    if (!tree.has(path)) writeAt(scene, path, sourceText(prng, path));
    return `add ${path}`;
  }
  return SOURCE_EDITS[prng.weighted(SOURCE_WEIGHTS)]!(edit, prng.pick(edit.files));
}
