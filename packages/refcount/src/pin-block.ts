import { wait, type Steps } from '@q/block';
import type { Refcounts } from './refcounts.ts';

/** Pins the block with that index into the cache; -1 when there is none. */
export function* pinBlock(refcounts: Refcounts, index: number): Steps<number> {
  const offset = refcounts.table.blockAt(index);
  return offset === 0 ? -1 : yield* wait(refcounts.cache.get(offset));
}
