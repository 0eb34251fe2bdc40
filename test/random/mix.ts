// The one program of the random projects: what mix.sh does, on any file system. Outputs are checksums of the names and
// bytes it was told to read, its arguments, its folder and the listed environment. Knows nothing of tg.

export interface MixFiles {
  /** Content through links; null when there is nothing to read. */
  read(path: string): string | null;
  isExec(path: string): boolean;
  /** Names in a folder sorted by code unit, empty when there is none. */
  list(dir: string): readonly { readonly name: string; readonly isDir: boolean }[];
  write(path: string, text: string): void;
  setExec(path: string, exec: boolean): void;
  remove(path: string): void;
  makeDir(path: string): void;
  /** In place of what is there. */
  link(path: string, to: string): void;
}

/** Where links lead, one of them nowhere. */
export const TARGETS: readonly string[] = ["inc/h0.h", "inc/none", "src/a/f0.c", "inc/h1.h"];

export interface MixCall {
  readonly args: readonly string[];
  /** Root-relative. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly files: MixFiles;
  /** Called between reading and writing. */
  readonly midway?: () => void;
}

export interface MixResult {
  readonly exit: number;
  readonly stdout: string;
  /** What it complains of, if it is asked to: before the rest. */
  readonly stderr?: string;
  /** It does not end by itself. */
  readonly hangs?: true;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, i) => {
  let c = i << 24;
  for (let k = 0; k < 8; k++) c = c & 0x80000000 ? (c << 1) ^ 0x04c11db7 : c << 1;
  return c >>> 0;
});

/** POSIX cksum of a latin1 text. */
export function cksum(text: string): number {
  let crc = 0;
  const eat = (byte: number): void => {
    crc = ((crc << 8) ^ TABLE[((crc >>> 24) ^ byte) & 255]!) >>> 0;
  };
  for (let i = 0; i < text.length; i++) eat(text.charCodeAt(i) & 255);
  for (let n = text.length; n > 0; n = Math.floor(n / 256)) eat(n & 255);
  return ~crc >>> 0;
}

interface Work {
  readonly call: MixCall;
  lines: string[];
  readonly seen: string[];
  readonly marks: Set<string>;
  strip: boolean;
  depfile: string | null;
  /** Not there, and named in the depfile all the same. */
  absent: string | null;
  /** [flag, path] in order. */
  readonly writes: [string, string][];
}

function eat(work: Work, path: string, edit: (text: string) => string = (text) => text): void {
  const raw = work.call.files.read(path);
  if (raw === null) return void work.lines.push(`in ${path} -`);
  if (work.seen.includes(path)) return;
  work.seen.push(path);
  let text = edit(raw.split("\n")[0]!);
  if (work.strip) text = text.split("#")[0]!;
  work.lines.push(`in ${path} ${work.call.files.isExec(path) ? "x" : "f"} ${text}`);
  for (const word of text.split(" ").filter((w) => w !== "")) {
    if (word === "FAIL" || word === "HALF" || word === "FLAKY" || word === "SLOW" || word === "SAME" || word === "EXEC") work.marks.add(word);
    else if (word.startsWith("USE:") && work.depfile !== null) {
      const used = word.slice(4);
      if (work.call.files.read(used) === null) work.marks.add("FAIL");
      eat(work, used);
    }
  }
}

/** All below a folder, as `find` and `sort` have it. */
function everything(files: Pick<MixFiles, "list">, dir: string): string[] {
  return files.list(dir).flatMap(({ name, isDir }) => (isDir ? everything(files, `${dir}/${name}`) : [`${dir}/${name}`])).sort();
}

/** `dir/*.ext`, or `dir/**​/*.ext` down to three levels, shallow ones first; `dir/**` is all below it. */
export function expand(files: Pick<MixFiles, "list">, pattern: string): string[] {
  if (pattern.endsWith("/**")) return everything(files, pattern.slice(0, -3));
  const deep = pattern.includes("/**/");
  const [dir = "", ext = ""] = pattern.split(deep ? "/**/*" : "/*");
  const found: string[] = [];
  let level = [dir];
  for (let depth = 0; depth < (deep ? 3 : 1); depth++) {
    const next: string[] = [];
    for (const at of level) {
      for (const entry of files.list(at)) {
        if (entry.name.startsWith(".")) continue;
        if (entry.isDir) next.push(`${at}/${entry.name}`);
        else if (entry.name.endsWith(ext)) found.push(`${at}/${entry.name}`);
      }
    }
    level = next;
  }
  return found;
}

/** Is `path` taken away by `pattern`: a literal, or `dir/prefix*.ext`? */
export function taken(path: string, pattern: string): boolean {
  const [head = "", tail] = pattern.split("*");
  return tail === undefined ? path === pattern : path.startsWith(head) && path.endsWith(tail) && path.length >= head.length + tail.length && !path.slice(head.length).includes("/");
}

