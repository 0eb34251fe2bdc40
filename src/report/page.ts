// One self-contained HTML page about a build: graph by state, timeline with the critical path, reasons, logs and the tasks' own
// notes. Rows in, text out; reads nothing.
import type { RunRecord } from "../model/run.ts";
import type { TaskState } from "../model/state.ts";
import { criticalPath } from "./critical.ts";
import { durationText, plural, sizeText, timeText } from "./format.ts";
import { lanes, layout } from "./layers.ts";
import { markdownHtml } from "./markdown.ts";
import { PAGE_SCRIPT, PAGE_STYLE } from "./page-style.ts";
import { versionText } from "./runs.ts";
import { WORDS } from "./status.ts";

/** A note of a task. `image` content is a data URL. */
export interface Note {
  readonly kind: "md" | "html" | "image";
  readonly title: string;
  readonly content: string;
}

export interface PageTask {
  readonly name: string;
  readonly state: TaskState;
  readonly barrier: boolean;
  readonly description: string;
  /** Sentences. */
  readonly reasons: readonly string[];
  readonly error: string | null;
  readonly last: { readonly status: string; readonly start: number; readonly end: number; readonly exit: number | null; readonly attempts: number; readonly peakKb: number } | null;
  /** End of the log; "" if it is empty. */
  readonly log: string;
  /** Indices of tasks on the page, all smaller. */
  readonly needs: readonly number[];
  readonly notes: readonly Note[];
}

export interface Page {
  readonly title: string;
  readonly made: number;
  readonly tool: string;
  /** The newest run; null if none is recorded. */
  readonly run: RunRecord | null;
  readonly tasks: readonly PageTask[];
  /** Only the picture of the graph. */
  readonly graphOnly: boolean;
}

/** With more tasks a picture is useless. */
const MOST_DRAWN = 400;

export function pageHtml(page: Page): string {
  const { tasks, run } = page;
  const parts = page.graphOnly ? [graphPart(tasks)] : [summaryPart(page), ...notesPart(tasks), ...(run === null ? [] : [timelinePart(run, tasks)]), graphPart(tasks), tasksPart(tasks)];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escape(page.title)}</title><style>${PAGE_STYLE}</style></head>
<body><header><h1>${escape(page.title)}</h1><p class="faint">written ${timeText(page.made)} by ${escape(page.tool)}</p></header>
<main>
${parts.join("\n")}
</main><script>${PAGE_SCRIPT}</script></body></html>
`;
}

function escape(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, "").replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "�").replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

const STATES: readonly TaskState[] = ["failed", "blocked", "stale", "maybe", "skipped", "fresh"];

function summaryPart({ tasks, run }: Page): string {
  const real = tasks.filter((task) => !task.barrier);
  const counts = STATES.flatMap((state) => {
    const count = real.filter((task) => task.state === state).length;
    return count === 0 ? [] : [`<button class="chip ${state}" data-state="${state}">${count} ${WORDS[state]}</button>`];
  });
  const facts = run === null ? [] : [
    ["last build", `${escape(run.command)}, ${timeText(run.start)}, ${durationText(run.end - run.start)}, ${run.signal ?? (run.exitCode === 0 ? "ok" : `exit ${run.exitCode}`)}`],
    ...(run.revision === null ? [] : [["commit", `<code>${escape(run.revision.commit.slice(0, 12))}</code>${run.revision.dirty === true ? " with changes" : ""}`]]),
    ...(Object.keys(run.params).length === 0 ? [] : [["parameters", `<code>${escape(JSON.stringify(run.params))}</code>`]]),
    ["at once", String(run.jobs)], ["version", escape(versionText(run))],
  ];
  const rows = facts.map(([name, value]) => `<tr><th>${name}</th><td>${value}</td></tr>`).join("");
  return `<section><p class="chips">${counts.join(" ")}</p>${rows === "" ? "" : `<table class="facts">${rows}</table>`}</section>`;
}

function notesPart(tasks: readonly PageTask[]): string[] {
  const told = tasks.filter((task) => task.notes.length > 0);
  if (told.length === 0) return [];
  return [`<section><h2>Reports</h2>${told.map((task) => task.notes.map((note) => `<article class="note"><h3>${escape(note.title === "" ? task.name : `${task.name}: ${note.title}`)}</h3>${noteHtml(note)}</article>`).join("")).join("")}</section>`];
}

/** HTML comes from the project itself, like its commands. */
function noteHtml({ kind, title, content }: Note): string {
  return kind === "md" ? markdownHtml(content) : kind === "html" ? content : `<img alt="${escape(title)}" src="${escape(content)}">`;
}

interface Bar {
  readonly task: string;
  readonly outcome: string;
  readonly start: number;
  readonly end: number;
}

const LANE = 22;
const WIDE = 1000;

function timelinePart(run: RunRecord, tasks: readonly PageTask[]): string {
  const bars: Bar[] = run.tasks.filter((task) => task.outcome !== "blocked" && task.outcome !== "cancelled" && task.end >= task.start && task.start >= run.start);
  if (bars.length === 0) return "";
  const path = new Set(criticalPath(bars, needsIn(tasks)).map(({ task }) => task));
  const at = lanes(bars);
  const length = Math.max(1, run.end - run.start);
  const x = (time: number): number => ((time - run.start) / length) * WIDE;
  const shapes = bars.map((bar, i) => {
    const width = Math.max(1, x(bar.end) - x(bar.start));
    const label = `${bar.task}: ${durationText(bar.end - bar.start)}, ${bar.outcome}`;
    const text = width > 8 * Math.min(bar.task.length, 24) ? `<text x="${round(x(bar.start) + 4)}" y="${at[i]! * LANE + 15}">${escape(short(bar.task))}</text>` : "";
    return `<g class="bar ${bar.outcome}${path.has(bar.task) ? " critical" : ""}"><title>${escape(label)}${path.has(bar.task) ? " (on the critical path)" : ""}</title><rect x="${round(x(bar.start))}" y="${at[i]! * LANE + 2}" width="${round(width)}" height="${LANE - 4}" rx="3"/>${text}</g>`;
  });
  const height = (Math.max(...at) + 1) * LANE;
  const spent = bars.filter((bar) => path.has(bar.task)).reduce((sum, bar) => sum + bar.end - bar.start, 0);
  const caption = `${plural(bars.length, "task")} in ${durationText(length)}; the critical path (outlined) is ${durationText(spent)}: ${[...path].map(short).map(escape).join(" → ")}`;
  return `<section><h2>Timeline</h2><svg class="timeline" viewBox="0 0 ${WIDE} ${height}" style="height:${height}px" preserveAspectRatio="none" role="img">${shapes.join("")}</svg><p class="faint">${caption}</p></section>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function short(name: string): string {
  return name.length <= 24 ? name : name.slice(0, 23) + "…";
}

