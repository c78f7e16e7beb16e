import {
  compressedLengthOf,
  compressedOffsetOf,
  hostOffsetOf,
  L2_COMPRESSED,
  L2_DATA,
  L2_ZERO_ALLOCATED,
  l2Kind,
} from '@q/format';
import type { State } from './state.ts';

/** One user less for the host clusters that an L2 entry names, once the entry is gone from disk. */
export function freeEntry(state: State, hi: number, lo: number): void {
  if (state.data !== state.file) return;
  const kind = l2Kind(hi, lo, state.geometry.l2Rules);
  if (kind === L2_DATA || kind === L2_ZERO_ALLOCATED) {
    state.frees.add(hostOffsetOf(hi, lo) / state.clusterSize, 1);
  } else if (kind === L2_COMPRESSED) freeCompressed(state, hi, lo);
}

/** One user less for every host cluster that a compressed stream touches. */
export function freeCompressed(state: State, hi: number, lo: number): void {
  const { clusterBits } = state.geometry;
  const offset = compressedOffsetOf(hi, lo, clusterBits);
  const end = offset + compressedLengthOf(hi, lo, clusterBits);
  const first = Math.floor(offset / state.clusterSize);
  const last = Math.floor((end - 1) / state.clusterSize);
  state.frees.add(first, last - first + 1);
  state.inflated.drop();
}
