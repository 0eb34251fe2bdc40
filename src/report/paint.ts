// The only door to kleur. Loaded when a stream gets colour and not before: kleur's first look at the terminal costs 2 ms.
import { $, bold, dim, green, magenta, red } from "kleur/colors";
import type { Paint } from "./color.ts";

// tg has decided already (color.ts); kleur's own rules differ from it.
$.enabled = true;

/** White, cyan, yellow and all bright variants are left out: they vanish on a light background; blue does on a dark one. */
export const COLORS: Paint = {
  strong: (text) => bold(text),
  good: (text) => green(text),
  bad: (text) => bold(red(text)),
  warn: (text) => magenta(text),
  name: (text) => dim(text),
  faint: (text) => dim(text),
};
