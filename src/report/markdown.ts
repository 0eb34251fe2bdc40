// Markdown of a task's own report to HTML. What it says may come from anywhere (names of files, what a tool printed): as
// where Markdown of others is shown, HTML in it is text, and no link runs a script. The only place that knows the library.
import { Marked } from "marked";

/** As no browser can read it otherwise: what is in front of the first of `/?#` is nothing, a name, or one of these schemes. */
const HARMLESS_LINK = /^(?:https?:|mailto:|tel:|[^:&\\\u0000-\u0020]*(?:[/?#]|$))/i;
const HARMLESS_IMAGE = /^(?:https?:|data:image\/(?:png|jpeg|gif|webp|svg\+xml)[;,]|[^:&\\\u0000-\u0020]*(?:[/?#]|$))/i;
/** The one way to a second line in a cell of a table. */
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
