// What zeroing or discarding does to one L2 entry.
import {
  isCopied,
  L2_COMPRESSED,
  L2_DATA,
  L2_UNALLOCATED,
  L2_ZERO,
  L2_ZERO_ALLOCATED,
  L2_ZERO_LO,
  l2Kind,
} from '@q/format';
import { freeEntry } from './free-entry.ts';
import type { State } from './state.ts';

/** `zero` keeps host clusters where it can, `unmap` gives them back; both read as zeroes. `discard` is `unmap` that may also do nothing. */
export type ZeroMode = 'zero' | 'unmap' | 'discard';

/**
 * Makes the cluster of guest offset `at` read as zeroes by its entry alone.
 * @returns whether the entry changed
 */
export function zeroEntry(
  state: State,
  view: DataView,
  entry: number,
  at: number,
  mode: ZeroMode,
): boolean {
  const { geometry } = state;
  const hi = view.getUint32(entry);
  const lo = view.getUint32(entry + 4);
  const kind = l2Kind(hi, lo, geometry.l2Rules);
  if (geometry.extendedL2) return zeroExtended(state, view, entry, at, mode);
  const below = state.backing !== undefined && state.backing.size > at;
  if (kind === L2_ZERO || (kind === L2_UNALLOCATED && !below)) return false;
  if (kind === L2_ZERO_ALLOCATED && mode === 'zero') return false;
  if (kind === L2_DATA && mode === 'zero' && isCopied(hi) && geometry.version >= 3) {
    view.setUint32(entry + 4, lo + L2_ZERO_LO);
    return true;
  }
  freeEntry(state, hi, lo);
  view.setUint32(entry, 0);
  // Version 2 has no zero flag; `canZero` has made sure that nothing lies below.
  view.setUint32(entry + 4, geometry.version === 2 ? 0 : L2_ZERO_LO);
  return true;
}

function zeroExtended(
  state: State,
  view: DataView,
  entry: number,
  at: number,
  mode: ZeroMode,
): boolean {
  const hi = view.getUint32(entry);
  const lo = view.getUint32(entry + 4);
  const kind = l2Kind(hi, lo, state.geometry.l2Rules);
  const zero = view.getUint32(entry + 8);
  const below = state.backing !== undefined && state.backing.size > at;
  if (kind === L2_UNALLOCATED && (zero === 0xffffffff || (zero === 0 && !below))) return false;
  if (kind === L2_DATA && mode === 'zero' && isCopied(hi)) {
    if (zero === 0xffffffff) return false;
  } else {
    freeEntry(state, hi, lo);
    view.setUint32(entry, 0);
    view.setUint32(entry + 4, 0);
  }
  view.setUint32(entry + 8, 0xffffffff);
  view.setUint32(entry + 12, 0);
  return true;
}

/**
 * Makes the subclusters of `mask` read as zeroes, in the extended entry of a cluster.
 * @returns whether that was possible: in a compressed cluster, or one with another user, it is not
 */
export function zeroSubclusters(
  state: State,
  view: DataView,
  entry: number,
  mask: number,
): boolean {
  const hi = view.getUint32(entry);
  const kind = l2Kind(hi, view.getUint32(entry + 4), state.geometry.l2Rules);
  if (kind === L2_COMPRESSED || (kind === L2_DATA && !isCopied(hi))) return false;
  view.setUint32(entry + 8, view.getUint32(entry + 8) | mask);
  view.setUint32(entry + 12, view.getUint32(entry + 12) & ~mask);
  return true;
}
