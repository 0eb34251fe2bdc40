// Whether a returned value is JSON, so that storing it loses nothing. Pure.

/** Deeper than any reader of the value should have to handle; runtimes differ in what they can write. */
const DEEPEST = 1000;
/** Values are stored with the records, and every consumer gets them whole: anything larger belongs in a file. */
export const LARGEST_BYTES: number = 8 * 1024 * 1024;
const TOO_DEEP = "nested too deeply";
/** The modules whose functions are called may replace them in JSON itself. */
export const parse: JSON["parse"] = JSON.parse;
export const stringify: JSON["stringify"] = JSON.stringify;

/** JSON text of `value` (null for undefined), or what in it is not JSON. */
export function toJson(value: unknown): { readonly json: string | null } | { readonly fault: string } | { readonly bytes: number } {
  if (value === undefined) return { json: null };
  let json: string | undefined;
  try {
    json = stringify(value);
  } catch (error) {
    return { fault: error instanceof RangeError ? TOO_DEEP : firstLine(error) };
  }
  const fault = faultOf(value);
  if (fault !== null) return { fault };
  const bytes = Buffer.byteLength(json!);
  return bytes > LARGEST_BYTES ? { bytes } : { json: json! };
}

function firstLine(error: unknown): string {
  return String((error as { message?: unknown }).message ?? error).split("\n")[0]!;
}

/** JSON.stringify has handled the value, so it is finite. */
function faultOf(value: unknown): string | null {
  const stack: [value: unknown, place: string, depth: number][] = [[value, "value", 0]];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [one, place, depth] = next;
    if (depth > DEEPEST) return TOO_DEEP;
    const found = kindFault(one);
    if (found !== null) return `${found} at ${place}`;
    if (typeof one !== "object" || one === null) continue;
    if (Array.isArray(one)) for (let i = one.length - 1; i >= 0; i--) stack.push([one[i], `${place}[${i}]`, depth + 1]);
    else for (const [key, inner] of Object.entries(one).reverse()) if (inner !== undefined) stack.push([inner, `${place}.${key}`, depth + 1]);
  }
  return null;
}

function kindFault(value: unknown): string | null {
  switch (typeof value) {
    case "string":
    case "boolean":
      return null;
    case "number":
      return Number.isFinite(value) ? null : String(value);
    case "object": {
      if (value === null || Array.isArray(value)) return null;
      const proto: unknown = Object.getPrototypeOf(value);
      if (proto === null || proto === Object.prototype || Object.getPrototypeOf(proto) === null) return null;
      const name = (value.constructor as { name?: string } | undefined)?.name || "class instance";
      return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
    }
    default:
      return typeof value === "undefined" ? "undefined" : `a ${typeof value}`;
  }
}
