// Where code of the config stands while it runs: in the root, wherever tg was called. Knows no config.
import process from "node:process";

/** Makes `root` the working directory until the returned function is called. */
export function standIn(root: string): () => void {
  const back = whereNow();
  try {
    process.chdir(root);
  } catch {
    // A worker thread may not; the root is gone or closed: whatever is read there says so itself.
    return () => {};
  }
  return () => void (back !== null && attempt(() => process.chdir(back)));
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
    // It was removed meanwhile; nothing of tg goes by it.
  }
}
