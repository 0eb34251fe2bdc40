// Splits argv into a command, its words and its flags using the table. Knows the shape of flags, not their meaning.
import type { Problem } from "../../model/problem.ts";
import { suggest } from "../../model/suggest.ts";
import { COMMANDS, commandRow, flagsOf, GLOBAL_FLAGS, type CommandRow, type Flag } from "./table.ts";

export interface Words {
  readonly row: CommandRow;
  /** False if no command was written and `build` is implied. */
  readonly named: boolean;
  /** By long name: one text per occurrence (`""` for switches). */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly words: readonly string[];
  /** What follows `--`; null without it. */
  readonly rest: readonly string[] | null;
  readonly problems: readonly Problem[];
}

interface Piece {
  /** `--name` or `-x`, as typed. */
  readonly typed: string;
  readonly flag: Flag | null;
  /** Value joined to the flag; null if there is none. */
  readonly joined: string | null;
}

function takesNext(flag: Flag): boolean {
  return flag.kind === "value" || flag.kind === "list";
}

function longPiece(word: string, flags: readonly Flag[]): Piece {
  const cut = word.indexOf("=");
  const typed = cut < 0 ? word : word.slice(0, cut);
  const flag = flags.find((candidate) => candidate.name === typed.slice(2)) ?? null;
  return { typed, flag, joined: cut < 0 ? null : word.slice(cut + 1) };
}

/** `-kj4` is `-k` and `-j` with `4`. */
function shortPieces(word: string, flags: readonly Flag[]): Piece[] {
  const pieces: Piece[] = [];
  let tail = word.slice(1);
  for (const letter of tail) {
    const flag = flags.find((candidate) => candidate.short === letter) ?? null;
    const typed = "-" + letter;
    tail = tail.slice(letter.length);
    const isJoined = tail.startsWith("=") || (tail !== "" && flag !== null && flag.kind !== "switch" && flag.kind !== "count");
    pieces.push({ typed, flag, joined: isJoined ? tail.replace(/^=/, "") : null });
    if (flag === null || isJoined) return pieces;
  }
  return pieces;
}

function piecesOf(word: string, flags: readonly Flag[]): Piece[] {
  if (word.startsWith("--")) return [longPiece(word, flags)];
  // `-json` is neither -j with "son" nor -j, -s, -o and -n.
  const { typed, flag } = longPiece("-" + word, flags);
  return flag === null ? shortPieces(word, flags) : [{ typed: typed.slice(1), flag: null, joined: null }];
}

function isFlag(word: string): boolean {
  return word.length > 1 && word.startsWith("-");
}

/** Whether a word may be the value of the flag before it. After `--trace -n` nobody wants a file called -n; `--trace=-n` says so. */
function isValue(word: string | undefined): word is string {
  return word !== undefined && (!isFlag(word) || /^-[\d.]/.test(word));
}

/** The command among the words; null if none has been written yet. */
export function firstWord(argv: readonly string[]): string | null {
  const { at } = firstWordAt(argv, anyFlags());
  return at < 0 ? null : argv[at]!;
}

interface FirstAt {
  /** -1 if there is none before `--`. */
  readonly at: number;
  /** An unknown flag stands before it: it may be that flag's value. */
  readonly mayBeValue: boolean;
}

/** The first word that is neither a flag nor a flag's value. */
function firstWordAt(argv: readonly string[], flags: readonly Flag[]): FirstAt {
  let mayBeValue = false;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === "--") break;
    if (!isFlag(word)) return { at: i, mayBeValue };
    const last = piecesOf(word, flags).at(-1)!;
    mayBeValue = last.flag === null;
    if (last.flag !== null && takesNext(last.flag) && last.joined === null && isValue(argv[i + 1])) i++;
  }
  return { at: -1, mayBeValue: false };
}

/** Until the command is known, a flag may belong to any: `tg -f logs test` as well as `tg -j 4 build`. */
function anyFlags(): Flag[] {
  const flags = new Map<string, Flag>();
  for (const row of [commandRow("build")!, ...COMMANDS]) {
    for (const flag of flagsOf(row)) if (!flags.has(flag.name)) flags.set(flag.name, flag);
  }
  return [...flags.values()];
}

/** What the first word may be. In an npm script the person's words are targets, certainly if the script is just `tg`. */
export type FirstWord = "command" | "command or target" | "target";

export function splitWords(argv: readonly string[], first: FirstWord): Words {
  const problems: Problem[] = [];
  const { at: found, mayBeValue } = first === "target" ? { at: -1, mayBeValue: false } : firstWordAt(argv, anyFlags());
  const named = found < 0 ? null : commandRow(argv[found]!);
  const at = named === null && first !== "command" ? -1 : found;
  const row = named ?? commandRow("build")!;
  if (at >= 0 && named === null && !mayBeValue) problems.push({ code: "unknown-command", command: argv[at]!, suggestion: joinedForm(argv, at) ?? suggest(argv[at]!, COMMANDS.map((command) => command.name)) });
  const left = at < 0 ? argv : [...argv.slice(0, at), ...argv.slice(at + 1)];
  return { row, named: named !== null, ...readWords(left, row, problems), problems };
}

