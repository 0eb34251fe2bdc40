// Where the bytes of a job come from and go to: its log, its stdin, the files that take its streams. Knows no process.
import * as fs from "node:fs";
import { dirname } from "node:path";
import type { Job, OutputSink } from "../model/ports.ts";
import type { TaskProblem } from "../model/problem.ts";
import type { FilePath } from "../model/path.ts";
import { makeLogFolder } from "./folder.ts";

export type StreamName = "stdout" | "stderr";

export interface Log {
  write(bytes: Uint8Array): void;
  close(): void;
}

/** Opened by the first byte: most tasks print nothing. A log that cannot be written is given up; the sink still gets everything. */
export function openLog(path: string): Log {
  let fd = -1;
  let lost = false;
  return {
    write: (bytes) => {
      if (lost) return;
      try {
        if (fd < 0) fd = openAtEnd(path);
        for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at);
      } catch (error) {
        if (typeof (error as { code?: unknown }).code !== "string") throw error;
        lost = true;
      }
    },
    close: () => {
      if (fd >= 0) fs.closeSync(fd);
      fd = -1;
      lost = true;
    },
  };
}

function openAtEnd(path: string): number {
  try {
    return fs.openSync(path, "a");
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ENOENT") throw error;
    makeLogFolder(dirname(path));
    return fs.openSync(path, "a");
  }
}

/** Descriptors of the files a job names; null if it names none. */
export interface Files {
  readonly stdin: number | null;
  readonly stdout: number | null;
  readonly stderr: number | null;
  close(): void;
}

/** Opens stdin for reading and truncates the files of stdout and stderr; the same file for both is opened once. A pipe, which a link may lead to, is refused: to open one waits for its other end, and hears no signal. */
export function openFiles(job: Pick<Job, "task" | "stdin" | "stdout" | "stderr">): Files | TaskProblem {
  const open: number[] = [];
  const close = (): void => {
    for (const fd of open.splice(0)) fs.closeSync(fd);
  };
  const opened = (path: string, flags: string): number => {
    if (fs.statSync(path, { throwIfNoEntry: false })?.isFIFO() === true) throw Object.assign(new Error(path), { code: "ENXIO" });
    const fd = fs.openSync(path, flags);
    open.push(fd);
    return fd;
  };
  let at = "";
  try {
    const stdin = job.stdin === null ? null : opened((at = job.stdin), "r");
    const stdout = job.stdout === null ? null : opened((at = job.stdout), "w");
    const stderr = job.stderr === null ? null : job.stderr === job.stdout ? stdout : opened((at = job.stderr), "w");
    return { stdin, stdout, stderr, close };
  } catch (error) {
    close();
    const errno = (error as { code?: unknown }).code;
    if (typeof errno !== "string") throw error;
    if (at === job.stdin) return { code: "input-unreadable", task: job.task, path: at as FilePath, errno };
    return { code: "cannot-write", task: job.task, path: at, errno };
  }
}

/** Takes the streams of a job whose process cannot be given the files itself. */
export interface Outlet {
  take(stream: StreamName, bytes: Uint8Array): void;
  /** The first file that could not be written. */
  fault(): TaskProblem | null;
  close(): void;
}

/** Sends each stream to the file the job names, else to log and sink. Closing closes `files` too. */
export function openOutlet(job: Job, files: Files, sink: OutputSink): Outlet {
  const log = openLog(job.log);
  let fault: TaskProblem | null = null;
  return {
    take: (stream, bytes) => {
      const fd = files[stream];
      if (fd === null) {
        log.write(bytes);
        sink(bytes);
        return;
      }
      try {
        for (let at = 0; at < bytes.length && fault === null; ) at += fs.writeSync(fd, bytes, at);
      } catch (error) {
        const errno = (error as { code?: unknown }).code;
        if (typeof errno !== "string") throw error;
        fault = { code: "cannot-write", task: job.task, path: job[stream]!, errno };
      }
    },
    fault: () => fault,
    close: () => {
      log.close();
      files.close();
    },
  };
}
