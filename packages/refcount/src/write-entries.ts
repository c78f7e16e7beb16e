import { wait, type Steps } from '@q/block';
import type { Refcounts } from './refcounts.ts';

/**
 * Enters blocks, which are durable, into the table, under consecutive indexes from `first` on: one write, which is durable afterwards. Only
 * then are they in the table in memory.
 */
export function* writeEntries(
  refcounts: Refcounts,
  first: number,
  blocks: readonly number[],
): Steps<void> {
  const { file, table, parts, geometry, unsettled } = refcounts;
  const bytes = new Uint8Array(blocks.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [i, block] of blocks.entries()) view.setBigUint64(i * 8, BigInt(block));
  try {
    yield* wait(file.write(bytes, table.offset + first * 8));
    yield* wait(file.flush());
  } catch (error) {
    unsettled.addEntries(first, first + blocks.length);
    throw error;
  }
  for (const [i, block] of blocks.entries()) {
    table.blocks[first + i] = block;
    parts.metadataAt?.(block, geometry.clusterSize);
  }
}
