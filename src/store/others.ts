// The states that other configs keep in the same folder. Only reads; one that cannot be read is skipped.
import fs from "node:fs";
import type { Records } from "../model/ports.ts";
import { DiskError } from "../model/ports.ts";
import { State } from "./state.ts";

const STATE = /^(?:state|journal)((?:\.[0-9a-z]+)?)$/;

/** `suffix`: that of this config's own state. */
export function openOthers(dir: string, suffix: string): Records[] {
  const suffixes = suffixesIn(dir);
  suffixes.delete(suffix);
  return [...suffixes].flatMap((other) => {
    try {
      return [State.open(dir, other)];
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      return [];
    }
  });
}

/** Those of all states in the folder. */
export function suffixesIn(dir: string): Set<string> {
  return new Set(namesIn(dir).flatMap((name) => STATE.exec(name)?.[1] ?? []));
}

function namesIn(dir: string): string[] {
  try {
    return fs.readdirSync(dir);
  } catch {
    return [];
  }
}
