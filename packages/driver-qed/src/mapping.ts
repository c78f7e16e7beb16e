import { ImageError } from '@q/block';
import {
  ENTRY_DATA,
  ENTRY_INVALID,
  ENTRY_UNALLOCATED,
  entryKind,
  entryOffset,
  type EntryKind,
} from '@q/qed';
import type { State } from './state.ts';

/** What a stretch of the guest's disk is mapped to. One object is filled again and again. */
export class Run {
  /** `ENTRY_UNALLOCATED`, `ENTRY_ZERO` or `ENTRY_DATA`. */
  kind: EntryKind = ENTRY_UNALLOCATED;
  /** Guest bytes of the stretch. */
  length = 0;
  /** Host offset of its first byte, for `ENTRY_DATA`. */
  host = 0;
}

/**
 * Describes the longest run of one kind from guest offset `at` on, not past `limit`. Both are in one slice, whose entries stand in `view`
 * from byte `base` on. A run of data is contiguous in the file.
 *
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
  const { clusterSize, geometry } = state;
  const { hostEnd } = state.end;
  const cluster = Math.floor(at / clusterSize);
  const inCluster = at - cluster * clusterSize;
  let entry = base + (cluster % state.slices.entries) * 8;
  const lo = view.getUint32(entry, true);
  const hi = view.getUint32(entry + 4, true);
  const kind = entryKind(lo, hi, geometry, hostEnd);
  if (kind === ENTRY_INVALID) rejectEntry(state, lo, hi, at);
  let next = entryOffset(lo, hi);
  run.kind = kind;
  run.host = next + inCluster;
  let length = clusterSize - inCluster;
  while (at + length < limit) {
    entry += 8;
    next += clusterSize;
    const nextLo = view.getUint32(entry, true);
    const nextHi = view.getUint32(entry + 4, true);
    if (entryKind(nextLo, nextHi, geometry, hostEnd) !== kind) break;
    if (kind === ENTRY_DATA && entryOffset(nextLo, nextHi) !== next) break;
    length += clusterSize;
  }
  run.length = Math.min(length, limit - at);
}

/** Throws what is wrong with the L2 entry of guest offset `at`. */
function rejectEntry(state: State, lo: number, hi: number, at: number): never {
  state.damaged = true;
  const { l2Span } = state.geometry;
  const table = state.l1.tables[Math.floor(at / l2Span)] ?? 0;
  throw new ImageError(
    'corrupt',
    `The L2 entry of guest offset ${at} names no cluster of the file. The image is damaged: run a check, or restore it from a copy.`,
    {
      offset: table + Math.floor((at % l2Span) / state.clusterSize) * 8,
      subject: 'L2 entry',
      found: entryOffset(lo, hi),
    },
  );
}
