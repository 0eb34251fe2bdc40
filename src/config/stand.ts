// The surroundings of config code while it runs, wherever tg was called: its working directory is the root, and what it prints
// is not part of tg's answer. Knows no config.
import process from "node:process";

/** Makes `root` the working directory until the returned function is called. */
export function standIn(root: string): () => void {
  const back = whereNow();
  try {
    process.chdir(root);
  } catch {
    // A worker thread may not, or the root is gone or not accessible: reading anything there reports that.
    return () => {};
  }
  return () => void (back !== null && attempt(() => process.chdir(back)));
}

const PRINTS = ["log", "info", "debug"] as const;

/** Redirects standard output to standard error until the returned function is called. */
export function speakAside(): () => void {
  const prints = PRINTS.map((name) => console[name]);
  for (const name of PRINTS) console[name] = (...words: unknown[]) => console.error(...words);
  const stdout = Object.getOwnPropertyDescriptor(process, "stdout");
  if (stdout?.configurable === true) Object.defineProperty(process, "stdout", { configurable: true, enumerable: true, get: () => process.stderr });
  return () => {
    PRINTS.forEach((name, i) => (console[name] = prints[i]!));
    if (stdout?.configurable === true) Object.defineProperty(process, "stdout", stdout);
  };
}

/** null: the folder tg was called in is gone. */
function whereNow(): string | null {
  try {
    return process.cwd();
  } catch {
    return null;
  }
}

function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // It was removed meanwhile; nothing in tg depends on it.
  }
}
