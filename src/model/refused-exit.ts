// What code of the config calls in place of process.exit: the original would end tg silently, with the caller's exit code.
// Knows no process.

/** Throws, so that the error says where it was called; `meanwhile`: what was going on. */
export function exitRefusal(meanwhile: string): (code?: unknown) => never {
  return (code) => {
    throw new Error("process.exit(" + (code === undefined ? "" : String(code)) + `) was called while ${meanwhile}`);
  };
}
