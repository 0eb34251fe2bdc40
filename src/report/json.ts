// A build told to programs: one event a line on stdout (NDJSON). Problems in words on stderr as well.
import type { Event } from "../model/event.ts";
import { noticeLines, problemLines } from "./problems.ts";
import type { Reporter, Voice } from "./reporter.ts";

/** Lines of tasks that did not run come in thousands at once; they wait for each other up to this many characters. */
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
