// Long-running tasks: how to tell that one is ready, and how long that may take. Plain data.

/** What shows that a service is ready. */
export type Ready =
  /** Something accepts connections on this local port. */
  | { readonly kind: "port"; readonly port: number }
  /** The URL answers with a status below 400. */
  | { readonly kind: "url"; readonly url: string }
  /** A line of its output contains the text; with `flags` it is a regular expression. */
  | { readonly kind: "log"; readonly text: string; readonly flags: string | null }
  /** Shell text that exits with 0. */
  | { readonly kind: "command"; readonly text: string };

export interface ServiceSpec {
  /** null: ready as soon as it is started. */
  readonly ready: Ready | null;
  /** How long it may take to become ready, in ms. */
  readonly timeoutMs: number;
}
