// Many short texts in one piece of bytes: decoded in one go, cut without copying. Offsets count UTF-16 units. Knows neither
// paths nor tasks.

export interface TextBytes {
  readonly bytes: Uint8Array;
  /** Where each begins; one more for the end of the last. */
  readonly starts: Uint32Array;
}

/** Decodes at the first question. */
export function openTexts({ bytes, starts }: TextBytes): (index: number) => string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let whole: string | null = null;
  return (index) => {
    // As many units as bytes: nothing but ASCII.
    whole ??= starts.at(-1) === buffer.length ? buffer.toString("latin1") : buffer.toString("utf8");
    return whole.substring(starts[index]!, starts[index + 1]!);
  };
}
