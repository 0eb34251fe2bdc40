// Output of `--help` for tasks: their purpose, what they read and make, and their parameters. Data in, text out.
import type { ParamSpec } from "../model/task.ts";
import type { Paint } from "./color.ts";
import { listText, quote, visible } from "./format.ts";
import type { ListRow } from "./list.ts";
import { padTo, textWidth } from "./width.ts";

export interface TaskHelpRow extends ListRow {
  readonly params: Readonly<Record<string, ParamSpec>>;
  /** The task whose list determines the instances of a family. */
  readonly listFrom?: string;
}

export function taskHelpLines(rows: readonly TaskHelpRow[], paint: Paint): string[] {
  const lines = rows.flatMap((row) => [...taskLines(row, paint), ""]);
  const takes = rows.some(({ params }) => Object.keys(params).length > 0);
  return [...lines, ...(takes ? ["Set them with --param NAME=VALUE or --params-file FILE (JSON; - is standard input)."] : []), "tg build --help tells about the command."];
}

function taskLines(row: TaskHelpRow, paint: Paint): string[] {
  const notes = [row.description, row.deprecated === "" ? "" : `deprecated: ${row.deprecated}`].filter((note) => note !== "");
  const lines = [paint.strong(visible(row.name)) + (notes.length === 0 ? "" : `  ${notes.map(visible).join("  ")}`)];
  if (row.inputs.length > 0) lines.push(`  reads  ${shortly(row.inputs)}`);
  if (row.deps.length > 0) lines.push(`  needs  ${shortly(row.deps)}`);
  if (row.outputs.length > 0) lines.push(`  makes  ${shortly(row.outputs)}`);
  const params = Object.entries(row.params).sort(([a], [b]) => (a < b ? -1 : 1));
  if (row.listFrom !== undefined) return [...lines, `  takes what its tasks declare, known once ${quote(row.listFrom)} has made their list`];
  if (params.length === 0) return [...lines, "  takes no parameters"];
  const width = params.reduce((most, [name]) => Math.max(most, textWidth(visible(name))), 0);
  return [...lines, "  takes", ...params.map(([name, spec]) => `    ${padTo(visible(name), width)}  ${paramText(spec)}`)];
}

function shortly(texts: readonly string[]): string {
  return listText(texts.map(visible));
}

function paramText({ type, list, default: standard, description = "" }: ParamSpec): string {
  const kind = typeof type === "string" ? type : type.map((one) => JSON.stringify(one)).join(" | ");
  const text = `${list ? `list of ${kind}` : kind}, ${standard === undefined ? "must be set" : `default ${JSON.stringify(standard)}`}`;
  return visible(description === "" ? text : `${text}: ${description}`);
}
