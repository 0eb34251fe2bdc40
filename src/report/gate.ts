// Lets notices through: each once, and of very many of a kind the first ones and a count. Knows no stream.
import type { Notice } from "../model/problem.ts";
import type { Paint } from "./color.ts";
import { plural, visible } from "./format.ts";
import { noticeMessage } from "./notice-texts.ts";
import { noticeLines } from "./problems.ts";

/** Notices of one kind that are said; a config of thousands of tasks can have something to say about each. */
const MOST = 10;

interface Kind {
  readonly said: Set<string>;
  held: number;
  like: Notice | null;
}

export class NoticeGate {
  readonly #kinds = new Map<Notice["code"], Kind>();
  readonly #paint: Paint;
  readonly #all: boolean;

  constructor(paint: Paint, o: { all: boolean }) {
    this.#paint = paint;
    this.#all = o.all;
  }

  lines(notice: Notice): string[] {
    const kind = this.#kinds.get(notice.code) ?? { said: new Set<string>(), held: 0, like: null };
    this.#kinds.set(notice.code, kind);
    const text = JSON.stringify(notice);
    if (kind.said.has(text)) return [];
    if (kind.said.size >= MOST && !this.#all) {
      kind.held++;
      kind.like ??= notice;
      return [];
    }
    kind.said.add(text);
    return noticeLines(notice, this.#paint);
  }

  /** What was held back, a line for each kind. */
  rest(): string[] {
    const lines: string[] = [];
    for (const { held, like } of this.#kinds.values()) {
      if (like !== null) lines.push(`tg: and ${plural(held, "more notice")} like this one (-v says them all): ${visible(noticeMessage(like).what)}`);
    }
    return lines;
  }
}
