import { ImageError, isImageError, wait, type Steps } from '@q/block';
import { FORMAT_LIMITS_DEFAULTS } from '@q/format';
import { changeCounts } from './change-counts.ts';
import type { Taken } from './changes.ts';
import { blocksFor, layOut } from './lay-out.ts';
import { RangeChanges } from './range-changes.ts';
import type { Refcounts } from './refcounts.ts';
import { RefcountTable } from './table.ts';

/** Bytes of the largest refcount table that is made: the largest that is accepted when an image is opened. */
export const REFCOUNT_TABLE_MAX_BYTES = FORMAT_LIMITS_DEFAULTS.refcountTableBytes;

/**
 * Moves the refcount table to a larger one, about half as large again and at least so large that `index` is in it. It lies behind all that
 * is counted or in `taken`, with blocks of its own.
 *
 * Order: blocks and table, flush, header (which is durable before the old table is given back). A crash before the header leaks the new one.
 */
export function* growTable(refcounts: Refcounts, index: number, taken?: Taken): Steps<void> {
  const { geometry, file, parts, unsettled } = refcounts;
  const { clusterSize, refcountsPerBlock } = geometry;
  const old = refcounts.table;
  const start = Math.max(old.endOfBlocks(), Math.ceil((taken?.end ?? 0) / refcountsPerBlock));
  const clusters = clustersFor(refcounts, start, index);
  const laidOut = yield* layOut(refcounts, clusters, start);
  const table = new RefcountTable(laidOut.first * clusterSize, clusters, clusterSize);
  table.blocks.set(old.blocks);
  table.blocks.set(laidOut.blocks, laidOut.index);
  yield* wait(file.write(table.serialize(), table.offset));
  yield* wait(file.flush());
  // Until this is known to have succeeded, nobody knows which of the two the header names.
  unsettled.header = true;
  yield* wait(parts.tableMoved(table.offset, clusters));
  unsettled.header = false;
  refcounts.table = table;
  parts.metadataAt?.(table.offset, clusters * clusterSize);
  for (const block of laidOut.blocks) parts.metadataAt?.(block, clusterSize);
  const range = { first: old.offset / clusterSize, count: old.clusters };
  const release = new RangeChanges(geometry, [range], -1);
  try {
    yield* changeCounts(refcounts, release);
  } catch (error) {
    // The table has moved all the same; the old one is given back later. Where its counts were wrong it cannot be.
    if (isImageError(error, 'corrupt')) throw error;
    unsettled.changes.unshift(release);
  }
}

/** Clusters of a table that has `index`, and entries for the blocks that are laid out with it from index `start` on. */
function clustersFor(refcounts: Refcounts, start: number, index: number): number {
  const { clusterSize, refcountsPerBlock } = refcounts.geometry;
  const old = refcounts.table.clusters;
  const most = REFCOUNT_TABLE_MAX_BYTES / clusterSize;
  let clusters = Math.max(old + 1, Math.min(Math.ceil(old * 1.5), most));
  for (;;) {
    const entries = Math.max(index + 1, start + blocksFor(clusters, refcountsPerBlock));
    const needed = Math.ceil((entries * 8) / clusterSize);
    if (needed <= clusters) break;
    clusters = needed;
  }
  if (clusters <= most) return clusters;
  throw new ImageError(
    'no-space',
    'The refcount table cannot grow any more. Convert the image to a larger cluster size.',
    { expected: REFCOUNT_TABLE_MAX_BYTES, found: clusters * clusterSize },
  );
}
