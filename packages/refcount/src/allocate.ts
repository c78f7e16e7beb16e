import { wait, type Steps } from '@q/block';
import { fillRefcounts, nextUsedRefcount, nextZeroRefcount } from '@q/format';
import { ensureBlock } from './ensure-block.ts';
import { pinBlock } from './pin-block.ts';
import { checkRoom } from './room.ts';
import { layOut } from './grow-table.ts';
import type { ClusterRange, Refcounts } from './refcounts.ts';
import { tableEntry } from './table.ts';

/** Takes the first free cluster and those free behind it in the same block, at most `count`. */
export function* allocateUpTo(refcounts: Refcounts, count: number): Steps<ClusterRange> {
  const { geometry, cache } = refcounts;
  const { refcountsPerBlock, refcountOrder } = geometry;
  for (let at = Math.max(1, refcounts.hint); ;) {
    const index = Math.floor(at / refcountsPerBlock);
    const slot = yield* pinBlock(refcounts, index);
    if (slot < 0) {
      yield* ensureBlock(refcounts, index);
      continue;
    }
    const block = cache.bytes(slot);
    const from = nextZeroRefcount(block, refcountOrder, at % refcountsPerBlock);
    if (from === refcountsPerBlock) {
      cache.unpin(slot);
      at = (index + 1) * refcountsPerBlock;
      refcounts.hint = at;
      continue;
    }
    const length = zeroRun(block, refcountOrder, from, count);
    const first = index * refcountsPerBlock + from;
    take(refcounts, slot, first, length);
    refcounts.hint = first + length;
    return { first, count: length };
  }
}

/** Zero counts from `from` on, at most `count`: looks no further than that. */
function zeroRun(block: Uint8Array, order: number, from: number, count: number): number {
  if (count === 1) return 1;
  return Math.min(count, nextUsedRefcount(block, order, from) - from);
}

/** Sets counts to 1, in a pinned block, and unpins it. */
function take(refcounts: Refcounts, slot: number, first: number, count: number): void {
  const { geometry, cache } = refcounts;
  const { refcountsPerBlock, refcountOrder } = geometry;
  try {
    checkRoom(refcounts, first, count);
    fillRefcounts(cache.bytes(slot), refcountOrder, first % refcountsPerBlock, count, 1);
    cache.markDirty(slot);
  } finally {
    cache.unpin(slot);
  }
}

/** Takes `count` contiguous clusters: first fit, across blocks. */
export function* allocate(refcounts: Refcounts, count: number): Steps<number> {
  if (count === 1) return (yield* allocateUpTo(refcounts, 1)).first;
  const { geometry, cache } = refcounts;
  const { refcountsPerBlock, refcountOrder } = geometry;
  let start = Math.max(1, refcounts.hint);
  let at = start;
  while (at - start < count) {
    const index = Math.floor(at / refcountsPerBlock);
    const slot = yield* pinBlock(refcounts, index);
    if (slot < 0) {
      // A new block would take a cluster of its own span, so a run cannot cross into it; one that is too long for a span is laid out apart.
      if (count >= refcountsPerBlock) return yield* allocateBehind(refcounts, count);
      yield* ensureBlock(refcounts, index);
      continue;
    }
    const block = cache.bytes(slot);
    const base = index * refcountsPerBlock;
    if (at === start) {
      start = base + nextZeroRefcount(block, refcountOrder, at - base);
      at = start;
    }
    if (at - base < refcountsPerBlock) {
      const used = base + nextUsedRefcount(block, refcountOrder, at - base);
      at = Math.min(used, start + count);
      if (at - start < count && used < base + refcountsPerBlock) start = at = used;
    }
    cache.unpin(slot);
  }
  checkRoom(refcounts, start, count);
  for (at = start; at < start + count;) {
    const index = Math.floor(at / refcountsPerBlock);
    const end = Math.min(start + count, (index + 1) * refcountsPerBlock);
    const slot = yield* pinBlock(refcounts, index);
    take(refcounts, slot, at, end - at);
    at = end;
  }
  if (start === refcounts.hint) refcounts.hint = start + count;
  return start;
}

/** Takes `count` clusters behind all that is counted, with blocks of their own. */
function* allocateBehind(refcounts: Refcounts, count: number): Steps<number> {
  const { file } = refcounts;
  const { refcountsPerBlock } = refcounts.geometry;
  // Room in the table first: growing it lays out blocks as well.
  const spans = Math.ceil((count + 1) / (refcountsPerBlock - 1)) + 1;
  const last = refcounts.table.endOfBlocks() + spans;
  if (last >= refcounts.table.blocks.length) yield* ensureBlock(refcounts, last);
  const { first, blocks } = yield* layOut(refcounts, count);
  yield* wait(file.flush());
  for (const [index, offset] of blocks) {
    yield* wait(file.write(tableEntry(offset), refcounts.table.offset + index * 8));
    refcounts.table.blocks[index] = offset;
  }
  return first;
}
