// docs/json.md against what the built command prints: fields, types, and which of them may be missing. Knows no shape itself.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { repo, workspace } from "../support/rig.ts";

interface Shape {
  types: readonly string[];
  mayMiss: boolean;
  readonly fields: Map<string, Shape>;
  /** Of a list, and of an object whose names are not fixed. */
  each: Shape | null;
}

interface Section {
  readonly shape: Shape;
  readonly examples: readonly unknown[];
}

const page = fs.readFileSync(path.join(repo, "docs/json.md"), "utf8");
const newShape = (): Shape => ({ types: [], mayMiss: false, fields: new Map(), each: null });
const codes = (cell: string): string[] => [...cell.matchAll(/`([^`]*)`/g)].map(([, code]) => code!);
/** Of the table rows whose head is `head`, the cells. */
function rowsUnder(text: string, head: string): string[][] {
  const lines = text.split("\n");
  const at = lines.indexOf(head);
  const end = lines.findIndex((line, i) => i > at && !line.startsWith("|"));
  return at < 0 ? [] : lines.slice(at + 2, end).map((line) => line.slice(2, -2).split(" | "));
}

/** `tasks[].log?.at`, one step after the other; words in capitals stand for any name. */
function place(root: Shape, field: string): Shape {
  let at = root;
  for (const step of field.split(".")) {
    const [, name, list, may] = /^(\w+)((?:\[\])?)(\??)$/.exec(step)!;
    if (/^[A-Z]+$/.test(name!)) at = at.each ??= newShape();
    else {
      if (!at.fields.has(name!)) at.fields.set(name!, newShape());
      at = at.fields.get(name!)!;
      if (may === "?") at.mayMiss = true;
    }
    if (list !== "") at = at.each ??= newShape();
  }
  return at;
}

function tableShape(text: string): Shape {
  const root = newShape();
  for (const [field, types] of rowsUnder(text, "| field | type | |")) place(root, codes(field!)[0]!).types = codes(types!);
  return root;
}

const sections = new Map<string, Section>(page.split(/^## /m).slice(1).map((text) => {
  const examples = [...text.matchAll(/^```json\n(.*?)\n```$/gms)].flatMap(([, lines]) => lines!.split("\n").map((line) => JSON.parse(line) as unknown));
  return [text.slice(0, text.indexOf("\n")), { shape: tableShape(text), examples }];
}));

const PLAIN: Readonly<Record<string, string>> = { time: "number", ms: "number", bytes: "number", KiB: "number", count: "number", exit: "number", number: "number", path: "string", file: "string", string: "string", boolean: "boolean", object: "object" };

function isOf(value: unknown, type: string, at: string): boolean {
  if (type === "any") return true;
  if (type === "null") return value === null;
  if (type.endsWith("[]")) return Array.isArray(value) && value.every((one, i) => isOf(one, type.slice(0, -2), `${at}[${i}]`));
  if (sections.has(type)) return typeof value === "object" && value !== null && (matches(value, sections.get(type)!.shape, at), true);
  if (PLAIN[type] !== undefined) return value !== null && typeof value === PLAIN[type];
  return JSON.stringify(value) === type;
}

/** Throws where the value has a field that the page does not know, lacks one, or has it of another type. */
function matches(value: unknown, shape: Shape, at: string): void {
  if (shape.types.length > 0) assert.ok(shape.types.some((type) => isOf(value, type, at)), `${at} is ${JSON.stringify(value)}, on the page ${shape.types.join(" or ")}`);
  if (value === null || typeof value !== "object" || (shape.fields.size === 0 && shape.each === null)) return;
  if (Array.isArray(value)) return value.forEach((one, i) => matches(one, shape.each ?? newShape(), `${at}[${i}]`));
  for (const [name, one] of Object.entries(value)) {
    const field = shape.fields.get(name) ?? shape.each;
    assert.ok(field !== null, `${at}.${name} is not on the page`);
    matches(one, field, `${at}.${name}`);
  }
  for (const [name, field] of shape.fields) assert.ok(field.mayMiss || name in value, `${at}.${name} is on the page and is not there`);
}

function check(section: string, text: string): void {
  const { version, ...value } = JSON.parse(text) as Record<string, unknown>;
  assert.equal(version, 1);
  assert.match(text, /^\{\s*"version"/, `${section}: the version stands first`);
  matches(value, sections.get(section)!.shape, section);
}

const eventRows = rowsUnder(page, "| event | fields | |").flatMap(([names, fields]) => codes(names!).map((name) => [name, codes(fields!)] as const));

/** Each event has a shape of its own: the fields of its row, with the types of the table below. */
function eventShape(name: string): Shape {
  const types = sections.get("Events")!.shape;
  const fields = new Map((new Map(eventRows).get(name) ?? assert.fail(`the event ${name} is not on the page`)).map((field): [string, Shape] => {
    const bare = field.replace("?", "");
    return [bare, { ...(types.fields.get(bare) ?? assert.fail(`the field ${bare} of events is not on the page`)), mayMiss: field !== bare }];
  }));
  return { ...newShape(), fields };
}

function checkEvent(value: unknown): void {
  const { event, ...fields } = value as { readonly event: string };
  assert.ok(!("version" in fields), `${event} has a version`);
  matches(fields, eventShape(event), event);
}

test("the examples are what the tables say", () => {
  let count = 0;
  for (const [name, { shape, examples }] of sections) {
    for (const example of examples) {
      count++;
      if (name === "Events") checkEvent(example);
      else if (name.startsWith("tg ")) check(name, JSON.stringify(example));
      else matches(example, shape, name);
    }
  }
  assert.ok(count >= 15, String(count));
});

test("every event of model/event.ts is on the page, with its fields", () => {
  const source = fs.readFileSync(path.join(repo, "src/model/event.ts"), "utf8").replace(/\/\*.*?\*\//gs, "");
  const known = new Map<string, string[][]>();
  for (const [, names, rest] of source.matchAll(/^ {2}\| \{ readonly event: ([^;]+)(.*)\};?$/gm)) {
    const fields = [...rest!.replace(/\{[^{}]*\}/g, "").matchAll(/readonly (\w+\??):/g)].map(([, field]) => field!);
    for (const name of names!.match(/(?<=")[a-z-]+(?=")/g)!) known.set(name, [...(known.get(name) ?? []), fields]);
  }
  assert.ok(known.size > 20, String(known.size));
  // Variants of one event: what not all of them have may be missing.
  const merged = [...known].map(([name, variants]): [string, string[]] => {
    const bare = [...new Set(variants.flat().map((field) => field.replace("?", "")))];
    return [name, bare.map((field) => (variants.every((one) => one.includes(field)) ? field : field + "?")).sort()];
  });
  assert.deepEqual(Object.fromEntries(eventRows.map(([name, fields]) => [name, [...fields].sort()])), Object.fromEntries(merged));
});

test("every command that takes --json has its place", () => {
  const commands = fs.readFileSync(path.join(repo, "docs/cli.md"), "utf8").split(/^## /m).filter((text) => text.includes("| `--json` |")).map((text) => text.slice(0, text.indexOf("\n")));
  assert.ok(commands.length >= 14, String(commands.length));
  for (const command of commands) assert.ok(sections.has(command) || page.includes(`\`${command} --json\``) || page.includes(`\`${command} KEY --json\``), command);
});

