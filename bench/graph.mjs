// The seeded workload: ten layers of n/10 tasks; a task has 1–3 sources of 200 bytes of its own, one output, and two needs
// in the layer before. The same graph in two layouts: "files" (one folder a layer, as make users have it) and "packages"
// (a folder a task, as tools for JavaScript workspaces want it). Knows no tools.

/** xorshift32: the same numbers everywhere. */
export function random(seed) {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

const LAYERS = 10;

const PLACES = {
  files: (layer, i) => ({ folder: "", source: (k) => `src/${layer}/${i}_${k}.txt`, output: `out/${layer}/${i}.out` }),
  packages: (_layer, i) => ({ folder: `packages/t${i}`, source: (k) => `packages/t${i}/src/${k}.txt`, output: `packages/t${i}/out/o.out` }),
};

/** What a task does: `cp` copies its first source alone; `cksum` reads all it declares, so a change travels on. */
const WORKS = {
  cp: (files, output) => `cp ${files[0]} ${output}`,
  cksum: (files, output) => `cksum ${files.join(" ")} > ${output}`,
};

/**
 * { layout, work, tasks }, tasks in an order in which needs come first, paths relative to the root:
 * { name, index, folder, sources, deps (indices), needs (their outputs), output, command (from the root), local (from the folder) }.
 */
export function makeGraph({ count, seed = 1, layout = "files", work = "cp" }) {
  const next = random(seed);
  const width = Math.max(1, Math.floor(count / LAYERS));
  const tasks = [];
  for (let index = 0; index < count; index++) {
    const layer = Math.min(LAYERS - 1, Math.floor(index / width));
    const place = PLACES[layout](layer, index);
    const sources = Array.from({ length: 1 + next(3) }, (_, k) => place.source(k));
    const deps = layer === 0 ? [] : [...new Set([next(width), next(width)])].map((at) => (layer - 1) * width + at);
    const needs = deps.map((dep) => tasks[dep].output);
    const command = WORKS[work]([...sources, ...needs], place.output);
    const local = WORKS[work]([...sources, ...needs].map((file) => below(file, place.folder)), below(place.output, place.folder));
    tasks.push({ name: `t${index}`, index, folder: place.folder, sources, deps, needs, output: place.output, command, local });
  }
  return { layout, work, count, seed, tasks };
}

/** `file` as seen from `folder`, both relative to the root. */
function below(file, folder) {
  if (folder === "") return file;
  return file.startsWith(folder + "/") ? file.slice(folder.length + 1) : "../../" + file;
}

/** Indices of the tasks that take from each task. */
function usersOf(tasks) {
  const users = tasks.map(() => []);
  for (const task of tasks) for (const dep of task.deps) users[dep].push(task.index);
  return users;
}

/** Tasks that hang below `index`, itself included. */
function coneOf(users, index) {
  const seen = new Set([index]);
  for (const at of seen) for (const user of users[at]) seen.add(user);
  return seen;
}

/** The task of the first layer that reaches nearest to `wanted` tasks, among those with a source that `cp` does not copy: { task, reach }. */
export function rootTask({ tasks }, wanted = 1000) {
  const users = usersOf(tasks);
  const roots = tasks.filter((task) => task.deps.length === 0);
  const candidates = roots.filter((task) => task.sources.length > 1).slice(0, 300);
  let best = null;
  for (const task of candidates.length === 0 ? roots.slice(0, 1) : candidates) {
    const reach = coneOf(users, task.index).size;
    if (best === null || Math.abs(reach - wanted) < Math.abs(best.reach - wanted)) best = { task, reach };
  }
  return best;
}

/** 200 bytes of seeded text for the source number `serial`. */
export function sourceText(seed, serial) {
  const next = random((seed + 1) * 1_000_003 + serial);
  let text = "";
  while (text.length < 200) text += next(1e9).toString(36) + " ";
  return text.slice(0, 199) + "\n";
}
