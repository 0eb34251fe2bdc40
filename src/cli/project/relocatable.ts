// Gives function modules below the root relative paths, so that a moved checkout finds them. Inert data.
import { toFilePath, type AbsolutePath } from "../../model/path.ts";
import type { Action, FunctionRef, InputSpec, Project, Task } from "../../model/task.ts";

export function relocatable(project: Project, root: AbsolutePath): Project {
  const moved = (fn: FunctionRef): FunctionRef => ({ ...fn, module: toFilePath(fn.module, root) });
  const action = (one: Action): Action => {
    if (one.kind === "function") return { kind: "function", fn: moved(one.fn) };
    if (one.kind === "chain") return { kind: "chain", members: one.members.map((member) => ({ ...member, action: action(member.action) })) };
    return one;
  };
  const input = (spec: InputSpec): InputSpec => (spec.kind === "not" || spec.hasher === undefined ? spec : { ...spec, hasher: moved(spec.hasher) });
  const hook = (one: Action | null): Action | null => (one === null ? null : action(one));
  const needs = (task: Task): boolean =>
    task.action?.kind === "function" || task.action?.kind === "chain" || task.before !== null || task.afterRun !== null || typeof task.when === "object" || task.inputs.some((spec) => spec.kind !== "not" && spec.hasher !== undefined);
  const task = (one: Task): Task =>
    ({ ...one, action: hook(one.action), before: hook(one.before), afterRun: hook(one.afterRun), when: typeof one.when === "object" ? moved(one.when) : one.when, inputs: one.inputs.map(input) });
  const { setup, teardown, onFailure } = project.settings;
  return { ...project, settings: { ...project.settings, setup: hook(setup), teardown: hook(teardown), onFailure: hook(onFailure) }, tasks: project.tasks.map((one) => (needs(one) ? task(one) : one)) };
}
