// What a person asked for on the command line, the same for every verb that judges. Knows no graph.

export interface Wants {
  readonly targets: readonly string[];
  readonly skip: readonly string[];
  /** Everything, whatever the config's default is. */
  readonly all: boolean;
  readonly force: boolean;
  readonly params: readonly (readonly [name: string, value: string])[];
  readonly paramsFile: string | null;
  /** Parameters of the run to repeat, with their types. */
  readonly recorded?: Readonly<Record<string, unknown>>;
  /** Arguments after `--`; null if there are none. */
  readonly args: readonly string[] | null;
  /** Targets choose what is judged but were not requested by name: missing intermediates stay excused. */
  readonly unnamed?: boolean;
  /** Instances of families whose list is not made yet may be named. */
  readonly awaits?: boolean;
  /** Services among the targets must be running, not merely ready to run. */
  readonly keepUp?: boolean;
  /** Where paths among the words begin: absolute. */
  readonly standsIn: string;
}

export function wantsOf(command: { cwd: string; standsIn: string; config: string | null }, more: Partial<Wants> = {}): Wants & { cwd: string; config: string | null } {
  return {
    cwd: command.cwd, config: command.config, standsIn: command.standsIn,
    targets: [], skip: [], all: false, force: false, params: [], paramsFile: null, args: null, ...more,
  };
}

/** `"build": "tg"` in package.json means the task called `build`. */
export function targetsOf(command: { readonly targets: readonly string[]; readonly npmEvent: string | null }): readonly string[] {
  return command.targets.length === 0 && command.npmEvent !== null ? [command.npmEvent] : command.targets;
}
