// A config evaluated in a process of its own: Node's module loader lets go of nothing, so that a process that evaluates a
// config again and again would keep every version of all that it declares. What is said between the two; knows no config.
import { readSync, writeSync } from "node:fs";
import process from "node:process";
import type { Duplex } from "node:stream";
import { deserialize, serialize } from "node:v8";
import type { AbsolutePath } from "../model/path.ts";
import type { Result } from "../model/problem.ts";
import type { CheckedConfig } from "./checked.ts";

/** What the other process is told to load, as JSON in its first argument. */
export interface Errand {
  readonly file: AbsolutePath;
  readonly root: AbsolutePath;
  readonly stateDir: AbsolutePath;
  readonly publicModule: string;
  /** Somebody answers which texts are known. */
  readonly asks: boolean;
  /** The arguments of this process: a config may look at them. */
  readonly argv: readonly string[];
}

/** What the other process says: `known` asks, all else is the last word. `unfit`: it must be evaluated here. */
export type Word = { readonly kind: "known"; readonly text: string } | { readonly kind: "loaded"; readonly result: Result<CheckedConfig> } | { readonly kind: "unfit" };

/** The other process says it here. */
const FD = 3;
const LENGTH_BYTES = 4;

/** In the other process. */
export function say(word: Word): void {
  const body = serialize(word);
  const head = Buffer.alloc(LENGTH_BYTES);
  head.writeUInt32LE(body.length);
  for (const bytes of [head, body]) for (let at = 0; at < bytes.length; ) at += writeSync(FD, bytes, at);
}

/** In the other process, after `known`. */
export function isAnsweredYes(): boolean {
  const answer = Buffer.alloc(1);
  return readSync(FD, answer) === 1 && answer[0] === 1;
}

/** Words as their bytes arrive. */
export function openWords(take: (word: Word) => void): (bytes: Buffer) => void {
  let parts: Buffer[] = [];
  let size = 0;
  return (bytes) => {
    parts.push(bytes);
    size += bytes.length;
    for (;;) {
      if (size < LENGTH_BYTES) return;
      if (parts[0]!.length < LENGTH_BYTES) parts = [Buffer.concat(parts)];
      const end = LENGTH_BYTES + parts[0]!.readUInt32LE();
      if (size < end) return;
      const whole = Buffer.concat(parts);
      parts = [whole.subarray(end)];
      size = whole.length - end;
      take(deserialize(whole.subarray(LENGTH_BYTES, end)) as Word);
    }
  };
}

/** null: it came to no word, or to none that counts; it is to be evaluated here. */
export function loadApart(program: string, errand: Errand, isKnown: ((text: string) => boolean) | undefined): Promise<Result<CheckedConfig> | null> {
  const { spawn } = process.getBuiltinModule("node:child_process");
  const flags = process.execArgv.filter((flag) => !flag.startsWith("--inspect"));
  return new Promise((resolve) => {
    let last: Result<CheckedConfig> | null = null;
    const child = spawn(process.execPath, [...flags, program, JSON.stringify(errand)], { stdio: ["ignore", "inherit", "inherit", "pipe"] });
    const end = (): void => void child.kill("SIGKILL");
    process.once("exit", end);
    const line = child.stdio[FD] as Duplex | undefined;
    line?.on("error", () => {});
    line?.on("data", openWords((word) => {
      if (word.kind === "known") line.write(Buffer.of(isKnown?.(word.text) === true ? 1 : 0));
      else if (word.kind === "loaded") last = word.result;
    }));
    const over = (): void => {
      process.removeListener("exit", end);
      resolve(last);
    };
    child.once("error", over);
    child.once("close", over);
  });
}
