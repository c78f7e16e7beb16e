import { isImageError, run, wait, type MaybePromise, type Steps } from '@q/block';
import type { ClusterRange } from '@q/refcount';
import { commit } from './commit.ts';
import type { CowAllocation } from './cow-source.ts';
import { markCorrupt } from './header-flags.ts';
import type { State } from './state.ts';

/**
 * Takes up to `count` contiguous host clusters. When the device is full, clusters that only wait for a flush are given back first.
 * A cluster that the refcounts call free and that holds metadata marks the image corrupt.
 */
export function* takeClusters(state: State, count: number): Steps<ClusterRange> {
  let range: ClusterRange;
  try {
    range = yield* wait(state.refcounts.allocateUpTo(count));
  } catch (error) {
    if (!isImageError(error, 'no-space') || state.frees.size === 0) throw error;
    yield* commit(state);
    range = yield* wait(state.refcounts.allocateUpTo(count));
  }
  const at = state.metadata.overlap(range.first, range.count);
  if (at < 0) return range;
  yield* giveBack(state, range.first, range.count);
  return yield* markCorrupt(state, at * state.clusterSize, 'a cluster that counts as free');
}

/** Takes `count` contiguous host clusters for a table, as {@link takeClusters} does. @returns the number of the first */
export function* takeContiguous(state: State, count: number): Steps<number> {
  let first: number;
  try {
    first = yield* wait(state.refcounts.allocate(count));
  } catch (error) {
    if (!isImageError(error, 'no-space') || state.frees.size === 0) throw error;
    yield* commit(state);
    first = yield* wait(state.refcounts.allocate(count));
  }
  const at = state.metadata.overlap(first, count);
  if (at < 0) return first;
  yield* giveBack(state, first, count);
  return yield* markCorrupt(state, at * state.clusterSize, 'a cluster that counts as free');
}

/** Gives clusters back that nothing has ever named. */
export function* giveBack(state: State, first: number, count: number): Steps<void> {
  yield* wait(state.refcounts.adjust([{ first, count }], -1));
  yield* wait(state.drops.done());
}

/** Gives back what an allocation had taken: the registry's `cancel`. Takes the image lock. */
export function cancel(state: State, allocation: CowAllocation): MaybePromise<void> {
  if (allocation.tag.kept) return;
  const { clusterSize } = state;
  return state.lock.run(() =>
    run(giveBack(state, allocation.host / clusterSize, allocation.length / clusterSize)),
  );
}
