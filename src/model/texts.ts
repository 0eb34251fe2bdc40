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

/** The texts of `before`, followed by `texts`. */
export function textsOf(texts: readonly string[], before: TextBytes = { bytes: new Uint8Array(0), starts: new Uint32Array(1) }): TextBytes {
  const first = before.starts.length - 1;
  const starts = new Uint32Array(first + texts.length + 1);
  starts.set(before.starts);
  for (let i = 0; i < texts.length; i++) starts[first + i + 1] = starts[first + i]! + texts[i]!.length;
  return { bytes: Buffer.concat([before.bytes, Buffer.from(texts.join(""))]), starts };
}

/** This many texts are decoded one by one before all are decoded at once. */
const FEW = 64;

/** Decodes on the first access. */
export function openTexts({ bytes, starts }: TextBytes): (index: number) => string {
  let whole: string | null = null;
  // As many units as bytes: nothing but ASCII.
  const plain = starts.at(-1) === bytes.length;
  let left = plain ? FEW : 0;
  return (index) => {
    if (left > 0) {
      left--;
      return latin1Slice.call(bytes, starts[index]!, starts[index + 1]!);
    }
    whole ??= plain ? plainText(bytes) : utf8Text(bytes);
    return whole.substring(starts[index]!, starts[index + 1]!);
  };
}
