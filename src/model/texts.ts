// Many short texts in one byte array: decoded at once, cut without copying. Offsets count UTF-16 units. Knows neither paths
// nor tasks.

export interface TextBytes {
  readonly bytes: Uint8Array;
  /** Start of each text, plus the end of the last. */
  readonly starts: Uint32Array;
}

type Slice = (this: Uint8Array, start: number, end: number) => string;

/** What a Buffer's `toString` calls, usable on any bytes: `Buffer.from` and `toString` must be compiled (100 µs) or a TextDecoder opened (130 µs) at each start. */
const { latin1Slice, utf8Slice } = Buffer.prototype as unknown as { readonly latin1Slice: Slice; readonly utf8Slice: Slice };

/** Decodes bytes that are all ASCII. */
export function plainText(bytes: Uint8Array): string {
  return latin1Slice.call(bytes, 0, bytes.length);
}

export function utf8Text(bytes: Uint8Array): string {
  return utf8Slice.call(bytes, 0, bytes.length);
}

/** Decodes on the first access. */
export function openTexts({ bytes, starts }: TextBytes): (index: number) => string {
  let whole: string | null = null;
  return (index) => {
    // As many units as bytes: nothing but ASCII.
    whole ??= starts.at(-1) === bytes.length ? plainText(bytes) : utf8Text(bytes);
    return whole.substring(starts[index]!, starts[index + 1]!);
  };
}
