import type { CacheStrategy } from '@q/cache';

/** Finds every key and places the missed ones, as a cache does. Returns the misses. */
export function replay(strategy: CacheStrategy, keys: ArrayLike<number>): number {
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (strategy.find(key) < 0) strategy.place(key);
  }
  return strategy.stats.misses;
}
