// Reasons as short phrases: one for the first column of a table, one with old and new value for `-v` and `why`.
import type { Reason } from "../model/state.ts";

/** What happened, with the thing it happened to: `input changed: src/a.ts`. */
export function reasonText(reason: Reason): string {
  const subject = reason.subject ?? "";
  const from = reason.task === undefined ? "" : ` (from "${reason.task}")`;
  switch (reason.code) {
    case "forced":
      return "forced";
    case "always":
      return "runs in every build";
    case "never-ran":
      return "never ran";
    case "interrupted":
      return "last run was interrupted";
    case "failed-last-time":
      return "failed last time";
    case "input-changed-during-run":
      return subject === "" ? "an input changed during the last run" : `input changed during the last run: ${subject}`;
    case "command-changed":
      return "command changed";
    case "cwd-changed":
      return "working directory changed";
    case "env-changed":
      return `environment changed: ${subject}`;
    case "param-changed":
      return `parameter changed: ${subject}`;
    case "code-changed":
      return `code changed: ${subject}`;
    case "tool-changed":
      return `tool changed: ${subject}`;
    case "declaration-changed":
      return `declaration changed: ${subject}`;
    case "input-added":
      return `input added: ${subject}`;
    case "input-removed":
      return `input removed: ${subject}`;
    case "input-changed":
      return `input changed: ${subject}`;
    case "mode-changed":
      return `mode changed: ${subject}`;
    case "input-deleted":
      return `input deleted: ${subject}`;
    case "input-appeared":
      return `input appeared: ${subject}`;
    case "upstream-changed":
      if (reason.pending === true) return subject === "" ? `"${reason.task}" may change` : `may change: ${subject}${from}`;
      return subject === "" ? `"${reason.task}" changed` : `upstream changed: ${subject}${from}`;
    case "need-changed":
      return `needed answer changed: ${subject}`;
    case "output-missing":
      return `output missing: ${subject}`;
    case "output-changed":
      return `output changed: ${subject}`;
    case "needed-by":
      return reason.pending === true ? `may be needed by "${reason.task}"` : `needed by "${reason.task}"`;
    default:
      return reason.code satisfies never;
  }
}

/** `old → new` as a person can read it; "" when there is nothing to compare. */
export function changeText(reason: Reason): string {
  if (reason.old === undefined && reason.new === undefined) return "";
  return `${valueText(reason.old)} → ${valueText(reason.new)}`;
}

/** Identities become words, definition texts stay. */
function valueText(value: string | undefined): string {
  if (value === undefined) return "nothing";
  if (value === "-") return "absent";
  const file = /^([fx])([0-9a-f]{16})\.([0-9a-z]+)$/.exec(value);
  if (file !== null) return `${Number.parseInt(file[3]!, 36)} bytes, hash ${file[2]!.slice(0, 8)}${file[1] === "x" ? ", executable" : ""}`;
  const other = /^([lts])([0-9a-f]{16})$/.exec(value);
  if (other !== null) return `${other[1] === "l" ? "link" : other[1] === "t" ? "folder" : "listing"}, hash ${other[2]!.slice(0, 8)}`;
  const flat = value.replace(/^xxh:[0-9a-f]{16} /, "").replace(/\s*\n\s*/g, " ⏎ ");
  return flat.length > 160 ? flat.slice(0, 157) + "…" : flat;
}
