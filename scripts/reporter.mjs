// Test reporter: one line a file and every failure in full. The counts go to the file TG_TEST_COUNTS; scripts/test.mjs prints them.
import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import process from "node:process";

function nameOf(file) {
  return file === undefined ? "?" : relative(process.cwd(), file).replace(/^out\/test-\d+\//, "").replace(/\.mjs$/, "");
}

function failureText(data) {
  const error = data.details?.error;
  const cause = error?.cause ?? error;
  const text = cause?.stack ?? String(cause?.message ?? cause);
  const own = text.split("\n").filter((line) => !/^\s+at .*node:internal\//.test(line));
  return `✖ ${nameOf(data.file)} › ${data.name}\n${own.join("\n").replace(/^/gm, "    ")}\n`;
}

export default async function* report(source) {
  const files = new Map();
  let failures = "";
  let passed = 0, failed = 0, skipped = 0;
  for await (const { type, data } of source) {
    if (type === "test:stderr" || type === "test:stdout") yield data.message;
    if (type !== "test:pass" && type !== "test:fail") continue;
    const file = files.get(data.file) ?? { passed: 0, failed: 0, ms: 0 };
    files.set(data.file, file);
    if (data.nesting === 0) file.ms += data.details?.duration_ms ?? 0;
    // Children are counted, not the suite that they make up, nor the parent that fails because one did.
    if (data.details?.type === "suite" && type === "test:pass") continue;
    if (type === "test:fail" && data.details?.error?.failureType === "subtestsFailed") continue;
    if (type === "test:fail" && data.todo === undefined) {
      failed++;
      file.failed++;
      failures += failureText(data);
      yield `✖ ${nameOf(data.file)} › ${data.name}\n`;
    } else if (data.skip !== undefined) {
      skipped++;
      yield `- ${nameOf(data.file)} › ${data.name}: skipped${typeof data.skip === "string" ? ` (${data.skip})` : ""}\n`;
    } else {
      passed++;
      file.passed++;
    }
  }
  for (const [file, count] of files) yield `${count.failed > 0 ? "✖" : "✔"} ${nameOf(file)}  ${count.passed} passed${count.failed > 0 ? `, ${count.failed} failed` : ""}  ${Math.round(count.ms)} ms\n`;
  if (failures !== "") yield `\n${failures}`;
  const rows = [...files].find(([file]) => /\/e2e\/rows\.test\./.test(file))?.[1].passed ?? 0;
  writeFileSync(process.env.TG_TEST_COUNTS, JSON.stringify({ passed, failed, skipped, rows }));
}
