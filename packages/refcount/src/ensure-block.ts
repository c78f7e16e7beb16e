import { ImageError, wait, type Steps } from '@q/block';
import { fillRefcounts } from '@q/format';
import { growTable } from './grow-table.ts';
import { checkRoom } from './room.ts';
import type { Refcounts } from './refcounts.ts';
import { tableEntry } from './table.ts';

/**
 * Makes the block with that index, if it is missing. It lies in the first cluster that it counts itself, so no other block changes.
 *
 * Order: block, flush, table entry. A table entry never names a block that is not on disk.
 */
export function* ensureBlock(refcounts: Refcounts, index: number): Steps<void> {
  const { geometry, file, parts } = refcounts;
  if (index >= refcounts.table.blocks.length) yield* growTable(refcounts, index);
  if (refcounts.table.blockAt(index) !== 0) return;
  const first = index * geometry.refcountsPerBlock;
  if (first === 0) {
    throw new ImageError(
      'corrupt',
      'The refcount block that counts the header is missing. The image is damaged: run a repair before writing.',
      { offset: refcounts.table.offset, subject: 'refcount table entry' },
    );
  }
  const offset = first * geometry.clusterSize;
  checkRoom(refcounts, first, 1);
  const block = new Uint8Array(geometry.clusterSize);
  fillRefcounts(block, geometry.refcountOrder, 0, 1, 1);
  // What the cluster was before it was freed may still be cached.
  parts.freed?.(first, 1);
  yield* wait(file.write(block, offset));
  yield* wait(file.flush());
  yield* wait(file.write(tableEntry(offset), refcounts.table.offset + index * 8));
  refcounts.table.blocks[index] = offset;
  parts.metadataAt?.(offset, geometry.clusterSize);
}
