// tg doctor: checks the machine, the config and the project for later trouble and says what to do. Writes nothing.
import fs from "node:fs";
import { ownJobsIn, ownJobsInText } from "../model/own-jobs.ts";
import { DiskError } from "../model/ports.ts";
import type { OwnProblem, Result } from "../model/problem.ts";
import { absoluteOf, baseName, programDirs, searchPath, toFilePath, type AbsolutePath } from "../model/path.ts";
import type { Action, Task } from "../model/task.ts";
import { runsAlways } from "../model/task.ts";
import type { Finding } from "../report/doctor.ts";
import { undeclaredEnvOf } from "./asides.ts";
import type { DoctorCommand } from "./words/commands.ts";
import type { Doors } from "./doors.ts";
import { placeOf } from "./project/place.ts";
import { openProject, type OpenProject } from "./project/project.ts";
import { ownProblem } from "./trouble.ts";

export async function doctor(doors: Doors, command: DoctorCommand): Promise<readonly Finding[]> {
  const findings: Finding[] = [{ kind: "good", code: "runtime", tool: doors.system.exactly(doors.tool) }, ...limits()];
  const opened = await openedOrRefused(doors, command);
  if ("code" in opened) return [...findings, { kind: "bad", code: "state-unusable", problem: opened }];
  if (!opened.ok) return [...findings, { kind: "bad", code: "config-broken", problems: opened.problems }];
  const project = opened.value;
  const tasks = Array.from({ length: project.graph.count }, (_, task) => project.graph.task(task));
  return [
    ...findings,
    { kind: "good", code: "config", file: project.file, tasks: project.graph.count },
    ...configsBeside(doors, command, project),
    ...stateFindings(project),
    ...computedState(doors, project),
    ...taskFindings(tasks),
    ...programFindings(doors, project, tasks),
    ...(await trackedOutputs(doors, project, tasks)),
  ];
}

/** What stands in the way of reading the state is a finding like any other. */
async function openedOrRefused(doors: Doors, command: DoctorCommand): Promise<Result<OpenProject> | OwnProblem> {
  try {
    return await openProject(doors, { ...command, readonly: true });
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    return ownProblem(error, "read");
  }
}

function configsBeside(doors: Doors, { config }: DoctorCommand, { file }: OpenProject): Finding[] {
  const others = config !== null ? [] : doors.config.beside(file).flatMap(({ name, there }) => (there ? [name] : []));
  return others.length === 0 ? [] : [{ kind: "advice", code: "config-beside", file: baseName(file), others }];
}

/** A large build or `tg watch` uses up fewer than this. */
const FEW_FILES = 1024;
const FEW_WATCHES = 65_536;

function limits(): Finding[] {
  const files = Number(/^Max open files\s+(\d+)/m.exec(readText("/proc/self/limits") ?? "")?.[1] ?? Infinity);
  const watches = Number(readText("/proc/sys/fs/inotify/max_user_watches")?.trim() ?? Infinity);
  return [
    ...(files < FEW_FILES ? [{ kind: "advice", code: "open-files", limit: files } as const] : []),
    ...(watches < FEW_WATCHES ? [{ kind: "advice", code: "watches", limit: watches } as const] : []),
  ];
}

