// Everything that can go wrong short of a bug in tg. Data only: the messages are in report/*-texts.ts.
import type { FilePath } from "./path.ts";
import type { Reason } from "./state.ts";
import type { Ready } from "./service.ts";
import type { Place, TaskName } from "./task.ts";

interface At {
  /** Position of the declaration. */
  readonly at?: Place | null;
}

/** Found while locating and loading the config. Exit 2. */
export type ConfigProblem =
  | { readonly code: "no-config"; readonly from: string; readonly file?: string; /** Found instead since a watch began. */ readonly other?: string; /** A file there with almost the same name. */ readonly near?: string }
  /** `is`: what is at the path instead. `link`: the target of the link. */
  | { readonly code: "config-no-file"; readonly file: string; readonly is: "folder" | "link" | "special"; readonly link?: string }
  | { readonly code: "no-folder"; readonly path: string; /** Something else is there. */ readonly taken?: true }
  /** The runtime cannot load modules with that extension. `at`: the import. */
  | ({ readonly code: "config-ending"; readonly file: string; readonly ending: string } & At)
  /** Lines of the first and the last conflict marker. */
  | { readonly code: "config-conflict"; readonly file: string; readonly line: number; readonly end: number }
  | { readonly code: "config-syntax"; readonly file: string; readonly line: number; readonly column: number; readonly message: string }
  /** `frames`: stack lines of the config's own modules. `late`: a build had begun and made the list for a callback. `unheard`: it was thrown after the evaluation and killed what was running. */
  | { readonly code: "config-throws"; readonly file: string; readonly line: number; readonly column: number; readonly message: string; readonly frames: readonly string[]; readonly late?: true | "unheard" }
  | { readonly code: "config-import-missing"; readonly file: string; readonly line: number; readonly specifier: string }
  /** `commonjs`: the module is CommonJS and may have the name all the same. */
  | { readonly code: "config-export-missing"; readonly file: string; readonly line: number; readonly column: number; readonly specifier: string; readonly name: string; readonly suggestion: string | null; readonly commonjs?: true }
  | { readonly code: "config-unreadable"; readonly file: string; readonly errno: string }
  /** Its compiled form fits neither below the state folder nor into the temporary folder `dir`. Exit 3. */
  | { readonly code: "config-not-kept"; readonly dir: string; readonly errno: string }
  | { readonly code: "config-no-default"; readonly file: string; readonly found: string }
  | { readonly code: "config-timeout"; readonly file: string; /** null: nothing was left to wait for. */ readonly seconds: number | null }
  /** The process that evaluated it was ended by a signal that tg did not send. */
  | { readonly code: "config-killed"; readonly file: string; readonly signal: string }
  | { readonly code: "config-namespace"; readonly file: string; readonly line: number }
  | ({ readonly code: "include-empty"; readonly pattern: string } & At)
  | { readonly code: "include-no-task"; readonly file: string; readonly found: string };

/** How to fix a missing or bad key: set the option `key`, correct the one given, or use other items. */
export type KeyRemedy = "give" | "mend" | "items";

/** Where a field belongs: at the top of the config, in a task, in one of its fields, in a member of its chain, an instance of its family, or the options of that, or beside `glob` or `path`. */
export type FieldHome = "config" | "task" | "run" | "cache" | "service" | "retries" | "member" | "instance" | "foreach" | "glob" | "path";

