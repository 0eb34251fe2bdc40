// The first door: answers build, status and why when everything is known to be fresh, and exits. Otherwise the front door
// (main.ts) does all the work, starting from what was seen here. A separate bundle, because a build without work spends
// most of its time loading code.
import path from "node:path";
import process from "node:process";
import { parseArgs } from "./cli/words/args.ts";
import type { Command } from "./cli/words/commands.ts";
import { glance, handOver, type Unsure } from "./cli/glance.ts";
import { isPlain } from "./cli/words/plain.ts";
import { targetsOf, wantsOf } from "./cli/words/wants.ts";
import { openLooking } from "./looking.ts";
import { wantsColor } from "./report/color.ts";
import { noOpLine } from "./report/no-op.ts";
import { isTerminal, openOutput } from "./report/output.ts";

declare const __dirname: string;

const EXIT_PIPE_CLOSED = 141;

/** The answer as text, or what was seen. */
async function look(command: Command, start: number): Promise<{ readonly text: string } | { readonly unsure: Unsure | null }> {
  const { env } = process;
  if ((command.verb !== "build" && command.verb !== "status" && command.verb !== "why") || !isPlain(command) || env["GITHUB_ACTIONS"] === "true") return { unsure: null };
  const asked = command.verb === "build" ? targetsOf(command) : command.targets;
  if (command.verb !== "build" && wantsColor({ choice: command.color, env, isTty: isTerminal(1) })) return { unsure: null };
  const doors = openLooking(path.dirname(__dirname));
  const wants = wantsOf(command, command.verb === "why" ? { all: true } : { targets: asked, all: command.verb === "status" && command.all });
  const found = glance(doors, wants, asked);
  if (found === null || "sight" in found) return { unsure: found };
  if (command.verb === "build") return { text: command.quiet ? "" : noOpLine({ counts: { ran: 0, fresh: found.total, restored: 0, failed: 0, blocked: 0, skipped: 0, cancelled: 0 }, start, end: Date.now() }) + "\n" };
  // A separate bundle: most commands that get here are builds.
  const { freshStatus, freshWhy } = await import("./answers.ts");
  return { text: command.verb === "status" ? freshStatus(found, command) : freshWhy(found) };
}

async function start(): Promise<void> {
  const began = Date.now();
  let unsure: Unsure | null = null;
  try {
    const parsed = parseArgs(process.argv.slice(2), process.env, process.cwd());
    const answer = parsed.ok ? await look(parsed.value, began) : { unsure: null };
    if ("text" in answer) {
      let failed = false;
      const out = openOutput(1, { onFailed: () => void (failed = true) });
      out.write(answer.text);
      if (!failed) process.exit(out.closed ? EXIT_PIPE_CLOSED : 0);
    } else unsure = answer.unsure;
  } catch {
    // Whatever failed here fails again in the front door, which reports it.
  }
  (await import("./main.ts")).start(unsure === null ? null : handOver(unsure));
}

void start();
