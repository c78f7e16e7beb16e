// Letting go of what the active tables map behind the end of the disk.
import { readPadded, wait, type Steps } from '@q/block';
import { beforeL2Change, commit } from './commit.ts';
import { freeEntry } from './free-entry.ts';
import { ensurePrivateTable } from './private-table.ts';
import type { State } from './state.ts';

/** Freed ranges that are kept waiting before they are applied. */
const WAITING_FREES = 65536;

/**
 * Makes entries 0 that map guest offsets from `from` on, a multiple of the cluster size: of L2 tables that map nothing else, the L1 entry.
 * Snapshots keep what they have. The caller holds the image lock, with nothing in flight.
 * @throws ImageError `corrupt`, before anything is changed, for an L2 table that cannot be
 */
export function* dropMappings(state: State, from: number): Steps<void> {
  const { l1 } = state;
  const { l1Span } = state.geometry;
  const first = Math.ceil(from / l1Span);
  for (let i = first; i < l1.entries; i++) if (l1.tables[i]! < 0) l1.reject(i);
  if (from < first * l1Span && state.tableOf(from) !== 0) {
    for (let at = from; at < first * l1Span; at = state.sliceEnd(at)) yield* clearSlice(state, at);
  }
  for (let i = first; i < l1.entries; i++) if (l1.tables[i] !== 0) yield* dropTable(state, i);
}

/** Clears the entries from guest offset `from` to the end of its slice. */
function* clearSlice(state: State, from: number): Steps<void> {
  const { l2, clusterSize, slices } = state;
  const { l2EntrySize } = state.geometry;
  const first = ((from / clusterSize) % slices.entries) * l2EntrySize;
  let slot = yield* wait(l2.get(state.sliceOffset(state.tableOf(from), from)));
  const mapped = l2
    .bytes(slot)
    .subarray(first)
    .some((byte) => byte !== 0);
  l2.unpin(slot);
  if (!mapped) return;
  yield* ensurePrivateTable(state, from);
  yield* beforeL2Change(state);
  slot = yield* wait(l2.get(state.sliceOffset(state.tableOf(from), from)));
  for (let at = first; at < slices.bytes; at += l2EntrySize) {
    freeEntry(state, l2.u32(slot, at), l2.u32(slot, at + 4));
  }
  l2.bytes(slot).fill(0, first);
  l2.markDirty(slot);
  l2.unpin(slot);
}

/** Lets go of an L2 table and of everything it maps. */
function* dropTable(state: State, index: number): Steps<void> {
  const { l1, l2, clusterSize, file } = state;
  const { l2EntrySize } = state.geometry;
  const table = l1.tables[index]!;
  const bytes = new Uint8Array(clusterSize);
  yield* wait(readPadded(file, bytes, table));
  l2.overlay(table, bytes);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < clusterSize; at += l2EntrySize) {
    freeEntry(state, view.getUint32(at), view.getUint32(at + 4));
  }
  l1.tables[index] = 0;
  l1.copied[index] = 0;
  state.dirtyL1.add(index);
  state.frees.add(table / clusterSize, 1);
  if (state.frees.size > WAITING_FREES) yield* commit(state);
}
