// What can be wrong without tg being wrong. Data only: the sentences stand in report/*-texts.ts.
import type { FilePath } from "./path.ts";
import type { Reason } from "./state.ts";
import type { Ready } from "./service.ts";
import type { Place, TaskName } from "./task.ts";

interface At {
  /** Where the declaration stands. */
  readonly at?: Place | null;
}

/** Found while finding and loading the config. Exit 2. */
export type ConfigProblem =
  | { readonly code: "no-config"; readonly from: string; readonly file?: string; /** Found in its place since a watch began. */ readonly other?: string; /** Stands there, and is called almost so. */ readonly near?: string }
  /** What stands there. `link`: where the link leads. */
  | { readonly code: "config-no-file"; readonly file: string; readonly is: "folder" | "link" | "special"; readonly link?: string }
  | { readonly code: "no-folder"; readonly path: string }
  /** The runtime loads no module of that ending. `at`: who imports it. */
  | ({ readonly code: "config-ending"; readonly file: string; readonly ending: string } & At)
  /** Lines of the first mark of a merge and of its last. */
  | { readonly code: "config-conflict"; readonly file: string; readonly line: number; readonly end: number }
  | { readonly code: "config-syntax"; readonly file: string; readonly line: number; readonly column: number; readonly message: string }
  /** `frames`: stack lines of the config's own modules. `late`: a build had begun, and made the list that a callback was given; `unheard`: it was thrown after the evaluation, and ended what went on. */
  | { readonly code: "config-throws"; readonly file: string; readonly line: number; readonly column: number; readonly message: string; readonly frames: readonly string[]; readonly late?: true | "unheard" }
  | { readonly code: "config-import-missing"; readonly file: string; readonly line: number; readonly specifier: string }
  /** `commonjs`: the module is one, and may have the name all the same. */
  | { readonly code: "config-export-missing"; readonly file: string; readonly line: number; readonly column: number; readonly specifier: string; readonly name: string; readonly suggestion: string | null; readonly commonjs?: true }
  | { readonly code: "config-unreadable"; readonly file: string; readonly errno: string }
  | { readonly code: "config-no-default"; readonly file: string; readonly found: string }
  | { readonly code: "config-timeout"; readonly file: string; /** null: nothing is left to wait for. */ readonly seconds: number | null }
  /** The process in which it was evaluated ended by a signal that tg has not sent. */
  | { readonly code: "config-killed"; readonly file: string; readonly signal: string }
  | { readonly code: "config-namespace"; readonly file: string; readonly line: number }
  | ({ readonly code: "include-empty"; readonly pattern: string } & At)
  | { readonly code: "include-no-task"; readonly file: string; readonly found: string };

/** What helps where a key will not do: to give the option `key`, to mend the one given, or other items. */
export type KeyRemedy = "give" | "mend" | "items";

/** Found while checking the config's value. Exit 2. `task` is null at the top of the config. */
export type CheckProblem =
  | ({ readonly code: "unknown-field"; readonly task: TaskName | null; readonly field: string; readonly suggestion: string | null; /** What it holds is a task. */ readonly isTask?: true } & At)
  | ({ readonly code: "field-not-built"; readonly task: TaskName | null; readonly field: string } & At)
  | ({ readonly code: "bad-field"; readonly task: TaskName | null; readonly field: string; readonly found: string; readonly expected: string; readonly suggestion?: string | null } & At)
  | ({ readonly code: "bad-name"; readonly task: TaskName; readonly why: "control-character" | "empty" | "dash" } & At)
  | ({ readonly code: "duplicate-name"; readonly task: TaskName; readonly other: Place | null } & At)
  | ({ readonly code: "bad-pattern"; readonly task: TaskName | null; readonly field: string; readonly pattern: string; readonly why: string } & At)
  | ({ readonly code: "foreach-empty"; readonly task: TaskName; readonly pattern: string } & At)
  /** What a task left is no list for a family to go over. */
  | ({ readonly code: "foreach-list"; readonly task: TaskName; readonly from: TaskName; readonly found: string } & At)
  | ({ readonly code: "foreach-key"; readonly task: TaskName; readonly item: string; readonly found: string; readonly expected: string; readonly remedy: KeyRemedy } & At)
  | ({ readonly code: "foreach-collision"; readonly task: TaskName; readonly key: string; readonly items: readonly [string, string]; readonly remedy: KeyRemedy } & At)
  | ({ readonly code: "output-outside-root"; readonly task: TaskName; readonly path: string } & At)
  | ({ readonly code: "cache-ignore-off"; readonly task: TaskName } & At)
  | ({ readonly code: "ignore-unknown"; readonly task: TaskName; readonly entry: string; readonly suggestion: string | null } & At);

