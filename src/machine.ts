// This machine behind the doors: with main.ts, the one place that names adapters. Anything costly is opened on demand.
import path from "node:path";
import process from "node:process";
import type { Doors, Share } from "./cli/doors.ts";
import { isAsRead, isWhole } from "./config/standing.ts";
import type { Still } from "./config/still.ts";
import { withLongBudget } from "./engine/budget.ts";
import type { Fifos } from "./engine/fifos.ts";
import type { JobserverOptions } from "./engine/jobserver.ts";
import { openLooking, runtimeName } from "./looking.ts";
import { isTaskFile } from "./model/path.ts";
import { acquireLock, readHolder } from "./store/lock.ts";
import { noteUntold } from "./store/untold.ts";
import { openOthers } from "./store/others.ts";
import { makeAgain, makeOutside, removeLeftFolders } from "./store/outside.ts";
import { endStrayServices, openServiceNotes } from "./store/service-notes.ts";
import { refsOf } from "./system/git.ts";
import { openKeys } from "./system/keys.ts";
import { askVersion } from "./system/version.ts";
import { openAbove } from "./watch/above.ts";
import { identityOf, listedAt } from "./watch/folder.ts";

/** Graphs from this many tasks up to SPARED_BELOW take less work to judge while V8 is kept from optimising (docs/performance.md). */
const SPARED_FROM = 32;
const SPARED_BELOW = 3000;

/** The process that evaluates a config belongs to no task. */
const NO_TASK = "";

function loaderApart(dist: (name: string) => string, late: Pick<Late, "forget">): NonNullable<Doors["config"]["loadApart"]> {
  return async ({ file, root, stateDir, isKnown, list, held }, edited, signal) => {
    // Edits to other files seldom allow a partial load: not worth a process.
    if (![...edited].every(isTaskFile)) return { kind: "edited", edited: null };
    const { loadApart } = await import("./config/apart.ts");
    const notes = openServiceNotes(stateDir);
    if (edited.size === 0) late.forget();
    const end = await loadApart(dist("apart.cjs"), { file, root, stateDir, publicModule: dist("index.js"), held, asks: isKnown !== undefined, edited: [...edited], argv: process.argv }, {
      answer: (question) => (question.kind === "known" ? isKnown?.(question.text) === true : list(question.source)),
      note: (group) => (notes.note(NO_TASK, group), () => notes.forget(NO_TASK)),
      signal,
    });
    if (end?.kind !== "edited") return end;
    if (end.edited === null) return { kind: "edited", edited: null };
    const { modules, ...rest } = end.edited;
    return { kind: "edited", edited: { ...rest, moduleFor: (source) => modules.get(source) ?? null } };
  };
}

interface Late {
  readonly doors: Required<Pick<Doors["config"], "late" | "hasThrown">>;
  /** Forgets errors of an earlier config: they say nothing about the one being evaluated. */
  forget(): void;
  /** The loader of a config recognises what its code throws later. */
  heard<T extends { readonly lateProblem: Late["doors"]["late"] }>(loading: Promise<T>): Promise<T>;
}

function openLate(): Late {
  let tell: Late["doors"]["late"] = () => null;
  let hasThrown = false;
  const late: Late["doors"]["late"] = (error) => {
    const problem = tell(error);
    hasThrown ||= problem !== null;
    return problem;
  };
  return {
    doors: { late, hasThrown: () => hasThrown },
    forget: () => void (hasThrown = false),
    heard: async (loading) => {
      const loaded = await loading;
      tell = loaded.lateProblem;
      return loaded;
    },
  };
}

