// After a good build: did it change something the config had read? Then the next command evaluates the config again, and may find
// tasks to run. These are reported, not run: nobody asked for a deploying function to run twice.
import type { Notice } from "../model/problem.ts";
import type { Doors } from "./doors.ts";
import { placesMoved } from "./project/place.ts";
import type { OpenProject } from "./project/project.ts";
import { statusOf } from "./status.ts";
import type { Wants } from "./words/wants.ts";

/** Empty: everything is as the config read it, or that makes no difference to the tasks. */
export async function unsettledBy(doors: Doors, { world, stamp }: OpenProject, wants: Wants & { readonly cwd: string; readonly config: string | null }): Promise<Notice[]> {
  const paths = await placesMoved(stamp, world);
  if (paths.length === 0) return [];
  const answer = await statusOf(doors, { ...wants, force: false }, "open");
  if (!answer.ok) return [{ code: "config-unsettled", paths, open: null }];
  const open = answer.value.tasks.filter(({ barrier, state, reasons }) => !barrier && state !== "fresh" && state !== "skipped" && !reasons.every(({ code }) => code === "always"));
  return open.length === 0 ? [] : [{ code: "config-unsettled", paths, open: open.map(({ name }) => name) }];
}