/** Found while linking the graph. Exit 2. */
export type LinkProblem =
  | ({ readonly code: "unknown-dep"; readonly task: TaskName; readonly field: "deps" | "after" | "validate"; readonly target: string; readonly suggestion: string | null; /** Of a task file that is built without a config. */ readonly alone?: true } & At)
  /** `path[i]` needs `path[i+1]`; first equals last. `via[i]` is the file that makes that edge, or the field. */
  | ({ readonly code: "cycle"; readonly path: readonly TaskName[]; readonly via: readonly string[] } & At)
  | ({ readonly code: "duplicate-output"; readonly path: FilePath; readonly tasks: readonly [TaskName, TaskName] } & At)
  | ({ readonly code: "output-in-tree"; readonly path: FilePath; readonly task: TaskName; readonly tree: FilePath; readonly owner: TaskName } & At)
  /** Another task makes `above` as a file, and this one does not wait for it. */
  | ({ readonly code: "output-below-file"; readonly path: FilePath; readonly task: TaskName; readonly above: FilePath; readonly owner: TaskName } & At)
  /** In tg's or git's folder, or a tree around it. */
  | ({ readonly code: "output-in-state"; readonly path: FilePath; readonly task: TaskName; readonly folder: FilePath } & At)
  | ({ readonly code: "output-is-config"; readonly path: FilePath; readonly task: TaskName } & At)
  | ({ readonly code: "own-output-as-input"; readonly task: TaskName; readonly path: FilePath; readonly pattern: string } & At)
  /** A family goes over a file that a task makes: in a clean build it would not be there. */
  | ({ readonly code: "foreach-generated"; readonly task: TaskName; readonly path: FilePath; readonly producer: TaskName } & At)
  /** Reads what an instance makes whose list another task makes, and nothing declared makes it wait for that. */
  | ({ readonly code: "foreach-order"; readonly task: TaskName; readonly family: TaskName; readonly instance: TaskName } & At)
  | ({ readonly code: "missing-input"; readonly task: TaskName; readonly path: FilePath; readonly suggestion: string | null; /** Families of which no instance is known yet. */ readonly families?: readonly TaskName[] } & At)
  | ({ readonly code: "empty-glob"; readonly task: TaskName; readonly pattern: string; /** As it is written. */ readonly entry?: string; readonly families?: readonly TaskName[] } & At)
  | ({ readonly code: "special-input"; readonly task: TaskName; readonly path: FilePath; readonly kind: string } & At)
  | ({ readonly code: "unreadable-input"; readonly task: TaskName; readonly path: FilePath; readonly errno: string } & At)
  | ({ readonly code: "name-not-utf8"; readonly task: TaskName; readonly dir: FilePath; readonly name: string } & At);

