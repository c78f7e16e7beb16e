/**
 * Entries of bitmap tables, as two unsigned 32-bit halves. QCOW2 format, section "Bitmap table": bits 9..55 are the offset of a cluster of
 * bitmap data; without offset, bit 0 says what all its bits are. The other bits are reserved.
 * @module
 */
import type { HostOffset } from './addresses.ts';
import { corrupt } from './errors.ts';
import type { Geometry } from './geometry.ts';
import { HOST_LIMIT_HI, entryHi, entryLo, hostOffsetOf } from './table-entry.ts';

/** A cluster's worth of bitmap: all clear, all set, or stored. */
export type BitmapTableEntry =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'ones' }
  | { readonly kind: 'data'; readonly offset: HostOffset };

/**
 * Decodes and validates an entry.
 *
 * @param at where the entry stands in the image, bytes, for errors
 * @throws ImageError `corrupt` for reserved bits, and for a cluster that is not aligned or beyond the host limit
 */
export function decodeBitmapTableEntry(
  hi: number,
  lo: number,
  geometry: Pick<Geometry, 'clusterSize'>,
  at?: number,
): BitmapTableEntry {
  const offset = hostOffsetOf(hi, lo);
  const reserved = (hi & (0xff000000 | HOST_LIMIT_HI)) !== 0 || (lo & 0x1fe) !== 0;
  if (reserved || offset % geometry.clusterSize !== 0 || (offset !== 0 && (lo & 1) !== 0)) {
    corrupt('An entry of a bitmap table has reserved bits, or an offset that is no cluster', {
      offset: at,
      subject: 'bitmap table entry',
      found: (BigInt(hi) << 32n) | BigInt(lo),
    });
  }
  if (offset !== 0) return { kind: 'data', offset };
  return { kind: (lo & 1) === 0 ? 'zeros' : 'ones' };
}

/** The halves of an entry. */
export function encodeBitmapTableEntry(entry: BitmapTableEntry): {
  readonly hi: number;
  readonly lo: number;
} {
  if (entry.kind === 'data') return { hi: entryHi(entry.offset, false), lo: entryLo(entry.offset) };
  return { hi: 0, lo: entry.kind === 'ones' ? 1 : 0 };
}
