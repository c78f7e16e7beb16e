/**
 * Extended L2 entries: the standard word, then a bitmap of 32 subclusters. QCOW2 format, section "Extended L2 Entries".
 *
 * Subcluster n has two bits, held here as two unsigned 32-bit words: `allocated` (bit n, the half at byte 12 of the entry) and
 * `zero` (bit 32 + n, the half at byte 8).
 * @module
 */
import { corrupt } from './errors.ts';
import type { Geometry } from './geometry.ts';
import {
  L2_COMPRESSED,
  L2_DATA,
  L2_INVALID,
  L2_UNALLOCATED,
  L2_ZERO,
  decodeL2Entry,
  l2Kind,
  type L2Entry,
  type L2Kind,
} from './l2-entry.ts';

/** Subclusters of a cluster. */
export const SUBCLUSTERS = 32;

/** What {@link subclusterKind} returns: an `L2_*` constant, never `L2_ZERO_ALLOCATED`. */
export type SubclusterKind = Exclude<L2Kind, 2>;

/**
 * What subcluster `n` (0..31) is. `word` is `l2Kind` of the entry's first word.
 *
 * `L2_ZERO` and `L2_UNALLOCATED` may have a host cluster all the same: when `word` is `L2_DATA` they have.
 */
export function subclusterKind(
  word: L2Kind,
  allocated: number,
  zero: number,
  n: number,
): SubclusterKind {
  const isAllocated = ((allocated >>> n) & 1) !== 0;
  const isZero = ((zero >>> n) & 1) !== 0;
  if (word === L2_DATA) {
    if (isZero) return isAllocated ? L2_INVALID : L2_ZERO;
    return isAllocated ? L2_DATA : L2_UNALLOCATED;
  }
  if (word === L2_UNALLOCATED) {
    if (isAllocated) return L2_INVALID;
    return isZero ? L2_ZERO : L2_UNALLOCATED;
  }
  return word === L2_COMPRESSED && (allocated | zero) === 0 ? L2_COMPRESSED : L2_INVALID;
}

/** How many subclusters from `n` on, `n` included, are what subcluster `n` is: 1..32 - n. */
export function subclusterRun(word: L2Kind, allocated: number, zero: number, n: number): number {
  const kind = subclusterKind(word, allocated, zero, n);
  let same: number;
  if (kind === L2_DATA) same = allocated & ~zero;
  else if (kind === L2_ZERO) same = zero & ~allocated;
  else if (kind === L2_UNALLOCATED) same = ~(allocated | zero);
  else if (word === L2_DATA) same = allocated & zero;
  else if (word === L2_UNALLOCATED) same = allocated;
  else same = -1;
  const others = ~(same >>> n);
  // The lowest set bit of `others`; what is shifted in from above counts as other.
  const run = others === 0 ? SUBCLUSTERS : 31 - Math.clz32(others & -others);
  return run < SUBCLUSTERS - n ? run : SUBCLUSTERS - n;
}

/** The bits of `count` subclusters from `from` on, as an unsigned 32-bit word; `from + count` is at most 32. */
export function subclusterMask(from: number, count: number): number {
  return count >= SUBCLUSTERS ? 0xffffffff : (((1 << count) - 1) << from) >>> 0;
}

/** Whether a bitmap contradicts the entry's first word: a check reports it, and reading such a subcluster is an error. */
export function subclustersAreInvalid(word: L2Kind, allocated: number, zero: number): boolean {
  if (word === L2_DATA) return (allocated & zero) !== 0;
  if (word === L2_UNALLOCATED) return allocated !== 0;
  return word !== L2_COMPRESSED || (allocated | zero) !== 0;
}

/** A decoded extended entry. */
export interface ExtendedL2Entry {
  /** The first word; it has no zero flag. */
  readonly word: Exclude<L2Entry, { kind: 'zero' | 'zero-allocated' }>;
  /** Bit n: subcluster n is in the host cluster. */
  readonly allocated: number;
  /** Bit n: subcluster n reads as zeros. */
  readonly zero: number;
}

/**
 * Decodes and validates an extended entry from its four unsigned 32-bit words, in the order of the disk.
 *
 * @param at where the entry stands in the image, bytes, for errors
 * @throws ImageError `corrupt` as `decodeL2Entry`, and for a bitmap that contradicts the first word
 */
export function decodeExtendedL2(
  hi: number,
  lo: number,
  zero: number,
  allocated: number,
  geometry: Geometry,
  at?: number,
): ExtendedL2Entry {
  const word = decodeL2Entry(hi, lo, geometry, at);
  if (
    word.kind === 'zero' ||
    word.kind === 'zero-allocated' ||
    subclustersAreInvalid(l2Kind(hi, lo, geometry.l2Rules), allocated, zero)
  ) {
    return corrupt('The subcluster bitmap of an L2 entry contradicts the entry', {
      offset: at === undefined ? undefined : at + 8,
      subject: 'L2 entry',
      found: (BigInt(zero) << 32n) | BigInt(allocated),
    });
  }
  return { word, allocated, zero };
}
