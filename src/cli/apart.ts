// Where a tg that lives long has its config evaluated. Node lets go of no module, so that every version of all that it
// declares would stay in memory (1.3 KB a task, docs/performance.md), and evaluates some modules once. Knows no modules.
import type { ConfigLoader } from "./doors.ts";

/** To start a process takes a tenth of a second: so many tasks may stay in memory before that is better. */
const TASKS_HERE = 3_000;
/** What a config of no tasks keeps, in tasks. */
const CONFIG_WEIGHT = 8;

/** `taskCount`: how many tasks the config is likely to declare. */
export function loadingApart(config: ConfigLoader, taskCount: () => number): ConfigLoader {
  const { load, loadApart, loadEdited } = config;
  if (loadApart === undefined) return config;
  const isWorn = async (): Promise<boolean> => (await config.isWorn?.()) === true;
  let held = 0;
  /** It needs what only this process has, and will again. */
  let unfit = false;
  return {
    ...config,
    load: async (request) => {
      const weight = CONFIG_WEIGHT + taskCount();
      const isFirst = held === 0;
      const mayApart = (): boolean => !unfit && !request.readonly;
      if (mayApart() && (held + weight > TASKS_HERE || (await isWorn()))) {
        const loaded = await loadApart(request);
        if (loaded !== null) return loaded;
        unfit = true;
      }
      held += weight;
      const loaded = await load(request);
      if (isFirst || !mayApart() || !(await isWorn())) return loaded;
      return (await loadApart(request)) ?? loaded;
    },
    ...(loadEdited === undefined ? {} : { loadEdited: async (request, edited) => ((await isWorn()) ? null : loadEdited(request, edited)) }),
  };
}
