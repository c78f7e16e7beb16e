/**
 * Entries of L2 tables, as two unsigned 32-bit halves. QCOW2 format, section "Cluster mapping".
 *
 * `l2Kind` and `hostOffsetOf` are for hot paths: integers in, integers out. `decodeL2Entry` is for the others.
 * @module
 */
import type { HostOffset } from './addresses.ts';
import { decodeCompressed, type CompressedDescriptor } from './compressed-descriptor.ts';
import { corrupt } from './errors.ts';
import type { Geometry } from './geometry.ts';
import { entryHi, entryLo, hostOffsetOf } from './table-entry.ts';

/** Compressed, in the high half: the rest is a compressed cluster descriptor. */
export const L2_COMPRESSED_HI = 0x40000000;
/** Reserved bits of the high half of a standard entry: 56..61. */
export const L2_RESERVED_HI = 0x3f000000;
/** Reserved bits of the low half of a standard entry: 1..8. */
export const L2_RESERVED_LO = 0x1fe;
/** Zero flag, in the low half. Version 3 only, and not in extended entries. */
export const L2_ZERO_LO = 1;

/** Not mapped: reads come from the backing file, or are zero. */
export const L2_UNALLOCATED = 0;
/** Reads as zeros, whatever the backing file has; no host cluster. */
export const L2_ZERO = 1;
/** Reads as zeros, and keeps a host cluster for later. */
export const L2_ZERO_ALLOCATED = 2;
/** Mapped to a host cluster. */
export const L2_DATA = 3;
/** Mapped to a compressed stream. */
export const L2_COMPRESSED = 4;
/** Damaged: not aligned, beyond the host limit, a zero flag or compression where there is none. `decodeL2Entry` says which. */
export const L2_INVALID = 5;

/** What {@link l2Kind} returns: one of the `L2_*` constants. */
export type L2Kind = 0 | 1 | 2 | 3 | 4 | 5;

/** Bit 1 of the rules; the other bits are those that must be 0 in the low half of a standard entry. */
const RULE_DATA_FILE = 2;

/** The number that tells {@link l2Kind} about the image; `geometryOf` puts it into `Geometry.l2Rules`. */
export function l2Rules(image: {
  readonly clusterBits: number;
  /** Whether bit 0 is the zero flag: version 3, no extended entries. */
  readonly zeroFlag: boolean;
  readonly hasDataFile: boolean;
}): number {
  const unaligned = 2 ** image.clusterBits - 512;
  return unaligned + (image.zeroFlag ? 0 : L2_ZERO_LO) + (image.hasDataFile ? RULE_DATA_FILE : 0);
}

/**
 * What an L2 entry is. `rules` is `Geometry.l2Rules`. Of an extended entry this is the first word: `L2_UNALLOCATED` and
 * `L2_DATA` say whether there is a host cluster, and the bitmap has the rest (see `subclusterKind`).
 *
 * Reserved bits are ignored, as reads must.
 */
export function l2Kind(hi: number, lo: number, rules: number): L2Kind {
  if ((hi & 0x40000000) !== 0) return (rules & RULE_DATA_FILE) === 0 ? L2_COMPRESSED : L2_INVALID;
  if (((hi & 0x00e00000) | (lo & rules & ~RULE_DATA_FILE)) !== 0) return L2_INVALID;
  // In a data file the first cluster is at 0, and COPIED tells it from none.
  const allocated =
    ((hi & 0x00ffffff) | (lo & 0xfffffe00)) !== 0 || ((hi >>> 30) & rules & RULE_DATA_FILE) !== 0;
  if ((lo & L2_ZERO_LO) !== 0) return allocated ? L2_ZERO_ALLOCATED : L2_ZERO;
  return allocated ? L2_DATA : L2_UNALLOCATED;
}

/** Whether reserved bits are set, which a check reports. Of a compressed entry that is COPIED alone. */
export function l2HasReservedBits(hi: number, lo: number): boolean {
  if ((hi & L2_COMPRESSED_HI) !== 0) return hi >>> 31 === 1;
  return (hi & L2_RESERVED_HI) !== 0 || (lo & L2_RESERVED_LO) !== 0;
}

/** A decoded L2 entry. */
export type L2Entry =
  | { readonly kind: 'unallocated' }
  | { readonly kind: 'zero' }
  | { readonly kind: 'zero-allocated'; readonly offset: HostOffset; readonly copied: boolean }
  | {
      readonly kind: 'data';
      /** The host cluster; cluster aligned. */
      readonly offset: HostOffset;
      /** The cluster's refcount is exactly 1. */
      readonly copied: boolean;
    }
  | ({ readonly kind: 'compressed' } & CompressedDescriptor);

/**
 * Decodes and validates an L2 entry (of an extended one: its first word).
 *
 * @param at where the entry stands in the image, bytes, for errors
 * @throws ImageError `corrupt` where {@link l2Kind} says `L2_INVALID`, and for a compressed descriptor that is damaged
 */
export function decodeL2Entry(hi: number, lo: number, geometry: Geometry, at?: number): L2Entry {
  const kind = l2Kind(hi, lo, geometry.l2Rules);
  if (kind === L2_UNALLOCATED) return { kind: 'unallocated' };
  if (kind === L2_ZERO) return { kind: 'zero' };
  if (kind === L2_COMPRESSED) {
    return { kind: 'compressed', ...decodeCompressed(hi, lo, geometry.clusterBits, at) };
  }
  const offset = hostOffsetOf(hi, lo);
  if (kind === L2_INVALID) {
    corrupt(whyInvalid(hi, lo, geometry.l2Rules), {
      offset: at,
      subject: 'L2 entry',
      expected: `a multiple of ${geometry.clusterSize} below 2^53`,
      found: (BigInt(hi) << 32n) | BigInt(lo),
    });
  }
  const copied = hi >>> 31 === 1;
  return { kind: kind === L2_ZERO_ALLOCATED ? 'zero-allocated' : 'data', offset, copied };
}

function whyInvalid(hi: number, lo: number, rules: number): string {
  if ((hi & L2_COMPRESSED_HI) !== 0) return 'A cluster is compressed in an image with a data file';
  if ((lo & rules & L2_ZERO_LO) !== 0) {
    return 'An L2 entry has a zero flag, which only version 3 without extended L2 entries has';
  }
  return `A cluster at 0x${hostOffsetOf(hi, lo).toString(16)} is not a cluster of the image`;
}

/** The two halves of an entry. */
export interface EntryHalves {
  readonly hi: number;
  readonly lo: number;
}

/** The halves of a decoded standard entry. Compressed ones: `compressedHi` and `entryLo`. */
export function encodeL2Entry(entry: Exclude<L2Entry, { kind: 'compressed' }>): EntryHalves {
  if (entry.kind === 'unallocated') return { hi: 0, lo: 0 };
  if (entry.kind === 'zero') return { hi: 0, lo: L2_ZERO_LO };
  const lo = entryLo(entry.offset);
  return {
    hi: entryHi(entry.offset, entry.copied),
    lo: entry.kind === 'zero-allocated' ? lo + L2_ZERO_LO : lo,
  };
}
