// Globs over task names. Unlike file globs, brackets are literal, since foreach instances are named `name[key]`, and a
// leading dot means nothing.

/** `*` anything but `/` · `**` anything · `?` one character but `/` · `{a,b}` either. */
export function isNameGlob(text: string): boolean {
  return /[*?]|\{[^}]*\}/.test(text);
}

export function matchNames(pattern: string): (name: string) => boolean {
  let source = "";
  let depth = 0;
  for (const [piece] of pattern.matchAll(/\*\*|[\s\S]/g)) {
    if (piece === "**") source += "[^]*";
    else if (piece === "*") source += "[^/]*";
    else if (piece === "?") source += "[^/]";
    else if (piece === "{") {
      source += "(?:";
      depth++;
    } else if (piece === "}" && depth > 0) {
      source += ")";
      depth--;
    } else if (piece === "," && depth > 0) source += "|";
    else source += piece.replace(/[\\^$.|+()[\]{}]/, "\\$&");
  }
  const regex = new RegExp("^(?:" + source + ")".repeat(depth) + ")$");
  return (name) => regex.test(name);
}