test("what the command prints is what the page says", async () => {
  const w = await workspace({
    in: "1\n", "each/a": "", "package-lock.json": "{}",
    "tasks.config.ts": `import { foreach } from "tg-build";
export default { jobs: 1, cache: { store: true }, tasks: {
  gen: { description: "copies", tags: ["x"], inputs: ["in"], outputs: ["mid"], run: "echo hello; cp in mid" },
  fn: { inputs: ["mid"], run: () => ({ n: 1 }) },
  family: foreach("each/*", ({ file, key }) => ({ inputs: [file], outputs: ["out/" + key], run: ["cp", file, "out/" + key] })),
  list: { inputs: ["in"], run: () => ["x"] },
  listed: foreach({ from: "list" }, ({ key }) => ({ outputs: ["listed/" + key], run: "echo > listed/" + key })),
  bad: { inputs: ["in"], retries: 1, run: "echo no; exit 3" },
  below: { deps: ["bad"], run: "true" },
  up: { run: "sleep 100", service: {} },
} };
` });
  const print = async (words: string, code = 0): Promise<string> => {
    const run = await w.tg(words);
    assert.equal(run.code, code, `tg ${words}: ${run.stderr}`);
    return run.stdout;
  };
  const lines = (text: string): string[] => text.trimEnd().split("\n");
  check("tg status", await print("status --json"));
  for (const line of lines(await print("build -k --json --summary s.json", 1))) checkEvent(JSON.parse(line));
  check("tg build --summary", w.read("s.json"));
  w.write("in", "2\n");
  for (const line of lines(await print("build -n --json"))) checkEvent(JSON.parse(line));
  check("tg status", await print("status --json"));
  for (const line of lines(await print("why gen below --json"))) check("tg why", line);
  check("tg list", await print("list --json"));
  check("tg graph", await print("graph --json"));
  check("tg results", await print("results --json"));
  check("tg status", await print("trace a --json"));
  const runs = await print("runs --json");
  check("tg runs", runs);
  const [{ id }] = (JSON.parse(runs) as { runs: [{ id: string }] }).runs;
  for (const task of ["gen", "bad"]) for (const more of ["", ` --run ${id}`]) check("tg logs", await print(`logs ${task} --json${more}`));
  check("tg verify", await print("verify --json", 1));
  check("tg doctor", await print("doctor --json"));
  check("tg info", await print("info --json"));
  check("tg cache", await print("cache --json"));
  w.write("mid", "edited\n");
  check("tg clean", await print("clean --json"));
});

test("a command line that cannot be read is said on standard error alone", async () => {
  const w = await workspace({ "tasks.config.ts": "export default { tasks: {} };\n" });
  for (const words of ["build --json --nope", "watch --json --nope", "status --nope --json", "build --json -j x", "why --json"]) {
    const run = await w.tg(words);
    assert.deepEqual([run.code, run.stdout], [2, ""], words);
    assert.match(run.stderr, /^tg: /);
  }
});
