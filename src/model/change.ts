// What differs between a commit and the work tree, as version control tells it. Data only.
import type { FilePath } from "./path.ts";

/** Prefix of a target that names what is affected by changes since a commit. */
export const SINCE = "@since:";

export interface Change {
  readonly path: FilePath;
  /** `edited`: it was there and is; content, mode or kind differ. */
  readonly kind: "added" | "deleted" | "edited";
  /** false: version control does not know the file, nor ignores it. */
  readonly tracked: boolean;
  /** A submodule, a repository inside this one or a link: what lies below the path may differ as well. */
  readonly whole: boolean;
}

export interface Changes {
  readonly files: readonly Change[];
  /** All links under version control. */
  readonly links: readonly FilePath[];
}
