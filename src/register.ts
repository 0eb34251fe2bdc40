// `node --import tg-build/register tasks/x.task.ts`: lets Node 20 run a TypeScript task file directly. The same module
// registers the hooks and, in Node's loader thread, is the hooks. Knows no tasks.
import { readFileSync } from "node:fs";
import { register } from "node:module";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";
import { stripTypes } from "./config/strip.ts";

interface Resolved {
  readonly url: string;
}

type NextResolve = (specifier: string, context: unknown) => Promise<Resolved>;
type NextLoad = (url: string, context: unknown) => Promise<unknown>;

if (isMainThread) register(import.meta.url);

/** Alternative spellings of a relative import that TypeScript allows. */
function spellings(specifier: string): string[] {
  const js = /\.([mc]?)js$/.exec(specifier);
  return js === null ? [specifier + ".ts", specifier + "/index.ts"] : [specifier.slice(0, -js[0].length) + `.${js[1]}ts`];
}

export async function resolve(specifier: string, context: unknown, next: NextResolve): Promise<Resolved> {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!/^\.{0,2}\//.test(specifier)) throw error;
    for (const spelling of spellings(specifier)) {
      const found = await next(spelling, context).catch(() => null);
      if (found !== null) return found;
    }
    throw error;
  }
}

export async function load(url: string, context: unknown, next: NextLoad): Promise<unknown> {
  if (!/^file:.*\.m?ts$/.test(url) || url.includes("/node_modules/")) return next(url, context);
  const file = fileURLToPath(url);
  const stripped = stripTypes(readFileSync(file, "utf8"), file);
  if ("code" in stripped) return { format: "module", shortCircuit: true, source: stripped.code };
  const { problem } = stripped;
  const why = problem.code === "config-syntax" ? problem.message : problem.code === "config-conflict" ? "an unresolved merge conflict" : "namespaces are not supported";
  throw new SyntaxError(`${file}:${"line" in problem ? problem.line : 0}: ${why}`);
}
