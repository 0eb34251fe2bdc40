// Maps texts to their numbers with an open-addressing hash table of plain integers, which can be stored and read back without
// work. Knows neither paths nor tasks.

/** FNV-1a over UTF-16 units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** The table for texts 0 … count-1, at most half full. A slot holds a number + 1; 0: free. */
export function makeSlots(count: number, textOf: (id: number) => string): Uint32Array {
  let size = 8;
  while (size < count * 2) size *= 2;
  const slots = new Uint32Array(size);
  for (let id = 0; id < count; id++) {
    let at = hashOf(textOf(id)) & (size - 1);
    while (slots[at] !== 0) at = (at + 1) & (size - 1);
    slots[at] = id + 1;
  }
  return slots;
}

/** The number of `text`, or -1. */
export function findSlot(slots: Uint32Array, text: string, textOf: (id: number) => string): number {
  const mask = slots.length - 1;
  if (mask < 0) return -1;
  // A damaged table may have no free slot.
  for (let at = hashOf(text) & mask, left = mask; slots[at] !== 0 && left >= 0; at = (at + 1) & mask, left--) {
    const id = slots[at]! - 1;
    if (textOf(id) === text) return id;
  }
  return -1;
}
