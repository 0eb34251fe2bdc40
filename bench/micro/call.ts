// A JavaScript function as a job, two at a time, beside a message to a worker thread and back.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { FunctionContext, JobAction } from "../../src/model/ports.ts";
import type { FilePath } from "../../src/model/path.ts";
import type { TaskName } from "../../src/model/task.ts";
import type { Sides } from "./drive.ts";
import { openJobs } from "./jobs.ts";

export const floor = "a message to a worker thread and back";
export const unit = "call";
const COUNT = 500;
const ECHO = 'const { parentPort } = require("node:worker_threads"); parentPort.on("message", (n) => parentPort.postMessage(n));';

export function open(): Promise<Sides> {
  const jobs = openJobs();
  const module = join(jobs.dir, "functions.mjs");
  writeFileSync(module, "export default { nothing: () => {} };\n");
  const context: FunctionContext = { task: "t" as TaskName, root: jobs.dir, inputs: [], outputs: [], params: {}, env: {}, changed: [], attempt: 1, deps: {}, scratch: jobs.dir, notes: jobs.dir };
  const action: JobAction = { kind: "function", fn: { source: "functions.mjs" as FilePath, module, path: ["default", "nothing"], code: [] }, context };
  const workers = [new Worker(ECHO, { eval: true }), new Worker(ECHO, { eval: true })];
  const ask = (worker: Worker, n: number): Promise<unknown> => new Promise((resolve) => {
    worker.once("message", resolve);
    worker.postMessage(n);
  });
  return Promise.resolve({
    count: COUNT,
    ours: () => jobs.run(COUNT, action),
    floor: () => {
      let next = 0;
      const slot = async (worker: Worker): Promise<void> => {
        while (next < COUNT) await ask(worker, next++);
      };
      return Promise.all(workers.map(slot));
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
      await jobs.close();
    },
  });
}
