import { ImageError, wait, type Steps } from '@q/block';
import { fillRefcounts, nextZeroRefcount } from '@q/format';
import type { Taken } from './changes.ts';
import { growTable } from './grow-table.ts';
import { pinBlock } from './pin-block.ts';
import type { Refcounts } from './refcounts.ts';
import { checkRoom } from './room.ts';
import { writeEntries } from './write-entries.ts';

/**
 * Makes the block with that index, if it is missing, outside of the clusters in `taken`. It lies in the first cluster it counts itself, so no
 * other block changes; when all of those are taken, in another span.
 *
 * Order: block, flush, table entry, flush. A table entry never names a block that is not on disk.
 */
export function* ensureBlock(refcounts: Refcounts, index: number, taken?: Taken): Steps<void> {
  const { geometry, file, parts } = refcounts;
  const { refcountsPerBlock, refcountOrder, clusterSize } = geometry;
  if (index >= refcounts.table.blocks.length) yield* growTable(refcounts, index, taken);
  if (refcounts.table.blockAt(index) !== 0) return;
  const first = index * refcountsPerBlock;
  if (first === 0) {
    throw new ImageError(
      'corrupt',
      'The refcount block that counts the header is missing. The image is damaged: run a repair before writing.',
      { offset: refcounts.table.offset, subject: 'refcount table entry' },
    );
  }
  const block = new Uint8Array(clusterSize);
  let home = first;
  while (home < first + refcountsPerBlock && taken?.has(home) === true) home++;
  if (home < first + refcountsPerBlock) {
    checkRoom(refcounts, home, 1);
    fillRefcounts(block, refcountOrder, home - first, 1, 1);
    // What the cluster was before it was freed may still be cached.
    yield* wait(parts.freed?.(home, 1));
  } else home = yield* homeElsewhere(refcounts, taken!);
  yield* wait(file.write(block, home * clusterSize));
  yield* wait(file.flush());
  yield* writeEntries(refcounts, index, [home * clusterSize]);
}

/** Takes a cluster behind all that is counted or taken; its count is durable. */
function* homeElsewhere(refcounts: Refcounts, taken: Taken): Steps<number> {
  const { geometry, cache } = refcounts;
  const { refcountsPerBlock, refcountOrder } = geometry;
  const behind = Math.ceil(taken.end / refcountsPerBlock);
  for (let index = Math.max(refcounts.table.endOfBlocks(), behind); ; index++) {
    yield* ensureBlock(refcounts, index, taken);
    const slot = yield* pinBlock(refcounts, index);
    const free = nextZeroRefcount(cache.bytes(slot), refcountOrder, 0);
    if (free < refcountsPerBlock) {
      fillRefcounts(cache.bytes(slot), refcountOrder, free, 1, 1);
      cache.markDirty(slot);
    }
    cache.unpin(slot);
    if (free === refcountsPerBlock) continue;
    yield* wait(cache.flush());
    return index * refcountsPerBlock + free;
  }
}
