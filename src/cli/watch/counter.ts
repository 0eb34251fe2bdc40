// Where a watch answers other commands in place of their scans: announces when and by whom it can be asked, and checks at each
// question that what it holds in memory is current. Decides no answer (answer.ts).
import type { Resident } from "../../model/ports.ts";
import type { Answer, Ask, Terms } from "../../model/resident.ts";
import { questionOf } from "../../model/question.ts";
import { answerTo, type AnswerTexts } from "./answer.ts";
import type { Doors } from "../doors.ts";
import type { Lookout } from "./lookout.ts";
import { markOf } from "../project/mark.ts";
import type { Picture } from "./picture.ts";
import { isScripted } from "../words/hook.ts";
import type { Wants } from "../words/wants.ts";

export interface CounterOptions {
  readonly doors: Doors;
  readonly lookout: Lookout;
  readonly texts: AnswerTexts;
  /** What the watch itself builds. */
  readonly wants: Wants;
}

export interface Counter {
  /** Called after each step of the watch. `idle`: nothing runs, and nothing is due. */
  turn(idle: boolean): void;
  close(): Promise<void>;
}

export function openCounter({ doors, lookout, texts, wants }: CounterOptions): Counter {
  /** Answers by question, since the watch last became idle. */
  let known = new Map<string, Answer>();
  let open = false;
  let wasIdle = false;
  let epoch = 0;
  const opening = doors.openResident((ask) => answer(ask));
  let resident: Resident | null = null;
  void opening.then((one) => {
    resident = one;
    if (wasIdle) begin();
  });

  function begin(): void {
    const { picture } = lookout;
    const terms = picture === null || !lookout.isSure() ? null : termsOf(doors, picture, wants);
    open = terms !== null && lookout.unheard() !== null;
    if (open) resident?.offer(picture!.project.stateDir, terms!);
  }

  async function answer(ask: Ask): Promise<Answer | null> {
    const { picture } = lookout;
    if (!open || !wasIdle || picture === null || !lookout.isSure() || !lookout.isStill() || !toolsHold(picture)) return null;
    const key = JSON.stringify(ask);
    const before = known.get(key);
    if (before !== undefined) return before;
    const asked = epoch;
    const found = await answerTo({ doors, stage: picture.stage, texts }, ask);
    // A round that began meanwhile has changed what the answer was made of.
    if (asked !== epoch || found === null) return null;
    // What a script's words mean is in a file that nobody watches.
    if (found.lasting && !isScripted(ask.env)) known.set(key, found.answer);
    return found.answer;
  }

  return {
    turn: (idle) => {
      if (idle === wasIdle) return;
      wasIdle = idle;
      epoch++;
      known = new Map();
      if (idle) begin();
      else {
        open = false;
        resident?.rest();
      }
    },
    close: async () => {
      open = wasIdle = false;
      (await opening).close();
    },
  };
}

/** The terms a command must share with the watch; null: it cannot answer anyone. */
function termsOf(doors: Doors, { project }: Picture, wants: Wants): Terms | null {
  const { stamp, root, file, store } = project;
  // Tasks that differ from the state may declare other variables.
  if (project.redeclared.length > 0 || wants.params.length > 0 || wants.paramsFile !== null || wants.args !== null || wants.skip.length > 0 || !stamp.settled) return null;
  const names = new Set([...stamp.env.map(([name]) => name), ...store.meta().declaredEnv.map(([name]) => name)]);
  for (const [, trace] of store.traced()) {
    for (const [text] of trace) {
      const question = questionOf(text);
      if (question.kind === "env") names.add(question.name);
    }
  }
  // The config read all of them, and no two terminals have the same.
  if (names.has("*")) return null;
  return { root, config: file, env: [...names].sort().map((name) => [name, markOf(doors.system.env[name])] as const) };
}

/** Programs that print their version: whether each is still the same file, found on the current PATH. */
function toolsHold({ project: { tools, store } }: Picture): boolean {
  const { versions } = store.meta();
  if (versions.length === 0) return true;
  tools.forget();
  return versions.every(([command, mark]) => tools.mark(command) === mark);
}
