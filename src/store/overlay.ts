// Records as the journal, or this process, has them since the snapshot. Knows no file and no table.
import type { FilePath } from "../model/path.ts";
import { HALF, type TaskRecord } from "../model/state.ts";

export interface Overlay {
  /** As encodeRecord wrote it. */
  readonly stored: string | null;
  /** Decoded when asked for. */
  record: TaskRecord | null;
  readonly begun?: Begun;
}

/** The task was started and has not ended: its record is made of the one before. */
export interface Begun {
  readonly start: number;
  /** Outputs that were being made. */
  readonly halves: readonly FilePath[];
  /** undefined: what the snapshot has. */
  readonly before: Overlay | undefined;
}

const EMPTY_RECORD: TaskRecord = {
  status: "running", key: "", parts: {}, inputs: [], folders: [], custom: [], discovered: [], upstream: [], upstreamKeys: [],
  outputs: [], members: [], value: null, start: 0, end: 0, exit: null, signal: null, attempts: 0, peakKb: 0, reasons: [], error: null,
};

/** The record while a task runs: the last one, no longer good, with the outputs that are being made marked as halves. */
export function started(before: TaskRecord | null, { halves, start }: Begun): TaskRecord {
  const base = before ?? { ...EMPTY_RECORD, start };
  const being = new Set<string>(halves);
  const outputs = base.outputs.filter(([output]) => !being.has(output));
  return { ...base, status: "running", outputs: [...outputs, ...halves.map((half) => [half, HALF] as const)] };
}

export function isRunning(stored: string): boolean {
  return stored.startsWith('["running"');
}
