// Reasons that follow from how a task's last run ended. Looks at no file.
import type { FilePath } from "../model/path.ts";
import type { Reason, TaskRecord } from "../model/state.ts";

export function judgeStatus(record: TaskRecord, reasons: Reason[]): void {
  switch (record.status) {
    case "ok":
    case "adopted":
      return;
    case "running":
    case "interrupted":
      reasons.push({ code: "interrupted" });
      return;
    case "failed":
      reasons.push({ code: "failed-last-time" });
      return;
    case "tainted":
      reasons.push(overtaken(record));
      return;
    default:
      record.status satisfies never;
  }
}

function overtaken({ error }: TaskRecord): Reason {
  if (error === null) return { code: "input-changed-during-run" };
  const { path, taken } = JSON.parse(error) as { readonly path: FilePath; readonly taken?: true };
  return { code: taken === true ? "output-missing" : "input-changed-during-run", subject: path };
}
