// From a config's file to what it declares: evaluates and checks. Knows no stored graph.
import { bad, good, type Notice, type Result } from "../model/problem.ts";
import type { Project } from "../model/task.ts";
import { checkConfig } from "./check.ts";
import { loadConfig, type LoadOptions } from "./load.ts";
import type { ConfigReads } from "./loaded.ts";
import { sayConfig } from "./said.ts";

export interface CheckedConfig {
  /** null: it says what is known already. */
  readonly project: Project | null;
  readonly reads: ConfigReads;
  readonly notices: readonly Notice[];
}

/** `declared`: as in Checked, if nothing else is wrong. */
type LoadedOrNot = Result<CheckedConfig> & { readonly declared?: Project };

/** Gives the text of a config in pieces; false: it is more than plain data. */
export type Say = (take: (piece: string) => void) => boolean;

/** `isKnown`: was the stored graph made from a config that says this? */
export async function loadChecked(options: LoadOptions, isKnown?: (say: Say) => boolean): Promise<LoadedOrNot> {
  const loaded = await loadConfig(options);
  if (!loaded.ok) return loaded;
  const read = loaded.value.reading(() => (isKnown?.((take) => sayConfig(loaded.value, take)) === true ? good(null) : checkConfig(loaded.value)));
  if ("problem" in read) return bad([read.problem]);
  const checked = read.value;
  return checked.ok ? good({ project: checked.value, reads: loaded.value.reads, notices: loaded.value.notices }) : checked;
}
