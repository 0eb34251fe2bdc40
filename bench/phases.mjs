// What happens before each measured run, and what must be true after it. Knows peers only through their Project.

/**
 * name, title; `prepare` puts the project where the phase starts; `made`: tasks whose outputs are checked afterwards;
 * `disturbs`: a second, unmeasured run follows, so that the next phase starts even; `slow`: no warm-up round; `watched`: the
 * tool's own watch runs meanwhile.
 */
export const PHASES = [
  {
    name: "full",
    title: "full: no outputs, no state of the tool",
    slow: true,
    prepare: (project) => project.empty(),
    made: ({ tasks }) => tasks.filter((_, i) => i % Math.max(1, Math.floor(tasks.length / 50)) === 0),
  },
  { name: "noop", title: "no-op: nothing changed", prepare: () => {}, made: () => [] },
  {
    name: "leaf",
    title: "leaf: one task is stale, nothing hangs below it",
    disturbs: true,
    prepare: (project, { leaf }) => project.edit(leaf, 0),
    made: ({ leaf }) => [leaf],
  },
  {
    name: "root",
    title: "root: one task of the first layer has a changed source",
    disturbs: true,
    prepare: (project, { root }) => project.edit(root.task, root.task.sources.length - 1),
    made: ({ root }) => [root.task],
  },
  {
    name: "touch",
    title: "touch-all: every source and output has a new time, no content changed",
    disturbs: true,
    prepare: (project) => project.touch(),
    made: ({ leaf, root }) => [leaf, root.task],
  },
  {
    name: "config",
    title: "config comment: a comment line more in the tool's own file",
    disturbs: true,
    prepare: (project) => project.comment(),
    made: ({ leaf }) => [leaf],
  },
  { name: "watched", title: "no-op while the tool's watch runs; ninja has none", watched: true, prepare: () => {}, made: () => [] },
];

/** Does `peer` take part in a phase? */
export function takesPart(peer, phase, { work }) {
  if (peer.phases !== undefined && !peer.phases.includes(phase.name)) return false;
  if (peer.works !== undefined && !peer.works.includes(work)) return false;
  if (phase.watched === true && peer.watch === undefined && peer.yardstick !== true) return false;
  return phase.name !== "config" || peer.config !== null;
}
