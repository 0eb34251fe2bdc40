// `true` as a job, two at a time, beside two shells that are told to run it.
import { spawn } from "node:child_process";
import { openJobs } from "./jobs.ts";
import type { Sides } from "./drive.ts";

export const floor = "a line to a running sh, a line back";
export const unit = "job";
const COUNT = 100;

export function open(): Promise<Sides> {
  const jobs = openJobs();
  const shells = [openShell(), openShell()];
  return Promise.resolve({
    count: COUNT,
    ours: () => jobs.run(COUNT, { kind: "shell", shell: "/bin/sh", text: "/bin/true" }),
    floor: () => {
      let next = 0;
      const slot = async (shell: Shell): Promise<void> => {
        while (next++ < COUNT) await shell.run();
      };
      return Promise.all(shells.map(slot));
    },
    close: async () => {
      for (const shell of shells) shell.end();
      await jobs.close();
    },
  });
}

interface Shell {
  run(): Promise<void>;
  end(): void;
}

function openShell(): Shell {
  const { stdin, stdout } = spawn("/bin/sh", [], { stdio: ["pipe", "pipe", "inherit"] });
  let answered = (): void => {};
  stdout.on("data", () => answered());
  return {
    run: () => new Promise((resolve) => {
      answered = resolve;
      stdin.write("(exec /bin/true) </dev/null >/dev/null 2>&1; echo $?\n");
    }),
    end: () => void stdin.end(),
  };
}
