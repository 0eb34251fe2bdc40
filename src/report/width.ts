// How many columns a text takes on a terminal, and cutting it to fit. Knows escape sequences, wide and zero-width characters.

/** Ranges of code points, start and end alternating, that take two columns (East Asian wide and emoji). */
const WIDE = [
  0x1100, 0x115f, 0x231a, 0x231b, 0x2329, 0x232a, 0x23e9, 0x23ec, 0x23f0, 0x23f0, 0x23f3, 0x23f3, 0x25fd, 0x25fe, 0x2614, 0x2615, 0x2648, 0x2653,
  0x267f, 0x267f, 0x2693, 0x2693, 0x26a1, 0x26a1, 0x26aa, 0x26ab, 0x26bd, 0x26be, 0x26c4, 0x26c5, 0x26ce, 0x26ce, 0x26d4, 0x26d4, 0x26ea, 0x26ea,
  0x26f2, 0x26f3, 0x26f5, 0x26f5, 0x26fa, 0x26fa, 0x26fd, 0x26fd, 0x2705, 0x2705, 0x270a, 0x270b, 0x2728, 0x2728, 0x274c, 0x274c, 0x274e, 0x274e,
  0x2753, 0x2755, 0x2757, 0x2757, 0x2795, 0x2797, 0x27b0, 0x27b0, 0x27bf, 0x27bf, 0x2b1b, 0x2b1c, 0x2b50, 0x2b50, 0x2b55, 0x2b55, 0x2e80, 0x303e,
  0x3041, 0x33ff, 0x3400, 0x4dbf, 0x4e00, 0x9fff, 0xa000, 0xa4cf, 0xa960, 0xa97f, 0xac00, 0xd7a3, 0xf900, 0xfaff, 0xfe30, 0xfe6f, 0xff00, 0xff60,
  0xffe0, 0xffe6, 0x16fe0, 0x18aff, 0x1b000, 0x1b2ff, 0x1f004, 0x1f004, 0x1f0cf, 0x1f0cf, 0x1f18e, 0x1f18e, 0x1f191, 0x1f19a, 0x1f200, 0x1f320,
  0x1f32d, 0x1f335, 0x1f337, 0x1f37c, 0x1f37e, 0x1f393, 0x1f3a0, 0x1f3ca, 0x1f3cf, 0x1f3d3, 0x1f3e0, 0x1f3f0, 0x1f3f4, 0x1f3f4, 0x1f3f8, 0x1f43e,
  0x1f440, 0x1f440, 0x1f442, 0x1f4fc, 0x1f4ff, 0x1f53d, 0x1f54b, 0x1f54e, 0x1f550, 0x1f567, 0x1f57a, 0x1f57a, 0x1f595, 0x1f596, 0x1f5a4, 0x1f5a4,
  0x1f5fb, 0x1f64f, 0x1f680, 0x1f6c5, 0x1f6cc, 0x1f6cc, 0x1f6d0, 0x1f6d2, 0x1f6d5, 0x1f6d7, 0x1f6dc, 0x1f6df, 0x1f6eb, 0x1f6ec, 0x1f6f4, 0x1f6fc,
  0x1f7e0, 0x1f7eb, 0x1f7f0, 0x1f7f0, 0x1f90c, 0x1f93a, 0x1f93c, 0x1f945, 0x1f947, 0x1f9ff, 0x1fa70, 0x1faff, 0x20000, 0x3fffd,
];

/** The same for no columns: combining marks, joiners, variation selectors, controls. */
const ZERO = [
  0x00, 0x1f, 0x7f, 0x9f, 0xad, 0xad, 0x300, 0x36f, 0x483, 0x489, 0x591, 0x5bd, 0x5bf, 0x5bf, 0x5c1, 0x5c2, 0x5c4, 0x5c5, 0x5c7, 0x5c7, 0x610, 0x61a,
  0x64b, 0x65f, 0x670, 0x670, 0x6d6, 0x6dc, 0x6df, 0x6e4, 0x6e7, 0x6e8, 0x6ea, 0x6ed, 0x7eb, 0x7f3, 0x900, 0x902, 0x93a, 0x93a, 0x93c, 0x93c, 0x941, 0x948,
  0x94d, 0x94d, 0xe31, 0xe31, 0xe34, 0xe3a, 0xe47, 0xe4e, 0x1ab0, 0x1aff, 0x1dc0, 0x1dff, 0x200b, 0x200f, 0x202a, 0x202e, 0x2060, 0x2064, 0x20d0, 0x20f0,
  0xfe00, 0xfe0f, 0xfe20, 0xfe2f, 0xfeff, 0xfeff, 0x1f3fb, 0x1f3ff, 0xe0001, 0xe01ef,
];

function inRanges(ranges: readonly number[], code: number): boolean {
  let low = 0;
  let high = ranges.length / 2 - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (code < ranges[middle * 2]!) high = middle - 1;
    else if (code > ranges[middle * 2 + 1]!) low = middle + 1;
    else return true;
  }
  return false;
}

function codeWidth(code: number): 0 | 1 | 2 {
  if (code >= 0x20 && code < 0x7f) return 1;
  if (inRanges(ZERO, code)) return 0;
  return code >= 0x1100 && inRanges(WIDE, code) ? 2 : 1;
}

// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/y;

/** Calls `take` with each escape sequence (width 0) or character of `text`; stops when it returns false. */
function eachCell(text: string, take: (piece: string, width: number) => boolean): void {
  for (let i = 0; i < text.length; ) {
    let piece = String.fromCodePoint(text.codePointAt(i)!);
    let width: number = codeWidth(piece.codePointAt(0)!);
    if (piece === "\u001b") {
      ESCAPES.lastIndex = i;
      const match = ESCAPES.exec(text);
      if (match !== null) [piece, width] = [match[0], 0];
    }
    if (!take(piece, width)) return;
    i += piece.length;
  }
}

export function textWidth(text: string): number {
  let total = 0;
  eachCell(text, (_piece, width) => ((total += width), true));
  return total;
}

/** The beginning of `text` that fits into `room` columns; an ellipsis replaces what is cut. All escape sequences are kept. */
export function fit(text: string, room: number): string {
  if (text.length <= room && /^[ -~]*$/.test(text)) return text;
  if (textWidth(text) <= room) return text;
  let kept = "";
  let used = 0;
  let full = false;
  eachCell(text, (piece, width) => {
    const escape = piece.startsWith("\u001b");
    if (!escape && !full && used + width > room - 1) {
      full = true;
      if (room > 0) kept += "…";
    }
    if (escape || !full) {
      kept += piece;
      used += width;
    }
    return true;
  });
  return kept;
}

export function padTo(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - textWidth(text)));
}

/**
 * A line of a command's output made safe among other lines: what overwrote itself (progress bars) is reduced to its last
 * state, and of escape sequences only colours are kept. Colours are closed at the end.
 */
export function tameLine(line: string): string {
  if (/^[ -~]*$/.test(line)) return line;
  const body = line.endsWith("\r") ? line.slice(0, -1) : line;
  const last = body.slice(body.lastIndexOf("\r") + 1);
  let tame = "";
  let coloured = false;
  eachCell(last, (piece, width) => {
    const isColour = piece.startsWith("\u001b[") && piece.endsWith("m");
    if (isColour) coloured = true;
    if (isColour || piece === "\t" || width > 0 || piece.codePointAt(0)! > 0x9f) tame += piece;
    return true;
  });
  return coloured && !/\u001b\[0?m$/.test(tame) ? tame + "\u001b[0m" : tame;
}
