// Problems and notices as lines of text. The sentences are in the *-texts.ts files, one table per kind of trouble.
import type { Notice, Problem } from "../model/problem.ts";
import type { Paint } from "./color.ts";
import { CHECK_TEXTS, CONFIG_TEXTS } from "./config-texts.ts";
import { visible } from "./format.ts";
import { LINK_TEXTS } from "./graph-texts.ts";
import { messageLines, type Message, type Texts } from "./message.ts";
import { isNews, noticeMessage } from "./notice-texts.ts";
import { HOOK_TEXTS, isTaskProblem, OWN_TEXTS, taskMessage } from "./task-texts.ts";
import { USAGE_TEXTS } from "./usage-texts.ts";

type OtherProblem = Exclude<Problem, { readonly task: string; readonly code: Parameters<typeof taskMessage>[0]["code"] }>;

const TEXTS: Texts<OtherProblem> = { ...CONFIG_TEXTS, ...CHECK_TEXTS, ...LINK_TEXTS, ...USAGE_TEXTS, ...HOOK_TEXTS, ...OWN_TEXTS };

export function problemMessage(problem: Problem): Message {
  if (isTaskProblem(problem)) return taskMessage(problem);
  return (TEXTS[problem.code] as (problem: Problem) => Message)(problem);
}

/** What (one line, complete in itself), where, and what to try. */
export function problemLines(problem: Problem, paint: Paint): string[] {
  return messageLines(problemMessage(problem), paint);
}

export function noticeLines(notice: Notice, paint: Paint): string[] {
  const message = noticeMessage(notice);
  if (!isNews(notice)) return messageLines(message, paint, true);
  return [`tg: ${visible(message.what)}`];
}
