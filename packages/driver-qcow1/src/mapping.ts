import { ImageError } from '@q/block';
import { L2_COMPRESSED, L2_DATA, L2_INVALID, L2_UNALLOCATED, type L2Kind } from '@q/format';
import {
  decodeQcow1L2Entry,
  QCOW1_HEADER_BYTES,
  qcow1L2Kind,
  qcow1OffsetOf,
} from '@q/format/qcow1';
import type { State } from './state.ts';

/** What a stretch of the guest's disk is mapped to. One object is filled again and again. */
export class Run {
  /** `L2_UNALLOCATED`, `L2_DATA` or `L2_COMPRESSED`. */
  kind: L2Kind = L2_UNALLOCATED;
  /** Guest bytes of the stretch. */
  length = 0;
  /** Host offset of its first byte, for `L2_DATA`. */
  host = 0;
  /** The entry, for `L2_COMPRESSED`. */
  hi = 0;
  lo = 0;
}

/**
 * Describes the longest run of one kind from guest offset `at` on, not past `limit`. Both are in one L2 table, which stands in `view` from byte `base` on.
 * A run of data is contiguous in the file. A compressed run is one cluster.
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
  const { clusterSize } = state;
  const fileSize = state.file.size;
  const inCluster = at % clusterSize;
  let entry = base + state.inTableOf(at);
  const hi = view.getUint32(entry);
  const lo = view.getUint32(entry + 4);
  const kind = qcow1L2Kind(hi, lo);
  const host = qcow1OffsetOf(hi, lo);
  if (kind === L2_INVALID || (kind === L2_DATA && !isHost(host, fileSize))) {
    return rejectEntry(state, hi, lo, at);
  }
  run.kind = kind;
  run.hi = hi;
  run.lo = lo;
  run.host = host + inCluster;
  let length = clusterSize - inCluster;
  if (kind !== L2_COMPRESSED) {
    let next = host;
    while (at + length < limit) {
      entry += 8;
      next += clusterSize;
      const nextHi = view.getUint32(entry);
      const nextLo = view.getUint32(entry + 4);
      if (qcow1L2Kind(nextHi, nextLo) !== kind) break;
      if (kind === L2_DATA && (qcow1OffsetOf(nextHi, nextLo) !== next || next >= fileSize)) break;
      length += clusterSize;
    }
  }
  run.length = Math.min(length, limit - at);
}

/** Whether a data cluster may begin there: behind the header, and in the file. It may end behind the end of the file. */
export function isHost(host: number, fileSize: number): boolean {
  return host >= QCOW1_HEADER_BYTES && host < fileSize;
}

/** Throws what is wrong with the L2 entry of guest offset `at`. */
function rejectEntry(state: State, hi: number, lo: number, at: number): never {
  const entryOffset = state.entryOffset(at);
  decodeQcow1L2Entry(hi, lo, state.geometry, entryOffset, state.file.size);
  throw new ImageError(
    'corrupt',
    `The L2 entry of guest offset ${at} is not one that an image may have. The image is damaged: run a check, or restore it from a copy.`,
    { offset: entryOffset, subject: 'L2 entry' },
  );
}
