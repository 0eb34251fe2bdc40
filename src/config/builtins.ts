// Puts back what a config replaces of the language's own objects (a polyfill, another JSON.stringify): tg itself runs on
// them, and later commands read what it writes. What a config adds to them stays. Knows no config.

const NAMES = [
  "Array", "ArrayBuffer", "BigInt", "Boolean", "DataView", "Date", "Error", "Function", "JSON", "Map", "Math", "Number", "Object", "Promise",
  "Proxy", "RangeError", "Reflect", "RegExp", "Set", "String", "Symbol", "SyntaxError", "TypeError", "Uint8Array", "Uint32Array", "WeakMap", "WeakSet",
] as const;

const { defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
const { is } = Object;

interface Member {
  readonly owner: object;
  readonly key: PropertyKey;
  /** undefined: there is none. */
  readonly was: PropertyDescriptor | undefined;
}

/** What the returned function puts back is what there is now. */
export function keepBuiltins(): () => void {
  const members = membersNow();
  // By index: an array's iterator may be among what was replaced.
  return () => {
    for (let i = 0; i < members.length; i++) putBack(members[i]!);
  };
}

function putBack({ owner, key, was }: Member): void {
  const now = getOwnPropertyDescriptor(owner, key);
  if (was === undefined) {
    if (now !== undefined) deleteProperty(owner, key);
  } else if (now === undefined || !is(now.value, was.value) || now.get !== was.get || now.set !== was.set) defineProperty(owner, key, was);
}

function membersNow(): Member[] {
  const members: Member[] = [];
  const add = (owner: object, key: PropertyKey): void => void members.push({ owner, key, was: getOwnPropertyDescriptor(owner, key) });
  const owners = new Set<object>([getPrototypeOf(Uint8Array)!, getPrototypeOf(Uint8Array.prototype)!, getPrototypeOf([].values())!, getPrototypeOf(new Map().values())!, getPrototypeOf(new Set().values())!]);
  for (const name of NAMES) {
    const owner = globalThis[name] as object & { readonly prototype?: object };
    add(globalThis, name);
    owners.add(owner);
    if (owner.prototype !== undefined) owners.add(owner.prototype);
  }
  for (const owner of owners) for (const key of ownKeys(owner)) add(owner, key);
  // JSON.stringify would call it for whatever tg writes.
  for (const { prototype } of [Array, Boolean, Number, Object, String]) if (!Object.hasOwn(prototype, "toJSON")) add(prototype, "toJSON");
  return members;
}
