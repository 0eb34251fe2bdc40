// Function tasks of the random projects: what they ask and return, and the text of their modules. What they do beside that
// is mix, with what they were told as further arguments. Knows no tree.
import { coreOf } from "./chain.ts";
import { rateText } from "./project.ts";
import type { Project, Spec } from "./project.ts";

/** What a list that a function returns may hold. */
export const LIST_KEYS: readonly string[] = ["k0", "k1", "k2", "k3"];

/** What a function asks, in this order, before it reads. `task`: a tag. `caught`: an error of it is an answer like others. */
export type Question =
  | { readonly kind: "env" | "absent" | "glob" | "need"; readonly what: string; readonly caught?: boolean }
  | { readonly kind: "task"; readonly tag: number; readonly caught?: boolean };

/** As the module says it: [kind, name or path, caught]. */
export type Asks = readonly (readonly [kind: string, what: string, caught?: boolean])[];

/** The part of a task's context that is used. */
export interface FnContext {
  readonly deps: Readonly<Record<string, { readonly value?: unknown }>>;
  readonly run?: HookRun;
  readonly scratch: string;
  env(name: string): Promise<string | undefined>;
  absent(path: string): Promise<boolean>;
  glob(pattern: string): Promise<readonly string[]>;
  need(target: string): Promise<unknown>;
}

/** How an attempt went, as the hook after it is told. */
export interface HookRun {
  readonly outcome: string;
  readonly value?: unknown;
}

/** Does it run a function whose values by name are in its key? What comes before a run is no part of that. */
export const takesValues = (spec: Spec): boolean => spec.fn || (hooksAreCalls(spec) && spec.afterRun !== "");

/** Further arguments of a hook's mix: what it was told. Before a run some values make it fail. Its text stands in the module, as below. */
export function hookTold({ run, deps }: Pick<FnContext, "run" | "deps">, values: readonly string[]): string[] {
  const taken = values.flatMap((name) => ["-v", `${name}=${JSON.stringify(deps[name]!.value)}`]);
  if (run !== undefined) return ["-v", `run=${run.outcome} ${JSON.stringify(run.value ?? null)}`, ...taken];
  return values.some((name) => (deps[name]!.value as { n?: number } | null)?.n === 3) ? [...taken, "-s", "FAIL"] : taken;
}

/** What comes before a run is in no key: with the same that it takes it may fail where it was not there last time. */
export const mayFailBefore = (spec: Spec): boolean => !spec.barrier && (spec.before.startsWith("FAIL") || (spec.before !== "" && spec.beforeTakes && hooksAreCalls(spec)));

/** Names of the deps whose values a hook takes. */
export const takenBy = (project: Project, spec: Spec, hook: "before" | "afterRun"): string[] => (hook === "afterRun" || spec.beforeTakes ? valuesOf(project, spec) : []);

/** Leaves in its folder what is in its task's key, and finds there nothing else. Its text stands in the module, as below. */
export function useScratch(fs: Pick<typeof import("node:fs"), "existsSync" | "readFileSync" | "writeFileSync">, file: string, text: string): void {
  if (fs.existsSync(file) && fs.readFileSync(file, "latin1") !== text) throw new Error(file + " is of another key");
  fs.writeFileSync(file, text, "latin1");
}

/** A module beside the config, which imports it. */
export const HELPER = "fn/helper.mjs";

export const helperText = ({ helperComment }: Project): string => `// ${helperComment}
import { lstatSync } from "node:fs";
export const pools = { one: 1, paced: { rate: "${rateText("pool")}" } };
export const isThere = (path) => lstatSync(process.env.MIX_ROOT + "/" + path, { throwIfNoEntry: false }) !== undefined;
`;

/** Is the helper code of it? */
export const importsHelper = (spec: Spec): boolean => spec.helped || (spec.when && spec.onlyIf !== "" && !spec.chained);

export const fnFileOf = (tag: number): string => `fn/t${tag}.task.mjs`;

const nameOf = (project: Project, tag: number): string => project.tasks.find((spec) => spec.tag === tag)?.name ?? `gone${tag}`;

const isInstance = (spec: Spec): boolean => spec.each !== null || spec.name.includes("[");

const hasHooks = (spec: Spec): boolean => spec.before + spec.afterRun !== "" && !spec.barrier;

/** Are its hooks functions, in its own module? */
const hooksAreOwn = (spec: Spec): boolean => spec.hookFn && hasHooks(spec) && !spec.chained && !isInstance(spec);

/** Or in the config, as those of a chain or an instance are? All of the config is their code then; not in a family over a list of the config, where what that reads does not count. */
export const hooksAreConfigs = (spec: Spec): boolean => spec.hookFn && spec.hookInConfig && hasHooks(spec) && (spec.each !== null || (spec.chained && !isInstance(spec)));

export const hooksAreCalls = (spec: Spec): boolean => hooksAreOwn(spec) || hooksAreConfigs(spec);

/** Does it stand in a module of its own? */
export const isInModule = (spec: Spec): boolean => spec.fn || hooksAreOwn(spec);

/** Does the hook after it return a value, in place of its own? Not where that is a list, nor of an instance: its family's value is made of that. */
export const hookReturns = (spec: Spec): boolean => hooksAreCalls(spec) && !isInstance(spec) && /[0-4]$/.test(spec.afterRun) && spec.returns !== "list";

/** What the last member of a chain returns is what the chain does. */
export const returnsValue = (spec: Spec): boolean => hookReturns(spec) || (spec.fn && spec.returns !== "" && coreOf(spec).isLast);

