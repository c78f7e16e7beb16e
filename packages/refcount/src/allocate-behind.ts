import { wait, type Steps } from '@q/block';
import { growTable } from './grow-table.ts';
import { blocksFor, layOut } from './lay-out.ts';
import type { Refcounts } from './refcounts.ts';
import { writeEntries } from './write-entries.ts';

/**
 * Takes `count` contiguous clusters behind all that is counted, with blocks of their own: for runs that are longer than what a block counts.
 * Their counts are durable afterwards.
 */
export function* allocateBehind(refcounts: Refcounts, count: number): Steps<number> {
  const { geometry, file } = refcounts;
  const blocks = blocksFor(count, geometry.refcountsPerBlock);
  // A table that grows lays out blocks itself, and then more entries are needed.
  for (;;) {
    const end = refcounts.table.endOfBlocks() + blocks;
    if (end <= refcounts.table.blocks.length) break;
    yield* growTable(refcounts, end - 1);
  }
  const laidOut = yield* layOut(refcounts, count, refcounts.table.endOfBlocks());
  yield* wait(file.flush());
  yield* writeEntries(refcounts, laidOut.index, laidOut.blocks);
  return laidOut.first;
}
