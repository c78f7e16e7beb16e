import type { Steps } from '@q/block';
import type { Changes } from './changes.ts';
import { pinBlock } from './pin-block.ts';
import type { Refcounts } from './refcounts.ts';

/**
 * Makes changes to counts, all or none: first all of them are checked, then all are made, block by block in ascending order, so each block is
 * loaded at most twice, and once when there is only one. Where counts go up, the blocks exist.
 *
 * A block that cannot be loaded any more in the second pass leaves changes half made: they are taken back before anything else is done here
 * ({@link settle}).
 */
export function* changeCounts(refcounts: Refcounts, changes: Changes): Steps<void> {
  const { length } = changes;
  if (length === 0) return;
  const { cache } = refcounts;
  for (let i = 0; i < length;) {
    const end = changes.endOf(i);
    const slot = yield* pinBlock(refcounts, changes.blockOf(i));
    try {
      changes.check(slot < 0 ? undefined : cache.bytes(slot), i, end);
      if (end - i === length) change(refcounts, changes, slot, i, end);
    } finally {
      if (slot >= 0) cache.unpin(slot);
    }
    if (end - i === length) return yield* refcounts.dropped();
    i = end;
  }
  for (let i = 0; i < length;) {
    const end = changes.endOf(i);
    let slot: number;
    try {
      slot = yield* pinBlock(refcounts, changes.blockOf(i));
    } catch (error) {
      if (i > 0) refcounts.unsettled.changes.push(changes.opposite(i));
      throw error;
    }
    try {
      change(refcounts, changes, slot, i, end);
    } finally {
      cache.unpin(slot);
    }
    i = end;
  }
  yield* refcounts.dropped();
}

function change(
  refcounts: Refcounts,
  changes: Changes,
  slot: number,
  from: number,
  to: number,
): void {
  refcounts.cache.markDirty(slot);
  changes.apply(refcounts.cache.bytes(slot), from, to, refcounts.noteFreed);
}
