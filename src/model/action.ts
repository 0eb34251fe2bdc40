// What a task can run: shell text, a program, a function of the config, file operations that tg does itself, or a chain of these.
// Plain data.
import type { FilePath } from "./path.ts";

/** A function in a config module, looked up by walking `path` from the module's exports. */
export interface FunctionRef {
  /** The source module as the user wrote it (root-relative), for messages and for the key. */
  readonly source: FilePath;
  /** What a child runtime imports: the compiled copy in the state folder, or the source itself. Absolute path. */
  readonly module: string;
  /** Where that module appears to be while it is evaluated. Absolute path; absent: in the root. */
  readonly from?: string;
  /** Property names from the module's namespace object to the function, e.g. `["default", "tasks", "gen", "run"]`. */
  readonly path: readonly string[];
  /** The module's local import closure with content digests; enters the key as `code-changed`. */
  readonly code: readonly CodeFile[];
  /** For a function of an instance: the first `at` names lead to a family, and the rest start at what its callback returns for `item`. */
  readonly instance?: { readonly at: number; readonly item: EachItem };
}

/** The argument of a family's callback. JSON-safe. */
export interface EachItem {
  readonly key: string;
  readonly value: unknown;
  /** Only if the callback read it: a position in a list can change while the item stays the same. */
  readonly index?: number;
  /** For file items: path, name without extension, folder, and extension with its dot. */
  readonly file?: string;
  readonly stem?: string;
  readonly dir?: string;
  readonly ext?: string;
}

export interface CodeFile {
  readonly path: FilePath;
  readonly digest: string;
}

/** One entry of `inputs`, in declaration order (which matters for `not` only). */
export type InputSpec =
  /** A literal path. `hasher`: a hash function from the config, used instead of the content hash. */
  | { readonly kind: "file"; readonly path: FilePath; readonly optional: boolean; readonly hasher?: FunctionRef }
  /** A pattern. `dot`: names with a leading dot match too (for folders given as inputs). */
  | { readonly kind: "glob"; readonly pattern: string; readonly allowEmpty: boolean; readonly dot: boolean; readonly hasher?: FunctionRef }
  /** A pattern or literal path. Removes what earlier entries matched, from entry `since` on, so that a chain member affects only its own. */
  | { readonly kind: "not"; readonly pattern: string; readonly since?: number };

/** File operations that tg does itself. `from` are entries of the task's inputs. `folder`: `to` is a folder the task owns, and the files keep their names in it. */
export type FileWork =
  | { readonly op: "copy"; readonly from: readonly InputSpec[]; readonly to: FilePath; readonly folder: boolean }
  | { readonly op: "concat"; readonly from: readonly InputSpec[]; readonly to: FilePath }
  | { readonly op: "write"; readonly text: string; readonly to: FilePath };

/** What a task does when it runs. Barriers have no action. */
export type Action =
  /** Shell text, passed on unchanged. */
  | { readonly kind: "shell"; readonly text: string }
  /** A program and its arguments, no shell. */
  | { readonly kind: "argv"; readonly argv: readonly string[] }
  /** A function of the config, called in a child runtime. */
  | { readonly kind: "function"; readonly fn: FunctionRef }
  /** Files copied, concatenated or written without a process. */
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
