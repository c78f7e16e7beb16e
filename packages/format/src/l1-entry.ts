/**
 * Entries of L1 tables, as two unsigned 32-bit halves. QCOW2 format, section "Cluster mapping".
 *
 * Bit 63 is COPIED, bits 9..55 are the offset of the L2 table, the others are reserved: reads ignore them, a check reports them.
 * @module
 */
import type { HostOffset } from './addresses.ts';
import { corrupt } from './errors.ts';
import type { Geometry } from './geometry.ts';
import { ENTRY_OFFSET_HI, ENTRY_OFFSET_LO, HOST_LIMIT_HI, hostOffsetOf } from './table-entry.ts';

/** Reserved bits of the high half: 56..62. */
export const L1_RESERVED_HI = 0x7f000000;
/** Reserved bits of the low half: 0..8. */
export const L1_RESERVED_LO = 0x1ff;

/** A decoded L1 entry: nothing mapped, or an L2 table. */
export type L1Entry =
  | { readonly kind: 'unallocated' }
  | {
      readonly kind: 'table';
      /** Where the L2 table is; cluster aligned. */
      readonly offset: HostOffset;
      /** The table's refcount is exactly 1. To be believed in the active L1 table only. */
      readonly copied: boolean;
    };

/** Whether reserved bits are set, which a check reports. */
export function l1HasReservedBits(hi: number, lo: number): boolean {
  return (hi & L1_RESERVED_HI) !== 0 || (lo & L1_RESERVED_LO) !== 0;
}

/** Whether an L1 entry maps an L2 table. The offset is `hostOffsetOf(hi, lo)`, COPIED is `isCopied(hi)`. */
export function l1IsAllocated(hi: number, lo: number): boolean {
  return ((hi & ENTRY_OFFSET_HI) | (lo & ENTRY_OFFSET_LO)) !== 0;
}

/**
 * Decodes and validates an L1 entry.
 *
 * @param at where the entry stands in the image, bytes, for errors
 * @throws ImageError `corrupt` for an L2 table that is not cluster aligned or beyond the host limit
 */
export function decodeL1Entry(hi: number, lo: number, geometry: Geometry, at?: number): L1Entry {
  if (!l1IsAllocated(hi, lo)) return { kind: 'unallocated' };
  const offset = hostOffsetOf(hi, lo);
  if (offset % geometry.clusterSize !== 0 || (hi & HOST_LIMIT_HI) !== 0) {
    corrupt(`An L2 table at 0x${offset.toString(16)} is not a cluster of the image`, {
      offset: at,
      subject: 'L1 entry',
      expected: `a multiple of ${geometry.clusterSize} below 2^53`,
      found: offset,
    });
  }
  return { kind: 'table', offset, copied: hi >>> 31 === 1 };
}
