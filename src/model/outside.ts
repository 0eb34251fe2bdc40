// Folders outside the project that a tg needs while it lives. Does not know what is in them.

/** A folder for this process alone. It is noted before it is created, so that the next build removes it if this process is killed. */
export interface Outside {
  readonly dir: string;
  /** Call after removing the folder. */
  forget(): void;
}

/** Creates a folder named `prefix` plus something random. Throws the system's error if that fails. */
export type MakeOutside = (prefix: string) => Outside;