/** Found in the command line. Exit 2. */
export type UsageProblem =
  | { readonly code: "unknown-command"; readonly command: string; readonly suggestion: string | null }
  | { readonly code: "unknown-flag"; readonly command: string; readonly flag: string; readonly suggestion: string | null }
  | { readonly code: "target-not-built"; readonly target: string }
  | { readonly code: "bad-flag-value"; readonly flag: string; readonly found: string; readonly expected: string }
  | { readonly code: "missing-flag-value"; readonly flag: string; readonly expected: string }
  | { readonly code: "missing-argument"; readonly command: string; readonly argument: string }
  | { readonly code: "extra-argument"; readonly command: string; readonly argument: string }
  /** Groups that need each other cannot each be one unit; the first is named again at the end. */
  | { readonly code: "export-cycle"; readonly groups: readonly string[] }
  /** The other tool starts nothing that goes on. */
  /** A file whose name the other tool cannot write. */
  | { readonly code: "export-path"; readonly path: string; readonly to: string }
  | { readonly code: "export-service"; readonly service: string; readonly to: string }
  | { readonly code: "no-strace" }
  | { readonly code: "scratch-unwritable"; readonly path: string; readonly errno: string }
  | { readonly code: "not-in-run"; readonly run: string; readonly task: TaskName; readonly suggestion: string | null }
  | { readonly code: "run-too-old"; readonly run: string }
  | { readonly code: "replay-alone"; readonly given: string }
  /** What the run was made from is not what is there now. */
  | { readonly code: "replay-differs"; readonly run: string; readonly task: TaskName; readonly how: "changed" | "new" | "gone"; readonly reasons: readonly Reason[] }
  | { readonly code: "unknown-run"; readonly run: string; readonly suggestion: string | null }
  | { readonly code: "answer-unwritable"; readonly errno: string }
  | { readonly code: "summary-unwritable"; readonly file: string; readonly errno: string }
  | { readonly code: "trace-unwritable"; readonly file: string; readonly errno: string }
  | { readonly code: "init-unwritable"; readonly file: string; readonly errno: string }
  | { readonly code: "page-unwritable"; readonly file: string; readonly errno: string }
  | { readonly code: "unknown-action"; readonly command: string; readonly found: string; readonly expected: string }
  | { readonly code: "unknown-target"; readonly target: string; readonly suggestion: string | null; /** It stands in the config's `default`. */ readonly inConfig?: true; /** Where that is. */ readonly at?: Place; /** Nobody typed it: it is the name of the npm script. */ readonly script?: true; /** Tasks that have it among their inputs. */ readonly readers?: readonly TaskName[]; /** It is a folder; outputs in it. */ readonly below?: readonly FilePath[]; /** Of an instance: the task that makes the list of its family. */ readonly list?: { readonly family: TaskName; readonly from: TaskName; readonly empty: boolean } }
  /** A word of `--skip` that names no task this build would make. */
  | { readonly code: "skip-unneeded"; readonly target: string; readonly targets: readonly string[] }
  | { readonly code: "args-need-one-task"; readonly targets: readonly string[] }
  /** There is no command to add words to. */
  | { readonly code: "args-no-command"; readonly task: TaskName; readonly runs: "nothing" | "function" | "file" }
  | { readonly code: "unknown-param"; readonly param: string; readonly suggestion: string | null }
  /** `file`: it stands there, and `found` is as JSON. */
  | { readonly code: "bad-param"; readonly param: string; readonly found: string; readonly expected: string; readonly file?: string }
  | { readonly code: "missing-param"; readonly param: string; readonly task: TaskName }
  | { readonly code: "params-file"; readonly file: string; readonly message: string }
  | { readonly code: "no-log"; readonly task: TaskName }
  /** `ran`: it ended well and returned nothing. */
  | { readonly code: "no-value"; readonly task: TaskName; readonly ran: boolean }
  /** A barrier was asked for what only tasks that run have; `joined`: one of those that it joins. */
  | { readonly code: "runs-nothing"; readonly task: TaskName; readonly what: "log" | "value"; readonly joined: TaskName | null }
  | { readonly code: "unknown-key"; readonly key: string; readonly suggestion: string | null }
  | { readonly code: "file-exists"; readonly file: string };