/** Names of the deps whose values it takes, as its module says them. */
export function valuesOf(project: Project, spec: Spec): string[] {
  return project.tasks.filter((other) => spec.deps.includes(other.tag) && returnsValue(other) && !other.allow && other.when && other.onlyIf === "").map((other) => other.name).sort();
}

export function asksOf(project: Project, spec: Spec): Asks {
  return spec.asks.map((ask) => {
    const what = ask.kind === "task" ? nameOf(project, ask.tag) : ask.what;
    return ask.caught === true ? [ask.kind, what, true] : [ask.kind, what];
  });
}

/** Arguments of mix for what a function was told. Its text stands in the module: it must not use anything from outside. */
export async function collect(ctx: FnContext, values: readonly string[], asks: Asks): Promise<string[]> {
  const more: string[] = [];
  for (const name of values) more.push("-v", `${name}=${JSON.stringify(ctx.deps[name]!.value)}`);
  for (const [kind, what, caught] of asks) {
    const otherwise = <T>(error: unknown, none: T): T => {
      if (caught === true) return none;
      throw error;
    };
    if (kind === "env") more.push("-v", `${what}=${(await ctx.env(what)) ?? "<unset>"}`);
    else if (kind === "absent") more.push("-v", `${what}=${String(await ctx.absent(what))}`);
    else if (kind === "task") more.push("-v", `${what}=${await ctx.need(what).then((value) => JSON.stringify(value), (error) => otherwise(error, "none"))}`);
    else {
      const paths = kind === "glob" ? await ctx.glob(what).catch((error) => otherwise(error, null)) : [what];
      if (paths === null) more.push("-v", `${what}=none`);
      for (const path of paths ?? []) {
        if (await ctx.need(path).then(() => true, (error) => otherwise(error, false))) more.push("-i", path);
        else more.push("-v", `${path}=none`);
      }
    }
  }
  return more;
}

/** What a function returns, by mix's checksum; null: nothing. */
export function valueOf(returns: Spec["returns"], sum: number): unknown {
  if (returns === "value") return { n: sum % 5, text: `v ${sum % 3}` };
  if (returns === "list") {
    const keys = ["k0", "k1", "k2", "k3"].filter((_, i) => (sum >> i) % 2 === 0);
    return (sum >> 4) % 3 === 0 ? keys.reverse() : keys;
  }
  return null;
}

function whenOf(spec: Spec): string {
  // Of a chain it is said beside the members.
  if (spec.chained) return "";
  if (!spec.when) return "when: false, ";
  return spec.onlyIf === "" ? "" : `when: () => isThere(${JSON.stringify(spec.onlyIf.replace("!", ""))}) !== ${spec.onlyIf.startsWith("!")}, `;
}

/** What a hook that is a function is called with, beside its context. */
export const callOf = (project: Project, spec: Spec, hook: "before" | "afterRun", words: unknown): unknown[] => [words, takenBy(project, spec, hook), hook === "afterRun" && hookReturns(spec)];

/** What decides what a function does, and nothing else: `args` of mix, values and questions by name. `run`: the command of a task whose hooks alone are functions. */
export function fnModule(project: Project, spec: Spec, args: readonly string[], hooks: Readonly<Record<string, unknown>>, run?: string | readonly string[]): string {
  const isCalls = hooksAreCalls(spec);
  const hookText = ([name, words]: [string, unknown]): string => `${name}: ${isCalls ? `(ctx) => hook(ctx, ${JSON.stringify(callOf(project, spec, name as "before", words))})` : JSON.stringify(words)}, `;
  const runText = run === undefined ? `(ctx) => call(ctx, ${JSON.stringify([args, valuesOf(project, spec), asksOf(project, spec), spec.returns])})` : JSON.stringify(run);
  return `import { defineTask } from "tg-build";
${importsHelper(spec) ? 'import { isThere } from "./helper.mjs";\n' : ""}import { call, hook } from "./call.mjs";
export default defineTask(import.meta, { ${whenOf(spec)}${Object.entries(hooks).map(hookText).join("")}run: ${runText} });
`;
}

/** The module that all of them import; `mix` is how the program is started. */
export function callModule(mix: readonly string[]): string {
  return `import { spawnSync } from "node:child_process";
import fs, { appendFileSync } from "node:fs";
const useScratch = ${useScratch.toString()};
const collect = ${collect.toString()};
const valueOf = ${valueOf.toString()};
const hookTold = ${hookTold.toString()};
export async function hook(ctx, [args, values, returns]) {
  useScratch(fs, ctx.scratch + "/" + args[0][0], ctx.run === undefined ? "" : args.join(" "));
  const run = spawnSync(${JSON.stringify(mix[0])}, [...${JSON.stringify(mix.slice(1))}, ...args, ...hookTold(ctx, values)], { encoding: "latin1" });
  console.log(run.stdout);
  if (run.status !== 0) throw new Error(args[0] + " failed: " + run.stderr);
  return returns ? valueOf("value", Number(run.stdout.split(" ")[1])) : undefined;
}
export async function call(ctx, [args, values, asks, returns]) {
  const note = (word) => appendFileSync(process.env.MIX_CTL + "/log", word + " " + args[0] + "\\n");
  note("start");
  const more = await collect(ctx, values, asks).catch((error) => {
    note("end");
    throw error;
  });
  const run = spawnSync(${JSON.stringify(mix[0])}, [...${JSON.stringify(mix.slice(1))}, ...args, ...more], { encoding: "latin1", env: { ...process.env, MIX_STARTED: "1" } });
  console.log(run.stdout);
  if (run.status !== 0) throw new Error(args[0] + " failed: " + run.stderr);
  return valueOf(returns, Number(run.stdout.split(" ")[1])) ?? undefined;
}
`;
}