/** Found while checking the config's value. Exit 2. `task` is null at the top of the config. */
export type CheckProblem =
  | ({ readonly code: "unknown-field"; readonly task: TaskName | null; readonly field: string; readonly suggestion: string | null; /** The field's value is a task. */ readonly isTask?: true; /** Where a field of this name belongs. */ readonly home?: FieldHome } & At)
  | ({ readonly code: "field-not-built"; readonly task: TaskName | null; readonly field: string } & At)
  | ({ readonly code: "bad-field"; readonly task: TaskName | null; readonly field: string; readonly found: string; readonly expected: string; readonly suggestion?: string | null } & At)
  | ({ readonly code: "bad-name"; readonly task: TaskName; readonly why: "control-character" | "half-character" | "empty" | "dash" } & At)
  | ({ readonly code: "duplicate-name"; readonly task: TaskName; readonly other: Place | null } & At)
  | ({ readonly code: "bad-pattern"; readonly task: TaskName | null; readonly field: string; readonly pattern: string; readonly why: string } & At)
  | ({ readonly code: "foreach-empty"; readonly task: TaskName; readonly pattern: string } & At)
  /** What a task made is not a list that a family can use. */
  | ({ readonly code: "foreach-list"; readonly task: TaskName; readonly from: TaskName; readonly found: string } & At)
  | ({ readonly code: "foreach-key"; readonly task: TaskName; readonly item: string; readonly found: string; readonly expected: string; readonly remedy: KeyRemedy } & At)
  | ({ readonly code: "foreach-collision"; readonly task: TaskName; readonly key: string; readonly items: readonly [string, string]; readonly remedy: KeyRemedy } & At)
  | ({ readonly code: "output-outside-root"; readonly task: TaskName; readonly path: string } & At)
  | ({ readonly code: "cache-ignore-off"; readonly task: TaskName } & At)
  | ({ readonly code: "ignore-unknown"; readonly task: TaskName; readonly entry: string; readonly suggestion: string | null } & At);

/** Found while linking the graph. Exit 2. */
export type LinkProblem =
  | ({ readonly code: "unknown-dep"; readonly task: TaskName; readonly field: "deps" | "after" | "validate"; readonly target: string; readonly suggestion: string | null; /** In a task file that is built without a config. */ readonly alone?: true } & At)
  /** `path[i]` needs `path[i+1]`; the first equals the last. `via[i]` is the file that causes that edge, or the field. */
  | ({ readonly code: "cycle"; readonly path: readonly TaskName[]; readonly via: readonly string[] } & At)
  | ({ readonly code: "duplicate-output"; readonly path: FilePath; readonly tasks: readonly [TaskName, TaskName] } & At)
  | ({ readonly code: "output-in-tree"; readonly path: FilePath; readonly task: TaskName; readonly tree: FilePath; readonly owner: TaskName } & At)
  /** Another task makes `above` as a file, and this task does not wait for it. */
  | ({ readonly code: "output-below-file"; readonly path: FilePath; readonly task: TaskName; readonly above: FilePath; readonly owner: TaskName } & At)
  /** The output lies in tg's or git's folder, or is a tree around one. */
  | ({ readonly code: "output-in-state"; readonly path: FilePath; readonly task: TaskName; readonly folder: FilePath } & At)
  | ({ readonly code: "output-is-config"; readonly path: FilePath; readonly task: TaskName } & At)
  | ({ readonly code: "own-output-as-input"; readonly task: TaskName; readonly path: FilePath; readonly pattern: string; /** tg makes the file itself; true: from others. */ readonly byCopy?: boolean } & At)
  /** A family iterates over a file that a task makes: in a clean build it would not exist. */
  | ({ readonly code: "foreach-generated"; readonly task: TaskName; readonly path: FilePath; readonly producer: TaskName } & At)
  /** The task reads what an instance of a generated list makes, and nothing declared makes it wait for the list. */
  | ({ readonly code: "foreach-order"; readonly task: TaskName; readonly family: TaskName; readonly instance: TaskName } & At)
  | ({ readonly code: "missing-input"; readonly task: TaskName; readonly path: FilePath; readonly suggestion: string | null; /** The same behind the task's `cwd`, where something is. */ readonly below?: FilePath; /** Families with no known instance yet. */ readonly families?: readonly TaskName[] } & At)
  | ({ readonly code: "empty-glob"; readonly task: TaskName; readonly pattern: string; /** The same behind the task's `cwd`, where something is. */ readonly below?: FilePath; /** The entry as written. */ readonly entry?: string; readonly families?: readonly TaskName[] } & At)
  | ({ readonly code: "special-input"; readonly task: TaskName; readonly path: FilePath; readonly kind: string } & At)
  | ({ readonly code: "unreadable-input"; readonly task: TaskName; readonly path: FilePath; readonly errno: string; /** What lacks the rights, if that is not `path`. */ readonly denied?: string } & At)
  | ({ readonly code: "name-not-utf8"; readonly task: TaskName; readonly dir: FilePath; readonly name: string } & At);