function readAll(work: Work): void {
  const { args } = work.call;
  const nots: string[] = [];
  for (let i = 1; i < args.length; i += 2) if (args[i] === "-n") nots.push(args[i + 1]!);
  for (let i = 1; i < args.length; i += 2) {
    const flag = args[i]!;
    const value = args[i + 1]!;
    if (flag === "-c") work.strip = true;
    else if (flag === "-s" && value.startsWith("FAIL")) work.marks.add("FAIL");
    else if (flag === "-d") work.depfile = value;
    else if (flag === "-i" || flag === "-I" || flag === "-f" || flag === "-z") eat(work, value);
    else if (flag === "-x") eat(work, value, (text) => (text.startsWith("fmt ") ? text : `fmt ${text}`));
    else if (flag === "-g") for (const path of expand(work.call.files, value)) if (!nots.some((not) => taken(path, not))) eat(work, path);
    if (flag === "-u") {
      eat(work, value);
      if (work.call.files.read(value) === null) work.absent = value;
    }
    if (flag === "-e") work.lines.push(`env ${value} ${work.call.env[value] ?? "<unset>"}`);
    if ("oOtpxrl".includes(flag[1]!)) work.writes.push([flag, value]);
  }
}

function save(work: Work, path: string, text: string, always = false): void {
  const { files, args } = work.call;
  const exec = work.marks.has("EXEC");
  if (!(!always && args.includes("-k") && files.read(path) === text)) files.write(path, text);
  if (files.isExec(path) !== exec) files.setExec(path, exec);
}

function writeOne(work: Work, flag: string, path: string, sum: number): void {
  const { files } = work.call;
  const text = `${path} ${sum}`;
  if (flag === "-o") save(work, path, text);
  else if (flag === "-O" && sum % 2 === 0) save(work, path, text);
  else if (flag === "-t") {
    files.makeDir(`${path}/s`);
    save(work, `${path}/fix.txt`, text);
    save(work, `${path}/m${sum % 3}.txt`, text);
    save(work, `${path}/s/n${Math.floor(sum / 3) % 3}.txt`, text);
    if (Math.floor(sum / 9) % 2 === 0) files.makeDir(`${path}/e`);
  } else if (flag === "-p") {
    files.makeDir(path);
    if (Math.floor(sum / 9) % 2 === 1) {
      save(work, `${path}/p${sum % 3}.gen`, text, true);
      save(work, `${path}/p${3 + (Math.floor(sum / 3) % 3)}.gen`, text, true);
    } else {
      // Of equal content whatever was read: one may go, or come, and nothing else changes.
      save(work, `${path}/p6.gen`, path, true);
      if (Math.floor(sum / 18) % 2 === 0) save(work, `${path}/p7.gen`, path, true);
    }
  } else if (flag === "-x") {
    const old = files.read(path) ?? "";
    if (!old.startsWith("fmt ")) files.write(path, `fmt ${old}`);
  } else if (flag === "-l") files.link(path, "../".repeat(path.split("/").length - 1) + TARGETS[sum % 4]!);
  else if (flag === "-r") files.remove(path);
}

function writeHalf(files: MixFiles, flag: string, path: string): void {
  if (flag === "-o" || flag === "-O") return files.write(path, "half");
  if (flag !== "-t" && flag !== "-p") return;
  files.makeDir(path);
  files.write(flag === "-t" ? `${path}/half.txt` : `${path}/p9.gen`, "half");
}

/** Runs mix once. FLAKY: the first of several attempts fails. SLOW: the first takes for ever, where there is a limit. */
export function mix(call: MixCall): MixResult {
  const work: Work = { call, lines: [`argv ${call.args.join(" ")}`, `cwd ${call.cwd}`], seen: [], marks: new Set(), strip: false, depfile: null, absent: null, writes: [] };
  readAll(work);
  call.midway?.();
  const tag = call.args[0]!;
  const flaky = work.marks.has("FLAKY") && call.env["TG_ATTEMPT"] === "1";
  const slow = work.marks.has("SLOW") && call.args.includes("-w") && (call.env["TG_ATTEMPT"] ?? "1") === "1";
  if (slow) {
    for (const [flag, path] of work.writes) writeHalf(call.files, flag, path);
    return { exit: 1, stdout: `${tag} slow\n`, hangs: true };
  }
  if (work.marks.has("FAIL") || flaky) {
    if (work.marks.has("HALF") || flaky) for (const [flag, path] of work.writes) writeHalf(call.files, flag, path);
    return { exit: 1, stdout: `${tag} failed\n` };
  }
  const sum = cksum(work.marks.has("SAME") ? `same ${tag}` : work.lines.join("\n"));
  for (const [flag, path] of work.writes) writeOne(work, flag, path, sum);
  if (work.depfile !== null) {
    const up = call.cwd === "" ? "" : "../".repeat(call.cwd.split("/").length);
    const named = [...work.seen.filter((path) => !path.startsWith("rsp/")), ...(work.absent === null ? [] : [work.absent])];
    call.files.write(work.depfile, named.map((path) => `${up}${path}\n`).join(""));
  }
  return { exit: 0, stdout: `${tag} ${sum}\n`, ...(call.args.includes("-E") ? { stderr: `${tag} says ${sum}\n` } : {}) };
}
