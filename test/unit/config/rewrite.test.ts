// What is put into the text of a module, and where.
import assert from "node:assert/strict";
import { test } from "node:test";
import { init, parse } from "es-module-lexer";
import { rewriteImports } from "../../../src/config/rewrite.ts";

await init();

function begun(code: string): string {
  return rewriteImports(code, parse(code)[0], { begin: ";B;", replace: () => ({ specifier: null, plain: false }), computed: () => {} }).code;
}

test("a body begins behind the first import, or before the code that stands in front of it", () => {
  assert.equal(begun('// a\n/* b\n*/ import "x"\nf();'), '// a\n/* b\n*/ import "x";B;\nf();');
  assert.equal(begun('f(); import "x"'), ';B;f(); import "x"');
  assert.equal(begun("f();"), ";B;f();");
});

test("many comments before code take no time", () => {
  const code = `${"/".repeat(200)}\n${"/* a */ ".repeat(200)}\nf();\nimport "x";`;
  assert.equal(begun(code), `;B;${code}`);
});
