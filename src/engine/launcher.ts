// A small process that lives as long as the build and starts commands for it: forking it costs a fraction of forking a
// runtime with all its memory. Takes requests one at a time, answers with output and end. Knows no jobs and no logs.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import process from "node:process";
import type { Socket } from "node:net";
import { LAUNCHER_SCRIPT } from "./launcher-script.ts";
import { writePromptly } from "./prompt.ts";

export interface Request {
  readonly argv: readonly string[];
  /** Run by the shell if `argv` cannot be executed; null: that is an error. */
  readonly text: { readonly shell: string; readonly text: string } | null;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string | null;
  /** null: sent to `output`. */
  readonly stdout: string | null;
  readonly stderr: string | null;
}

export interface Listener {
  /** Called when asked, and for commands that take longer. */
  running(pid: number): void;
  /** The buffer is reused. */
  output(bytes: Uint8Array): void;
  ended(end: LaunchedEnd): void;
  /** The output is complete. Always called after `ended`. */
  closed(): void;
  /** The kernel would not start it. No other call follows. */
  refused(errno: number): void;
  /** The launcher died; the fate of the command is unknown. Called instead of whatever has not been called yet. */
  lost(): void;
}

export interface LaunchedEnd {
  readonly pid: number;
  readonly exit: number | null;
  readonly signal: string | null;
  /** Other processes remain in its group. */
  readonly others: boolean;
}

export interface Launcher {
  readonly pid: number;
  /** One at a time: the next after `closed` or `refused`. */
  run(request: Request, listener: Listener): void;
  /** Requests a call of `running`. */
  askPid(): void;
  /** Stops waiting for output that has not arrived. */
  giveUp(): void;
  /** Ends it, and the command it runs. Resolves when it is gone. */
  close(): Promise<void>;
}

/** null if none can be had. `ready` is called once it takes requests, `gone` when it has ended. */
export function startLauncher(tokens: readonly [number, number] | null, on: { ready(launcher: Launcher): void; gone(): void }): Launcher | null {
  let child: ChildProcess;
  try {
    // Each command's process resolves symbols in libraries before the fork instead of after it. Commands do not see this variable.
    const env = { PATH: process.env["PATH"] ?? "", LD_BIND_NOW: "1" };
    child = spawn("perl", ["-e", LAUNCHER_SCRIPT], { cwd: "/", env, detached: true, stdio: ["pipe", "pipe", "ignore", ...(tokens ?? [])] });
  } catch (error) {
    if (typeof (error as { code?: unknown }).code !== "string") throw error;
    return null;
  }
  child.on("error", () => {});
  if (child.pid === undefined) return null;
  return talkTo(child, child.pid, on);
}

function talkTo(child: ChildProcess, pid: number, on: { ready(launcher: Launcher): void; gone(): void }): Launcher {
  const stdin = child.stdin! as Socket;
  const stdout = child.stdout! as Socket;
  let listener: Listener | null = null;
  let lastEnv: Readonly<Record<string, string>> | null = null;
  let alive = true;
  const gone = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  const said = (line: string): void => {
    const [what, a, b, c] = line.split(" ");
    if (what === "h") {
      on.ready(launcher);
      return;
    }
    const to = listener;
    if (to === null) return;
    if (what === "p") to.running(Number(a));
    else if (what === "x") to.ended(endOf(Number(a), Number(b), c === "1"));
    else {
      listener = null;
      child.unref();
      stdout.unref();
      if (what === "z") to.closed();
      else to.refused(Number(a));
    }
  };
  // An idle launcher must not keep the process alive.
  for (const handle of [child, stdin, stdout]) handle.unref();
  stdout.on("data", frameReader({ said, output: (bytes) => listener?.output(bytes) }));
  // Errors on either show at its end as well; nobody needs them here.
  stdin.on("error", () => {});
  stdout.on("error", () => {});
  void gone.then(() => {
    alive = false;
    on.gone();
    const to = listener;
    listener = null;
    to?.lost();
  });
  const launcher: Launcher = {
    pid,
    run: (request, to) => {
      listener = to;
      if (alive) child.ref();
      stdout.ref();
      if (!alive) return void queueMicrotask(() => to.lost());
      writePromptly(stdin, (request.env === lastEnv ? "" : framed("E", environmentOf(request.env))) + framed("R", fieldsOf(request)));
      lastEnv = request.env;
    },
    askPid: () => void stdin.write("P\n"),
    giveUp: () => void stdin.write("D\n"),
    close: () => {
      if (alive) child.ref();
      stdout.ref();
      stdin.end();
      child.kill("SIGTERM");
      return gone;
    },
  };
  return launcher;
}

function framed(what: string, payload: string): string {
  return `${what} ${Buffer.byteLength(payload)}\n${payload}`;
}

function environmentOf(env: Readonly<Record<string, string>>): string {
  return Object.keys(env).map((name) => `${name}=${env[name]}`).join("\0");
}

function fieldsOf(r: Request): string {
  return [r.cwd, r.stdin ?? "", r.stdout ?? "", r.stderr ?? "", r.text?.shell ?? "", r.text?.text ?? "", ...r.argv].join("\0");
}

const SIGNALS: ReadonlyMap<number, string> = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]).reverse() as [number, string][]);

/** wait(2): the signal in the lower seven bits, the exit code above eight. */
function endOf(pid: number, status: number, others: boolean): LaunchedEnd {
  const signal = status & 127;
  return { pid, exit: signal === 0 ? status >> 8 : null, signal: signal === 0 ? null : (SIGNALS.get(signal) ?? `SIG${signal}`), others };
}

interface Frames {
  said(line: string): void;
  output(bytes: Uint8Array): void;
}

const NEWLINE = 10;

/** Parses what a launcher sends. Output is passed through as it arrives. */
function frameReader({ said, output }: Frames): (bytes: Buffer) => void {
  let held = "";
  let open = 0;
  return (bytes) => {
    for (let at = 0; at < bytes.length; ) {
      if (open > 0) {
        const end = Math.min(bytes.length, at + open);
        open -= end - at;
        output(bytes.subarray(at, end));
        at = end;
        continue;
      }
      const newline = bytes.indexOf(NEWLINE, at);
      if (newline < 0) {
        held += bytes.toString("latin1", at);
        return;
      }
      const line = held + bytes.toString("latin1", at, newline);
      held = "";
      at = newline + 1;
      if (line.startsWith("o")) open = Number(line.slice(2));
      else said(line);
    }
  };
}
