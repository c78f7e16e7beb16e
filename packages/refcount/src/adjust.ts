import type { Steps } from '@q/block';
import { changeCounts } from './change-counts.ts';
import type { Changes } from './changes.ts';
import { ensureBlock } from './ensure-block.ts';
import type { Refcounts } from './refcounts.ts';
import { settle } from './unsettled.ts';

/** Makes changes to counts, and the blocks that are missing where counts go up: see {@link changeCounts}. */
export function* adjust(refcounts: Refcounts, changes: Changes): Steps<void> {
  if (refcounts.unsettled.any) yield* settle(refcounts);
  if (changes.up) {
    let validated = false;
    for (let i = 0; i < changes.length; i = changes.endOf(i)) {
      const block = changes.blockOf(i);
      if (refcounts.table.blockAt(block) !== 0) continue;
      if (!validated) changes.validate();
      validated = true;
      yield* ensureBlock(refcounts, block, changes);
    }
  }
  yield* changeCounts(refcounts, changes);
}