/** Serves one engine after another: what the next one would wait for may have been started already. */
function engineDoors(childModule: string): Pick<Doors, "expectJobs" | "expectEngine" | "forgetEngine" | "openEngine"> {
  const noting = (share: Share): JobserverOptions => ({ ...share, makeOutside: (prefix) => makeOutside(share.stateDir, prefix) });
  let begun: Promise<Fifos | null> | null = null;
  return {
    expectJobs: async (jobs) => (await import("./engine/open.ts")).expectJobs(jobs),
    expectEngine: async (share) => {
      const { startJobserver } = await import("./engine/open.ts");
      begun = startJobserver(noting(share));
    },
    forgetEngine: async () => {
      const fifos = await begun;
      begun = null;
      if (fifos !== null) (await import("./engine/open.ts")).discardFifos(fifos);
    },
    openEngine: async (share) => {
      const { openEngine } = await import("./engine/open.ts");
      const made = await begun;
      begun = null;
      return openEngine({ childModule, expected: share?.expected ?? 0 }, share === null ? null : noting(share), made);
    },
  };
}

/** Version control, asked once for each commit. */
function changesDoor(): Doors["changesSince"] {
  const asked = new Map<string, ReturnType<Doors["changesSince"]>>();
  return (root, ref) => {
    const key = `${root}\0${ref}`;
    const known = asked.get(key) ?? import("./system/git.ts").then(({ changesSince }) => changesSince(root, ref));
    asked.set(key, known);
    return known;
  };
}

/** `packageDir`: the folder that holds `dist/`. `still`: what to say when a config takes long to evaluate. */
export function openMachine(packageDir: string, still?: Still): Doors {
  const looking = openLooking(packageDir);
  const late = openLate();
  const dist = (name: string): string => path.join(packageDir, "dist", name);
  return {
    ...looking,
    openOtherStates: openOthers,
    spare: (tasks, work) => (tasks >= SPARED_FROM && tasks < SPARED_BELOW ? withLongBudget(work) : work()),
    ...engineDoors(dist("child.mjs")),
    openServiceHouse: async (dir) => ({ ...(await import("./engine/open.ts")).openServiceEngine(), ...openServiceNotes(dir) }),
    endStrayServices,
    makeOutside,
    makeOutsideAgain: makeAgain,
    removeLeftFolders,
    openResults: async (dir, root) => new (await import("./cache/local.ts")).LocalResults(`${dir}/cache`, root, looking.tool),
    tendResults: async (dir, keepBytes) => {
      const { collect, measure } = await import("./cache/local.ts");
      return keepBytes === null ? measure(`${dir}/cache`) : collect(`${dir}/cache`, { maxBytes: keepBytes, added: null });
    },
    revision: async (root) => (await import("./system/git.ts")).revisionOf(root),
    tracked: async (root, paths) => (await import("./system/git.ts")).trackedOf(root, paths),
    changesSince: changesDoor(),
    refs: refsOf,
    acquireLock: (dir, command, options) => acquireLock(dir, { command }, { ...options, onDead: (since) => noteUntold(dir, since) }),
    lockHolder: readHolder,
    openWatcher: async (root, tell) => (await import("./watch/open.ts")).openWatcher(root, tell),
    identityOf,
    listedAt,
    openAbove,
    tidy: async () => (await import("./watch/open.ts")).tidy(),
    optimise: async (on) => (await import("./watch/open.ts")).optimise(on),
    openResident: async (take) => (await import("./watch/open.ts")).openResident(dist("main.cjs"), take),
    openKeys,
    askVersion,
    importModule: async (file, root) => (await import("./config/entry.ts")).importModule(file, root),
    config: {
      ...looking.config,
      ...late.doors,
      placeIn: async (file, root, field) => (await import("./config/entry.ts")).placeIn(file, root, field),
      isAsRead,
      isWhole,
      load: async ({ file, root, stateDir, readonly, list, isKnown, held }) => {
        const { loadChecked } = await late.heard(import("./config/entry.ts"));
        return loadChecked({ file, root, stateDir, publicModule: dist("index.js"), readOnly: readonly, list, held, still }, isKnown);
      },
      ...(runtimeName().startsWith("node") ? { loadApart: loaderApart(dist, late) } : {}),
      loadEdited: async ({ file, root, stateDir, list, held }, edited) => {
        const { loadEdited } = await late.heard(import("./config/entry.ts"));
        return loadEdited({ file, root, stateDir, publicModule: dist("index.js"), list, held, still }, edited);
      },
    },
  };
}
