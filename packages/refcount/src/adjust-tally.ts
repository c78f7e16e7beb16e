import type { Steps } from '@q/block';
import { adjust } from './adjust.ts';
import { pinBlock } from './pin-block.ts';
import type { Refcounts } from './refcounts.ts';
import { refuseBehind, TallyChanges } from './tally-changes.ts';
import type { Tally } from './tally.ts';
import { settle } from './unsettled.ts';

/** Changes the counts of all clusters of a tally: see {@link Refcounts.adjustTally}. */
export function* adjustTally(refcounts: Refcounts, tally: Tally, delta: 1 | -1): Steps<void> {
  refuseBehind(refcounts.geometry, tally, refcounts.table.endOfBlocks());
  yield* adjust(refcounts, new TallyChanges(refcounts.geometry, tally, delta));
}

/** Only the check of {@link adjustTally}. */
export function* checkTally(refcounts: Refcounts, tally: Tally, delta: 1 | -1): Steps<void> {
  if (refcounts.unsettled.any) yield* settle(refcounts);
  refuseBehind(refcounts.geometry, tally, refcounts.table.endOfBlocks());
  const changes = new TallyChanges(refcounts.geometry, tally, delta);
  for (let i = 0; i < changes.length; i++) {
    const slot = yield* pinBlock(refcounts, changes.blockOf(i));
    try {
      changes.check(slot < 0 ? undefined : refcounts.cache.bytes(slot), i);
    } finally {
      if (slot >= 0) refcounts.cache.unpin(slot);
    }
  }
}
