// node scripts/docs.mjs [--check]: writes docs/cli.md from the table of commands, and checks the pages: links that lead
// nowhere, to a file or to a heading, entries of the changelog that stand there twice, a README of more than 150 lines. With
// --check nothing is written and a difference is an error.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const trouble = [];

async function referencePage() {
  const result = await build({ absWorkingDir: root, entryPoints: ["src/cli/words/help.ts"], bundle: true, platform: "node", format: "esm", packages: "external", write: false, logLevel: "warning" });
  const url = "data:text/javascript;base64," + Buffer.from(result.outputFiles[0].contents).toString("base64");
  return (await import(url)).referencePage();
}

const page = await referencePage();
const target = join(root, "docs/cli.md");
if (!process.argv.includes("--check")) writeFileSync(target, page);
else if (!existsSync(target) || readFileSync(target, "utf8") !== page) trouble.push("docs/cli.md differs from the table of commands: node scripts/docs.mjs");

const pages = ["README.md", "CHANGELOG.md", ...readdirSync(join(root, "docs")).map((file) => `docs/${file}`), ...readdirSync(join(root, "examples")).map((name) => `examples/${name}/README.md`)].filter((file) => file.endsWith(".md") && existsSync(join(root, file)));

/** What GitHub makes of the headings of a page. */
function anchors(file) {
  return [...readFileSync(join(root, file), "utf8").matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replace(/\s/g, "-"));
}

for (const file of pages) {
  const text = readFileSync(join(root, file), "utf8");
  for (const [, link, anchor] of text.matchAll(/\]\(([^)#\s]*)(?:#([^)]*))?\)/g)) {
    const to = link === "" ? file : join(dirname(file), link);
    if (/^[a-z]+:/.test(link)) continue;
    if (!existsSync(join(root, to))) trouble.push(`${file}: the link "${link}" leads nowhere`);
    else if (anchor !== undefined && to.endsWith(".md") && !anchors(to).includes(anchor)) trouble.push(`${file}: ${to} has no heading "#${anchor}"`);
  }
}

const entries = readFileSync(join(root, "CHANGELOG.md"), "utf8").split("\n").filter((line) => line.startsWith("- "));
for (const twice of new Set(entries.filter((line, at) => entries.indexOf(line) !== at))) trouble.push(`CHANGELOG.md has an entry twice: ${twice.slice(0, 80)}`);
const testCommand = readFileSync(join(root, ".ci/run"), "utf8").trimEnd().split("\n").at(-1);
if (!readFileSync(join(root, "README.md"), "utf8").includes(testCommand)) trouble.push(`README.md does not have the test command of .ci/run: ${testCommand}`);
const lines = readFileSync(join(root, "README.md"), "utf8").trimEnd().split("\n").length;
if (lines > 150) trouble.push(`README.md has ${lines} lines; at most 150`);

for (const line of trouble) console.error(line);
process.exitCode = trouble.length === 0 ? 0 : 1;
if (trouble.length === 0) console.log(`${pages.length} pages are in order`);
