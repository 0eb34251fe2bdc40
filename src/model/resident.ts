// What a running `tg watch` and the commands that ask it say to each other, as texts. Knows no file, no process, no task.

/** Below the state folder: where a watch says that it can be asked, and where it is asked. */
export const OFFER_FILE = "resident";
export const ASK_FOLDER = "ask";
/** Modes of the offer: ask, or not now. */
export const READY_MODE = 0o600;
export const RESTING_MODE = 0o400;
/** Stands in an answer where the time that the command took goes. */
export const TIME_MARK: string = "\0";
/** Longer questions are not asked. */
export const MAX_ASK_BYTES: number = 32 * 1024;

/** Variables that decide how a command line is understood and how an answer looks. They are part of the question. */
export const ASKED_ENV: readonly string[] = ["npm_lifecycle_event", "npm_command", "npm_package_json", "npm_config_local_prefix", "npm_lifecycle_script", "INIT_CWD", "NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS", "TERM"];

/** What an asker must agree with: for anybody else the answer may be another. */
export interface Terms {
  /** Absolute. */
  readonly root: string;
  /** Absolute. */
  readonly config: string;
  /** Variables that count, with a mark of the value; null: unset. */
  readonly env: readonly (readonly [name: string, mark: string | null])[];
}

export interface Offer extends Terms {
  readonly pid: number;
  /** When that process started, in the kernel's ticks. */
  readonly start: string;
  /** The machine as it is seen from there: mounts. */
  readonly namespace: string;
  /** The program by its file, and the runtime. */
  readonly program: string;
  /** Of the offer's own file: a copied folder offers nothing. */
  readonly ino: number;
  /** Names of questions begin with it. No other watch uses it. */
  readonly nonce: string;
}

export interface Ask {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Is stdout a terminal? */
  readonly isTty: boolean;
}

export interface Answer {
  readonly exit: number;
  /** For stdout. */
  readonly text: string;
}

/** Why there is no answer; a word that a person may read. */
export type Refusal = "no watch" | "other watch" | "other program" | "other environment" | "other user" | "gone" | "stopped" | "busy" | "late" | "not answered";

export function encodeOffer(offer: Offer): string {
  return JSON.stringify(offer) + "\n";
}

/** null: half written, or of another version. */
export function parseOffer(text: string): Offer | null {
  const value = parsed(text) as Partial<Offer> | null;
  if (value === null || typeof value.pid !== "number" || typeof value.ino !== "number" || !Array.isArray(value.env)) return null;
  return [value.start, value.namespace, value.program, value.root, value.config, value.nonce].every((one) => typeof one === "string") ? (value as Offer) : null;
}

export function encodeAsk(ask: Ask): string {
  return JSON.stringify(ask) + "\n";
}

/** null: not all of it is there yet, or it is none. */
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

/** Stands behind the question in the same file: exit code, length in bytes, a line break, text. `-`: no answer from here. */
export function answerHead(answer: Answer | null, bytes: number): string {
  return answer === null ? "- 0\n" : `${answer.exit} ${bytes}\n`;
}

export interface Head {
  readonly exit: number | null;
  readonly bytes: number;
  /** Bytes of the head itself. */
  readonly length: number;
}

/** null: not all of it is there yet. `text` is what stands behind the question, or its beginning. */
export function parseHead(text: string): Head | null {
  const found = /^(-|\d{1,3}) (\d+)\n/.exec(text);
  return found === null ? null : { exit: found[1] === "-" ? null : Number(found[1]), bytes: Number(found[2]), length: found[0].length };
}
