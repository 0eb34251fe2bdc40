// The one rule for writing a word so that a POSIX shell reads it back. Knows no commands.

/** Plain words stay readable. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
