// Entries of L1 and L2 tables: unsigned, 64 bits, little-endian, read as two halves.
import type { QedGeometry } from './geometry.ts';

/** 0: this level has nothing here. */
export const ENTRY_UNALLOCATED = 0;
/** 1, in L2 tables only: reads as zeroes, and hides the backing file. */
export const ENTRY_ZERO = 1;
/** The host offset of a cluster. */
export const ENTRY_DATA = 2;
/** Nothing that an image may have. */
export const ENTRY_INVALID = 3;

/** What an L2 entry is. */
export type EntryKind =
  typeof ENTRY_UNALLOCATED | typeof ENTRY_ZERO | typeof ENTRY_DATA | typeof ENTRY_INVALID;

/** The host offset in an entry. Exact for all that can be valid. */
export function entryOffset(lo: number, hi: number): number {
  return hi * 0x100000000 + lo;
}

/** The low half of an entry, from 0 to 2^32 - 1. */
export function entryLo(offset: number): number {
  return offset >>> 0;
}

/** The high half of an entry. */
export function entryHi(offset: number): number {
  return Math.floor(offset / 0x100000000);
}

/**
 * What an L2 entry is. A data cluster begins at a multiple of its size, behind the header, and ends at `hostEnd` at the latest
 * (QED format, section "Tables").
 *
 * @param hostEnd where the last whole cluster of the file ends, bytes
 */
export function entryKind(
  lo: number,
  hi: number,
  geometry: QedGeometry,
  hostEnd: number,
): EntryKind {
  if (hi === 0 && lo < 2) return lo === 0 ? ENTRY_UNALLOCATED : ENTRY_ZERO;
  const { clusterSize, headerBytes } = geometry;
  // Clusters have 2^26 bytes at most, so the low half has all the bits that must be zero.
  if ((lo & (clusterSize - 1)) !== 0) return ENTRY_INVALID;
  const offset = entryOffset(lo, hi);
  return offset >= headerBytes && offset + clusterSize <= hostEnd ? ENTRY_DATA : ENTRY_INVALID;
}

/**
 * Whether a table can be at `offset`: at a cluster, behind the header, and all of it in the file. QEMU asks more, that its last cluster
 * begins after its first, and so cannot open what it creates with tables of one cluster.
 */
export function isTableOffset(offset: number, geometry: QedGeometry, hostEnd: number): boolean {
  const { clusterSize, headerBytes, tableBytes } = geometry;
  return offset % clusterSize === 0 && offset >= headerBytes && offset + tableBytes <= hostEnd;
}
