// What runs services and asks after them: each is a child of tg with a process group of its own, beside all jobs. A launcher
// would be busy with one for good.
import type { ServiceHouse } from "../model/ports-service.ts";
import { openLocalEngine } from "./local.ts";
import { probe } from "./probe.ts";

export function openServiceEngine(): Pick<ServiceHouse, "engine" | "probe"> {
  return { engine: openLocalEngine({ launchers: "never" }), probe };
}
