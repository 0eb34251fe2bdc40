// The shape of a message: what, where, what to try. Knows no code of any problem.
import type { Place } from "../model/task.ts";
import type { Paint } from "./color.ts";
import { pathText, quote, visible } from "./format.ts";

export interface Message {
  /** One line, complete in itself, without `tg: `. */
  readonly what: string;
  /** `file:line`, or null. */
  readonly where?: string | null;
  /** The next step: a command or an edit. */
  readonly hint?: string;
  /** Further lines, unchanged. */
  readonly details?: readonly string[];
}

/** One writer for every code of a union: a code without a text does not compile. */
export type Texts<P extends { readonly code: string }> = { readonly [C in P["code"]]: (problem: Extract<P, { readonly code: C }>) => Message };

export function placeText(place: Place | null | undefined): string | null {
  if (place === null || place === undefined) return null;
  return place.line > 0 ? `${pathText(place.file)}:${place.line}` : pathText(place.file);
}

/** For a path that is there behind the task's `cwd`. */
export function cwdHint(below: string): string {
  return `paths begin at the root, not in "cwd": ${pathText(below)}`;
}

/** ` (did you mean "x"?)` or nothing. */
export function meant(suggestion: string | null | undefined): string {
  return suggestion === null || suggestion === undefined ? "" : ` (did you mean ${quote(suggestion)}?)`;
}

/** `task "x"`, or the config's top. */
export function subjectText(task: string | null): string {
  return task === null ? "config" : `task ${quote(task)}`;
}

export function messageLines(message: Message, paint: Paint, warning = false): string[] {
  const head = warning ? paint.warn("tg: warning:") : paint.bad("tg:");
  const lines = [`${head} ${visible(message.what)}`];
  if (message.where !== undefined && message.where !== null) lines.push(`    at ${visible(message.where)}`);
  for (const detail of message.details ?? []) lines.push(`    ${visible(detail)}`);
  if (message.hint !== undefined) lines.push(`    try: ${visible(message.hint)}`);
  return lines;
}
