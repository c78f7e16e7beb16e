/**
 * What entries of L1 and L2 tables have in common. An entry is a big-endian u64, held as two unsigned 32-bit halves:
 * `view.getUint32(at)` and `view.getUint32(at + 4)`.
 * @module
 */
import type { HostOffset } from './addresses.ts';

/** COPIED, in the high half: the cluster's refcount is exactly 1, it may be written in place. */
export const ENTRY_COPIED_HI = 0x80000000;
/** Offset bits of the high half: 32..55. */
export const ENTRY_OFFSET_HI = 0x00ffffff;
/** Offset bits of the low half: 9..31. */
export const ENTRY_OFFSET_LO = 0xfffffe00;
/** Bits of the high half that no offset below 2^53 has. */
export const HOST_LIMIT_HI = 0x00e00000;

/** The host offset of an L1 entry or a standard L2 entry. Exact for all 47 offset bits; check the kind first. */
export function hostOffsetOf(hi: number, lo: number): HostOffset {
  return (hi & 0x00ffffff) * 0x1_0000_0000 + ((lo & 0xfffffe00) >>> 0);
}

/** Whether COPIED is set. */
export function isCopied(hi: number): boolean {
  return hi >>> 31 === 1;
}

/** High half of an entry for a cluster aligned host offset. `copied`: its refcount is exactly 1. */
export function entryHi(offset: HostOffset, copied: boolean): number {
  const hi = Math.floor(offset / 0x1_0000_0000);
  return copied ? (hi | 0x80000000) >>> 0 : hi;
}

/** Low half of an entry for a cluster aligned host offset. */
export function entryLo(offset: HostOffset): number {
  return offset % 0x1_0000_0000;
}
