// samurai: ninja's language in a smaller program.
import { ninjaLike } from "./ninja.mjs";

export default function peers(machine) {
  const samu = machine.which("samu");
  if (samu === null) return [{ name: "samurai", missing: "no samu on PATH (Debian 13 has it, Debian 12 has not)" }];
  return [{ ...ninjaLike("samurai", samu, machine), max: 10_000 }];
}