function readText(file: string): string | null {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

/** Magic numbers of statfs(2) for disks whose clock and locks belong to another machine. */
const NETWORK: Readonly<Record<number, string>> = { 0x6969: "NFS", 0xff534d42: "CIFS", 0xfe534d42: "SMB", 0x517b: "SMB", 0x01021997: "9p", 0x65735546: "FUSE" };

function stateFindings({ stateDir }: OpenProject): Finding[] {
  if (!fs.existsSync(stateDir)) return [];
  try {
    fs.accessSync(stateDir, fs.constants.W_OK);
  } catch (error) {
    return [{ kind: "bad", code: "state-unwritable", dir: stateDir, errno: (error as { code?: string }).code ?? "EIO" }];
  }
  const type = NETWORK[fs.statfsSync(stateDir).type];
  return [{ kind: "good", code: "state", dir: stateDir, bytes: bytesBelow(stateDir) }, ...(type === undefined ? [] : [{ kind: "advice", code: "network-disk", dir: stateDir, type } as const])];
}

/** A computed name of the state folder: tg looks for the state in the wrong place first. */
function computedState(doors: Doors, { file, root, stateDir }: OpenProject): Finding[] {
  return placeOf(doors, file, root).stateDir === stateDir ? [] : [{ kind: "advice", code: "state-computed", dir: toFilePath(stateDir, root) }];
}

function bytesBelow(dir: string): number {
  let bytes = 0;
  const stack = [dir];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (const entry of fs.readdirSync(at, { withFileTypes: true })) {
      if (entry.isDirectory()) stack.push(`${at}/${entry.name}`);
      else bytes += fs.lstatSync(`${at}/${entry.name}`, { throwIfNoEntry: false })?.size ?? 0;
    }
  }
  return bytes;
}

function taskFindings(tasks: readonly Task[]): Finding[] {
  const always = tasks.filter((task) => !task.always && task.cache.enabled && runsAlways(task, null) && task.action?.kind !== "function").map((task) => task.name);
  const env = tasks.map((task) => ({ task: task.name, names: undeclaredEnvOf(task) })).filter(({ names }) => names.length > 0);
  const jobs = tasks.flatMap((task) => ("MAKEFLAGS" in task.envValues || task.action === null ? [] : ownJobsOf(task.action).slice(0, 1).map((call) => ({ task: task.name, call }))));
  return [
    ...(always.length === 0 ? [] : [{ kind: "advice", code: "always", tasks: always } as const]),
    ...(env.length === 0 ? [] : [{ kind: "advice", code: "env", tasks: env } as const]),
    ...(jobs.length === 0 ? [] : [{ kind: "advice", code: "own-jobs", tasks: jobs } as const]),
  ];
}

/** Calls that bypass the jobserver. */
function ownJobsOf(action: Action): readonly string[] {
  if (action.kind === "chain") return action.members.flatMap((member) => ("MAKEFLAGS" in member.env ? [] : ownJobsOf(member.action)));
  const found = action.kind === "shell" ? ownJobsInText(action.text) : action.kind === "argv" ? ownJobsIn(action.argv) : null;
  return found === null ? [] : [found];
}

/** Programs of argv and `tools` that are not on the PATH a task gets. Shell text is not examined. */
function programFindings(doors: Doors, { root, graph }: OpenProject, tasks: readonly Task[]): Finding[] {
  const missing = new Map<string, string>();
  for (const task of tasks) {
    const named = [...(task.action?.kind === "argv" ? [task.action.argv[0]!] : []), ...task.tools.map((tool) => tool.split(" ")[0]!)];
    for (const program of named) {
      if (missing.has(program) || graph.producerOf(program as never) >= 0) continue;
      const cwd = absoluteOf(task.cwd, root as AbsolutePath);
      const dirs = program.includes("/") ? [cwd] : searchPath([...programDirs(cwd), ...programDirs(root as AbsolutePath)], doors.system.env["PATH"]).split(":");
      if (!dirs.some((dir) => dir !== "" && fs.existsSync(program.startsWith("/") ? program : `${dir}/${program}`))) missing.set(program, task.name);
    }
  }
  return missing.size === 0 ? [] : [{ kind: "bad", code: "program-missing", programs: [...missing].map(([program, task]) => ({ program, task })) }];
}

/** A file that git tracks and a task makes changes with every build. */
async function trackedOutputs(doors: Doors, { root }: OpenProject, tasks: readonly Task[]): Promise<Finding[]> {
  const outputs = tasks.flatMap((task) => task.outputs.flatMap((output) => (output.kind === "glob" ? [] : [output.path as string])));
  const tracked = outputs.length === 0 ? [] : await doors.tracked(root, outputs);
  return tracked.length === 0 ? [] : [{ kind: "advice", code: "tracked-outputs", paths: tracked }];
}
