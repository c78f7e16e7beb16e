import { run, wait, type MaybePromise, type Steps } from '@q/block';
import { fillRefcounts, nextZeroRefcount, setRefcount } from '@q/format';
import { allocateBehind } from './allocate-behind.ts';
import { changeCounts } from './change-counts.ts';
import { firstUsed } from './count-runs.ts';
import { ensureBlock } from './ensure-block.ts';
import { pinBlock } from './pin-block.ts';
import { RangeChanges } from './range-changes.ts';
import type { ClusterRange, Refcounts } from './refcounts.ts';
import { checkRoom, clustersOf } from './room.ts';
import { settle } from './unsettled.ts';

/**
 * Takes the first free cluster and those free behind it in the same block, at most `count`. Without a promise, and without a generator, as
 * long as the blocks are cached: this is what each allocating write asks for.
 */
export function allocateUpTo(refcounts: Refcounts, count: number): MaybePromise<ClusterRange> {
  const { cache, table, geometry } = refcounts;
  if (refcounts.unsettled.any) return run(allocateSteps(refcounts, count));
  for (;;) {
    const block = table.blocks[Math.floor(refcounts.hint / geometry.refcountsPerBlock)];
    if (block === undefined || block <= 0) return run(allocateSteps(refcounts, count));
    const slot = cache.lookup(block);
    if (slot < 0) return run(allocateSteps(refcounts, count, cache.load(block)));
    const range = takeFree(refcounts, slot, count);
    if (range !== undefined) return range;
  }
}

/** The same with waiting. `loaded` is the block of the hint, pinned, when it has been asked for already. */
function* allocateSteps(
  refcounts: Refcounts,
  count: number,
  loaded?: MaybePromise<number>,
): Steps<ClusterRange> {
  const { cache, geometry } = refcounts;
  if (refcounts.unsettled.any) yield* settle(refcounts);
  for (;;) {
    checkRoom(refcounts, refcounts.hint, 1);
    const index = Math.floor(refcounts.hint / geometry.refcountsPerBlock);
    const slot = loaded === undefined ? yield* pinBlock(refcounts, index) : yield* wait(loaded);
    loaded = undefined;
    if (slot < 0) {
      yield* ensureBlock(refcounts, index);
      continue;
    }
    try {
      const range = takeFree(refcounts, slot, count);
      if (range !== undefined) return range;
    } finally {
      cache.unpin(slot);
    }
  }
}

/** Takes free clusters from the block in `slot`, the one of the hint; when it has none the hint goes to the next one. */
function takeFree(refcounts: Refcounts, slot: number, count: number): ClusterRange | undefined {
  const { geometry, cache, hint } = refcounts;
  const { refcountsPerBlock, refcountOrder } = geometry;
  const block = cache.bytes(slot);
  const at = hint % refcountsPerBlock;
  const free = nextZeroRefcount(block, refcountOrder, at);
  const first = hint - at + free;
  refcounts.hint = first;
  if (free === refcountsPerBlock) return undefined;
  let length = 1;
  if (count > 1) {
    const most = Math.min(refcountsPerBlock, free + count);
    const end = firstUsed(block, refcountOrder, free, most);
    length = Math.min(end - free, clustersOf(refcounts) - first);
  }
  if (length <= 1) checkRoom(refcounts, first, (length = 1));
  if (length === 1) setRefcount(block, refcountOrder, free, 1);
  else fillRefcounts(block, refcountOrder, free, length, 1);
  cache.markDirty(slot);
  refcounts.hint = first + length;
  return { first, count: length };
}

/** Takes `count` contiguous clusters: first fit, across blocks. */
export function* allocate(refcounts: Refcounts, count: number): Steps<number> {
  if (count === 1) return (yield* wait(allocateUpTo(refcounts, 1))).first;
  if (refcounts.unsettled.any) yield* settle(refcounts);
  const { geometry, cache } = refcounts;
  const { refcountsPerBlock, refcountOrder } = geometry;
  let start = refcounts.hint;
  for (let at = start; at - start < count;) {
    checkRoom(refcounts, start, count);
    const index = Math.floor(at / refcountsPerBlock);
    const slot = yield* pinBlock(refcounts, index);
    if (slot < 0) {
      // A new block takes a cluster of its own span, so a run cannot cross into it; one that is too long for a span is laid out apart.
      if (count >= refcountsPerBlock) return yield* allocateBehind(refcounts, count);
      yield* ensureBlock(refcounts, index);
      continue;
    }
    const block = cache.bytes(slot);
    const base = index * refcountsPerBlock;
    if (at === start) start = at = base + nextZeroRefcount(block, refcountOrder, at - base);
    if (at - base < refcountsPerBlock) {
      const most = Math.min(refcountsPerBlock, start + count - base);
      at = base + firstUsed(block, refcountOrder, at - base, most);
      // In use before the run is long enough: it begins anew behind.
      if (at < base + most) start = at;
    }
    cache.unpin(slot);
  }
  yield* changeCounts(refcounts, new RangeChanges(geometry, [{ first: start, count }], 1));
  if (start === refcounts.hint) refcounts.hint = start + count;
  return start;
}
