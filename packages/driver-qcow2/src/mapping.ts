import { ImageError } from '@q/block';
import {
  decodeL2Entry,
  hostOffsetOf,
  isCopied,
  L2_COMPRESSED,
  L2_DATA,
  L2_INVALID,
  L2_UNALLOCATED,
  L2_ZERO,
  L2_ZERO_ALLOCATED,
  l2Kind,
  type L2Kind,
} from '@q/format';
import type { State } from './state.ts';

/** What a stretch of the guest's disk is mapped to. One object is filled again and again. */
export class Run {
  /** `L2_UNALLOCATED`, `L2_ZERO`, `L2_ZERO_ALLOCATED`, `L2_DATA` or `L2_COMPRESSED`. */
  kind: L2Kind = L2_UNALLOCATED;
  /** Guest bytes of the stretch. */
  length = 0;
  /** Host offset of its first byte, for `L2_DATA` and `L2_ZERO_ALLOCATED`. */
  host = 0;
  /** COPIED of its clusters, for the same kinds. */
  copied = false;
  /** The entry, for `L2_COMPRESSED`. */
  hi = 0;
  lo = 0;
}

/**
 * Describes the longest run of one kind from guest offset `at` on, not past `limit`. Both are in one slice, whose entries stand in `view`
 * from byte `base` on.
 *
 * Runs with a host place are contiguous there and alike in COPIED. A compressed run is one cluster.
 * @throws ImageError `corrupt` for an entry that no image may have
 */
export function mapRun(
  state: State,
  view: DataView,
  base: number,
  at: number,
  limit: number,
  run: Run,
): void {
  if (state.geometry.extendedL2) return mapSubclusters(state, view, base, at, limit, run);
  const { clusterSize } = state;
  const { l2Rules } = state.geometry;
  const cluster = Math.floor(at / clusterSize);
  const inCluster = at - cluster * clusterSize;
  let entry = base + (cluster % state.slices.entries) * 8;
  const hi = view.getUint32(entry);
  const lo = view.getUint32(entry + 4);
  const kind = l2Kind(hi, lo, l2Rules);
  if (kind === L2_INVALID) return rejectEntry(state, hi, lo, at);
  const host = hostOffsetOf(hi, lo);
  run.kind = kind;
  run.hi = hi;
  run.lo = lo;
  run.host = host + inCluster;
  run.copied = isCopied(hi);
  let length = clusterSize - inCluster;
  if (kind !== L2_COMPRESSED) {
    const placed = kind === L2_DATA || kind === L2_ZERO_ALLOCATED;
    let next = host;
    while (at + length < limit) {
      entry += 8;
      next += clusterSize;
      const nextHi = view.getUint32(entry);
      const nextLo = view.getUint32(entry + 4);
      if (l2Kind(nextHi, nextLo, l2Rules) !== kind) break;
      if (placed && (hostOffsetOf(nextHi, nextLo) !== next || isCopied(nextHi) !== run.copied)) {
        break;
      }
      length += clusterSize;
    }
  }
  run.length = Math.min(length, limit - at);
}

/** What an extended entry says of subcluster `sub`: its kind, given the kind of the entry's first word. */
export function subclusterKindOf(
  state: State,
  entryKind: L2Kind,
  zero: number,
  allocated: number,
  sub: number,
  at: number,
): L2Kind {
  const isZero = ((zero >>> sub) & 1) === 1;
  const isAllocated = ((allocated >>> sub) & 1) === 1;
  if (isAllocated) {
    if (isZero || entryKind !== L2_DATA) {
      throw new ImageError(
        'corrupt',
        `The L2 entry of guest offset ${at} contradicts itself about subcluster ${sub}. The image is damaged: run a check, or restore it from a copy.`,
        { offset: state.entryOffset(at), subject: 'L2 entry' },
      );
    }
    return L2_DATA;
  }
  if (isZero) return entryKind === L2_DATA ? L2_ZERO_ALLOCATED : L2_ZERO;
  return L2_UNALLOCATED;
}

function mapSubclusters(
  state: State,
  view: DataView,
  base: number,
  at: number,
  limit: number,
  run: Run,
): void {
  const { clusterSize } = state;
  const { l2Rules, subclusterSize } = state.geometry;
  let pos = at;
  let first = true;
  while (pos < limit) {
    const cluster = Math.floor(pos / clusterSize);
    const entry = base + (cluster % state.slices.entries) * 16;
    const hi = view.getUint32(entry);
    const lo = view.getUint32(entry + 4);
    const word = l2Kind(hi, lo, l2Rules);
    if (word === L2_INVALID) return rejectEntry(state, hi, lo, pos);
    const zero = view.getUint32(entry + 8);
    const allocated = view.getUint32(entry + 12);
    if (word === L2_COMPRESSED) {
      if (!first) break;
      if ((zero | allocated) !== 0) return rejectEntry(state, hi, lo, pos);
      run.kind = L2_COMPRESSED;
      run.hi = hi;
      run.lo = lo;
      run.copied = false;
      run.length = Math.min((cluster + 1) * clusterSize, limit) - at;
      return;
    }
    const inCluster = pos - cluster * clusterSize;
    const host = hostOffsetOf(hi, lo) + inCluster;
    const sub = Math.floor(inCluster / subclusterSize);
    const kind = subclusterKindOf(state, word, zero, allocated, sub, pos);
    if (first) {
      run.kind = kind;
      run.host = host;
      run.copied = isCopied(hi);
      run.hi = hi;
      run.lo = lo;
      first = false;
    } else if (kind !== run.kind) break;
    else if (
      (kind === L2_DATA || kind === L2_ZERO_ALLOCATED) &&
      (host !== run.host + (pos - at) || isCopied(hi) !== run.copied)
    ) {
      break;
    }
    pos = cluster * clusterSize + (sub + 1) * subclusterSize;
  }
  run.length = Math.min(pos, limit) - at;
}

/** Throws what is wrong with the L2 entry of guest offset `at`. */
function rejectEntry(state: State, hi: number, lo: number, at: number): never {
  decodeL2Entry(hi, lo, state.geometry, state.entryOffset(at));
  throw new ImageError(
    'corrupt',
    `The L2 entry of guest offset ${at} is not one that an image may have. The image is damaged: run a check, or restore it from a copy.`,
    { offset: state.entryOffset(at), subject: 'L2 entry' },
  );
}
