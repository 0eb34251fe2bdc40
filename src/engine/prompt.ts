// Writes to a child's pipe directly, bypassing the runtime's stream, which for a short line costs several times the system
// call. What the pipe does not take goes through the stream. Knows no messages.
import { writeSync } from "node:fs";
import process from "node:process";
import type { Writable } from "node:stream";

/** Longer text is rare, and usually does not fit. */
const SHORT = 16 * 1024;

export function writePromptly(stream: Writable, text: string): void {
  const fd = text.length > SHORT || stream.writableLength > 0 ? -1 : descriptorOf(stream);
  if (fd < 0) return void stream.write(text);
  let wrote = 0;
  try {
    wrote = writeSync(fd, text);
  } catch (error) {
    // The pipe is full or closed: the stream handles that.
    if (typeof (error as { code?: unknown }).code !== "string") throw error;
  }
  if (wrote < text.length || wrote < Buffer.byteLength(text)) stream.write(Buffer.from(text).subarray(wrote));
}

const VERSIONS = process.versions as Record<string, string | undefined>;
const ON_NODE = VERSIONS["bun"] === undefined && VERSIONS["deno"] === undefined;

/** Descriptor of Node's own handle; -1 if there is none: Bun, Deno (whose numbers mean something else), a closed stream. */
function descriptorOf(stream: Writable): number {
  if (!ON_NODE || stream.destroyed || stream.writableEnded) return -1;
  const { fd } = (stream as Writable & { readonly _handle?: { readonly fd?: unknown } | null })._handle ?? {};
  return typeof fd === "number" ? fd : -1;
}
