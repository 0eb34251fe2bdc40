// The errno name of a call that the system refused. Knows no calls.

/** `EINVAL` for what the runtime itself refuses: a NUL in an argument. What has no code is a bug, and passes. */
export function errnoOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== "string") throw error;
  return code.startsWith("ERR_") ? "EINVAL" : code;
}
