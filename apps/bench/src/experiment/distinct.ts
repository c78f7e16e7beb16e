import { emptyStats, SlotIndex } from '@q/cache';

/**
 * How many different keys there are: the misses of a cache that never evicts. Grows a `SlotIndex`, because a `Set` ends at 2^24 entries.
 */
export function countDistinct(keys: Float64Array): number {
  const stats = emptyStats();
  let capacity = 1024;
  let index = new SlotIndex(capacity);
  let distinct = 0;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (index.find(key, stats) >= 0) continue;
    if (distinct === capacity) {
      const known = index.keys;
      capacity *= 2;
      index = new SlotIndex(capacity);
      for (let slot = 0; slot < distinct; slot++) index.set(known[slot]!, slot);
    }
    index.set(key, distinct++);
  }
  return distinct;
}
