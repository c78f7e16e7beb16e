// COPIED says that a cluster has one user and may be written in place. In the active tables it must agree with the refcounts; in those of snapshots nobody believes it.
import { wait, type Steps } from '@q/block';
import { hostOffsetOf, L2_DATA, L2_ZERO_ALLOCATED, l2Kind } from '@q/format';
import { tallyWindows, type TallyWindow } from '@q/refcount';
import type { L1Table } from '../l1-table.ts';
import type { State } from '../state.ts';
import { rewriteTables } from './rewrite-tables.ts';

/** Counts read at once. */
const CHUNK = 2 ** 15;

/** Clears COPIED in all entries of the L2 tables that `wanted` names, each of which has one. */
export function* clearCopied(state: State, l1: L1Table, wanted: Uint8Array): Steps<void> {
  const { clusterSize, geometry } = state;
  const { l2EntrySize } = geometry;
  yield* rewriteTables(state, l1, wanted, (view, base) => {
    const bytes = new Uint8Array(view.buffer, base, clusterSize);
    for (let at = 0; at < clusterSize; at += l2EntrySize) bytes[at] = bytes[at]! & 0x7f;
    return true;
  });
}

/** Sets COPIED in the active L1 table and its L2 tables as the refcounts say, and writes what changes. */
export function* restoreCopied(state: State): Steps<void> {
  const { l1, geometry, clusterSize } = state;
  const { l2EntrySize, l2Rules } = geometry;
  const perByte = 1 / clusterSize;
  let changedL1 = false;
  for (const window of tallyWindows(state.refcounts, state.tallyClusters)) {
    const first = window.firstBlock * geometry.refcountsPerBlock;
    const ones = yield* readOnes(state, window);
    for (let i = 0; i < l1.entries; i++) {
      const due = ones[l1.tables[i]! * perByte - first];
      if (l1.tables[i] === 0 || due === undefined || due === l1.copied[i]) continue;
      l1.copied[i] = due;
      changedL1 = true;
    }
    yield* rewriteTables(state, l1, undefined, (view, base) => {
      const end = base + clusterSize;
      let changed = false;
      for (let at = base; at < end; at += l2EntrySize) {
        const hi = view.getUint32(at);
        const lo = view.getUint32(at + 4);
        const kind = l2Kind(hi, lo, l2Rules);
        if (kind !== L2_DATA && kind !== L2_ZERO_ALLOCATED) continue;
        const cluster = hostOffsetOf(hi, lo) * perByte - first;
        if (cluster < 0 || cluster >= ones.length || ones[cluster] === hi >>> 31) continue;
        view.setUint32(at, (hi ^ 0x80000000) >>> 0);
        changed = true;
      }
      return changed;
    });
  }
  if (changedL1) yield* wait(state.file.write(l1.serialize(l1.entries * 8), l1.offset));
}

/** 1 for each cluster of the window whose count is 1. */
function* readOnes(state: State, { firstBlock, blocks }: TallyWindow): Steps<Uint8Array> {
  const { refcountsPerBlock, refcountOrder } = state.geometry;
  const first = firstBlock * refcountsPerBlock;
  const ones = new Uint8Array(blocks * refcountsPerBlock);
  const size = Math.min(CHUNK, ones.length);
  const chunk = refcountOrder === 6 ? new Float64Array(size) : new Uint32Array(size);
  for (let done = 0; done < ones.length; done += size) {
    yield* wait(state.refcounts.readRange(first + done, chunk));
    for (let i = 0; i < size; i++) ones[done + i] = chunk[i] === 1 ? 1 : 0;
  }
  return ones;
}
