// Quotes a word so that a POSIX shell reads it back: the only place that does. Knows no commands.

/** Plain words stay unquoted. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