/** Found in the command line. Exit 2. */
export type UsageProblem =
  | { readonly code: "unknown-command"; readonly command: string; readonly suggestion: string | null; /** Its help was asked for. */ readonly help?: true }
  | { readonly code: "unknown-flag"; readonly command: string; readonly flag: string; readonly suggestion: string | null }
  /** `@since:REF` where one task is meant, or, `inConfig`, in the config's `default`. */
  | { readonly code: "since-not-here"; readonly target: string; readonly inConfig?: true; /** The position of `default`. */ readonly at?: Place }
  | { readonly code: "git-missing"; readonly target: string }
  | { readonly code: "git-no-repository"; readonly target: string; /** Absolute. */ readonly root: string }
  | { readonly code: "git-no-commit"; readonly target: string }
  | { readonly code: "git-unknown-ref"; readonly target: string; readonly ref: string; /** The clone lacks history. */ readonly shallow: boolean; /** What git knows by that name. */ readonly kind?: "tree" | "blob" }
  /** REF and HEAD have no commit in common, as far as the clone knows. */
  | { readonly code: "git-no-base"; readonly target: string; readonly ref: string; readonly shallow: boolean }
  | { readonly code: "git-failed"; readonly target: string; readonly message: string; /** A partial clone could not fetch what it lacks. */ readonly partial?: true }
  | { readonly code: "bad-flag-value"; readonly flag: string; readonly found: string; readonly expected: string }
  /** Flags, or a flag and a target, of which one says something else than the other. */
  | { readonly code: "not-together"; readonly words: readonly [string, string] }
  | { readonly code: "missing-flag-value"; readonly flag: string; readonly expected: string }
  | { readonly code: "missing-argument"; readonly command: string; readonly argument: string }
  | { readonly code: "extra-argument"; readonly command: string; readonly argument: string }
  /** Groups that need each other cannot each be a unit; the first is repeated at the end. */
  | { readonly code: "export-cycle"; readonly groups: readonly string[] }
  /** The other tool cannot represent this file name. */
  | { readonly code: "export-path"; readonly path: string; readonly to: string }
  /** The other tool has no long-running tasks. */
  | { readonly code: "export-service"; readonly service: string; readonly to: string }
  | { readonly code: "no-strace" }
  | { readonly code: "scratch-unwritable"; readonly path: string; readonly errno: string }
  | { readonly code: "not-in-run"; readonly run: string; readonly task: TaskName; readonly suggestion: string | null }
  | { readonly code: "run-too-old"; readonly run: string }
  | { readonly code: "replay-alone"; readonly given: string }
  /** The run was made from something other than what is there now. */
  | { readonly code: "replay-differs"; readonly run: string; readonly task: TaskName; readonly how: "changed" | "new" | "gone"; readonly reasons: readonly Reason[] }
  | { readonly code: "unknown-run"; readonly run: string; readonly suggestion: string | null }
  | { readonly code: "answer-unwritable"; readonly errno: string }
  | { readonly code: "summary-unwritable"; readonly file: string; readonly errno: string }
  | { readonly code: "trace-unwritable"; readonly file: string; readonly errno: string }
  | { readonly code: "init-unwritable"; readonly file: string; readonly errno: string }
  | { readonly code: "page-unwritable"; readonly file: string; readonly errno: string }
  | { readonly code: "unknown-action"; readonly command: string; readonly found: string; readonly expected: string }
  | { readonly code: "unknown-target"; readonly target: string; readonly suggestion: string | null; /** It is in the config's `default`. */ readonly inConfig?: true; /** The position of `default`. */ readonly at?: Place; /** Not typed by the user, but the name of the npm script. */ readonly script?: true; /** Tasks that have it as an input. */ readonly readers?: readonly TaskName[]; /** It is a folder; these are outputs in it, as they are typed where tg was called. */ readonly below?: readonly string[]; /** For an instance: the task that makes its family's list. */ readonly list?: { readonly family: TaskName; readonly from: TaskName; readonly empty: boolean } }
  /** A word of `--skip` that names no task of this build. */
  | { readonly code: "skip-unneeded"; readonly target: string; readonly targets: readonly string[] }
  | { readonly code: "args-need-one-task"; readonly targets: readonly string[] }
  /** There is no command to add words to. */
  | { readonly code: "args-no-command"; readonly task: TaskName; readonly runs: "nothing" | "function" | "file" }
  | { readonly code: "unknown-param"; readonly param: string; readonly suggestion: string | null }
  /** `file`: the file that sets it, with `found` as JSON. */
  | { readonly code: "bad-param"; readonly param: string; readonly found: string; readonly expected: string; readonly file?: string }
  | { readonly code: "missing-param"; readonly param: string; readonly task: TaskName }
  | { readonly code: "params-file"; readonly file: string; readonly message: string }
  | { readonly code: "no-log"; readonly task: TaskName }
  /** `ran`: the task succeeded and returned nothing. */
  | { readonly code: "no-value"; readonly task: TaskName; readonly ran: boolean }
  /** A barrier was asked for something only tasks that run have. `joined`: one of the tasks it joins. */
  | { readonly code: "runs-nothing"; readonly task: TaskName; readonly what: "log" | "value"; readonly joined: TaskName | null }
  | { readonly code: "unknown-key"; readonly key: string; readonly suggestion: string | null }
  | { readonly code: "file-exists"; readonly file: string };

