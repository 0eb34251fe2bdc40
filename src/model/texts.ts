// Many short texts in one piece of bytes: decoded in one go, cut without copying. Offsets count UTF-16 units. Knows neither
// paths nor tasks.

export interface TextBytes {
  readonly bytes: Uint8Array;
  /** Where each begins; one more for the end of the last. */
  readonly starts: Uint32Array;
}

type Slice = (this: Uint8Array, start: number, end: number) => string;

/** What `toString` of a Buffer ends in, on any bytes: Node compiles `Buffer.from` and `toString` (100 µs), or opens a TextDecoder (130 µs), at each start. */
const { latin1Slice, utf8Slice } = Buffer.prototype as unknown as { readonly latin1Slice: Slice; readonly utf8Slice: Slice };

/** ASCII alone. */
export function plainText(bytes: Uint8Array): string {
  return latin1Slice.call(bytes, 0, bytes.length);
}

export function utf8Text(bytes: Uint8Array): string {
  return utf8Slice.call(bytes, 0, bytes.length);
}

/** Decodes at the first question. */
export function openTexts({ bytes, starts }: TextBytes): (index: number) => string {
  let whole: string | null = null;
  return (index) => {
    // As many units as bytes: nothing but ASCII.
    whole ??= starts.at(-1) === bytes.length ? plainText(bytes) : utf8Text(bytes);
    return whole.substring(starts[index]!, starts[index + 1]!);
  };
}
