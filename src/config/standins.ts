// Small modules that kept copies import instead of something else: built-ins whose use is observed, `import.meta`. Text only;
// knows neither the observer nor the graph.
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";

export type Observed = "fs" | "fs/promises" | "process" | "child_process";

/** The functions an observer replaces. Kept in step with observe.ts by a test. */
export const OBSERVED: Readonly<Record<Observed, readonly string[]>> = {
  fs: ["readFileSync", "readdirSync", "statSync", "lstatSync", "existsSync", "accessSync", "openSync", "opendirSync", "createReadStream", "readFile", "readdir", "stat", "lstat", "access", "open", "opendir"],
  "fs/promises": ["readFile", "readdir", "stat", "lstat", "access", "open", "opendir"],
  process: [],
  child_process: ["spawn", "spawnSync", "exec", "execSync", "execFile", "execFileSync", "fork"],
};

export function standInName(name: Observed): string {
  return `node-${name.replace("/", "-")}.mjs`;
}

/**
 * A built-in with late-bound functions: on Bun and Deno the named exports of a built-in do not follow when the observer
 * replaces its members; these do.
 */
export function standIn(name: Observed): string {
  const object = name === "fs/promises" ? "origin.promises" : "origin";
  const lines = [`export * from "node:${name}";`, `import origin from "node:${name === "fs/promises" ? "fs" : name}";`, `export default ${object};`];
  if (name === "process") lines.push("export const env = origin.env;", "export const loadEnvFile = (...args) => origin.loadEnvFile(...args);");
  else lines.push(`const late = (key) => new Proxy(${object}[key], { apply: (_, self, args) => ${object}[key](...args), get: (_, property) => ${object}[key][property] });`);
  for (const one of OBSERVED[name]) lines.push(`export const ${one} = late("${one}");`);
  return lines.join("\n") + "\n";
}

/** What replaces `import.meta` in modules of a kept folder: everything as in the source, never main. */
export function metaModule(sources: readonly { readonly name: string; readonly file: string }[]): string {
  return [
    `const relative = /^(\\.{0,2}\\/|file:)/;`,
    `const meta = (url, filename, dirname) => ({ url, filename, dirname, main: false, resolve: (to) => (relative.test(to) ? new URL(to, url).href : import.meta.resolve(to)) });`,
    ...sources.map(({ name, file }) => `export const ${name} = meta(${JSON.stringify(pathToFileURL(file).href)}, ${JSON.stringify(file)}, ${JSON.stringify(dirname(file))});`),
    "",
  ].join("\n");
}
