// The only door to kleur. Loaded only when a stream gets colour: kleur's first look at the terminal costs 2 ms.
import { $, bold, dim, green, magenta, red } from "kleur/colors";
import type { Paint } from "./color.ts";

// tg has decided already (color.ts); kleur's own rules differ.
$.enabled = true;

/** Excludes white, cyan, yellow and all bright variants, which vanish on a light background, and blue, which does on a dark one. */
export const COLORS: Paint = {
  strong: (text) => bold(text),
  good: (text) => green(text),
  bad: (text) => bold(red(text)),
  warn: (text) => magenta(text),
  name: (text) => dim(text),
  faint: (text) => dim(text),
};
