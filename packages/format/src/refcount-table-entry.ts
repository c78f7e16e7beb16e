/**
 * Entries of the refcount table, as two unsigned 32-bit halves. QCOW2 format, section "Host cluster management": bits 9..63 are the
 * offset of a refcount block, bits 0..8 are reserved. 0 = no block, all its counts are 0.
 * @module
 */
import type { HostOffset } from './addresses.ts';
import { corrupt } from './errors.ts';
import type { Geometry } from './geometry.ts';

/** Reserved bits of the low half: 0..8. */
export const REFCOUNT_TABLE_RESERVED_LO = 0x1ff;

/** The offset in an entry, 0 for no block; above 2^53 it is rounded ({@link decodeRefcountTableEntry} refuses that). */
export function refcountBlockOffsetOf(hi: number, lo: number): HostOffset {
  return hi * 0x1_0000_0000 + ((lo & 0xfffffe00) >>> 0);
}

/** Whether reserved bits are set, which a check reports. Write entries with `entryHi(offset, false)` and `entryLo(offset)`. */
export function refcountTableHasReservedBits(lo: number): boolean {
  return (lo & REFCOUNT_TABLE_RESERVED_LO) !== 0;
}

/**
 * The offset of the refcount block, validated; 0 for no block.
 *
 * @param at where the entry stands in the image, bytes, for errors
 * @throws ImageError `corrupt` for a block that is not cluster aligned, or beyond the host limit
 */
export function decodeRefcountTableEntry(
  hi: number,
  lo: number,
  geometry: Geometry,
  at?: number,
): HostOffset {
  const offset = refcountBlockOffsetOf(hi, lo);
  if (offset >= geometry.hostLimit || (lo & (geometry.clusterSize - 512)) !== 0) {
    corrupt(`A refcount block at 0x${offset.toString(16)} is not a cluster of the image`, {
      offset: at,
      subject: 'refcount table entry',
      expected: `a multiple of ${geometry.clusterSize} below 2^53`,
      found: (BigInt(hi) << 32n) | BigInt(lo),
    });
  }
  return offset;
}
