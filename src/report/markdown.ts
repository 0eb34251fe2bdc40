// Markdown of a task's notes to HTML. It may come from anywhere (file names, a tool's output): as everywhere Markdown of others
// is
// shown, HTML in it is text, and no link runs a script. The only place that knows the library.
import { Marked } from "marked";

/** Safe in every browser: the text before the first of `/?#` is empty, a name, or one of these schemes. */
const HARMLESS_LINK = /^(?:https?:|mailto:|tel:|[^:&\\\u0000-\u0020]*(?:[/?#]|$))/i;
const HARMLESS_IMAGE = /^(?:https?:|data:image\/(?:png|jpeg|gif|webp|svg\+xml)[;,]|[^:&\\\u0000-\u0020]*(?:[/?#]|$))/i;
/** The only way to a second line in a table cell. */
const BREAK = /^<br\s*\/?>$/i;

const markdown = new Marked({
  gfm: true,
  renderer: {
    html: ({ text, block }) => (BREAK.test(text.trim()) ? "<br>" : block === true ? `<p>${escape(text.trimEnd())}</p>\n` : escape(text)),
    link: ({ href, raw }) => (HARMLESS_LINK.test(href) ? false : escape(raw)),
    image: ({ href, raw }) => (HARMLESS_IMAGE.test(href) ? false : escape(raw)),
  },
});

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

export function markdownHtml(text: string): string {
  return markdown.parse(text, { async: false });
}