function needsIn(tasks: readonly PageTask[]): (task: string) => string[] {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  return (task) => (byName.get(task)?.needs ?? []).map((need) => tasks[need]!.name);
}

const BOX = { width: 180, height: 26, across: 70, down: 12 } as const;

function graphPart(tasks: readonly PageTask[]): string {
  if (tasks.length === 0) return "";
  if (tasks.length > MOST_DRAWN) return `<section><h2>Graph</h2><p class="faint">${tasks.length} tasks are too many to draw; name targets: tg report TARGET…</p></section>`;
  const { layer, place, layers } = layout(tasks.map((task) => task.needs));
  const rows = layers.reduce((most, list) => Math.max(most, list.length), 0);
  const x = (task: number): number => layer[task]! * (BOX.width + BOX.across) + 4;
  const y = (task: number): number => (place[task]! + (rows - layers[layer[task]!]!.length) / 2) * (BOX.height + BOX.down) + 4;
  const edges = tasks.flatMap((task, i) => task.needs.map((need) => {
    const [x1, y1, x2, y2] = [x(need) + BOX.width, y(need) + BOX.height / 2, x(i), y(i) + BOX.height / 2];
    return `<path d="M${x1} ${y1}C${x1 + BOX.across / 2} ${y1} ${x2 - BOX.across / 2} ${y2} ${x2} ${y2}"/>`;
  }));
  const nodes = tasks.map((task, i) => `<a href="#t${i}"><g class="node ${task.barrier ? "barrier" : task.state}"><title>${escape(task.name)}: ${task.barrier ? "joins others" : task.state}</title><rect x="${x(i)}" y="${round(y(i))}" width="${BOX.width}" height="${BOX.height}" rx="${task.barrier ? 13 : 4}"/><text x="${x(i) + 8}" y="${round(y(i)) + 17}">${escape(short(task.name))}</text></g></a>`);
  const width = layers.length * (BOX.width + BOX.across) - BOX.across + 8;
  return `<section><h2>Graph</h2><div class="scroll"><svg class="graph" width="${width}" height="${rows * (BOX.height + BOX.down) + 8}" role="img">${edges.join("")}${nodes.join("")}</svg></div></section>`;
}

function tasksPart(tasks: readonly PageTask[]): string {
  const rows = tasks.map((task, i) => (task.barrier ? "" : taskRow(task, i, tasks)));
  return `<section><h2>Tasks</h2><p><input id="find" type="search" placeholder="part of a name" aria-label="part of a name"></p><div id="tasks">${rows.join("")}</div></section>`;
}

function taskRow(task: PageTask, i: number, tasks: readonly PageTask[]): string {
  const { last } = task;
  const facts = last === null ? "has not run" : [last.status, last.exit === null ? "" : `exit ${last.exit}`, durationText(last.end - last.start), last.attempts > 1 ? `${last.attempts} attempts` : "", last.peakKb > 0 ? `peak memory ${sizeText(last.peakKb * 1024)}` : "", timeText(last.start)].filter((fact) => fact !== "").join(", ");
  const reasons = task.reasons.length === 0 ? "" : `<ul>${task.reasons.map((reason) => `<li>${escape(reason)}</li>`).join("")}</ul>`;
  const needs = task.needs.length === 0 ? "" : `<p class="faint">needs ${task.needs.slice(0, 50).map((need) => `<a href="#t${need}">${escape(tasks[need]!.name)}</a>`).join(", ")}${task.needs.length > 50 ? ", …" : ""}</p>`;
  const error = task.error === null ? "" : `<p class="error">${escape(task.error)}</p>`;
  const log = task.log === "" ? "" : `<pre>${escape(task.log)}</pre>`;
  return `<details id="t${i}" class="task ${task.state}" data-name="${escape(task.name.toLowerCase())}" data-state="${task.state}"${task.state === "failed" ? " open" : ""}><summary><span class="chip ${task.state}">${WORDS[task.state]}</span> <b>${escape(task.name)}</b> <span class="faint">${escape(task.reasons[0] ?? task.description)}</span></summary><p class="faint">${escape(facts)}</p>${task.description === "" ? "" : `<p>${escape(task.description)}</p>`}${error}${reasons}${needs}${log}</details>`;
}
