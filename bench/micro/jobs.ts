// Jobs through the engine of this machine, two at a time. Knows nothing of what they do.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { openEngine } from "../../src/engine/open.ts";
import type { Job, JobAction } from "../../src/model/ports.ts";
import type { TaskName } from "../../src/model/task.ts";

export interface Jobs {
  readonly dir: string;
  run(count: number, action: JobAction): Promise<void>;
  close(): Promise<void>;
}

const SLOTS = 2;

export function openJobs(): Jobs {
  const engine = openEngine({ childModule: join(process.env["TG_REPO"]!, "dist", "child.mjs") });
  const dir = mkdtempSync(join(tmpdir(), "tg-bench-"));
  const env = { PATH: process.env["PATH"] ?? "" };
  return {
    dir,
    run: async (count, action) => {
      let next = 0;
      const slot = async (): Promise<void> => {
        while (next < count) {
          const n = next++;
          const job: Job = { task: `t${n}` as TaskName, action, cwd: dir, env, stdin: null, stdout: null, stderr: null, log: join(dir, `log${n % 64}`), console: false };
          const result = await engine.start(job, () => {}).done;
          if (result.problem !== null || (result.exit !== 0 && result.exit !== null)) throw new Error(JSON.stringify(result));
        }
      };
      await Promise.all(Array.from({ length: SLOTS }, slot));
    },
    close: async () => {
      await engine.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
