import { wait, type Steps } from '@q/block';
import { getRefcount, nextUsedRefcount } from '@q/format';
import { pinBlock } from './pin-block.ts';
import type { Refcounts } from './refcounts.ts';
import { settle } from './unsettled.ts';

/** Takes the block with that index out of the table, when the only cluster it counts is the one it lies in. The entry is durable when it is gone. */
export function* dropBlock(refcounts: Refcounts, index: number): Steps<boolean> {
  if (refcounts.unsettled.any) yield* settle(refcounts);
  const { geometry, table, file, cache, unsettled } = refcounts;
  const { clusterSize, refcountsPerBlock, refcountOrder } = geometry;
  const cluster = table.blockAt(index) / clusterSize;
  const own = cluster - index * refcountsPerBlock;
  if (index === 0 || own < 0 || own >= refcountsPerBlock) return false;
  const slot = yield* pinBlock(refcounts, index);
  const block = cache.bytes(slot);
  const alone =
    nextUsedRefcount(block, refcountOrder, 0) === own &&
    getRefcount(block, refcountOrder, own) === 1 &&
    nextUsedRefcount(block, refcountOrder, own + 1) === refcountsPerBlock;
  cache.unpin(slot);
  if (!alone) return false;
  try {
    yield* wait(file.write(new Uint8Array(8), table.offset + index * 8));
    yield* wait(file.flush());
  } catch (error) {
    unsettled.addEntries(index, index + 1);
    throw error;
  }
  table.blocks[index] = 0;
  refcounts.noteFreed(cluster, 1);
  yield* refcounts.dropped();
  return true;
}
