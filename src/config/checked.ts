// From a config's file to what it declares: evaluates and checks. Knows no stored graph.
import { bad, good, type Notice, type Result } from "../model/problem.ts";
import type { Project } from "../model/task.ts";
import { checkConfig } from "./check.ts";
import { loadConfig, type LoadOptions } from "./load.ts";
import type { ConfigReads } from "./loaded.ts";
import { textOfConfig } from "./said.ts";

export interface CheckedConfig {
  /** null: it says what is known already. */
  readonly project: Project | null;
  readonly reads: ConfigReads;
  readonly notices: readonly Notice[];
}

/** `declared`: as in Checked, if nothing else is wrong. */
type LoadedOrNot = Result<CheckedConfig> & { readonly declared?: Project };

/** `isKnown` receives the text of a config that is plain data: was the stored graph made from it? */
export async function loadChecked(options: LoadOptions, isKnown?: (text: string) => boolean): Promise<LoadedOrNot> {
  const loaded = await loadConfig(options);
  if (!loaded.ok) return loaded;
  const read = loaded.value.reading(() => {
    const text = isKnown === undefined ? null : textOfConfig(loaded.value);
    return text !== null && isKnown!(text) ? good(null) : checkConfig(loaded.value);
  });
  if ("problem" in read) return bad([read.problem]);
  const checked = read.value;
  return checked.ok ? good({ project: checked.value, reads: loaded.value.reads, notices: loaded.value.notices }) : checked;
}
