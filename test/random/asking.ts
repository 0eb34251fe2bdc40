// What a watch answers other commands against what they find themselves: the counter of tg watch stands before a lookout, is
// asked as a command asks, and whatever it says must be what a look from scratch prints and leaves with.
import { parseArgs } from "../../src/cli/words/args.ts";
import { openCounter, type Counter } from "../../src/cli/watch/counter.ts";
import type { Doors } from "../../src/cli/doors.ts";
import type { Lookout } from "../../src/cli/watch/lookout.ts";
import type { PictureWants } from "../../src/cli/watch/picture.ts";
import { hasOpen, statusOf } from "../../src/cli/status.ts";
import { targetsOf, wantsOf } from "../../src/cli/words/wants.ts";
import type { Answer, Ask } from "../../src/model/resident.ts";
import { answerTexts } from "../../src/reports.ts";

/** Over all seeds of a process. `open`: of those answered, how many told of work. */
export const asked = { answered: 0, refused: 0, open: 0 };

/** Half of them at a time, about another task each time. */
function questionsOf(names: readonly string[], turn: number): string[][] {
  const name = names[turn % Math.max(1, names.length)];
  const more = names[(turn * 7 + 3) % Math.max(1, names.length)];
  const all = [["build"], ["status", "--check"], ["status", "--json", "--all"], ["status", "-vv"], ...(name === undefined ? [] : [["why", name], ["why", name, "--json"], ["status", name, more!], ["build", more!]])];
  return all.filter((_, at) => (at + turn) % 2 === 0);
}

export class Asking {
  readonly #doors: Doors;
  readonly #lookout: Lookout;
  readonly #counter: Counter;
  readonly #cwd: string;
  #take: (ask: Ask) => Promise<Answer | null> = () => Promise.resolve(null);
  #offered = false;
  #turn = 0;

  constructor(doors: Doors, wants: PictureWants, lookout: Lookout) {
    this.#doors = doors;
    this.#lookout = lookout;
    this.#cwd = wants.cwd;
    const resident = { offer: () => void (this.#offered = true), rest: () => void (this.#offered = false), close: () => {} };
    this.#counter = openCounter({ doors: { ...doors, openResident: (take) => ((this.#take = take), Promise.resolve(resident)) }, lookout, texts: answerTexts, wants });
  }

  /** What is answered otherwise than a look from scratch would say. */
  async compare(when: string): Promise<string[]> {
    const { picture } = this.#lookout;
    if (picture === null) return [];
    const { graph } = picture.project;
    const names = Array.from({ length: graph.count }, (_, task) => graph.name(task));
    await Promise.resolve();
    this.#counter.turn(true);
    const wrong: string[] = [];
    for (const args of questionsOf(names, this.#turn++)) {
      const ask: Ask = { args, cwd: this.#cwd, env: {}, isTty: false };
      const answer = this.#offered ? await this.#take(ask) : null;
      if (answer === null) asked.refused++;
      else wrong.push(...(await this.#differs(`${when}, tg ${args.join(" ")}`, ask, answer)));
    }
    this.#counter.turn(false);
    return wrong;
  }

  async #differs(when: string, ask: Ask, answer: Answer): Promise<string[]> {
    asked.answered++;
    const found = await this.#find(ask);
    if (found?.exit === 1) asked.open++;
    if (found !== null && found.exit === answer.exit && found.text === answer.text) return [];
    return [`${when}: answered ${answer.exit} ${partFrom(answer.text, found?.text)}, a look from scratch says ${found === null ? "nothing" : `${found.exit} ${partFrom(found.text, answer.text)}`}`];
  }

  /** What the command says without a watch; null: it would not end with an answer on stdout alone. */
  async #find({ args, env, cwd, isTty }: Ask): Promise<Answer | null> {
    const parsed = parseArgs(args, env, cwd);
    if (!parsed.ok) return null;
    const command = parsed.value;
    if (command.verb !== "build" && command.verb !== "status" && command.verb !== "why") return null;
    const answer = command.verb === "why" ? await statusOf(this.#doors, wantsOf(command, { all: true }), "all", command.targets) : await statusOf(this.#doors, wantsOf(command, { targets: command.verb === "build" ? targetsOf(command) : command.targets, all: command.verb === "status" && command.all }), "all");
    if (!answer.ok) return null;
    const open = hasOpen(answer.value);
    if (command.verb !== "build") return { exit: command.verb === "status" && command.check && open ? 1 : 0, text: await answerTexts.judged(command, answer.value, { env, isTty }) };
    return open || answer.value.edited.length > 0 ? null : { exit: 0, text: answerTexts.noOp(answer.value.tasks.filter(({ barrier, service }) => !barrier && !service).length) };
  }
}

/** What is different, and a little before it. */
function partFrom(text: string, other: string = ""): string {
  let at = 0;
  while (at < text.length && text[at] === other[at]) at++;
  return JSON.stringify(text.slice(Math.max(0, at - 150), at + 50));
}
