// A cheap mark of a text: equal marks mean equal values. For what must not be stored itself, and what is only compared.

export function markOf(text: string): string;
export function markOf(text: string | undefined): string | null;
export function markOf(text: string | undefined): string | null {
  // `process.env` also has the members of every object: functions are not values.
  if (typeof text !== "string") return null;
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = (Math.imul(b, 0x85ebca77) + text.charCodeAt(i)) | 0;
  }
  return (a >>> 0).toString(36) + (b >>> 0).toString(36) + text.length.toString(36);
}
