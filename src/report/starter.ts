// The files that `tg init` writes, as text: a first config from npm scripts, editor tasks. Knows no disk.

export interface StarterScript {
  readonly name: string;
  readonly command: string;
}

export interface Starter {
  /** Become tasks, in this order. */
  readonly scripts: readonly StarterScript[];
  /** Task → the tasks it needs first (its `pre` script, or the scripts it only calls). */
  readonly deps: ReadonlyMap<string, readonly string[]>;
  /** Scripts that only call others, with no command of their own. */
  readonly barriers: ReadonlySet<string>;
  /** What a bare build makes: among all scripts some clean, fix, deploy or publish, and nobody knows which. */
  readonly wanted: readonly string[];
  /** Left out: servers and watchers, which never end, npm's own hooks, and names that a command line cannot express. */
  readonly leftOut: readonly string[];
}

function keyText(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

function taskText({ name, command }: StarterScript, { deps, barriers }: Starter): string {
  const fields: string[] = [];
  const needs = deps.get(name) ?? [];
  if (needs.length > 0) fields.push(`deps: ${JSON.stringify(needs)}`.replaceAll(",", ", "));
  // Otherwise it would be judged by deps alone, and what else a script reads is unknown.
  if (needs.length > 0 && !barriers.has(name)) fields.push("always: true");
  if (!barriers.has(name)) fields.push(`run: ${JSON.stringify(command)}`);
  return `    ${keyText(name)}: { ${fields.join(", ")} },`;
}

const HEAD = `import { defineConfig } from "tg-build";

// A task of which nothing is known, or that says "always", runs in every build. Say what it reads and makes, take "always"
// out, and it runs only when that changed:
//   inputs: ["src/**/*.ts", "tsconfig.json"], outputs: ["dist/"]
// What one task makes and another reads orders the two; nobody has to write that down.
export default defineConfig({
`;

const EXAMPLE = `    hello: { outputs: ["hello.txt"], run: "echo hello > hello.txt" },
`;

export function starterConfig(starter: Starter): string {
  const tasks = starter.scripts.map((script) => taskText(script, starter) + "\n").join("");
  const left = starter.leftOut.length === 0 ? "" : `    // Left to npm: ${starter.leftOut.join(", ")}\n`;
  const wanted = tasks === "" ? "" : `  // A bare "tg build" makes these; "tg build NAME" any other task.\n  default: [${starter.wanted.map((name) => JSON.stringify(name)).join(", ")}],\n`;
  return `${HEAD}${wanted}  tasks: {\n${tasks === "" ? EXAMPLE : tasks}${left}  },\n});\n`;
}

export type StarterRuntime = "node" | "bun" | "deno";

/** As in README.md. */
const INSTALL: Readonly<Record<StarterRuntime, string>> = {
  node: "npm install --save-dev tg-build",
  bun: "bun add --dev tg-build",
  deno: "deno install --dev npm:tg-build",
};

/** The command, with what starts it if `tg` is not on the PATH; `npx` exists for Node only. */
const START: Readonly<Record<StarterRuntime, readonly string[]>> = {
  node: ["npx", "tg"],
  bun: ["bunx", "--bun", "tg"],
  deno: ["deno", "run", "-A", "npm:tg-build/tg"],
};

export function editorTasks(names: readonly string[], runtime: StarterRuntime): string {
  const [command, ...first] = START[runtime];
  const task = (label: string, args: readonly string[], group: object): object => ({ label, type: "process", command, args: [...first, ...args], problemMatcher: ["$tsc"], ...group });
  const tasks = [task("tg build", ["build"], { group: { kind: "build", isDefault: true } }), ...names.map((name) => task(`tg build ${name}`, ["build", name], {}))];
  return JSON.stringify({ version: "2.0.0", tasks }, null, 2) + "\n";
}

export interface InitTold {
  /** As written, relative to where tg was started. */
  readonly written: readonly string[];
  readonly tasks: readonly string[];
  /** Scripts of package.json that now call tg. */
  readonly hooked: readonly string[];
  /** `pre` scripts removed from package.json: they are deps now. */
  readonly dropped: readonly string[];
  /** tg-build is not among the dependencies yet. */
  readonly notInstalled: boolean;
  /** The runtime that runs tg now. */
  readonly runtime: StarterRuntime;
}

export function initLines(told: InitTold): string[] {
  const lines = told.written.map((file) => `wrote ${file}`);
  if (told.hooked.length > 0) lines.push(`these scripts of package.json call tg now: ${told.hooked.join(", ")}`);
  if (told.dropped.length > 0) lines.push(`taken out of package.json, deps now: ${told.dropped.join(", ")}`);
  lines.push("", "tg: next:");
  if (told.notInstalled) lines.push(`  ${INSTALL[told.runtime]}`);
  lines.push("  say in tasks.config.ts what each task reads (inputs) and makes (outputs)", `  ${told.runtime === "node" ? "tg" : START[told.runtime].join(" ")} build`);
  return lines;
}