/** Found while a task ran. The task fails; exit 1. */
export type TaskProblem =
  | { readonly code: "exit"; readonly task: TaskName; readonly exit: number; readonly ms: number; readonly command: string }
  | { readonly code: "signal"; readonly task: TaskName; readonly signal: string }
  /** An attempt took longer than `timeout`. */
  | { readonly code: "timeout"; readonly task: TaskName; readonly ms: number }
  /** The deadline passed. `started`: during an attempt, which was ended; otherwise while waiting. */
  | { readonly code: "deadline"; readonly task: TaskName; readonly ms: number; readonly started: boolean }
  | { readonly code: "command-not-found"; readonly task: TaskName; readonly command: string }
  /** Two files would be copied to the same path. */
  | { readonly code: "copy-clash"; readonly task: TaskName; readonly path: FilePath; readonly from: readonly [FilePath, FilePath] }
  /** `why`: as ToolNow.wrong. */
  | { readonly code: "bad-tool"; readonly task: TaskName; readonly tool: string; readonly why: string }
  | { readonly code: "bad-cwd"; readonly task: TaskName; readonly cwd: FilePath; readonly errno: string }
  | { readonly code: "spawn-failed"; readonly task: TaskName; readonly errno: string; readonly command: string }
  | { readonly code: "command-too-long"; readonly task: TaskName; readonly bytes: number; readonly limit: number }
  | { readonly code: "missing-output"; readonly task: TaskName; readonly path: string; /** The same behind the task's `cwd`, where something is. */ readonly below?: FilePath; /** Further files that are missing. */ readonly others?: readonly string[]; /** `path` is a pattern that matched nothing. */ readonly pattern?: true; /** Found by `touch`: nothing ran. */ readonly touched?: true }
  | { readonly code: "output-not-utf8"; readonly task: TaskName; readonly dir: FilePath }
  | { readonly code: "output-kind"; readonly task: TaskName; readonly path: FilePath; readonly kind: string; readonly expected: "file" | "folder"; /** It was there before the run, which was not started. */ readonly before?: true }
  | { readonly code: "output-owned-by"; readonly task: TaskName; readonly path: FilePath; readonly owner: TaskName }
  | { readonly code: "input-kept-changing"; readonly task: TaskName; readonly path: FilePath; /** The build was stopped before it could run again. */ readonly once?: true; /** An output that something removed. */ readonly taken?: true }
  /** For services. `last`: the result of the last probe, e.g. `503`; "" for none. */
  | { readonly code: "service-not-ready"; readonly task: TaskName; readonly ready: Ready; readonly ms: number; readonly last: string }
  /** A service exited by itself. `ready`: it had been ready. */
  | { readonly code: "service-ended"; readonly task: TaskName; readonly exit: number | null; readonly signal: string | null; readonly ready: boolean; /** Process id of the other tg that ran it. */ readonly owner?: number }
  /** `times`: the number of crashes in a row after which tg gave up. */
  | { readonly code: "service-crashes"; readonly task: TaskName; readonly exit: number | null; readonly signal: string | null; readonly times: number }
  /** Something else accepts connections on the service's port. */
  | { readonly code: "port-taken"; readonly task: TaskName; readonly port: number; /** Process id of another tg on this project that runs this service. */ readonly owner?: number }
  /** A service that the task needs exited while the task ran. */
  | { readonly code: "service-lost"; readonly task: TaskName; readonly service: TaskName }
  /** `list`: the task that makes the list this instance comes from; the file may then never have existed. */
  | { readonly code: "input-gone"; readonly task: TaskName; readonly path: FilePath; readonly list?: TaskName }
  | { readonly code: "input-unreadable"; readonly task: TaskName; readonly path: FilePath; readonly errno: string; /** What lacks the rights, if that is not `path`. */ readonly denied?: string }
  | { readonly code: "glob-empty-now"; readonly task: TaskName; readonly pattern: string; readonly entry?: string }
  | { readonly code: "depfile-missing"; readonly task: TaskName; readonly path: FilePath }
  | { readonly code: "depfile-bad"; readonly task: TaskName; readonly path: FilePath; readonly line: number; readonly message: string }
  /** A discovered input is made by `producer`, but nothing declared orders `producer` before `task`. */
  | { readonly code: "undeclared-order"; readonly task: TaskName; readonly path: FilePath; readonly producer: TaskName }
  /** `odd`: the task no longer declares the output, or did not make it but might have. */
  | { readonly code: "output-drifted"; readonly task: TaskName; readonly path: FilePath; readonly odd?: "undeclared" | "foreign" }
  | { readonly code: "cannot-write"; readonly task: TaskName; readonly path: string; readonly errno: string; /** What lacks the rights, if that is not `path`. */ readonly denied?: string; /** If a file is where a folder is needed: the output that belongs in it. */ readonly output?: FilePath }
  /** `name`: "" if what was thrown is not an Error. */
  | { readonly code: "threw"; readonly task: TaskName; readonly name: string; readonly message: string; readonly stack: readonly string[]; /** Thrown by `ctx.noRetry`: no further attempt. */ readonly final?: true }
  /** `cause`: what prevented it from starting, or what a function threw. */
  | { readonly code: "hook-failed"; readonly task: TaskName; readonly hook: string; readonly exit: number | null; readonly signal: string | null; readonly cause: TaskProblem | null }
  | { readonly code: "bad-when"; readonly task: TaskName; /** JSON text. */ readonly found: string }
  | { readonly code: "hash-function"; readonly task: TaskName; readonly path: FilePath; readonly message: string }
  | { readonly code: "bad-value"; readonly task: TaskName; readonly message: string }
  /** The list cannot be expanded into tasks; the problems themselves have been reported. */
  | { readonly code: "expand-failed"; readonly task: TaskName; readonly families: readonly TaskName[]; readonly count: number }
  | { readonly code: "value-too-large"; readonly task: TaskName; readonly bytes: number; readonly limit: number };

