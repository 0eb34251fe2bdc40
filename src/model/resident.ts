// The text protocol between a running `tg watch` and the commands that query it. Knows no file, no process, no task.

/** In the state folder: where a watch announces that it takes questions, and where questions are put. */
export const OFFER_FILE = "resident";
export const ASK_FOLDER = "ask";
/** File modes of the offer: taking questions, or not now. */
export const READY_MODE = 0o600;
export const RESTING_MODE = 0o400;
/** Placeholder in an answer for the time the command took. */
export const TIME_MARK: string = "\0";
/** Longer questions are not sent. */
export const MAX_ASK_BYTES: number = 32 * 1024;

/** Variables that affect how a command line is understood or how an answer looks. They are part of the question. */
export const ASKED_ENV: readonly string[] = ["npm_lifecycle_event", "npm_command", "npm_package_json", "npm_config_local_prefix", "npm_lifecycle_script", "INIT_CWD", "NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS", "TERM"];

/** What must be the same for the asker; otherwise its answer may differ. */
export interface Terms {
  /** Absolute path. */
  readonly root: string;
  /** Absolute path. */
  readonly config: string;
  /** Variables in the key, with a fingerprint of the value; null: unset. */
  readonly env: readonly (readonly [name: string, mark: string | null])[];
}

export interface Offer extends Terms {
  readonly pid: number;
  /** Start time of that process, in kernel ticks. */
  readonly start: string;
  /** Its view of the machine: the mount namespace. */
  readonly namespace: string;
  /** Identity of the program's file, and the runtime. */
  readonly program: string;
  /** Inode of the offer's own file, so that a copied folder offers nothing. */
  readonly ino: number;
  /** Prefix of question names. Unique to this watch. */
  readonly nonce: string;
}

export interface Ask {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whether stdout is a terminal. */
  readonly isTty: boolean;
}

export interface Answer {
  readonly exit: number;
  /** Text for stdout. */
  readonly text: string;
}

/** Why there is no answer; shown to people. */
export type Refusal = "no watch" | "other watch" | "other program" | "other environment" | "other user" | "gone" | "stopped" | "busy" | "late" | "not answered";

export function encodeOffer(offer: Offer): string {
  return JSON.stringify(offer) + "\n";
}

/** null: incomplete, or from another version. */
export function parseOffer(text: string): Offer | null {
  const value = parsed(text) as Partial<Offer> | null;
  if (value === null || typeof value.pid !== "number" || typeof value.ino !== "number" || !Array.isArray(value.env)) return null;
  return [value.start, value.namespace, value.program, value.root, value.config, value.nonce].every((one) => typeof one === "string") ? (value as Offer) : null;
}

export function encodeAsk(ask: Ask): string {
  return JSON.stringify(ask) + "\n";
}

/** null: incomplete, or not a question. */
export function parseAsk(text: string): Ask | null {
  const value = parsed(text) as Partial<Ask> | null;
  if (value === null || !Array.isArray(value.args) || typeof value.cwd !== "string" || typeof value.env !== "object" || value.env === null) return null;
  return value.args.every((word) => typeof word === "string") ? { args: value.args, cwd: value.cwd, env: value.env, isTty: value.isTty === true } : null;
}

function parsed(text: string): unknown {
  if (!text.endsWith("}\n")) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Follows the question in the same file: exit code, length in bytes, a line break, then the text. `-`: no answer from here. */
export function answerHead(answer: Answer | null, bytes: number): string {
  return answer === null ? "- 0\n" : `${answer.exit} ${bytes}\n`;
}

export interface Head {
  readonly exit: number | null;
  readonly bytes: number;
  /** Length of the head itself in bytes. */
  readonly length: number;
}

/** null: incomplete. `text` is what follows the question, or the beginning of it. */
export function parseHead(text: string): Head | null {
  const found = /^(-|\d{1,3}) (\d+)\n/.exec(text);
  return found === null ? null : { exit: found[1] === "-" ? null : Number(found[1]), bytes: Number(found[2]), length: found[0].length };
}
