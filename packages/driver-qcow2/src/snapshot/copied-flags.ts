// COPIED says that a cluster has one user and may be written in place. In the active tables it must agree with the refcounts; in those of snapshots nobody believes it.
import { wait, type Steps } from '@q/block';
import { hostOffsetOf, L2_DATA, L2_ZERO_ALLOCATED, l2Kind, type Geometry } from '@q/format';
import { tallyWindows } from '@q/refcount';
import type { L1Table } from '../l1-table.ts';
import type { State } from '../state.ts';
import { endOfRun } from './end-of-run.ts';
import { rewriteTables } from './rewrite-tables.ts';

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
  const perByte = 1 / clusterSize;
  let changedL1 = false;
  for (const window of tallyWindows(state.refcounts, state.tallyClusters)) {
    const first = window.firstBlock * geometry.refcountsPerBlock;
    const ones = new Uint8Array(window.blocks * geometry.refcountsPerBlock);
    yield* wait(state.refcounts.readOnes(first, ones));
    for (let i = 0; i < l1.entries; i++) {
      const due = ones[l1.tables[i]! * perByte - first];
      if (l1.tables[i] === 0 || due === undefined || due === l1.copied[i]) continue;
      l1.copied[i] = due;
      changedL1 = true;
    }
    yield* rewriteTables(state, l1, undefined, (view, base) =>
      restoreTable(geometry, view, base, ones, first),
    );
  }
  if (changedL1) yield* wait(state.file.write(l1.serialize(l1.entries * 8), l1.offset));
}

/** Sets the flags of a table's entries to what `ones` has for their clusters, the first of which is number `first`. @returns whether one has changed */
function restoreTable(
  geometry: Geometry,
  view: DataView,
  base: number,
  ones: Uint8Array,
  first: number,
): boolean {
  const { clusterSize, l2EntrySize, l2Rules } = geometry;
  const end = base + clusterSize;
  const bytes = new Uint8Array(view.buffer);
  let changed = false;
  for (let at = base; at < end;) {
    const hi = view.getInt32(at);
    const lo = view.getInt32(at + 4);
    const start = at;
    at += l2EntrySize;
    if ((hi | lo) === 0) continue;
    const kind = l2Kind(hi, lo, l2Rules);
    if (kind !== L2_DATA && kind !== L2_ZERO_ALLOCATED) continue;
    at = endOfRun(view, hi, lo, at, end, clusterSize, l2EntrySize);
    const place = hostOffsetOf(hi, lo) / clusterSize - first;
    const skipped = Math.max(0, -place);
    const stop = Math.min(at, start + (ones.length - place) * l2EntrySize);
    const flag = hi >>> 31;
    let cluster = place + skipped;
    if (cluster >= ones.length) continue;
    // An integer of 32 bits from here on.
    cluster |= 0;
    for (let entry = start + skipped * l2EntrySize; entry < stop; entry += l2EntrySize) {
      if (ones[cluster++] === flag) continue;
      bytes[entry] = bytes[entry]! ^ 0x80;
      changed = true;
    }
  }
  return changed;
}
