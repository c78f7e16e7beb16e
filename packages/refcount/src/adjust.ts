import type { Steps } from '@q/block';
import { changeCounts } from './change-counts.ts';
import { ensureBlock } from './ensure-block.ts';
import type { ClusterRange, Refcounts } from './refcounts.ts';

/** Adds `delta` to the counts of all clusters in `ranges`, making the blocks that are missing: see {@link changeCounts}. */
export function* adjust(
  refcounts: Refcounts,
  ranges: readonly ClusterRange[],
  delta: number,
): Steps<void> {
  if (delta > 0) {
    const { refcountsPerBlock } = refcounts.geometry;
    for (const { first, count } of ranges) {
      const last = Math.floor((first + count - 1) / refcountsPerBlock);
      for (let block = Math.floor(first / refcountsPerBlock); block <= last; block++) {
        yield* ensureBlock(refcounts, block);
      }
    }
  }
  yield* changeCounts(refcounts, ranges, delta);
}
