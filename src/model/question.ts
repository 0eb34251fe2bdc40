// What a running function may ask, and the replies: dependencies discovered while a task runs. Data only.

export type Question =
  /** Bring a task, or the maker of a file, up to date. A file that no task makes becomes an input. */
  | { readonly kind: "need"; readonly target: string }
  /** Files that match now. */
  | { readonly kind: "glob"; readonly pattern: string }
  | { readonly kind: "env"; readonly name: string }
  /** Whether nothing exists at this path. */
  | { readonly kind: "absent"; readonly path: string };

/** `value`: JSON text. */
export type Reply =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly message: string };

/** A question as the record keeps it, and a hash of the answer. */
export type Asked = readonly [question: string, answer: string];

/** Used instead of a hash if what was asked for was not made. A task that went on without it asks again once it is. */
export const UNMADE = "unmade";

/** `need gen`, `glob src/*.txt`: also shown to people. */
export function questionText(question: Question): string {
  switch (question.kind) {
    case "need":
      return `need ${question.target}`;
    case "glob":
      return `glob ${question.pattern}`;
    case "env":
      return `env ${question.name}`;
    case "absent":
      return `absent ${question.path}`;
    default:
      return question satisfies never;
  }
}

export function questionOf(text: string): Question {
  const cut = text.indexOf(" ");
  const rest = text.slice(cut + 1);
  switch (text.slice(0, cut)) {
    case "need":
      return { kind: "need", target: rest };
    case "glob":
      return { kind: "glob", pattern: rest };
    case "env":
      return { kind: "env", name: rest };
    default:
      return { kind: "absent", path: rest };
  }
}