/** Found while a task ran. The task fails; exit 1. */
export type TaskProblem =
  | { readonly code: "exit"; readonly task: TaskName; readonly exit: number; readonly ms: number; readonly command: string }
  | { readonly code: "signal"; readonly task: TaskName; readonly signal: string }
  /** An attempt took longer than `timeout`. */
  | { readonly code: "timeout"; readonly task: TaskName; readonly ms: number }
  /** Not done in time. `started`: an attempt was ended for it; else it was waiting. */
  | { readonly code: "deadline"; readonly task: TaskName; readonly ms: number; readonly started: boolean }
  | { readonly code: "command-not-found"; readonly task: TaskName; readonly command: string }
  /** `why`: as ToolNow.wrong. */
  /** Two files would be copied to one place. */
  | { readonly code: "copy-clash"; readonly task: TaskName; readonly path: FilePath; readonly from: readonly [FilePath, FilePath] }
  | { readonly code: "bad-tool"; readonly task: TaskName; readonly tool: string; readonly why: string }
  | { readonly code: "bad-cwd"; readonly task: TaskName; readonly cwd: FilePath; readonly errno: string }
  | { readonly code: "spawn-failed"; readonly task: TaskName; readonly errno: string; readonly command: string }
  | { readonly code: "command-too-long"; readonly task: TaskName; readonly bytes: number; readonly limit: number }
  | { readonly code: "missing-output"; readonly task: TaskName; readonly path: string; /** Further files that are missing. */ readonly others?: readonly string[]; /** `path` is a pattern that matched nothing. */ readonly pattern?: true; /** Found by `touch`: nothing ran. */ readonly touched?: true }
  | { readonly code: "output-not-utf8"; readonly task: TaskName; readonly dir: FilePath }
  | { readonly code: "output-kind"; readonly task: TaskName; readonly path: FilePath; readonly kind: string; readonly expected: "file" | "folder"; /** It stood there before the run, which was not begun. */ readonly before?: true }
  | { readonly code: "output-owned-by"; readonly task: TaskName; readonly path: FilePath; readonly owner: TaskName }
  | { readonly code: "input-kept-changing"; readonly task: TaskName; readonly path: FilePath; /** The build was stopped before it could run again. */ readonly once?: true; /** It is an output, which somebody took away. */ readonly taken?: true }
  /** A service. `last`: what the last probe said, e.g. `503`; "" for nothing. */
  | { readonly code: "service-not-ready"; readonly task: TaskName; readonly ready: Ready; readonly ms: number; readonly last: string }
  /** A service ended by itself. `ready`: it had been. */
  | { readonly code: "service-ended"; readonly task: TaskName; readonly exit: number | null; readonly signal: string | null; readonly ready: boolean; /** It was one of another tg, of this process. */ readonly owner?: number }
  /** `times`: so often in a row; it is given up. */
  | { readonly code: "service-crashes"; readonly task: TaskName; readonly exit: number | null; readonly signal: string | null; readonly times: number }
  /** Somebody else takes connections where the service would. */
  | { readonly code: "port-taken"; readonly task: TaskName; readonly port: number; /** The process of another tg on this project that runs this service. */ readonly owner?: number }
  /** A service that the task needs ended while it ran. */
  | { readonly code: "service-lost"; readonly task: TaskName; readonly service: TaskName }
  /** `list`: who makes the list that its instance is of; then it may never have been there. */
  | { readonly code: "input-gone"; readonly task: TaskName; readonly path: FilePath; readonly list?: TaskName }
  | { readonly code: "input-unreadable"; readonly task: TaskName; readonly path: FilePath; readonly errno: string }
  | { readonly code: "glob-empty-now"; readonly task: TaskName; readonly pattern: string; readonly entry?: string }
  | { readonly code: "depfile-missing"; readonly task: TaskName; readonly path: FilePath }
  | { readonly code: "depfile-bad"; readonly task: TaskName; readonly path: FilePath; readonly line: number; readonly message: string }
  /** A discovered input is made by `producer`, but nothing declared orders it before `task`. */
  | { readonly code: "undeclared-order"; readonly task: TaskName; readonly path: FilePath; readonly producer: TaskName }
  /** `odd`: the task no longer declares it; or it has not made it, but might have. */
  | { readonly code: "output-drifted"; readonly task: TaskName; readonly path: FilePath; readonly odd?: "undeclared" | "foreign" }
  | { readonly code: "cannot-write"; readonly task: TaskName; readonly path: string; readonly errno: string; /** Of a file where a folder is to be: the output that is to lie in it. */ readonly output?: FilePath }
  /** `name`: "" for what is no error. */
  | { readonly code: "threw"; readonly task: TaskName; readonly name: string; readonly message: string; readonly stack: readonly string[]; /** It said that another attempt would fail as well. */ readonly final?: true }
  /** `cause`: what kept it from starting, or what a function threw. */
  | { readonly code: "hook-failed"; readonly task: TaskName; readonly hook: string; readonly exit: number | null; readonly signal: string | null; readonly cause: TaskProblem | null }
  | { readonly code: "bad-when"; readonly task: TaskName; /** JSON text. */ readonly found: string }
  | { readonly code: "hash-function"; readonly task: TaskName; readonly path: FilePath; readonly message: string }
  | { readonly code: "bad-value"; readonly task: TaskName; readonly message: string }
  /** Its list cannot be made tasks of; the problems themselves have been told. */
  | { readonly code: "expand-failed"; readonly task: TaskName; readonly families: readonly TaskName[]; readonly count: number }
  | { readonly code: "value-too-large"; readonly task: TaskName; readonly bytes: number; readonly limit: number };

/** tg cannot do its own work. Exit 3. */
export type OwnProblem =
  | { readonly code: "state-unwritable"; readonly path: string; readonly errno: string }
  | { readonly code: "state-dir-bad"; readonly path: string; readonly why: string }
  /** The holder runs the command that called this tg. */
  | { readonly code: "locked-above"; readonly pid: number; readonly command: string }
  | { readonly code: "locked"; readonly pid: number; readonly command: string; readonly seconds: number }
  | { readonly code: "too-many-files"; readonly path: string }
  /** WebAssembly cannot be started. `bytes`: the limit of address space (`ulimit -v`); null: none, the machine has no more. */
  | { readonly code: "no-address-space"; readonly bytes: number | null }
  /** The runtime was started without it (`--jitless`). */
  | { readonly code: "no-webassembly" };

