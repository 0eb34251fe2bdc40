// Folders that a tg needs outside the project while it lives. Knows not what is in them.

/** For this process alone, remembered from before it is made: the next build removes it should this process be killed. */
export interface Outside {
  readonly dir: string;
  /** Once it has been removed. */
  forget(): void;
}

/** Makes one, `prefix` and something random. Throws what the system refuses it with. */
export type MakeOutside = (prefix: string) => Outside;
