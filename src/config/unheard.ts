// Uncaught errors while modules of a config were evaluated: unhandled rejections, errors thrown by timers. They belong to the
// config if its code is in their stack; all others go where they went before. Knows no modules.
import process from "node:process";

const EVENTS = ["uncaughtException", "unhandledRejection"] as const;

export interface Unheard {
  /** Rejects with the first one; never resolves. */
  readonly first: Promise<never>;
  /** Null: none so far. */
  readonly met: { readonly error: unknown } | null;
  stop(): void;
}

export function hearUnheard(isOwn: (error: unknown) => boolean): Unheard {
  let met: Unheard["met"] = null;
  let fail: (error: unknown) => void = () => {};
  const first = new Promise<never>((_, reject) => (fail = reject));
  first.catch(() => {});
  const others = EVENTS.map((event) => process.rawListeners(event) as ((...args: unknown[]) => void)[]);
  const hear = (rest: readonly ((...args: unknown[]) => void)[]) => (...args: unknown[]): void => {
    const [error] = args;
    if (isOwn(error)) {
      met ??= { error };
      fail(error);
    } else if (rest.length > 0) for (const listener of rest) listener.apply(process, args);
    else throw error;
  };
  const mine = others.map(hear);
  for (const [i, event] of EVENTS.entries()) {
    process.removeAllListeners(event);
    process.on(event, mine[i]!);
  }
  return {
    first,
    get met() {
      return met;
    },
    stop() {
      for (const [i, event] of EVENTS.entries()) {
        process.removeListener(event, mine[i]!);
        for (const listener of others[i]!) process.on(event, listener);
      }
    },
  };
}
