import { lruRbtree } from '@q/cache-lru-rbtree';
import type { DriveSource } from './drive-once.ts';
import { driveOnce } from './drive-once.ts';

/** The most accesses that are recorded: 8 GiB of them. */
const ACCESS_LIMIT = 2 ** 30;

/**
 * The keys that the driver asks its L2 cache for, in order. They do not depend on the strategy or its size, so they are recorded once, and every later run is held against
 * them; Belady's bound is told them as its future.
 */
export async function recordSequence(
  source: DriveSource,
): Promise<Float64Array<SharedArrayBuffer>> {
  let keys = new Float64Array(1 << 16);
  let count = 0;
  await driveOnce(source, lruRbtree({ tables: 64 }), (key) => {
    if (count === keys.length) {
      if (count === ACCESS_LIMIT) {
        throw new RangeError(`the trace makes more than ${ACCESS_LIMIT} accesses`);
      }
      const grown = new Float64Array(count * 2);
      grown.set(keys);
      keys = grown;
    }
    keys[count++] = key;
  });
  const sequence = new Float64Array(new SharedArrayBuffer(count * 8));
  sequence.set(keys.subarray(0, count));
  return sequence;
}
