// What a watch answers in place of a scan: the same stage, judged on what it holds in memory. Refuses (null) whatever it
// cannot answer as a scan would. Runs nothing, writes nothing.
import { selectTargets, type Selection } from "../../graph/select.ts";
import { servicesOf } from "../../graph/services.ts";
import { toFilePath, type AbsolutePath } from "../../model/path.ts";
import type { Answer, Ask } from "../../model/resident.ts";
import { parseArgs } from "../words/args.ts";
import { asidesOf } from "../asides.ts";
import type { BuildCommand, StatusCommand, WhyCommand } from "../words/commands.ts";
import type { Doors } from "../doors.ts";
import type { Fresh } from "../glance.ts";
import { isPlain } from "../words/plain.ts";
import { needsLockFirst, setStage, type Stage } from "../stage.ts";
import { answerOf, hasOpen, type StatusAnswer } from "../status.ts";
import { targetsOf, wantsOf, type Wants } from "../words/wants.ts";

/** How to format the answer for the person who asks. */
export interface Manner {
  readonly env: Readonly<Record<string, string>>;
  readonly isTty: boolean;
}

/** What commands print on stdout, in the form they print it themselves. */
export interface AnswerTexts {
  /** A build without work; TIME_MARK stands for its duration. */
  noOp(fresh: number): string;
  /** Everything is fresh; null: not available in the requested format. */
  fresh(command: StatusCommand | WhyCommand, found: Fresh, manner: Manner): string | null;
  judged(command: StatusCommand | WhyCommand, answer: StatusAnswer, manner: Manner): Promise<string>;
}

export interface AnswerDesk {
  readonly doors: Doors;
  readonly stage: Stage;
  readonly texts: AnswerTexts;
}

/** `lasting`: valid until something that tasks look at changes. */
export interface Known {
  readonly answer: Answer;
  readonly lasting: boolean;
}

/** Fields of status and why that affect only the format of the answer. */
const LOOKS = ["verbose", "json"];

export async function answerTo(desk: AnswerDesk, ask: Ask): Promise<Known | null> {
  const parsed = parseArgs(ask.args, ask.env, ask.cwd);
  if (!parsed.ok) return null;
  const command = parsed.value;
  // Another folder may have another config.
  if (command.cwd !== ask.cwd || !("config" in command) || command.config !== null) return null;
  if (needsLockFirst(desk.stage.project) || desk.stage.project.notices.length > 0) return null;
  switch (command.verb) {
    case "build":
      return isPlain(command) ? built(desk, command) : null;
    case "status":
    case "why":
      return isPlain(command, LOOKS) ? told(desk, command, ask) : null;
    default:
      return null;
  }
}

/** A build in which nothing has to run; any other is done by the command that asked. */
async function built(desk: AnswerDesk, command: BuildCommand): Promise<Known | null> {
  const wants = wantsOf(command, { targets: targetsOf(command) });
  const stage = await stageFor(desk, wants);
  if (stage === null || !isQuiet(stage) || asidesOf(stage, wants).length > 0) return null;
  // A command that asks for a service wants its own, whatever runs here.
  if (select(stage, wants)?.kept?.includes(1) === true) return null;
  return { answer: { exit: 0, text: command.quiet ? "" : desk.texts.noOp(freshOf(stage, stage.situation.parts.wanted).total) }, lasting: true };
}

async function told(desk: AnswerDesk, command: StatusCommand | WhyCommand, manner: Manner): Promise<Known | null> {
  const wants = wantsOf(command, command.verb === "why" ? { all: true } : { targets: command.targets, all: command.all });
  const stage = await stageFor(desk, wants);
  if (stage === null) return null;
  const asked = select(stage, { ...wants, targets: command.targets });
  if (asked === null) return null;
  const quiet = isQuiet(stage);
  const text = quiet ? desk.texts.fresh(command, freshOf(stage, asked.named), manner) : null;
  if (text !== null) return { answer: { exit: 0, text }, lasting: true };
  // Whether a service is needed is judged differently where it runs.
  if (!quiet && stage.project.graph.settings.services.length > 0) return null;
  const answer = await answerOf(desk.doors, stage, wants, command.targets);
  if (!answer.ok) return null;
  const exit = command.verb === "status" && command.check && hasOpen(answer.value) ? 1 : 0;
  return { answer: { exit, text: await desk.texts.judged(command, answer.value, manner) }, lasting: quiet };
}

/** Nothing is stale and nothing is skipped. */
function isQuiet({ survey, situation }: Stage): boolean {
  return survey.open.length === 0 && survey.problems.length === 0 && !situation.parts.skipped.includes(1);
}

function select({ project: { graph, root } }: Stage, wants: Wants): Selection | null {
  const chosen = selectTargets(graph, wants.targets, { skip: wants.skip, from: toFilePath(wants.standsIn, root as AbsolutePath), root: root as AbsolutePath, all: wants.all });
  return chosen.ok ? chosen.value : null;
}

/** The stage for these wants, from what has been looked at; null if they include other tasks. */
async function stageFor({ doors, stage }: AnswerDesk, wants: Wants): Promise<Stage | null> {
  const { wanted, named, skipped } = stage.situation.parts;
  const chosen = select(stage, wants);
  if (chosen === null || chosen.wanted.some((bit, task) => bit > wanted[task]!)) return null;
  const none = wants.targets.length === 0;
  const same = same8(chosen.wanted, wanted) && same8(chosen.skipped, skipped) && (none ? !named.includes(1) : same8(chosen.named, named));
  if (same) return stage;
  const set = await setStage(doors, stage.project, wants, { readonly: true });
  return set.ok ? set.value : null;
}

function same8(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** A stage in which everything is fresh, as columns. */
function freshOf({ project, situation: s, survey }: Stage, asked: Uint8Array): Fresh {
  const { graph, store } = project;
  const { wanted } = s.parts;
  const bits = new Uint8Array(graph.count);
  const services = servicesOf(graph);
  let total = 0;
  for (let task = 0; task < graph.count; task++) {
    if (wanted[task] === 0) continue;
    const verdict = survey.verdicts[task];
    bits[task] = verdict?.kind === "fresh" && verdict.virtual ? 3 : 1;
    if (!graph.isBarrier(task) && services?.[task] !== 1) total++;
  }
  return { graph, store, wanted, asked, bits, services, total };
}