/** A hook of the whole build failed. */
export type HookProblem = { readonly code: "build-hook-failed"; readonly hook: string; readonly exit: number | null; readonly signal: string | null; readonly cause: TaskProblem | null };

export type Problem = HookProblem | ConfigProblem | CheckProblem | LinkProblem | UsageProblem | TaskProblem | OwnProblem;

/** Said once, stops nothing. */
export type Notice =
  | { readonly code: "state-damaged"; readonly what: "state" | "journal"; readonly at: number }
  | { readonly code: "state-foreign"; readonly version: string }
  | { readonly code: "state-not-saved"; readonly errno: string }
  | { readonly code: "waiting-for-lock"; readonly pid: number; readonly command: string; readonly seconds: number }
  /** Another tg builds while this one only looks. */
  | { readonly code: "others-at-work"; readonly pid: number; readonly command: string; readonly seconds: number }
  | { readonly code: "took-over-lock"; readonly pid: number }
  | { readonly code: "drift-saved"; readonly task: TaskName; readonly path: FilePath; readonly saved: string }
  /** `path`: the folder, if there are several `files`. */
  | { readonly code: "foreign-saved"; readonly task: TaskName; readonly path: FilePath; readonly saved: string; readonly files: number }
  /** What an output pattern matches although the first run did not make it. `path`: the first of the `files`. */
  | { readonly code: "foreign-matched"; readonly task: TaskName; readonly path: FilePath; readonly saved: string; readonly files: number }
  | { readonly code: "leftover-removed"; readonly paths: readonly FilePath[] }
  | { readonly code: "leftover-kept"; readonly path: FilePath; readonly why: "edited" | "now-a-source" }
  | { readonly code: "nondeterministic"; readonly task: TaskName; readonly path: FilePath }
  | { readonly code: "renamed"; readonly from: TaskName; readonly to: TaskName }
  | { readonly code: "env-not-declared"; readonly task: TaskName; readonly name: string }
  | { readonly code: "param-unused"; readonly name: string }
  | { readonly code: "deprecated"; readonly task: TaskName; readonly message: string }
  | { readonly code: "processes-left"; readonly task: TaskName; readonly pids: readonly number[] }
  | { readonly code: "skipped-upstream"; readonly task: TaskName; readonly skipped: TaskName }
  | { readonly code: "skipped-intermediate"; readonly task: TaskName; readonly skipped: TaskName; readonly path: FilePath }
  | { readonly code: "resource-over-total"; readonly task: TaskName; readonly resource: string; readonly asked: number; readonly total: number }
  | { readonly code: "jobserver-unreachable"; readonly jobs: number }
  | { readonly code: "future-mtime"; readonly path: FilePath }
  | { readonly code: "result-not-kept"; readonly task: TaskName; /** Folder of the store. */ readonly store: FilePath; readonly errno: string }
  /** It would take more than the whole store may. */
  | { readonly code: "result-too-large"; readonly task: TaskName; readonly bytes: number; readonly limit: number }
  | { readonly code: "temp-not-removed"; readonly task: TaskName; readonly path: string; readonly errno: string }
  | { readonly code: "replay-elsewhere"; readonly run: string; readonly what: string; readonly then: string; readonly now: string }
  /** Tasks of which it is not known any more what they were made from. */
  | { readonly code: "replay-unknown"; readonly run: string; readonly count: number }
  /** `key`: already what it was made from differs, because of what upstream made. */
  | { readonly code: "replay-other"; readonly run: string; readonly task: TaskName; readonly what: "key" | "made" }
  /** The build changed what the config had read. `open`: what is to run by what it says now; null: what was asked for is refused by that. */
  | { readonly code: "config-unsettled"; readonly paths: readonly string[]; readonly open: readonly TaskName[] | null }
  | { readonly code: "untracked-import"; readonly file: string; readonly line: number };

/** A value, or everything that is wrong with it. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] };

export function good<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function bad(problems: readonly Problem[]): { readonly ok: false; readonly problems: readonly Problem[] } {
  return { ok: false, problems };
}
