import { words } from "./words.mjs";

/** The word for a number, the same every time. */
export function pick(number) {
  return words[Math.abs(Math.trunc(number)) % words.length];
}
