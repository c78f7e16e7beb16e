// The header: 64 bytes, little-endian, at the start of the file (QED format, section "Header").
import { ImageError } from '@q/block';
import { FEATURE_BACKING_FILE, KNOWN_FEATURES } from './features.ts';
import {
  CLUSTER_SIZE_RANGE,
  isPowerWithin,
  qedGeometry,
  SECTOR_SIZE,
  TABLE_CLUSTERS_RANGE,
  type QedGeometry,
} from './geometry.ts';

/** Bytes of a header without a backing file's name. */
export const HEADER_BYTES = 64;
/** The longest name of a backing file, bytes of UTF-8: QEMU's limit. */
export const MAX_BACKING_NAME_BYTES = 1023;
/** Where the three fields of feature bits begin. They are in one sector, so one write of them is old or new. */
export const FEATURES_AT = 16;
/** Where the size of the guest's disk is. */
export const IMAGE_SIZE_AT = 48;

/** The header of an image. */
export interface QedHeader {
  /** Bytes, a power of two from 4 KiB to 64 MiB. */
  readonly clusterSize: number;
  /** `table_size`: clusters of each L1 and L2 table, a power of two from 1 to 16. */
  readonly tableClusters: number;
  /** `header_size`: clusters kept for the header, at least 1. */
  readonly headerClusters: number;
  /** `FEATURE_*`. */
  readonly features: number;
  /** Bits a reader may ignore. */
  readonly compatFeatures: bigint;
  /** Bits a writer clears when it does not know them, and none is known. */
  readonly autoclearFeatures: bigint;
  /** Bytes, a multiple of the cluster size. */
  readonly l1TableOffset: number;
  /** Bytes of the guest's disk, a multiple of 512. */
  readonly imageSize: number;
  /** Where the backing file's name is, bytes; present with `FEATURE_BACKING_FILE`. */
  readonly backingName: { readonly offset: number; readonly length: number } | undefined;
}

/** Whether the first bytes of a file (4 are enough) are those of a QED image. */
export function isQed(head: Uint8Array): boolean {
  return head[0] === 0x51 && head[1] === 0x45 && head[2] === 0x44 && head[3] === 0;
}

/**
 * Parses and validates a header.
 *
 * @param bytes the first 64 bytes of the file
 * @param fileSize bytes of the file, which must hold the whole L1 table
 * @throws ImageError `not-this-format`, `corrupt`, `unsupported` for unknown features, `limit` for disks of 2^53 bytes and more
 */
export function parseQedHeader(bytes: Uint8Array, fileSize: number): QedHeader {
  if (!isQed(bytes)) {
    throw new ImageError('not-this-format', 'The file does not begin like a QED image.', {
      offset: 0,
    });
  }
  if (bytes.length < HEADER_BYTES) {
    throw corrupt(0, 'header', 'the file ends inside it', HEADER_BYTES, bytes.length);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const geometry = parseGeometry(view);
  const features = parseFeatures(view);
  const l1TableOffset = view.getBigUint64(40, true);
  const { clusterSize, headerBytes, tableBytes } = geometry;
  if (
    l1TableOffset % BigInt(clusterSize) !== 0n ||
    l1TableOffset < headerBytes ||
    l1TableOffset + BigInt(tableBytes) > fileSize
  ) {
    const rule = `it must be a multiple of ${clusterSize}, behind the header, and all of the table in the file`;
    throw corrupt(40, 'l1_table_offset', rule, undefined, l1TableOffset);
  }
  return {
    clusterSize,
    tableClusters: geometry.tableClusters,
    headerClusters: headerBytes / clusterSize,
    features,
    compatFeatures: view.getBigUint64(24, true),
    autoclearFeatures: view.getBigUint64(32, true),
    l1TableOffset: Number(l1TableOffset),
    imageSize: parseImageSize(view, geometry),
    backingName: (features & FEATURE_BACKING_FILE) === 0 ? undefined : parseName(view, headerBytes),
  };
}

/** The 64 bytes of a header. The backing file's name is not part of them. */
export function serializeQedHeader(header: QedHeader): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set([0x51, 0x45, 0x44, 0]);
  view.setUint32(4, header.clusterSize, true);
  view.setUint32(8, header.tableClusters, true);
  view.setUint32(12, header.headerClusters, true);
  view.setBigUint64(FEATURES_AT, BigInt(header.features), true);
  view.setBigUint64(24, header.compatFeatures, true);
  view.setBigUint64(32, header.autoclearFeatures, true);
  view.setBigUint64(40, BigInt(header.l1TableOffset), true);
  view.setBigUint64(IMAGE_SIZE_AT, BigInt(header.imageSize), true);
  view.setUint32(56, header.backingName?.offset ?? 0, true);
  view.setUint32(60, header.backingName?.length ?? 0, true);
  return bytes;
}

