// Stories for end-to-end tests: given files, when a command, then a transcript. Knows no problem and no reason.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isForeign, workspace, type Finished, type RunOptions, type Workspace } from "./rig.ts";

export interface Story {
  readonly title: string;
  /** Lines of `tasks` in tasks.config.ts; without it there is no config but what `files` has. */
  readonly tasks?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** What comes before the command that is looked at: commands (text) and edits. */
  readonly given?: readonly (string | ((w: Workspace) => unknown))[];
  /** Words of tg. */
  readonly when: string | readonly string[];
  readonly options?: RunOptions;
  /** `transcript()` of the command; indentation and the first line break do not count. */
  readonly then: string;
}

/** A config with these tasks, one a line, the first on line 3. */
export function config(tasks: string, top = ""): string {
  return `export default {\n  tasks: {\n${tasks}\n  },${top}\n};\n`;
}

/** What differs from run to run is replaced: folders, times, pids; and what a Node newer than 20 says more. */
export function neat(text: string, w: Workspace): string {
  return text
    .replaceAll(w.dir, "<w>")
    .replace(/ \(line \d+ column \d+\)/g, "")
    .replace(/\b\d+(\.\d+)? s\b/g, "N s")
    .replace(/\bpid \d+/g, "pid N")
    .replace(/(running: )\d+/g, "$1N")
    .replace(/key: [0-9a-f]{16}/g, "key: <key>")
    .replace(/at byte \d+/g, "at byte N")
    .replace(/saved\/\d{4}-[^/]*\//g, "saved/<time>/")
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "<time>");
}

/** Every line of stdout behind `1| `, of stderr behind `2| `, then the exit code. */
export function transcript(run: Finished, w: Workspace): string {
  const lines = (text: string, mark: string): string[] => (text === "" ? [] : neat(text, w).replace(/\n$/, "").split("\n").map((line) => `${mark}| ${line}`.trimEnd()));
  return [...lines(run.stdout, "1"), ...lines(run.stderr, "2"), run.signal === null ? `exit ${run.code}` : run.signal].join("\n");
}

/** What other engines than Node's say in their own way: names and columns in frames, and what they throw themselves. */
const OWN_WORDS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:Object|Module)\.(\w+ \S+\.ts:)/g, "$1"],
  [/(\.ts:\d+):\d+/g, "$1:N"],
  [/JSON\.stringify cannot serialize BigInt\.|Do not know how to serialize a BigInt/g, "<no BigInt>"],
  [/JSON Parse error: Expected '}'|Expected property name or '}' in JSON at position 1/g, "<no JSON>"],
  // Deno reads names as text.
  [/\\x(?:ef\\xbf\\xbd|e9)/g, "<byte>"],
];

function alike(text: string): string {
  return isForeign ? OWN_WORDS.reduce((known, [words, one]) => known.replace(words, one), text) : text;
}

function undented(text: string): string {
  return text.trim().split("\n").map((line) => line.trim()).join("\n");
}

export async function staged(story: Pick<Story, "tasks" | "files" | "given">): Promise<Workspace> {
  const w = await workspace({ ...(story.tasks === undefined ? {} : { "tasks.config.ts": config(story.tasks) }), ...story.files });
  for (const step of story.given ?? []) {
    if (typeof step === "string") await w.tg(step);
    else await step(w);
  }
  return w;
}

/** One test a story. */
export function tell(stories: readonly Story[]): void {
  for (const story of stories) {
    test(story.title, async () => {
      const w = await staged(story);
      assert.equal(alike(transcript(await w.tg(story.when, story.options), w)), alike(undented(story.then)));
    });
  }
}
