import { run, wait, type MaybePromise, type Steps } from '@q/block';
import {
  entryHi,
  entryLo,
  hostOffsetOf,
  L2_COMPRESSED,
  L2_DATA,
  L2_ZERO_ALLOCATED,
  l2Kind,
} from '@q/format';
import { freeCompressed } from './free-entry.ts';
import type { CowAllocation } from './cow-source.ts';
import { beforeL2Change } from './commit.ts';
import type { State } from './state.ts';
import { untouchedSubclusters } from './untouched.ts';

/** Enters a finished run into the L2 tables and lets its old clusters go: the registry's `link`. Takes the image lock. */
export function link(state: State, allocation: CowAllocation): MaybePromise<void> {
  return state.lock.run(() => run(linkSteps(state, allocation)));
}

function* linkSteps(state: State, allocation: CowAllocation): Steps<void> {
  const { clusterSize, l2 } = state;
  yield* beforeL2Change(state);
  for (let at = allocation.guest; at < allocation.end;) {
    const limit = Math.min(allocation.end, state.sliceEnd(at));
    // The L2 table was made private when the run was chosen.
    const slot = yield* wait(l2.get(state.sliceOffset(state.tableOf(at), at)));
    const view = l2.viewOf(slot);
    const base = l2.baseOf(slot);
    for (; at < limit; at += clusterSize) linkCluster(state, allocation, view, base, at);
    l2.markDirty(slot);
    l2.unpin(slot);
  }
}

function linkCluster(
  state: State,
  allocation: CowAllocation,
  view: DataView,
  base: number,
  at: number,
): void {
  const { geometry, clusterSize } = state;
  const entry = base + ((at / clusterSize) % state.slices.entries) * geometry.l2EntrySize;
  const oldHi = view.getUint32(entry);
  const oldLo = view.getUint32(entry + 4);
  const host = allocation.hostOf(at);
  view.setUint32(entry, entryHi(host, true));
  view.setUint32(entry + 4, entryLo(host));
  if (geometry.extendedL2) linkSubclusters(state, allocation, view, entry);
  if (allocation.tag.kept) return;
  const kind = l2Kind(oldHi, oldLo, geometry.l2Rules);
  if (kind === L2_DATA || kind === L2_ZERO_ALLOCATED) {
    state.frees.add(hostOffsetOf(oldHi, oldLo) / clusterSize, 1);
  } else if (kind === L2_COMPRESSED) freeCompressed(state, oldHi, oldLo);
}

function linkSubclusters(
  state: State,
  allocation: CowAllocation,
  view: DataView,
  entry: number,
): void {
  const { tag } = allocation;
  const touched = ~untouchedSubclusters(state, allocation);
  view.setUint32(entry + 8, tag.zero & ~touched);
  view.setUint32(entry + 12, tag.allocated | touched);
}
