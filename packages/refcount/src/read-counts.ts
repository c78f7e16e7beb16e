import type { Steps } from '@q/block';
import { getRefcount } from '@q/format';
import { pinBlock } from './pin-block.ts';
import type { Refcounts } from './refcounts.ts';
import { settle } from './unsettled.ts';

/** Fills `into` with the counts of the clusters from `first` on. */
export function* readCounts(
  refcounts: Refcounts,
  first: number,
  into: Float64Array | Uint32Array,
): Steps<void> {
  if (refcounts.unsettled.any) yield* settle(refcounts);
  const { refcountsPerBlock, refcountOrder } = refcounts.geometry;
  for (let done = 0; done < into.length;) {
    const index = Math.floor((first + done) / refcountsPerBlock);
    const from = (first + done) % refcountsPerBlock;
    const length = Math.min(refcountsPerBlock - from, into.length - done);
    const slot = yield* pinBlock(refcounts, index);
    if (slot < 0) into.fill(0, done, done + length);
    else {
      const block = refcounts.cache.bytes(slot);
      for (let i = 0; i < length; i++) into[done + i] = getRefcount(block, refcountOrder, from + i);
      refcounts.cache.unpin(slot);
    }
    done += length;
  }
}
