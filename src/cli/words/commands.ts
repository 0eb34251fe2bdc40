// A parsed command line: one type per verb. Data only; knows no words.
import type { Breakdown } from "../../export/units.ts";
import type { ExportTarget } from "../../export/writers.ts";

export type ColorChoice = "auto" | "always" | "never";
export type GraphFormat = "ascii" | "dot" | "mermaid" | "json" | "html";

export interface Common {
  /** Absolute folder where the search for the config starts (`-C` applied). */
  readonly cwd: string;
  /** Absolute folder that paths among the words are relative to: in an npm script INIT_CWD, but `cwd` for those in its own text; else `cwd`. */
  readonly standsIn: string;
  /** As typed, relative to `cwd`; null: the nearest. */
  readonly config: string | null;
  readonly color: ColorChoice;
  readonly quiet: boolean;
  readonly verbose: number;
}

export interface Judging extends Common {
  readonly params: readonly (readonly [name: string, value: string])[];
  /** As typed; `-` is standard input. */
  readonly paramsFile: string | null;
}

/** What `build` and `watch` share. */
export interface BuildWords extends Judging {
  readonly targets: readonly string[];
  /** The npm script whose name is the target if none is given; null otherwise. */
  readonly npmEvent: string | null;
  readonly jobs: number | null;
  readonly load: number | null;
  readonly keepGoing: boolean;
  readonly maxFailures: number | null;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly skip: readonly string[];
  readonly noWait: boolean;
  readonly noCache: boolean;
  /** A seed, `"random"` (the caller draws one), or null for the usual order. */
  readonly shuffle: number | "random" | null;
  readonly explain: boolean;
  readonly prefix: boolean;
  readonly json: boolean;
  /** Words after `--`; null without it. */
  readonly args: readonly string[] | null;
}

export interface BuildCommand extends BuildWords {
  readonly verb: "build";
  /** File of `--trace`, absolute. */
  readonly trace: string | null;
  /** File of `--summary`, absolute. */
  readonly summary: string | null;
  readonly keepTemp: boolean;
  /** Id of the run to repeat. */
  readonly replay: string | null;
}

export interface WatchCommand extends BuildWords {
  readonly verb: "watch";
  /** Quiet time before a build, in ms; null: as long as the watcher needs. */
  readonly debounceMs: number | null;
  readonly poll: boolean;
  readonly clear: boolean;
}

export interface StatusCommand extends Judging {
  readonly verb: "status";
  readonly targets: readonly string[];
  readonly all: boolean;
  readonly check: boolean;
  readonly json: boolean;
}

export interface WhyCommand extends Judging {
  readonly verb: "why";
  readonly targets: readonly string[];
  readonly json: boolean;
}

export interface ListCommand extends Common {
  readonly verb: "list";
  readonly show: "table" | "tree" | "names" | "sources" | "sinks";
  readonly json: boolean;
}

export interface GraphCommand extends Judging {
  readonly verb: "graph";
  readonly targets: readonly string[];
  readonly format: GraphFormat;
}

export interface LogsCommand extends Common {
  readonly verb: "logs";
  readonly task: string;
  /** Id of the run whose log to show; null: the task's last. */
  readonly run: string | null;
  readonly follow: boolean;
  readonly json: boolean;
}

export interface ResultsCommand extends Common {
  readonly verb: "results";
  /** Null: every task. */
  readonly task: string | null;
  readonly json: boolean;
}

export interface TraceCommand extends Judging {
  readonly verb: "trace";
  readonly key: string;
  readonly json: boolean;
}

export interface CleanCommand extends Common {
  readonly verb: "clean";
  readonly targets: readonly string[];
  readonly downstream: boolean;
  readonly intermediate: boolean;
  readonly dead: boolean;
  readonly state: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

export interface TouchCommand extends Judging {
  readonly verb: "touch";
  readonly targets: readonly string[];
}

export interface CacheCommand extends Common {
  readonly verb: "cache";
  readonly action: "size" | "gc" | "clear";
  readonly json: boolean;
}

export interface ExportCommand extends Judging {
  readonly verb: "export";
  readonly targets: readonly string[];
  readonly to: ExportTarget;
  readonly breakdown: Breakdown;
}

export interface VerifyCommand extends Judging {
  readonly verb: "verify";
  readonly targets: readonly string[];
  readonly audit: boolean;
  readonly jobs: number | null;
  readonly json: boolean;
}

export interface RunsCommand extends Common {
  readonly verb: "runs";
  /** Id of the run to show; null: all. */
  readonly run: string | null;
  readonly last: boolean;
  readonly json: boolean;
}

export interface ReportCommand extends Judging {
  readonly verb: "report";
  readonly targets: readonly string[];
  /** Where to write the page, relative to the person's folder; `-`: standard output; null: the state folder. */
  readonly output: string | null;
}

export interface CompletionCommand extends Common {
  readonly verb: "completion";
  /** `words`: what may come next, for the scripts themselves. */
  readonly shell: "bash" | "zsh" | "fish" | "words";
  /** For `words`: the line so far, the word under the cursor last. */
  readonly line: readonly string[];
}

export interface DoctorCommand extends Common {
  readonly verb: "doctor";
  readonly json: boolean;
}

export interface InfoCommand extends Common {
  readonly verb: "info";
  readonly json: boolean;
}

export interface InitCommand extends Common {
  readonly verb: "init";
  readonly npmHooks: boolean;
  readonly vscode: boolean;
}

export interface HelpCommand extends Common {
  readonly verb: "help";
  /** A command of the table; null: the overview. */
  readonly command: string | null;
  /** Tasks to describe instead. */
  readonly targets: readonly string[];
}

export interface VersionCommand extends Common {
  readonly verb: "version";
}

export type Command =
  | BuildCommand | WatchCommand | StatusCommand | WhyCommand | ListCommand | GraphCommand | LogsCommand | ResultsCommand | TraceCommand | CleanCommand | TouchCommand
  | VerifyCommand | CacheCommand | DoctorCommand | CompletionCommand | ReportCommand | RunsCommand | ExportCommand | InfoCommand | InitCommand | HelpCommand | VersionCommand;
