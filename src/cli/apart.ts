// Where a tg that lives long has its config evaluated: apart, from when it listens to signals on. One that goes round for ever
// lets no listener run; and Node lets go of no module, so that every version of all that it declares would stay in memory
// (1.3 KB a task, docs/performance.md), and evaluates some modules once. Knows no modules.
import { toFilePath, type FilePath } from "../model/path.ts";
import type { ConfigLoader } from "./doors.ts";

export interface Lodging {
  /** Nobody listens yet. */
  isEarly(): boolean;
  /** All is over: what is being evaluated is ended, and rejects with the reason. */
  readonly signal: AbortSignal;
}

/** From then on a person asks what goes on. */
const SLOW_MS = 1_000;
/** Then it needs what only this process has, and will again; once may be a moment in which the system had no memory to spare. */
const MOST_FAILED = 2;

/** Once somebody listens an evaluation that takes its time is told of. */
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
  /** So often, one after the other, it came to nothing. */
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