/** tg cannot do its own work. Exit 3. */
export type OwnProblem =
  /** `denied`: what lacks the rights, if that is another path. */
  | { readonly code: "state-unwritable"; readonly path: string; readonly errno: string; readonly denied?: string }
  | { readonly code: "state-dir-bad"; readonly path: string; readonly why: string }
  /** The lock's holder runs the command that called this tg. */
  | { readonly code: "locked-above"; readonly pid: number; readonly command: string }
  | { readonly code: "locked"; readonly pid: number; readonly command: string; readonly seconds: number }
  | { readonly code: "too-many-files"; readonly path: string }
  /** WebAssembly cannot be started. `bytes`: the address space limit (`ulimit -v`); null: no limit, the machine has no more. */
  | { readonly code: "no-address-space"; readonly bytes: number | null }
  /** The runtime was started without WebAssembly (`--jitless`). */
  | { readonly code: "no-webassembly" };

/** A hook of the whole build failed. */
export type HookProblem = { readonly code: "build-hook-failed"; readonly hook: string; readonly exit: number | null; readonly signal: string | null; readonly cause: TaskProblem | null };

export type Problem = HookProblem | ConfigProblem | CheckProblem | LinkProblem | UsageProblem | TaskProblem | OwnProblem;

/** Reported once; stops nothing. */
export type Notice =
  | { readonly code: "state-damaged"; readonly what: "state" | "journal"; readonly at: number }
  | { readonly code: "state-foreign"; readonly version: string }
  | { readonly code: "state-not-saved"; readonly errno: string }
  | { readonly code: "waiting-for-lock"; readonly pid: number; readonly command: string; readonly seconds: number }
  /** Another tg is building while this one only reads. */
  | { readonly code: "others-at-work"; readonly pid: number; readonly command: string; readonly seconds: number }
  | { readonly code: "took-over-lock"; readonly pid: number }
  | { readonly code: "drift-saved"; readonly task: TaskName; readonly path: FilePath; readonly saved: string }
  /** `path`: the folder, if there are several `files`. */
  | { readonly code: "foreign-saved"; readonly task: TaskName; readonly path: FilePath; readonly saved: string; readonly files: number }
  /** Files that an output pattern matches although the first run did not make them. `path`: the first of the `files`. */
  | { readonly code: "foreign-matched"; readonly task: TaskName; readonly path: FilePath; readonly saved: string; readonly files: number }
  /** An owned folder stayed empty, and one of that name is in the task's `cwd`. */
  | { readonly code: "output-in-cwd"; readonly task: TaskName; readonly path: FilePath; readonly below: FilePath }
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
  /** The result alone is larger than the limit of the whole store. */
  | { readonly code: "result-too-large"; readonly task: TaskName; readonly bytes: number; readonly limit: number }
  | { readonly code: "temp-not-removed"; readonly task: TaskName; readonly path: string; readonly errno: string }
  | { readonly code: "replay-elsewhere"; readonly run: string; readonly what: string; readonly then: string; readonly now: string }
  /** Tasks for which it is no longer known what they were made from. */
  | { readonly code: "replay-unknown"; readonly run: string; readonly count: number }
  /** `key`: what it was made from already differs, because of what upstream made. */
  | { readonly code: "replay-other"; readonly run: string; readonly task: TaskName; readonly what: "key" | "made" }
  /** The build changed what the config had read. `open`: what is left to run by its new value; null: the new value rejects the request. */
  /** Nothing that a task is made from differs since any of these commits. */
  | { readonly code: "nothing-affected"; readonly refs: readonly string[] }
  | { readonly code: "config-unsettled"; readonly paths: readonly string[]; readonly open: readonly TaskName[] | null }
  /** Of several configs in a folder the search takes `file`. */
  | { readonly code: "config-beside"; readonly file: string; readonly others: readonly string[] }
  | { readonly code: "untracked-import"; readonly file: string; readonly line: number };

/** A value, or everything that is wrong with it. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] };

export function good<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function bad(problems: readonly Problem[]): { readonly ok: false; readonly problems: readonly Problem[] } {
  return { ok: false, problems };
}
