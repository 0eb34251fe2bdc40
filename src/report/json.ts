// A build as events for programs: one per line on stdout (NDJSON). Problems also as text on stderr.
import type { Event } from "../model/event.ts";
import { noticeLines, problemLines } from "./problems.ts";
import type { Reporter, Voice } from "./reporter.ts";

/** Lines of tasks that did not run come by the thousand; up to this many characters of them are batched. */
const BATCH_CHARS = 32 * 1024;

function isCheap(event: Event): boolean {
  return event.event === "task-judged" || (event.event === "task-ended" && event.outcome === "fresh");
}

export function jsonReporter({ out, err, paint, quiet }: Voice): Reporter {
  let batch = "";
  const flush = (): void => {
    out.write(batch);
    batch = "";
  };
  return {
    emit: (event) => {
      batch += JSON.stringify(event) + "\n";
      if (!isCheap(event) || batch.length > BATCH_CHARS) flush();
      if (event.event === "problem") err.write(problemLines(event.problem, paint).join("\n") + "\n");
      else if (event.event === "notice" && !quiet) err.write(noticeLines(event.notice, paint).join("\n") + "\n");
    },
    end: flush,
  };
}
