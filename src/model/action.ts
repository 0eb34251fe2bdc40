// The words for what runs: shell text, a program, a function of the config, files that tg makes itself, or several in turn.
// Plain data.
import type { FilePath } from "./path.ts";

/** A function in a config module, found again by walking `path` from the module's exports. */
export interface FunctionRef {
  /** The source module as the person wrote it (root-relative), for messages and for the key. */
  readonly source: FilePath;
  /** What a child runtime imports: the kept copy below the state folder, or the source itself. Absolute path. */
  readonly module: string;
  /** Where that stands while it is evaluated. Absolute path; absent: the root. */
  readonly from?: string;
  /** Property names from the module's namespace object to the function, e.g. `["default", "tasks", "gen", "run"]`. */
  readonly path: readonly string[];
  /** The module's local import closure with content digests, in the key as `code-changed`. */
  readonly code: readonly CodeFile[];
  /** A function of one instance: after `at` names the value is a family, and what its callback makes of `item` goes on. */
  readonly instance?: { readonly at: number; readonly item: EachItem };
}

/** What the callback of a family is called with. JSON-safe. */
export interface EachItem {
  readonly key: string;
  readonly value: unknown;
  /** Only where the callback asked for it: a place in a list changes without the item. */
  readonly index?: number;
  /** Of an item that is a file: its path, name without ending, folder, and ending with the dot. */
  readonly file?: string;
  readonly stem?: string;
  readonly dir?: string;
  readonly ext?: string;
}

export interface CodeFile {
  readonly path: FilePath;
  readonly digest: string;
}

/** One entry of `inputs`, in declaration order (the order matters for `not` only). */
export type InputSpec =
  /** A literal path. `hasher`: the person's own hash function stands in for the content hash. */
  | { readonly kind: "file"; readonly path: FilePath; readonly optional: boolean; readonly hasher?: FunctionRef }
  /** A pattern. `dot`: names with a leading dot match too (folders given as inputs). */
  | { readonly kind: "glob"; readonly pattern: string; readonly allowEmpty: boolean; readonly dot: boolean; readonly hasher?: FunctionRef }
  /** Takes away what the entries before it matched, from the entry `since` on: a member of a chain from its own alone. Pattern or literal path. */
  | { readonly kind: "not"; readonly pattern: string; readonly since?: number };

/** Files that tg makes itself. `from` are entries of the task's inputs. `folder`: `to` is one that belongs to the task, and the files keep their names in it. */
export type FileWork =
  | { readonly op: "copy"; readonly from: readonly InputSpec[]; readonly to: FilePath; readonly folder: boolean }
  | { readonly op: "concat"; readonly from: readonly InputSpec[]; readonly to: FilePath }
  | { readonly op: "write"; readonly text: string; readonly to: FilePath };

/** What a task does when it runs. A barrier has none. */
export type Action =
  /** Text for a shell, passed on as it is. */
  | { readonly kind: "shell"; readonly text: string }
  /** A program and its arguments, no shell. */
  | { readonly kind: "argv"; readonly argv: readonly string[] }
  /** A function of the config, called in a child runtime. */
  | { readonly kind: "function"; readonly fn: FunctionRef }
  /** Copied, joined or written without a process. */
  | { readonly kind: "file"; readonly work: FileWork }
  /** Members run one after another as one unit; the first failure ends it. */
  | { readonly kind: "chain"; readonly members: readonly ChainMember[] };

/** A member's action as it would run alone (own cwd, own environment). Never itself a chain. */
export interface ChainMember {
  readonly name: string;
  readonly action: Action;
  readonly cwd: FilePath;
  readonly env: Readonly<Record<string, string>>;
  readonly wrap: readonly string[];
}
