import { ImageError, wait, type Steps } from '@q/block';
import { fillRefcounts } from '@q/format';
import { changeCounts } from './change-counts.ts';
import { checkRoom } from './room.ts';
import type { Refcounts } from './refcounts.ts';
import { RefcountTable } from './table.ts';

/**
 * Lays out `payload` contiguous clusters behind everything that is counted, together with the blocks that count them:
 * `[new blocks][payload]`, from the first span without a block on. The blocks are written and durable, their table entries are not made.
 *
 * @returns the number of the first payload cluster, and the new blocks by index
 */
export function* layOut(
  refcounts: Refcounts,
  payload: number,
  from = 0,
): Steps<{ first: number; blocks: Map<number, number> }> {
  const { geometry, file, table, parts } = refcounts;
  const { clusterSize, refcountsPerBlock, refcountOrder } = geometry;
  const firstBlock = Math.max(table.endOfBlocks(), from);
  const start = firstBlock * refcountsPerBlock;
  let count = 1;
  while (count * refcountsPerBlock < count + payload) {
    count = Math.max(count + 1, Math.ceil((count + payload) / refcountsPerBlock));
  }
  checkRoom(refcounts, start, count + payload);
  parts.freed?.(start, count + payload);
  const bytes = new Uint8Array(count * clusterSize);
  const blocks = new Map<number, number>();
  let left = count + payload;
  for (let i = 0; i < count; i++) {
    const block = bytes.subarray(i * clusterSize, (i + 1) * clusterSize);
    fillRefcounts(block, refcountOrder, 0, Math.min(left, refcountsPerBlock), 1);
    left -= Math.min(left, refcountsPerBlock);
    blocks.set(firstBlock + i, (start + i) * clusterSize);
  }
  yield* wait(file.write(bytes, start * clusterSize));
  parts.metadataAt?.(start * clusterSize, count * clusterSize);
  return { first: start + count, blocks };
}

/**
 * Moves the refcount table to a larger one, about half as large again and at least so large that `index` is in it.
 *
 * Order: blocks and table, flush, header (which is durable before the old table is given back). A crash before the header leaks the new one.
 */
export function* growTable(refcounts: Refcounts, index: number): Steps<void> {
  const { geometry, file, parts } = refcounts;
  const old = refcounts.table;
  const perCluster = geometry.clusterSize / 8;
  // The new table and its blocks come behind all blocks, so they may need entries themselves: ask for room until it is enough.
  let clusters = Math.max(
    Math.ceil(old.clusters * 1.5),
    Math.ceil((index + 1) / perCluster),
    old.clusters + 1,
  );
  for (;;) {
    const blocks = Math.ceil((clusters + 1) / (geometry.refcountsPerBlock - 1)) + 1;
    const needed = Math.ceil((Math.max(old.endOfBlocks(), index) + blocks + 1) / perCluster);
    if (needed <= clusters) break;
    clusters = needed;
  }
  if (clusters * geometry.clusterSize > REFCOUNT_TABLE_MAX_BYTES) {
    throw new ImageError(
      'no-space',
      'The refcount table cannot grow any more. Convert the image to a larger cluster size.',
      { expected: REFCOUNT_TABLE_MAX_BYTES, found: clusters * geometry.clusterSize },
    );
  }
  const { first, blocks } = yield* layOut(refcounts, clusters);
  const table = new RefcountTable(first * geometry.clusterSize, clusters, geometry.clusterSize);
  table.blocks.set(old.blocks);
  for (const [at, offset] of blocks) table.blocks[at] = offset;
  yield* wait(file.write(table.serialize(), table.offset));
  yield* wait(file.flush());
  yield* wait(parts.tableMoved(table.offset, clusters));
  refcounts.table = table;
  parts.metadataAt?.(table.offset, clusters * geometry.clusterSize);
  yield* changeCounts(
    refcounts,
    [{ first: old.offset / geometry.clusterSize, count: old.clusters }],
    -1,
  );
}

/** Bytes of the largest refcount table that is accepted when an image is opened. */
export const REFCOUNT_TABLE_MAX_BYTES = 8 * 2 ** 20;
