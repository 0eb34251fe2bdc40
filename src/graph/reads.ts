// Which made things a task's inputs read, entry by entry, with negations applied. Shared by linking, by the picture's paths
// and by the files named in a cycle. Knows no edges and no disk.
import { isBelow, type FilePath } from "../model/path.ts";
import { folderPattern, isGlob, matcherOf, negates, writtenAs } from "../model/pattern.ts";
import type { InputSpec, Task } from "../model/task.ts";
import { emptyMakers, enterMade, madeBy, patternsOver, treeAround, type Made, type Makers } from "./makers.ts";
import { covers, mayOverlap, narrowed, samplesOf, shapesOf, treeShape, type Shape } from "./overlap.ts";
import { createReach, type Reach } from "./reach.ts";

/** One input of a task that meets something made. */
export interface Read {
  readonly made: Made;
  /** The literal path or pattern of the input. */
  readonly entry: string;
  /** What is read: the made file, the literal path inside a tree or pattern, else the tree's folder or the pattern. */
  readonly path: FilePath;
  /** false: two patterns, and only the files can show whether they meet. */
  readonly sure: boolean;
}

/** Calls `take` for each thing in `makers` that `task` reads. */
export function eachRead(task: Task, from: { readonly makers: Makers; readonly reach: Reach }, take: (read: Read) => void): void {
  const nots = task.inputs.some((spec) => spec.kind === "not");
  for (let i = 0; i < task.inputs.length; i++) {
    const spec = task.inputs[i]!;
    const later = nots ? negationsAfter(task.inputs, i) : NO_NEGATIONS;
    if (spec.kind === "file") readPath(spec.path, from, later, take);
    else if (spec.kind === "glob") {
      readPattern({ pattern: spec.pattern, dot: spec.dot, entry: writtenAs(spec), found: from.reach.byPattern(spec.pattern, spec.dot) }, later, take);
    }
  }
  if (task.stdin !== null) readPath(task.stdin, from, NO_NEGATIONS, take);
  for (const path of task.inout) readPath(path, from, NO_NEGATIONS, take);
}

const NO_NEGATIONS: readonly string[] = [];

function negationsAfter(inputs: readonly InputSpec[], index: number): readonly string[] {
  const found: string[] = [];
  for (let i = index + 1; i < inputs.length; i++) {
    const spec = inputs[i]!;
    if (spec.kind === "not" && (spec.since ?? 0) <= index) found.push(spec.pattern);
  }
  return found;
}

/**
 * A literal input: a made file, a file inside a tree or pattern, or a folder with made things below it. A pattern like
 * `**` + `/*.o` that may write below the path does not make it a folder, or every source file would read every such pattern.
 */
function readPath(path: FilePath, from: { readonly makers: Makers; readonly reach: Reach }, nots: readonly string[], take: (read: Read) => void): void {
  const below = from.reach.belowFolder(path);
  if (below.length > 0) readPattern({ pattern: folderPattern(path), dot: true, entry: path, found: below }, nots, take);
  if (nots.some((not) => negates(not, path))) return;
  const task = from.makers.files.get(path);
  if (task !== undefined) take({ made: { kind: "file", path, task }, entry: path, path, sure: true });
  const tree = treeAround(from.makers, path);
  if (tree !== null && tree.path !== path) take({ made: tree, entry: path, path, sure: true });
  for (const made of patternsOver(from.makers, path)) take({ made, entry: path, path, sure: true });
}

interface PatternRead {
  readonly pattern: string;
  readonly dot: boolean;
  readonly entry: string;
  readonly found: readonly Made[];
}

function readPattern(read: PatternRead, nots: readonly string[], take: (read: Read) => void): void {
  for (const made of read.found) {
    if (made.kind === "file") {
      if (!nots.some((not) => negates(not, made.path))) take({ made, entry: read.entry, path: made.path, sure: true });
    } else readRegion(read, made, nots, take);
  }
}

/** A pattern and a tree or output pattern: there is no edge only if negations exclude everything both can match. */
function readRegion(read: PatternRead, made: Made, nots: readonly string[], take: (read: Read) => void): void {
  const common = commonShapes(read, made);
  if (nots.length > 0 && common.every((shapes) => nots.some((not) => shapes.some((shape) => takesAway(not, shape))))) return;
  const matches = matcherOf(read.pattern, { dot: read.dot });
  const fits = made.kind === "tree" ? (path: string): boolean => isBelow(path, made.path) : matcherOf(made.path);
  const samples = common.flatMap((shapes) => shapes.flatMap(samplesOf)).filter((path) => matches(path) && fits(path));
  const met = samples.some((sample) => !nots.some((not) => negates(not, sample)));
  const plain = made.kind === "tree" && samples.length === 0 && !common.flat().some((shape) => shape.loose);
  take({ made, entry: read.entry, path: made.path, sure: met || plain });
}

/** For each way in which both can match: the one narrowed by the other, and the reverse. */
function commonShapes(read: PatternRead, made: Made): Shape[][] {
  const written = made.kind === "tree" ? [treeShape(made.path)] : shapesOf(made.path, false);
  const found: Shape[][] = [];
  for (const asked of shapesOf(read.pattern, read.dot)) {
    for (const other of written) if (mayOverlap(asked, other)) found.push([narrowed(asked, other), narrowed(other, asked)]);
  }
  return found;
}

function takesAway(not: string, shape: Shape): boolean {
  const shapes = isGlob(not) ? shapesOf(not, true) : [treeShape(not)];
  return shapes.some((all) => covers(all, shape));
}

/** Paths by which `reader` reads what `maker` makes. Sorted, each once. */
export function contentPaths(reader: Task, maker: Task): FilePath[] {
  const makers = emptyMakers();
  for (const made of madeBy(maker, 0)) enterMade(makers, made);
  const paths = new Set<FilePath>();
  eachRead(reader, { makers, reach: createReach(makers) }, ({ path }) => paths.add(path));
  return [...paths].sort();
}