/** The sizes that follow from a header. */
export function geometryOf(header: QedHeader): QedGeometry {
  return qedGeometry(header.clusterSize, header.tableClusters, header.headerClusters);
}

function parseGeometry(view: DataView): QedGeometry {
  const clusterSize = view.getUint32(4, true);
  if (!isPowerWithin(clusterSize, CLUSTER_SIZE_RANGE)) {
    throw corrupt(
      4,
      'cluster_size',
      'it must be a power of two from 2^12 to 2^26',
      undefined,
      clusterSize,
    );
  }
  const tableClusters = view.getUint32(8, true);
  if (!isPowerWithin(tableClusters, TABLE_CLUSTERS_RANGE)) {
    throw corrupt(8, 'table_size', 'it must be 1, 2, 4, 8 or 16', undefined, tableClusters);
  }
  const headerClusters = view.getUint32(12, true);
  if (headerClusters === 0 || headerClusters * clusterSize > 0xffffffff) {
    throw corrupt(
      12,
      'header_size',
      'it must be 1 at least, and less than 4 GiB in all',
      undefined,
      headerClusters,
    );
  }
  return qedGeometry(clusterSize, tableClusters, headerClusters);
}

function parseFeatures(view: DataView): number {
  const features = view.getBigUint64(FEATURES_AT, true);
  const unknown = features & ~BigInt(KNOWN_FEATURES);
  if (unknown !== 0n) {
    throw new ImageError(
      'unsupported',
      `The image uses features (0x${unknown.toString(16)}) that are not known. Open it with the program that made it.`,
      { offset: FEATURES_AT, subject: 'features', expected: KNOWN_FEATURES, found: features },
    );
  }
  return Number(features);
}

function parseImageSize(view: DataView, geometry: QedGeometry): number {
  const size = view.getBigUint64(IMAGE_SIZE_AT, true);
  if (size % BigInt(SECTOR_SIZE) !== 0n) {
    throw corrupt(IMAGE_SIZE_AT, 'image_size', 'it must be a multiple of 512', undefined, size);
  }
  const { entries, clusterSize, maxSize } = geometry;
  if (size > BigInt(entries) ** 2n * BigInt(clusterSize)) {
    throw corrupt(IMAGE_SIZE_AT, 'image_size', 'the tables cannot map that much', maxSize, size);
  }
  if (size > maxSize) {
    throw new ImageError('limit', `A disk of ${size} bytes is larger than offsets can be here.`, {
      offset: IMAGE_SIZE_AT,
      subject: 'image_size',
      expected: maxSize,
      found: size,
    });
  }
  return Number(size);
}

function parseName(view: DataView, headerBytes: number): { offset: number; length: number } {
  const offset = view.getUint32(56, true);
  const length = view.getUint32(60, true);
  if (offset < HEADER_BYTES || offset + length > headerBytes) {
    throw corrupt(
      56,
      'backing_filename_offset',
      'the name must be in the header',
      headerBytes,
      offset + length,
    );
  }
  if (length === 0 || length > MAX_BACKING_NAME_BYTES) {
    const rule = `the name must have 1 to ${MAX_BACKING_NAME_BYTES} bytes`;
    throw corrupt(60, 'backing_filename_size', rule, MAX_BACKING_NAME_BYTES, length);
  }
  return { offset, length };
}

function corrupt(
  offset: number,
  field: string,
  rule: string,
  expected: number | undefined,
  found: number | bigint,
): ImageError {
  return new ImageError(
    'corrupt',
    `The ${field} of the QED header is ${found}: ${rule}. Restore the image from a copy.`,
    { offset, subject: field, expected, found },
  );
}
