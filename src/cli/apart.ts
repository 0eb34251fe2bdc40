// Where a long-lived tg evaluates its config: in a separate process, once it listens for signals. An endless loop would let no
// listener run; and Node never unloads a module, so every version of everything the config declares would stay in memory
// (1.3 KB a task, docs/performance.md), and evaluates some modules only once. Knows no modules.
import { toFilePath, type FilePath } from "../model/path.ts";
import type { ConfigLoader } from "./doors.ts";

export interface Lodging {
  /** Nobody listens for signals yet. */
  isEarly(): boolean;
  /** Fires at the end: an evaluation in progress is ended, and rejects with the reason. */
  readonly signal: AbortSignal;
}

/** After this long a person wonders what is going on. */
const SLOW_MS = 1_000;
/** After this many failures it probably needs something only this process has; a single one may be a moment without memory. */
const MOST_FAILED = 2;

/** Reports a slow evaluation, once somebody listens. */
export function tellingSlow(config: ConfigLoader, { isEarly, slow }: Pick<Lodging, "isEarly"> & { slow(files: readonly FilePath[]): void }): ConfigLoader {
  const { load, loadEdited } = config;
  const aloud = async <T>(files: readonly FilePath[], act: () => Promise<T>): Promise<T> => {
    const timer = isEarly() ? null : setTimeout(() => slow(files), SLOW_MS);
    try {
      return await act();
    } finally {
      if (timer !== null) clearTimeout(timer);
    }
  };
  return {
    ...config,
    load: (request) => aloud([toFilePath(request.file, request.root)], () => load(request)),
    ...(loadEdited === undefined ? {} : { loadEdited: (request, edited) => aloud([...edited], () => loadEdited(request, edited)) }),
  };
}

export function loadingApart(config: ConfigLoader, { isEarly, signal }: Lodging): ConfigLoader {
  const { load, loadApart, loadEdited } = config;
  if (loadApart === undefined) return config;
  /** Failures in a row. */
  let failed = 0;
  const mayApart = (readonly: boolean): boolean => !isEarly() && failed < MOST_FAILED && !readonly;
  return {
    ...config,
    load: async (request) => {
      if (!mayApart(request.readonly)) return load(request);
      const apart = await loadApart(request, new Set(), signal);
      failed = apart?.kind === "loaded" ? 0 : failed + 1;
      return apart?.kind === "loaded" ? apart.result : load(request);
    },
    ...(loadEdited === undefined ? {} : {
      loadEdited: async (request, edited) => {
        if (!mayApart(request.readonly)) return loadEdited(request, edited);
        const apart = await loadApart(request, edited, signal);
        return apart?.kind === "edited" ? apart.edited : null;
      },
    }),
  };
}
