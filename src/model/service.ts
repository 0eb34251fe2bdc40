// The words for long-running tasks: how one is known to be ready, and in what time. Plain data.

/** What says that a service is ready. */
export type Ready =
  /** Somebody takes connections on this port of this machine. */
  | { readonly kind: "port"; readonly port: number }
  /** The address answers with a status below 400. */
  | { readonly kind: "url"; readonly url: string }
  /** A line of its output holds the text; with `flags` it is a regular expression. */
  | { readonly kind: "log"; readonly text: string; readonly flags: string | null }
  /** Shell text that ends with 0. */
  | { readonly kind: "command"; readonly text: string };

export interface ServiceSpec {
  /** null: ready as soon as it is started. */
  readonly ready: Ready | null;
  /** Longest it may take to get ready, in ms. */
  readonly timeoutMs: number;
}
