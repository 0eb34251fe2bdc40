// What the second thread of a large sweep runs: one part after another, until none is left. Knows only the loop.
import { workerData } from "node:worker_threads";
import { openTexts } from "../model/texts.ts";
import { HELP, HELP_STATES, takePart, type Shared } from "./thread.ts";
import { openLoop } from "./sweep.ts";

const { prefix, columns, news, paths, ids, seen, linked, turns } = workerData as Shared;
// Before the first part is taken: a thread that finds none left must know whom to wait for.
Atomics.store(turns, HELP, HELP_STATES.busy);
const rows = { columns, news: () => news, pathOf: openTexts(paths), shared: { add: (id: number): unknown => (linked[id] = 1) } };
const sweep = openLoop({ prefix, rows, seen, count: ids.length });
for (let part = takePart(ids, turns); part !== null; part = takePart(ids, turns)) sweep(part);
Atomics.store(turns, HELP, HELP_STATES.done);
Atomics.notify(turns, HELP);
