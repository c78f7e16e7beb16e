/**
 * Compressed cluster descriptors: the lower 62 bits of an L2 entry with bit 62 set. QCOW2 format, section "Compressed cluster
 * descriptor". With x = 62 - (cluster_bits - 8), bits 0..x-1 are a byte offset and bits x..61 the number of additional sectors.
 * @module
 */
import type { HostOffset } from './addresses.ts';
import { corrupt } from './errors.ts';

/** Sectors of compressed streams, bytes; whatever the cluster size. */
export const COMPRESSED_SECTOR = 512;

/** Where a compressed stream is. */
export interface CompressedDescriptor {
  /** First byte of the stream; any alignment. */
  readonly offset: HostOffset;
  /** Bytes that may be read from there: the stream ends somewhere in them. At most two clusters; may reach past the file's end. */
  readonly length: number;
}

/**
 * The host offset in a descriptor. Hot path: compare it with {@link compressedLimit}, or with the file's size, before use; above
 * 2^53 it is rounded.
 */
export function compressedOffsetOf(hi: number, lo: number, clusterBits: number): HostOffset {
  // The offset's part of the high half has x - 32 = 38 - cluster_bits bits: 17..29.
  return (hi & ((1 << (38 - clusterBits)) - 1)) * 0x1_0000_0000 + lo;
}

/** Additional sectors in a descriptor: `(n + 1) * 512 - offset % 512` bytes may be read. */
export function compressedSectorsOf(hi: number, clusterBits: number): number {
  return (hi & 0x3fffffff) >>> (38 - clusterBits);
}

/** Bytes that may be read from the offset of a descriptor. */
export function compressedLengthOf(hi: number, lo: number, clusterBits: number): number {
  return (compressedSectorsOf(hi, clusterBits) + 1) * COMPRESSED_SECTOR - (lo & 511);
}

/** Host offsets of compressed streams are below this: 2^x, and never above 2^53. */
export function compressedLimit(clusterBits: number): number {
  return 2 ** Math.min(53, 70 - clusterBits);
}

/**
 * Decodes and validates a descriptor from the two halves of its L2 entry.
 *
 * @param at where the entry stands in the image, bytes, for errors
 * @throws ImageError `corrupt` for an offset of 0 or above the limit
 */
export function decodeCompressed(
  hi: number,
  lo: number,
  clusterBits: number,
  at?: number,
): CompressedDescriptor {
  const offset = compressedOffsetOf(hi, lo, clusterBits);
  const found = (BigInt(hi) << 32n) | BigInt(lo);
  const details = { offset: at, subject: 'compressed cluster descriptor', found };
  if (offset === 0 || offset >= 2 ** 53) {
    corrupt(`A compressed cluster at 0x${offset.toString(16)} is not in the image`, details);
  }
  return { offset, length: compressedLengthOf(hi, lo, clusterBits) };
}

/** Additional sectors of a stream of `length` bytes at `offset`, as a descriptor stores them. */
export function compressedSectors(offset: HostOffset, length: number): number {
  return (
    Math.floor((offset + length - 1) / COMPRESSED_SECTOR) - Math.floor(offset / COMPRESSED_SECTOR)
  );
}

/**
 * High half of the L2 entry for a stream of `length` bytes at `offset`; the low half is `entryLo(offset)`.
 * @throws RangeError when offset or length does not fit a descriptor
 */
export function compressedHi(offset: HostOffset, length: number, clusterBits: number): number {
  const sectors = compressedSectors(offset, length);
  if (
    !(offset > 0 && offset < compressedLimit(clusterBits)) ||
    !(length > 0) ||
    sectors >= 2 ** (clusterBits - 8)
  ) {
    throw new RangeError(`a compressed cluster cannot have ${length} bytes at ${offset}`);
  }
  return 0x40000000 + sectors * 2 ** (38 - clusterBits) + Math.floor(offset / 0x1_0000_0000);
}
