import type { GuestOffset } from './addresses.ts';
import type { Geometry } from './geometry.ts';

/** L2 tables cut into slices of equal size: what a cache of L2 entries holds. */
export interface L2Slices {
  /** Bytes of a slice. */
  readonly bytes: number;
  /** Entries of a slice. */
  readonly entries: number;
  /** Slices of an L2 table. */
  readonly perTable: number;
  /** Guest bytes that a slice maps. */
  readonly span: number;
}

/**
 * Slices of `bytes` bytes: a power of two from 512 to the cluster size.
 * @throws RangeError for another number
 */
export function l2SlicesOf(geometry: Geometry, bytes: number): L2Slices {
  const { clusterSize, l2EntrySize } = geometry;
  if (bytes < 512 || bytes > clusterSize || !Number.isInteger(Math.log2(bytes))) {
    throw new RangeError(
      `an L2 slice has a power of two of 512..${clusterSize} bytes, not ${bytes}`,
    );
  }
  const entries = bytes / l2EntrySize;
  return { bytes, entries, perTable: clusterSize / bytes, span: entries * clusterSize };
}

/** The number of the slice, over the whole disk, that maps a guest offset. Slice `s` is in L2 table `s / perTable`. */
export function l2SliceOf(slices: L2Slices, offset: GuestOffset): number {
  return Math.floor(offset / slices.span);
}
