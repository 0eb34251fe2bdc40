// What a config loads with a `require` of its own (createRequire): recorded as read, and loaded again by the next evaluation.
// Knows no config.
import module from "node:module";
import { isAbsolute } from "node:path";
import process from "node:process";

type Require = ReturnType<typeof module.createRequire>;

export interface RequireNotes {
  /** Absolute path of a file that was read. */
  read(path: string): void;
  /** Its dependencies are unknown. */
  unknown(): void;
}

/** Loaded in this process for a config; a watch evaluates more than once. */
const loaded = new Set<string>();
const PACKAGE = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+[\\/]/;

/** Active until the returned function is called. On Node only: elsewhere named imports of a built-in do not follow. */
export function watchRequires(notes: RequireNotes): () => void {
  if (process.versions["bun"] !== undefined || process.versions["deno"] !== undefined) return () => {};
  const original = module.createRequire;
  const own = original("file:///");
  for (const file of loaded) delete own.cache[file];
  loaded.clear();
  module.createRequire = (from) => noted(original(from), notes);
  return () => void (module.createRequire = original);
}

function noted(made: Require, notes: RequireNotes): Require {
  return new Proxy(made, {
    apply: (_, self, args: [string]) => {
      const before = new Set(Object.keys(made.cache));
      try {
        return Reflect.apply(made, self, args) as unknown;
      } catch (error) {
        notes.unknown();
        throw error;
      } finally {
        note(made, args[0], { before, notes });
      }
    },
  });
}

function note(made: Require, id: string, { before, notes }: { before: ReadonlySet<string>; notes: RequireNotes }): void {
  for (const file of Object.keys(made.cache)) {
    if (before.has(file)) continue;
    loaded.add(file);
    notes.read(file);
  }
  try {
    const file = made.resolve(id);
    if (!isAbsolute(file)) return;
    notes.read(file);
    const home = PACKAGE.exec(file);
    if (home !== null) notes.read(`${home[0]}package.json`);
  } catch {
    notes.unknown();
  }
}
