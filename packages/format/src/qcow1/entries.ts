/**
 * L1 and L2 entries of QCOW version 1, as two unsigned 32-bit halves. An L1 entry is the offset of an L2 table, or 0. An L2 entry is
 * the offset of a cluster, 0, or (bit 63) a compressed stream: its exact length in bits 63 - cluster_bits..62, its offset below.
 * @module
 */
import type { HostOffset } from '../addresses.ts';
import type { CompressedDescriptor } from '../compressed-descriptor.ts';
import { corrupt } from '../errors.ts';
import { L2_COMPRESSED, L2_DATA, L2_INVALID, L2_UNALLOCATED, type L2Kind } from '../l2-entry.ts';
import type { Qcow1Geometry } from './geometry.ts';
import { QCOW1_HEADER_BYTES } from './header.ts';

/** Compressed, in the high half of an L2 entry. */
export const QCOW1_COMPRESSED_HI = 0x80000000;

/** The offset in an L1 entry or a plain L2 entry. Exact below 2^53. */
export function qcow1OffsetOf(hi: number, lo: number): HostOffset {
  return hi * 0x1_0000_0000 + lo;
}

/** What an L2 entry is: `L2_UNALLOCATED`, `L2_DATA`, `L2_COMPRESSED`, or `L2_INVALID` (not in sectors of 512, or above 2^53). */
export function qcow1L2Kind(hi: number, lo: number): Exclude<L2Kind, 1 | 2> {
  if (hi >>> 31 === 1) return L2_COMPRESSED;
  if ((hi | lo) === 0) return L2_UNALLOCATED;
  return hi >= 0x200000 || (lo & 511) !== 0 ? L2_INVALID : L2_DATA;
}

/** The offset of a compressed stream; above 2^53 it is rounded. */
export function qcow1CompressedOffsetOf(hi: number, lo: number, clusterBits: number): HostOffset {
  return (hi & ((1 << (31 - clusterBits)) - 1)) * 0x1_0000_0000 + lo;
}

/** The exact bytes of a compressed stream: 1..cluster size - 1; 0 is damage. */
export function qcow1CompressedLengthOf(hi: number, clusterBits: number): number {
  return (hi >>> (31 - clusterBits)) & ((1 << clusterBits) - 1);
}

/** Offsets of compressed streams are below this: 2^(63 - cluster_bits), and never above 2^53. */
export function qcow1CompressedLimit(clusterBits: number): number {
  return 2 ** Math.min(53, 63 - clusterBits);
}

/** A decoded L2 entry. */
export type Qcow1L2Entry =
  | { readonly kind: 'unallocated' }
  | { readonly kind: 'data'; readonly offset: HostOffset }
  | ({ readonly kind: 'compressed' } & CompressedDescriptor);

/**
 * The L2 table of an L1 entry, validated; 0 for none.
 *
 * @param at where the entry stands in the image, bytes, for errors
 * @throws ImageError `corrupt` for a table over the header or the L1 table, or not within the file (when its size is given)
 */
export function decodeQcow1L1Entry(
  hi: number,
  lo: number,
  geometry: Qcow1Geometry,
  at?: number,
  fileSize?: number,
): HostOffset {
  const offset = qcow1OffsetOf(hi, lo);
  if (offset !== 0) checkPlace('An L2 table', offset, geometry.l2Bytes, geometry, at, fileSize);
  return offset;
}

/**
 * Decodes and validates an L2 entry.
 *
 * @param at where the entry stands in the image, bytes, for errors
 * @throws ImageError `corrupt` for a cluster over the header or the L1 table, not in sectors of 512, or not starting in the file
 * (when its size is given), and for a compressed stream of no bytes or not within the file
 */
export function decodeQcow1L2Entry(
  hi: number,
  lo: number,
  geometry: Qcow1Geometry,
  at?: number,
  fileSize?: number,
): Qcow1L2Entry {
  const kind = qcow1L2Kind(hi, lo);
  if (kind === L2_UNALLOCATED) return { kind: 'unallocated' };
  if (kind === L2_COMPRESSED) {
    const offset = qcow1CompressedOffsetOf(hi, lo, geometry.clusterBits);
    const length = qcow1CompressedLengthOf(hi, geometry.clusterBits);
    if (length === 0) corrupt('A compressed cluster has no bytes', { offset: at, found: offset });
    checkPlace('A compressed cluster', offset, length, geometry, at, fileSize);
    return { kind: 'compressed', offset, length };
  }
  const offset = qcow1OffsetOf(hi, lo);
  if (kind === L2_INVALID) {
    corrupt(`A cluster at ${offset} is not at a multiple of 512 below 2^53`, {
      offset: at,
      subject: 'L2 entry',
      found: offset,
    });
  }
  // The file may end in its last cluster, the rest reads as zeros: one byte of it must be there.
  checkPlace('A cluster', offset, 1, geometry, at, fileSize);
  return { kind: 'data', offset };
}

function checkPlace(
  what: string,
  offset: HostOffset,
  length: number,
  geometry: Qcow1Geometry,
  at: number | undefined,
  fileSize = 2 ** 53,
): void {
  const { l1TableOffset, l1Entries } = geometry;
  const overL1 = offset < l1TableOffset + l1Entries * 8 && offset + length > l1TableOffset;
  if (offset < QCOW1_HEADER_BYTES || offset + length > fileSize || overL1) {
    corrupt(
      `${what} of ${length} bytes at ${offset} is over header or L1 table, or not in the file`,
      {
        offset: at,
        expected: `${QCOW1_HEADER_BYTES}..${fileSize}`,
        found: offset,
      },
    );
  }
}

/** High half of the L2 entry for a stream of `length` bytes at `offset`; the low half is `offset % 2^32`. */
export function qcow1CompressedHi(offset: HostOffset, length: number, clusterBits: number): number {
  if (
    !(offset > 0 && offset < qcow1CompressedLimit(clusterBits)) ||
    !(length > 0 && length < 2 ** clusterBits)
  ) {
    throw new RangeError(`a compressed cluster cannot have ${length} bytes at ${offset}`);
  }
  return 0x80000000 + length * 2 ** (31 - clusterBits) + Math.floor(offset / 0x1_0000_0000);
}
