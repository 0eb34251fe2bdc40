// Markdown of a task's own report to HTML. The only place that knows the library.
import { marked } from "marked";

export function markdownHtml(text: string): string {
  return marked.parse(text, { async: false, gfm: true });
}
