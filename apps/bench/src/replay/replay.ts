import type { CacheStrategy } from '@q/cache';

/**
 * The replay: every key in order, each a find, and a place after a miss. Whatever is to be known is in `strategy.stats` afterwards.
 *
 * A thread or process should call this with strategies of one class only: with a second class the two calls become polymorphic,
 * are not inlined any more, and every later figure is two to five times too slow.
 */
export function replay(strategy: CacheStrategy, keys: Float64Array): void {
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (strategy.find(key) < 0) strategy.place(key);
  }
}
