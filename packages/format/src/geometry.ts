/**
 * What follows from a header, computed once, and address arithmetic on it. All sizes are powers of two, so dividing and
 * flooring is exact for every safe integer; shifts and masks of offsets are not (they see 32 bits).
 * @module
 */
import type { ClusterIndex, GuestOffset, HostOffset } from './addresses.ts';
import { INCOMPATIBLE_DATA_FILE, INCOMPATIBLE_EXTENDED_L2 } from './features.ts';
import { featuresOf, type Header } from './header.ts';
import { l2Rules } from './l2-entry.ts';

/** Sizes and limits of an image; never changes while it is open, but for `virtualSize` and `l1Entries` (make a new one). */
export interface Geometry {
  readonly version: 2 | 3;
  readonly clusterBits: number;
  /** Bytes. */
  readonly clusterSize: number;
  /** Bytes the guest sees: the stored size floored to 512. */
  readonly virtualSize: number;
  readonly extendedL2: boolean;
  /** Guest data is in another file, at the offset the guest uses. */
  readonly hasDataFile: boolean;
  /** Bytes of an L2 entry: 8, or 16 with subclusters. */
  readonly l2EntrySize: 8 | 16;
  /** Entries of an L2 table, which fills a cluster. */
  readonly l2Entries: number;
  /** Guest bytes that one L1 entry (one L2 table) maps. */
  readonly l1Span: number;
  /** L1 entries that the virtual size needs; VM state is mapped by those after them. */
  readonly l1Entries: number;
  /** 1, or 32 with extended L2 entries. */
  readonly subclusters: 1 | 32;
  /** Bytes; the cluster size without extended L2 entries. */
  readonly subclusterSize: number;
  /** log2 of the bits of a refcount. */
  readonly refcountOrder: number;
  readonly refcountBits: number;
  /** Refcounts in a block, which fills a cluster. */
  readonly refcountsPerBlock: number;
  /** Host bytes that one refcount block counts. */
  readonly refcountBlockSpan: number;
  /** Greatest refcount that is ever written; for 64 bits it is 2^53 - 1. */
  readonly maxRefcount: number;
  /** Host offsets are below this: 2^53 (the format allows 2^56). */
  readonly hostLimit: number;
  /** For `l2Kind`: which bits of an L2 entry are damage in this image, and whether it has a data file. */
  readonly l2Rules: number;
}

/** The geometry of a validated header. */
export function geometryOf(header: Header): Geometry {
  const { version, clusterBits } = header;
  const incompatible = featuresOf(header, 'incompatible');
  const extendedL2 = (incompatible & INCOMPATIBLE_EXTENDED_L2) !== 0n;
  const hasDataFile = (incompatible & INCOMPATIBLE_DATA_FILE) !== 0n;
  const clusterSize = 2 ** clusterBits;
  const l2EntrySize = extendedL2 ? 16 : 8;
  const l2Entries = clusterSize / l2EntrySize;
  const l1Span = clusterSize * l2Entries;
  const subclusters = extendedL2 ? 32 : 1;
  const refcountOrder = version === 2 ? 4 : header.refcountOrder;
  const refcountBits = 2 ** refcountOrder;
  const refcountsPerBlock = (clusterSize * 8) / refcountBits;
  return {
    version,
    clusterBits,
    clusterSize,
    virtualSize: Math.floor(header.size / 512) * 512,
    extendedL2,
    hasDataFile,
    l2EntrySize,
    l2Entries,
    l1Span,
    l1Entries: Math.ceil(header.size / l1Span),
    subclusters,
    subclusterSize: clusterSize / subclusters,
    refcountOrder,
    refcountBits,
    refcountsPerBlock,
    refcountBlockSpan: refcountsPerBlock * clusterSize,
    maxRefcount: Math.min(2 ** refcountBits - 1, Number.MAX_SAFE_INTEGER),
    hostLimit: 2 ** 53,
    l2Rules: l2Rules({ clusterBits, zeroFlag: version === 3 && !extendedL2, hasDataFile }),
  };
}

/** What address arithmetic needs to know; the geometry of QCOW version 1 has it too. */
export type AddressSizes = Pick<Geometry, 'clusterSize' | 'l1Span'>;

/** Index of the L1 entry that maps a guest offset. */
export function l1IndexOf(geometry: AddressSizes, offset: GuestOffset): number {
  return Math.floor(offset / geometry.l1Span);
}

/** Index, in its L2 table, of the entry that maps a guest offset. */
export function l2IndexOf(geometry: AddressSizes, offset: GuestOffset): number {
  const inTable = offset - Math.floor(offset / geometry.l1Span) * geometry.l1Span;
  return Math.floor(inTable / geometry.clusterSize);
}

/** Bytes from the start of its cluster to an offset, guest or host. */
export function inClusterOf(geometry: AddressSizes, offset: number): number {
  return offset - Math.floor(offset / geometry.clusterSize) * geometry.clusterSize;
}

/** The first byte of the cluster that holds an offset, guest or host. */
export function clusterStartOf(geometry: AddressSizes, offset: number): number {
  return Math.floor(offset / geometry.clusterSize) * geometry.clusterSize;
}

/** The first cluster boundary at or after an offset, guest or host. */
export function clusterCeilOf(geometry: AddressSizes, offset: number): number {
  return Math.ceil(offset / geometry.clusterSize) * geometry.clusterSize;
}

/** Index of the subcluster, in its cluster, that holds an offset; 0 without extended L2 entries. */
export function subclusterOf(geometry: Geometry, offset: number): number {
  return Math.floor(inClusterOf(geometry, offset) / geometry.subclusterSize);
}

/** The host cluster that holds a host offset. */
export function clusterIndexOf(geometry: AddressSizes, offset: HostOffset): ClusterIndex {
  return Math.floor(offset / geometry.clusterSize);
}

/** The first byte of a host cluster. */
export function clusterOffsetOf(geometry: Geometry, index: ClusterIndex): HostOffset {
  return index * geometry.clusterSize;
}

/** Index of the refcount table entry whose block counts a host cluster. */
export function refcountTableIndexOf(geometry: Geometry, index: ClusterIndex): number {
  return Math.floor(index / geometry.refcountsPerBlock);
}

/** Index, in its refcount block, of a host cluster's count. */
export function refcountBlockIndexOf(geometry: Geometry, index: ClusterIndex): number {
  const { refcountsPerBlock } = geometry;
  return index - Math.floor(index / refcountsPerBlock) * refcountsPerBlock;
}
