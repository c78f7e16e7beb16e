import { wait, type Steps } from '@q/block';
import { entryHi, entryLo, L2_UNALLOCATED, L2_ZERO, L2_ZERO_ALLOCATED } from '@q/format';
import { beforeL2Change } from './commit.ts';
import { writeData } from './encryption/data.ts';
import { freeEntry } from './free-entry.ts';
import { mapRun, Run } from './mapping.ts';
import { ensurePrivateTable } from './private-table.ts';
import { NOT_LOOKED_UP, readMapped } from './read.ts';
import type { State } from './state.ts';
import { giveBack, takeClusters } from './take-clusters.ts';

/**
 * Makes the rest of the cluster that the disk ends in read as zeroes, which a larger disk would show: what a larger one had there, or what
 * lies below. The cluster moves to a new place, whatever it was. The caller holds the image lock, with nothing in flight.
 */
export function* zeroTail(state: State): Steps<void> {
  const { clusterSize, size, data, file } = state;
  const used = size % clusterSize;
  if (used === 0) return;
  const start = size - used;
  if (yield* readsZero(state, size, start + clusterSize)) return;
  const bytes = new Uint8Array(clusterSize);
  yield* wait(readMapped(state, bytes.subarray(0, used), start, NOT_LOOKED_UP));
  yield* ensurePrivateTable(state, start);
  // External data lies at the guest's own offset.
  const host = data === file ? (yield* takeClusters(state, 1)).first * clusterSize : start;
  let slot: number;
  try {
    yield* wait(writeData(state, bytes, host, start));
    yield* beforeL2Change(state);
    slot = yield* wait(state.l2.get(state.sliceOffset(state.tableOf(start), start)));
  } catch (error) {
    if (data === file) yield* giveBack(state, host / clusterSize, 1);
    throw error;
  }
  const { l2EntrySize, extendedL2 } = state.geometry;
  const { l2, slices } = state;
  const entry = ((start / clusterSize) % slices.entries) * l2EntrySize;
  freeEntry(state, l2.u32(slot, entry), l2.u32(slot, entry + 4));
  l2.setU32(slot, entry, entryHi(host, true));
  l2.setU32(slot, entry + 4, entryLo(host));
  if (extendedL2) {
    l2.setU32(slot, entry + 8, 0);
    l2.setU32(slot, entry + 12, 0xffffffff);
  }
  l2.markDirty(slot);
  l2.unpin(slot);
}

/** Whether the mapping itself says that all of `[from, to)`, in one cluster, is zeroes. */
function* readsZero(state: State, from: number, to: number): Steps<boolean> {
  const below = state.backing !== undefined && state.backing.size > from;
  const table = state.tableOf(from);
  if (table === 0) return !below;
  const slot = yield* wait(state.l2.get(state.sliceOffset(table, from)));
  const run = new Run();
  try {
    for (let at = from; at < to; at += run.length) {
      mapRun(state, state.l2.viewOf(slot), state.l2.baseOf(slot), at, to, run);
      const { kind } = run;
      if (kind === L2_ZERO || kind === L2_ZERO_ALLOCATED) continue;
      if (kind !== L2_UNALLOCATED || below) return false;
    }
  } finally {
    state.l2.unpin(slot);
  }
  return true;
}