/** For `--color always`: such a flag takes its value only after `=`. */
function joinedForm(argv: readonly string[], at: number): string | null {
  const [flag, word] = [anyFlags().find(({ kind, name }) => kind === "optional" && "--" + name === argv[at - 1]), argv[at]!];
  return flag !== undefined && (flag.choices?.includes(word) ?? /^\d+$/.test(word)) ? `--${flag.name}=${word}` : null;
}

/** `tg -q help list` is `tg -q --help list`. */
export function withHelp(argv: readonly string[]): readonly string[] {
  const { at } = firstWordAt(argv, anyFlags());
  return argv[at] === "help" ? argv.with(at, "--help") : argv;
}

function readWords(argv: readonly string[], row: CommandRow, problems: Problem[]): Pick<Words, "flags" | "words" | "rest"> {
  const known = flagsOf(row);
  const flags = new Map<string, string[]>();
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === "--") return { flags, words, rest: argv.slice(i + 1) };
    if (!isFlag(word)) words.push(word);
    else {
      for (const piece of piecesOf(word, known)) {
        const next = argv[i + 1];
        const wants = piece.flag !== null && takesNext(piece.flag) && piece.joined === null;
        const value = wants && isValue(next) ? next : piece.joined;
        if (wants && value !== null) i++;
        take(piece, { row, value, flags, problems });
      }
    }
  }
  return { flags, words, rest: null };
}

interface Taking {
  readonly row: CommandRow;
  readonly value: string | null;
  readonly flags: Map<string, string[]>;
  readonly problems: Problem[];
}

function take(piece: Piece, { row, value, flags, problems }: Taking): void {
  const { flag, typed } = piece;
  if (flag === null) problems.push(unknownFlag(typed, row));
  else if (takesNext(flag) && (value === null || value === "")) problems.push({ code: "missing-flag-value", flag: typed, expected: expectedOf(flag) });
  else if (flag.kind === "optional" && value === "") problems.push({ code: "bad-flag-value", flag: typed, found: "", expected: expectedOf(flag) });
  else if ((flag.kind === "switch" || flag.kind === "count") && value !== null) problems.push({ code: "bad-flag-value", flag: typed, found: value, expected: "no value" });
  else flags.set(flag.name, [...(flags.get(flag.name) ?? []), value ?? ""]);
}

function expectedOf({ choices, value }: Flag): string {
  return choices === undefined ? value! : listed(choices);
}

export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : words.slice(0, -1).join(", ") + " or " + words.at(-1)!;
}

function unknownFlag(typed: string, row: CommandRow): Problem {
  const names = flagsOf(row).map((flag) => "--" + flag.name);
  const suggestion = typed.startsWith("--") ? suggest(typed, names) : (names.find((name) => name === "-" + typed) ?? null);
  return { code: "unknown-flag", command: row.name, flag: typed, suggestion };
}

/** The flag that waits for its value behind `words`, if there is one. */
export function flagAsking(words: readonly string[]): Flag | null {
  const flags = flagsFor(words);
  let asking: Flag | null = null;
  for (const word of words) {
    const last: Piece | null = (asking !== null && isValue(word)) || !isFlag(word) ? null : piecesOf(word, flags).at(-1)!;
    asking = last !== null && last.flag !== null && takesNext(last.flag) && last.joined === null ? last.flag : null;
  }
  return asking;
}

function flagsFor(words: readonly string[]): readonly Flag[] {
  const name = firstWord(words);
  const row = name === null ? null : commandRow(name);
  return row === null ? [...GLOBAL_FLAGS, ...commandRow("build")!.flags] : flagsOf(row);
}

/** Words a shell may offer after `words`: commands first, then flags of the command, and values of which there are few. The caller adds targets. */
export function completionWords(words: readonly string[], current: string): readonly string[] {
  const asking = flagAsking(words);
  const offered = asking !== null ? (asking.choices ?? []) : current.startsWith("-") ? flagsFor(words).flatMap((flag) => flagWords(flag, current)) : plainWords(firstWord(words));
  return offered.filter((word) => word.startsWith(current)).sort();
}

/** Commands, or what the command says that it takes: `[size|gc|clear]`. */
function plainWords(command: string | null): readonly string[] {
  if (command === null) return COMMANDS.map(({ name }) => name);
  const taken = commandRow(command)?.words ?? "";
  return taken.includes("|") ? taken.replace(/[[\]]/g, "").split("|") : [];
}

function flagWords({ name, choices }: Flag, current: string): readonly string[] {
  return choices !== undefined && current.startsWith(`--${name}=`) ? choices.map((choice) => `--${name}=${choice}`) : ["--" + name];
}
