// Filters notices and problems: equal ones pass once, and of very many of a kind the first ones and a count. Knows no stream.
import type { Notice, Problem } from "../model/problem.ts";
import type { Paint } from "./color.ts";
import { countText, visible } from "./format.ts";
import { noticeMessage } from "./notice-texts.ts";
import { noticeLines, problemLines, problemMessage } from "./problems.ts";
import { isTaskProblem } from "./task-texts.ts";

/** How many notices of one kind are shown; a config of thousands of tasks can cause one for each. */
const MOST_NOTICES = 10;
/** How many task failures are shown: each differs. */
const MOST_FAILURES = 100;
/** How many problems of a config of one kind are shown, and the same problem of several tasks, or items of a family: usually a single line causes them all. */
const MOST_PROBLEMS = 20;
const MOST_EQUAL = 5;

interface Kind {
  readonly said: Set<string>;
  held: number;
  /** The first that was held back. */
  like: string;
}

export class Gate {
  readonly #notices = new Map<string, Kind>();
  readonly #problems = new Map<string, Kind>();
  readonly #equal = new Map<string, Kind>();
  readonly #paint: Paint;
  readonly #all: boolean;

  /** `all`: hold back only what was said already. */
  constructor(paint: Paint, o: { all: boolean }) {
    this.#paint = paint;
    this.#all = o.all;
  }

  notice(notice: Notice): string[] {
    return this.#passes(this.#notices, notice, MOST_NOTICES, () => noticeMessage(notice).what) ? noticeLines(notice, this.#paint) : [];
  }

  problem(problem: Problem): string[] {
    const what = (): string => problemMessage(problem).what;
    if (isTaskProblem(problem)) return this.#passes(this.#problems, problem, MOST_FAILURES, what) ? problemLines(problem, this.#paint) : [];
    const { task: _task, at: _at, item: _item, ...rest } = problem as Problem & { readonly task?: string; readonly at?: unknown; readonly item?: string };
    const passes = this.#passes(this.#equal, problem, MOST_EQUAL, what, JSON.stringify(rest)) && this.#passes(this.#problems, problem, MOST_PROBLEMS, what);
    return passes ? problemLines(problem, this.#paint) : [];
  }

  #passes(kinds: Map<string, Kind>, one: { readonly code: string }, most: number, what: () => string, name: string = one.code): boolean {
    const kind = kinds.get(name) ?? { said: new Set<string>(), held: 0, like: "" };
    kinds.set(name, kind);
    const text = JSON.stringify(one);
    if (kind.said.has(text)) return false;
    if (kind.said.size < most || this.#all) {
      kind.said.add(text);
      return true;
    }
    if (kind.held++ === 0) kind.like = what();
    return false;
  }

  /** What was held back, one line per kind. */
  rest(o: { quiet: boolean }): string[] {
    const line = ({ held, like }: Kind): string => `tg: and ${countText(held)} more like this one (-v says them all): ${visible(like)}`;
    const kinds = [...this.#equal.values(), ...this.#problems.values(), ...(o.quiet ? [] : this.#notices.values())];
    return kinds.filter(({ held }) => held > 0).map(line);
  }
}
