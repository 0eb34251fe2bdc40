// What a task's report says in Markdown, as HTML of the page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { markdownHtml } from "../../../src/report/markdown.ts";

test("HTML in Markdown is text, but for a line break", () => {
  assert.equal(markdownHtml("a <b>x</b><script>alert(1)</script> `<i>` &lt; <!-- c -->"), "<p>a &#60;b&#62;x&#60;/b&#62;&#60;script&#62;alert(1)&#60;/script&#62; <code>&lt;i&gt;</code> &lt; &#60;!-- c --&#62;</p>\n");
  assert.equal(markdownHtml("<div onclick='x'>\nhi\n</div>\n\nend"), "<p>&#60;div onclick=&#39;x&#39;&#62;\nhi\n&#60;/div&#62;</p>\n<p>end</p>\n");
  assert.match(markdownHtml("| a |\n|---|\n| 1<br>2<BR/>3 |"), /<td>1<br>2<br>3<\/td>/);
});

test("a link leads somewhere, and runs nothing", () => {
  for (const href of ["https://a.b/c?d", "mailto:a@b.c", "../c:d.html", "#part", "page.html"]) assert.match(markdownHtml(`[x](${href})`), /<a href="/, href);
  assert.match(markdownHtml("<https://a.b>, www.a.b"), /<a href="https:\/\/a\.b">.*<a href="http:\/\/www\.a\.b">/);
  assert.match(markdownHtml("![i](data:image/png;base64,AA) ![j](p.svg)"), /<img src="data:image\/png;base64,AA" alt="i"> <img src="p\.svg" alt="j">/);
  for (const href of ["javascript:alert(1)", "JavaScript:x", "&#106;avascript:x", "&Tab;javascript:x", "java&NewLine;script:x", "<java\tscript:x>", "vbscript:x", "data:text/html,x", "file:///etc/passwd"]) {
    assert.doesNotMatch(markdownHtml(`[x](${href})`), /<a /, href);
    assert.doesNotMatch(markdownHtml(`![x](${href})`), /<img /, href);
    assert.doesNotMatch(markdownHtml(`[x][r]\n\n[r]: ${href}`), /<a /, href);
  }
  assert.equal(markdownHtml('<javascript:alert("1")>'), "<p>&#60;javascript:alert(&#34;1&#34;)&#62;</p>\n");
});
