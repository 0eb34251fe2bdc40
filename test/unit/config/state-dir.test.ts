// The state folder as a config's text has it: a literal alone.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { stateDirIn } from "../../../src/config/state-dir.ts";
import { tempFolder } from "../../support/folder.ts";

test("one text is read, and none that goes on behind it or is spelled with escapes", () => {
  const file = join(tempFolder("state-dir"), "tasks.config.ts");
  const read = (value: string): string | null => (writeFileSync(file, `export default { stateDir: ${value}, tasks: {} };\n`), stateDirIn(file));
  for (const value of ['"s"', "'s'", "`s`", '"s" as string', '"s" // it']) assert.equal(read(value), "s", value);
  for (const value of ['"s" + "t"', '"s"\n    + "t"', '"s".concat("t")', "`s${1}`", '"\\x73"', '"s" || x', 'x + "s"']) assert.equal(read(value), null, value);
});
